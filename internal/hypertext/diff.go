package hypertext

import "strings"

// DiffLine is one line of a unified diff with what it does: file, add, del, hunk
// or nothing.
type DiffLine struct{ Class, Text string }

// DiffLines says what each line of a unified diff does.
func DiffLines(lines []string) []DiffLine {
	list := make([]DiffLine, 0, len(lines))
	for _, line := range lines {
		d := DiffLine{Text: line}
		switch {
		case strings.HasPrefix(line, "+++"), strings.HasPrefix(line, "---"):
			d.Class = "file"
		case strings.HasPrefix(line, "+"):
			d.Class = "add"
		case strings.HasPrefix(line, "-"):
			d.Class = "del"
		case strings.HasPrefix(line, "@@"):
			d.Class = "hunk"
		}
		list = append(list, d)
	}
	return list
}

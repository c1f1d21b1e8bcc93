package conftree

import (
	"fmt"
	"strconv"
	"strings"
	"unicode"
)

// around is how many unchanged lines a diff shows around a change.
const around = 3

// Diff returns the unified diff of two texts, empty if they are equal. clean
// blanks out what may not be shown in a line, which it is given without its
// end; nil shows all. Where it changes nothing, "patch -p1" applies the diff to
// the text. A carriage return is part of its line.
func Diff(name string, before, after string, clean func(line string) string) string {
	if before == after {
		return ""
	}
	if clean == nil {
		clean = func(line string) string { return line }
	}
	old, changed := splitLines(before), splitLines(after)
	d := differ{old: old, changed: changed, clean: clean}
	d.marks = script(old, changed)
	fmt.Fprintf(&d.out, "--- %s\n+++ %s\n", header("a/", name), header("b/", name))
	d.hunks()
	return d.out.String()
}

// header writes a file's name as programs that apply diffs read it.
func header(lead, name string) string {
	name = lead + strings.TrimLeft(name, "/")
	switch {
	case strings.ContainsFunc(name, func(r rune) bool { return unicode.IsControl(r) || r == '"' || r == '\\' }):
		return strconv.Quote(name)
	case strings.Contains(name, " "):
		return name + "\t" // ends the name
	}
	return name
}

// splitLines returns the lines with their ends; only the last may lack one.
func splitLines(text string) []string {
	lines := strings.SplitAfter(text, "\n")
	if lines[len(lines)-1] == "" {
		lines = lines[:len(lines)-1]
	}
	return lines
}

type differ struct {
	old, changed []string
	// marks are the lines of both in order: ' ' kept, '-' removed, '+' added.
	marks []byte
	clean func(string) string
	out   strings.Builder
}

// hunks writes the changes with the lines around them; those that are near
// each other in one.
func (d *differ) hunks() {
	oldAt, newAt := 0, 0 // lines before marks[i]
	for i := 0; i < len(d.marks); {
		if d.marks[i] == ' ' {
			i, oldAt, newAt = i+1, oldAt+1, newAt+1
			continue
		}
		lead := min(around, i) // hunks that are nearer than that are one
		end := d.hunkEnd(i)
		d.hunk(i-lead, end, oldAt-lead, newAt-lead)
		for ; i < end; i++ {
			if d.marks[i] != '+' {
				oldAt++
			}
			if d.marks[i] != '-' {
				newAt++
			}
		}
	}
}

// hunkEnd returns the mark behind the hunk whose first change is at i.
func (d *differ) hunkEnd(i int) int {
	last := i
	for j := i; j < len(d.marks) && j-last <= 2*around+1; j++ {
		if d.marks[j] != ' ' {
			last = j
		}
	}
	return min(len(d.marks), last+1+around)
}

func (d *differ) hunk(from, to, oldAt, newAt int) {
	oldLines, newLines := 0, 0
	for _, mark := range d.marks[from:to] {
		if mark != '+' {
			oldLines++
		}
		if mark != '-' {
			newLines++
		}
	}
	fmt.Fprintf(&d.out, "@@ -%s +%s @@\n", span(oldAt, oldLines), span(newAt, newLines))
	for _, mark := range d.marks[from:to] {
		var line string
		if mark == '+' {
			line = d.changed[newAt]
		} else {
			line = d.old[oldAt]
		}
		if mark != '+' {
			oldAt++
		}
		if mark != '-' {
			newAt++
		}
		d.line(mark, line)
	}
}

// span is where lines stand; of none, the line before them.
func span(at, lines int) string {
	switch lines {
	case 0:
		return fmt.Sprintf("%d,0", at)
	case 1:
		return strconv.Itoa(at + 1)
	}
	return fmt.Sprintf("%d,%d", at+1, lines)
}

func (d *differ) line(mark byte, line string) {
	line, ended := strings.CutSuffix(line, "\n")
	line, cr := strings.CutSuffix(line, "\r")
	d.out.WriteByte(mark)
	// what is shown stays one line whatever clean makes of it
	d.out.WriteString(strings.ReplaceAll(d.clean(line), "\n", " "))
	if cr {
		d.out.WriteByte('\r')
	}
	d.out.WriteByte('\n')
	if !ended {
		d.out.WriteString("\\ No newline at end of file\n")
	}
}

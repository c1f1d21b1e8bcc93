package inventory

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// cell is one field of a CSV record with the column its text begins at,
// counted in characters from 1.
type cell struct {
	text string
	col  int
}

// splitRecord splits one line of CSV (RFC 4180). A field may be quoted and then
// hold the delimiter and doubled quotes, but no line break: nothing an
// inventory says has one, and a lost quote must not swallow the rest of the
// file. On error col is where it is.
func splitRecord(line string, delimiter byte) (cells []cell, col int, err error) {
	pos := 0
	column := func() int { return utf8.RuneCountInString(line[:pos]) + 1 }
	for {
		start := pos
		c := cell{col: column()}
		if pos < len(line) && line[pos] == '"' {
			var b strings.Builder
			for pos++; ; pos++ {
				if pos >= len(line) {
					return nil, c.col, &fault{"this quote is not closed on the same line", `close it, or write a quote inside quotes twice: ""`}
				}
				if line[pos] == '"' {
					if pos+1 < len(line) && line[pos+1] == '"' {
						pos++
					} else {
						break
					}
				}
				b.WriteByte(line[pos])
			}
			pos++
			if pos < len(line) && line[pos] != delimiter {
				return nil, column(), &fault{"text behind a closing quote", fmt.Sprintf("a %q must follow, or the end of the line", string(delimiter))}
			}
			c.text = b.String()
		} else {
			for pos < len(line) && line[pos] != delimiter {
				pos++
			}
			c.text = line[start:pos]
		}
		c.text = strings.TrimSpace(c.text)
		cells = append(cells, c)
		if pos >= len(line) {
			return cells, 0, nil
		}
		pos++
	}
}

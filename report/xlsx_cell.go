package report

import (
	"strings"
	"time"

	"tlsaudit/audit"
)

// maxCell is the longest text of a cell in bytes. Excel takes 32,767 UTF-16
// units and the library cuts there without a word; UTF-8 never has fewer bytes
// than UTF-16 has units, and the rest is room for the mark of a cut.
const maxCell = 32_700

// maxLines is the number of line feeds in a cell: Excel takes 253. What follows
// goes on in the last line.
const maxLines = 250

// lines are texts that share a cell, one below the other. Each is cleaned apart,
// so that none of them can pretend to be two.
type lines []string

// split makes lines of text that may have several, such as a snippet.
func split(s string) lines {
	if s == "" {
		return nil
	}
	return strings.Split(strings.TrimRight(strings.ReplaceAll(s, "\r\n", "\n"), "\n"), "\n")
}

// cellValue makes a value fit for a cell. Text stays text, whatever it begins
// with: cells are written as strings, and no formula is ever written.
func cellValue(v any) any {
	switch v := v.(type) {
	case string:
		if v == "" {
			return nil
		}
		return clean(v, maxCell)
	case unlinked:
		return cellValue(string(v))
	case lines:
		if len(v) == 0 {
			return nil
		}
		var b strings.Builder
		for i, line := range v {
			line = Clean(strings.ReplaceAll(line, "\t", "    "))
			if b.Len()+len(line) > maxCell-100 {
				b.WriteString("\n…[truncated]")
				break
			}
			switch {
			case i > maxLines:
				b.WriteString(", ")
			case i > 0:
				b.WriteByte('\n')
			}
			b.WriteString(line)
		}
		return b.String()
	case time.Time:
		if v.IsZero() {
			return nil
		}
		if v = v.UTC(); v.Before(firstSerial) || v.Year() > 9999 {
			return v.Format("2006-01-02 15:04")
		}
		return v.Truncate(time.Second)
	}
	return v
}

// optional leaves a cell empty for a number that is not known.
func optional(n int) any {
	if n == 0 {
		return nil
	}
	return n
}

// holds words an answer to a question that is not about accepting: is the chain
// trusted, is the list complete. What is not known keeps its name.
func holds(a audit.Answer) string {
	switch a {
	case audit.Accepted:
		return "yes"
	case audit.Refused:
		return "no"
	}
	return a.String()
}

func yesNo(v bool) string {
	if v {
		return "yes"
	}
	return "no"
}

package javaprops

// mark is a UTF-8 byte order mark as Java reads it.
const mark = "\u00ef\u00bb\u00bf"

// reader takes a text apart the way java.util.Properties does.
type reader struct {
	text   string
	decode func(string) string
	bom    bool

	// line holds the bytes of the current logical line without what continues
	// it, at their offsets.
	line []byte
	at   []int
	// start and end are where the logical line is in the text.
	start, end int
	// spoilt is set while the line is the first one behind a byte order mark.
	spoilt bool
}

func (r *reader) load() (l Loaded) {
	pos := 0
	for {
		next, ok := r.next(pos)
		if !ok {
			return l
		}
		pos = next
		e, bad := r.entry()
		if bad >= 0 {
			l.Malformed, l.At = true, bad
			return l
		}
		if r.spoilt {
			if first := byteAt(r.line, 0); first != '#' && first != '!' && !blank(first) {
				l.Lost = e.Key[len(mark):]
			}
		}
		l.Entries = append(l.Entries, e)
	}
}

func byteAt(b []byte, i int) byte {
	if i < len(b) {
		return b[i]
	}
	return ' '
}

func blank(c byte) bool { return c == ' ' || c == '\t' || c == '\f' }

// next collects the logical line that begins at or behind pos, and returns
// where the one after it may begin.
func (r *reader) next(pos int) (after int, ok bool) {
	r.line, r.at = r.line[:0], r.at[:0]
	// Java sees characters in front of the first line, so that it is neither
	// blank nor a comment.
	r.spoilt, r.bom = r.bom, false
	begun := r.spoilt
	r.start, r.end = pos, len(r.text)
	skip, joined, escaped := !begun, false, false
	for i := pos; i < len(r.text); i++ {
		c := r.text[i]
		eol := c == '\n' || c == '\r'
		if skip {
			if blank(c) || eol && !joined {
				continue
			}
			skip, joined = false, false
		}
		empty := len(r.line) == 0 && !begun
		switch {
		case empty && (c == '#' || c == '!'):
			for i+1 < len(r.text) && r.text[i+1] != '\n' && r.text[i+1] != '\r' {
				i++
			}
			skip = true
		case !eol:
			if empty {
				r.start = i
			}
			r.line, r.at = append(r.line, c), append(r.at, i)
			escaped = c == '\\' && !escaped
		case empty:
			skip = true
		case escaped && i+1 < len(r.text):
			r.cut()
			if c == '\r' && r.text[i+1] == '\n' {
				i++
			}
			skip, joined, escaped = true, true, false
		default:
			if escaped {
				r.cut()
			}
			r.end = i
			return i + 1, true
		}
	}
	if escaped { // a backslash at the end of the file goes; its line stays
		r.cut()
		return len(r.text), true
	}
	return len(r.text), begun || len(r.line) > 0
}

// cut takes the backslash away that continues a line.
func (r *reader) cut() {
	r.line, r.at = r.line[:len(r.line)-1], r.at[:len(r.at)-1]
}

// offset is where the byte i of the logical line is in the text.
func (r *reader) offset(i int) int {
	if i < len(r.at) {
		return r.at[i]
	}
	return r.end
}

// entry splits the logical line. bad is where a malformed escape is, -1 if
// there is none.
func (r *reader) entry() (e Entry, bad int) {
	n, keyEnd := len(r.line), 0
	valueStart, separated, escaped := n, false, false
	for ; keyEnd < n; keyEnd++ {
		c := r.line[keyEnd]
		if (c == '=' || c == ':' || blank(c)) && !escaped {
			separated = !blank(c)
			valueStart = keyEnd + 1
			break
		}
		escaped = c == '\\' && !escaped
	}
	for valueStart < n {
		c := r.line[valueStart]
		if !blank(c) {
			if separated || c != '=' && c != ':' {
				break
			}
			separated = true
		}
		valueStart++
	}
	e = Entry{Start: r.start, ValueStart: r.offset(valueStart), End: r.end}
	if e.Key, bad = r.convert(0, keyEnd); bad < 0 {
		e.Value, bad = r.convert(valueStart, n)
	}
	if r.spoilt {
		e.Key = mark + e.Key
	}
	return e, bad
}

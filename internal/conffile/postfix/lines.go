package postfix

import (
	"sort"
	"strings"

	"tlsaudit/internal/conftree"
)

// segment is what one physical line adds to a logical one: bytes of the text,
// and how many of them others have added before.
type segment struct{ start, end, before int }

// logical is a logical line: text that begins a line, and what continues it.
type logical struct {
	file *conftree.File
	// text is what Postfix sees of it: up to the first NUL.
	text string
	// segments are the physical lines it is made of, without their ends.
	segments []segment
	// prefix is the length of what text has in front that the file's text has
	// not: a byte order mark.
	prefix int
	// cut is set if a NUL hides the rest, orphan if the line begins with blanks
	// and continues nothing.
	cut, orphan bool
}

// mark is the byte order mark, which Postfix takes for text.
const mark = "\ufeff"

// logicalLines splits a text as Postfix does: only LF ends a line; blank lines
// and comments do not end a logical line, text in the first column does.
func logicalLines(f *conftree.File) []logical {
	var list []logical
	var open *logical
	var b strings.Builder
	flush := func() {
		if open == nil {
			return
		}
		open.text = b.String()
		if i := strings.IndexByte(open.text, 0); i >= 0 {
			open.text, open.cut = open.text[:i], true
		}
		list = append(list, *open)
		open = nil
		b.Reset()
	}
	for at := 0; at < len(f.Text) || at == 0 && f.Encoding.BOM; {
		end := len(f.Text)
		if i := strings.IndexByte(f.Text[at:], '\n'); i >= 0 {
			end = at + i
		}
		line := f.Text[at:end]
		marked := at == 0 && f.Encoding.BOM
		continues := !marked && line != "" && space(line[0])
		if !continues && (marked || line != "" && line[0] != '#') {
			flush()
		}
		text := strings.TrimLeftFunc(line, spaceRune)
		if marked || text != "" && text[0] != '#' {
			if open == nil {
				open = &logical{file: f, orphan: continues}
				if marked {
					open.prefix = len(mark)
					b.WriteString(mark)
				}
			}
			open.segments = append(open.segments, segment{at, end, b.Len() - open.prefix})
			b.WriteString(line)
		}
		if end == len(f.Text) {
			break
		}
		at = end + 1
	}
	flush()
	return list
}

// offset returns where a byte of the logical text stands in the file.
func (l *logical) offset(at int) int {
	if at -= l.prefix; at <= 0 {
		return l.segments[0].start
	}
	i := sort.Search(len(l.segments), func(i int) bool { return l.segments[i].before > at }) - 1
	s := l.segments[i]
	return min(s.start+at-s.before, s.end)
}

// space reports what isspace of C means in the C locale.
func space(c byte) bool { return c == ' ' || c >= '\t' && c <= '\r' }

func spaceRune(r rune) bool { return r == ' ' || r >= '\t' && r <= '\r' }

func trim(s string) string { return strings.TrimFunc(s, spaceRune) }

// nameValue splits "name = value"; the offset is that of the value in s. The
// fault is what Postfix says of text it cannot split, and is fatal to it.
func nameValue(s string) (name, value string, offset int, fault string) {
	i := 0
	for i < len(s) && space(s[i]) {
		i++
	}
	if i == len(s) || s[i] == '=' {
		return "", "", 0, "missing attribute name"
	}
	end := i
	for end < len(s) && !space(s[end]) && s[end] != '=' {
		end++
	}
	equals := end
	for equals < len(s) && space(s[equals]) {
		equals++
	}
	if equals == len(s) || s[equals] != '=' {
		return s[i:end], "", 0, "missing '=' after attribute name"
	}
	offset = equals + 1
	for offset < len(s) && space(s[offset]) {
		offset++
	}
	return s[i:end], strings.TrimRightFunc(s[offset:], spaceRune), offset, ""
}

// words splits text at the separators, as mystrtok does.
func words(s, separators string) []string {
	return strings.FieldsFunc(s, func(r rune) bool { return strings.ContainsRune(separators, r) })
}

// listSeparators separate the words of most lists, colons those of protocols
// and ciphers as well.
const (
	blanks          = " \t\r\n"
	listSeparators  = ", \t\r\n"
	colonSeparators = ", \t\r\n:"
)

// quoted is a word of a line with its place in the logical text. Braces keep
// blanks together.
type quoted struct {
	text   string
	offset int
}

func quotedWords(s, separators string) []quoted {
	var list []quoted
	for i := 0; i < len(s); {
		if strings.IndexByte(separators, s[i]) >= 0 {
			i++
			continue
		}
		start, level := i, 0
		for i < len(s) && (level > 0 || strings.IndexByte(separators, s[i]) < 0) {
			switch s[i] {
			case '{':
				level++
			case '}':
				level--
			}
			i++
		}
		list = append(list, quoted{s[start:i], start})
	}
	return list
}

// unbrace takes the braces off a word, and blanks inside them; ok is false if
// they do not balance or something follows.
func unbrace(q quoted) (inner quoted, ok bool) {
	if !strings.HasPrefix(q.text, "{") {
		return q, false
	}
	level, end := 0, -1
	for i := 0; i < len(q.text) && end < 0; i++ {
		switch q.text[i] {
		case '{':
			level++
		case '}':
			if level--; level == 0 {
				end = i
			}
		}
	}
	ok = end == len(q.text)-1
	if end < 0 {
		end = len(q.text)
	}
	text := strings.TrimRightFunc(q.text[1:end], spaceRune)
	lead := len(text) - len(strings.TrimLeftFunc(text, spaceRune))
	return quoted{text[lead:], q.offset + 1 + lead}, ok
}

package httpd

import (
	"strings"

	"tlsaudit/internal/conftree"
)

// line is one logical line as the server sees it: joined, without blanks at
// both ends, cut at a NUL.
type line struct {
	file *conftree.File
	text string
	// segments say where parts of text stand in the file; one for most lines.
	segments []segment
	// first and last are the physical lines, counted from 1.
	start, end int
	// nul is the offset of a NUL that cut the line, -1 if there is none.
	nul int
	// macro is set for a line that a macro produced.
	macro bool
}

// segment is a part of a line: text from offset "text" on stands at "file".
type segment struct{ text, file int }

// at returns the offset in the file of an index into the text.
func (l *line) at(i int) int {
	at := l.start
	for _, s := range l.segments {
		if i < s.text {
			break
		}
		at = s.file + i - s.text
	}
	return min(at, l.end)
}

// joined reports whether the line was continued.
func (l *line) joined() bool { return len(l.segments) > 1 }

func (l *line) comment() bool { return strings.HasPrefix(l.text, "#") }

const blanks = " \t\n\v\f\r"

// source yields the logical lines of one file, or of a macro.
type source struct {
	file *conftree.File
	pos  int
	// macros are lines that macros produced, innermost last: read before
	// anything else.
	macros [][]line
}

// next returns the next logical line. A line ends with LF; CR before it is
// dropped; a backslash right before the end joins the next line, in comments
// too; a NUL ends the line early and in silence.
func (s *source) next() (line, bool) {
	for n := len(s.macros); n > 0; n = len(s.macros) {
		if list := s.macros[n-1]; len(list) > 0 {
			s.macros[n-1] = list[1:]
			return list[0], true
		}
		s.macros = s.macros[:n-1]
	}
	text := s.file.Text
	if s.pos >= len(text) {
		return line{}, false
	}
	l := line{file: s.file, nul: -1}
	var joined strings.Builder
	for {
		from := s.pos
		to, ended := len(text), false
		if i := strings.IndexByte(text[from:], '\n'); i >= 0 {
			to, ended = from+i, true
			s.pos = to + 1
		} else {
			s.pos = len(text)
		}
		part := text[from:to]
		goes := false
		if i := strings.IndexByte(part, 0); i >= 0 {
			l.nul, part = from+i, part[:i]
		} else if ended {
			part = strings.TrimSuffix(part, "\r")
			part, goes = strings.CutSuffix(part, "\\")
		}
		l.end = from + len(part)
		if !goes && len(l.segments) == 0 { // nearly all lines
			l.text = part
			l.segments = []segment{{0, from}}
			break
		}
		l.segments = append(l.segments, segment{joined.Len(), from})
		joined.WriteString(part)
		if !goes || s.pos >= len(text) {
			l.text = joined.String()
			break
		}
	}
	l.trim()
	return l, true
}

// trim drops the blanks at both ends and keeps the map to the file right.
func (l *line) trim() {
	lead := len(l.text) - len(strings.TrimLeft(l.text, blanks))
	l.text = strings.Trim(l.text, blanks)
	kept := l.segments[:0]
	for _, s := range l.segments {
		s.text -= lead
		kept = append(kept, s)
	}
	for len(kept) > 1 && kept[1].text <= 0 {
		kept = kept[1:]
	}
	if kept[0].text < 0 {
		kept[0].file -= kept[0].text
		kept[0].text = 0
	}
	l.segments = kept
	l.start = kept[0].file
	last := kept[len(kept)-1]
	if end := last.file + len(l.text) - last.text; end >= last.file {
		l.end = end
	}
	l.end = max(l.end, l.start)
}

// word takes the first word off a text, as ap_getword_conf does: quotes of both
// kinds, a backslash before a backslash or the quote; words may touch behind a
// closing quote. The index of what follows is returned with it.
func word(s string) (first string, rest string) {
	s = strings.TrimLeft(s, blanks)
	if s == "" {
		return "", ""
	}
	quote := s[0]
	if quote != '"' && quote != '\'' {
		end := strings.IndexAny(s, blanks)
		if end < 0 {
			end = len(s)
		}
		return unescape(s[:end], 0), strings.TrimLeft(s[end:], blanks)
	}
	end := 1
	for end < len(s) && s[end] != quote {
		if s[end] == '\\' && end+1 < len(s) && (s[end+1] == quote || s[end+1] == '\\') {
			end++
		}
		end++
	}
	end = min(end, len(s))
	first = unescape(s[1:end], quote)
	if end < len(s) {
		end++
	}
	return first, strings.TrimLeft(s[end:], blanks)
}

func unescape(s string, quote byte) string {
	if !strings.Contains(s, "\\") {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] == '\\' && i+1 < len(s) && (s[i+1] == '\\' || quote != 0 && s[i+1] == quote) {
			i++
		}
		b.WriteByte(s[i])
	}
	return b.String()
}

// words splits a text into all its words.
func words(s string) (list []string) {
	for s = strings.TrimLeft(s, blanks); s != ""; {
		var w string
		w, s = word(s)
		list = append(list, w)
	}
	return list
}

// unswallow returns the edit that takes the backslash away that joins the
// segment at an index of the text with what is before it.
func (l *line) unswallow(index int) []conftree.Edit {
	for _, s := range l.segments {
		if s.text != index {
			continue
		}
		at := s.file - 1
		for at > 0 && (l.file.Text[at] == '\n' || l.file.Text[at] == '\r') {
			at--
		}
		if at >= 0 && l.file.Text[at] == '\\' && !l.macro {
			return []conftree.Edit{l.file.Replace(at, at+1, "")}
		}
	}
	return nil
}

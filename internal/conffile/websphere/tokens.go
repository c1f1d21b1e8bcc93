package websphere

import (
	"slices"
	"strings"

	"tlsaudit/internal/conftree"
)

// token is one argument of a JVM, without its quotes, and where it stands.
type token struct {
	text       string
	start, end int
}

// tokens splits JVM arguments as launchers do: blanks separate, quotes of
// either kind keep blanks and go away, nothing is an escape. offsets are where
// the bytes of s stand in the file. open is set if a quote is not closed.
func tokens(s string, offsets []int) (list []token, open bool) {
	var b strings.Builder
	quote, start := byte(0), -1
	flush := func(end int) {
		if start >= 0 {
			list = append(list, token{b.String(), offsets[start], offsets[end]})
			b.Reset()
			start = -1
		}
	}
	for i := range len(s) {
		c := s[i]
		switch {
		case quote == 0 && (c == ' ' || c == '\t' || c == '\n' || c == '\r'):
			flush(i)
			continue
		case quote == 0 && (c == '"' || c == '\''):
			quote = c
		case c == quote && quote != 0:
			quote = 0
		default:
			b.WriteByte(c)
		}
		if start < 0 {
			start = i
		}
	}
	flush(len(s))
	return list, quote != 0
}

// removal returns the edits that take arguments, in order, away with the blanks that
// separate them.
func (j *jvm) removal(which []int) (edits []conftree.Edit) {
	gone := func(i int) bool { _, found := slices.BinarySearch(which, i); return found }
	for i := 0; i < len(j.tokens); i++ {
		if !gone(i) {
			continue
		}
		first := i
		for i+1 < len(j.tokens) && gone(i+1) {
			i++
		}
		start, end := j.tokens[first].start, j.tokens[i].end
		switch {
		case i+1 < len(j.tokens):
			end = j.tokens[i+1].start
		case first > 0:
			start = j.tokens[first-1].end
		}
		edits = append(edits, j.file.Replace(start, end, ""))
	}
	return edits
}

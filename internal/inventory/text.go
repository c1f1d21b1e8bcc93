package inventory

import (
	"fmt"
	"io"
	"iter"
	"strings"
	"unicode/utf8"

	"tlsaudit/audit"
)

// readText reads a list of targets, one on a line, as ParseTarget reads them.
// Blank lines and what follows a "#" are skipped.
func readText(file string, r io.Reader, protocols []audit.Protocol) iter.Seq2[audit.Target, error] {
	return func(yield func(audit.Target, error) bool) {
		for l, err := range lines(file, r) {
			if err != nil {
				yield(audit.Target{}, err)
				return
			}
			before, _, _ := strings.Cut(l.text, "#")
			text := strings.TrimSpace(before)
			if text == "" {
				continue
			}
			indent := utf8.RuneCountInString(before[:strings.Index(before, text)])
			place := audit.Place{File: file, Line: l.number, Col: indent + 1}
			t, err := parseTarget(text, protocols)
			if err != nil {
				f := faultOf(err)
				yield(audit.Target{}, at(place, &fault{fmt.Sprintf("target %q: %s", clip(text), f.cause), f.hint}))
				return
			}
			t.Place = &place
			if !yield(t, nil) {
				return
			}
		}
	}
}

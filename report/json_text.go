package report

import (
	"fmt"
	"unicode/utf16"
	"unicode/utf8"
)

// EscapeJSON replaces every invisible character of encoded JSON by its \u
// escape. encoding/json does so for C0 and a few others; but DEL, C1 and
// bidirectional controls would reach the terminal of whoever looks at the file.
// The second "#" of two is escaped as well: so begin commands to systems that
// run jobs, see Clean. Nothing is lost: outside of strings JSON is ASCII without
// "#", and inside them the escape means the same. The replacement character is
// written as what it replaces is, so that a report that is read and written
// again stays the same.
func EscapeJSON(b []byte) []byte {
	var out []byte
	done := 0
	for i := 0; i < len(b); {
		if b[i] >= 0x20 && b[i] < 0x7f {
			if b[i] == '#' && i > 0 && b[i-1] == '#' {
				out = append(append(out, b[done:i]...), `\u0023`...)
				done = i + 1
			}
			i++
			continue
		}
		r, size := utf8.DecodeRune(b[i:])
		if !visible(r) || r == utf8.RuneError {
			out = append(out, b[done:i]...)
			if high, low := utf16.EncodeRune(r); high != utf8.RuneError {
				out = fmt.Appendf(out, `\u%04x\u%04x`, high, low)
			} else {
				out = fmt.Appendf(out, `\u%04x`, r)
			}
			done = i + size
		}
		i += size
	}
	if done == 0 {
		return b
	}
	return append(out, b[done:]...)
}

package gateway

import (
	"fmt"
	"unicode/utf8"
)

// quote puts text that comes from a file between quotes, clipped.
func quote(s string) string { return fmt.Sprintf("%q", clip(s)) }

// clip shortens text that is quoted in a message.
func clip(s string) string {
	const most = 60
	if utf8.RuneCountInString(s) <= most {
		return s
	}
	return string([]rune(s)[:most]) + "…"
}

// Package glob compares texts with patterns in which an asterisk stands for any
// characters, also none. Nothing else is special, since brackets, question
// marks and dots are parts of the subjects that waivers and policies name. A
// pattern always has to match as a whole, and upper and lower case differ:
// whoever does not want that brings both to one case.
//
// It is the one meaning of the asterisk in everything a person writes.
package glob

import "strings"

// Any is the character that stands for any characters.
const Any = "*"

// Match reports whether the pattern matches the whole text. It takes time in
// proportion to the product of the lengths at worst, and no memory but for the
// parts of the pattern.
func Match(pattern, text string) bool {
	parts := strings.Split(pattern, Any)
	if len(parts) == 1 {
		return text == pattern
	}
	first, last := parts[0], parts[len(parts)-1]
	if len(text) < len(first)+len(last) || !strings.HasPrefix(text, first) || !strings.HasSuffix(text, last) {
		return false
	}
	rest := text[len(first) : len(text)-len(last)]
	for _, part := range parts[1 : len(parts)-1] {
		i := strings.Index(rest, part)
		if i < 0 {
			return false
		}
		rest = rest[i+len(part):]
	}
	return true
}

package report

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxText is the longest text, in bytes of output, that Clean lets through. A
// common name of 64 KiB tells a reader nothing a shorter one does not.
const maxText = 4096

// Clean makes text from a peer, a certificate or a file fit to be shown on one
// line. Whatever a reader cannot see, or a terminal would act upon, becomes a
// visible escape: `\x1b` for control characters (C0, DEL, C1, so newlines
// too) and for bytes that are not UTF-8, `\u202e` for bidirectional controls,
// zero-width and other format characters, line separators, the byte order mark,
// unusual spaces, private and unassigned code points. Text longer than 4096
// bytes is cut and says so.
//
// Systems that run jobs take commands from what a job prints: "::name::" where a
// line begins, "##[name]" and "##vso[name]" anywhere. Since text is wrapped, a
// line may begin at any space. One character of such a beginning becomes an
// escape as well.
//
// A backslash stays as it is, so that paths and patterns remain readable: the
// result is for eyes and cannot be decoded.
func Clean(s string) string { return clean(s, maxText) }

// CleanLines does the same to text that may have lines of its own, such as a
// snippet of configuration; a tab becomes four spaces.
func CleanLines(s string) []string {
	lines := strings.Split(strings.TrimRight(s, "\r\n"), "\n")
	for i, line := range lines {
		lines[i] = Clean(strings.ReplaceAll(strings.TrimSuffix(line, "\r"), "\t", "    "))
	}
	return lines
}

// distinct cleans a name by which a program tells things apart: names that
// differ must not become one. One that had to be changed ends with the first
// twelve digits of a hash of what it was.
func distinct(s string, limit int) string {
	cleaned := clean(s, limit)
	if cleaned == s {
		return s
	}
	sum := sha256.Sum256([]byte(s))
	return cleaned + "#" + hex.EncodeToString(sum[:6])
}

func clean(s string, limit int) string {
	if len(s) <= limit && plain(s) {
		return disarmed(s)
	}
	var b strings.Builder
	for i := 0; i < len(s); {
		r, size := utf8.DecodeRuneInString(s[i:])
		piece := s[i : i+size]
		switch {
		case r == utf8.RuneError && size == 1:
			piece = fmt.Sprintf(`\x%02x`, s[i])
		case visible(r):
		case r < 0x100:
			piece = fmt.Sprintf(`\x%02x`, r)
		case r < 0x10000:
			piece = fmt.Sprintf(`\u%04x`, r)
		default:
			piece = fmt.Sprintf(`\U%08x`, r)
		}
		if b.Len()+len(piece) > limit {
			fmt.Fprintf(&b, "…[truncated, %d bytes in all]", len(s))
			break
		}
		b.WriteString(piece)
		i += size
	}
	return disarmed(b.String())
}

// command finds the beginnings of commands to systems that run jobs. Nobody's
// name of a command is made of the digits of an address such as "::ffff:1.2.3.4".
var command = regexp.MustCompile(`##(?:vso)?\[|(?:^| )::[a-fA-F]*[g-zG-Z-]`)

// disarmed is text, visible already, without such beginnings.
func disarmed(s string) string {
	if !strings.Contains(s, "##") && !strings.Contains(s, "::") {
		return s
	}
	return command.ReplaceAllStringFunc(s, func(found string) string {
		if found[0] == '#' {
			return `#\x23` + found[2:]
		}
		space, rest, _ := strings.Cut(found, "::")
		return space + `\x3a:` + rest
	})
}

// plain reports whether s is printable ASCII, as nearly all text is.
func plain(s string) bool {
	for i := 0; i < len(s); i++ {
		if s[i] < 0x20 || s[i] > 0x7e {
			return false
		}
	}
	return true
}

// visible reports whether a reader sees r, and sees it where it is. It is
// stricter than unicode.IsPrint: some letters and symbols have no ink.
func visible(r rune) bool {
	switch {
	case r < 0x80:
		return r >= 0x20 && r != 0x7f
	case r == 0x034f, // combining grapheme joiner
		r == 0x115f, r == 0x1160, r == 0x3164, r == 0xffa0, // Hangul fillers
		r == 0x17b4, r == 0x17b5, // Khmer inherent vowels
		r >= 0x180b && r <= 0x180f, // Mongolian variation selectors
		r == 0x2800,                // blank Braille pattern
		r >= 0xfe00 && r <= 0xfe0f, // variation selectors
		r >= 0xe0000 && r <= 0xe0fff:
		return false
	}
	return unicode.IsPrint(r)
}

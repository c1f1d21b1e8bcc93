package javaprops

import (
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// convert undoes the escapes of a part of the logical line.
func (r *reader) convert(from, to int) (s string, bad int) {
	raw := r.line[from:to]
	if !strings.Contains(string(raw), `\`) {
		return r.decode(string(raw)), -1
	}
	var b strings.Builder
	var units []uint16
	flush := func() {
		if len(units) > 0 {
			b.WriteString(string(utf16.Decode(units)))
			units = units[:0]
		}
	}
	for i := 0; i < len(raw); {
		if raw[i] != '\\' || i+1 == len(raw) {
			j := i + 1
			for j < len(raw) && raw[j] != '\\' {
				j++
			}
			flush()
			b.WriteString(r.decode(string(raw[i:j])))
			i = j
			continue
		}
		if raw[i+1] == 'u' {
			unit, ok := hex4(raw[i+2:])
			if !ok {
				return "", r.offset(from + i)
			}
			units = append(units, unit)
			i += 6
			continue
		}
		flush()
		_, size := utf8.DecodeRune(raw[i+1:])
		switch raw[i+1] {
		case 't':
			b.WriteByte('\t')
		case 'n':
			b.WriteByte('\n')
		case 'r':
			b.WriteByte('\r')
		case 'f':
			b.WriteByte('\f')
		default:
			b.WriteString(r.decode(string(raw[i+1 : i+1+size])))
		}
		i += 1 + size
	}
	flush()
	return b.String(), -1
}

func hex4(b []byte) (unit uint16, ok bool) {
	if len(b) < 4 {
		return 0, false
	}
	for _, c := range b[:4] {
		switch {
		case c >= '0' && c <= '9':
			unit = unit<<4 | uint16(c-'0')
		case c >= 'a' && c <= 'f', c >= 'A' && c <= 'F':
			unit = unit<<4 | uint16(c|0x20-'a'+10)
		default:
			return 0, false
		}
	}
	return unit, true
}

func writeUnicode(b *strings.Builder, c rune) {
	const digits = "0123456789ABCDEF"
	for _, unit := range utf16.Encode([]rune{c}) {
		b.WriteString(`\u`)
		for shift := 12; shift >= 0; shift -= 4 {
			b.WriteByte(digits[unit>>shift&15])
		}
	}
}

// The characters that a charset has in place of those of ISO-8859-1, by byte.
var (
	windows1252 = map[rune]rune{
		'€': 0x80, '‚': 0x82, 'ƒ': 0x83, '„': 0x84, '…': 0x85, '†': 0x86, '‡': 0x87, 'ˆ': 0x88, '‰': 0x89, 'Š': 0x8a, '‹': 0x8b,
		'Œ': 0x8c, 'Ž': 0x8e, '‘': 0x91, '’': 0x92, '“': 0x93, '”': 0x94, '•': 0x95, '–': 0x96, '—': 0x97, '˜': 0x98, '™': 0x99,
		'š': 0x9a, '›': 0x9b, 'œ': 0x9c, 'ž': 0x9e, 'Ÿ': 0x9f,
	}
	latin9 = map[rune]rune{'€': 0xa4, 'Š': 0xa6, 'š': 0xa8, 'Ž': 0xb4, 'ž': 0xb8, 'Œ': 0xbc, 'œ': 0xbd, 'Ÿ': 0xbe}
)

// decoder returns what makes of text in UTF-8 the characters Java takes the
// file's bytes for.
func decoder(charset, text string) func(string) string {
	var table map[rune]rune
	switch {
	case ascii(text), charset == "iso-8859-1":
		return func(s string) string { return s }
	case charset == "windows-1252":
		table = windows1252
	case charset == "iso-8859-15":
		table = latin9
	default:
		return bytewise
	}
	return func(s string) string {
		return strings.Map(func(c rune) rune {
			if b, ok := table[c]; ok {
				return b
			}
			return c
		}, s)
	}
}

// bytewise takes every byte for a character.
func bytewise(s string) string {
	if ascii(s) {
		return s
	}
	runes := make([]rune, len(s))
	for i := range len(s) {
		runes[i] = rune(s[i])
	}
	return string(runes)
}

func ascii(s string) bool {
	for i := range len(s) {
		if s[i] >= 0x80 {
			return false
		}
	}
	return true
}

package gateway

import (
	"bytes"
	"fmt"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"tlsaudit/audit"
)

// plainText returns the text of a file without byte order mark. UTF-16 is taken
// only with one, since without it a guess would be made; wide says that it was.
func plainText(file string, data []byte) (text string, wide bool, err error) {
	fault := func(line, col int, hint, format string, args ...any) error {
		return &audit.InputError{Place: audit.Place{File: file, Line: line, Col: col}, Cause: fmt.Sprintf(format, args...), Hint: hint}
	}
	if len(data) > maxBytes {
		return "", false, fault(1, 1, "split the table", "the file is larger than %d bytes", maxBytes)
	}
	switch {
	case bytes.HasPrefix(data, []byte{0xEF, 0xBB, 0xBF}):
		data = data[3:]
	case bytes.HasPrefix(data, []byte{0xFF, 0xFE}), bytes.HasPrefix(data, []byte{0xFE, 0xFF}):
		if len(data)%2 != 0 {
			return "", false, fault(1, 1, "save the file as UTF-8", "the file begins as UTF-16 and ends in the middle of a character")
		}
		units := make([]uint16, 0, len(data)/2-1)
		for i := 2; i < len(data); i += 2 {
			if data[0] == 0xFF {
				units = append(units, uint16(data[i])|uint16(data[i+1])<<8)
			} else {
				units = append(units, uint16(data[i])<<8|uint16(data[i+1]))
			}
		}
		data, wide = []byte(string(utf16.Decode(units))), true
	}
	line, col := 1, 1
	for rest := data; len(rest) > 0; {
		r, size := utf8.DecodeRune(rest)
		switch {
		case r == utf8.RuneError && (size == 1 || wide):
			return "", false, fault(line, col, "save the file as UTF-8", "not text: byte 0x%02X", rest[0])
		case r == 0:
			return "", false, fault(line, col, "save the file as UTF-8", "a NUL character: the file is binary, or UTF-16 without a byte order mark")
		case r < ' ' && r != '\n' && r != '\r' && r != '\t', r == 0x7F:
			return "", false, fault(line, col, "remove it", "control character %U", r)
		case r == '\n':
			line, col = line+1, 0
		}
		rest, col = rest[size:], col+1
	}
	if strings.TrimSpace(string(data)) == "" {
		return "", false, fault(1, 1, "name another file", "the file is empty")
	}
	return string(data), wide, nil
}

// lines returns the lines of a file of a mail server, without their ends.
func (s *source) lines() ([]string, error) {
	list := strings.Split(strings.TrimSuffix(s.text, "\n"), "\n")
	for i, l := range list {
		list[i] = strings.TrimSuffix(l, "\r")
		if len(l) > maxLine {
			return nil, s.fault(at{i + 1, 1}, "break it", "the line is longer than %d bytes", maxLine)
		}
		if k := strings.IndexRune(list[i], '\r'); k >= 0 {
			return nil, s.fault(at{i + 1, column(list[i], k)}, "save the file with line feeds", "a lone carriage return: %s does not take it for the end of a line", s.format.Product)
		}
		if strings.HasPrefix(strings.TrimLeft(list[i], " \t"), "#") {
			continue // a comment may hold what it likes
		}
		if k := strings.IndexFunc(list[i], oddSpace); k >= 0 {
			return nil, s.fault(at{i + 1, column(list[i], k)}, "write an ordinary space", "an unusual space character, which is part of the word for %s", s.format.Product)
		}
	}
	return list, nil
}

// oddSpace tells spaces that look like one and are none to a parser.
func oddSpace(r rune) bool {
	return r == 0xA0 || r == 0x1680 || r >= 0x2000 && r <= 0x200F || r >= 0x2028 && r <= 0x202F || r == 0x205F || r == 0x2060 || r == 0x3000 || r == 0xFEFF
}

// column is the position of a byte in a line, in characters from 1.
func column(line string, offset int) int { return 1 + utf8.RuneCountInString(line[:offset]) }

// word is a word of a line with its position.
type word struct {
	text string
	at   at
}

// words splits a line at blanks.
func words(line string, number int) []word {
	var list []word
	for i := 0; i < len(line); {
		if line[i] == ' ' || line[i] == '\t' {
			i++
			continue
		}
		end := i + strings.IndexAny(line[i:]+" ", " \t")
		list = append(list, word{line[i:end], at{number, column(line, i)}})
		i = end
	}
	return list
}

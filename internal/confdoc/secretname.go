package confdoc

import (
	"strconv"
	"strings"
)

// disguised finds lines of properties in which the name of a secret is written
// in numbers, with backslashes or over several lines, and takes all behind the
// name.
func (s *scan) disguised() {
	done := 0
	for _, l := range s.lines {
		if l.start < done || strings.IndexByte(s.text[l.start:l.end], '\\') < 0 {
			continue
		}
		name, at, plain := s.propertyName(l.start)
		done = at
		if plain || classify(name) < aboutSecret {
			continue
		}
		if value := skipBlanks(s.text, at); value < len(s.text) && (s.text[value] == '=' || s.text[value] == ':') {
			at = value + 1
		}
		s.found = append(s.found, span{at, s.continued(l.start, max(at, s.line(at).end))})
	}
}

// propertyName reads the name of a property as Java does, and says where it
// ends. It is plain if nothing in it is disguised, or if it is no name.
func (s *scan) propertyName(i int) (name string, end int, plain bool) {
	plain = true
	var b strings.Builder
	for i < len(s.text) && strings.IndexByte(" \t#!", s.text[i]) >= 0 {
		i++
	}
	for i < len(s.text) && b.Len() < reach {
		c := s.text[i]
		if c != '\\' || i+1 == len(s.text) {
			if !nameByte(c) && c != '/' {
				return b.String(), i, plain || strings.IndexByte("=: \t\r\n", c) < 0
			}
			b.WriteByte(c)
			i++
			continue
		}
		plain = false
		switch c = s.text[i+1]; {
		case c == '\n' || c == '\r':
			if classify(b.String()) == certain {
				return b.String(), i, false // nobody knows where its reader goes on
			}
			i += 2
			if c == '\r' && i < len(s.text) && s.text[i] == '\n' {
				i++
			}
			i = skipBlanks(s.text, i)
		case c == 'u' && i+6 <= len(s.text):
			n, err := strconv.ParseUint(s.text[i+2:i+6], 16, 16)
			if err != nil {
				return b.String(), i, true
			}
			b.WriteRune(rune(n))
			i += 6
		case nameByte(c) || c == '/':
			b.WriteByte(c)
			i += 2
		case strings.IndexByte(" \t=:#!", c) >= 0:
			b.WriteByte('.')
			i += 2
		default:
			return b.String(), i, true
		}
	}
	return b.String(), i, plain
}

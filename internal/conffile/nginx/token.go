package nginx

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"tlsaudit/internal/conftree"
)

// longest is how many bytes of a word, with its quotes, or of a comment nginx
// holds: the size of its buffer.
const longest = 4096

// word is one argument. Start and end are the offsets of what stands in the
// file, quotes included.
type word struct {
	text       string
	start, end int
	quoted     bool
}

// ending says what a directive ended with.
type ending uint8

const (
	endOfFile ending = iota
	endSimple        // ";"
	endOpen          // "{"
	endClose         // "}", in the place of a directive
)

// lexer takes a file apart as ngx_conf_read_token does.
type lexer struct {
	f    *conftree.File
	text string
	pos  int
	// swallowed is where text begins that looks like a line, and that a comment
	// takes with it since a carriage return alone ends none; 0 if there is none.
	swallowed int
}

// refusal is what nginx says about text it does not take.
type refusal struct {
	message string
	at      int
}

// next returns the words up to the next ";", "{" or "}".
func (x *lexer) next() (words []word, end ending, fault *refusal) {
	var (
		start                               = x.pos
		begin                               int // of the word, quote included
		lastSpace                           = true
		needSpace, comment, variable, quote bool
		single, double, returned            bool
	)
	for {
		if x.pos >= len(x.text) {
			if len(words) > 0 || !lastSpace {
				return nil, endOfFile, &refusal{`unexpected end of file, expecting ";" or "}"`, len(x.text)}
			}
			return nil, endOfFile, nil
		}
		if x.tooLong(start) {
			return nil, endOfFile, &refusal{fmt.Sprintf("too long parameter: nginx holds %d bytes of a word or comment", longest), start}
		}
		ch := x.text[x.pos]
		x.pos++
		if ch == '\n' {
			comment, returned = false, false
		}
		if comment {
			switch ch {
			case '\r':
				returned = true
			case ' ', '\t':
			default:
				if returned && ch != '#' && x.swallowed == 0 {
					x.swallowed = x.pos - 1
				}
				returned = false
			}
			continue
		}
		if quote {
			quote = false
			continue
		}
		if needSpace {
			switch ch {
			case ' ', '\t', '\r', '\n':
				lastSpace, needSpace = true, false
				continue
			case ';':
				return words, endSimple, nil
			case '{':
				return words, endOpen, nil
			case ')':
				lastSpace, needSpace = true, false
			default:
				return nil, endOfFile, &refusal{fmt.Sprintf("unexpected %q behind a quoted string", string(rune(ch))), x.pos - 1}
			}
		}
		if lastSpace {
			start, begin = x.pos-1, x.pos-1
			switch ch {
			case ' ', '\t', '\r', '\n':
				continue
			case ';', '{':
				if len(words) == 0 {
					return nil, endOfFile, &refusal{fmt.Sprintf("unexpected %q", string(rune(ch))), start}
				}
				if ch == '{' {
					return words, endOpen, nil
				}
				return words, endSimple, nil
			case '}':
				if len(words) != 0 {
					return nil, endOfFile, &refusal{`unexpected "}"`, start}
				}
				return nil, endClose, nil
			case '#':
				comment = true
				continue
			case '\\':
				quote = true
			case '"':
				start++
				double = true
			case '\'':
				start++
				single = true
			case '$':
				variable = true
			}
			lastSpace = false
			continue
		}
		if ch == '{' && variable {
			continue
		}
		variable = false
		if ch == '\\' {
			quote = true
			continue
		}
		if ch == '$' {
			variable = true
			continue
		}
		found, was := false, single || double
		switch {
		case double:
			if ch == '"' {
				double, needSpace, found = false, true, true
			}
		case single:
			if ch == '\'' {
				single, needSpace, found = false, true, true
			}
		case ch == ' ' || ch == '\t' || ch == '\r' || ch == '\n' || ch == ';' || ch == '{':
			lastSpace, found = true, true
		}
		if !found {
			continue
		}
		w := word{text: unescape(x.text[start : x.pos-1]), start: begin, end: x.pos - 1, quoted: was}
		if was {
			w.end = x.pos
		}
		words = append(words, w)
		if was {
			continue
		}
		switch ch {
		case ';':
			return words, endSimple, nil
		case '{':
			return words, endOpen, nil
		}
	}
}

// tooLong reports whether nginx's buffer is full of what began at start.
func (x *lexer) tooLong(start int) bool {
	if x.pos-start < longest {
		return false
	}
	if strings.HasPrefix(x.f.Encoding.Charset, "utf-") || x.f.Encoding.Charset == "" {
		return true
	}
	return utf8.RuneCountInString(x.text[start:x.pos]) >= longest
}

var escapes = strings.NewReplacer(`\"`, `"`, `\'`, `'`, `\\`, `\`, `\t`, "\t", `\r`, "\r", `\n`, "\n")

// unescape replaces what nginx replaces, in quotes and outside alike.
func unescape(s string) string {
	if !strings.Contains(s, `\`) {
		return s
	}
	return escapes.Replace(s)
}

// skipLua moves behind the "}" that closes a block of Lua code.
func (x *lexer) skipLua() *refusal {
	from, depth := x.pos, 1
	for x.pos < len(x.text) {
		rest := x.text[x.pos:]
		switch c := rest[0]; {
		case strings.HasPrefix(rest, "--"):
			if n := longBracket(rest[2:]); n > 0 {
				x.pos += 2 + n
				continue
			}
			end := strings.IndexByte(rest, '\n')
			if end < 0 {
				end = len(rest) - 1
			}
			x.pos += end + 1
			continue
		case c == '"' || c == '\'':
			x.pos += quotedLua(rest)
			continue
		case c == '[':
			if n := longBracket(rest); n > 0 {
				x.pos += n
				continue
			}
		case c == '{':
			depth++
		case c == '}':
			depth--
		}
		x.pos++
		if depth == 0 {
			return nil
		}
	}
	return &refusal{"a block of Lua code is not closed", from}
}

// longBracket returns the length of a Lua long string [[...]] or [==[...]==] at
// the beginning of s, 0 if there is none.
func longBracket(s string) int {
	if !strings.HasPrefix(s, "[") {
		return 0
	}
	level := len(s[1:]) - len(strings.TrimLeft(s[1:], "="))
	if len(s) < level+2 || s[1+level] != '[' {
		return 0
	}
	end := strings.Index(s[level+2:], "]"+s[1:1+level]+"]")
	if end < 0 {
		return len(s)
	}
	return level + 2 + end + level + 2
}

func quotedLua(s string) int {
	for i := 1; i < len(s); i++ {
		switch s[i] {
		case '\\':
			i++
		case s[0], '\n':
			return i + 1
		}
	}
	return len(s)
}

package confdoc

import (
	"cmp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// reach is how far the parts of one element or pair may lie apart.
const reach = 2048

// secretSpans returns the parts of a text that are secrets, in order, not
// overlapping.
func secretSpans(text string) []span {
	s := scan{text: text, lines: lineSpans(text, true)}
	lower := strings.ToLower(text)
	if containsAny(lower, keyParts) {
		s.keys()
	}
	s.forms(lower)
	s.places(lower)
	s.disguised()
	return joined(s.found)
}

// keyParts are what the names of secrets have in them: one each.
var keyParts = []string{
	"pass", "pwd", "secret", "key", "token", "pw", "psk", "pin", "otp", "community", "communities", "credential", "kennwort", "com2sec", "client", "servers", "salt", "bytearray", "creds", "psw",
}

// joined sorts spans and joins those that overlap.
func joined(spans []span) []span {
	slices.SortFunc(spans, func(a, b span) int { return cmp.Or(cmp.Compare(a.start, b.start), cmp.Compare(a.end, b.end)) })
	var out []span
	for _, s := range spans {
		if s.start >= s.end {
			continue
		}
		if n := len(out); n > 0 && s.start < out[n-1].end {
			out[n-1].end = max(out[n-1].end, s.end)
			continue
		}
		out = append(out, s)
	}
	return out
}

// scan looks for names of secrets in a text, and for the values behind them.
type scan struct {
	text  string
	lines []span
	found []span
	// looked is how many bytes were looked at for values beside names.
	looked int
}

// line returns the line an offset lies in; its end is that of the line without
// "\n" and "\r\n".
func (s *scan) line(i int) span {
	n, _ := slices.BinarySearchFunc(s.lines, i, func(l span, at int) int { return cmp.Compare(l.start, at+1) })
	return s.lines[max(0, n-1)]
}

// before returns what stands in front of an offset in its line, if that is no
// more than names have around them.
func (s *scan) before(i int) (lead string, near bool) {
	l := s.line(i)
	if i-l.start > 512 {
		return s.text[i-512 : i], false
	}
	return s.text[l.start:i], true
}

// nameByte reports whether a character may be part of a name; NUL may, since
// damaged names are still names.
func nameByte(c byte) bool {
	return c == 0 || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '_' || c == '.' || c == '-'
}

// keys goes through all words that could be names.
func (s *scan) keys() {
	for i := 0; i < len(s.text); {
		if !nameByte(s.text[i]) {
			i++
			continue
		}
		end := i + 1
		for end < len(s.text) && nameByte(s.text[end]) {
			end++
		}
		if class := classify(s.text[i:end]); class != harmless {
			found := len(s.found)
			s.key(i, end, class)
			if len(s.found) > found {
				end = max(end, s.found[len(s.found)-1].end) // names in a secret are none
			}
		}
		i = end
	}
}

// key finds the value of the name at start to end, whichever way it is given.
func (s *scan) key(start, end int, class keyClass) {
	text := s.text
	name := text[start:end]
	after := end
	quoted := start > 0 && (text[start-1] == '"' || text[start-1] == '\'')
	if quoted && after < len(text) && text[after] == text[start-1] {
		after++
	}
	if quoted && strings.HasPrefix(text[after:], `\"`) {
		after += 2 // in a string of JSON
	}
	for after < len(text) && (text[after] == '[' || text[after] == ']' || text[after] >= '0' && text[after] <= '9') {
		after++
	}
	at := skipBlanks(text, after)
	separator := at < len(text) && (text[at] == '=' || text[at] == ':')
	switch {
	case separator && class == community && text[at] == ':' && !quoted && strings.HasPrefix(strings.ToLower(name), "commun") && !s.ofSNMP(start):
		return // a service or an image of that name
	case separator:
		s.value(name, start, skipSeparator(text, at), text[at] == ':')
	case s.element(start, end):
	case at > after && s.takesNext(start, end, class):
		s.value(name, start, at, false)
	}
	if s.isName(start) {
		s.valueBeside(name, start, end)
	}
}

// ofSNMP reports whether SNMP is spoken of shortly before an offset.
func (s *scan) ofSNMP(i int) bool {
	return strings.Contains(strings.ToLower(s.text[max(0, i-256):i]), "snmp")
}

// skipBlanks skips blanks, also those that only look like some.
func skipBlanks(text string, i int) int {
	for i < len(text) {
		r, size := utf8.DecodeRuneInString(text[i:])
		if r == '\n' || r == '\r' || r != 0 && !unicode.IsSpace(r) && !unicode.Is(unicode.Cf, r) {
			break
		}
		i += size
	}
	return i
}

// skipSeparator skips "=", ":", ":=" and "=>" with the blanks behind them.
func skipSeparator(text string, i int) int {
	i++
	if i < len(text) && (text[i] == '=' || text[i] == '>') {
		i++
	}
	i = skipBlanks(text, i)
	if strings.HasPrefix(text[i:], `\ `) {
		i += 2 // a blank of HAProxy
	}
	return i
}

// lineStart reports whether only blanks and the signs of comments, lists and
// assignments stand before i in its line.
func (s *scan) lineStart(i int) bool {
	lead, near := s.before(i)
	if !near {
		return false
	}
	lead = strings.TrimSpace(strings.TrimLeft(strings.TrimSpace(lead), `#;!/-*"'`))
	switch strings.ToLower(lead) {
	case "", "export", "set", "setenv", "presetenv", "passenv", "define", "env", "arg", "declare -x":
		return true
	}
	// the name of a preference or a host stands before the last "/"
	return !strings.ContainsAny(lead, " \t=<>{}\"'?&") && strings.HasSuffix(lead, "/")
}

// takesNext reports whether the name takes the next words as its value: an
// option of a command, a directive, or a word of a login.
func (s *scan) takesNext(start, end int, class keyClass) bool {
	if class == encodedKey || class == keyMaterial || s.text[start] == '-' {
		return class != encodedKey || s.text[start] == '-'
	}
	name := strings.ToLower(s.text[start:end])
	lead, near := s.before(start)
	if class == community && name == "community" {
		return near && (strings.HasPrefix(strings.TrimSpace(lead), "snmp-server") || strings.TrimSpace(lead) == "snmp")
	}
	if s.lineStart(start) {
		comment := strings.ContainsAny(lead, "#;")
		plain := !strings.ContainsAny(name, "_.-") && len(name) <= len("credentials")
		return !comment || !plain || len(strings.Fields(s.text[end:min(s.line(end).end, end+reach)])) == 1
	}
	first, _, _ := strings.Cut(strings.TrimLeft(lead, " \t"), " ")
	return near && slices.Contains(loginLines, strings.ToLower(first))
}

// loginLines are the first words of lines in which a password stands behind
// its name.
var loginLines = []string{"user", "username", "set", "neighbor", "machine", "login", "add", "alter", "snmp-server"}

// element takes the text of an element of that name.
func (s *scan) element(start, end int) bool {
	open := start - 1
	if open > 0 && s.text[open] == ':' {
		for open--; open > 0 && start-open < 100 && nameByte(s.text[open]); open-- {
		}
	}
	if open < 0 || s.text[open] != '<' {
		return false
	}
	rest := s.text[end:min(len(s.text), end+reach)]
	close := strings.IndexByte(rest, '>')
	if close < 0 || strings.HasSuffix(rest[:close], "/") {
		return true
	}
	from := end + close + 1
	text := s.text[from:min(len(s.text), from+32*reach)]
	if to := strings.IndexByte(text, '<'); to >= 0 {
		text = text[:to]
	}
	s.add(s.text[start:end], from, from+len(text))
	return true
}

// add takes a value without the blanks around it, if the key makes it a secret.
func (s *scan) add(key string, start, end int) {
	for start < end && strings.IndexByte(" \t\r\n", s.text[start]) >= 0 {
		start++
	}
	for start < end && strings.IndexByte(" \t\r\n", s.text[end-1]) >= 0 {
		end--
	}
	if start < end && secret(key, s.text[start:end]) {
		s.found = append(s.found, span{start, end})
	}
}

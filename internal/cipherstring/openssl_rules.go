package cipherstring

import (
	"fmt"
	"strings"

	"tlsaudit/audit"
	"tlsaudit/internal/tlsreg"
)

// rules applies a cipher string to a list.
type rules struct {
	version   OpenSSLVersion
	list      candidates
	selection *OpenSSLSelection
}

// query is the condition of one word with its joined parts.
type query struct {
	traits
	suite audit.Code
	exact bool
}

func (q *query) matches(x *candidate) bool {
	disjoint := func(want, have mask) bool { return want != 0 && want&have == 0 }
	return !(q.exact && q.suite != x.suite.Code ||
		disjoint(q.key, x.key) || disjoint(q.auth, x.auth) || disjoint(q.enc, x.enc) || disjoint(q.mac, x.mac) ||
		q.min != 0 && q.min != x.min ||
		disjoint(q.class&cStrong, x.class) || disjoint(q.class&cNotDefault, x.class))
}

// join narrows the condition by one more word; false if nothing can be both.
func (q *query) join(t traits) bool {
	ok := true
	narrow := func(have *mask, more mask) {
		switch {
		case more == 0:
		case *have == 0:
			*have = more
		default:
			*have &= more
			ok = ok && *have != 0
		}
	}
	narrow(&q.key, t.key)
	narrow(&q.auth, t.auth)
	narrow(&q.enc, t.enc)
	narrow(&q.mac, t.mac)
	if !ok {
		return false
	}
	if t.class&cStrong != 0 {
		if q.class&cStrong == 0 {
			// The library forgets COMPLEMENTOFDEFAULT when a class follows it.
			q.class = t.class & cStrong
		} else if q.class &= t.class&cStrong | cNotDefault; q.class&cStrong == 0 {
			return false
		}
	}
	q.class |= t.class & cNotDefault
	return true
}

// joinVersion narrows by the first version a keyword names.
func (q *query) joinVersion(v audit.Version) bool {
	if q.min != 0 && v != 0 && q.min != v {
		return false
	}
	q.min = max(q.min, v)
	return true
}

func isSeparator(c byte) bool { return strings.IndexByte(": ;,", c) >= 0 }

// wordLength returns the length of the word at the start of s.
func (v OpenSSLVersion) wordLength(s string) int {
	for i := range len(s) {
		c := s[i]
		switch {
		case 'A' <= c && c <= 'Z', 'a' <= c && c <= 'z', '0' <= c && c <= '9', c == '-', c == '.':
		case c == '=' && v.since(OpenSSL111), c == '_' && v.since(OpenSSL32):
		default:
			return i
		}
	}
	return len(s)
}

// apply runs the rules of s; offset is where s stands in the user's string.
func (r *rules) apply(s string, offset int) error {
	for i := 0; i < len(s); {
		if isSeparator(s[i]) {
			i++
			continue
		}
		start, operator := i, byte(0)
		if strings.IndexByte("-+!@", s[i]) >= 0 {
			operator = s[i]
			i++
		}
		next, err := r.rule(s, start, i, operator, offset)
		if err != nil {
			return err
		}
		i = next
	}
	return nil
}

// rule applies the rule whose words begin at i, and returns where it ends.
func (r *rules) rule(s string, start, i int, operator byte, offset int) (int, error) {
	skip := func(from int) int {
		for from < len(s) && !isSeparator(s[from]) {
			from++
		}
		return from
	}
	var q query
	for {
		n := r.version.wordLength(s[i:])
		if n == 0 {
			return 0, r.invalid(s, start, skip(max(i, start+1)), offset)
		}
		name := s[i : i+n]
		i += n
		if operator == '@' {
			end := skip(i)
			return end, r.special(name, s[start:end], offset+start)
		}
		joined := i < len(s) && s[i] == '+'
		if joined {
			i++
		}
		if reason := r.narrow(&q, name); reason != "" {
			end := skip(i)
			r.selection.Ignored = append(r.selection.Ignored, Word{Text: s[start:end], Offset: offset + start, Reason: reason})
			return end, nil
		}
		if !joined {
			break
		}
	}
	switch operator {
	case 0:
		r.list.add(q.matches)
	case '-':
		r.list.remove(q.matches)
	case '+':
		r.list.order(q.matches)
	case '!':
		r.list.kill(q.matches)
	}
	return i, nil
}

// narrow adds a word to a condition, or says why the rule has no effect.
func (r *rules) narrow(q *query, name string) string {
	const contradiction = "nothing is all of this at once"
	if s, t, ok := r.exact(name); ok {
		if !q.join(t) {
			return contradiction
		}
		q.suite, q.exact = s.Code, true
		return ""
	}
	t, found := r.version.word(name)
	switch {
	case found == absentWord:
		return fmt.Sprintf("OpenSSL %s as it is built by default has nothing of %s", r.version, name)
	case found == unknownWord:
		return r.unknown(name)
	case !q.join(t) || !q.joinVersion(t.min):
		return contradiction
	}
	return ""
}

// exact finds a suite by name among those still in the list or killed.
func (r *rules) exact(name string) (tlsreg.Suite, traits, bool) {
	s, ok := r.version.named(name)
	if !ok {
		return s, traits{}, false
	}
	t, ok := r.version.traits(s)
	return s, t, ok
}

// named finds a suite by a name this version reads; case matters.
func (v OpenSSLVersion) named(name string) (tlsreg.Suite, bool) {
	s, ok := tlsreg.SuiteByName(name)
	if !ok {
		return s, false
	}
	ok = s.OpenSSL == name || v.since(OpenSSL32) && s.Name == name
	for _, alias := range s.OpenSSLAliases {
		ok = ok || v == OpenSSL102 && alias == name
	}
	return s, ok
}

// unknown says why a word is not one, as helpfully as it can.
func (r *rules) unknown(name string) string {
	if s, ok := tlsreg.SuiteByName(name); ok {
		switch {
		case s.Min == audit.TLSv13:
			return "TLS 1.3 suites are not set by a cipher string but by the separate list of ciphersuites"
		case s.OpenSSL == name:
			return fmt.Sprintf("OpenSSL %s as it is built by default does not have this suite", r.version)
		case s.OpenSSL != "":
			return fmt.Sprintf("OpenSSL %s does not read this name; it calls the suite %s", r.version, s.OpenSSL)
		}
	}
	if name == "DEFAULT" || strings.HasPrefix(name, "SUITEB") {
		return name + " has a meaning at the very start only"
	}
	for _, w := range opensslWords {
		if strings.EqualFold(w.name, name) {
			return "unknown word; case matters: " + w.name
		}
	}
	return "unknown word"
}

// special applies @STRENGTH and @SECLEVEL=n.
func (r *rules) special(name, text string, offset int) error {
	level, isLevel := strings.CutPrefix(name, "SECLEVEL=")
	switch {
	case name == "STRENGTH":
		r.list.strength()
		return nil
	case isLevel && r.version != OpenSSL102 && len(level) == 1 && level[0] >= '0' && level[0] <= '5':
		r.selection.Level = int(level[0] - '0')
		return nil
	}
	hint := "@STRENGTH and @SECLEVEL=0 to @SECLEVEL=5 are the commands there are"
	if r.version == OpenSSL102 {
		hint = "OpenSSL 1.0.2 knows @STRENGTH only; @SECLEVEL came with 1.1.0"
	}
	return &Error{Offset: offset, Text: text, Cause: fmt.Sprintf("%q is not a command of cipher strings", oneLine(text)), Hint: hint, Err: ErrSyntax}
}

func (r *rules) invalid(s string, start, end, offset int) error {
	text := s[start:end]
	return &Error{
		Offset: offset + start, Text: text,
		Cause: fmt.Sprintf("OpenSSL refuses the cipher string at %q: no word stands where one must", oneLine(text)),
		Hint:  "words are letters, digits, - and ., joined by + and separated by a colon",
		Err:   ErrSyntax,
	}
}

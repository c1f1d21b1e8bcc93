package strictxml

import (
	"strings"
	"unicode/utf8"
)

// scope is the namespaces that one element declares, and those around it.
type scope struct {
	prefixes map[string]string
	outer    *scope
	// learnt are prefixes of outer scopes that were asked for here, so that deep
	// nesting is walked once for each.
	learnt map[string]string
}

// uri returns the namespace of a prefix; "" is that of names without one.
func (s *scope) uri(prefix string) (string, bool) {
	switch prefix {
	case "xml":
		return "http://www.w3.org/XML/1998/namespace", true
	case "xmlns":
		return Xmlns, true
	}
	if s == nil {
		return "", prefix == ""
	}
	if uri, ok := s.learnt[prefix]; ok {
		return uri, true
	}
	for at := s; at != nil; at = at.outer {
		if uri, ok := at.prefixes[prefix]; ok {
			s.learn(prefix, uri)
			return uri, true
		}
	}
	if prefix == "" {
		s.learn("", "")
	}
	return "", prefix == ""
}

func (s *scope) learn(prefix, uri string) {
	if s.learnt == nil {
		s.learnt = map[string]string{}
	}
	s.learnt[prefix] = uri
}

// name reads a name, which may have a prefix.
func (p *parser) name(what string) string {
	start := p.pos
	for p.pos < len(p.text) {
		c := p.text[p.pos]
		if c < utf8.RuneSelf {
			if !(letter(c) || p.pos > start && (c >= '0' && c <= '9' || c == '-' || c == '.')) {
				break
			}
			p.pos++
			continue
		}
		r, size := utf8.DecodeRuneInString(p.text[p.pos:])
		if !(nameStart(r) || p.pos > start && nameMore(r)) || r == utf8.RuneError && size <= 1 {
			break
		}
		p.pos += size
	}
	if p.pos == start {
		p.fail(start, "%s is missing", what)
	}
	if p.pos-start > MaxName {
		p.limit(start, "a name of more than %d bytes", MaxName)
	}
	return p.text[start:p.pos]
}

func letter(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c == '_' || c == ':'
}

func nameStart(r rune) bool {
	return in(r, 0xc0, 0xd6) || in(r, 0xd8, 0xf6) || in(r, 0xf8, 0x2ff) || in(r, 0x370, 0x37d) || in(r, 0x37f, 0x1fff) ||
		in(r, 0x200c, 0x200d) || in(r, 0x2070, 0x218f) || in(r, 0x2c00, 0x2fef) || in(r, 0x3001, 0xd7ff) ||
		in(r, 0xf900, 0xfdcf) || in(r, 0xfdf0, 0xfffd) || in(r, 0x10000, 0xeffff)
}

func nameMore(r rune) bool {
	return r == 0xb7 || in(r, 0x300, 0x36f) || in(r, 0x203f, 0x2040)
}

func in(r, first, last rune) bool { return r >= first && r <= last }

// split takes a name apart at its colon, of which there may be one inside.
func (p *parser) split(qname string, at int) (prefix, local string) {
	prefix, local, found := strings.Cut(qname, ":")
	if !found {
		return "", qname
	}
	first, _ := utf8.DecodeRuneInString(local)
	if prefix == "" || local == "" || strings.Contains(local, ":") || !(nameStart(first) || first < utf8.RuneSelf && letter(byte(first))) {
		p.fail(at, "the name %q has its colon in the wrong place", short(qname))
	}
	return prefix, local
}

// resolve returns the namespace and the local part of a name.
func (p *parser) resolve(s *scope, qname string, at int) (uri, local string) {
	prefix, local := p.split(qname, at)
	uri, ok := s.uri(prefix)
	if !ok {
		p.fail(at, "the prefix %q of %q is bound to no namespace", short(prefix), short(qname))
	}
	return uri, local
}

// short makes a name fit for a message.
func short(name string) string {
	if len(name) > 60 {
		name = strings.ToValidUTF8(name[:60], "") + "..."
	}
	return name
}

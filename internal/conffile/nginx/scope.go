package nginx

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"tlsaudit/internal/confdoc"
	"tlsaudit/internal/near"
)

// kind is what a block is to TLS.
type kind uint8

const (
	inMain kind = iota
	inModule
	inServer
	inLocation // also if and limit_except
	inOther    // events, upstream
)

// scope is a level of inheritance: a block and what stands directly in it.
type scope struct {
	kind   kind
	module string // "http", "stream" or "mail"
	block  *directive
	parent *scope
	own    map[string][]*directive
	inner  []*scope
	// body is where settings of this level may be added; nil for a part's file.
}

// lookup returns the directives of the nearest level that has any, and that
// level.
func (s *scope) lookup(name string) ([]*directive, *scope) {
	for ; s != nil; s = s.parent {
		if list := s.own[name]; len(list) > 0 {
			return list, s
		}
	}
	return nil, nil
}

// last returns the directive in force of those that may come once, nil if
// there is none.
func (s *scope) last(name string) *directive {
	if list, _ := s.lookup(name); len(list) > 0 {
		return list[len(list)-1]
	}
	return nil
}

// on reports whether a flag is on; set is false if none is in force.
func (s *scope) on(name string) (on, set bool) {
	d := s.last(name)
	if d == nil || len(d.words) != 2 {
		return false, false
	}
	return strings.EqualFold(d.words[1].text, "on"), true
}

// scopeOf builds the level of a list of directives and those inside, and notes
// what nginx would refuse.
func (p *parser) scopeOf(k kind, module string, block *directive, list []*directive, parent *scope) *scope {
	s := &scope{kind: k, module: module, block: block, parent: parent, own: map[string][]*directive{}}
	for _, d := range p.expand(list) {
		name := d.name()
		if !p.allowed(s, d) {
			continue
		}
		if inner, innerModule, ok := s.opens(d); ok {
			s.inner = append(s.inner, p.scopeOf(inner, innerModule, d, d.children, s))
		}
		s.own[name] = append(s.own[name], d)
	}
	return s
}

// opens says what level a block opens.
func (s *scope) opens(d *directive) (k kind, module string, ok bool) {
	if !d.block {
		return 0, "", false
	}
	switch name := d.name(); {
	case name == "http" || name == "stream" || name == "mail":
		return inModule, name, true
	case name == "server" && s.kind != inOther:
		return inServer, s.module, true
	case name == "location" || name == "if" || name == "limit_except":
		return inLocation, s.module, true
	case opaque[name] || strings.HasSuffix(name, "_by_lua_block"):
		return 0, "", false
	default:
		return inOther, s.module, true
	}
}

// allowed reports whether a directive may stand where it does, with the
// arguments it has; it notes what nginx says otherwise.
func (p *parser) allowed(s *scope, d *directive) bool {
	name := d.name()
	refuse := func(message, hint string) bool {
		p.refuse(d.file, d.start, message, hint)
		return false
	}
	count, tls := serverTLS[name]
	rest := upstreamName(name)
	if rest != "" {
		count, tls = upstreamTLS[rest]
	}
	lower := strings.ToLower(name)
	switch {
	case tls && s.kind == inOther && s.block != nil && unknownBlock(s.block.name()):
		return false // a module's own block, with words of its own
	case !tls && (strings.HasPrefix(name, "ssl_") || name == "ssl" || rest != "") && !luaModule(name):
		if len(p.doc.Gaps) >= maxTold || len(p.doc.Faults) >= maxTold {
			return false
		}
		if close := p.nearest(name); close != "" {
			return refuse(fmt.Sprintf("unknown directive %q", confdoc.RedactText(name)), "did you mean "+close+"?")
		}
		p.open(d.place(), fmt.Sprintf("the directive %q is not known", confdoc.RedactText(name)))
		return false
	case lower != name && (serverTLS[lower] != takes{} || slices.Contains(structure, lower) || upstreamTLS[upstreamName(lower)] != takes{}):
		if s.kind == inOther {
			return false
		}
		return refuse(fmt.Sprintf("unknown directive %q: names are case-sensitive", confdoc.RedactText(name)), "write "+lower)
	case tls && d.block:
		return refuse(fmt.Sprintf("directive %q is not terminated by \";\"", name), "")
	case tls && (len(d.args()) < count.least || count.most > 0 && len(d.args()) > count.most):
		return refuse(fmt.Sprintf("invalid number of arguments in %q directive", name), "")
	case tls && rest == "" && name != "ssl_engine" && name != "ssl_object_cache_inheritable" && !p.place(s, inModule, inServer),
		tls && rest != "" && !p.place(s, inModule, inServer, inLocation),
		(name == "http" || name == "stream" || name == "mail" || name == "events") && s.kind != inMain,
		(name == "listen" || name == "server_name" && !(s.kind == inModule && s.module == "mail")) && s.kind != inServer && p.whole && s.kind != inOther:
		return refuse(fmt.Sprintf("%q directive is not allowed here", name), "")
	case (name == "http" || name == "stream" || name == "mail" || name == "events" || name == "location") && !d.block:
		return refuse(fmt.Sprintf("directive %q has no opening \"{\"", name), "")
	case (name == "http" || name == "events" || name == "stream" || name == "mail" || tls && !slices.Contains(mayRepeat, strings.TrimPrefix(name, prefixOf(name)))) && len(s.own[name]) > 0:
		return refuse(fmt.Sprintf("%q directive is duplicate", name), "leave one of them")
	case (slices.Contains(flags, name) || tls && upstreamTLS[rest] == onOff && slices.Contains([]string{"ssl_verify", "ssl_server_name", "ssl_session_reuse"}, rest)) && !isFlag(d.value()):
		return refuse(fmt.Sprintf("invalid value in %q directive, it must be \"on\" or \"off\"", name), "")
	}
	return true
}

// place reports whether a level is one of the kinds; a part of a tree may be
// meant for any level its directives fit.
func (p *parser) place(s *scope, kinds ...kind) bool {
	return slices.Contains(kinds, s.kind) || s.kind == inMain && !p.whole
}

func prefixOf(name string) string {
	if rest := upstreamName(name); rest != "" {
		return strings.TrimSuffix(name, rest)
	}
	return ""
}

func isFlag(s string) bool { return strings.EqualFold(s, "on") || strings.EqualFold(s, "off") }

// unknownBlock reports whether a block is none of nginx's own that are looked
// into.
func unknownBlock(name string) bool { return name != "events" && name != "upstream" }

// nearest returns the known directive a name was probably meant to be.
func (p *parser) nearest(name string) string {
	if p.candidates == nil {
		p.candidates = slices.Sorted(maps.Keys(serverTLS))
		for _, rest := range slices.Sorted(maps.Keys(upstreamTLS)) {
			for _, prefix := range prefixes {
				p.candidates = append(p.candidates, prefix+rest)
			}
		}
	}
	for _, c := range p.candidates {
		if near.Slip(name, c) {
			return c
		}
	}
	return ""
}

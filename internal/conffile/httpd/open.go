package httpd

import (
	"tlsaudit/audit"
	"tlsaudit/internal/confdoc"
)

// openPart is a part of a scope that was not read, or of which nobody can tell
// whether it counts, with what it holds or may hold.
type openPart struct {
	// at is how many lines of the scope stand above it.
	at int
	// protocol and proxy: SSLProtocol and SSLProxyProtocol; commands: what beats
	// them wherever it stands; engine: SSLEngine,
	// SSLEnable, SSLDisable.
	protocol, proxy, commands, engine bool
	why                               string
}

// maxParts bounds the parts of one scope; those beyond are told as one.
const maxParts = 100

// anything is a part that may hold any directive.
func anything(why string) openPart {
	return openPart{protocol: true, proxy: true, commands: true, why: why}
}

// hold records a word of a branch.
func (o *openPart) hold(name string) {
	switch name {
	case "sslprotocol":
		o.protocol = true
	case "sslproxyprotocol":
		o.proxy = true
	case "sslopensslconfcmd":
		o.commands = true
	case "sslengine", "sslenable", "ssldisable":
		o.engine = true
	case "include", "includeoptional", "use", "sslpolicy", "sslproxypolicy":
		o.protocol, o.proxy, o.commands = true, true, true
	}
}

// leaveOpen records a part where the reader stands. Sections for requests hold
// no versions.
func (p *parser) leaveOpen(o openPart) {
	s := p.scope
	if s.kind == dirScope || !o.protocol && !o.proxy && !o.commands && !o.engine {
		return
	}
	o.at = len(s.lines)
	if n := len(s.parts); n >= maxParts {
		last := &s.parts[n-1]
		last.at, last.protocol, last.proxy = o.at, last.protocol || o.protocol, last.proxy || o.proxy
		last.commands, last.engine = last.commands || o.commands, last.engine || o.engine
		return
	}
	s.parts = append(s.parts, o)
}

// beats reports whether a part of scope s would replace a directive, which may be
// nil, that holds in scope of: the part stands behind it, or further in.
func (o openPart) beats(s *scope, d *directive, of *scope) bool {
	switch {
	case d == nil:
		return true
	case d.scope == s:
		return d.order < o.at
	}
	for inner := of; inner != nil && inner != s; inner = inner.parent {
		if inner == d.scope {
			return false // set further in than the part
		}
	}
	return true
}

// unread takes back what an open part may change: every version if it may
// replace the list, those that are off if it may hold commands to OpenSSL, which
// beat the list wherever they stand.
func (h *host) unread(st *apacheState, facts map[audit.Version]confdoc.Fact) {
	why, below := "", ""
	if h.value(st.prefix+"policy") != nil {
		why = policyGap
	}
	for s := h.scope; s != nil; s = s.parent {
		for _, o := range s.parts {
			list := o.protocol
			if st.prefix != "ssl" {
				list = o.proxy
			}
			switch {
			case list && o.beats(s, st.protocol, h.scope):
				why = o.why
			case o.commands && st.prefix == "ssl":
				below = o.why
			}
		}
	}
	for _, v := range audit.Versions[1:] {
		f := facts[v]
		switch {
		case why != "":
			facts[v] = confdoc.Fact{Answer: audit.Undetermined, Evidence: why, Place: f.Place}
		case below != "" && f.Answer == audit.Refused:
			facts[v] = confdoc.Fact{Answer: audit.Undetermined, Evidence: f.Evidence + "; but " + below, Place: f.Place}
		}
	}
}

// engineOpen reports whether a branch nobody can decide holds the SSLEngine that
// would count.
func (h *host) engineOpen() bool {
	d := h.value("sslengine")
	for s := h.scope; s != nil; s = s.parent {
		for _, o := range s.parts {
			if o.engine && o.beats(s, d, h.scope) {
				return true
			}
		}
	}
	return false
}

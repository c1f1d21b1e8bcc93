package scanner

import (
	"context"
	"slices"
	"strings"

	"tlsaudit/audit"
	"tlsaudit/internal/tlsreg"
	"tlsaudit/scanner/wire"
)

// unusual is one way in which a hello differs from those of the enumeration,
// and in which servers should not mind.
type unusual struct {
	name   string
	change func(*wire.Hello)
	// after changes the records, if it is set.
	after func([]byte) []byte
}

// reserved are values nobody implements (RFC 8701), put where a server meets
// them first.
var reserved = []unusual{
	{name: "suite", change: func(h *wire.Hello) { h.Suites = slices.Insert(slices.Clone(h.Suites), 0, 0x0A0A) }},
	{name: "extension", change: func(h *wire.Hello) {
		h.Extra = append(h.Extra, wire.Extension{Type: 0x1A1A}, wire.Extension{Type: 0xFAFA, Data: []byte{0}})
	}},
	{name: "group", change: func(h *wire.Hello) { h.Groups = slices.Insert(slices.Clone(h.Groups), 0, 0x2A2A) }},
	{name: "signature scheme", change: func(h *wire.Hello) { h.SigAlgs = slices.Insert(slices.Clone(h.SigAlgs), 0, 0x3A3A) }},
	{name: "version", change: func(h *wire.Hello) {
		if h.Versions == nil {
			h.Versions = []uint16{h.Version}
		}
		h.Versions = slices.Insert(slices.Clone(h.Versions), 0, 0x7A7A)
	}},
}

// newer are version numbers to come, in a hello that does not know the
// extension for them.
var newer = []unusual{
	{name: "0x0304", change: func(h *wire.Hello) { h.Version = 0x0304 }},
	{name: "0x0399", change: func(h *wire.Hello) { h.Version = 0x0399 }},
}

// sizes are lengths and cuts of a hello that some servers cannot bear.
var sizes = []unusual{
	{name: "256 to 511 bytes", change: func(h *wire.Hello) {
		h.PadTo = 384
		h.Groups, h.SigAlgs = h.Groups[:min(len(h.Groups), 8)], h.SigAlgs[:min(len(h.SigAlgs), 24)]
		h.EMS, h.ETM, h.Ticket, h.OCSP = false, false, false, false
	}},
	{name: "4,096 bytes", change: func(h *wire.Hello) { h.PadTo = 4096 }},
	{name: "more than one record", change: func(h *wire.Hello) { h.PadTo = 16640 }},
	{name: "records of 64 bytes", change: func(*wire.Hello) {}, after: func(b []byte) []byte { return wire.Fragment(b, 64) }},
}

// askTolerance sends hellos that are in order and out of the ordinary.
func askTolerance(ctx context.Context, e *endpoint, versions []*version, _ *audit.Observation) {
	newest := newestOf(versions)
	if newest == nil || newest.style != stylePlain {
		return
	}
	if f, ok := e.askTogether(ctx, newest, audit.FeatureUnknownValues, reserved); ok {
		newest.asked = append(newest.asked, f)
	}
	if f, ok := e.askOneByOne(ctx, newest, audit.FeatureHelloSizes, sizes); ok {
		newest.asked = append(newest.asked, f)
	}
	var older *version
	for _, x := range versions {
		if x.Answer == audit.Accepted && x.Version >= audit.TLSv10 && x.Version < audit.TLSv13 && len(x.hits) > 0 && x.style == stylePlain {
			older = x
		}
	}
	if older == nil {
		return
	}
	if f, ok := e.askOneByOne(ctx, older, audit.FeatureNewerVersions, newer); ok {
		older.asked = append(older.asked, f)
	}
}

// askTogether asks for all at once, and one by one if that fails.
func (e *endpoint) askTogether(ctx context.Context, x *version, name audit.Feature, list []unusual) (audit.FeatureFact, bool) {
	all := unusual{name: "all", change: func(h *wire.Hello) {
		for _, u := range list {
			u.change(h)
		}
	}}
	answer, r := e.askUnusual(ctx, x, all)
	if answer == audit.Accepted {
		return audit.FeatureFact{Name: name, Version: x.Version, Answer: answer, Evidence: r.text()}, true
	}
	return e.askOneByOne(ctx, x, name, list)
}

// askOneByOne asks for one thing after another, and names those that fail.
func (e *endpoint) askOneByOne(ctx context.Context, x *version, name audit.Feature, list []unusual) (f audit.FeatureFact, asked bool) {
	f = audit.FeatureFact{Name: name, Version: x.Version, Answer: audit.Accepted}
	var failed, open, fine []string
	for _, u := range list {
		answer, r := e.askUnusual(ctx, x, u)
		if ctx.Err() != nil {
			return f, false
		}
		switch answer {
		case audit.Accepted:
			fine = append(fine, u.name)
		case audit.Refused:
			failed = append(failed, u.name)
			f.Evidence = r.text() + " with " + u.name
		default:
			open = append(open, u.name+": "+r.text())
		}
	}
	switch {
	case failed != nil:
		f.Answer, f.Value = audit.Refused, strings.Join(failed, ", ")
	case open != nil:
		f.Answer, f.Evidence = audit.Undetermined, strings.Join(open, "; ")
	default:
		f.Evidence = "ServerHello with " + strings.Join(fine, ", ")
	}
	return f, true
}

// askUnusual asks once, and again if there was no clear answer: that a hello
// was refused for its form counts only if the usual one is answered after it.
func (e *endpoint) askUnusual(ctx context.Context, x *version, u unusual) (audit.Answer, reply) {
	h := e.hello(x.Version, x.style, x.sessionSuites(func(tlsreg.Suite) bool { return true }))
	u.change(h)
	q := question{hello: h.AppendTo(nil), bare: true, about: x.Version.String() + ", unusual hello: " + u.name}
	if u.after != nil {
		q.hello = u.after(q.hello)
	}
	r := e.ask(ctx, q)
	switch {
	case r.hit() && audit.Version(r.Version) <= audit.TLSv13:
		return audit.Accepted, r
	case (r.quiet() || r.Outcome == wire.Alert) && e.confirmed(ctx, r.ended):
		again := e.askTimes(ctx, q, 1)
		if again.hit() {
			e.sawFlaky()
			return audit.Accepted, again
		}
		if again.quiet() || again.Outcome == wire.Alert {
			return audit.Refused, again
		}
		return audit.Undetermined, again
	}
	return audit.Undetermined, r
}

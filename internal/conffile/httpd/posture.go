package httpd

import (
	"fmt"

	"tlsaudit/audit"
	"tlsaudit/internal/confdoc"
)

// maxStrings is how many different cipher strings are evaluated.
const maxStrings = 100

// posture evaluates the strings in force, once for all hosts that are alike.
func (p *parser) posture(o confdoc.OpenSSL) audit.Posture {
	key := fmt.Sprint(o.Default, o.SecurityLevel, o.ServerOrder != nil, o.ServerOrder != nil && *o.ServerOrder)
	for _, w := range []*confdoc.Written{o.Ciphers, o.Ciphersuites} {
		if w == nil {
			key += "\x00-"
		} else {
			key += "\x00=" + w.Text
		}
	}
	known, ok := p.conf.postures[key]
	if !ok && len(p.conf.postures) < maxStrings {
		all := o
		all.Enabled = map[audit.Version]confdoc.Fact{}
		for _, v := range audit.Versions {
			all.Enabled[v] = confdoc.Fact{Answer: audit.Accepted}
		}
		known, _ = all.Posture(p.r)
		p.conf.postures[key] = known
	}
	var mine audit.Posture
	for _, v := range audit.Versions {
		enabled := o.Enabled[v]
		f := audit.VersionFact{Version: v, Answer: enabled.Answer, Suites: []audit.Suite{}}
		if enabled.Answer == audit.Accepted || enabled.Answer == audit.Latent {
			f.SuitesAnswer = audit.Undetermined
			if len(known.Versions) > 0 {
				f = known.Version(v)
			}
			if enabled.Answer == audit.Latent {
				f.Answer = audit.Latent
			}
		}
		f.Evidence = enabled.Evidence + f.Evidence
		if place := enabled.Place; place.File != "" {
			f.Place = &place
		}
		mine.Versions = append(mine.Versions, f)
	}
	return mine
}

func configured(facts map[audit.Version]confdoc.Fact) (list []audit.Version) {
	for _, v := range audit.Versions {
		if a := facts[v].Answer; a == audit.Accepted || a == audit.Latent {
			list = append(list, v)
		}
	}
	return list
}

// ends says why a virtual host ends every connection to its address, before the
// name of the server counts: OpenSSL wants a suite for the newest version below
// the first gap, counted from the oldest one that is on.
func (h *host) ends() string {
	st := h.apache
	if st == nil || len(st.posture.Versions) == 0 {
		return ""
	}
	var newest audit.VersionFact
	for _, f := range st.posture.Versions {
		if f.Version <= audit.SSLv3 {
			continue // not built in, as a rule
		}
		if f.Answer == audit.Undetermined || f.SuitesAnswer == audit.Undetermined {
			return ""
		}
		if f.Answer != audit.Refused { // a security level is not looked at here
			newest = f
		} else if newest.Version != 0 {
			break
		}
	}
	switch {
	case newest.Version == 0:
		return "the first virtual host of the address leaves no version that can be used, and ends every connection"
	case len(newest.Suites) == 0:
		return "the first virtual host of the address has no suite for " + newest.Version.String() + ", and ends every connection"
	}
	return ""
}

// dead makes latent what a virtual host allows in vain.
func (st *apacheState) dead(why string) {
	for v, f := range st.facts {
		if f.Answer == audit.Accepted {
			f.Answer = audit.Latent
			f.Evidence += "; but " + why
			st.facts[v] = f
		}
	}
}

// serverOrder reports whether the host's own context has the server choose.
func (h *host) serverOrder() bool {
	order := h.isOn("sslhonorcipherorder", false)
	if o := h.commands().options["serverpreference"]; o != nil {
		order = o.on
	}
	return order
}

// protocolFacts says of each version what the lines come to.
func (p *parser) protocolFacts(st *apacheState) map[audit.Version]confdoc.Fact {
	has := has13(p.r)
	evidence, place := "default of Apache httpd 2.4: all -SSLv3", audit.Place{}
	state := defaultProtocols(has)
	if d := st.protocol; d != nil {
		st.list = evaluate(d.words(), has)
		state, evidence, place = st.list.on, d.text(), d.place()
		if d.scope.kind == mainScope {
			evidence += ", inherited from the server"
		}
	}
	if st.protocol == nil && len(p.doc.Gaps) > 0 {
		facts := map[audit.Version]confdoc.Fact{audit.SSLv2: factOf(off, evidence, place)}
		for _, v := range audit.Versions[1:] {
			facts[v] = confdoc.Fact{Answer: audit.Undetermined, Evidence: "no SSLProtocol was read; " + p.doc.Gaps[0].Message}
		}
		return facts
	}
	if st.base {
		evidence += ", of the first virtual host of the address"
	}
	lib := libraryOf(p.r)
	if lib.since("1.1.0") || st.conf.bounds() {
		state = state.contiguous()
	}
	state = state.settled(lib)
	facts := map[audit.Version]confdoc.Fact{}
	for i, v := range audit.Versions {
		facts[v] = factOf(state[i], evidence, place)
		if v == audit.TLSv13 && state[i] == on && !lib.known {
			f := facts[v]
			f.Evidence += "; assumed: with OpenSSL 1.1.1 or later"
			facts[v] = f
		}
	}
	if st.protocol != nil && len(st.protocol.missing) > 0 {
		for _, v := range audit.Versions {
			facts[v] = confdoc.Fact{Answer: audit.Undetermined, Evidence: p.undefined(st.protocol), Place: place}
		}
		return facts
	}
	st.conf.bound(facts, lib)
	return facts
}

// features are the session features the lines decide, at the versions they are
// about.
func (p *parser) features(h *host, st *apacheState) (list []audit.FeatureFact) {
	add := func(name audit.Feature, on bool, evidence string) {
		for _, v := range []audit.Version{audit.TLSv12, audit.TLSv11, audit.TLSv10} {
			if a := st.facts[v].Answer; a != audit.Accepted && a != audit.Latent {
				continue
			}
			answer := audit.Refused
			if on {
				answer = audit.Accepted
			}
			list = append(list, audit.FeatureFact{Name: name, Version: v, Answer: answer, Evidence: evidence})
		}
	}
	said := func(name string, otherwise bool) string {
		if d := h.value(name); d != nil {
			return d.text()
		}
		if otherwise {
			return "default: " + h.conf.spell(name) + " on"
		}
		return "default: " + h.conf.spell(name) + " off"
	}
	add(audit.FeatureSessionTicket, h.tickets() && h.first.tickets(), said("sslsessiontickets", true))
	if !h.compresses() {
		add(audit.FeatureCompression, false, said("sslcompression", false))
	} else if !libraryOf(p.r).known {
		add(audit.FeatureCompression, true, said("sslcompression", false)+"; assumed: with an OpenSSL that was built with zlib")
	}
	add(audit.FeatureInsecureRenegotiation, h.insecure() || h.first.insecure(), said("sslinsecurerenegotiation", false))
	return list
}

func (h *host) option(name string) *optionSet { return h.commands().options[name] }

func (h *host) tickets() bool {
	if o := h.option("sessionticket"); o != nil {
		return o.on
	}
	return h.isOn("sslsessiontickets", true)
}

func (h *host) compresses() bool {
	if o := h.option("compression"); o != nil {
		return o.on
	}
	return h.isOn("sslcompression", false)
}

func (h *host) insecure() bool {
	if o := h.option("unsafelegacyrenegotiation"); o != nil {
		return o.on
	}
	return h.isOn("sslinsecurerenegotiation", false)
}

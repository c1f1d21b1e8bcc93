package scanner

import (
	"tlsaudit/audit"
	"tlsaudit/internal/tlsreg"
)

// ssl2Kinds is the number of cipher kinds in wire.SSL2Hello.
const ssl2Kinds = 12

// fill writes what was learnt into the observation, in the order of versions,
// so that the result does not depend on which answer came first.
func (e *endpoint) fill(o *audit.Observation, versions []*version) {
	for i, x := range versions {
		switch {
		case x.Version == audit.SSLv2:
			x.kinds()
		case x.SuitesAnswer != audit.NotAsked || x.quick != nil:
			for _, h := range x.hits {
				x.Suites = append(x.Suites, e.suiteFact(x, &h))
			}
		}
		o.Versions[i] = x.VersionFact
	}
	for i := len(versions) - 1; i >= 0; i-- {
		o.Groups = append(o.Groups, versions[i].groups...)
		if x := versions[i]; x.Answer == audit.Accepted && x.Version >= audit.TLSv12 && e.s.opt.Depth != DepthQuick {
			o.Schemes = append(o.Schemes, x.schemeFacts(e.isTorn())...)
		}
		o.Features = append(o.Features, versions[i].listFeatures(e.isTorn(), e.sni != "", e.s.opt.Depth)...)
	}
	o.Chains = e.assess()
	o.ClientAuth = e.clientAuth(o.Handshake)
}

// kinds lists the cipher kinds of SSLv2. The server names all it shares with
// the client in one message, and the client chooses.
func (x *version) kinds() {
	if x.Answer != audit.Accepted {
		return
	}
	for _, kind := range x.reply.SSL2Kinds {
		s := audit.Suite{ID: audit.Code(kind), Name: audit.Code(kind).String()}
		if r, ok := tlsreg.SuiteByCode(s.ID); ok {
			s.Name, s.OpenSSL, s.Bits = r.Name, r.OpenSSL, r.StrengthBits
		}
		x.Suites = append(x.Suites, s)
	}
	x.SuitesAnswer, x.SuitesOffered = audit.Accepted, ssl2Kinds
	if len(x.Suites) > 1 {
		x.Preference, x.PreferenceEvidence = audit.PreferenceClient, "in SSLv2 the client chooses"
	}
}

func (e *endpoint) suiteFact(x *version, h *hit) audit.Suite {
	s := audit.Suite{ID: audit.Code(h.code), Name: suiteName(h.code), DHBits: h.flight.DHBits, Group: h.finite}
	if r, ok := tlsreg.SuiteByCode(s.ID); ok {
		s.OpenSSL, s.Bits = r.OpenSSL, r.StrengthBits
	}
	if s.DHBits > 0 {
		e.describePrime(&s, h.prime)
	}
	if g := h.flight.Group; g != 0 {
		s.Group = groupName(g)
	}
	if h.flight.SigAlg != 0 && x.Version == audit.TLSv12 {
		s.SigScheme = audit.Code(h.flight.SigAlg).String()
		if sc, ok := tlsreg.SchemeByCode(audit.Code(h.flight.SigAlg)); ok {
			s.SigScheme = sc.Name
		}
	}
	return s
}

package checks

import "tlsaudit/audit"

var certPathValidation = &audit.Check{
	ID:    "cert.path_validation",
	Title: "The certification path of the server validates",
	Doc:   "A certificate counts only if a path leads from it to a trust anchor on which every certificate is valid and every signature holds. A path that does not validate is no better than none.",
	Detect: "The path of each distinct chain the server presents, as cert.chain.trusted and cert.validity.now judge it. How a server validates the paths of others, its clients or the servers it " +
		"calls, is not seen from outside: with `of: clients` the result is unknown, and its configuration has to be read.",
	Severity: audit.High,
	Refs:     []string{"RFC 5280 section 6"},
	Needs:    []audit.Need{audit.NeedTLS, audit.NeedChains, audit.NeedTrust},
	Params: func(in map[string]any) (any, error) {
		r := read(in)
		return r.word("of", "server", "server", "clients"), r.done()
	},
	ParamsDoc: map[string]string{"of": "server: the path the server presents (default); clients: that the server validates those of its clients, which is unknown"},
	Run: func(c *audit.Case) []audit.Outcome {
		if c.Params.(string) == "clients" {
			return []audit.Outcome{undecided("", "how the server validates the certificates of others cannot be seen from outside: read its configuration")}
		}
		return append(besidesName(certChainTrusted.Run, c, nil), besidesName(certValidityNow.Run, c, &validityParams{})...)
	},
	Turns: presentedTurns,
	Want:  certificate("a certificate issued by a CA the peers trust, within its validity"),
	Examples: []audit.Example{
		example("untrusted", audit.Fail, nil, withChain(func(c *audit.Chain) {
			c.Trust = audit.Trust{Anchors: "example-roots.pem", Answer: audit.Refused, Reason: "certificate signed by unknown authority"}
		})),
		example("expired", audit.Fail, nil, withLeaf(func(c *audit.Certificate) { c.NotAfter = exampleNow.AddDate(0, 0, -1) })),
		example("trusted and valid", audit.Pass, nil),
		example("no anchors configured", audit.Unknown, nil, withChain(func(c *audit.Chain) { c.Trust = audit.Trust{} })),
		example("paths of clients", audit.Unknown, map[string]any{"of": "clients"}),
	},
}

package checks

import "tlsaudit/audit"

var kxDH = graded(&audit.Check{
	ID:    "kx.dh.min_bits",
	Title: "Finite-field Diffie-Hellman uses primes of the minimum size",
	Doc:   "Primes of 1024 bits and fewer are within reach of well-funded attackers, and because servers share a few primes, one effort pays off everywhere (Logjam).",
	Detect: "The prime is read from the ServerKeyExchange of every version that accepts a DHE suite; fixed-size groups of TLS 1.3 by their name. " +
		"Does not apply where no DHE suite and no finite-field group is accepted. Unknown if a prime was not read.",
	Severity: audit.High,
	Refs:     []string{"RFC 9325 section 4.1", "RFC 7919", "CVE-2015-4000"},
	Needs:    []audit.Need{audit.NeedTLS, audit.NeedKeyExchange},
	Params: func(in map[string]any) (any, error) {
		r := read(in)
		return r.int("min", 2048, 512, 16384), r.done()
	},
	Forbids:   always, // "must not: primes below the minimum"
	ParamsDoc: map[string]string{"min": "smallest prime in bits (default 2048)"},
	Run: func(c *audit.Case) []audit.Outcome {
		low := c.Params.(int)
		out, seen := smallPrimes(c.Observation, low)
		if !seen {
			return append(out, moot("no finite-field Diffie-Hellman is accepted"))
		}
		return out
	},
	Want: func(params any) audit.Want { return audit.Want{MinDHBits: params.(int)} },
	Examples: []audit.Example{
		example("1024-bit prime", audit.Fail, map[string]any{"min": 2048}, accepts(audit.TLSv12, "TLS_DHE_RSA_WITH_AES_128_GCM_SHA256"), withPrime(audit.TLSv12, 1024)),
		example("2048-bit prime", audit.Pass, map[string]any{"min": 2048}, accepts(audit.TLSv12, "TLS_DHE_RSA_WITH_AES_128_GCM_SHA256"), withPrime(audit.TLSv12, 2048)),
		example("prime not read", audit.Unknown, nil, accepts(audit.TLSv12, "TLS_DHE_RSA_WITH_AES_128_GCM_SHA256")),
		example("no DHE suite", audit.NotApplicable, nil),
	},
})

// smallPrimes objects to primes below low bits, and reports whether any
// finite-field exchange is accepted.
func smallPrimes(o *audit.Observation, low int) (out []audit.Outcome, seen bool) {
	for _, f := range o.Versions {
		if f.Answer != audit.Accepted {
			continue
		}
		for _, s := range f.Suites {
			if s.DHBits == 0 {
				continue
			}
			seen = true
			if s.DHBits < low {
				out = append(out, violated(s.ID.String(), "%s: Diffie-Hellman prime of %s, %d wanted", f.Version, bits(s.DHBits), low))
			}
		}
	}
	for _, g := range o.Groups {
		size := ffdheBits(g.ID)
		if g.Answer != audit.Accepted || size == 0 {
			continue
		}
		seen = true
		if size < low {
			out = append(out, violated("", "%s: group %s, primes of %d bits wanted", g.Version, g.Name, low))
		}
	}
	return out, seen
}

// withPrime sets the prime size of every suite of a version.
func withPrime(v audit.Version, n int) change {
	return func(o *audit.Observation) {
		for i := range fact(o, v).Suites {
			fact(o, v).Suites[i].DHBits = n
		}
	}
}

package checks

import (
	"slices"

	"tlsaudit/audit"
	"tlsaudit/internal/tlsreg"
)

var kxDH = graded(&audit.Check{
	ID:    "kx.dh.min_bits",
	Title: "Finite-field Diffie-Hellman uses primes of the minimum size",
	Doc:   "Primes of 1024 bits and fewer are within reach of well-funded attackers, and because servers share a few primes, one effort pays off everywhere (Logjam).",
	Detect: "The prime is read from the ServerKeyExchange of every DHE suite, at every version that accepts it, and tested: a modulus that is no prime violates the rule whatever its size; fixed-size groups of TLS 1.3 by their name. " +
		"Does not apply where no DHE suite and no finite-field group is accepted. Unknown if a prime was not read, or if a group of TLS 1.3 that is too small may be accepted: " +
		"none of them is below 2048 bits.",
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
		out, seen := smallPrimes(c, low)
		gap := smallGroupsGap(c, low)
		switch {
		case gap != "":
			out = append(out, undecided("", "%s", gap))
		case seen:
		case groupsGap(c.Observation, audit.TLSv13) != "":
			// whether there is any is open, but it would be large enough
			out = append(out, met("", "no prime is accepted below %s, the smallest of TLS 1.3", bits(leastFFDHE)))
		default:
			out = append(out, moot("no finite-field Diffie-Hellman is accepted"))
		}
		return out
	},
	Asks: func(c *audit.Case, q *audit.Questions) { askPrimes(q, c.Params.(int)) },
	Want: func(params any) audit.Want { return audit.Want{MinDHBits: params.(int)} },
	Examples: []audit.Example{
		example("1024-bit prime", audit.Fail, map[string]any{"min": 2048}, accepts(audit.TLSv12, "TLS_DHE_RSA_WITH_AES_128_GCM_SHA256"), withPrime(audit.TLSv12, 1024)),
		example("2048-bit prime", audit.Pass, map[string]any{"min": 2048}, accepts(audit.TLSv12, "TLS_DHE_RSA_WITH_AES_128_GCM_SHA256"), withPrime(audit.TLSv12, 2048)),
		example("a modulus that is no prime", audit.Fail, nil, accepts(audit.TLSv12, "TLS_DHE_RSA_WITH_AES_128_GCM_SHA256"), withPrime(audit.TLSv12, 2048),
			func(o *audit.Observation) { fact(o, audit.TLSv12).Suites[0].DHPrime = "composite" }),
		example("prime not read", audit.Unknown, nil, accepts(audit.TLSv12, "TLS_DHE_RSA_WITH_AES_128_GCM_SHA256")),
		example("prime of one suite of two not read", audit.Unknown, nil, accepts(audit.TLSv12, "TLS_DHE_RSA_WITH_AES_128_GCM_SHA256"), withPrime(audit.TLSv12, 2048),
			func(o *audit.Observation) {
				twin := fact(o, audit.TLSv12).Suites[0]
				twin.ID, twin.Name, twin.DHBits = 0x009F, "TLS_DHE_RSA_WITH_AES_256_GCM_SHA384", 0
				fact(o, audit.TLSv12).Suites = append(fact(o, audit.TLSv12).Suites, twin)
			}),
		example("no DHE suite", audit.NotApplicable, nil),
		example("ffdhe2048 seen in a handshake of TLS 1.3", audit.Fail, map[string]any{"min": 3072}, sampled(audit.TLSv13, "ffdhe2048")),
		example("whether ffdhe2048 is accepted is not known", audit.Unknown, map[string]any{"min": 3072}, sampled(audit.TLSv13, "x25519")),
		example("ffdhe2048 seen, and large enough", audit.Pass, map[string]any{"min": 2048}, sampled(audit.TLSv13, "ffdhe2048")),
		example("whatever TLS 1.3 accepts is large enough", audit.Pass, map[string]any{"min": 2048}, sampled(audit.TLSv13, "x25519")),
	},
})

// leastFFDHE is the size of the smallest finite-field group of TLS 1.3.
const leastFFDHE = 2048

// smallPrimes objects to primes and finite-field groups below low bits, also to
// groups only seen in a handshake, and reports whether any finite-field
// exchange is accepted.
func smallPrimes(c *audit.Case, low int) (out []audit.Outcome, seen bool) {
	for _, s := range suitesByVersion(c) {
		if s.DHBits == 0 {
			continue
		}
		seen = true
		if s.DHBits < low {
			out = append(out, violated(s.ID.String(), "%s: Diffie-Hellman prime of %s%s, %d wanted", s.Version, bits(s.DHBits), called(s.DHName), low))
		}
		if s.DHPrime == string(tlsreg.PrimeComposite) {
			out = append(out, violated(s.ID.String(), "%s: the Diffie-Hellman modulus of %s is no prime", s.Version, bits(s.DHBits)))
		}
	}
	for _, g := range acceptedGroups(c) {
		size := ffdheBits(g.ID)
		if size == 0 {
			continue
		}
		seen = true
		if size < low {
			out = append(out, violated("", "%s: group %s, primes of %d bits wanted", g.Version, g.Name, low))
		}
	}
	return out, seen
}

// called adds the name of a prime that many servers share to its size.
func called(name string) string {
	if name == "" {
		return ""
	}
	return " (" + name + ")"
}

// smallGroupsGap says why TLS 1.3 may accept a finite-field group below low
// bits that was not seen, or returns the empty string.
func smallGroupsGap(c *audit.Case, low int) string {
	o := c.Observation
	gap := groupsGap(o, audit.TLSv13)
	if gap == "" || low <= leastFFDHE {
		return ""
	}
	refused := func(code audit.Code) bool {
		return slices.ContainsFunc(o.Groups, func(g audit.GroupFact) bool {
			return g.ID == code && g.Version == audit.TLSv13 && g.Answer == audit.Refused
		})
	}
	for _, g := range tlsreg.Groups() {
		if g.Kind == "ffdhe" && g.TLS13 && g.Bits < low && !refused(g.Code) {
			return gap
		}
	}
	return ""
}

// withPrime sets the prime size of every suite of a version.
func withPrime(v audit.Version, n int) change {
	return func(o *audit.Observation) {
		for i := range fact(o, v).Suites {
			fact(o, v).Suites[i].DHBits = n
		}
	}
}

package checks

import "tlsaudit/audit"

// logjamBits is the size up to which a prime is within reach: 512 bits of
// academics, 1024 bits of states, who share the effort among all that use it.
const logjamBits = 1024

var vulnLogjam = &audit.Check{
	ID:    "vuln.logjam",
	Title: "No Diffie-Hellman prime is within reach of an attacker (Logjam)",
	Doc: "With an export suite, an attacker on the path makes client and server agree on a prime of 512 bits and breaks it on the spot. Primes of 1024 bits are within reach of states, " +
		"and since most servers used the same few, one effort opened them all.",
	Detect: "Derived from suites and key exchanges: a DHE suite of export grade is accepted, or the prime read from the ServerKeyExchange of any DHE suite, at any version, has 1024 bits or fewer. " +
		"Unknown if the enumeration broke off or a prime was not read, and nothing was found before.",
	Severity: audit.High,
	Refs:     []string{"CVE-2015-4000", "RFC 7919", "RFC 9325 section 4.1"},
	Needs:    []audit.Need{audit.NeedTLS, audit.NeedKeyExchange},
	Params:   noParams,
	Forbids:  always,
	Run: func(c *audit.Case) []audit.Outcome {
		out := eachSuite(c, func(s *seenSuite) string {
			if s.Reg.Export && s.FiniteField() {
				return "Diffie-Hellman of export grade (Logjam)"
			}
			return ""
		})
		small, _ := smallPrimes(c, logjamBits+1)
		return append(out, small...)
	},
	Want: func(any) audit.Want { return audit.Want{MinDHBits: 2048} },
	Examples: []audit.Example{
		at(audit.MustNot, example("DHE_EXPORT", audit.Fail, nil, accepts(audit.TLSv10, "TLS_DHE_RSA_EXPORT_WITH_DES40_CBC_SHA"), withPrime(audit.TLSv10, 512))),
		at(audit.MustNot, example("a prime of 1024 bits", audit.Fail, nil, accepts(audit.TLSv12, "TLS_DHE_RSA_WITH_AES_128_GCM_SHA256"), withPrime(audit.TLSv12, 1024))),
		at(audit.MustNot, example("a prime of 2048 bits", audit.Pass, nil, accepts(audit.TLSv12, "TLS_DHE_RSA_WITH_AES_128_GCM_SHA256"), withPrime(audit.TLSv12, 2048))),
		at(audit.MustNot, example("no Diffie-Hellman", audit.Pass, nil)),
		at(audit.MustNot, example("prime not read", audit.Unknown, nil, accepts(audit.TLSv12, "TLS_DHE_RSA_WITH_AES_128_GCM_SHA256"))),
	},
}

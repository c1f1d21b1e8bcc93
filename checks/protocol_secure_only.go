package checks

import "tlsaudit/audit"

var protocolSecureOnly = &audit.Check{
	ID:       "protocol.secure_only",
	Declared: audit.AspectVersions,
	Title:    "Nothing insecure can be negotiated: no version, suite, key size or hash",
	Doc:      "An endpoint is as safe as the worst thing it agrees to. This check puts the common reading of \"strong cryptography only\" into one rule.",
	Detect: "Violations: a version before TLS 1.2; a suite without encryption or authentication, of export grade, built on RC4, RC2, DES, IDEA or MD5, or below 112 bits; a " +
		"Diffie-Hellman prime below 2048 bits; an RSA or DSA key below 2048 or an ECDSA key below 224 bits; a certificate signed with MD5 or SHA-1. " +
		"3DES, and a version that is allowed but unusable, warn. Unknown if any of these was not fully read.",
	Severity: audit.High,
	Refs:     []string{"PCI DSS 4.2.1", "RFC 9325"},
	Needs:    []audit.Need{audit.NeedTLS, audit.NeedVersions, audit.NeedSuites, audit.NeedKeyExchange, audit.NeedChains},
	Params:   noParams,
	Run: func(c *audit.Case) []audit.Outcome {
		o := c.Observation
		out := onlyVersions(o, func(v audit.Version) bool { return v >= audit.TLSv12 })
		var said remarks
		for _, s := range acceptedSuites(c) {
			switch why := weakness(&s); {
			case !s.Listed:
				said.add(audit.Undecided, "in no registry", &s)
			case brokenness(&s) != "":
				said.add(audit.Violated, why, &s)
			case why != "":
				said.add(audit.Advice, why, &s)
			}
		}
		out = append(out, said.outcomes()...)
		primes, _ := smallPrimes(c, 2048)
		out = append(out, primes...)
		least := keyBits{rsa: 2048, dsa: 2048, ecdsa: 224}
		return append(out, eachLeaf(c, func(l *leaf) []audit.Outcome {
			var out []audit.Outcome
			if low, known := least.minimum(l.Key.Type); !known {
				out = append(out, undecided(l.evidence(), "%s: key type %q has no known size", l.Label, l.Key.Type))
			} else if low > 0 && l.Key.Bits == 0 {
				out = append(out, undecided(l.evidence(), "%s: the size of the %s key could not be read", l.Label, l.Key.Type))
			} else if l.Key.Bits < low {
				out = append(out, violated(l.evidence(), "%s: %s key of %s, %d wanted", l.Label, l.Key.Type, bits(l.Key.Bits), low))
			}
			return append(out, forbiddenHash(c, l, brokenHashes)...)
		})...)
	},
	Asks: func(_ *audit.Case, q *audit.Questions) {
		askSuites(q, nil, func(s *seenSuite) bool { return weakness(s) != "" })
		askPrimes(q, 2048)
	},
	Want: func(any) audit.Want { return audit.Want{MinVersion: audit.TLSv12, Strong: true, MinDHBits: 2048} },
	WantFor: func(c *audit.Case) audit.Want {
		w := keepSuites(c, strongEnough)
		w.MinVersion, w.MinDHBits = audit.TLSv12, 2048
		return w
	},
	Examples: []audit.Example{
		example("TLS 1.0 accepted", audit.Fail, nil, accepts(audit.TLSv10, "TLS_RSA_WITH_AES_128_CBC_SHA")),
		example("RC4 accepted", audit.Fail, nil, accepts(audit.TLSv12, "TLS_RSA_WITH_RC4_128_SHA")),
		example("1024-bit prime", audit.Fail, nil, accepts(audit.TLSv12, "TLS_DHE_RSA_WITH_AES_128_GCM_SHA256"), withPrime(audit.TLSv12, 1024)),
		example("SHA-1 certificate", audit.Fail, nil, withLeaf(func(c *audit.Certificate) { c.Signature, c.SignatureHash = "rsa+sha1", "sha1" })),
		example("3DES accepted", audit.Warn, nil, accepts(audit.TLSv12, "TLS_RSA_WITH_3DES_EDE_CBC_SHA")),
		example("well kept", audit.Pass, nil),
		example("key of unknown size", audit.Unknown, nil, withLeaf(func(c *audit.Certificate) { c.Key.Bits = 0 })),
		example("enumeration broke off", audit.Unknown, nil, cutShort(audit.TLSv13)),
	},
}

package checks

import (
	"fmt"
	"strings"

	"tlsaudit/audit"
)

type sctParams struct {
	min              int
	logged, onPublic bool
	issued           issuance
}

// publicly is the one condition a rule may set.
const publicly = "publicly trusted"

var certSCT = &audit.Check{
	ID:    "cert.sct",
	Title: "The certificate proves that it was logged",
	Doc: "Certificate Transparency logs make every certificate for a name visible to the owner of the name. Browsers refuse a public certificate that does not come with timestamps (SCTs) " +
		"of such logs.",
	Detect: "The SCTs embedded in each leaf are counted, and those sent with it in the TLS extension or in a stapled OCSP response; their signatures are not verified. Whether too few are a violation " +
		"depends on whether the server was asked for those it sends, at every version the certificate is presented in: if it was, it is; where it was not the leaf is unknown, unless `precert_logged` demands that the precertificate was logged, of which embedded SCTs are the proof. With `if`, leaves trusted by the system's roots are judged, and others only if they are known not to be.",
	Severity: audit.Low,
	Refs:     []string{"RFC 6962 section 3.3", "RFC 9162 section 6"},
	Needs:    []audit.Need{audit.NeedTLS, audit.NeedChains},
	Params: func(in map[string]any) (any, error) {
		r := read(in)
		p := &sctParams{min: r.int("min", 1, 1, 10), logged: r.bool("precert_logged", false), issued: r.issuance()}
		p.onPublic = r.word("if", "", publicly) != ""
		if r.has("precert_logged") && !p.logged {
			r.fail("parameter \"precert_logged\": false would demand nothing")
		}
		return p, r.done()
	},
	ParamsDoc: map[string]string{
		"min":            "how many SCTs are wanted (default 1)",
		"precert_logged": "true: only embedded SCTs count, of which a leaf without is a violation (default false: however they are delivered)",
		"if":             "\"" + publicly + "\": judge only certificates that lead to a root of the system's store",
		"issued_from":    issuedFromDoc,
		"issued_before":  issuedBeforeDoc,
	},
	Run: func(c *audit.Case) []audit.Outcome {
		p := c.Params.(*sctParams)
		return eachLeaf(c, func(l *leaf) []audit.Outcome {
			if out, other := p.issued.excludes(l); other {
				return out
			}
			total := l.SCTs
			if !p.logged {
				total += l.Chain.Timestamps.Extension + l.Chain.Timestamps.Stapled
			}
			if p.onPublic && total < p.min {
				switch t := l.Chain.Trust; {
				case !strings.Contains(t.Anchors, "system roots") || !t.Answer.Known():
					return []audit.Outcome{undecided(l.evidence(), "%s: whether it is publicly trusted was not found out", l.Label)}
				case t.Answer != audit.Accepted:
					return []audit.Outcome{moot("%s: not publicly trusted", l.Label)}
				}
			}
			switch {
			case l.SCTs >= p.min:
				return []audit.Outcome{met(l.evidence(), "%s: %d embedded SCTs", l.Label, l.SCTs)}
			case total >= p.min:
				return []audit.Outcome{met(l.evidence(), "%s: %d SCTs, %s", l.Label, total, delivery(l))}
			case p.logged:
				return []audit.Outcome{violated(l.evidence(), "%s: %d embedded SCTs, %d wanted: nothing proves that the precertificate was logged", l.Label, l.SCTs, p.min)}
			}
			if l.Chain.Timestamps.Answer.Known() {
				return []audit.Outcome{violated(l.evidence(), "%s: %d SCTs, %s, %d wanted", l.Label, total, delivery(l), p.min)}
			}
			return []audit.Outcome{undecided(l.evidence(), "%s: %d embedded SCTs, %d wanted; those a server may send in the handshake were not looked for", l.Label, l.SCTs, p.min)}
		})
	},
	Want: certificate("a certificate with embedded SCTs, from a CA that logs what it issues"),
	Examples: []audit.Example{
		example("no proof of logging", audit.Fail, map[string]any{"precert_logged": true}, withLeaf(func(c *audit.Certificate) { c.SCTs = 0 })),
		example("no proof, issued before the rule", audit.NotApplicable, map[string]any{"precert_logged": true, "issued_from": "2026-11-01"}, withLeaf(func(c *audit.Certificate) { c.SCTs = 0 })),
		example("two embedded", audit.Pass, map[string]any{"precert_logged": true, "min": 2}),
		example("two in the TLS extension", audit.Pass, nil, withLeaf(func(c *audit.Certificate) { c.SCTs = 0 }), timestamps(audit.Timestamps{Answer: audit.Accepted, Extension: 2})),
		example("none in any way", audit.Fail, nil, withLeaf(func(c *audit.Certificate) { c.SCTs = 0 }), timestamps(audit.Timestamps{Answer: audit.Refused})),
		example("sent in the handshake, which proves no precertificate", audit.Fail, map[string]any{"precert_logged": true}, withLeaf(func(c *audit.Certificate) { c.SCTs = 0 }),
			timestamps(audit.Timestamps{Answer: audit.Accepted, Stapled: 3})),
		example("embedded, whoever trusts it", audit.Pass, map[string]any{"if": publicly}),
		example("none embedded, the handshake not looked at", audit.Unknown, nil, withLeaf(func(c *audit.Certificate) { c.SCTs = 0 })),
		example("none embedded, known to a private root only", audit.NotApplicable, map[string]any{"if": publicly}, withLeaf(func(c *audit.Certificate) { c.SCTs = 0 }),
			withChain(func(c *audit.Chain) {
				c.Trust = audit.Trust{Anchors: "system roots", Answer: audit.Refused, Reason: "certificate signed by unknown authority"}
			})),
		example("none embedded, trust not compared with the system's roots", audit.Unknown, map[string]any{"if": publicly}, withLeaf(func(c *audit.Certificate) { c.SCTs = 0 })),
	},
}

// delivery says how the SCTs of a leaf came.
func delivery(l *leaf) string {
	return fmt.Sprintf("%d embedded, %d in the TLS extension, %d in the stapled OCSP response", l.SCTs, l.Chain.Timestamps.Extension, l.Chain.Timestamps.Stapled)
}

// timestamps sets the SCTs delivered apart from the certificate.
func timestamps(t audit.Timestamps) change {
	return withChain(func(c *audit.Chain) { c.Timestamps = t })
}

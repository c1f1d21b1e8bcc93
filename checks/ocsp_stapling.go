package checks

import (
	"slices"
	"time"

	"tlsaudit/audit"
)

// The tiers of a profile, in its words.
const (
	stapledValid   = "stapled and valid"
	noPointer      = "no OCSP pointer"
	stapledInvalid = "stapled but invalid"
	notStapled     = "pointer, not stapled"
)

// stapleParams: strict wants the signature checked, informed only tells of a
// response that is missing.
type stapleParams struct{ strict, informed bool }

var ocspStapling = &audit.Check{
	ID:    "ocsp.stapling",
	Title: "The status of the certificate is stapled to the handshake",
	Doc: "With the status of its certificate the server spares its clients a question to the certification authority, which would cost them time and tell the authority whom they visit; " +
		"most do not ask at all and never learn that a certificate was revoked.",
	Detect: "Handshakes ask for the status (status_request); the response that comes with each certificate is read: it must be about it, say \"good\", and be of the time of the scan. " +
		"Its signature is checked if the issuer's certificate is presented. Does not apply to a certificate without an OCSP pointer. A server that fetches the response on demand has several handshakes to do so.",
	Severity: audit.Medium,
	Refs:     []string{"RFC 6066 section 8", "RFC 8446 section 4.4.2.1", "RFC 6960"},
	Needs:    []audit.Need{audit.NeedTLS, audit.NeedChains},
	Params: func(in map[string]any) (any, error) {
		r := read(in)
		r.word("ssl_stapling", "", "on")
		r.word("ssl_stapling_verify", "", "on")
		good := r.words("good", noPointer, stapledValid)
		r.words("insufficient", stapledInvalid)
		return stapleParams{strict: slices.Contains(good, stapledValid), informed: slices.Contains(r.words("info", notStapled), notStapled)}, r.done()
	},
	ParamsDoc: map[string]string{
		"ssl_stapling":        "\"on\": the nginx setting a benchmark names; documents, and demands nothing more",
		"ssl_stapling_verify": "the same",
		"good":                "\"" + noPointer + "\", \"" + stapledValid + "\": the latter wants the signature of the response checked",
		"insufficient":        "\"" + stapledInvalid + "\": documents, it always violates",
		"info":                "\"" + notStapled + "\": a missing response warns at most",
	},
	Run: func(c *audit.Case) []audit.Outcome {
		p, o := c.Params.(stapleParams), c.Observation
		return eachLeaf(c, func(l *leaf) []audit.Outcome {
			s := &l.Chain.Stapled
			switch {
			case s.Answer == audit.Accepted:
				return p.judge(l, observedAt(o, c.Now))
			case len(l.OCSP) == 0:
				return []audit.Outcome{moot("%s: no OCSP pointer, so no status to staple", l.Label)}
			case s.Answer != audit.Refused:
				return []audit.Outcome{undecided(s.Reason, "%s: stapling is %s", l.Label, s.Answer)}
			case p.informed:
				return []audit.Outcome{advice(l.evidence(), "%s: an OCSP pointer, but no status is stapled", l.Label)}
			}
			return []audit.Outcome{violated(l.evidence(), "%s: no status is stapled", l.Label)}
		})
	},
	Turns: stapleTurns,
	Want: otherWant("Switch stapling on: \"SSLUseStapling on\" with SSLStaplingCache in Apache httpd, \"ssl_stapling on; ssl_stapling_verify on\" with a resolver in nginx, \"ocsp-update on\" in HAProxy. " +
		"The server must reach the OCSP responder of its certification authority. Some authorities ended OCSP: then a certificate without a pointer is the remedy."),
	Examples: []audit.Example{
		example("none stapled", audit.Fail, nil, stapled(audit.Staple{Answer: audit.Refused})),
		example("revoked", audit.Fail, nil, stapled(current("revoked", audit.Accepted))),
		example("out of date", audit.Fail, nil, stapled(audit.Staple{Answer: audit.Accepted, Status: "good", Signed: audit.Accepted,
			ThisUpdate: exampleNow.AddDate(0, 0, -9), NextUpdate: exampleNow.AddDate(0, 0, -2)})),
		example("signed by somebody else", audit.Fail, nil, stapled(current("good", audit.Refused))),
		at(audit.Must, example("not stapled, for information", audit.Warn, map[string]any{"good": []any{noPointer, stapledValid}, "insufficient": []any{stapledInvalid}, "info": []any{notStapled}}, stapled(audit.Staple{Answer: audit.Refused}))),
		example("good", audit.Pass, map[string]any{"ssl_stapling": "on", "ssl_stapling_verify": "on"}, stapled(current("good", audit.Accepted))),
		example("signature not checked", audit.Unknown, map[string]any{"good": stapledValid}, stapled(current("good", audit.Undetermined))),
		example("not asked", audit.Unknown, nil),
		example("no pointer", audit.NotApplicable, nil, stapled(audit.Staple{Answer: audit.Refused}), withLeaf(func(c *audit.Certificate) { c.OCSP = nil })),
	},
}

// judge looks at a response that was stapled.
func (p stapleParams) judge(l *leaf, now time.Time) []audit.Outcome {
	s := &l.Chain.Stapled
	switch {
	case s.Signed == audit.Refused:
		return []audit.Outcome{violated(s.Reason, "%s: the stapled response is not valid", l.Label)}
	case s.Status == "":
		return []audit.Outcome{undecided(s.Reason, "%s: the stapled response could not be read", l.Label)}
	case s.Status != "good":
		return []audit.Outcome{violated(l.evidence(), "%s: its stapled status is %s", l.Label, s.Status)}
	case !s.NextUpdate.IsZero() && now.After(s.NextUpdate):
		return []audit.Outcome{violated(l.evidence(), "%s: the stapled response was out of date since %s", l.Label, s.NextUpdate.Format(time.DateTime))}
	case s.ThisUpdate.After(now.Add(time.Hour)):
		return []audit.Outcome{violated(l.evidence(), "%s: the stapled response is not valid before %s", l.Label, s.ThisUpdate.Format(time.DateTime))}
	case p.strict && s.Signed != audit.Accepted:
		return []audit.Outcome{undecided(s.Reason, "%s: the signature of the stapled response is not checked", l.Label)}
	}
	return []audit.Outcome{met(l.evidence(), "%s: stapled status good, of %s", l.Label, s.ThisUpdate.Format(time.DateTime))}
}

// observedAt is when the observation was made, which a response has to be fresh
// at: evidence judged again later does not grow stale by it.
func observedAt(o *audit.Observation, now time.Time) time.Time {
	if !o.Started.IsZero() {
		return o.Started
	}
	return now
}

// stapled gives the example's chain a response, current one of a status.
func stapled(s audit.Staple) change { return withChain(func(c *audit.Chain) { c.Stapled = s }) }

func current(status string, signed audit.Answer) audit.Staple {
	return audit.Staple{Answer: audit.Accepted, Status: status, Signed: signed, ThisUpdate: exampleNow.AddDate(0, 0, -1), NextUpdate: exampleNow.AddDate(0, 0, 6)}
}

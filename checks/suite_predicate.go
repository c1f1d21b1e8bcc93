package checks

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"tlsaudit/audit"
)

var suitePredicate = graded(&audit.Check{
	ID:       "suite.predicate",
	Declared: audit.AspectSuites,
	Title:    "The cipher suites accepted are those the policy admits",
	Doc: "Standards name the suites they admit, the properties they rule out, or the suites every endpoint must have. An accepted suite outside that is one a peer or an " +
		"attacker can choose, whatever else is on offer; a missing one shuts out the peers that rely on it.",
	Detect: "Every suite in the registry is offered until the server takes none. With `allow`, a suite outside the list is a violation (not listed) and one under `transition` a warning. " +
		"With a condition, a suite that meets all its keys is a violation; `deny` and `forbid` hold several conditions, or names (forbidden, or discouraged where the rule is no more than a should). " +
		"`any` and `all` name suites that must be accepted. An entry of a list may be bound in time. " +
		"Unknown if the enumeration broke off and nothing was found before, or if a suite is in no registry.",
	Severity: audit.High,
	Refs:     []string{"IANA TLS Cipher Suites registry", "RFC 9325 section 4", "RFC 10015"},
	Needs:    []audit.Need{audit.NeedTLS},
	Params:   predicateFrom,
	Forbids: func(params any) bool {
		p := params.(*predicateParams)
		return p.allow.empty() && p.transition.empty() && p.any.empty() && p.all.empty()
	},
	ParamsDoc: map[string]string{
		"allow":            "suites that may be accepted, by any vendor's name or number, or as mappings {name, from, until}",
		"transition":       "suites that may be accepted for the time being; they warn",
		"deny":             "list of suites, of mappings {when: condition}, or of OpenSSL classes such as MEDIUM, that must not be accepted",
		"forbid":           "the same as deny",
		"any":              "suites of which one must be accepted",
		"all":              "suites that must all be accepted",
		"when":             "one condition; its keys may also be given directly",
		"enc":              "condition: bulk cipher, such as NULL, RC4, 3DES, AES",
		"auth":             "condition: authentication, such as anon, NULL, RSA, PSK",
		"kx":               "condition: key exchange, such as RSA, DH, DHE, ECDH, ECDHE",
		"mac":              "condition: message authentication, such as MD5, SHA1",
		"mode":             "condition: mode of operation, such as CBC, GCM, CCM-8",
		"export":           "condition: export grade, true or false",
		"pfs":              "condition: forward secrecy, true or false",
		"aead":             "condition: authenticated encryption, true or false",
		"strength_lt":      "condition: effective strength below so many bits",
		"rfc10015_section": "condition: deprecation list of RFC 10015: DH, DHE, ECDH, RSA",
		"versions":         "protocol versions to look at (default all)",
	},
	Run: func(c *audit.Case) []audit.Outcome {
		p := c.Params.(*predicateParams)
		var out []audit.Outcome
		if p.restricts() {
			out = p.unwanted(c)
			if gap := c.Lacks(audit.NeedSuites); gap != "" {
				out = append(out, undecided("", "%s", gap))
			}
		}
		return append(out, p.missing(c)...)
	},
	Asks: func(c *audit.Case, q *audit.Questions) {
		p := c.Params.(*predicateParams)
		askSuites(q, p.versions, func(s *seenSuite) bool {
			return p.objection(s, c.Now, wording{}) != "" || p.transition.has(s.ID, c.Now)
		})
	},
	Turns: func(c *audit.Case) []audit.Turn {
		p := c.Params.(*predicateParams)
		return turns(&p.allow, &p.transition, &p.deny, &p.any, &p.all)
	},
	Want: strongSuites,
	WantFor: func(c *audit.Case) audit.Want {
		p := c.Params.(*predicateParams)
		if missing := p.missing(c); len(missing) > 0 && missing[0].Kind == audit.Violated && len(p.unwanted(c)) == 0 {
			return audit.Want{Other: "Accept, besides the suites in use, what the policy asks for: " + missing[0].Message + "."}
		}
		return keepSuites(c, func(s *seenSuite) bool {
			return p.objection(s, c.Now, wording{}) == "" && !p.transition.has(s.ID, c.Now) && brokenness(s) == ""
		})
	},
	Examples: []audit.Example{
		example("suite outside the allow list", audit.Fail,
			map[string]any{"allow": []any{"TLS_AES_128_GCM_SHA256", "0x1302", "ECDHE-RSA-AES256-GCM-SHA384"}}),
		example("suite listed until yesterday", audit.Fail,
			map[string]any{"allow": []any{"TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384", "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
				map[string]any{"name": "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384", "until": "2026-11-19"}}}),
		example("suite listed until today", audit.Pass,
			map[string]any{"allow": []any{"TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384", "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
				map[string]any{"name": "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384", "until": "2026-11-20"}}}),
		example("3DES ruled out", audit.Fail, map[string]any{"enc": []any{"3DES"}}, accepts(audit.TLSv12, "TLS_RSA_WITH_3DES_EDE_CBC_SHA")),
		example("SEED, where OpenSSL's class MEDIUM is ruled out", audit.Fail, map[string]any{"forbid": "MEDIUM: !3DES !IDEA !RC4"}, accepts(audit.TLSv12, "TLS_RSA_WITH_SEED_CBC_SHA")),
		example("transition suite", audit.Warn,
			map[string]any{"allow": []any{"TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384"}, "transition": []any{"TLS_RSA_WITH_AES_128_GCM_SHA256"}},
			accepts(audit.TLSv12, "TLS_RSA_WITH_AES_128_GCM_SHA256")),
		example("nothing without forward secrecy", audit.Pass, map[string]any{"when": map[string]any{"pfs": false}}),
		example("enumeration broke off", audit.Unknown, map[string]any{"export": true}, cutShort(audit.TLSv12)),
		example("enumeration broke off after a forbidden suite", audit.Fail, map[string]any{"deny": []any{map[string]any{"when": map[string]any{"kx": []any{"RSA"}}}}},
			accepts(audit.TLSv12, "TLS_RSA_WITH_AES_128_GCM_SHA256"), cutShort(audit.TLSv12)),
		example("one of those demanded is accepted", audit.Pass, map[string]any{"any": []any{"TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256", "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256"}},
			cutShort(audit.TLSv12)),
		example("one demanded is missing", audit.Fail, map[string]any{"all": []any{"TLS_AES_128_GCM_SHA256"}, "versions": []any{"TLSv1.3"}}, accepts(audit.TLSv13, "TLS_AES_256_GCM_SHA384")),
		example("one demanded not found before the enumeration broke off", audit.Unknown, map[string]any{"all": []any{"TLS_AES_128_GCM_SHA256"}},
			accepts(audit.TLSv13, "TLS_AES_256_GCM_SHA384"), cutShort(audit.TLSv13)),
		example("demanded at a version that is not accepted", audit.NotApplicable, map[string]any{"all": []any{"TLS_AES_128_GCM_SHA256"}, "versions": []any{"TLSv1.3"}},
			answers(audit.TLSv13, audit.Refused, "alert 70")),
	},
}, special{"with_tls11plus", "the same as cap, where a suite ruled out is accepted at TLS 1.1 or later", func(c *audit.Case) bool {
	p := c.Params.(*predicateParams)
	return slices.ContainsFunc(acceptedSuites(c), func(s seenSuite) bool {
		return s.at(audit.TLSv11, audit.TLSv12, audit.TLSv13) && p.looksAt(&s) && p.objection(&s, c.Now, wording{}) != ""
	})
}})

// unwanted objects to accepted suites.
func (p *predicateParams) unwanted(c *audit.Case) []audit.Outcome {
	var said remarks
	words := wording{deniedBy(c, "name"), notListedBy(c, "suites allowed")}
	accepted := acceptedSuites(c)
	for i := range accepted {
		s := &accepted[i]
		if !p.looksAt(s) {
			continue
		}
		switch why := p.objection(s, c.Now, words); {
		case why != "":
			said.add(audit.Violated, why, s)
		case p.transition.has(s.ID, c.Now):
			said.add(audit.Advice, "for a transition only", s)
		case !s.Listed && len(p.conditions) > 0:
			said.add(audit.Undecided, "in no registry", s)
		}
	}
	return said.outcomes()
}

// wording is how a rule says of a suite that it is denied, or not allowed.
type wording struct{ denied, unlisted string }

// objection says why the suite is ruled out, or "".
func (p *predicateParams) objection(s *seenSuite, now time.Time, words wording) string {
	if p.deny.has(s.ID, now) {
		return cmp.Or(words.denied, "denied")
	}
	if !p.allow.empty() && !p.transition.has(s.ID, now) {
		if listed, why := p.allow.find(s.ID, now); why != "" {
			return why
		} else if !listed {
			return cmp.Or(words.unlisted, "not listed")
		}
	}
	if !s.Listed {
		return ""
	}
	for i := range p.conditions {
		if p.conditions[i].meets(s) {
			return p.conditions[i].text
		}
	}
	return ""
}

// missing objects to suites demanded that are not accepted.
func (p *predicateParams) missing(c *audit.Case) []audit.Outcome {
	one, all := p.any.current(c.Now), p.all.current(c.Now)
	switch {
	case p.any.empty() && p.all.empty():
		return nil
	case len(one)+len(all) == 0:
		return []audit.Outcome{moot("no suite is demanded at this time")}
	}
	o := c.Observation
	if len(p.versions) > 0 && !slices.ContainsFunc(p.versions, func(v audit.Version) bool {
		a := o.Version(v).Answer
		return a == audit.Accepted || !a.Known()
	}) {
		return []audit.Outcome{moot("none of %s is accepted", names(p.versions))}
	}
	found := func(code audit.Code) bool {
		return slices.ContainsFunc(acceptedSuites(c), func(s seenSuite) bool { return s.ID == code && p.looksAt(&s) })
	}
	var lacking []string
	if len(one) > 0 && !slices.ContainsFunc(one, found) {
		lacking = append(lacking, "none of "+suiteNames(one)+" is accepted")
	}
	if absent := slices.DeleteFunc(all, found); len(absent) > 0 {
		lacking = append(lacking, "not accepted, though demanded: "+suiteNames(absent))
	}
	if len(lacking) == 0 {
		return []audit.Outcome{met("", "the suites demanded are accepted")}
	}
	if gap := o.Lacks(audit.NeedSuites); gap != "" {
		return []audit.Outcome{undecided("", "%s", gap)}
	}
	return []audit.Outcome{violated("", "%s", strings.Join(lacking, "; "))}
}

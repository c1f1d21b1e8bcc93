package checks

import (
	"slices"

	"tlsaudit/audit"
)

// predicateParams is what a suite.predicate rule demands: with an allow list,
// nothing outside it; with conditions, nothing that meets one of them.
type predicateParams struct {
	allow, transition []audit.Code
	deny              []audit.Code
	conditions        []condition
	versions          []audit.Version
}

var suitePredicate = &audit.Check{
	ID:    "suite.predicate",
	Title: "No cipher suite is accepted that the policy rules out",
	Doc: "Standards name the suites they admit, or the properties they rule out. An accepted suite outside that is one a peer or an attacker can choose, " +
		"whatever else is on offer.",
	Detect: "Every suite in the registry is offered until the server takes none. With `allow`, a suite outside the list is a violation and one under `transition` a warning. " +
		"With a condition, a suite that meets all its keys is a violation; `deny` holds several conditions, or names. " +
		"Unknown if the enumeration broke off and nothing was found before, or if a suite is in no registry.",
	Severity: audit.High,
	Refs:     []string{"IANA TLS Cipher Suites registry", "RFC 9325 section 4", "RFC 10015"},
	Needs:    []audit.Need{audit.NeedTLS, audit.NeedSuites},
	Params:   predicateFrom,
	Forbids:  func(params any) bool { p := params.(predicateParams); return len(p.allow)+len(p.transition) == 0 },
	ParamsDoc: map[string]string{
		"allow":            "suites that may be accepted, by any vendor's name or number",
		"transition":       "suites that may be accepted for the time being; they warn",
		"deny":             "list of suites, or of mappings {when: condition}, that must not be accepted",
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
		p := c.Params.(predicateParams)
		var said remarks
		for _, s := range acceptedSuites(c) {
			if !p.looksAt(&s) {
				continue
			}
			switch why := p.objection(&s); {
			case why != "":
				said.add(audit.Violated, why, &s)
			case slices.Contains(p.transition, s.ID):
				said.add(audit.Advice, "for a transition only", &s)
			case !s.Listed && len(p.conditions) > 0:
				said.add(audit.Undecided, "in no registry", &s)
			}
		}
		return said.outcomes()
	},
	Want: strongSuites,
	WantFor: func(c *audit.Case) audit.Want {
		p := c.Params.(predicateParams)
		return keepSuites(c, func(s *seenSuite) bool {
			return p.objection(s) == "" && !slices.Contains(p.transition, s.ID) && brokenness(s) == ""
		})
	},
	Examples: []audit.Example{
		example("suite outside the allow list", audit.Fail,
			map[string]any{"allow": []any{"TLS_AES_128_GCM_SHA256", "0x1302", "ECDHE-RSA-AES256-GCM-SHA384"}}),
		example("3DES ruled out", audit.Fail, map[string]any{"enc": []any{"3DES"}}, accepts(audit.TLSv12, "TLS_RSA_WITH_3DES_EDE_CBC_SHA")),
		example("transition suite", audit.Warn,
			map[string]any{"allow": []any{"TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384"}, "transition": []any{"TLS_RSA_WITH_AES_128_GCM_SHA256"}},
			accepts(audit.TLSv12, "TLS_RSA_WITH_AES_128_GCM_SHA256")),
		example("nothing without forward secrecy", audit.Pass, map[string]any{"when": map[string]any{"pfs": false}}),
		example("enumeration broke off", audit.Unknown, map[string]any{"export": true}, cutShort(audit.TLSv12)),
		example("enumeration broke off after a forbidden suite", audit.Fail, map[string]any{"deny": []any{map[string]any{"when": map[string]any{"kx": []any{"RSA"}}}}},
			accepts(audit.TLSv12, "TLS_RSA_WITH_AES_128_GCM_SHA256"), cutShort(audit.TLSv12)),
	},
}

func (p *predicateParams) looksAt(s *seenSuite) bool {
	return len(p.versions) == 0 || slices.ContainsFunc(s.Versions, func(v audit.Version) bool { return slices.Contains(p.versions, v) })
}

// objection says why the suite is ruled out, or "".
func (p *predicateParams) objection(s *seenSuite) string {
	if slices.Contains(p.deny, s.ID) {
		return "ruled out by name"
	}
	if len(p.allow) > 0 && !slices.Contains(p.allow, s.ID) && !slices.Contains(p.transition, s.ID) {
		return "not on the list of suites allowed"
	}
	if !s.Listed {
		return ""
	}
	for _, c := range p.conditions {
		if c.meets(s) {
			return c.String()
		}
	}
	return ""
}

// predicateFrom decodes the parameters.
func predicateFrom(in map[string]any) (any, error) {
	r := read(in)
	p := predicateParams{allow: r.suites("allow"), transition: r.suites("transition"), versions: r.versions("versions")}
	for _, item := range r.list("deny") {
		if m, ok := item.(map[string]any); ok && m["when"] != nil {
			p.conditions = append(p.conditions, r.when("deny", m["when"]))
			continue
		}
		p.deny = append(p.deny, r.suite("deny", item))
	}
	if when, ok := r.get("when"); ok {
		p.conditions = append(p.conditions, r.when("when", when))
	}
	if flat := r.condition(); !flat.empty() {
		p.conditions = append(p.conditions, flat)
	}
	if r.err == nil && len(p.allow) == 0 && len(p.deny) == 0 && len(p.conditions) == 0 {
		r.fail("suite.predicate demands nothing: give allow, deny, when, or a condition such as enc")
	}
	return p, r.done()
}

// suites returns a list of cipher suites.
func (r *reader) suites(key string) []audit.Code {
	var codes []audit.Code
	for _, item := range r.list(key) {
		codes = append(codes, r.suite(key, item))
	}
	return codes
}

package checks

import (
	"strings"

	"tlsaudit/audit"
)

type noWeakParams struct {
	// classes are ruled out besides what is weak.
	classes []condition
	// serverOrder, if given, is whether the server should decide the suite.
	serverOrder *bool
}

var suiteNoWeak = graded(&audit.Check{
	ID:       "suite.no_weak",
	Declared: audit.AspectSuites,
	Title:    "No weak cipher suite is accepted",
	Doc: "Suites without encryption or authentication, of export grade, or built on RC4, RC2, DES, IDEA, 3DES or MD5 can be read or forged with means that exist. " +
		"A suite that is merely accepted is one a peer, or an attacker, can choose.",
	Detect: "Every suite in the registry is offered until the server takes none. Weak are: NULL encryption, anonymous key exchange, export, RC4, RC2, DES, IDEA, 3DES, MD5 MAC, " +
		"and an effective strength below 128 bits; with `forbid`, also what it names. Unknown if the enumeration broke off at any version and nothing weak was found before.",
	Severity: audit.High,
	Refs:     []string{"RFC 7465", "RFC 9325 section 4.1", "CVE-2016-2183"},
	Needs:    []audit.Need{audit.NeedTLS, audit.NeedSuites},
	Params: func(in map[string]any) (any, error) {
		r := read(in)
		var p noWeakParams
		for _, text := range r.words("forbid") {
			list, ok := r.classes("forbid", text)
			if !ok {
				r.fail("parameter \"forbid\": %q names no class of OpenSSL's: %s%s", text, strings.Join(classWords(), ", "), didYouMean(text, classWords()))
			}
			p.classes = append(p.classes, list...)
		}
		if _, ok := r.get("ssl_prefer_server_ciphers"); ok {
			on := r.onOff("ssl_prefer_server_ciphers")
			p.serverOrder = &on
		}
		return &p, r.done()
	},
	ParamsDoc: map[string]string{
		"forbid":                    "classes of OpenSSL cipher strings to rule out besides, as a list or in a text such as \"!EXP !NULL !LOW\"",
		"ssl_prefer_server_ciphers": "on or off: the side that should decide the suite; where the other one does, a warning",
	},
	Run: func(c *audit.Case) []audit.Outcome {
		p := c.Params.(*noWeakParams)
		out := eachSuite(c, p.objection)
		if p.serverOrder == nil {
			return out
		}
		if gap := c.Observation.Lacks(audit.NeedPreference); gap != "" {
			out = append(out, undecided("", "%s", gap))
		}
		for _, o := range decidedBy(c.Observation, *p.serverOrder) {
			if o.Kind == audit.Violated {
				o.Kind = audit.Advice
				out = append(out, o)
			}
		}
		return out
	},
	Asks: func(c *audit.Case, q *audit.Questions) {
		p := c.Params.(*noWeakParams)
		askSuites(q, nil, func(s *seenSuite) bool { return p.objection(s) != "" })
	},
	Want: strongSuites,
	WantFor: func(c *audit.Case) audit.Want {
		p := c.Params.(*noWeakParams)
		w := keepSuites(c, func(s *seenSuite) bool { return p.objection(s) == "" })
		w.ServerOrder = p.serverOrder
		return w
	},
	Examples: []audit.Example{
		example("3DES accepted", audit.Fail, nil, accepts(audit.TLSv12, "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256", "TLS_RSA_WITH_3DES_EDE_CBC_SHA")),
		example("AES only", audit.Pass, nil),
		example("enumeration broke off", audit.Unknown, nil, cutShort(audit.TLSv12)),
		example("enumeration broke off after RC4", audit.Fail, nil, accepts(audit.TLSv12, "TLS_RSA_WITH_RC4_128_SHA"), cutShort(audit.TLSv12)),
		example("SEED, of the class ruled out besides", audit.Fail, map[string]any{"forbid": "MEDIUM"}, accepts(audit.TLSv12, "TLS_RSA_WITH_SEED_CBC_SHA")),
		example("the server decides, where the client should", audit.Warn, map[string]any{"ssl_prefer_server_ciphers": "off"}, prefers(audit.PreferenceServer)),
		example("who decides was not found out", audit.Unknown, map[string]any{"ssl_prefer_server_ciphers": "off"}, prefers(audit.PreferenceUndetermined)),
	},
})

// objection says why a suite is weak or of a class ruled out, or "".
func (p *noWeakParams) objection(s *seenSuite) string {
	if why := weakness(s); why != "" {
		return why
	}
	for i := range p.classes {
		if p.classes[i].meets(s) {
			return p.classes[i].String()
		}
	}
	return ""
}

// onOff returns a switch of a configuration file: on, off, true or false.
func (r *reader) onOff(key string) bool {
	if _, isBool := r.in[key].(bool); isBool {
		return r.bool(key, false)
	}
	return r.word(key, "", "on", "off") == "on"
}

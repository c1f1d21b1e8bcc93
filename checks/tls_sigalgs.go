package checks

import (
	"cmp"
	"slices"
	"strings"

	"tlsaudit/audit"
	"tlsaudit/internal/tlsreg"
)

// schemeParams limit the schemes, besides that the client's are kept to.
type schemeParams struct {
	allow, deny listing
	versions    []audit.Version
}

var tlsSigAlgs = &audit.Check{
	ID:    "tls.sigalgs.honoured",
	Title: "The signature schemes offered by the client are honoured",
	Doc: "A client says in signature_algorithms what it can verify and trusts. A server that signs with something else makes such clients fail, or signs with an algorithm they rule out. " +
		"Which schemes a server is ready to use decides what the weakest of its clients gets.",
	Detect: "At TLS 1.2 and 1.3 hellos leave out schemes the server has used: one that signs with a scheme not offered violates the rule, one that takes another or refuses keeps to it. " +
		"With `allow` and `deny`, the schemes the server signs with are judged as well; all of them are known only after --depth deep, before that those that were seen. " +
		"Does not apply where no handshake is signed with a scheme the client offers.",
	Severity: audit.Medium,
	Refs:     []string{"RFC 5246 section 7.4.1.4.1", "RFC 8446 section 4.2.3"},
	Needs:    []audit.Need{audit.NeedTLS, audit.NeedVersions},
	Params: func(in map[string]any) (any, error) {
		r := read(in)
		p := &schemeParams{allow: r.listing("allow", r.scheme), deny: r.listing("deny", r.scheme), versions: r.versions("versions")}
		for _, v := range p.versions {
			if v < audit.TLSv12 {
				r.fail("parameter \"versions\": %s has no signature schemes to negotiate", v)
			}
		}
		if p.versions == nil {
			p.versions = []audit.Version{audit.TLSv12, audit.TLSv13}
		}
		return p, r.done()
	},
	Forbids: func(params any) bool {
		p := params.(*schemeParams)
		return p.allow.empty() && !p.deny.empty()
	},
	ParamsDoc: map[string]string{
		"allow":    "schemes that may sign, by IANA name or number, or as mappings {name, from, until}; any other is a violation",
		"deny":     "schemes that must not sign",
		"versions": "protocol versions to look at (default TLSv1.2, TLSv1.3)",
	},
	Run: func(c *audit.Case) []audit.Outcome {
		p, o := c.Params.(*schemeParams), c.Observation
		var out []audit.Outcome
		for _, v := range p.versions {
			f := o.Version(v)
			switch {
			case !f.Answer.Known():
				out = append(out, undecided(f.Evidence, "%s is %s", v, f.Answer))
			case f.Answer != audit.Accepted || v < audit.TLSv13 && f.SuitesAnswer == audit.Accepted && !accepted(f, isSigned):
			default:
				out = append(out, p.judge(c, v)...)
			}
		}
		if len(out) == 0 {
			return []audit.Outcome{moot("no handshake is signed with a scheme of the client's at %s", names(p.versions))}
		}
		return out
	},
	Turns: func(c *audit.Case) []audit.Turn {
		p := c.Params.(*schemeParams)
		return turns(&p.allow, &p.deny)
	},
	Want: func(params any) audit.Want {
		p := params.(*schemeParams)
		w := audit.Want{Other: "Update the TLS library: it signs with what the client does not offer."}
		if !p.allow.empty() || !p.deny.empty() {
			which := "leave out " + schemeNames(p.deny.order)
			if !p.allow.empty() {
				which = "allow " + schemeNames(p.allow.order)
			}
			w.Other = "Set the signature algorithms, and " + which + ": \"SSLOpenSSLConfCmd SignatureAlgorithms ...\" in Apache httpd, \"ssl_conf_command SignatureAlgorithms ...\" in nginx, " +
				"jdk.tls.server.SignatureSchemes in Java."
		}
		return w
	},
	Examples: []audit.Example{
		example("a scheme nobody offered", audit.Fail, nil, obedient, feature(audit.FeatureSignatureAlgorithms, audit.TLSv12, audit.Refused, "")),
		example("kept to at both versions", audit.Pass, nil, obedient),
		example("a scheme off the list", audit.Fail, map[string]any{"allow": []any{"rsa_pss_rsae_sha256"}}, obedient, signsBy(audit.TLSv12, "rsa_pkcs1_sha256")),
		example("schemes listed only", audit.Pass, map[string]any{"allow": []any{"rsa_pss_rsae_sha256", "rsa_pkcs1_sha256"}}, obedient,
			signsBy(audit.TLSv12, "rsa_pkcs1_sha256", "rsa_pss_rsae_sha256"), signsBy(audit.TLSv13, "rsa_pss_rsae_sha256")),
		example("listed until yesterday", audit.Fail, map[string]any{"allow": []any{"rsa_pss_rsae_sha256", map[string]any{"name": "rsa_pkcs1_sha256", "until": "2026-11-19"}}}, obedient,
			signsBy(audit.TLSv12, "rsa_pkcs1_sha256")),
		at(audit.MustNot, example("SHA-1 denied", audit.Fail, map[string]any{"deny": []any{"rsa_pkcs1_sha1"}}, obedient, signsBy(audit.TLSv12, "rsa_pkcs1_sha1"))),
		example("schemes not enumerated", audit.Unknown, map[string]any{"allow": []any{"rsa_pss_rsae_sha256"}}, obedient, func(o *audit.Observation) { o.Depth = audit.DepthStandard }),
		example("no answer to be trusted", audit.Unknown, nil, obedient, feature(audit.FeatureSignatureAlgorithms, audit.TLSv13, audit.Undetermined, "")),
		example("not asked", audit.Unknown, nil, featureless),
		example("key transport alone", audit.NotApplicable, nil, answers(audit.TLSv13, audit.Refused, "alert 70"), accepts(audit.TLSv12, "TLS_RSA_WITH_AES_128_GCM_SHA256")),
	},
}

// judge judges one version at which handshakes are signed.
func (p *schemeParams) judge(c *audit.Case, v audit.Version) (out []audit.Outcome) {
	o := c.Observation
	switch f := o.Feature(audit.FeatureSignatureAlgorithms, v); f.Answer {
	case audit.Accepted:
		out = append(out, met(f.Evidence, "the schemes offered are kept to at %s", v))
	case audit.Refused:
		out = append(out, violated(f.Evidence, "at %s the server does not keep to the schemes offered", v))
	default:
		why := cmp.Or(o.NotAskedAt("whether the schemes offered are kept to", audit.DepthStandard), "whether the schemes offered are kept to at "+v.String()+" is "+f.Answer.String())
		out = append(out, undecided(f.Evidence, "%s", why))
	}
	if p.allow.empty() && p.deny.empty() {
		return out
	}
	for _, s := range o.Schemes {
		if s.Version != v || s.Answer != audit.Accepted {
			continue
		}
		if why := p.objection(s.ID, c); why != "" {
			out = append(out, violated(s.ID.String(), "signs with %s at %s: %s", s.Name, v, why))
		}
	}
	if gap := o.LacksSchemes(v); gap != "" {
		out = append(out, undecided("", "%s", gap))
	}
	return out
}

// objection says why a scheme must not be used, or returns the empty string.
func (p *schemeParams) objection(code audit.Code, c *audit.Case) string {
	if p.deny.has(code, c.Now) {
		return deniedBy(c, "name")
	}
	if p.allow.empty() {
		return ""
	}
	if listed, why := p.allow.find(code, c.Now); !listed {
		return cmp.Or(why, notListedBy(c, "schemes allowed"))
	}
	return ""
}

// scheme looks up a signature scheme of a policy.
func (r *reader) scheme(key string, item any) audit.Code {
	name, ok := r.entry(key, item)
	if !ok {
		return 0
	}
	s, ok := tlsreg.SchemeByName(name)
	if !ok {
		r.fail("parameter %q: %q is not a signature scheme of the registry%s", key, name, didYouMean(name, schemeSpellings()))
	}
	return s.Code
}

func schemeSpellings() (list []string) {
	for _, s := range tlsreg.Schemes() {
		list = append(list, s.Name)
	}
	return list
}

func schemeNames(codes []audit.Code) string {
	var list []string
	for _, code := range codes {
		name := code.String()
		if s, ok := tlsreg.SchemeByCode(code); ok {
			name = s.Name
		}
		list = append(list, name)
	}
	return strings.Join(list, ", ")
}

// obedient lets an example keep to what clients offer.
func obedient(o *audit.Observation) {
	feature(audit.FeatureSignatureAlgorithms, audit.TLSv12, audit.Accepted, "")(o)
	feature(audit.FeatureSignatureAlgorithms, audit.TLSv13, audit.Accepted, "")(o)
}

// signsBy makes these the schemes of a version.
func signsBy(v audit.Version, schemes ...string) change {
	return func(o *audit.Observation) {
		o.Schemes = slices.DeleteFunc(o.Schemes, func(s audit.SchemeFact) bool { return s.Version == v })
		fact(o, v).SchemesAnswer = audit.Accepted
		for _, name := range schemes {
			s, ok := tlsreg.SchemeByName(name)
			if !ok {
				panic("example names an unknown scheme " + name)
			}
			o.Schemes = append(o.Schemes, audit.SchemeFact{ID: s.Code, Name: s.Name, Version: v, Answer: audit.Accepted})
		}
	}
}

package checks

import (
	"slices"
	"strings"

	"tlsaudit/audit"
)

type cnsaParams struct {
	// exclusive rules out everything else.
	exclusive bool
	groups    []audit.Code
}

// The algorithms of CNSA 2.0 as TLS 1.3 names them.
const (
	cnsaSuite     audit.Code = 0x1302 // TLS_AES_256_GCM_SHA384
	cnsaGroup     audit.Code = 0x0202 // MLKEM1024
	cnsaHybrid    audit.Code = 0x11ED // SecP384r1MLKEM1024
	cnsaSignature            = "ml-dsa-87"
)

var pqCNSA2 = &audit.Check{
	ID:    "pq.cnsa2",
	Title: "The algorithms of CNSA 2.0 are used",
	Doc: "The NSA's suite for national security systems consists of AES-256, ML-KEM-1024, ML-DSA-87 and SHA-384 or SHA-512. New systems have to use it from 2027 on, and all of them, " +
		"exclusively, by 2033.",
	Detect: "TLS 1.3 with TLS_AES_256_GCM_SHA384, the group MLKEM1024 and certificates with keys and signatures of ML-DSA-87 must be accepted, and with `exclusive` nothing else: no other version, suite, group or key. " +
		"Unknown if any of these was not fully read and nothing was found amiss before.",
	Severity: audit.High,
	Refs:     []string{"CNSA 2.0", "FIPS 203", "FIPS 204"},
	Needs:    []audit.Need{audit.NeedTLS, audit.NeedVersions, audit.NeedSuites, audit.NeedChains, audit.NeedGroups},
	Params: func(in map[string]any) (any, error) {
		r := read(in)
		p := &cnsaParams{exclusive: r.bool("exclusive", true), groups: []audit.Code{cnsaGroup}}
		if r.bool("transition", false) {
			p.groups = append(p.groups, cnsaHybrid)
		}
		return p, r.done()
	},
	ParamsDoc: map[string]string{
		"exclusive":  "false: other algorithms may be accepted besides (default true)",
		"transition": "true: the hybrid group SecP384r1MLKEM1024 counts too (default false)",
	},
	Run: func(c *audit.Case) []audit.Outcome {
		p, o := c.Params.(*cnsaParams), c.Observation
		if f := o.Version(audit.TLSv13); f.Answer == audit.Refused || f.Answer == audit.Latent {
			return []audit.Outcome{violated(f.Evidence, "TLSv1.3, the one version for CNSA 2.0, is %s", f.Answer)}
		}
		var out []audit.Outcome
		if p.exclusive {
			out = onlyVersions(o, func(v audit.Version) bool { return v == audit.TLSv13 })
		}
		out = append(out, p.suites(c)...)
		out = append(out, p.exchange(c)...)
		return append(out, p.certificates(c)...)
	},
	Want: func(any) audit.Want {
		return audit.Want{
			MinVersion: audit.TLSv13, Versions: []audit.Version{audit.TLSv13}, AllowSuites: []string{"TLS_AES_256_GCM_SHA384"}, Groups: []string{"MLKEM1024"},
			Certificate: "a certificate for an ML-DSA-87 key, signed with ML-DSA-87",
		}
	},
	Examples: []audit.Example{
		example("classical endpoint", audit.Fail, nil),
		example("CNSA 2.0 only", audit.Pass, nil, cnsaOnly),
		example("CNSA 2.0 with the hybrid group besides", audit.Fail, nil, cnsaOnly, withGroup(cnsaHybrid, "SecP384r1MLKEM1024")),
		example("CNSA 2.0 with the hybrid group besides, in transition", audit.Pass, map[string]any{"transition": true}, cnsaOnly, withGroup(cnsaHybrid, "SecP384r1MLKEM1024")),
		example("CNSA 2.0 beside other suites", audit.Pass, map[string]any{"exclusive": false}, cnsaOnly, accepts(audit.TLSv12, "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384")),
		example("groups not enumerated", audit.Unknown, nil, cnsaOnly, func(o *audit.Observation) { fact(o, audit.TLSv13).GroupsAnswer = audit.NotAsked }),
	},
}

// suites judges the suites of TLS 1.3.
func (p *cnsaParams) suites(c *audit.Case) []audit.Outcome {
	var said remarks
	found := false
	accepted := acceptedSuites(c)
	for i := range accepted {
		s := &accepted[i]
		switch {
		case s.ID == cnsaSuite:
			found = true
		case p.exclusive && s.at(audit.TLSv13):
			said.add(audit.Violated, "not of CNSA 2.0", s)
		}
	}
	out := said.outcomes()
	if !found && c.Observation.Lacks(audit.NeedSuites) == "" {
		out = append(out, violated("", "TLS_AES_256_GCM_SHA384 is not accepted"))
	}
	return out
}

// exchange judges the groups of TLS 1.3.
func (p *cnsaParams) exchange(c *audit.Case) []audit.Outcome {
	var out []audit.Outcome
	found := false
	for _, g := range acceptedGroups(c) {
		switch {
		case g.Version != audit.TLSv13:
		case slices.Contains(p.groups, g.ID):
			found = true
		case p.exclusive:
			out = append(out, violated(g.ID.String(), "group %s is not of CNSA 2.0", g.Name))
		}
	}
	if !found && c.Observation.Lacks(audit.NeedGroups) == "" {
		out = append(out, violated("", "none of the groups %s is accepted", groupNames(p.groups)))
	}
	return out
}

// certificates judges the keys and signatures of all leaves; one is enough
// unless nothing else may be.
func (p *cnsaParams) certificates(c *audit.Case) []audit.Outcome {
	good := 0
	out := eachLeaf(c, func(l *leaf) []audit.Outcome {
		switch {
		case l.Key.Type == "" || l.Signature == "":
			return []audit.Outcome{undecided(l.evidence(), "%s: key or signature could not be read", l.Label)}
		case l.Key.Type == cnsaSignature && l.Signature == cnsaSignature:
			good++
			return nil
		case p.exclusive:
			return []audit.Outcome{violated(l.evidence(), "%s: %s key, signed with %s, is not of CNSA 2.0", l.Label, strings.ToUpper(l.Key.Type), l.Signature)}
		}
		return nil
	})
	if good == 0 && len(out) == 0 && c.Observation.Lacks(audit.NeedChains) == "" {
		out = append(out, violated("", "no certificate with an ML-DSA-87 key, signed with ML-DSA-87"))
	}
	return out
}

// cnsaOnly makes the endpoint one of CNSA 2.0.
func cnsaOnly(o *audit.Observation) {
	answers(audit.TLSv12, audit.Refused, "alert 70 protocol_version")(o)
	accepts(audit.TLSv13, "TLS_AES_256_GCM_SHA384")(o)
	o.Groups = []audit.GroupFact{{ID: cnsaGroup, Name: "MLKEM1024", Version: audit.TLSv13, Answer: audit.Accepted, Bits: 256}}
	o.Chains[0].Certificates[0].Key = audit.Key{Type: cnsaSignature}
	o.Chains[0].Certificates[0].Signature, o.Chains[0].Certificates[0].SignatureHash = cnsaSignature, "intrinsic"
}

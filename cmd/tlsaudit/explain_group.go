package main

import (
	"fmt"
	"strings"
	"time"

	"tlsaudit/audit"
	"tlsaudit/internal/policy"
	"tlsaudit/internal/tlsreg"
)

// explainGroup prints what a key-exchange group is, and what every profile says
// about an endpoint that accepts it.
func explainGroup(out *page, g *tlsreg.Group, loaded []*policy.Policy, now time.Time) error {
	out.line("%s  %s", g.Name, g.Code)
	size := ""
	if g.Bits > 0 {
		size = fmt.Sprintf("%d bits", g.Bits)
	}
	strength := ""
	if g.StrengthBits > 0 && !g.PostQuantum {
		strength = fmt.Sprintf("%d bits", g.StrengthBits)
	}
	var versions []string
	if g.TLS12 {
		versions = append(versions, "TLS 1.2 and before")
	}
	if g.TLS13 {
		versions = append(versions, "TLS 1.3")
	}
	kind := map[string]string{
		"ec-prime": "elliptic curve over a prime field", "ec-binary": "elliptic curve over a binary field", "ec-montgomery": "Montgomery curve",
		"ec-gost": "GOST curve", "ffdhe": "finite-field Diffie-Hellman", "pq-kem": "post-quantum key encapsulation",
		"hybrid-pq": "post-quantum key encapsulation with an elliptic curve", "hybrid-pq-obsolete": "draft of a hybrid, obsolete", "explicit": "curve given by its parameters",
	}[g.Kind]
	for _, f := range [][2]string{
		{"OpenSSL", strings.Join(g.OpenSSL, ", ")}, {"kind", kind}, {"size", size}, {"strength", strength}, {"versions", strings.Join(versions, ", ")},
		{"IANA", map[string]string{"Y": "recommended", "N": "not recommended", "D": "discouraged"}[g.Recommended]},
	} {
		out.entry(2, 18, f[0], f[1])
	}
	out.heading("WHAT THE PROFILES SAY about an endpoint that accepts it")
	o := acceptingGroup(g)
	is := func(name string) bool {
		other, ok := tlsreg.GroupByName(name)
		return ok && other.Code == g.Code
	}
	tell(out, loaded, func(p *policy.Policy) []string { return opinionsOn(p, o, g.Name, []string{"kx.", "pq."}, is, now) })
	explainRemedy(out, "TO ACCEPT IT AND NO OTHER", audit.Want{Groups: []string{g.Name}})
	return nil
}

// acceptingGroup is a posture of an endpoint whose key exchange knows this
// group alone.
func acceptingGroup(g *tlsreg.Group) *audit.Observation {
	at, name := audit.TLSv13, "TLS_AES_128_GCM_SHA256"
	if !g.TLS13 {
		at, name = audit.TLSv12, "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256"
	}
	s, _ := tlsreg.SuiteByName(name)
	o := acceptingSuite(&s)
	for i := range o.Versions {
		if o.Versions[i].Version == at {
			o.Versions[i].GroupsAnswer = audit.Accepted
		}
	}
	o.Groups = []audit.GroupFact{{ID: g.Code, Name: g.Name, Version: at, Answer: audit.Accepted, Bits: g.Bits}}
	return o
}

package checks

import (
	"slices"

	"tlsaudit/audit"
	"tlsaudit/internal/tlsreg"
)

var pqHybridOffered = &audit.Check{
	ID:       "pq.hybrid_offered",
	Declared: audit.AspectGroups,
	Title:    "A key exchange that resists quantum computers is offered",
	Doc: "Who records connections today can read them once a quantum computer breaks their key exchange. ML-KEM, alone or joined with a classical group (hybrid), keeps " +
		"such recordings closed.",
	Detect:   "One accepted group of TLS 1.3 with ML-KEM is enough; groups of the drafts before it (Kyber) do not count. Violated where TLS 1.3 is refused, or its groups are all known and none is one.",
	Severity: audit.Medium,
	Refs:     []string{"RFC 10024", "FIPS 203"},
	Needs:    []audit.Need{audit.NeedTLS},
	Params:   noParams,
	Run: func(c *audit.Case) []audit.Outcome {
		for _, g := range acceptedGroups(c) {
			if quantumSafe(g) {
				return []audit.Outcome{met(g.ID.String(), "%s offers %s", g.Version, g.Name)}
			}
		}
		if gap := groupsGap(c.Observation, audit.TLSv13); gap != "" {
			return []audit.Outcome{undecided("", "%s", gap)}
		}
		if f := c.Observation.Version(audit.TLSv13); f.Answer != audit.Accepted {
			return []audit.Outcome{violated(f.Evidence, "TLSv1.3, the one version with such groups, is %s", f.Answer)}
		}
		return []audit.Outcome{violated("", "no group with ML-KEM is accepted")}
	},
	Want: func(any) audit.Want {
		return audit.Want{Versions: []audit.Version{audit.TLSv12, audit.TLSv13}, MinVersion: audit.TLSv12, Groups: []string{"X25519MLKEM768", "SecP256r1MLKEM768", "x25519", "secp256r1"}}
	},
	Examples: []audit.Example{
		example("classical groups only", audit.Fail, nil),
		example("no TLS 1.3", audit.Fail, nil, answers(audit.TLSv13, audit.Refused, "alert 70"), func(o *audit.Observation) { o.Groups = nil }),
		example("a draft group only", audit.Fail, nil, withGroup(0x6399, "X25519Kyber768Draft00")),
		example("X25519MLKEM768", audit.Pass, nil, withGroup(0x11EC, "X25519MLKEM768")),
		example("groups not enumerated", audit.Unknown, nil, func(o *audit.Observation) { o.Groups = nil }),
	},
}

// quantumSafe reports whether a group resists quantum computers.
func quantumSafe(g audit.GroupFact) bool {
	reg, ok := tlsreg.GroupByCode(g.ID)
	return ok && reg.PostQuantum
}

// withGroup adds an accepted group at TLS 1.3.
func withGroup(id audit.Code, name string) change {
	return func(o *audit.Observation) {
		o.Groups = append(slices.Clone(o.Groups), audit.GroupFact{ID: id, Name: name, Version: audit.TLSv13, Answer: audit.Accepted})
	}
}

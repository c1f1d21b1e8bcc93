package checks

import (
	"strings"

	"tlsaudit/audit"
)

var certMultipleTypes = &audit.Check{
	ID:       "cert.multiple_types",
	Title:    "Certificates of more than one key type are presented",
	Doc:      "A server with an RSA and an ECDSA certificate can drop one algorithm at short notice without shutting out its peers.",
	Detect:   "The key types of the leaves of all chains presented; peers that announce RSA only and ECDSA only are both played. Unknown if one leaf could not be read.",
	Severity: audit.Low,
	Refs:     []string{"NIST SP 800-52r2 section 3.2"},
	Needs:    []audit.Need{audit.NeedTLS},
	Params:   noParams,
	Run: func(c *audit.Case) []audit.Outcome {
		types := map[string]bool{}
		one := ""
		open := eachLeaf(c, func(l *leaf) []audit.Outcome {
			if l.Key.Type == "" {
				return []audit.Outcome{undecided(l.evidence(), "%s: the key type could not be read", l.Label)}
			}
			one = strings.ToLower(l.Key.Type)
			types[one] = true
			return nil
		})
		switch {
		case len(types) > 1:
			return nil
		case len(open) > 0:
			return open
		}
		if gap := c.Observation.Lacks(audit.NeedChains); gap != "" {
			return []audit.Outcome{undecided("", "%s", gap)}
		}
		return []audit.Outcome{violated("", "only certificates with a key of type %s are presented", one)}
	},
	Want: certificate("a second certificate for a key of the other type (RSA and ECDSA), configured beside the first"),
	Examples: []audit.Example{
		at(audit.Should, example("RSA only, where both are recommended", audit.Warn, nil)),
		example("RSA only, where both are demanded", audit.Fail, nil),
		example("RSA and ECDSA", audit.Pass, nil, secondChain),
		example("RSA, and another not read", audit.Unknown, nil, unread),
		example("certificate not readable", audit.Unknown, nil, unreadable),
	},
}

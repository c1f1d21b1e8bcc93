package checks

import (
	"slices"
	"strings"

	"tlsaudit/audit"
)

var certKeyTypeAny = &audit.Check{
	ID:       "cert.key.type_any",
	Title:    "At least one certificate has a key of a type demanded",
	Doc:      "A server without a certificate of a common key type shuts out the peers that implement no other.",
	Detect:   "The leaves of all chains presented; one of a listed type is enough. Unknown if none is and not every one was read.",
	Severity: audit.Medium,
	Refs:     []string{"NIST SP 800-52r2 section 3.2"},
	Needs:    []audit.Need{audit.NeedTLS},
	Params: func(in map[string]any) (any, error) {
		r := read(in)
		types := r.words("any", keyTypes...)
		r.require("any")
		return types, r.done()
	},
	ParamsDoc: map[string]string{"any": "key types of which one must be presented: rsa, ecdsa, ed25519, ed448, dsa"},
	Run: func(c *audit.Case) []audit.Outcome {
		types := c.Params.([]string)
		var found []audit.Outcome
		open := eachLeaf(c, func(l *leaf) []audit.Outcome {
			if l.Key.Type == "" {
				return []audit.Outcome{undecided(l.evidence(), "%s: the key type could not be read", l.Label)}
			}
			if slices.Contains(types, strings.ToLower(l.Key.Type)) {
				found = append(found, met(l.evidence(), "%s has a key of type %s", l.Label, l.Key.Type))
			}
			return nil
		})
		switch {
		case len(found) > 0:
			return found
		case len(open) > 0:
			return open
		}
		if gap := c.Observation.Lacks(audit.NeedChains); gap != "" {
			return []audit.Outcome{undecided("", "%s", gap)}
		}
		return []audit.Outcome{violated("", "no certificate has a key of type %s", strings.Join(types, " or "))}
	},
	Want: func(params any) audit.Want {
		return audit.Want{Certificate: "a certificate for a key of type " + strings.Join(params.([]string), " or ")}
	},
	Examples: []audit.Example{
		example("Ed25519 only", audit.Fail, map[string]any{"any": []any{"rsa", "ecdsa"}}, withLeaf(func(c *audit.Certificate) { c.Key = audit.Key{Type: "ed25519", Bits: 256} })),
		example("RSA", audit.Pass, map[string]any{"any": []any{"rsa", "ecdsa"}}),
		example("RSA, and another not read", audit.Pass, map[string]any{"any": []any{"rsa"}}, unread),
		example("RSA where ECDSA is wanted, and another not read", audit.Unknown, map[string]any{"any": []any{"ecdsa"}}, unread),
		example("certificate not readable", audit.Unknown, map[string]any{"any": []any{"rsa", "ecdsa"}}, unreadable),
	},
}

package checks

import (
	"slices"
	"strings"

	"tlsaudit/audit"
)

// keyTypes are the key types a rule may name.
var keyTypes = []string{"rsa", "ecdsa", "ed25519", "ed448", "dsa", "ml-dsa-44", "ml-dsa-65", "ml-dsa-87"}

type keyTypeParams struct{ allow, forbid, curves, denyCurves []string }

var certKeyType = &audit.Check{
	ID:       "cert.key.type",
	Title:    "Certificate keys are of an allowed type and curve",
	Doc:      "DSA is no longer approved for signatures, and a curve a peer does not implement ends the handshake.",
	Detect:   "The key of each leaf. `allow` lists key types, `forbid` rules some out, `curves` lists the curves of ECDSA keys.",
	Severity: audit.Medium,
	Refs:     []string{"FIPS 186-5", "NIST SP 800-186"},
	Needs:    []audit.Need{audit.NeedTLS, audit.NeedChains},
	Params: func(in map[string]any) (any, error) {
		r := read(in)
		p := keyTypeParams{allow: r.words("allow", keyTypes...), forbid: r.words("forbid", keyTypes...), curves: r.curves("curves"), denyCurves: r.curves("deny_curves")}
		r.require("allow", "forbid", "curves", "deny_curves")
		return p, r.done()
	},
	Forbids: func(params any) bool { p := params.(keyTypeParams); return len(p.allow)+len(p.curves) == 0 },
	ParamsDoc: map[string]string{
		"allow":       "key types that may be used: rsa, ecdsa, ed25519, ed448, dsa, ml-dsa-44, ml-dsa-65, ml-dsa-87",
		"forbid":      "key types that must not be used",
		"deny_curves": "curves that ECDSA keys must not use",
		"curves":      "curves that ECDSA keys may use, by IANA or OpenSSL name",
	},
	Run: func(c *audit.Case) []audit.Outcome {
		p := c.Params.(keyTypeParams)
		return eachLeaf(c, func(l *leaf) []audit.Outcome {
			kind := strings.ToLower(l.Key.Type)
			switch {
			case kind == "":
				return []audit.Outcome{undecided(l.evidence(), "%s: the key type could not be read", l.Label)}
			case slices.Contains(p.forbid, kind):
				return []audit.Outcome{violated(l.evidence(), "%s: %s key, %s", l.Label, l.Key.Type, deniedBy(c, "type"))}
			case len(p.allow) > 0 && !slices.Contains(p.allow, kind):
				return []audit.Outcome{violated(l.evidence(), "%s: %s key, %s", l.Label, l.Key.Type, notListedBy(c, "types allowed"))}
			case kind != "ecdsa" || len(p.curves)+len(p.denyCurves) == 0:
				return nil
			case l.Key.Curve == "":
				return []audit.Outcome{undecided(l.evidence(), "%s: the curve could not be read", l.Label)}
			case slices.Contains(p.denyCurves, l.Key.Curve):
				return []audit.Outcome{violated(l.evidence(), "%s: curve %s is %s", l.Label, l.Key.Curve, deniedBy(c, "name"))}
			case len(p.curves) > 0 && !slices.Contains(p.curves, l.Key.Curve):
				return []audit.Outcome{violated(l.evidence(), "%s: curve %s of the key is %s, which has %s for certificates", l.Label, l.Key.Curve, notListedBy(c, "curves allowed"), strings.Join(p.curves, ", "))}
			}
			return nil
		})
	},
	Want: func(params any) audit.Want {
		p := params.(keyTypeParams)
		allowed := slices.DeleteFunc(slices.Clone(keyTypes), func(k string) bool {
			return slices.Contains(p.forbid, k) || len(p.allow) > 0 && !slices.Contains(p.allow, k)
		})
		text := "a certificate for a key of type " + strings.Join(allowed, " or ")
		if len(p.curves) > 0 {
			text += ", ECDSA on " + strings.Join(p.curves, " or ")
		}
		return audit.Want{Certificate: text}
	},
	Examples: []audit.Example{
		example("DSA", audit.Fail, map[string]any{"forbid": []any{"dsa"}}, withLeaf(func(c *audit.Certificate) { c.Key = audit.Key{Type: "dsa", Bits: 2048} })),
		example("curve not allowed", audit.Fail, map[string]any{"curves": []any{"P-256", "secp384r1"}},
			withLeaf(func(c *audit.Certificate) { c.Key = audit.Key{Type: "ecdsa", Bits: 256, Curve: "brainpoolP256r1"} })),
		example("curve forbidden", audit.Fail, map[string]any{"deny_curves": []any{"secp224r1"}},
			withLeaf(func(c *audit.Certificate) { c.Key = audit.Key{Type: "ecdsa", Bits: 224, Curve: "secp224r1"} })),
		example("RSA", audit.Pass, map[string]any{"allow": []any{"rsa", "ecdsa"}, "curves": []any{"secp256r1"}}),
		example("certificate not readable", audit.Unknown, map[string]any{"allow": []any{"rsa"}}, unreadable),
	},
}

// curves returns a list of elliptic curves by their IANA names.
func (r *reader) curves(key string) []string {
	var curves []string
	for _, code := range r.groupList(key).order {
		curves = append(curves, groupName(code))
	}
	return curves
}

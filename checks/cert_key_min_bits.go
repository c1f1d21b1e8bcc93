package checks

import (
	"fmt"
	"slices"
	"strings"

	"tlsaudit/audit"
)

type keyBits struct {
	rsa, ecdsa, dsa, dh int
	// elsewhere leaves keys of a type without a minimum to other rules.
	elsewhere bool
}

var certKeyMinBits = graded(&audit.Check{
	ID:    "cert.key.min_bits",
	Title: "Certificate keys reach the minimum size",
	Doc:   "RSA and DSA keys below 2048 bits and curves below 224 bits are within reach of well-funded attackers; whoever has the key is the server.",
	Detect: "The key of each leaf, by its type; `dh` also bounds the primes of finite-field key exchange, like kx.dh.min_bits. A key of a type " +
		"without a minimum is unknown; Ed25519, Ed448 and ML-DSA have one size and pass.",
	Severity: audit.High,
	Refs:     []string{"NIST SP 800-131A section 3", "CA/Browser Forum Baseline Requirements section 6.1.5"},
	Needs:    []audit.Need{audit.NeedTLS, audit.NeedChains},
	Params: func(in map[string]any) (any, error) {
		r := read(in)
		k := keyBits{rsa: r.int("rsa", 0, 512, 16384), ecdsa: r.int("ecdsa", 0, 112, 521), dsa: r.int("dsa", 0, 512, 16384), dh: r.int("dh", 0, 512, 16384)}
		k.elsewhere = r.word("others", "", "elsewhere") != ""
		r.require("rsa", "ecdsa", "dsa", "dh")
		return k, r.done()
	},
	ParamsDoc: map[string]string{
		"rsa":    "smallest RSA modulus in bits",
		"ecdsa":  "smallest field of an elliptic-curve key in bits",
		"dsa":    "smallest DSA modulus in bits",
		"dh":     "smallest prime of finite-field key exchange in bits",
		"others": "\"elsewhere\": keys of a type without a minimum here are judged by another rule (default: they are unknown)",
	},
	Run: func(c *audit.Case) []audit.Outcome {
		k := c.Params.(keyBits)
		out := eachLeaf(c, func(l *leaf) []audit.Outcome {
			low, known := k.minimum(l.Key.Type)
			switch {
			case k.rsa+k.ecdsa+k.dsa == 0:
				return nil // the rule is about key exchange only
			case low == 0 && k.elsewhere && l.Key.Type != "":
				return []audit.Outcome{moot("%s: a %s key, which another rule judges", l.Label, l.Key.Type)}
			case !known:
				return []audit.Outcome{undecided(l.evidence(), "%s: key type %q has no known size", l.Label, l.Key.Type)}
			case low == 0 && oneSize(l.Key.Type):
				return nil
			case low == 0:
				return []audit.Outcome{undecided(l.evidence(), "%s: the rule gives no minimum for %s keys", l.Label, l.Key.Type)}
			case l.Key.Bits == 0:
				return []audit.Outcome{undecided(l.evidence(), "%s: the size of the %s key could not be read", l.Label, l.Key.Type)}
			case l.Key.Bits < low:
				return []audit.Outcome{violated(l.evidence(), "%s: %s key of %s, %d wanted", l.Label, l.Key.Type, bits(l.Key.Bits), low)}
			}
			// said, so that another leaf the rule is not about does not make it moot
			return []audit.Outcome{met(l.evidence(), "%s: %s key of %s", l.Label, l.Key.Type, bits(l.Key.Bits))}
		})
		if k.dh == 0 {
			return out
		}
		primes, _ := smallPrimes(c, k.dh)
		for _, gap := range []string{c.Lacks(audit.NeedKeyExchange), smallGroupsGap(c, k.dh)} {
			if gap != "" {
				primes = append(primes, undecided("", "%s", gap))
			}
		}
		return append(out, primes...)
	},
	Asks: func(c *audit.Case, q *audit.Questions) {
		if k := c.Params.(keyBits); k.dh > 0 {
			askPrimes(q, k.dh)
		}
	},
	Want: func(params any) audit.Want {
		k := params.(keyBits)
		var sizes []string
		for _, s := range []struct {
			name string
			bits int
		}{{"RSA", k.rsa}, {"ECDSA", k.ecdsa}, {"DSA", k.dsa}} {
			if s.bits > 0 {
				sizes = append(sizes, fmt.Sprintf("%s %d bits", s.name, s.bits))
			}
		}
		w := audit.Want{MinDHBits: k.dh}
		if len(sizes) > 0 {
			w.Certificate = "a certificate for a new key of at least " + strings.Join(sizes, " or ")
		}
		return w
	},
	Examples: []audit.Example{
		example("RSA 1024", audit.Fail, map[string]any{"rsa": 2048}, withLeaf(func(c *audit.Certificate) { c.Key.Bits = 1024 })),
		example("second chain too small", audit.Fail, map[string]any{"rsa": 2048, "ecdsa": 384}, secondChain),
		example("RSA 3072", audit.Pass, map[string]any{"rsa": 2048, "ecdsa": 224}),
		example("DSA key, and no minimum for it", audit.Unknown, map[string]any{"rsa": 2048, "ecdsa": 224},
			withLeaf(func(c *audit.Certificate) { c.Key = audit.Key{Type: "dsa", Bits: 512} })),
		example("Ed25519", audit.Pass, map[string]any{"rsa": 2048, "ecdsa": 224},
			withLeaf(func(c *audit.Certificate) { c.Key = audit.Key{Type: "ed25519", Bits: 256} })),
		example("primes only", audit.Pass, map[string]any{"dh": 2048}),
		example("ffdhe2048 seen in a handshake of TLS 1.3", audit.Fail, map[string]any{"dh": 3072}, sampled(audit.TLSv13, "ffdhe2048")),
		example("whether TLS 1.3 accepts a small group is not known", audit.Unknown, map[string]any{"dh": 3072}, sampled(audit.TLSv13, "x25519")),
		example("DSA key, which another rule judges", audit.NotApplicable, map[string]any{"rsa": 2048, "others": "elsewhere"},
			withLeaf(func(c *audit.Certificate) { c.Key = audit.Key{Type: "dsa", Bits: 512} })),
		example("certificate not readable", audit.Unknown, map[string]any{"rsa": 2048}, unreadable),
	},
}, special{"lt1024_cap", "the same as cap, where a key or prime is below 1024 bits", func(c *audit.Case) bool {
	out, _ := smallPrimes(c, 1024)
	list := leaves(c)
	return len(out) > 0 || slices.ContainsFunc(list, func(l leaf) bool {
		return l.Certificate != nil && l.Key.Bits > 0 && l.Key.Bits < 1024 && (l.Key.Type == "rsa" || l.Key.Type == "dsa")
	})
}})

// minimum returns the smallest size allowed for a key type, 0 for any.
func (k keyBits) minimum(keyType string) (low int, known bool) {
	switch strings.ToLower(keyType) {
	case "rsa":
		return k.rsa, true
	case "ecdsa":
		return k.ecdsa, true
	case "dsa":
		return k.dsa, true
	}
	return 0, oneSize(keyType)
}

// oneSize reports whether keys of a type have one size only, a good one.
func oneSize(keyType string) bool {
	return strings.EqualFold(keyType, "ed25519") || strings.EqualFold(keyType, "ed448") || strings.HasPrefix(keyType, "ml-dsa-")
}

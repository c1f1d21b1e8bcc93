package checks

import (
	"fmt"
	"strconv"
	"strings"

	"tlsaudit/audit"
	"tlsaudit/internal/tlsreg"
)

var cryptoStrength = &audit.Check{
	ID:    "crypto.strength.min_bits",
	Title: "Ciphers, key exchange and certificate keys reach the minimum strength",
	Doc: "A connection is as strong as its weakest part: bulk cipher, key exchange and the key of the certificate. Strength is counted in bits of a symmetric key " +
		"that costs as much to search: RSA and finite-field Diffie-Hellman of 2048 bits and three-key 3DES count as 112, RSA 3072 and P-256 as 128.",
	Detect: "Suites by their registry entry, groups and primes as read in handshakes, the keys of leaf certificates by NIST SP 800-57 part 1 table 2. Unknown if suites, " +
		"certificates, groups or Diffie-Hellman parameters were not all read and nothing too weak was found before: groups that handshakes of suites happened to use are a sample. " +
		"A post-quantum or hybrid group counts with the category of its ML-KEM: X25519MLKEM768 as 192, although its classical half alone has 128.",
	Severity: audit.High,
	Refs:     []string{"NIST SP 800-57 part 1 section 5.6.1", "NIST SP 800-131A"},
	Needs:    []audit.Need{audit.NeedTLS, audit.NeedSuites, audit.NeedKeyExchange, audit.NeedChains},
	Params: func(in map[string]any) (any, error) {
		r := read(in)
		low := r.int("min", 0, 1, 256)
		r.require("min")
		return low, r.done()
	},
	ParamsDoc: map[string]string{"min": "lowest strength in bits, such as 112 or 128"},
	Run: func(c *audit.Case) []audit.Outcome {
		low := c.Params.(int)
		out := eachSuite(c, func(s *seenSuite) string {
			if s.Reg.StrengthBits < low {
				return "strength of " + bits(s.Reg.StrengthBits) + ", " + strconv.Itoa(low) + " wanted"
			}
			return ""
		})
		out = append(out, weakGroups(c, low)...)
		return append(out, eachLeaf(c, func(l *leaf) []audit.Outcome {
			strength, known := keyStrength(l.Key)
			switch {
			case !known:
				return []audit.Outcome{undecided(l.evidence(), "%s: the strength of a %s key is not known", l.Label, l.Key.Type)}
			case strength < low:
				return []audit.Outcome{violated(l.evidence(), "%s: %s key of %s has a strength of %d, %d wanted", l.Label, l.Key.Type, bits(l.Key.Bits), strength, low)}
			}
			return nil
		})...)
	},
	Want: func(params any) audit.Want { return audit.Want{Strong: true, MinDHBits: modulusFor(params.(int))} },
	WantFor: func(c *audit.Case) audit.Want {
		low := c.Params.(int)
		w := keepSuites(c, func(s *seenSuite) bool { return s.Reg.StrengthBits >= low && brokenness(s) == "" })
		w.MinDHBits = modulusFor(low)
		w.Certificate = fmt.Sprintf("a key with a strength of %s: RSA %d or ECDSA %d, or larger", bits(low), modulusFor(low), max(224, 2*low))
		return w
	},
	Examples: []audit.Example{
		example("3DES against 128", audit.Fail, map[string]any{"min": 128}, accepts(audit.TLSv12, "TLS_RSA_WITH_3DES_EDE_CBC_SHA")),
		example("RSA 1024 against 112", audit.Fail, map[string]any{"min": 112}, withLeaf(func(c *audit.Certificate) { c.Key.Bits = 1024 })),
		example("RSA 3072 and P-256 reach 128", audit.Pass, map[string]any{"min": 128}, secondChain),
		example("RSA 2048 does not reach 128", audit.Fail, map[string]any{"min": 128}, withLeaf(func(c *audit.Certificate) { c.Key.Bits = 2048 })),
		example("3DES and RSA 2048 reach 112", audit.Pass, map[string]any{"min": 112}, accepts(audit.TLSv12, "TLS_RSA_WITH_3DES_EDE_CBC_SHA"),
			withLeaf(func(c *audit.Certificate) { c.Key.Bits = 2048 })),
		example("certificate not readable", audit.Unknown, map[string]any{"min": 112}, unreadable),
		example("weak group seen in a handshake", audit.Fail, map[string]any{"min": 112}, sampled(audit.TLSv12, "secp192r1")),
		example("groups known by sample only", audit.Unknown, map[string]any{"min": 112}, sampled(audit.TLSv12, "x25519")),
		example("small prime at an old version only", audit.Fail, map[string]any{"min": 112},
			accepts(audit.TLSv12, "TLS_DHE_RSA_WITH_AES_128_CBC_SHA"), accepts(audit.TLSv11, "TLS_DHE_RSA_WITH_AES_128_CBC_SHA"),
			withPrime(audit.TLSv12, 3072), withPrime(audit.TLSv11, 1024)),
		example("DHE without its prime", audit.Unknown, map[string]any{"min": 112}, accepts(audit.TLSv12, "TLS_DHE_RSA_WITH_AES_128_GCM_SHA256")),
	},
}

// weakGroups objects to accepted groups and primes below low bits of strength,
// at every version. Groups that are only known by sample do not make a pass.
func weakGroups(c *audit.Case, low int) []audit.Outcome {
	o := c.Observation
	var out []audit.Outcome
	for _, g := range acceptedGroups(c) {
		reg, ok := tlsreg.GroupByName(g.Name)
		if !ok {
			reg, ok = tlsreg.GroupByCode(g.ID)
		}
		strength := reg.StrengthBits
		if strength == 0 && strings.HasPrefix(reg.Kind, "hybrid") {
			strength = 128 // of its classical half at least, X25519 or P-256
		}
		switch {
		case !ok || strength == 0:
			out = append(out, undecided("", "group %s at %s: its strength is not known", g.Name, g.Version))
		case strength < low:
			out = append(out, violated("", "group %s at %s: strength of %s, %d wanted", g.Name, g.Version, bits(strength), low))
		}
	}
	for _, s := range suitesByVersion(c) {
		if s.DHBits > 0 && modulusStrength(s.DHBits) < low {
			out = append(out, violated(s.ID.String(), "%s: Diffie-Hellman prime of %s has a strength of %d, %d wanted", s.where(), bits(s.DHBits), modulusStrength(s.DHBits), low))
		}
	}
	for _, v := range audit.Versions {
		if gap := groupsGap(o, v); gap != "" {
			out = append(out, undecided("", "%s", gap))
		}
	}
	return out
}

// modulusTable is NIST SP 800-57 part 1 table 2: modulus and strength in bits.
var modulusTable = []struct{ modulus, strength int }{{15360, 256}, {7680, 192}, {3072, 128}, {2048, 112}, {1024, 80}}

// modulusStrength returns the strength of an RSA or finite-field modulus.
func modulusStrength(n int) int {
	for _, row := range modulusTable {
		if n >= row.modulus {
			return row.strength
		}
	}
	return min(n/16, 79)
}

// modulusFor returns the modulus that reaches a strength.
func modulusFor(strength int) int {
	best := modulusTable[0].modulus
	for _, row := range modulusTable {
		if row.strength >= strength {
			best = row.modulus
		}
	}
	return best
}

// keyStrength returns the strength of a certificate key. Elliptic-curve keys
// have half the size of their field (Ed25519 counts as 128).
func keyStrength(k audit.Key) (strength int, known bool) {
	switch strings.ToLower(k.Type) {
	case "rsa", "dsa":
		return modulusStrength(k.Bits), k.Bits > 0
	case "ecdsa":
		return k.Bits / 2, k.Bits > 0
	case "ed25519":
		return 128, true
	case "ed448":
		return 224, true
	case "ml-dsa-44":
		return 128, true
	case "ml-dsa-65":
		return 192, true
	case "ml-dsa-87":
		return 256, true
	}
	return 0, false
}

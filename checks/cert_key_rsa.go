package checks

import (
	"fmt"
	"math/big"

	"tlsaudit/audit"
)

// rsaShape is what cert.key.rsa demands of RSA keys beside their size.
type rsaShape struct {
	multipleOf, leastExponent, exponentBits int
}

// shownDigits is how many digits of an exponent the evidence keeps.
const shownDigits = 32

var certKeyRSA = &audit.Check{
	ID:    "cert.key.rsa",
	Title: "RSA keys of leaf certificates have a modulus and an exponent of the shape demanded",
	Doc: "A tiny or even exponent, or a modulus of an odd size, comes from broken or hostile key generation; implementations " +
		"that assume otherwise have failed on such keys.",
	Detect:   "Size of the modulus and public exponent of each leaf's RSA key. Leaves with other keys are not looked at. An exponent longer than the evidence keeps is unknown.",
	Severity: audit.Medium,
	Refs:     []string{"CA/Browser Forum Baseline Requirements 6.1.5 and 6.1.6", "NIST SP 800-89 section 5.3.3"},
	Needs:    []audit.Need{audit.NeedTLS, audit.NeedChains},
	Params: func(in map[string]any) (any, error) {
		r := read(in)
		shape := rsaShape{
			multipleOf:    r.int("multiple_of", 0, 1, 4096),
			leastExponent: r.int("min_exponent", 0, 3, 1<<30),
			exponentBits:  r.int("max_exponent_bits", 0, 2, 4096),
		}
		if err := r.done(); err != nil {
			return nil, err
		}
		if shape == (rsaShape{}) {
			return nil, fmt.Errorf("nothing is demanded: give multiple_of, min_exponent or max_exponent_bits")
		}
		return shape, nil
	},
	ParamsDoc: map[string]string{
		"multiple_of":       "the size of the modulus is a multiple of so many bits",
		"min_exponent":      "the least public exponent; even ones are then ruled out as well",
		"max_exponent_bits": "the most bits the public exponent may have",
	},
	Run: func(c *audit.Case) []audit.Outcome {
		shape, found := c.Params.(rsaShape), false
		out := eachLeaf(c, func(l *leaf) []audit.Outcome {
			switch l.Key.Type {
			case "rsa":
				found = true
				return shape.judge(l)
			case "":
				return []audit.Outcome{undecided(l.evidence(), "%s: the key type could not be read", l.Label)}
			}
			return nil
		})
		if len(out) == 0 && !found {
			return []audit.Outcome{moot("no leaf certificate has an RSA key")}
		}
		return out
	},
	Want: certificate("a certificate for an RSA key that usual software makes: exponent 65537, 3072 or 4096 bits"),
	Examples: []audit.Example{
		example("exponent 1", audit.Fail, map[string]any{"min_exponent": 3}, withLeaf(func(c *audit.Certificate) { c.Key.Exponent = "1" })),
		example("even exponent", audit.Fail, map[string]any{"min_exponent": 3}, withLeaf(func(c *audit.Certificate) { c.Key.Exponent = "65536" })),
		example("exponent 3 where 65537 is recommended", audit.Fail, map[string]any{"min_exponent": 65537}, withLeaf(func(c *audit.Certificate) { c.Key.Exponent = "3" })),
		example("modulus of 2047 bits", audit.Fail, map[string]any{"multiple_of": 8}, withLeaf(func(c *audit.Certificate) { c.Key.Bits = 2047 })),
		example("usual key", audit.Pass, map[string]any{"multiple_of": 8, "min_exponent": 65537, "max_exponent_bits": 256}),
		example("ECDSA key", audit.NotApplicable, map[string]any{"multiple_of": 8}, withLeaf(func(c *audit.Certificate) {
			c.Key = audit.Key{Type: "ecdsa", Bits: 256, Curve: "secp256r1"}
		})),
		example("exponent cut off in the evidence", audit.Unknown, map[string]any{"min_exponent": 3}, withLeaf(func(c *audit.Certificate) {
			c.Key.Exponent = "12345678901234567890123456789012"
		})),
		example("exponent not read", audit.Unknown, map[string]any{"min_exponent": 3}, withLeaf(func(c *audit.Certificate) { c.Key.Exponent = "" })),
		example("certificate not readable", audit.Unknown, map[string]any{"multiple_of": 8}, unreadable),
	},
}

func (s rsaShape) judge(l *leaf) (out []audit.Outcome) {
	if s.multipleOf > 0 {
		switch {
		case l.Key.Bits == 0:
			out = append(out, undecided(l.evidence(), "%s: the size of the key could not be read", l.Label))
		case l.Key.Bits%s.multipleOf != 0:
			out = append(out, violated(l.evidence(), "%s: RSA modulus of %d bits, a multiple of %d wanted", l.Label, l.Key.Bits, s.multipleOf))
		}
	}
	if s.leastExponent == 0 && s.exponentBits == 0 {
		return out
	}
	exponent, ok := new(big.Int).SetString(l.Key.Exponent, 10)
	switch {
	case !ok:
		return append(out, undecided(l.evidence(), "%s: the public exponent could not be read", l.Label))
	case len(l.Key.Exponent) >= shownDigits:
		return append(out, undecided(l.evidence(), "%s: the public exponent is longer than the evidence keeps", l.Label))
	}
	if s.leastExponent > 0 {
		switch {
		case exponent.Bit(0) == 0:
			out = append(out, violated(l.evidence(), "%s: the public exponent %s is even", l.Label, exponent))
		case exponent.Cmp(big.NewInt(int64(s.leastExponent))) < 0:
			out = append(out, violated(l.evidence(), "%s: public exponent %s, %d or more wanted", l.Label, exponent, s.leastExponent))
		}
	}
	if s.exponentBits > 0 && exponent.BitLen() > s.exponentBits {
		out = append(out, violated(l.evidence(), "%s: public exponent of %d bits, %d at most wanted", l.Label, exponent.BitLen(), s.exponentBits))
	}
	return out
}

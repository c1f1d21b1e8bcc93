package checks

import (
	mathbits "math/bits"
	"strings"

	"tlsaudit/audit"
)

type serialParams struct{ entropy, max int }

// serialSlack is by how many bits a random number may fall short by chance: one
// in 65,536 of so many bits begins with that many zeros.
const serialSlack = 16

var certSerial = &audit.Check{
	ID:    "cert.serial",
	Title: "The serial number is positive, not too long and not predictable by its length",
	Doc: "A serial number an attacker can predict let a forged certificate be made from a collision of MD5. Public CAs put at least 64 random bits into it; " +
		"numbers that are negative, zero or longer than 20 octets break clients.",
	Detect: "The serial number of each leaf. Randomness cannot be seen in one number: one of fewer bits than `min_bits_entropy` has not got them all, unless by chance; one that falls short by 16 bits or more is a " +
		"violation, by fewer is unknown, and one of so many bits passes, though it may have been counted up.",
	Severity: audit.Low,
	Refs:     []string{"RFC 5280 section 4.1.2.2", "CA/Browser Forum Baseline Requirements section 7.1"},
	Needs:    []audit.Need{audit.NeedTLS, audit.NeedChains},
	Params: func(in map[string]any) (any, error) {
		r := read(in)
		p := &serialParams{entropy: r.int("min_bits_entropy", 0, 20, 159), max: r.int("max_bits", 159, 1, 160)}
		if p.entropy > p.max {
			r.fail("parameter \"min_bits_entropy\": %d is above max_bits %d", p.entropy, p.max)
		}
		return p, r.done()
	},
	ParamsDoc: map[string]string{
		"min_bits_entropy": "random bits the number must have room for (default: none are demanded)",
		"max_bits":         "longest number in bits (default 159, which fits 20 octets)",
	},
	Run: func(c *audit.Case) []audit.Outcome {
		p := c.Params.(*serialParams)
		return eachLeaf(c, func(l *leaf) []audit.Outcome {
			size, ok := serialBits(l.Serial)
			switch {
			case strings.HasPrefix(l.Serial, "-"):
				return []audit.Outcome{violated(l.Serial, "%s: the serial number is negative", l.Label)}
			case !ok:
				return []audit.Outcome{undecided(l.evidence(), "%s: the serial number was not read whole", l.Label)}
			case size == 0:
				return []audit.Outcome{violated(l.Serial, "%s: the serial number is zero", l.Label)}
			case size > p.max:
				return []audit.Outcome{violated(l.Serial, "%s: serial number of %s, %d at most", l.Label, bits(size), p.max)}
			case size <= p.entropy-serialSlack:
				return []audit.Outcome{violated(l.Serial, "%s: serial number of %s, which has no room for %d random ones", l.Label, bits(size), p.entropy)}
			case size < p.entropy:
				return []audit.Outcome{undecided(l.Serial, "%s: serial number of %s, fewer than %d: by chance, or because it has not so many random ones", l.Label, bits(size), p.entropy)}
			}
			return []audit.Outcome{met(l.Serial, "%s: serial number of %s", l.Label, bits(size))}
		})
	},
	Want: certificate("a certificate with a long random serial number, from a CA that follows the rules"),
	Examples: []audit.Example{
		example("counted up", audit.Fail, map[string]any{"min_bits_entropy": 64, "max_bits": 159}, withLeaf(func(c *audit.Certificate) { c.Serial = "4f2a" })),
		example("too long", audit.Fail, map[string]any{"min_bits_entropy": 64, "max_bits": 159}, withLeaf(func(c *audit.Certificate) { c.Serial = strings.Repeat("f", 42) })),
		example("negative", audit.Fail, nil, withLeaf(func(c *audit.Certificate) { c.Serial = "-4f2a6bd09c1e57a83340f1c2d97ee815" })),
		example("zero", audit.Fail, nil, withLeaf(func(c *audit.Certificate) { c.Serial = "0" })),
		example("long", audit.Pass, map[string]any{"min_bits_entropy": 64, "max_bits": 159}),
		example("a little short", audit.Unknown, map[string]any{"min_bits_entropy": 64}, withLeaf(func(c *audit.Certificate) { c.Serial = "1f2a6bd09c1e57a" })),
		example("certificate not readable", audit.Unknown, nil, unreadable),
	},
}

// serialBits returns the size of a serial number in hex; ok is false if it is
// not a whole number.
func serialBits(hex string) (n int, ok bool) {
	if hex == "" || strings.Trim(hex, "0123456789abcdef") != "" {
		return 0, false
	}
	digits := strings.TrimLeft(hex, "0")
	if digits == "" {
		return 0, true
	}
	first := strings.IndexByte("0123456789abcdef", digits[0])
	return 4*(len(digits)-1) + mathbits.Len(uint(first)), true
}

package grade

import (
	"strings"

	"tlsaudit/audit"
	"tlsaudit/internal/tlsreg"
)

// exchange finds the weakest key of the key exchanges: finite-field primes,
// groups of curves. Those of the certificates follow.
func (c *card) exchange() {
	curves := map[audit.Version]bool{}
	for i := range c.seen {
		s := &c.seen[i]
		if s.reg == nil {
			continue
		}
		switch kx := s.reg.KX; {
		case s.reg.Auth == "anon":
			c.weaker(-1)
		case kx == "DHE" && s.DHBits > 0:
			c.prime(s.DHBits)
		case kx == "DHE":
			c.unknown("the prime of a DHE suite at %s was not read", s.version)
		case kx == "ECDHE" || kx == "any":
			curves[s.version] = true
		}
		if s.reg.Export {
			c.weaker(512) // by its rules, whatever the certificate
		}
	}
	for i := range c.o.Groups {
		g := &c.o.Groups[i]
		if g.Answer != audit.Accepted {
			continue
		}
		reg, listed := tlsreg.GroupByCode(g.ID)
		switch {
		case !listed:
			c.unknown("the group %s is in no registry", g.ID)
		case reg.PostQuantum: // a hybrid is as strong as its better half
		case reg.Kind == "ffdhe":
			c.prime(reg.Bits)
		default:
			c.weaker(equivalent(reg.StrengthBits))
		}
	}
	var partly []audit.Version
	for _, v := range c.accepted {
		if curves[v] && c.o.Version(v).GroupsAnswer != audit.Accepted {
			partly = append(partly, v)
		}
	}
	if len(partly) > 0 {
		c.unknown("the groups of %s are not all known", listed(partly))
	}
}

// prime is the size of a finite-field prime in bits.
func (c *card) prime(bits int) {
	c.weaker(bits)
	c.small("a Diffie-Hellman prime", bits)
}

// weaker takes note of a key, as large as an RSA key of so many bits.
func (c *card) weaker(bits int) {
	if c.weakest == 0 || bits < c.weakest {
		c.weakest = bits
	}
}

// small caps for a key below 2048 bits.
func (c *card) small(what string, bits int) {
	switch {
	case bits < 1024:
		c.cap("F", "%s of %d bits", what, bits)
	case bits < 2048:
		c.cap("B", "%s of %d bits", what, bits)
	}
}

// key rates the key of a certificate.
func (c *card) key(k audit.Key) {
	switch {
	case strings.HasPrefix(k.Type, "ml-dsa-"):
		c.weaker(equivalent(256))
	case k.Type == "ed25519":
		c.weaker(equivalent(128))
	case k.Type == "ed448":
		c.weaker(equivalent(224))
	case k.Bits <= 0:
		c.unknown("the size of a key is not known")
	case k.Type == "ecdsa":
		size := equivalent(k.Bits / 2)
		c.weaker(size)
		if size < 2048 {
			c.small("a certificate with an elliptic curve key as weak as RSA", size)
		}
	case k.Type == "rsa" || k.Type == "dsa":
		c.weaker(k.Bits)
		c.small("a certificate with a key", k.Bits)
	default:
		c.unknown("a certificate has a key of a kind that is not rated")
	}
}

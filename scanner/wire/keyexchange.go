package wire

import "bytes"

// parseKeyExchange reads a ServerKeyExchange, whose form follows from the suite
// and version already in f. The message of a suite of unknown form is left
// alone: guessing at it could invent a group.
func parseKeyExchange(body []byte, f *Flight) error {
	form := keyExchangeOf(f.Suite)
	c := cursor{b: body}
	if form.hint {
		c.vector(2)
	}
	g := *f
	switch form.kind {
	case kxDHE:
		prime := trimmed(c.vector(2))
		g.DHPrime, g.DHBits = bytes.Clone(prime), bitLen(prime)
		c.vector(2)
		g.Public = bytes.Clone(trimmed(c.vector(2)))
		c.bad = c.bad || len(prime) == 0
	case kxECDHE:
		g.curve(&c)
		g.Public = bytes.Clone(c.vector(1))
	case kxRSAExport:
		g.RSABits = bitLen(c.vector(2))
		c.vector(2)
	case kxSRP:
		prime := trimmed(c.vector(2))
		g.DHPrime, g.DHBits = bytes.Clone(prime), bitLen(prime)
		c.vector(2)
		c.vector(1)
		c.vector(2)
	case kxPSK:
	default:
		return nil
	}
	if form.signed {
		if g.Version >= 0x0303 {
			g.SigAlg = c.uint16()
		}
		c.vector(2)
	}
	if !c.end() {
		return malformed("ServerKeyExchange: does not have the form of suite 0x%04X", f.Suite)
	}
	g.KeyExchange = true
	*f = g
	return nil
}

// curve reads ECParameters (RFC 4492 section 5.4).
func (f *Flight) curve(c *cursor) {
	f.CurveType = c.uint8()
	switch f.CurveType {
	case 1: // explicit_prime: prime, a, b, base, order, cofactor
		f.CurveBits = bitLen(c.vector(1))
	case 2: // explicit_char2: m, basis, exponents, then as above
		f.CurveBits = int(c.uint16())
		switch basis := c.uint8(); basis {
		case 1: // trinomial
			c.vector(1)
		case 2: // pentanomial
			c.vector(1)
			c.vector(1)
			c.vector(1)
		default:
			c.bad = true
		}
	case 3:
		f.Group = c.uint16()
		return
	default:
		c.bad = true
		return
	}
	for range 5 {
		c.vector(1)
	}
}

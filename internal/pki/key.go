package pki

import (
	"encoding/asn1"
	"errors"
	"fmt"
	"math/big"

	"tlsaudit/audit"
)

// curve is a named group for ECDSA.
type curve struct {
	name string
	bits int
}

// curves lists the named curves of certificates by OID (RFC 5480, RFC 5639).
var curves = map[string]curve{
	"1.2.840.10045.3.1.1":   {"secp192r1", 192},
	"1.3.132.0.33":          {"secp224r1", 224},
	"1.2.840.10045.3.1.7":   {"secp256r1", 256},
	"1.3.132.0.10":          {"secp256k1", 256},
	"1.3.132.0.34":          {"secp384r1", 384},
	"1.3.132.0.35":          {"secp521r1", 521},
	"1.3.36.3.3.2.8.1.1.7":  {"brainpoolP256r1", 256},
	"1.3.36.3.3.2.8.1.1.11": {"brainpoolP384r1", 384},
	"1.3.36.3.3.2.8.1.1.13": {"brainpoolP512r1", 512},
}

// keyOf describes the public key. The error says why the key must not be used
// for arithmetic; the description holds all the same.
func keyOf(e *encoding) (k audit.Key, err error) {
	spki := &e.TBS.PublicKey
	oid := spki.Algorithm.OID.String()
	parameters := spki.Algorithm.Parameters.FullBytes
	switch oid {
	case "1.2.840.113549.1.1.1", oidPSS:
		k.Type = "rsa"
		var rsa struct{ N, E *big.Int }
		if _, err := asn1.Unmarshal(spki.Bits.Bytes, &rsa); err != nil {
			return k, fmt.Errorf("reading the RSA key: %w", err)
		}
		k.Bits = rsa.N.BitLen()
		k.Exponent = digits(rsa.E)
		switch {
		case rsa.N.Sign() <= 0 || rsa.E.Sign() <= 0:
			return k, fmt.Errorf("abnormal RSA key: modulus or exponent is not positive")
		case k.Bits > maxModulusBits:
			return k, fmt.Errorf("abnormal RSA key: a modulus of %d bits; up to %d are used", k.Bits, maxModulusBits)
		case rsa.E.BitLen() > maxExponentBits, k.Bits > largeModulusBits && rsa.E.BitLen() > usualExponent:
			return k, fmt.Errorf("abnormal RSA key: a public exponent of %d bits with a modulus of %d; up to %d bits are used, and %d above a modulus of %d",
				rsa.E.BitLen(), k.Bits, maxExponentBits, usualExponent, largeModulusBits)
		}
	case "1.2.840.10045.2.1":
		k.Type = "ecdsa"
		var named asn1.ObjectIdentifier
		if _, err := asn1.Unmarshal(parameters, &named); err != nil {
			k.Curve = "explicit" // parameters spelt out; RFC 5480 section 2.1.1 forbids them
			return k, nil
		}
		c, ok := curves[named.String()]
		if !ok {
			c.name = clip(named.String())
		}
		k.Curve, k.Bits = c.name, c.bits
	case "1.3.101.112":
		k.Type, k.Bits = "ed25519", 256
	case "1.3.101.113":
		k.Type, k.Bits = "ed448", 448
	case "2.16.840.1.101.3.4.3.17", "2.16.840.1.101.3.4.3.18", "2.16.840.1.101.3.4.3.19":
		k.Type = schemes[oid].pair // RFC 9881: keys have the OID of the signature
	case "1.2.840.10040.4.1":
		k.Type = "dsa"
		k.Bits, err = dsaSize(parameters, spki.Bits.Bytes)
		return k, err
	default:
		k.Type = clip(oid)
	}
	return k, nil
}

// dsaSize returns the size of P in bits. The error says why the key must not be
// used: zcrypto checks a self-signature while it parses, with numbers of any
// size. Parameters left to the issuer (RFC 3279 section 2.3.2) cannot be
// measured, so they are not used either.
func dsaSize(parameters, key []byte) (bits int, err error) {
	var dsa struct{ P, Q, G *big.Int }
	if _, err := asn1.Unmarshal(parameters, &dsa); err != nil {
		return 0, fmt.Errorf("reading the DSA parameters: %w", err)
	}
	bits = dsa.P.BitLen()
	var y *big.Int
	if _, err := asn1.Unmarshal(key, &y); err != nil {
		return bits, fmt.Errorf("reading the DSA key: %w", err)
	}
	switch {
	case dsa.P.Sign() <= 0 || dsa.Q.Sign() <= 0 || dsa.G.Sign() <= 0 || y.Sign() <= 0:
		return bits, errors.New("abnormal DSA key: P, Q, G or Y is not positive")
	case bits > maxDSABits || dsa.P.Bit(0) == 0:
		return bits, fmt.Errorf("abnormal DSA key: P of %d bits; odd ones of up to %d are used", bits, maxDSABits)
	case dsa.Q.BitLen() > maxDSAOrderBits:
		return bits, fmt.Errorf("abnormal DSA key: Q of %d bits; up to %d are used", dsa.Q.BitLen(), maxDSAOrderBits)
	case dsa.G.BitLen() > bits || y.BitLen() > bits:
		return bits, errors.New("abnormal DSA key: G or Y is longer than P")
	}
	return bits, nil
}

// digits writes a number in decimal, cut at 32 digits.
func digits(n *big.Int) string {
	s := n.String()
	if len(s) > 32 {
		return s[:32] + "…"
	}
	return s
}

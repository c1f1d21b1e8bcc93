package pki

import (
	"crypto"
	"encoding/asn1"
)

// scheme is a certificate signature algorithm.
type scheme struct {
	// pair is the name as key type and hash: "rsa+sha256".
	pair string
	// name is the hash alone.
	name string
	// hash is 0 if it cannot be computed here, or is part of the algorithm.
	hash crypto.Hash
	kind kind
}

// kind is a way to verify a signature.
type kind uint8

const (
	unverifiable kind = iota
	pkcs1
	pss
	ecdsaASN1
	edwards
)

// schemes lists the signature algorithms by OID (RFC 3279, 4055, 5758, 8410,
// 9688 and 9881).
var schemes = map[string]scheme{
	"1.2.840.113549.1.1.2":    {"rsa+md2", "md2", 0, unverifiable},
	"1.2.840.113549.1.1.3":    {"rsa+md4", "md4", 0, unverifiable},
	"1.2.840.113549.1.1.4":    {"rsa+md5", "md5", crypto.MD5, pkcs1},
	"1.2.840.113549.1.1.5":    {"rsa+sha1", "sha1", crypto.SHA1, pkcs1},
	"1.3.14.3.2.29":           {"rsa+sha1", "sha1", crypto.SHA1, pkcs1},
	"1.2.840.113549.1.1.14":   {"rsa+sha224", "sha224", crypto.SHA224, pkcs1},
	"1.2.840.113549.1.1.11":   {"rsa+sha256", "sha256", crypto.SHA256, pkcs1},
	"1.2.840.113549.1.1.12":   {"rsa+sha384", "sha384", crypto.SHA384, pkcs1},
	"1.2.840.113549.1.1.13":   {"rsa+sha512", "sha512", crypto.SHA512, pkcs1},
	"2.16.840.1.101.3.4.3.14": {"rsa+sha3-256", "sha3-256", 0, unverifiable},
	"2.16.840.1.101.3.4.3.15": {"rsa+sha3-384", "sha3-384", 0, unverifiable},
	"2.16.840.1.101.3.4.3.16": {"rsa+sha3-512", "sha3-512", 0, unverifiable},
	"1.2.840.10045.4.1":       {"ecdsa+sha1", "sha1", crypto.SHA1, ecdsaASN1},
	"1.2.840.10045.4.3.1":     {"ecdsa+sha224", "sha224", crypto.SHA224, ecdsaASN1},
	"1.2.840.10045.4.3.2":     {"ecdsa+sha256", "sha256", crypto.SHA256, ecdsaASN1},
	"1.2.840.10045.4.3.3":     {"ecdsa+sha384", "sha384", crypto.SHA384, ecdsaASN1},
	"1.2.840.10045.4.3.4":     {"ecdsa+sha512", "sha512", crypto.SHA512, ecdsaASN1},
	"1.2.840.10040.4.3":       {"dsa+sha1", "sha1", 0, unverifiable},
	"2.16.840.1.101.3.4.3.1":  {"dsa+sha224", "sha224", 0, unverifiable},
	"2.16.840.1.101.3.4.3.2":  {"dsa+sha256", "sha256", 0, unverifiable},
	"1.3.101.112":             {"ed25519", "intrinsic", 0, edwards},
	"1.3.101.113":             {"ed448", "intrinsic", 0, unverifiable},
	"2.16.840.1.101.3.4.3.17": {"ml-dsa-44", "intrinsic", 0, unverifiable},
	"2.16.840.1.101.3.4.3.18": {"ml-dsa-65", "intrinsic", 0, unverifiable},
	"2.16.840.1.101.3.4.3.19": {"ml-dsa-87", "intrinsic", 0, unverifiable},
}

const oidPSS = "1.2.840.113549.1.1.10"

// pssHashes lists the hashes of RSASSA-PSS parameters (RFC 4055 section 2.1).
var pssHashes = map[string]scheme{
	"1.3.14.3.2.26":          {"rsa-pss+sha1", "sha1", crypto.SHA1, pss},
	"2.16.840.1.101.3.4.2.4": {"rsa-pss+sha224", "sha224", crypto.SHA224, pss},
	"2.16.840.1.101.3.4.2.1": {"rsa-pss+sha256", "sha256", crypto.SHA256, pss},
	"2.16.840.1.101.3.4.2.2": {"rsa-pss+sha384", "sha384", crypto.SHA384, pss},
	"2.16.840.1.101.3.4.2.3": {"rsa-pss+sha512", "sha512", crypto.SHA512, pss},
}

// schemeOf names a signature algorithm; an unknown one by its OID.
func schemeOf(a algorithm) scheme {
	oid := a.OID.String()
	if s, ok := schemes[oid]; ok {
		return s
	}
	if oid != oidPSS {
		return scheme{pair: clip(oid)}
	}
	var p struct {
		Hash algorithm `asn1:"optional,explicit,tag:0"`
	}
	if len(a.Parameters.FullBytes) > 0 {
		if _, err := asn1.Unmarshal(a.Parameters.FullBytes, &p); err != nil {
			return scheme{pair: oidPSS}
		}
	}
	if len(p.Hash.OID) == 0 {
		return pssHashes["1.3.14.3.2.26"] // the DEFAULT of RFC 4055 is SHA-1
	}
	if s, ok := pssHashes[p.Hash.OID.String()]; ok {
		return s
	}
	return scheme{pair: oidPSS}
}

// saltOf returns the salt length of an RSASSA-PSS signature in bytes, 20 by
// default (RFC 4055 section 3.1), or 0 if it is none or could not be read.
func saltOf(a algorithm, s scheme) int {
	if s.kind != pss {
		return 0
	}
	p := struct {
		Hash    asn1.RawValue `asn1:"optional,explicit,tag:0"`
		MGF     asn1.RawValue `asn1:"optional,explicit,tag:1"`
		Salt    int           `asn1:"optional,explicit,tag:2,default:20"`
		Trailer int           `asn1:"optional,explicit,tag:3,default:1"`
	}{Salt: 20}
	if len(a.Parameters.FullBytes) == 0 {
		return p.Salt
	}
	if _, err := asn1.Unmarshal(a.Parameters.FullBytes, &p); err != nil || p.Salt < 0 || p.Salt > maxModulusBits/8 {
		return 0
	}
	return p.Salt
}

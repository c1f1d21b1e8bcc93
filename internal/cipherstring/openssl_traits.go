package cipherstring

import (
	"tlsaudit/audit"
	"tlsaudit/internal/tlsreg"
)

// mask is a set of algorithms of one kind, as cipher strings combine them:
// joining words with + intersects their masks, kind by kind.
type mask uint32

// Key exchanges.
const (
	kRSA mask = 1 << iota
	kDHE
	kECDHE
	kPSK
	kRSAPSK
	kDHEPSK
	kECDHEPSK
	kSRP
	kDHr // static Diffie-Hellman and ECDH, 1.0.2 only; r and d, e name the
	kDHd // algorithm that signed the certificate
	kECDHr
	kECDHe
)

// Authentication.
const (
	aRSA mask = 1 << iota
	aDSS
	aECDSA
	aPSK
	aSRP
	aNULL
	aDH   // 1.0.2: the certificate holds a static key
	aECDH //
)

// Encryption.
const (
	eNULL mask = 1 << iota
	eRC4
	e3DES
	eIDEA
	eSEED
	eAES128
	eAES256
	eAES128GCM
	eAES256GCM
	eAES128CCM
	eAES256CCM
	eAES128CCM8
	eAES256CCM8
	eCAMELLIA128
	eCAMELLIA256
	eARIA128GCM
	eARIA256GCM
	eCHACHA20

	eAESGCM = eAES128GCM | eAES256GCM
	eAESCCM = eAES128CCM | eAES256CCM | eAES128CCM8 | eAES256CCM8
	eAES    = eAES128 | eAES256 | eAESGCM | eAESCCM
	eCBC    = e3DES | eIDEA | eSEED | eAES128 | eAES256 | eCAMELLIA128 | eCAMELLIA256
)

// Message authentication.
const (
	mMD5 mask = 1 << iota
	mSHA1
	mSHA256
	mSHA384
	mAEAD
)

// Strength classes. FIPS is one of them, so that FIPS+HIGH selects nothing.
const (
	cNONE mask = 1 << iota
	cLOW
	cMEDIUM
	cHIGH
	cFIPS
	cNotDefault // apart from the others: cStrong are those above

	cStrong = cNONE | cLOW | cMEDIUM | cHIGH | cFIPS
)

// traits are a suite, or the meaning of a word, in the terms of cipher strings.
// In a word, zero means any.
type traits struct {
	key, auth, enc, mac, class mask
	// min is the first version of the suite; words demand equality.
	min audit.Version
	// bits is the strength used by @STRENGTH.
	bits int
}

var keyMasks = map[string]mask{
	"RSA": kRSA, "DHE": kDHE, "ECDHE": kECDHE, "SRP": kSRP,
	"PSK": kPSK, "RSA PSK": kRSAPSK, "DHE PSK": kDHEPSK, "ECDHE PSK": kECDHEPSK,
	"DH RSA": kDHr, "DH DSS": kDHd, "ECDH RSA": kECDHr, "ECDH ECDSA": kECDHe,
}

var authMasks = map[string]mask{
	"RSA": aRSA, "DSS": aDSS, "ECDSA": aECDSA, "PSK": aPSK, "SRP": aSRP, "anon": aNULL,
}

var macMasks = map[string]mask{
	"MD5": mMD5, "SHA1": mSHA1, "SHA256": mSHA256, "SHA384": mSHA384, "AEAD": mAEAD,
}

var encMasks = map[string]mask{
	"NULL": eNULL, "RC4": eRC4, "3DES": e3DES, "IDEA": eIDEA, "SEED": eSEED, "CHACHA20": eCHACHA20,
	"AES CBC 128": eAES128, "AES CBC 256": eAES256, "AES GCM 128": eAES128GCM, "AES GCM 256": eAES256GCM,
	"AES CCM 128": eAES128CCM, "AES CCM 256": eAES256CCM, "AES CCM-8 128": eAES128CCM8, "AES CCM-8 256": eAES256CCM8,
	"CAMELLIA CBC 128": eCAMELLIA128, "CAMELLIA CBC 256": eCAMELLIA256,
	"ARIA GCM 128": eARIA128GCM, "ARIA GCM 256": eARIA256GCM,
}

// traits describes a suite as version v sees it; false if its default build
// does not have it. Suites of TLS 1.3 are not selected by cipher strings.
func (v OpenSSLVersion) traits(s tlsreg.Suite) (traits, bool) {
	t := traits{
		key: keyMasks[s.KX], auth: authMasks[s.Auth], enc: encMasks[s.Enc], mac: macMasks[s.MAC],
		min: s.Min, bits: s.StrengthBits,
	}
	if t.key == 0 || s.Auth == "PSK" && s.KX != "PSK" || s.KX == "DH" || s.KX == "ECDH" {
		t.key = keyMasks[s.KX+" "+s.Auth]
	}
	if t.enc == 0 {
		t.enc = encMasks[s.Enc+" "+s.Mode+" "+bitsWord(s.Bits)]
	}
	if s.Status == "sslv2" || s.OpenSSL == "" || s.Export || s.Min == audit.TLSv13 || t.key == 0 || t.auth == 0 || t.enc == 0 || t.mac == 0 {
		return traits{}, false
	}
	switch t.key {
	case kRSAPSK:
		t.auth = aRSA // the server shows a certificate
	case kDHr, kDHd:
		t.auth = aDH
	case kECDHr, kECDHe:
		t.auth = aECDH
	}
	// OpenSSL dates suites by the code that first carried them, not by RFC.
	if t.min < audit.TLSv12 {
		t.min = audit.TLSv10
		if v == OpenSSL102 || t.mac&(mSHA1|mMD5) != 0 && t.key&(kECDHE|kECDHEPSK) == 0 {
			t.min = audit.SSLv3
		}
	}
	if v.since(OpenSSL32) && t.enc&(eAES128CCM8|eAES256CCM8) != 0 {
		t.bits = 64
	}
	t.class = v.class(t)
	return t, v.compiled(s, t)
}

func bitsWord(bits int) string {
	if bits == 256 {
		return "256"
	}
	return "128"
}

// class returns the strength classes of a suite.
func (v OpenSSLVersion) class(t traits) mask {
	var c mask
	switch {
	case t.enc == eNULL:
		return cNONE
	case t.enc&(eRC4|e3DES|eIDEA|eSEED) != 0:
		c = cMEDIUM
	default:
		c = cHIGH
	}
	if t.enc&(eAES128|eAES256|eAESGCM) != 0 && t.key != kSRP {
		c |= cFIPS
	}
	const notDefault = eRC4 | e3DES | eIDEA | eSEED | eCAMELLIA128 | eCAMELLIA256 | eAESCCM | eARIA128GCM | eARIA256GCM
	if t.enc&notDefault != 0 || t.auth&(aNULL|aDSS) != 0 {
		c |= cNotDefault
	}
	return c
}

// compiled reports whether the default build of v has a suite.
func (v OpenSSLVersion) compiled(s tlsreg.Suite, t traits) bool {
	// A name nobody has seen printed belongs to a suite nobody has built in.
	if s.Status != "iana" || s.OpenSSLSource == "testssl-map" {
		return false
	}
	static := t.key&(kDHr|kDHd|kECDHr|kECDHe) != 0
	switch v {
	case OpenSSL102:
		if t.enc&(eAESCCM|eCHACHA20|eARIA128GCM|eARIA256GCM) != 0 || t.key&(kRSAPSK|kDHEPSK|kECDHEPSK) != 0 {
			return false
		}
		// Camellia came before its SHA-2 and elliptic curve suites, and
		// pre-shared keys before AEAD and NULL.
		if t.enc&(eCAMELLIA128|eCAMELLIA256) != 0 || t.key == kPSK {
			return t.mac == mSHA1 && t.enc != eNULL && t.key&(kECDHr|kECDHe|kECDHE) == 0
		}
		return true
	case OpenSSL111:
		return !static && t.enc&(eRC4|e3DES) == 0
	}
	return !static && t.enc&(eRC4|e3DES|eIDEA|eSEED) == 0
}

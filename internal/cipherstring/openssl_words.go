package cipherstring

import "tlsaudit/audit"

// word is a keyword of cipher strings. Case matters, as in OpenSSL.
type word struct {
	name string
	traits
	// from and to are the first and last class that knows the word; empty is
	// the oldest, and the newest.
	from, to OpenSSLVersion
	// absent is the first class whose default build lacks the algorithm; there
	// the word is as good as unknown. Empty: always there.
	absent OpenSSLVersion
}

const always = OpenSSL102

// opensslWords is the vocabulary beside the names of suites: openssl-ciphers(1)
// of each version.
var opensslWords = []word{
	{name: "ALL", traits: traits{enc: ^eNULL}},
	{name: "COMPLEMENTOFALL", traits: traits{enc: eNULL}},
	{name: "COMPLEMENTOFDEFAULT", traits: traits{auth: aNULL, enc: ^eNULL}, to: OpenSSL102},
	{name: "COMPLEMENTOFDEFAULT", traits: traits{class: cNotDefault}, from: OpenSSL111},

	{name: "kRSA", traits: traits{key: kRSA}},
	{name: "kEDH", traits: traits{key: kDHE}},
	{name: "kDHE", traits: traits{key: kDHE}},
	{name: "DH", traits: traits{key: kDHE | kDHr | kDHd}},
	{name: "kEECDH", traits: traits{key: kECDHE}},
	{name: "kECDHE", traits: traits{key: kECDHE}},
	{name: "ECDH", traits: traits{key: kECDHE | kECDHr | kECDHe}},
	{name: "kDHr", traits: traits{key: kDHr}, to: OpenSSL102},
	{name: "kDHd", traits: traits{key: kDHd}, to: OpenSSL102},
	{name: "kDH", traits: traits{key: kDHr | kDHd}, to: OpenSSL102},
	{name: "kECDHr", traits: traits{key: kECDHr}, to: OpenSSL102},
	{name: "kECDHe", traits: traits{key: kECDHe}, to: OpenSSL102},
	{name: "kECDH", traits: traits{key: kECDHr | kECDHe}, to: OpenSSL102},
	{name: "kPSK", traits: traits{key: kPSK}},
	{name: "kRSAPSK", traits: traits{key: kRSAPSK}, from: OpenSSL111},
	{name: "kECDHEPSK", traits: traits{key: kECDHEPSK}, from: OpenSSL111},
	{name: "kDHEPSK", traits: traits{key: kDHEPSK}, from: OpenSSL111},
	{name: "kSRP", traits: traits{key: kSRP}},
	{name: "kGOST", absent: always},
	{name: "kGOST18", from: OpenSSL30, absent: always},
	{name: "kKRB5", to: OpenSSL102, absent: always},

	{name: "aRSA", traits: traits{auth: aRSA}},
	{name: "aDSS", traits: traits{auth: aDSS}},
	{name: "DSS", traits: traits{auth: aDSS}},
	{name: "aNULL", traits: traits{auth: aNULL}},
	{name: "aECDSA", traits: traits{auth: aECDSA}},
	{name: "ECDSA", traits: traits{auth: aECDSA}},
	{name: "aPSK", traits: traits{auth: aPSK}},
	{name: "aSRP", traits: traits{auth: aSRP}},
	{name: "aDH", traits: traits{auth: aDH}, to: OpenSSL102},
	{name: "aECDH", traits: traits{auth: aECDH}, to: OpenSSL102},
	{name: "aGOST", absent: always},
	{name: "aGOST01", absent: always},
	{name: "aGOST12", from: OpenSSL111, absent: always},
	{name: "aKRB5", to: OpenSSL102, absent: always},

	{name: "EDH", traits: traits{key: kDHE, auth: ^aNULL}},
	{name: "DHE", traits: traits{key: kDHE, auth: ^aNULL}},
	{name: "EECDH", traits: traits{key: kECDHE, auth: ^aNULL}},
	{name: "ECDHE", traits: traits{key: kECDHE, auth: ^aNULL}},
	{name: "NULL", traits: traits{enc: eNULL}},
	{name: "RSA", traits: traits{key: kRSA, auth: aRSA}},
	{name: "ADH", traits: traits{key: kDHE, auth: aNULL}},
	{name: "AECDH", traits: traits{key: kECDHE, auth: aNULL}},
	{name: "PSK", traits: traits{key: kPSK, auth: aPSK}, to: OpenSSL102},
	{name: "PSK", traits: traits{key: kPSK | kRSAPSK | kDHEPSK | kECDHEPSK}, from: OpenSSL111},
	{name: "SRP", traits: traits{key: kSRP}},
	{name: "KRB5", to: OpenSSL102, absent: always},

	{name: "DES", to: OpenSSL102, absent: always},
	{name: "3DES", traits: traits{enc: e3DES}},
	{name: "RC4", traits: traits{enc: eRC4}, absent: OpenSSL30},
	{name: "RC2", absent: always},
	{name: "IDEA", traits: traits{enc: eIDEA}, absent: OpenSSL30},
	{name: "SEED", traits: traits{enc: eSEED}, absent: OpenSSL30},
	{name: "eNULL", traits: traits{enc: eNULL}},
	{name: "GOST", from: OpenSSL111, absent: always},
	{name: "AES128", traits: traits{enc: eAES128 | eAES128GCM | eAES128CCM | eAES128CCM8}},
	{name: "AES256", traits: traits{enc: eAES256 | eAES256GCM | eAES256CCM | eAES256CCM8}},
	{name: "AES", traits: traits{enc: eAES}},
	{name: "AESGCM", traits: traits{enc: eAESGCM}},
	{name: "AESCCM", traits: traits{enc: eAESCCM}, from: OpenSSL111},
	{name: "AESCCM8", traits: traits{enc: eAES128CCM8 | eAES256CCM8}, from: OpenSSL111},
	{name: "CAMELLIA128", traits: traits{enc: eCAMELLIA128}},
	{name: "CAMELLIA256", traits: traits{enc: eCAMELLIA256}},
	{name: "CAMELLIA", traits: traits{enc: eCAMELLIA128 | eCAMELLIA256}},
	{name: "CHACHA20", traits: traits{enc: eCHACHA20}, from: OpenSSL111},
	{name: "ARIA", traits: traits{enc: eARIA128GCM | eARIA256GCM}, from: OpenSSL111},
	{name: "ARIAGCM", traits: traits{enc: eARIA128GCM | eARIA256GCM}, from: OpenSSL111},
	{name: "ARIA128", traits: traits{enc: eARIA128GCM}, from: OpenSSL111},
	{name: "ARIA256", traits: traits{enc: eARIA256GCM}, from: OpenSSL111},
	{name: "CBC", traits: traits{enc: eCBC}, from: OpenSSL30},

	{name: "MD5", traits: traits{mac: mMD5}},
	{name: "SHA1", traits: traits{mac: mSHA1}},
	{name: "SHA", traits: traits{mac: mSHA1}},
	{name: "SHA256", traits: traits{mac: mSHA256}},
	{name: "SHA384", traits: traits{mac: mSHA384}},
	{name: "GOST94", absent: always},
	{name: "GOST89MAC", absent: always},
	{name: "GOST12", from: OpenSSL111, absent: always},

	{name: "SSLv2", to: OpenSSL102, absent: always},
	{name: "SSLv3", traits: traits{min: audit.SSLv3}},
	// In 1.0.2 TLSv1 is the same as SSLv3: the suites before TLS 1.2.
	{name: "TLSv1", traits: traits{min: audit.SSLv3}, to: OpenSSL102},
	{name: "TLSv1", traits: traits{min: audit.TLSv10}, from: OpenSSL111},
	{name: "TLSv1.0", traits: traits{min: audit.TLSv10}, from: OpenSSL111},
	{name: "TLSv1.2", traits: traits{min: audit.TLSv12}},

	{name: "EXP", to: OpenSSL102, absent: always},
	{name: "EXPORT", to: OpenSSL102, absent: always},
	{name: "EXPORT40", to: OpenSSL102, absent: always},
	{name: "EXPORT56", to: OpenSSL102, absent: always},
	{name: "LOW", traits: traits{class: cLOW}},
	{name: "MEDIUM", traits: traits{class: cMEDIUM}},
	{name: "HIGH", traits: traits{class: cHIGH}},
	{name: "FIPS", traits: traits{enc: ^eNULL, class: cFIPS}},

	// Old spellings that stand for their algorithms even where no such suite is
	// compiled in.
	{name: "EDH-DSS-DES-CBC3-SHA", traits: traits{key: kDHE, auth: aDSS, enc: e3DES, mac: mSHA1, class: cHIGH | cFIPS}, from: OpenSSL111},
	{name: "EDH-RSA-DES-CBC3-SHA", traits: traits{key: kDHE, auth: aRSA, enc: e3DES, mac: mSHA1, class: cHIGH | cFIPS}, from: OpenSSL111},
}

// lookup is what became of a word.
type lookup int

const (
	unknownWord lookup = iota // no version uses it
	absentWord                // known, but nothing of it is compiled in
	knownWord
)

// word returns the meaning of a keyword.
func (v OpenSSLVersion) word(name string) (traits, lookup) {
	found := unknownWord
	for _, w := range opensslWords {
		if w.name != name {
			continue
		}
		if w.from != "" && !v.since(w.from) || w.to != "" && v.since(w.to) && v != w.to || w.absent != "" && v.since(w.absent) {
			found = absentWord
			continue
		}
		return w.traits, knownWord
	}
	return traits{}, found
}

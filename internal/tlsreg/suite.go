package tlsreg

import (
	_ "embed"
	"strings"
	"sync"

	"tlsaudit/audit"
)

// Suite is one cipher suite, SSLv2 cipher kind, signalling value or GREASE
// value. A field that does not apply, or is unknown, is empty.
type Suite struct {
	Code audit.Code
	// Name is the IANA name; for unregistered suites the name of the draft.
	Name string
	// OpenSSL, GnuTLS, JSSE and GSKit are the spellings of those libraries.
	// IBM's JSSE writes SSL_ for TLS_ in every suite before TLS 1.3.
	OpenSSL, GnuTLS, JSSE, GSKit string
	// OpenSSLAliases are further spellings OpenSSL reads, such as EDH- for DHE-.
	OpenSSLAliases []string
	// OpenSSLSource is where the OpenSSL name is known from: "3.0" or "1.0.2",
	// printed by that program, or "testssl-map", a mapping table nobody ran.
	OpenSSLSource string
	// IHSShort is the short code of IBM HTTP Server's SSLCipherSpec.
	IHSShort string
	// GSKitSource says how well the names of GSKit and IBM HTTP Server are known.
	GSKitSource string
	// Status is "iana", "scsv", "unregistered", "sslv2" or "grease".
	Status string
	// KX, Auth, Enc, Mode, MAC and PRF take the name apart: KX "ECDHE" or "any"
	// (TLS 1.3), Auth "RSA", "anon", "PSK", Enc "AES", "3DES", Mode "GCM",
	// "CBC", "stream", MAC "AEAD" or a hash, PRF a hash or "default".
	KX, Auth, Enc, Mode, MAC, PRF string
	// Bits is the key length of the bulk cipher, StrengthBits its effective
	// strength (3DES: 168 and 112).
	Bits, StrengthBits int
	// AEAD, PFS and Export: authenticated encryption, forward secrecy (true
	// for TLS 1.3), limited by the export rules of the 1990s.
	AEAD, PFS, Export bool
	// Min and Max bound the versions in which the specification allows the
	// suite; 0 if unknown. Servers in the field go further: never use them to
	// leave a suite out of a hello.
	Min, Max audit.Version
	// Recommended is IANA's column: "Y", "N", or "D" for discouraged.
	Recommended string
	// RecommendedSource is the document behind Recommended: "IANA", "RFC9847",
	// "RFC10015".
	RecommendedSource string
	// DTLS is IANA's column DTLS-OK, "Y" or "N"; empty if unknown.
	DTLS string
	// CSInfo is the class by the rating rule of ciphersuite.info: "recommended",
	// "secure", "weak", "insecure".
	CSInfo string
	// RFC10015 is the deprecation list of RFC 10015 that names the suite:
	// "RSA", "DH", "DHE", "ECDH", or empty.
	RFC10015 string
	// Class102 and Class3 are the OpenSSL classes (HIGH, MEDIUM ...) in 1.0.2
	// and 3.x.
	Class102, Class3 string
	// Reference is the defining document, Note a remark.
	Reference, Note string
}

//go:embed data/ciphersuites.csv
var suiteTable string

type suiteRegistry struct {
	list   []Suite
	byCode map[audit.Code]int
	byName index
}

var suites = sync.OnceValue(func() *suiteRegistry {
	r := &suiteRegistry{byCode: map[audit.Code]int{}, byName: index{}}
	for _, row := range rows(suiteTable) {
		// The SSLv2 kind 00 00 00 is, as a number, TLS_NULL_WITH_NULL_NULL, which
		// in an SSLv2 hello is written with the same three bytes. The TLS row
		// stands first and keeps the code.
		if _, taken := r.byCode[row.code()]; !taken {
			r.byCode[row.code()] = len(r.list)
		}
		r.list = append(r.list, suiteOf(row))
	}
	// Registered names bind first, then vendors', and those of SSLv2 last of
	// all: RC4-MD5 in a cipher string means the TLS suite today.
	for i, s := range r.list {
		r.byName.add(i, s.Name)
	}
	for _, sslv2 := range []bool{false, true} {
		for i, s := range r.list {
			if (s.Status == "sslv2") == sslv2 {
				r.byName.add(i, s.OpenSSL, s.GnuTLS, s.JSSE, s.GSKit)
				r.byName.add(i, s.OpenSSLAliases...)
			}
		}
	}
	for i, s := range r.list {
		r.byName.add(i, s.IBMJSSE(), s.IHSShort)
	}
	return r
})

// IBMJSSE returns the spelling of IBM's JSSE if it is not that of OpenJDK: SSL_
// for TLS_ in suites before TLS 1.3. Otherwise it is empty.
func (s Suite) IBMJSSE() string {
	rest, ok := strings.CutPrefix(s.JSSE, "TLS_")
	if !ok || s.Min == audit.TLSv13 {
		return ""
	}
	return "SSL_" + rest
}

func suiteOf(r row) Suite {
	return Suite{
		Code:              r.code(),
		Name:              r.text("iana_name"),
		OpenSSL:           r.text("openssl_name"),
		OpenSSLAliases:    r.list("openssl_alt_names"),
		OpenSSLSource:     r.text("openssl_name_source"),
		GnuTLS:            r.text("gnutls_name"),
		JSSE:              r.text("jsse_name"),
		GSKit:             r.text("gskit_long_name"),
		IHSShort:          r.text("ihs_short_code"),
		GSKitSource:       r.text("gskit_source"),
		Status:            r.text("status"),
		KX:                r.text("kx"),
		Auth:              r.text("auth"),
		Enc:               r.text("enc"),
		Mode:              r.text("mode"),
		MAC:               r.text("mac"),
		PRF:               r.text("prf_hash"),
		Bits:              r.int("bits"),
		StrengthBits:      r.int("strength_bits"),
		AEAD:              r.bool("aead"),
		PFS:               r.bool("pfs"),
		Export:            r.bool("export"),
		Min:               r.version("min_proto"),
		Max:               r.version("max_proto"),
		Recommended:       r.text("iana_recommended"),
		RFC10015:          r.text("rfc10015_section"),
		DTLS:              r.text("dtls_ok"),
		CSInfo:            r.text("csinfo_class"),
		RecommendedSource: r.text("iana_recommended_source"),
		Class102:          r.text("openssl_class_102"),
		Class3:            r.text("openssl_class_3"),
		Reference:         r.text("reference"),
		Note:              r.text("notes"),
	}
}

// Suites returns every entry of the table in its order: registered suites by
// code first, then unregistered ones, SSLv2 kinds and GREASE values.
func Suites() []Suite { return suites().list }

// SuiteByCode returns the suite with the given code.
func SuiteByCode(c audit.Code) (Suite, bool) {
	i, ok := suites().byCode[c]
	if !ok {
		return Suite{}, false
	}
	return suites().list[i], true
}

// SuiteByName returns the suite with the given name in any vendor's spelling,
// or by its number as ParseCode reads it.
func SuiteByName(name string) (Suite, bool) {
	if i, ok := suites().byName.find(name); ok {
		return suites().list[i], true
	}
	if c, err := ParseCode(name); err == nil {
		return SuiteByCode(c)
	}
	return Suite{}, false
}

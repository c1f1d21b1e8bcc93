package main

import (
	"fmt"
	"strings"

	"tlsaudit/audit"
	"tlsaudit/internal/tlsreg"
)

// column is one property of a registry entry. Table, card, CSV and JSON are
// derived from the same list of them.
type column[T any] struct {
	// key names it in CSV and JSON, title in tables; about in cards.
	key, title, about string
	// width is the least width of the output, in columns, from which a table
	// shows it; 0 never.
	width int
	value func(T) any
}

const (
	narrow = 80
	wide   = 120
	wider  = 140
	widest = 200
)

// suiteColumns is the Rosetta table.
var suiteColumns = []column[tlsreg.Suite]{
	{"code", "CODE", "", narrow, func(s tlsreg.Suite) any { return s.Code.String() }},
	{"name", "NAME", "", narrow, func(s tlsreg.Suite) any { return s.Name }},
	{"openssl", "OPENSSL", "OpenSSL", wide, func(s tlsreg.Suite) any { return s.OpenSSL }},
	{"openssl_aliases", "", "OpenSSL, also", 0, func(s tlsreg.Suite) any { return s.OpenSSLAliases }},
	{"openssl_source", "", "OpenSSL name from", 0, func(s tlsreg.Suite) any { return s.OpenSSLSource }},
	{"gnutls", "GNUTLS", "GnuTLS", widest, func(s tlsreg.Suite) any { return s.GnuTLS }},
	{"jsse", "", "Java", 0, func(s tlsreg.Suite) any { return s.JSSE }},
	{"ibm_jsse", "", "IBM Java", 0, func(s tlsreg.Suite) any { return s.IBMJSSE() }},
	{"gskit", "", "GSKit, IHS", 0, func(s tlsreg.Suite) any { return s.GSKit }},
	{"ihs_short", "IHS", "IHS short", widest, func(s tlsreg.Suite) any { return s.IHSShort }},
	{"gskit_source", "", "GSKit name from", 0, func(s tlsreg.Suite) any { return s.GSKitSource }},
	{"status", "", "status", 0, func(s tlsreg.Suite) any { return s.Status }},
	{"kx", "", "key exchange", 0, func(s tlsreg.Suite) any { return s.KX }},
	{"auth", "", "authentication", 0, func(s tlsreg.Suite) any { return s.Auth }},
	{"enc", "", "cipher", 0, func(s tlsreg.Suite) any { return s.Enc }},
	{"mode", "", "mode", 0, func(s tlsreg.Suite) any { return s.Mode }},
	{"bits", "", "key bits", 0, func(s tlsreg.Suite) any { return s.Bits }},
	{"strength", "STR", "strength", narrow, func(s tlsreg.Suite) any { return s.StrengthBits }},
	{"mac", "", "MAC", 0, func(s tlsreg.Suite) any { return s.MAC }},
	{"prf", "", "PRF", 0, func(s tlsreg.Suite) any { return s.PRF }},
	{"aead", "AEAD", "AEAD", narrow, func(s tlsreg.Suite) any { return s.AEAD }},
	{"forward_secrecy", "FS", "forward secrecy", narrow, func(s tlsreg.Suite) any { return s.PFS }},
	{"export", "", "export grade", 0, func(s tlsreg.Suite) any { return s.Export }},
	{"versions", "VERSIONS", "versions", wider, func(s tlsreg.Suite) any { return versionRange(s.Min, s.Max) }},
	{"dtls", "", "DTLS", 0, func(s tlsreg.Suite) any { return s.DTLS }},
	{"recommended", "REC", "IANA recommended", narrow, func(s tlsreg.Suite) any { return s.Recommended }},
	{"recommended_source", "", "said by", 0, func(s tlsreg.Suite) any { return s.RecommendedSource }},
	{"rfc10015", "DEPR", "RFC 10015 list", wide, func(s tlsreg.Suite) any { return s.RFC10015 }},
	{"openssl_class_102", "", "OpenSSL 1.0.2 class", 0, func(s tlsreg.Suite) any { return s.Class102 }},
	{"openssl_class_3", "", "OpenSSL 3 class", 0, func(s tlsreg.Suite) any { return s.Class3 }},
	{"csinfo", "", "ciphersuite.info", 0, func(s tlsreg.Suite) any { return s.CSInfo }},
	{"reference", "", "reference", 0, func(s tlsreg.Suite) any { return s.Reference }},
	{"note", "", "note", 0, func(s tlsreg.Suite) any { return s.Note }},
}

var groupColumns = []column[tlsreg.Group]{
	{"code", "CODE", "", narrow, func(g tlsreg.Group) any { return g.Code.String() }},
	{"name", "NAME", "", narrow, func(g tlsreg.Group) any { return g.Name }},
	{"kind", "KIND", "kind", narrow, func(g tlsreg.Group) any { return g.Kind }},
	{"bits", "BITS", "bits", narrow, func(g tlsreg.Group) any { return g.Bits }},
	{"strength", "STR", "strength", narrow, func(g tlsreg.Group) any { return g.StrengthBits }},
	{"openssl", "OPENSSL", "OpenSSL", wide, func(g tlsreg.Group) any { return g.OpenSSL }},
	{"tls12", "", "TLS 1.2", 0, func(g tlsreg.Group) any { return g.TLS12 }},
	{"tls13", "TLS1.3", "TLS 1.3", wide, func(g tlsreg.Group) any { return g.TLS13 }},
	{"post_quantum", "PQ", "post-quantum", narrow, func(g tlsreg.Group) any { return g.PostQuantum }},
	{"recommended", "REC", "IANA recommended", narrow, func(g tlsreg.Group) any { return g.Recommended }},
	{"source", "", "source", 0, func(g tlsreg.Group) any { return g.Source }},
}

var schemeColumns = []column[tlsreg.Scheme]{
	{"code", "CODE", "", narrow, func(s tlsreg.Scheme) any { return s.Code.String() }},
	{"name", "NAME", "", narrow, func(s tlsreg.Scheme) any { return s.Name }},
	{"algorithm", "ALGORITHM", "algorithm", wide, func(s tlsreg.Scheme) any { return s.Algorithm }},
	{"hash", "HASH", "hash", wide, func(s tlsreg.Scheme) any { return s.Hash }},
	{"usable", "USABLE", "usable in TLS", narrow, func(s tlsreg.Scheme) any { return s.Usable }},
	{"post_quantum", "PQ", "post-quantum", narrow, func(s tlsreg.Scheme) any { return s.PostQuantum }},
	{"status", "STATUS", "status", narrow, func(s tlsreg.Scheme) any { return s.Status }},
	{"note", "", "note", 0, func(s tlsreg.Scheme) any { return s.Note }},
}

// versionRange is "TLSv1.2" or "SSLv3 to TLSv1.2", empty if unknown.
func versionRange(lowest, highest audit.Version) string {
	switch {
	case lowest == 0 && highest == 0:
		return ""
	case lowest == highest || highest == 0:
		return lowest.String()
	case lowest == 0:
		return "up to " + highest.String()
	}
	return lowest.String() + " to " + highest.String()
}

// plain is a value as text: lists joined, booleans as in the tables.
func plain(value any) string {
	switch v := value.(type) {
	case bool:
		if v {
			return "yes"
		}
		return "no"
	case []string:
		return strings.Join(v, " ")
	}
	return fmt.Sprint(value)
}

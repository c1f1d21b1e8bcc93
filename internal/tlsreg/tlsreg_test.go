package tlsreg

import (
	"crypto/tls"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tlsaudit/audit"
)

func TestCounts(t *testing.T) {
	byStatus := map[string]int{}
	for _, s := range Suites() {
		byStatus[s.Status]++
	}
	want := map[string]int{"iana": 354, "scsv": 2, "unregistered": 70, "sslv2": 13, "grease": 16}
	if diff := cmp.Diff(want, byStatus); diff != "" {
		t.Errorf("suites by status (-want +got):\n%s", diff)
	}
	if got := len(Groups()); got != 59 {
		t.Errorf("%d groups, want 59", got)
	}
	if got := len(Schemes()); got != 57 {
		t.Errorf("%d schemes, want 57", got)
	}
}

func TestUnique(t *testing.T) {
	seen := map[string]string{}
	once := func(kind, key, name string) {
		t.Helper()
		if other, ok := seen[kind+key]; ok {
			t.Errorf("%s %s belongs to %s and %s", kind, key, other, name)
		}
		seen[kind+key] = name
	}
	for _, s := range Suites() {
		if s.Name != "SSL_CK_NULL_WITH_MD5" { // shares 0x0000, see suites
			once("suite code", s.Code.String(), s.Name)
		}
		once("suite name", strings.ToUpper(s.Name), s.Name)
	}
	for _, g := range Groups() {
		once("group code", g.Code.String(), g.Name)
		once("group name", strings.ToUpper(g.Name), g.Name)
	}
	for _, s := range Schemes() {
		once("scheme code", s.Code.String(), s.Name)
		once("scheme name", strings.ToUpper(s.Name), s.Name)
	}
}

// Every spelling in the table must lead back to its own row. The exceptions
// are the OpenSSL names shared between TLS and SSLv2.
func TestEveryNameResolves(t *testing.T) {
	shared := map[string]bool{"NULL-MD5": true, "EXP-RC4-MD5": true, "RC4-MD5": true, "EXP-RC2-CBC-MD5": true, "DES-CBC-SHA": true, "DES-CBC3-SHA": true}
	for _, s := range Suites() {
		names := append([]string{s.Name, s.OpenSSL, s.GnuTLS, s.JSSE, s.GSKit, s.IHSShort, strings.ToLower(s.Name)}, s.OpenSSLAliases...)
		for _, name := range names {
			if name == "" || s.Status == "sslv2" && shared[name] {
				continue
			}
			if got, ok := SuiteByName(name); !ok || got.Code != s.Code {
				t.Errorf("%s %q leads to %s %s", s.Code, name, got.Code, got.Name)
			}
		}
		if got, ok := SuiteByCode(s.Code); !ok || got.Name != s.Name && s.Name != "SSL_CK_NULL_WITH_MD5" {
			t.Errorf("SuiteByCode(%s) = %s", s.Code, got.Name)
		}
	}
	for _, g := range Groups() {
		for _, name := range append([]string{g.Name, g.Code.String()}, g.OpenSSL...) {
			if got, ok := GroupByName(name); !ok || got.Code != g.Code {
				t.Errorf("group %s %q leads to %s", g.Code, name, got.Code)
			}
		}
	}
	for _, s := range Schemes() {
		for _, name := range []string{s.Name, s.Code.String()} {
			if got, ok := SchemeByName(name); !ok || got.Code != s.Code {
				t.Errorf("scheme %s %q leads to %s", s.Code, name, got.Code)
			}
		}
	}
}

func TestSpotValues(t *testing.T) {
	tests := []struct {
		name string
		want Suite
	}{
		{"ECDHE-RSA-AES128-GCM-SHA256", Suite{Code: 0xC02F, Name: "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256", KX: "ECDHE", Auth: "RSA", Enc: "AES", Mode: "GCM", MAC: "AEAD", StrengthBits: 128, AEAD: true, PFS: true, Min: audit.TLSv12, Max: audit.TLSv12, Recommended: "Y"}},
		{"SSL_RSA_WITH_3DES_EDE_CBC_SHA", Suite{Code: 0x000A, Name: "TLS_RSA_WITH_3DES_EDE_CBC_SHA", KX: "RSA", Auth: "RSA", Enc: "3DES", Mode: "CBC", MAC: "SHA1", StrengthBits: 112, Min: audit.SSLv3, Max: audit.TLSv12, Recommended: "D", RFC10015: "RSA"}},
		{"SSL_ECDHE_RSA_WITH_AES_128_GCM_SHA256", Suite{Code: 0xC02F, Name: "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256", KX: "ECDHE", Auth: "RSA", Enc: "AES", Mode: "GCM", MAC: "AEAD", StrengthBits: 128, AEAD: true, PFS: true, Min: audit.TLSv12, Max: audit.TLSv12, Recommended: "Y"}},
		{"0x13,0x03", Suite{Code: 0x1303, Name: "TLS_CHACHA20_POLY1305_SHA256", KX: "any", Auth: "any", Enc: "CHACHA20", Mode: "POLY1305", MAC: "AEAD", StrengthBits: 256, AEAD: true, PFS: true, Min: audit.TLSv13, Max: audit.TLSv13, Recommended: "Y"}},
		{"35b", Suite{Code: 0x0035, Name: "TLS_RSA_WITH_AES_256_CBC_SHA", KX: "RSA", Auth: "RSA", Enc: "AES", Mode: "CBC", MAC: "SHA1", StrengthBits: 256, Min: audit.SSLv3, Max: audit.TLSv12, Recommended: "D", RFC10015: "RSA"}},
		{"RC4-MD5", Suite{Code: 0x0004, Name: "TLS_RSA_WITH_RC4_128_MD5", KX: "RSA", Auth: "RSA", Enc: "RC4", Mode: "stream", MAC: "MD5", StrengthBits: 128, Min: audit.SSLv3, Max: audit.TLSv12, Recommended: "D", RFC10015: "RSA"}},
	}
	for _, tt := range tests {
		s, ok := SuiteByName(tt.name)
		if !ok {
			t.Errorf("%s: not found", tt.name)
			continue
		}
		got := Suite{Code: s.Code, Name: s.Name, KX: s.KX, Auth: s.Auth, Enc: s.Enc, Mode: s.Mode, MAC: s.MAC, StrengthBits: s.StrengthBits,
			AEAD: s.AEAD, PFS: s.PFS, Min: s.Min, Max: s.Max, Recommended: s.Recommended, RFC10015: s.RFC10015}
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.name, diff)
		}
	}
	if g, ok := GroupByName("prime256v1"); !ok || g.Name != "secp256r1" || g.StrengthBits != 128 || !g.TLS13 {
		t.Errorf("prime256v1 = %+v", g)
	}
	if g, ok := GroupByCode(0x11EC); !ok || g.Name != "X25519MLKEM768" || !g.PostQuantum {
		t.Errorf("0x11EC = %+v", g)
	}
	if s, ok := SchemeByCode(0x0201); !ok || s.Name != "rsa_pkcs1_sha1" || s.Hash != "sha1" || s.Status == "" {
		t.Errorf("0x0201 = %+v", s)
	}
}

func TestUnknown(t *testing.T) {
	for _, name := range []string{"", " ", "TLS_NOT_A_SUITE", "0xFFFFFFFF", "0x", "C02F,"} {
		if s, ok := SuiteByName(name); ok {
			t.Errorf("SuiteByName(%q) = %s", name, s.Name)
		}
		if g, ok := GroupByName(name); ok {
			t.Errorf("GroupByName(%q) = %s", name, g.Name)
		}
		if s, ok := SchemeByName(name); ok {
			t.Errorf("SchemeByName(%q) = %s", name, s.Name)
		}
	}
	if _, ok := SuiteByCode(0xABCD); ok {
		t.Error("SuiteByCode(0xABCD) found something")
	}
}

// Go's own TLS library is an independent list of what must resolve.
func TestAgreesWithGo(t *testing.T) {
	for _, c := range append(tls.CipherSuites(), tls.InsecureCipherSuites()...) {
		s, ok := SuiteByCode(audit.Code(c.ID))
		if !ok || s.Name != c.Name {
			t.Errorf("Go's %s %04X is %q here", c.Name, c.ID, s.Name)
		}
	}
	curves := map[tls.CurveID]string{tls.CurveP256: "secp256r1", tls.CurveP384: "secp384r1", tls.CurveP521: "secp521r1", tls.X25519: "x25519",
		tls.X25519MLKEM768: "X25519MLKEM768", tls.SecP256r1MLKEM768: "SecP256r1MLKEM768", tls.SecP384r1MLKEM1024: "SecP384r1MLKEM1024"}
	for id, name := range curves {
		if g, ok := GroupByCode(audit.Code(id)); !ok || g.Name != name {
			t.Errorf("Go's curve %v (%04X) is %q here", id, uint16(id), g.Name)
		}
	}
	for _, id := range []tls.SignatureScheme{tls.PKCS1WithSHA256, tls.PKCS1WithSHA384, tls.PKCS1WithSHA512, tls.PSSWithSHA256, tls.PSSWithSHA384,
		tls.PSSWithSHA512, tls.ECDSAWithP256AndSHA256, tls.ECDSAWithP384AndSHA384, tls.ECDSAWithP521AndSHA512, tls.Ed25519, tls.PKCS1WithSHA1, tls.ECDSAWithSHA1} {
		if _, ok := SchemeByCode(audit.Code(id)); !ok {
			t.Errorf("Go's signature scheme %v (%04X) is missing", id, uint16(id))
		}
	}
}

func TestAlertName(t *testing.T) {
	for code, want := range map[uint8]string{0: "close_notify", 40: "handshake_failure", 70: "protocol_version", 80: "internal_error", 99: "unassigned(99)"} {
		if got := AlertName(code); got != want {
			t.Errorf("AlertName(%d) = %q, want %q", code, got, want)
		}
	}
}

func FuzzParseCode(f *testing.F) {
	f.Add("0xC0,0x2F")
	f.Add("0x010080")
	f.Fuzz(func(t *testing.T, s string) {
		c, err := ParseCode(s)
		if err != nil {
			return
		}
		if again, err := ParseCode(c.String()); err != nil || again != c {
			t.Errorf("ParseCode(%q) = %s, which reads back as %s, %v", s, c, again, err)
		}
	})
}

package cipherstring

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tlsaudit/audit"
	"tlsaudit/internal/tlsreg"
)

func suiteNames(list []tlsreg.Suite) string {
	var names []string
	for _, s := range list {
		names = append(names, s.Name)
	}
	return strings.Join(names, " ")
}

func TestJSSE(t *testing.T) {
	in := " SSL_ECDHE_RSA_WITH_AES_256_GCM_SHA384,TLS_AES_128_GCM_SHA256 , SSL_RSA_WITH_RC4_128_MD5\tTLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384 AES128-SHA\n tls_aes_128_gcm_sha256 FOO"
	sel, err := JSSE(in)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := suiteNames(sel.Suites), "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384 TLS_AES_128_GCM_SHA256 TLS_RSA_WITH_RC4_128_MD5"; got != want {
		t.Errorf("selects %s, want %s", got, want)
	}
	want := []Word{
		{"AES128-SHA", strings.Index(in, "AES128-SHA"), "not a name of Java, which calls the suite TLS_RSA_WITH_AES_128_CBC_SHA"},
		{"tls_aes_128_gcm_sha256", strings.Index(in, "tls_"), "case matters: TLS_AES_128_GCM_SHA256"},
		{"FOO", strings.Index(in, "FOO"), "unknown suite"},
	}
	if diff := cmp.Diff(want, sel.Ignored); diff != "" {
		t.Errorf("ignored (-want +got):\n%s", diff)
	}
	for _, s := range tlsreg.Suites() {
		for _, name := range []string{s.JSSE, s.IBMJSSE()} {
			if name == "" {
				continue
			}
			if sel, err := JSSE(name); err != nil || sel.Suites[0].Code != s.Code {
				t.Errorf("%s does not resolve: %v", name, err)
			}
		}
	}
	for _, in := range []string{"", " , ", "FOO"} {
		if _, err := JSSE(in); !errors.Is(err, ErrNoMatch) {
			t.Errorf("%q: %v", in, err)
		}
	}
}

func TestDisabled(t *testing.T) {
	d := ParseDisabled(`SSLv3, TLSv1, tlsv1.1, RC4, DH keySize < 1024, 3DES_EDE_CBC, anon, NULL, ECDH, TLS_RSA_*, SSL_RSA_WITH_DES_CBC_SHA`)
	for name, want := range map[string]bool{
		"TLS_RSA_WITH_RC4_128_SHA": false, "TLS_ECDHE_RSA_WITH_3DES_EDE_CBC_SHA": false, "TLS_DH_anon_WITH_AES_128_CBC_SHA": false,
		"TLS_RSA_WITH_NULL_SHA256": false, "TLS_ECDH_RSA_WITH_AES_128_CBC_SHA": false, "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA": true,
		"TLS_RSA_WITH_DES_CBC_SHA": false, "TLS_DHE_RSA_WITH_DES_CBC_SHA": true, "TLS_DHE_RSA_WITH_AES_128_CBC_SHA": true,
		"TLS_RSA_WITH_AES_128_GCM_SHA256": true, "TLS_AES_128_GCM_SHA256": true,
	} {
		s, _ := tlsreg.SuiteByName(name)
		if got := d.Permits(s); got != want {
			t.Errorf("%s permitted: %t, want %t", name, got, want)
		}
	}
	rsa, _ := tlsreg.SuiteByName("TLS_RSA_WITH_AES_128_GCM_SHA256")
	ecdhe, _ := tlsreg.SuiteByName("TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256")
	if d.PatternsPermit(rsa) || !d.PatternsPermit(ecdhe) {
		t.Error("TLS_RSA_* means RSA key exchange, and that only")
	}
	if diff := cmp.Diff([]string{"DH keySize < 1024"}, d.Constraints); diff != "" {
		t.Errorf("constraints (-want +got):\n%s", diff)
	}
	for v, want := range map[audit.Version]bool{audit.SSLv2: true, audit.SSLv3: false, audit.TLSv10: false, audit.TLSv11: false, audit.TLSv12: true, audit.TLSv13: true} {
		if got := d.PermitsVersion(v); got != want {
			t.Errorf("%s permitted: %t, want %t", v, got, want)
		}
	}
	export, _ := tlsreg.SuiteByName("TLS_RSA_EXPORT_WITH_RC4_40_MD5")
	if ParseDisabled("rsa_export").Permits(export) || ParseDisabled("RC4_40").Permits(export) || !ParseDisabled("RC4_128").Permits(export) {
		t.Error("RSA_EXPORT and RC4_40 disable EXP-RC4-MD5, RC4_128 does not")
	}
	// The hash of the key derivation counts, but for suites that end before TLS 1.2.
	sha256 := ParseDisabled("SHA256")
	cbc, _ := tlsreg.SuiteByName("TLS_RSA_WITH_AES_128_CBC_SHA")
	des, _ := tlsreg.SuiteByName("TLS_RSA_WITH_DES_CBC_SHA")
	if sha256.Permits(cbc) || !sha256.Permits(des) {
		t.Error("SHA256 disables AES128-SHA and not DES-CBC-SHA")
	}
}

func FuzzJSSE(f *testing.F) {
	f.Add("TLS_AES_128_GCM_SHA256,SSL_RSA_WITH_RC4_128_MD5 FOO")
	f.Add(`"SSLv3, RC4, DH keySize < 1024, TLS_RSA_*, *"`)
	f.Add("TLS_*_*_SHA*,TLS_\u00a0,\x00")
	all := tlsreg.Suites()
	f.Fuzz(func(t *testing.T, in string) {
		sel, err := JSSE(in)
		checkSelection(t, in, sel)
		checkError(t, in, err)
		d := ParseDisabled(in)
		if left := d.Filter(all); len(left) > len(all) {
			t.Errorf("%q leaves more than there was", in)
		}
		for _, s := range all[:50] {
			d.PatternsPermit(s)
		}
	})
}

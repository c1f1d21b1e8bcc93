//go:build interop

package interop

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tlsaudit/audit"
)

// The instruments are checked before what they measure.

func TestSummarise(t *testing.T) {
	tests := []struct {
		name     string
		verdicts map[audit.Code]verdict
		want     answer
	}{
		{"nothing accepted", map[audit.Code]verdict{0x2F: {Alert: 40}, 0x35: {Alert: 70}}, answer{Answer: audit.Refused}},
		{"internal error only", map[audit.Code]verdict{0x2F: {Alert: 80}, 0x35: {Alert: 40}}, answer{Answer: audit.Latent}},
		{"internal error beside a success", map[audit.Code]verdict{0x2F: {Alert: 80}, 0x35: {Accepted: true}}, answer{audit.Accepted, []string{"0x0035 TLS_RSA_WITH_AES_256_CBC_SHA"}}},
		{"closed without a word", map[audit.Code]verdict{0x2F: {}}, answer{Answer: audit.Refused}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if diff := cmp.Diff(test.want, summarise(test.verdicts)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestDisagreements(t *testing.T) {
	ours := posture{"TLSv1.0": {Answer: audit.Latent}, "TLSv1.2": {audit.Accepted, []string{"0x0001 A", "0x0002 B"}}}
	theirs := posture{"TLSv1.0": {Answer: audit.Refused}, "TLSv1.2": {audit.Accepted, []string{"0x0002 B", "0x0003 C"}}}
	want := []string{"TLSv1.0 is latent, nmap says refused", "TLSv1.2 not found by nmap: 0x0001 A", "TLSv1.2 only found by nmap: 0x0003 C"}
	if diff := cmp.Diff(want, disagreements(ours, theirs, "nmap")); diff != "" {
		t.Error(diff)
	}
}

func TestParseNmap(t *testing.T) {
	const head, tail = `<nmaprun><host><ports><port><script id="ssl-enum-ciphers">`, `</script></port></ports></host></nmaprun>`
	const table = `<table key="TLSv1.3"><table key="ciphers"><table><elem key="name">TLS_AKE_WITH_AES_128_GCM_SHA256</elem><elem key="strength">A</elem></table></table></table>`
	got, err := parseNmap([]byte(head + table + tail))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(answer{audit.Accepted, []string{"0x1301 TLS_AES_128_GCM_SHA256"}}, got["TLSv1.3"]); diff != "" {
		t.Error(diff)
	}
	if got["SSLv3"].Answer != audit.Refused {
		t.Errorf("a version nmap does not mention is %s", got["SSLv3"].Answer)
	}
	for name, text := range map[string]string{
		"did not run":     `<nmaprun><host><ports><port/></ports></host></nmaprun>`,
		"no XML":          `QUITTING!`,
		"unknown suite":   head + strings.Replace(table, "AES_128", "NO_SUCH", 1) + tail,
		"unknown version": head + strings.Replace(table, "TLSv1.3", "TLSv9", 1) + tail,
	} {
		if _, err := parseNmap([]byte(text)); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

func TestGnuTLSPriority(t *testing.T) {
	const head = "NONE:+SIGN-ALL:+GROUP-ALL:+CTYPE-ALL:+COMP-NULL:%VERIFY_ALLOW_BROKEN:%UNSAFE_RENEGOTIATION:"
	for _, test := range []struct {
		offer offer
		want  string
	}{
		{offer{audit.TLSv13, 0x1301, "TLS_AES_128_GCM_SHA256"}, "+AES-128-GCM:+AEAD:+VERS-TLS1.3"},
		{offer{audit.TLSv12, 0xC02B, "TLS_ECDHE_ECDSA_AES_128_GCM_SHA256"}, "+AES-128-GCM:+AEAD:+ECDHE-ECDSA:+VERS-TLS1.2"},
		{offer{audit.TLSv10, 0x0018, "TLS_DH_ANON_ARCFOUR_128_MD5"}, "+ARCFOUR-128:+MD5:+ANON-DH:+VERS-TLS1.0"},
		{offer{audit.TLSv11, 0x000A, "TLS_RSA_3DES_EDE_CBC_SHA1"}, "+3DES-CBC:+SHA1:+RSA:+VERS-TLS1.1"},
		{offer{audit.TLSv12, 0xC0A1, "TLS_RSA_AES_256_CCM_8"}, "+AES-256-CCM-8:+AEAD:+RSA:+VERS-TLS1.2"},
	} {
		got, err := (&gnutls{}).priority(test.offer)
		if err != nil {
			t.Error(err)
		}
		if diff := cmp.Diff(head+test.want, got); diff != "" {
			t.Error(diff)
		}
	}
}

func TestJSSELine(t *testing.T) {
	versions := map[string]audit.Version{"SSLv3": audit.SSLv3}
	for _, test := range []struct {
		line        string
		want        verdict
		expressible bool
		fails       bool
	}{
		{"SSLv3 SSL_RSA_WITH_RC4_128_MD5 accepted", verdict{Accepted: true}, true, false},
		{"SSLv3 SSL_RSA_WITH_RC4_128_MD5 refused Received fatal alert: handshake_failure", verdict{}, true, false},
		{"SSLv3 SSL_RSA_WITH_RC4_128_MD5 not-sent", verdict{}, false, false},
		{"SSLv3 SSL_RSA_WITH_RC4_128_MD5 error Read timed out", verdict{}, false, true},
		{"SSLv3 NO_SUCH_SUITE accepted", verdict{}, false, true},
		{"TLSv9 SSL_RSA_WITH_RC4_128_MD5 accepted", verdict{}, false, true},
		{"", verdict{}, false, true},
	} {
		_, _, got, expressible, err := jsseLine(test.line, versions)
		if got != test.want || expressible != test.expressible || (err != nil) != test.fails {
			t.Errorf("%q: %+v, %v, %v", test.line, got, expressible, err)
		}
	}
}

package cipherstring

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tlsaudit/audit"
)

// show writes the lists in short: version, defaults, + and - suites.
func showIHS(sel IHSSelection) []string {
	var lines []string
	for _, l := range sel.Lists {
		line := l.Version.String()
		if l.Defaults {
			line += " defaults"
		}
		for _, s := range l.Suites {
			line += fmt.Sprintf(" +%04X", uint32(s.Code))
		}
		for _, s := range l.Removed {
			line += fmt.Sprintf(" -%04X", uint32(s.Code))
		}
		if line != l.Version.String()+" defaults" {
			lines = append(lines, line)
		}
	}
	return lines
}

func TestIHS(t *testing.T) {
	for _, c := range []struct {
		in   []string
		want []string
	}{
		{nil, nil},
		{[]string{"ALL NONE", "ALL +TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384 +TLS_AES_128_GCM_SHA256"}, []string{"SSLv2", "SSLv3", "TLSv1.0", "TLSv1.1", "TLSv1.2 +C030", "TLSv1.3 +1301"}},
		{[]string{"TLSv12 -TLS_RSA_WITH_AES_128_CBC_SHA", "tlsv12 +ssl_rsa_with_3des_ede_cbc_sha"}, []string{"TLSv1.2 defaults +000A -002F"}},
		{[]string{"TLSv12 TLS_RSA_WITH_AES_128_GCM_SHA256", "TLSv12 TLS_RSA_WITH_AES_256_GCM_SHA384"}, []string{"TLSv1.2 +009C +009D"}},
		{[]string{"TLSv12 TLS_RSA_WITH_AES_128_GCM_SHA256", "TLSv12 -TLS_RSA_WITH_AES_256_GCM_SHA384"}, []string{"TLSv1.2 +009C"}},
		{[]string{"TLSv12 NONE"}, []string{"TLSv1.2"}},
		{[]string{"TLSv12 +TLS_RSA_WITH_AES_128_GCM_SHA256 -TLS_RSA_WITH_AES_128_GCM_SHA256"}, []string{"TLSv1.2 defaults -009C"}},
		{[]string{"TLSv13 +TLS_CHACHA20_POLY1305_SHA256"}, []string{"TLSv1.3 defaults +1303"}},
		{[]string{"SSL_RSA_WITH_DES_CBC_SHA"}, []string{"SSLv3 +0009", "TLSv1.0 +0009", "TLSv1.1 +0009"}},
	} {
		sel, err := IHS(c.in...)
		if err != nil {
			t.Errorf("%q: %v", c.in, err)
		}
		if diff := cmp.Diff(c.want, showIHS(sel)); diff != "" {
			t.Errorf("%q (-want +got):\n%s", c.in, diff)
		}
	}
	sel, err := IHS("TLSv10 +TLS_AES_128_GCM_SHA256")
	if err != nil || len(sel.Ignored) != 1 || sel.Ignored[0].Offset != 7 {
		t.Errorf("a TLS 1.3 suite in TLSv10: %+v %v", sel.Ignored, err)
	}
	// The short codes of the registry resolve: 35 is RC4, not AES.
	if sel, err = IHS("35", "35b", "3A"); err != nil || suiteNames(sel.Suites) != "TLS_RSA_WITH_RC4_128_SHA TLS_RSA_WITH_AES_256_CBC_SHA TLS_RSA_WITH_3DES_EDE_CBC_SHA" {
		t.Errorf("short codes select %s, %v", suiteNames(sel.Suites), err)
	}
	if _, err := IHS("ALL NONE"); !errors.Is(err, ErrNoMatch) {
		t.Errorf("ALL NONE: %v", err)
	}
}

func TestIHSErrors(t *testing.T) {
	for in, hint := range map[string]string{
		"ALL +TLS_RSA_WITH_AES_128_CBC_SHA,TLS_RSA_WITH_AES_256_CBC_SHA": "names are separated by blanks",
		"!aNULL:HIGH":                         "names are separated by blanks",
		"TLSv1.2 +C030":                       "the protocols are SSLv3",
		"ALL +ECDHE-RSA-AES128-SHA":           "IBM HTTP Server calls the suite TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA",
		"ALL +FOO":                            "apachectl -t",
		"ALL +":                               "apachectl -t",
		"TLS_RSA_WITH_AES_128_CBC_SHA TLSv12": "the protocols are SSLv3",
	} {
		_, err := IHS("ALL NONE", in)
		var fault *Error
		if !errors.As(err, &fault) || fault.Err != ErrSyntax || !strings.Contains(fault.Hint, hint) || !strings.HasPrefix(in[fault.Offset-len("ALL NONE\n"):], fault.Text) {
			t.Errorf("%q: %v, want a hint with %q", in, err, hint)
		}
	}
}

func FuzzIHS(f *testing.F) {
	f.Add("ALL NONE\nALL +TLS_RSA_WITH_AES_128_CBC_SHA -3A\nTLSv12 35b")
	f.Add("TLSv13 +TLS_AES_128_GCM_SHA256\nSSLv2 27")
	f.Fuzz(func(t *testing.T, in string) {
		sel, err := IHS(strings.Split(in, "\n")...)
		checkSelection(t, in, sel.Selection)
		checkError(t, in, err)
		if err == nil && len(sel.Lists) != len(audit.Versions) {
			t.Errorf("%q: %d lists", in, len(sel.Lists))
		}
	})
}

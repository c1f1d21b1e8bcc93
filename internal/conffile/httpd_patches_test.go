package conffile

import (
	"slices"
	"strings"
	"testing"

	"tlsaudit/audit"
	"tlsaudit/internal/conftree"
)

// TestPatchesOfHTTPD mends small configurations, with the standards looking on:
// the rule has to fail or warn before, and neither after, with nothing that
// fails instead.
func TestPatchesOfHTTPD(t *testing.T) {
	apache := func(lines string) string {
		return "LoadModule ssl_module modules/mod_ssl.so\nListen 443\n<VirtualHost *:443>\n  ServerName www.example.com\n  SSLEngine on\n  SSLCertificateFile c.pem\n  SSLProtocol -all +TLSv1.2 +TLSv1.3\n  " + lines + "\n</VirtualHost>\n"
	}
	ibm := func(lines string) string {
		return "LoadModule ibm_ssl_module modules/mod_ibm_ssl.so\nListen 443\n<VirtualHost *:443>\n  ServerName www.example.com\n" + lines + "</VirtualHost>\nSSLDisable\n"
	}
	const key, full, strong = "  KeyFile key.kdb\n", "  SSLProtocolDisable SSLv2 SSLv3 TLSv10 TLSv11\n", "  SSLCipherSpec ALL NONE\n  SSLCipherSpec ALL +TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256\n"
	for name, c := range map[string]struct{ text, rule string }{
		"level zero, DEFAULT":            {apache(`SSLCipherSuite "DEFAULT:@SECLEVEL=0"`), "HTTPD-04"},
		"level zero, HIGH":               {apache("SSLCipherSuite HIGH:!aNULL:@SECLEVEL=0"), "HTTPD-04"},
		"level zero, strong":             {apache(`SSLCipherSuite "ECDHE+AESGCM:@SECLEVEL=0"`), "HTTPD-04"},
		"no SSLEnable":                   {ibm(key + full), "IHS-11"},
		"no SSLEnable, strong":           {ibm(key + full + strong), "IHS-11"},
		"no SSLEnable, nothing off":      {ibm(key), "IHS-11"},
		"commented out":                  {ibm("  # SSLEnable\n" + key + full), "IHS-08"},
		"swallowed":                      {ibm("  # TLS \\\n  SSLEnable\n" + key + full), "IHS-08"},
		"swallowed, nothing off":         {ibm("  # TLS \\\n  SSLEnable\n" + key), "IHS-08"},
		"disabled":                       {ibm(key + full + "  SSLDisable\n"), "IHS-04"},
		"enabled for all, disabled here": {"SSLEnable\n" + strings.TrimSuffix(ibm(key+full+"  SSLDisable\n"), "SSLDisable\n"), "IHS-04"},
		"disabled behind":                {ibm(key + "  SSLEnable\n" + full + "  SSLDisable\n"), "IHS-04"},
		"remark":                         {ibm("  SSLEnable\n" + key + "  SSLProtocolDisable SSLv2 SSLv3 TLSv10 TLSv11 # old ones\n"), "IHS-10"},
		"remark in a continuation":       {ibm("  SSLEnable\n" + key + "  SSLProtocolDisable SSLv2 SSLv3 \\\n  # TLSv10 \\\n  TLSv11\n"), "IHS-10"},
		"nothing left":                   {ibm("  SSLEnable\n" + key + "  SSLProtocolDisable SSLv2 SSLv3 TLSv10 TLSv11 TLSv12 TLSv13\n"), "IHS-12"},
		"weak ciphers":                   {ibm("  SSLEnable\n" + key + full + "  SSLCipherSpec SSL_RSA_WITH_3DES_EDE_CBC_SHA\n"), "IHS-07"},
	} {
		t.Run(name, func(t *testing.T) {
			tree := conftree.FromTexts(map[string]string{"httpd.conf": c.text})
			loaded := Load([]Source{{Tree: tree, Paths: []string{"httpd.conf"}, Named: true}})
			if len(loaded.Documents) != 1 {
				t.Fatalf("%d documents", len(loaded.Documents))
			}
			d := loaded.Documents[0]
			told := func(d *Document) (list []string) {
				for _, r := range sampleJudge.Records([]*Document{d}, "") {
					for _, f := range r.Findings {
						if f.Verdict == audit.Fail || f.Verdict == audit.Warn {
							list = append(list, f.Rule)
						}
					}
				}
				return list
			}
			if before := told(d); !slices.Contains(before, c.rule) {
				t.Fatalf("%s is not told, but %q", c.rule, before)
			}
			m := sampleJudge.Mend(d, []*Document{d}, "")
			if len(m.Changes) == 0 {
				t.Fatal("no patch")
			}
			if after := told(m.After); slices.Contains(after, c.rule) {
				t.Errorf("%s is still told:\n%s", c.rule, m.Changes[0].After)
			}
			if after := failing(sampleJudge.Records([]*Document{m.After}, "")); len(after) > 0 {
				t.Errorf("%q fail after:\n%s", after, m.Changes[0].After)
			}
		})
	}
}

package httpd

import (
	"strings"
	"testing"

	"tlsaudit/audit"
)

// loadIBM, keyLine and strong are parts of a virtual host of mod_ibm_ssl that does not speak TLS.
const (
	loadIBM = "LoadModule ibm_ssl_module modules/mod_ibm_ssl.so\n"
	keyLine = "  KeyFile key.kdb\n"
	strong  = "  SSLCipherSpec ALL NONE\n  SSLCipherSpec ALL +TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256\n"
)

func ibmHost(port, lines string) string {
	return "<VirtualHost *:" + port + ">\n  ServerName www.example.com\n" + lines + "</VirtualHost>\n"
}

var plainVariants = []variant{
	{name: "no SSLEnable", text: loadIBM + ibmHost("443", keyLine+"  "+full), fail: "IHS-11"},
	{name: "no SSLEnable, global key", text: loadIBM + "KeyFile key.kdb\n" + ibmHost("443", "  "+full), fail: "IHS-11"},
	{name: "nothing but the port, global key", text: loadIBM + "KeyFile key.kdb\n" + ibmHost("8443", ""), fail: "IHS-11"},
	{name: "nothing but the port", text: loadIBM + ibmHost("443", ""), fail: "IHS-11", loose: true},
	{name: "other port, key", text: loadIBM + ibmHost("9443", keyLine+"  "+full+strong), fail: "IHS-11"},
	{name: "other port, ciphers", text: loadIBM + ibmHost("9443", strong), fail: "IHS-11"},
	{name: "other port, weak ciphers", text: loadIBM + ibmHost("9443", keyLine+"  SSLProtocolDisable SSLv3\n  SSLCipherSpec SSL_RSA_WITH_3DES_EDE_CBC_SHA\n"), fail: "IHS-11"},
	{name: "other port, certificate", text: loadIBM + ibmHost("9443", "  SSLServerCert www\n"), fail: "IHS-11"},
	{name: "lost in another line", text: loadIBM + ibmHost("443", "  KeyFile key.kdb \\\n  SSLEnable\n  "+full), fail: "IHS-11"},
	{name: "commented out", text: loadIBM + ibmHost("443", "  # SSLEnable\n"+keyLine+"  "+full), fail: "IHS-08"},
	{name: "commented out, nothing switched off", text: loadIBM + ibmHost("443", "  #SSLEnable\n"+keyLine), fail: "IHS-08"},
	{name: "commented out, other port, global key", text: loadIBM + "KeyFile key.kdb\n" + ibmHost("9443", "  #SSLEnable\n"), fail: "IHS-08"},
	{name: "prose", text: loadIBM + ibmHost("443", "  # SSLEnable is in the other file\n"+keyLine+"  "+full), fail: "IHS-11"},
	{name: "swallowed", text: loadIBM + ibmHost("443", "  # TLS \\\n  SSLEnable\n"+keyLine+"  "+full), fail: "IHS-08 LOAD-03"},
	{name: "swallowed, with more", text: loadIBM + ibmHost("443", "  # TLS \\\n  SSLEnable \\\n  "+full+keyLine), fail: "IHS-08 LOAD-03", loose: true},
	{name: "disabled", text: loadIBM + ibmHost("443", keyLine+"  "+full+"  SSLDisable\n"), fail: "IHS-04"},
	{name: "disabled, nothing else", text: loadIBM + "KeyFile key.kdb\n" + ibmHost("443", "  SSLDisable\n"), fail: "IHS-04"},
	{name: "enabled for all, disabled here", text: loadIBM + "SSLEnable\n" + ibmHost("443", keyLine+"  "+full+"  SSLDisable\n"), fail: "IHS-04"},
	{name: "disabled behind", text: loadIBM + ibmHost("443", keyLine+"  SSLEnable\n  "+full+"  SSLDisable\n"), fail: "IHS-04"},
	{name: "disabled twice", text: loadIBM + ibmHost("443", keyLine+"  SSLDisable\n  SSLEnable\n  SSLDisable\n"), fail: "IHS-04"},
	{name: "commented out and disabled", text: loadIBM + ibmHost("443", "  # SSLEnable\n  SSLDisable\n"+keyLine+"  "+full), fail: "IHS-04"},
	{name: "main server", text: loadIBM + "Listen 443\nKeyFile key.kdb\n" + full, fail: "IHS-11", loose: true},
	{name: "main server, disabled", text: loadIBM + "Listen 443\nKeyFile key.kdb\nSSLDisable\n", fail: "IHS-04"},
	{name: "main server, both ports", text: loadIBM + "Listen 80\nListen 443\nKeyFile key.kdb\n#SSLEnable\n", fail: "IHS-08", loose: true},
	{name: "port without a host", text: loadIBM + "Listen 443\nListen 8443\nKeyFile key.kdb\n" + ibmHost("443", "  SSLEnable\n  "+full) + "SSLDisable\n", fail: "IHS-04", allowed: "TLSv1.2", loose: true},

	{name: "plain on purpose", text: loadIBM + "KeyFile key.kdb\nListen 80\n" + ibmHost("80", "  # SSLEnable\n") + ibmHost("443", "  SSLEnable\n  "+full), allowed: "TLSv1.2"},
	{name: "plain by SSLDisable", text: loadIBM + "SSLEnable\nKeyFile key.kdb\n" + ibmHost("80", "  SSLDisable\n") + ibmHost("443", "  "+full), allowed: "TLSv1.2"},
	{name: "enabled for all", text: loadIBM + "SSLEnable\nKeyFile key.kdb\n" + ibmHost("443", "  "+full), allowed: "TLSv1.2"},
	{name: "enabled behind", text: loadIBM + ibmHost("443", keyLine+"  SSLDisable\n  SSLEnable\n  "+full), allowed: "TLSv1.2"},
	{name: "include that may enable", text: loadIBM + ibmHost("443", keyLine+"  "+full+"  Include gone.conf\n"), fail: "gap"},
	{name: "section that may enable", text: loadIBM + ibmHost("443", keyLine+"  "+full+"  <IfModule mod_odd.c>\n  SSLEnable\n  </IfModule>\n"), fail: "gap"},

	{name: "remark", text: loadIBM + ibmHost("443", "  SSLEnable\n  SSLProtocolDisable SSLv2 SSLv3 TLSv10 TLSv11 # old ones\n"), fail: "IHS-10", allowed: ""},
	{name: "remark in a continuation", text: loadIBM + ibmHost("443", "  SSLEnable\n  SSLProtocolDisable SSLv2 \\\n    # SSLv3 \\\n    TLSv10 TLSv11\n"), fail: "IHS-10", allowed: ""},
	{name: "a word nobody knows", text: loadIBM + ibmHost("443", "  SSLEnable\n  SSLProtocolDisable SSLv2 SSLv3 TLSv10 TLSv11 TLS\n"), fail: "IHS-10", allowed: ""},
	{name: "a word nobody knows, switched on", text: loadIBM + ibmHost("443", "  SSLEnable\n  "+full+"  SSLProtocolEnable TLSv1.2\n"), fail: "IHS-10"},
	{name: "a word nobody knows, global", text: loadIBM + "SSLProtocolDisable SSLv2 # x\n" + ibmHost("443", "  SSLEnable\n  "+full), fail: "gap", allowed: "TLSv1.2"},
	{name: "first host with a remark", text: loadIBM + ibmHost("443", "  SSLEnable\n  SSLProtocolDisable SSLv2 SSLv3 TLSv10 TLSv11 # x\n") + strings.Replace(ibmHost("443", "  SSLEnable\n  "+full), "www", "two", 1), fail: "IHS-10"},

	{name: "nothing left", text: loadIBM + ibmHost("443", "  SSLEnable\n  SSLProtocolDisable SSLv2 SSLv3 TLSv10 TLSv11 TLSv12 TLSv13\n"), fail: "IHS-12"},
	{name: "nothing left, two lines", text: loadIBM + ibmHost("443", "  SSLEnable\n  "+full+"  SSLProtocolDisable TLSv12 TLSv13\n"), fail: "IHS-12"},
	{name: "nothing left by level", text: loadIBM + ibmHost("443", "  SSLEnable\n  "+full+"  SSLProtocolDisable TLSv12\n"), versions: map[string]string{"ihs": "8.5.5.12"}, fail: "IHS-12"},
	{name: "one left", text: loadIBM + ibmHost("443", "  SSLEnable\n  "+full+"  SSLProtocolDisable TLSv12\n"), versions: map[string]string{"ihs": "9.0.5.12"}, allowed: "TLSv1.3"},
}

// TestNothingPasses: about a host that is not read to the end, or that speaks
// plain text against its purpose, no rule of versions or ciphers passes.
func TestNothingPasses(t *testing.T) {
	for _, v := range plainVariants {
		if v.fail == "" || strings.Contains(v.name, "global") && strings.HasPrefix(v.name, "a word") {
			continue
		}
		r, f := v.open(t)
		d := read(IHS, r, f)
		found := judge(d)
		if len(verdicts(found, audit.Fail, audit.Warn, audit.Unknown)) == 0 {
			t.Errorf("%s: nothing is said", v.name)
		}
		if strings.HasPrefix(v.fail, "IHS-10") || v.fail == "gap" {
			for _, j := range found[1:] {
				for _, one := range j.Findings {
					if one.Verdict == audit.Pass {
						t.Errorf("%s: %s passes for %s", v.name, one.Rule, j.Subject)
					}
				}
			}
		}
	}
}

package remedy

import (
	"fmt"
	"strings"
)

// httpd is Apache HTTP Server with mod_ssl.
var httpd = &dialect{
	product: "httpd",
	lines: func(w *wanted) []line {
		var out []line
		if v := w.versions(); v != nil {
			out = append(out, documented("SSLProtocol -all "+words(v, "+", opensslVersions)))
		}
		upTo12, tls13 := w.suites()
		if len(upTo12) > 0 {
			out = append(out, documented("SSLCipherSuite "+ciphers(upTo12)))
		}
		if len(tls13) > 0 {
			out = append(out, documented("SSLCipherSuite TLSv1.3 "+ciphers(tls13)))
		}
		if w.ServerOrder != nil {
			out = append(out, documented("SSLHonorCipherOrder "+onOff(*w.ServerOrder, "on", "off")))
		}
		if g := w.groups(); g != nil {
			out = append(out, documented("SSLOpenSSLConfCmd Groups "+strings.Join(g, ":")))
		}
		if w.MinDHBits > 0 {
			out = append(out,
				remark(fmt.Sprintf("first: openssl dhparam -out /etc/ssl/dhparams.pem %d", w.MinDHBits)),
				documented("SSLOpenSSLConfCmd DHParameters /etc/ssl/dhparams.pem"))
		}
		if len(out) > 0 {
			out = append(out, remark("Put this at server level and delete weaker lines in virtual hosts, where a value replaces the global one; "+
				"SSLOpenSSLConfCmd MinProtocol or CipherString, and @SECLEVEL=0, beat these directives."))
		}
		return out
	},
	client: func(w *wanted) []line {
		if v := w.versions(); v != nil {
			return []line{
				documented("SSLProxyProtocol -all " + words(v, "+", opensslVersions)),
				remark("A virtual host or <Proxy> section with a value of its own is not reached by the one at server level: put it there too."),
			}
		}
		return nil
	},
	certificate: "SSLCertificateFile takes leaf and intermediate certificates, SSLCertificateKeyFile the key; a second pair of lines adds a second key type.",
	apply:       "apachectl -t && apachectl graceful",
	verify:      "apachectl -t -D DUMP_CONFIG",
}

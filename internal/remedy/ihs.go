package remedy

import (
	"strings"

	"tlsaudit/audit"
	"tlsaudit/internal/tlsreg"
)

// ihs is IBM HTTP Server with mod_ibm_ssl.
var ihs = &dialect{
	product: "ihs",
	lines: func(w *wanted) []line {
		var out []line
		if off := w.unwanted(); len(off) > 0 {
			out = append(out,
				remark("inside every <VirtualHost>: the directive is not inherited, and the first virtual host of an address decides"),
				documented("SSLProtocolDisable "+words(off, "", ihsVersions)))
		}
		upTo12, tls13 := w.suites()
		if list := spell(append(upTo12, tls13...), func(s tlsreg.Suite) string { return s.GSKit }); len(list) > 0 {
			out = append(out, documented("SSLCipherSpec ALL NONE"), documented("SSLCipherSpec ALL +"+strings.Join(list, " +")))
		}
		if w.MinDHBits > 0 && len(upTo12)+len(tls13) == 0 {
			out = append(out, documented("Leave DHE suites out of SSLCipherSpec: the size of the prime cannot be set."))
		}
		return out
	},
	certificate: "It goes into the key database named by KeyFile (gskcapicmd -cert -receive), under the label named by SSLServerCert, with all intermediate certificates added as signers.",
	apply:       "bin/apachectl -t && bin/apachectl graceful",
	verify:      "bin/apachectl -t -DDUMP_SSL_CONFIG",
}

// ihsVersions are the tokens of SSLProtocolDisable.
var ihsVersions = map[audit.Version]string{
	audit.SSLv2: "SSLv2", audit.SSLv3: "SSLv3", audit.TLSv10: "TLSv10", audit.TLSv11: "TLSv11", audit.TLSv12: "TLSv12", audit.TLSv13: "TLSv13",
}

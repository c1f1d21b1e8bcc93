package remedy

import (
	"fmt"
	"slices"
	"strings"

	"tlsaudit/audit"
	"tlsaudit/internal/tlsreg"
)

// domino is HCL Domino. Little of this is documented by the vendor in one
// place; nearly all of it is marked as inferred.
var domino = &dialect{
	product: "domino",
	lines: func(w *wanted) []line {
		var out []line
		for _, v := range w.unwanted() {
			if setting := dominoSettings[v]; setting != "" {
				out = append(out, documented("notes.ini: "+setting))
			}
		}
		if slices.Contains(w.unwanted(), audit.TLSv12) {
			out = append(out, documented("No setting switches TLS 1.2 off by itself: keep it out with a list of TLS 1.3 suites alone, or put a proxy in front, or grant an exception."))
		}
		upTo12, tls13 := w.suites()
		if ids := spell(append(upTo12, tls13...), func(s tlsreg.Suite) string { return fmt.Sprintf("%04X", uint32(s.Code)) }); len(ids) > 0 {
			out = append(out, documented("Server or Internet Site document, Ports > Internet Ports: these suites only (before 10.0.1 in notes.ini: SSLCipherSpec="+strings.Join(ids, "")+")"))
		}
		if w.ServerOrder != nil {
			out = append(out, documented("notes.ini: SSL_USE_CLIENT_CIPHER_ORDER="+onOff(*w.ServerOrder, "0", "1")))
		}
		if w.StartTLS {
			out = append(out, documented("Configuration document, Router/SMTP > Advanced > Commands and Extensions: SSL negotiated over TCP/IP port, enabled"))
		}
		return out
	},
	certificate: "It goes into the CertMgr store (certstore.nsf), or before version 12 into the key ring file named in the Server or Internet Site document.",
	apply:       "restart task smtp (or http), at the server console",
	verify:      "show config SSL_DISABLE_TLS_10",
	inferred:    true,
}

// dominoSettings switch one version off. TLS 1.0 is off by default from 12.0.
var dominoSettings = map[audit.Version]string{
	audit.SSLv3: "DISABLE_SSLV3=1", audit.TLSv10: "SSL_DISABLE_TLS_10=1", audit.TLSv11: "SSL_DISABLE_TLS_11=1", audit.TLSv13: "SSL_DISABLE_TLS_13=1",
}

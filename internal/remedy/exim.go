package remedy

import (
	"fmt"
	"slices"
	"strings"

	"tlsaudit/audit"
)

// exim is the mail server. OpenSSL and GnuTLS builds differ; exim -bV names
// the library.
var exim = &dialect{
	product: "exim",
	lines: func(w *wanted) []line {
		var out []line
		if w.StartTLS {
			out = append(out, documented("tls_advertise_hosts = *"))
		}
		off := w.unwanted()
		order := w.ServerOrder != nil && *w.ServerOrder
		if len(off) > 0 || order {
			// the option replaces its default, which has SSL off
			off = slices.Compact(slices.Sorted(slices.Values(append([]audit.Version{audit.SSLv2, audit.SSLv3}, off...))))
			options := words(off, "+no_", eximVersions)
			if order {
				options += " +cipher_server_preference"
			}
			out = append(out, documented("openssl_options = "+options+" +single_dh_use +no_ticket +no_renegotiation"))
		}
		if v := w.versions(); v != nil {
			out = append(out, remark("GnuTLS builds instead: tls_require_ciphers = NORMAL:-VERS-ALL:"+strings.ReplaceAll(words(v, "+VERS-", gnutlsVersions), " ", ":")))
		}
		if upTo12, _ := w.suites(); len(upTo12) > 0 {
			out = append(out, remark("OpenSSL builds:"), documented("tls_require_ciphers = "+ciphers(upTo12)))
		}
		if g, _ := w.groupsByKind(); len(g) > 0 {
			out = append(out, inferred("tls_eccurve = "+strings.Join(g, ":")))
		}
		if w.MinDHBits > 0 {
			out = append(out, inferred(fmt.Sprintf("tls_dhparam = %s", ffdhe(w.MinDHBits))))
		}
		return out
	},
	certificate: "tls_certificate takes leaf and intermediate certificates in one file, tls_privatekey the key.",
	apply:       "update-exim4.conf on Debian, then restart exim or send its daemon SIGHUP",
	verify:      "exim -bP openssl_options tls_require_ciphers tls_advertise_hosts",
}

var eximVersions = map[audit.Version]string{
	audit.SSLv2: "sslv2", audit.SSLv3: "sslv3", audit.TLSv10: "tlsv1", audit.TLSv11: "tlsv1_1", audit.TLSv12: "tlsv1_2", audit.TLSv13: "tlsv1_3",
}

var gnutlsVersions = map[audit.Version]string{
	audit.TLSv10: "TLS1.0", audit.TLSv11: "TLS1.1", audit.TLSv12: "TLS1.2", audit.TLSv13: "TLS1.3",
}

// ffdhe names the smallest group of RFC 7919 that is large enough.
func ffdhe(bits int) string {
	for _, n := range []int{2048, 3072, 4096, 6144} {
		if bits <= n {
			return fmt.Sprintf("ffdhe%d", n)
		}
	}
	return "ffdhe8192"
}

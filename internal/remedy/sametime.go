package remedy

import (
	"fmt"
	"slices"
	"strings"

	"tlsaudit/audit"
)

// sametime is the HCL Sametime community server and its multiplexer.
var sametime = &dialect{
	product: "sametime",
	lines: func(w *wanted) []line {
		var out []line
		if w.TLSOnly {
			out = append(out,
				documented(`Clients first, in managed-community-configs.xml: <managed-community id="HOST" host="HOST" port="1533" useGlobalConnContext="true" connectionType="tls-direct"/>`+
					` with <managed-community-action type="update" managed-community-id="HOST" restart="true"/>`),
				documented("mux.env: STI__Debug__VPMX_DISABLE_CONFIGURATION_UPDATE=1"),
				documented("mux.env: STI__Debug__VPMX_TLS_PORT=1533"),
				inferred("mux.env: STI__Debug__VPMX_PORT=0"))
		}
		if v := w.versions(); v != nil {
			switch {
			case !slices.Contains(v, audit.TLSv12):
				out = append(out, documented("TLS 1.2 is the highest version Sametime can be configured for on this port: TLS 1.3 needs a proxy in front, or an exception."))
			case slices.Contains(v, audit.TLSv13):
				out = append(out, documented("TLS 1.2 is the highest version Sametime can be configured for on this port: where TLS 1.3 is demanded it needs a proxy in front, or an exception."))
			}
			low := max(v[0], audit.SSLv3)
			value := fmt.Sprintf("0x%03x", uint16(min(low, audit.TLSv12)))
			out = append(out, documented("mux.env: STI__Config__ST_TLS_MIN_PROTOCOL_VERSION="+value), documented("sametime.ini before version 12: ST_TLS_MIN_PROTOCOL_VERSION="+value))
		}
		if upTo12, _ := w.suites(); len(upTo12) > 0 {
			out = append(out, documented("mux.env: STI__Config__ST_TLS_CIPHER_SUITES="+strings.Join(spell(upTo12, iana), ",")))
		}
		if w.StartTLS && !w.TLSOnly {
			out = append(out, documented("mux.env: STI__Debug__VPMX_TLS_PORT=1533 with STI__Config__ST_TLS_KEY_STORE_TYPE=p12 and STI__Config__ST_TLS_KEY_STORE_FILE=/local/sametimemuxdata/keystore.p12"))
		}
		if w.MinDHBits > 0 {
			out = append(out, inferred("mux.env: STI__Config__ST_TLS_SECURITY_LEVEL=2"))
		}
		if len(out) > 0 {
			out = append(out, documented("Mind the double underscores; names with single ones are ignored."))
		}
		return out
	},
	certificate: "openssl pkcs12 -export -in server-and-chain.crt -inkey server.key -name mux -out keystore.p12; the file is named by STI__Config__ST_TLS_KEY_STORE_FILE.",
	apply:       "docker compose up -d (Kubernetes: helm upgrade, then scale mux to 0 and back; sametime.ini: restart the multiplexer)",
	verify:      "docker compose config | grep STI__",
}

package remedy

import (
	"fmt"
	"strings"

	"tlsaudit/audit"
)

// haproxy is the load balancer.
var haproxy = &dialect{
	product: "haproxy",
	lines: func(w *wanted) []line {
		var out []line
		options := haproxyRange(w.versions())
		if w.ServerOrder != nil && !*w.ServerOrder {
			options = append(options, "prefer-client-ciphers")
		}
		if len(options) > 0 {
			out = append(out, documented("ssl-default-bind-options "+strings.Join(options, " ")))
		}
		upTo12, tls13 := w.suites()
		if len(upTo12) > 0 {
			out = append(out, documented("ssl-default-bind-ciphers "+ciphers(upTo12)))
		}
		if len(tls13) > 0 {
			out = append(out, documented("ssl-default-bind-ciphersuites "+ciphers(tls13)))
		}
		if w.ServerOrder != nil && *w.ServerOrder {
			out = append(out, remark("Remove prefer-client-ciphers: the server decides by default."))
		}
		if g := w.groups(); g != nil {
			out = append(out, inferred("ssl-default-bind-curves "+strings.Join(g, ":")))
		}
		if w.MinDHBits > 0 {
			out = append(out, documented(fmt.Sprintf("tune.ssl.default-dh-param %d", w.MinDHBits)))
		}
		if len(out) > 0 {
			out = append(out, remark("Put this in the section global and remove weaker options of bind lines, which beat it, and of crt-list lines, which beat the bind line for their server name."))
		}
		return out
	},
	client: func(w *wanted) []line {
		if options := haproxyRange(w.versions()); len(options) > 0 {
			return []line{
				documented("ssl-default-server-options " + strings.Join(options, " ")),
				remark("Put this in the section global, above the servers, and remove weaker options of server and default-server lines, which beat it."),
			}
		}
		return nil
	},
	certificate: "The file named by crt on the bind line holds leaf, intermediate certificates and key.",
	apply:       "systemctl reload haproxy",
	verify:      "haproxy -c -f /etc/haproxy/haproxy.cfg",
}

// haproxyRange writes the ends of a range of versions.
func haproxyRange(versions []audit.Version) (options []string) {
	if len(versions) == 0 {
		return nil
	}
	options = append(options, "ssl-min-ver "+haproxyVersion(versions[0]))
	if last := versions[len(versions)-1]; last != audit.TLSv13 {
		options = append(options, "ssl-max-ver "+haproxyVersion(last))
	}
	return options
}

// haproxyVersion names a version as ssl-min-ver takes it.
func haproxyVersion(v audit.Version) string {
	if v == audit.TLSv10 {
		return "TLSv1.0"
	}
	return opensslVersions[v]
}

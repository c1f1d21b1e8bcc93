package remedy

import (
	"fmt"
	"strings"
)

// nginx is the web server and proxy.
var nginx = &dialect{
	product: "nginx",
	lines: func(w *wanted) []line {
		var out []line
		if v := w.versions(); v != nil {
			out = append(out, documented("ssl_protocols "+words(v, "", opensslVersions)+";"))
		}
		upTo12, tls13 := w.suites()
		if len(upTo12) > 0 {
			out = append(out, documented("ssl_ciphers "+ciphers(upTo12)+";"))
		}
		if len(tls13) > 0 {
			out = append(out, remark("nginx 1.19.4 or later:"), documented("ssl_conf_command Ciphersuites "+ciphers(tls13)+";"))
		}
		if w.ServerOrder != nil {
			out = append(out, documented("ssl_prefer_server_ciphers "+onOff(*w.ServerOrder, "on", "off")+";"))
		}
		if g := w.groups(); g != nil {
			out = append(out, documented("ssl_ecdh_curve "+strings.Join(g, ":")+";"))
		}
		if w.MinDHBits > 0 {
			out = append(out,
				remark(fmt.Sprintf("first: openssl dhparam -out /etc/nginx/dhparam.pem %d", w.MinDHBits)),
				documented("ssl_dhparam /etc/nginx/dhparam.pem;"))
		}
		if len(out) > 0 {
			out = append(out, remark("Put this in http {} and delete it elsewhere, in any case set it in the default server of the port, which decides for all."))
		}
		return out
	},
	client: func(w *wanted) []line {
		if v := w.versions(); v != nil {
			return []line{
				documented("proxy_ssl_protocols " + words(v, "", opensslVersions) + ";"),
				remark("Beside grpc_pass it is grpc_ssl_protocols, beside uwsgi_pass uwsgi_ssl_protocols; a value in server {} or location {} replaces that of http {}."),
			}
		}
		return nil
	},
	certificate: "ssl_certificate takes leaf and intermediate certificates in one file, ssl_certificate_key the key; a second pair of lines adds a second key type.",
	apply:       "nginx -t && nginx -s reload",
	verify:      "nginx -T | grep ssl_",
}

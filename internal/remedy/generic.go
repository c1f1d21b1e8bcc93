package remedy

import (
	"fmt"
	"strings"

	"tlsaudit/audit"
)

// generic says in words what any product must be told.
var generic = &dialect{
	product: "generic",
	lines: func(w *wanted) []line {
		var out []line
		if v := w.versions(); v != nil {
			text := "Allow " + join(v)
			if off := w.unwanted(); len(off) > 0 {
				text += " only; switch off " + join(off)
			}
			out = append(out, documented(text+"."))
		}
		if f := w.forbidden(); len(f) > 0 {
			out = append(out, documented("Switch off the cipher suites "+strings.Join(spell(f, iana), ", ")+"."))
		}
		if upTo12, tls13 := w.suites(); len(upTo12)+len(tls13) > 0 {
			out = append(out, documented("Allow the cipher suites "+strings.Join(spell(append(upTo12, tls13...), iana), ", ")+"."))
		}
		if w.ServerOrder != nil {
			out = append(out, documented("Let the "+onOff(*w.ServerOrder, "server", "client")+" choose the cipher suite."))
		}
		if len(w.Groups) > 0 {
			out = append(out, documented("Allow the key-exchange groups "+strings.Join(w.Groups, ", ")+" only."))
		}
		if w.MinDHBits > 0 {
			out = append(out, documented(fmt.Sprintf("Use Diffie-Hellman parameters of at least %d bits (openssl dhparam -out dhparams.pem %d), or no DHE suites.", w.MinDHBits, w.MinDHBits)))
		}
		if w.StartTLS {
			out = append(out, documented("Offer TLS: configure a certificate and, for mail, announce STARTTLS to every client."))
		}
		if w.TLSOnly {
			out = append(out, documented("Refuse connections that do not use TLS, once every client has been moved."))
		}
		return out
	},
	certificate: "Present it with all its intermediate certificates, without the root.",
	apply:       "reload or restart the service",
	verify:      "openssl s_client -connect HOST:PORT -servername HOST </dev/null (for mail add: -starttls smtp)",
}

func join(versions []audit.Version) string {
	names := make([]string, len(versions))
	for i, v := range versions {
		names[i] = v.String()
	}
	return strings.Join(names, ", ")
}

package exim

import (
	"slices"
	"strings"

	"tlsaudit/audit"
	"tlsaudit/internal/confdoc"
)

// maxClients bounds the transports that are judged.
const maxClients = 200

// clients makes a client of each smtp transport.
func (c *reading) clients() {
	for i, t := range c.transports {
		if !t.smtp() || i >= maxClients {
			continue
		}
		name := t.name
		v := c.view(func(cfg *config) (*option, bool) {
			i := slices.IndexFunc(cfg.transports, func(o *driver) bool { return o.name == name })
			if i < 0 {
				return nil, false
			}
			return cfg.transports[i].options["tls_require_ciphers"], false
		})
		s := &scope{view: v, transport: t, offers: hostsAll}
		d := audit.Declared{
			Listener: "transport " + t.name, Role: audit.RoleClient, Protocol: "smtp", TLS: audit.Accepted, Plain: audit.Accepted,
			Posture: v.Posture, Gaps: slices.Clone(v.gaps), Configured: configured(v), Assumed: c.lib == anyLibrary,
		}
		if o := t.options["protocol"]; o != nil {
			switch {
			case !c.sure(o):
				d.Protocol = ""
			case o.value == "smtps":
				d.Protocol, d.Plain, s.wrapped = "smtps", audit.Refused, true
			case o.value == "lmtp":
				d.Protocol = ""
			}
		}
		if !s.wrapped {
			switch c.hostsOf(t.options["hosts_require_tls"], hostsNone) {
			case hostsAll:
				d.Plain = audit.Refused
			case hostsUnknown:
				d.Plain = audit.Undetermined
			}
			switch c.hostsOf(t.options["hosts_avoid_tls"], hostsNone) {
			case hostsAll:
				d.TLS = audit.Refused
				d.Versions = withoutTLS("hosts_avoid_tls: the transport never starts TLS")
			case hostsUnknown:
				d.TLS = audit.Undetermined
			}
		}
		d.Settings = append(t.options.settings(func(name string) bool {
			return strings.HasPrefix(name, "tls_") || strings.HasPrefix(name, "hosts_") || strings.HasPrefix(name, "dane_") || name == "protocol"
		}), c.config.main.settings(func(name string) bool { return name == "openssl_options" })...)
		place := t.at()
		d.Place = &place
		c.doc.Listeners = append(c.doc.Listeners, &confdoc.Listener{Declared: d, Scope: s})
	}
}

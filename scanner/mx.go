package scanner

import "tlsaudit/audit"

// mailDomain is no protocol of endpoints: targets that name it stand for the
// hosts that take mail for a domain, at the port given. They are looked up before
// a scan, and Scan does not connect to them.
var mailDomain = Protocol{
	Protocol: audit.Protocol{Name: audit.ProtocolMX, Ports: []uint16{25}, Title: "mail domain: every host that takes its mail (RFC 5321 section 5.1)"},
}

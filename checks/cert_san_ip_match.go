package checks

import (
	"net/netip"

	"tlsaudit/audit"
)

var certSANIPMatch = &audit.Check{
	ID:    "cert.san.ip_match",
	Title: "An address is matched by an iPAddress entry and nothing else",
	Doc: "Clients that connect to an address look for that address among the iPAddress entries of the certificate. An address written as a host name, or as the common name, " +
		"matches for some clients and fails for the others.",
	Detect:   "Applies where the name the endpoint was asked for is an IP address: it must equal an iPAddress entry of the subjectAltName of each leaf.",
	Severity: audit.Medium,
	Refs:     []string{"RFC 9525 section 6.3", "RFC 5280 section 4.2.1.6"},
	Needs:    []audit.Need{audit.NeedTLS, audit.NeedChains},
	Params:   noParams,
	Run: func(c *audit.Case) []audit.Outcome {
		if _, err := netip.ParseAddr(c.Target.Name()); err != nil {
			return []audit.Outcome{moot("the endpoint is asked for by name")}
		}
		return eachLeaf(c, func(l *leaf) []audit.Outcome {
			switch n := l.Chain.Names; n.SAN {
			case audit.Accepted:
				return []audit.Outcome{met(l.evidence(), "%s: an iPAddress entry equals %s", l.Label, n.Reference)}
			case audit.Refused:
				return []audit.Outcome{violated(l.evidence(), "%s: no iPAddress entry equals %s", l.Label, n.Reference)}
			default:
				return []audit.Outcome{undecided(l.evidence(), "%s: the comparison with %q is %s", l.Label, n.Reference, n.SAN)}
			}
		})
	},
	Want: certificate("a certificate with the address as iPAddress entry of its subjectAltName, or clients that use the name"),
	Examples: []audit.Example{
		example("address not in the certificate", audit.Fail, nil, byAddress(audit.Refused)),
		example("address in the certificate", audit.Pass, nil, byAddress(audit.Accepted)),
		example("asked for by name", audit.NotApplicable, nil),
		example("comparison without result", audit.Unknown, nil, byAddress(audit.Undetermined)),
	},
}

// byAddress makes the endpoint one that is asked for by its address.
func byAddress(match audit.Answer) change {
	return func(o *audit.Observation) {
		o.Target.Host = "192.0.2.7"
		o.Chains[0].Names = audit.NameMatch{Reference: "192.0.2.7", SAN: match, CN: audit.Refused}
	}
}

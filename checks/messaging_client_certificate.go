package checks

import (
	"slices"
	"strings"

	"tlsaudit/audit"
)

type clientCertificateParams struct {
	// stated says that the purposes of the own certificate are known.
	stated bool
	eku    []string
	any    bool
}

// serves reports whether a certificate with these purposes may stand for a
// client.
func (p *clientCertificateParams) serves() bool {
	return p.any || slices.ContainsFunc(p.eku, func(purpose string) bool { return slices.Contains(clientPurposes, purpose) })
}

// clientPurposes are the purposes a client needs one of, in every form they are
// written in: as certificates are read here, as standards name them, as OIDs.
var clientPurposes = []string{"clientAuth", "1.3.6.1.5.5.7.3.2", "any", "anyExtendedKeyUsage", "2.5.29.37.0"}

var messagingClientCertificate = &audit.Check{
	ID:    "messaging.client_certificate",
	Title: "The own certificate is one the peer can take from a client",
	Doc: "A gateway that sends mail is the client of the connection. Public authorities stop issuing certificates for client authentication, and a peer that asks for one may refuse a " +
		"certificate for servers only.",
	Detect: "Judged where the peer asked for a client certificate in the full handshake: the purposes of the own outgoing certificate, given as parameters, must contain clientAuth or anyExtendedKeyUsage. A certificate " +
		"without the extension is for any purpose. Unknown when the purposes are not given, or when it was not seen whether the peer asks. That the peer would refuse the certificate is not tried.",
	Severity:  audit.Medium,
	Refs:      []string{"RFC 5280 section 4.2.1.12", "RFC 8446 section 4.3.2"},
	Protocols: []string{"smtp", "smtps"},
	Params: func(in map[string]any) (any, error) {
		r := read(in)
		p := clientCertificateParams{any: r.bool("any_purpose", false), eku: r.words("eku"), stated: r.has("any_purpose") || r.has("eku")}
		return p, r.done()
	},
	ParamsDoc: map[string]string{
		"eku":         "purposes of the own outgoing certificate, such as [serverAuth, clientAuth]; default: not known",
		"any_purpose": "true: the certificate has no such extension (default false)",
	},
	Run: func(c *audit.Case) []audit.Outcome {
		p, o := c.Params.(clientCertificateParams), c.Observation
		if reason, proven := noTLS(o); proven {
			return []audit.Outcome{moot("no certificate is asked for: %s", reason)}
		}
		asks := audit.NotAsked
		if o.Handshake != nil {
			asks = o.Handshake.ClientCertificate
		}
		switch {
		case asks == audit.Refused:
			return []audit.Outcome{moot("the peer does not ask for a client certificate")}
		case asks != audit.Accepted:
			return []audit.Outcome{undecided("", "whether the peer asks for a client certificate: %s", asks)}
		case p.stated && p.serves():
			return []audit.Outcome{met("CertificateRequest", "the peer asks for a client certificate, and the own one is for clients")}
		case !p.stated:
			return []audit.Outcome{undecided("CertificateRequest", "the peer asks for a client certificate, and the purposes of the own one are not stated")}
		}
		return []audit.Outcome{violated("CertificateRequest", "the peer asks for a client certificate, and the own one is not for clients (%s)", strings.Join(p.eku, ", "))}
	},
	Want: func(any) audit.Want {
		return audit.Want{Other: "Present a certificate with the purpose clientAuth to this peer, from a private authority both sides trust, or agree with the peer that it asks for none."}
	},
	Examples: []audit.Example{
		example("certificate for servers, and the peer asks", audit.Fail, map[string]any{"eku": []any{"serverAuth"}}, mail, asksClient),
		example("certificate for clients, and the peer asks", audit.Pass, map[string]any{"eku": []any{"serverAuth", "clientAuth"}}, mail, asksClient),
		example("certificate for any purpose", audit.Pass, map[string]any{"any_purpose": true}, mail, asksClient),
		example("certificate for anyExtendedKeyUsage, as it is read from a file", audit.Pass, map[string]any{"eku": []any{"any"}}, mail, asksClient),
		example("certificate for anyExtendedKeyUsage, by its OID", audit.Pass, map[string]any{"eku": []any{"serverAuth", "2.5.29.37.0"}}, mail, asksClient),
		example("the peer does not ask", audit.NotApplicable, map[string]any{"eku": []any{"serverAuth"}}, mail),
		example("purposes not stated, and the peer asks", audit.Unknown, nil, mail, asksClient),
		example("no full handshake", audit.Unknown, map[string]any{"eku": []any{"serverAuth"}}, mail, func(o *audit.Observation) { o.Handshake = nil }),
		example("no STARTTLS", audit.NotApplicable, map[string]any{"eku": []any{"serverAuth"}}, plainMail),
	},
}

func asksClient(o *audit.Observation) { o.Handshake.ClientCertificate = audit.Accepted }

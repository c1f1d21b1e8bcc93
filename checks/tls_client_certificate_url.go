package checks

import "tlsaudit/audit"

var tlsClientCertificateURL = &audit.Check{
	ID:       "tls.client_certificate_url",
	Title:    "Client certificate URLs are not negotiated",
	Doc:      "A server that takes a URL in place of a client certificate fetches what strangers tell it to fetch: it can be made to reach into networks its clients cannot.",
	Detect:   "A hello at the newest version before TLS 1.3 offers the extension; it must not be in the ServerHello.",
	Severity: audit.Medium,
	Refs:     []string{"RFC 6066 sections 5 and 11.3"},
	Needs:    []audit.Need{audit.NeedTLS},
	Params:   noParams,
	Forbids:  always,
	Run: func(c *audit.Case) []audit.Outcome {
		return prohibited(c.Observation, audit.FeatureClientCertificateURL, "client certificate URLs")
	},
	Want: otherWant("Switch the client_certificate_url extension off in the TLS library; most do not have it."),
	Examples: []audit.Example{
		at(audit.MustNot, example("negotiated", audit.Fail, nil, featured, feature(audit.FeatureClientCertificateURL, audit.TLSv12, audit.Accepted, ""))),
		at(audit.MustNot, example("not negotiated", audit.Pass, nil, featured)),
		at(audit.MustNot, example("TLS 1.3 alone", audit.Pass, nil, not12)),
		at(audit.MustNot, example("not asked", audit.Unknown, nil, featureless)),
	},
}

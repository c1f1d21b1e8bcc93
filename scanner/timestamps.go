package scanner

import (
	"golang.org/x/crypto/ocsp"

	"tlsaudit/audit"
	"tlsaudit/internal/pki"
)

// oidTimestamps is the extension of an OCSP response that holds SCTs (RFC 6962
// section 3.3).
const oidTimestamps = "1.3.6.1.4.1.11129.2.4.5"

// delivered says what SCTs came with a chain.
func (c *seenChain) delivered() audit.Timestamps {
	t := audit.Timestamps{Extension: c.timestamps, Stapled: stapledTimestamps(c.staple)}
	switch {
	case t.Extension+t.Stapled > 0:
		t.Answer = audit.Accepted
	case c.untimed:
		t.Answer = audit.Refused
	}
	return t
}

// stapledTimestamps counts the SCTs inside a stapled response, whoever signed
// it: 0 if it cannot be read.
func stapledTimestamps(der []byte) (n int) {
	if len(der) == 0 || len(der) > maxStaple {
		return 0
	}
	r, err := ocsp.ParseResponse(der, nil)
	if err != nil {
		return 0
	}
	for _, x := range r.Extensions {
		if x.Id.String() == oidTimestamps {
			n += pki.CountSCTs(x.Value)
		}
	}
	return n
}

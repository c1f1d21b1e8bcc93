package pki

import (
	"bytes"
	"crypto/sha256"
	"crypto/sha512"
	"crypto/x509"
	"slices"
	"time"

	"tlsaudit/audit"
)

// Association is what one TLSA record says about a certificate (RFC 6698 section
// 2.1).
type Association struct {
	Usage, Selector, Matching uint8
	Data                      []byte
}

// Unusable says why senders of mail skip the record, or returns nothing (RFC 7672
// section 3.1).
func (a *Association) Unusable() string {
	switch {
	case a.Usage == audit.UsagePKIXTA || a.Usage == audit.UsagePKIXEE:
		return "usages 0 and 1 mean nothing for mail (RFC 7672 section 3.1.3)"
	case a.Usage > audit.UsageDANEEE:
		return "the usage is not one of 0 to 3"
	case a.Selector > 1:
		return "the selector is neither 0 nor 1"
	case a.Matching > 2:
		return "the matching type is not one of 0 to 2"
	case a.Matching == 1 && len(a.Data) != sha256.Size:
		return "the data is not as long as SHA-256 is, 32 bytes"
	case a.Matching == 2 && len(a.Data) != sha512.Size:
		return "the data is not as long as SHA-512 is, 64 bytes"
	case len(a.Data) == 0:
		return "the data is empty"
	}
	return ""
}

// about reports whether the record is about a certificate.
func (a *Association) about(der []byte, c *certificate) (bool, error) {
	selected := der
	if a.Selector == 1 {
		if c.encoding == nil {
			return false, c.refusal
		}
		selected = c.encoding.TBS.PublicKey.Raw
	}
	switch a.Matching {
	case 1:
		sum := sha256.Sum256(selected)
		selected = sum[:]
	case 2:
		sum := sha512.Sum512(selected)
		selected = sum[:]
	}
	return bytes.Equal(selected, a.Data), nil
}

// MatchTLSA compares a usable record with a chain as presented. For usage 2 a
// certificate above the leaf has to be the record's, signatures have to lead to
// it, and names says which names the leaf may carry (RFC 7672 sections 3.1.2 and
// 3.2.2); the time is moved into the leaf's validity as in Assess.
func MatchTLSA(a *Association, chain *audit.Chain, names []string, at time.Time) audit.TLSAMatch {
	m := audit.TLSAMatch{Answer: audit.Undetermined}
	if len(chain.Certificates) == 0 {
		return m
	}
	m.Leaf = chain.Certificates[0].SHA256
	whole := make([]*certificate, 0, len(chain.Certificates))
	for i := range chain.Certificates {
		der := chain.Certificates[i].DER
		if der == nil {
			m.Reason = "a certificate is too large to be kept, and was not compared"
			whole = append(whole, nil)
			continue
		}
		whole = append(whole, read(der))
	}
	if a.Usage == audit.UsageDANEEE {
		if whole[0] == nil {
			return m
		}
		same, err := a.about(chain.Certificates[0].DER, whole[0])
		if err != nil {
			m.Reason = "the leaf cannot be read: " + err.Error()
			return m
		}
		m.Answer, m.Reason = answer(same), ""
		return m
	}
	a.findAnchor(&m, chain, whole, at)
	if m.Answer == audit.Accepted {
		m.Name = nameOfAny(whole[0], names)
	}
	return m
}

// findAnchor looks for the trust anchor a record of usage 2 names.
func (a *Association) findAnchor(m *audit.TLSAMatch, chain *audit.Chain, whole []*certificate, at time.Time) {
	complete := !chain.Truncated && !slices.Contains(whole, nil)
	for i, c := range whole {
		if i == 0 || c == nil {
			continue
		}
		same, err := a.about(chain.Certificates[i].DER, c)
		switch {
		case err != nil:
			complete = false
			continue
		case !same:
			continue
		}
		if m.Answer, m.Reason = leadsTo(whole, c, at); m.Answer == audit.Accepted {
			m.Position = i
			return
		}
		complete = complete && m.Answer == audit.Refused
	}
	m.Answer = audit.Undetermined // one that was not seen may do
	if complete {
		m.Answer = audit.Refused
	}
}

// leadsTo reports whether signatures lead from the leaf to one certificate.
func leadsTo(whole []*certificate, anchor *certificate, at time.Time) (audit.Answer, string) {
	if whole[0] == nil || whole[0].encoding == nil {
		return audit.Undetermined, "the leaf cannot be read"
	}
	if anchor.std == nil {
		return audit.Undetermined, "the certificate of the record cannot be evaluated"
	}
	roots := x509.NewCertPool()
	roots.AddCert(anchor.std)
	distinct := slices.DeleteFunc(slices.Clone(whole), func(c *certificate) bool { return c == nil })
	t, _ := trust(distinct, &Anchors{pool: roots, names: []string{"the TLSA record"}}, at)
	return t.Answer, t.Reason
}

// nameOfAny compares the leaf with names, of which one has to match.
func nameOfAny(leaf *certificate, names []string) audit.Answer {
	best := audit.Refused
	for _, name := range names {
		m := match(name, leaf.names, leaf.commonName())
		switch {
		case m.SAN == audit.Accepted:
			return audit.Accepted
		case m.SAN != audit.Refused, m.CN == audit.Accepted && len(leaf.names.dns) == 0:
			// a common name in place of names is at the sender's discretion
			best = audit.Undetermined
		}
	}
	return best
}

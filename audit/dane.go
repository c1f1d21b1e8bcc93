package audit

import (
	"fmt"
	"strings"
)

// DANE is what the DNS says about the certificate of an SMTP endpoint (RFC
// 7672), compared with the chains it presented.
type DANE struct {
	// Address is the look-up of the host's address. Where it is not secure there
	// is no DANE (RFC 7672 section 2.2.2). For a host with addresses of both
	// families it is the less secure of the two.
	Address Lookup `json:"address"`
	// TLSA is the look-up of the records at _PORT._tcp.HOST; Base the host's name
	// they were found for: the end of an alias, or the host itself (RFC 7671
	// section 7).
	TLSA    Lookup       `json:"tlsa"`
	Base    string       `json:"base,omitempty"`
	Records []TLSARecord `json:"records,omitempty"`
	// Clipped is set when there were more records than are kept.
	Clipped bool `json:"clipped,omitempty"`
}

// Usable reports whether senders can use the records: they were found, and both
// the address and the records are signed and valid.
func (d *DANE) Usable() bool {
	return d.TLSA.Outcome == LookupFound && d.TLSA.Secure == Accepted && d.Address.Secure == Accepted
}

// TLSARecord is one TLSA record (RFC 6698 section 2.1).
type TLSARecord struct {
	Usage    uint8 `json:"usage"`
	Selector uint8 `json:"selector"`
	Matching uint8 `json:"matching"`
	// Data is the association data in lower-case hex, cut at 128 digits; Size its
	// length in bytes.
	Data string `json:"data"`
	Size int    `json:"size"`
	// Unusable says why senders of mail skip the record; empty if they use it.
	Unusable string `json:"unusable,omitempty"`
	// Matches holds one entry for each chain presented, in the order of
	// Posture.Chains, for a record that is usable.
	Matches []TLSAMatch `json:"matches,omitempty"`
}

// String is the record's three numbers and the beginning of its data, such as
// "3 1 1 0b9f...".
func (r *TLSARecord) String() string {
	data := r.Data
	if len(data) > 16 {
		data = data[:16] + "..."
	}
	return fmt.Sprintf("%d %d %d %s", r.Usage, r.Selector, r.Matching, data)
}

// The usages of TLSA records that mean something for SMTP (RFC 7672 section
// 3.1), and those that do not.
const (
	UsagePKIXTA = 0
	UsagePKIXEE = 1
	UsageDANETA = 2
	UsageDANEEE = 3
)

// TLSAMatch is the comparison of one record with one chain presented.
type TLSAMatch struct {
	// Leaf is the SHA-256 of the chain's leaf, in lower-case hex.
	Leaf string `json:"leaf"`
	// Answer is Accepted when the record is about a certificate of the chain: the
	// leaf for usage 3, for usage 2 one that the leaf leads to by signatures.
	// Refused when it is about none, Undetermined when that could not be told.
	Answer Answer `json:"answer"`
	// Position is that of the certificate in the chain, 0 for the leaf, when
	// Answer is Accepted.
	Position int `json:"position,omitempty"`
	// Name is, for usage 2, whether the leaf carries a name that counts (RFC 7672
	// section 3.2.2); NotAsked for usage 3, which ignores names.
	Name   Answer `json:"name"`
	Reason string `json:"reason,omitempty"`
}

// MatchOf is the comparison of the record with chain i of those presented; nil if
// there is none.
func (r *TLSARecord) MatchOf(chains []Chain, i int) *TLSAMatch {
	if i >= len(r.Matches) || len(chains[i].Certificates) == 0 || r.Matches[i].Leaf != chains[i].Certificates[0].SHA256 {
		return nil
	}
	return &r.Matches[i]
}

// Covers says whether the records let a sender accept chain i of those presented:
// one of the usable ones matches it, with the name where it counts. Records are alternatives
// (RFC 7671 section 4); one of usage 3 goes before others, since it asks for no
// more. Expiry is not looked at. by is the record that matches, if one does.
func (d *DANE) Covers(chains []Chain, i int) (answer Answer, by *TLSARecord) {
	answer = NotAsked
	for k := range d.Records {
		r := &d.Records[k]
		m := r.MatchOf(chains, i)
		if r.Unusable != "" || m == nil || m.Answer == NotAsked {
			continue
		}
		switch {
		case m.Answer == Accepted && r.Usage == UsageDANEEE:
			return Accepted, r // nothing else counts
		case m.Answer == Accepted && m.Name == Accepted:
			answer, by = Accepted, r
		case answer == Accepted:
		case m.Answer == Undetermined || m.Answer == Accepted && m.Name == Undetermined:
			answer = Undetermined
		case answer == NotAsked:
			answer = Refused
		}
	}
	return answer, by
}

// matchesMX compares a pattern of an MTA-STS policy with a host, both in lower
// case without a final dot (RFC 8461 section 4.1).
func matchesMX(pattern, host string) bool {
	if rest, wild := strings.CutPrefix(pattern, "*."); wild {
		label, parent, ok := strings.Cut(host, ".")
		return ok && label != "" && parent == rest
	}
	return pattern == host
}

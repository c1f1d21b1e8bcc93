package compare

import (
	"bytes"
	"encoding/asn1"
	"fmt"
	"slices"
	"strings"
	"time"

	"tlsaudit/audit"
)

// certificates says on one line which leaves are presented in place of which;
// empty if none is known to differ.
func certificates(was, is *audit.Posture) string {
	before, now := leaves(was), leaves(is)
	if len(before) == 0 || len(now) == 0 {
		return "" // what was not read is not another certificate
	}
	var fresh, dropped []*audit.Certificate
	if was.ChainsAnswer == audit.Accepted {
		fresh = absent(now, before)
	}
	if is.ChainsAnswer == audit.Accepted {
		dropped = absent(before, now)
	}
	// A certificate in the place of the only one is another one, however much
	// else could not be read.
	if len(before) == 1 && len(now) == 1 && before[0].SHA256 != now[0].SHA256 && before[0].Key.Type == now[0].Key.Type {
		fresh, dropped = now, before
	}
	var parts []string
	for _, c := range fresh {
		at := slices.IndexFunc(dropped, func(d *audit.Certificate) bool { return d.Key.Type == c.Key.Type })
		if at < 0 {
			parts = append(parts, fmt.Sprintf("the %s certificate valid to %s is presented beside what was", keyName(c), day(c.NotAfter)))
			continue
		}
		parts = append(parts, replaced(dropped[at], c))
		dropped = slices.Delete(slices.Clone(dropped), at, at+1)
	}
	for _, c := range dropped {
		parts = append(parts, fmt.Sprintf("the %s certificate valid to %s is not presented any more", keyName(c), day(c.NotAfter)))
	}
	if more := len(parts) - maxNamed; more > 0 {
		parts = append(parts[:maxNamed], fmt.Sprintf("and %d more", more))
	}
	return strings.Join(parts, "; ")
}

// leaves are the distinct leaves of a posture, by fingerprint.
func leaves(p *audit.Posture) (list []*audit.Certificate) {
	for i := range p.Chains {
		if certificates := p.Chains[i].Certificates; len(certificates) > 0 && certificates[0].SHA256 != "" {
			list = append(list, &certificates[0])
		}
	}
	slices.SortFunc(list, func(a, b *audit.Certificate) int { return strings.Compare(a.SHA256, b.SHA256) })
	return slices.CompactFunc(list, func(a, b *audit.Certificate) bool { return a.SHA256 == b.SHA256 })
}

// absent are those of a list that are not in the other.
func absent(list, other []*audit.Certificate) (rest []*audit.Certificate) {
	for _, c := range list {
		if !slices.ContainsFunc(other, func(o *audit.Certificate) bool { return o.SHA256 == c.SHA256 }) {
			rest = append(rest, c)
		}
	}
	return rest
}

// replaced says what a certificate has in common with the one in its place.
func replaced(was, is *audit.Certificate) string {
	text := fmt.Sprintf("the %s certificate is another one: valid to %s, was to %s", keyName(is), day(is.NotAfter), day(was.NotAfter))
	a, b := publicKey(was.DER), publicKey(is.DER)
	switch {
	case a == nil || b == nil:
		text += "; whether the key is the same is not recorded"
	case bytes.Equal(a, b):
		text += "; same key"
	default:
		text += "; new key"
	}
	if was.Issuer != is.Issuer {
		text += "; issued by " + is.Issuer + ", was by " + was.Issuer
	}
	return text
}

// publicKey returns the DER of the SubjectPublicKeyInfo (RFC 5280 section 4.1),
// nil if there is none to be read.
func publicKey(der []byte) []byte {
	var certificate struct {
		TBS struct {
			Version                                           int `asn1:"optional,explicit,default:0,tag:0"`
			Serial, Signature, Issuer, Validity, Subject, Key asn1.RawValue
		}
		Algorithm, Value asn1.RawValue
	}
	if _, err := asn1.Unmarshal(der, &certificate); err != nil {
		return nil
	}
	return certificate.TBS.Key.FullBytes
}

// keyName is the type of key by which certificates are told apart.
func keyName(c *audit.Certificate) string {
	if c.Key.Type == "" {
		return "unreadable"
	}
	return c.Key.Type
}

func day(t time.Time) string {
	if t.IsZero() {
		return "an unknown day"
	}
	return t.UTC().Format(time.DateOnly)
}

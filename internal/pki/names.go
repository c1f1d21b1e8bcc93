package pki

import (
	"encoding/asn1"
	"encoding/hex"
	"net/netip"
)

var oidSAN = asn1.ObjectIdentifier{2, 5, 29, 17}

// names are the subject alternative names of a certificate, all of them.
type names struct {
	dns []string
	ip  []netip.Addr
	// all holds every name for display: DNS names and addresses plain, the
	// others behind "email:", "URI:", "dirName:", "RID:" or "otherName:".
	all []string
}

// namesOf reads the subjectAltName extension (RFC 5280 section 4.2.1.6).
func namesOf(e *encoding) names {
	n := names{all: []string{}}
	value, ok := e.extension(oidSAN)
	if !ok {
		return n
	}
	for v := range elements(value) {
		if v.Class != asn1.ClassContextSpecific {
			n.all = append(n.all, "?")
			continue
		}
		n.add(v)
	}
	return n
}

func (n *names) add(v asn1.RawValue) {
	text := string(v.Bytes)
	switch v.Tag {
	case 0:
		text = "otherName:" + otherName(v.Bytes)
	case 1:
		text = "email:" + text
	case 2:
		n.dns = append(n.dns, text)
	case 4:
		dn, _ := distinguishedName(v.Bytes)
		text = "dirName:" + dn
	case 6:
		text = "URI:" + text
	case 7:
		ip, ok := netip.AddrFromSlice(v.Bytes)
		if !ok {
			text = "IP:" + hex.EncodeToString(v.Bytes[:min(len(v.Bytes), 64)])
			break
		}
		n.ip = append(n.ip, ip)
		text = ip.String()
	case 8:
		var oid asn1.ObjectIdentifier
		if _, err := asn1.UnmarshalWithParams(v.FullBytes, &oid, "tag:8"); err == nil {
			text = oid.String()
		}
		text = "RID:" + text
	default:
		text = "?"
	}
	n.all = append(n.all, clip(text))
}

// otherName returns the type of an otherName; its value has no common form.
func otherName(der []byte) string {
	var oid asn1.ObjectIdentifier
	if _, err := asn1.Unmarshal(der, &oid); err != nil {
		return "?"
	}
	return oid.String()
}

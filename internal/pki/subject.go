package pki

import (
	"encoding/asn1"
	"strings"
	"unicode/utf16"
)

// attributeNames are the short names of RFC 4514 section 3 and common practice.
var attributeNames = map[string]string{
	"2.5.4.3": "CN", "2.5.4.4": "SN", "2.5.4.5": "SERIALNUMBER", "2.5.4.6": "C", "2.5.4.7": "L", "2.5.4.8": "ST",
	"2.5.4.9": "STREET", "2.5.4.10": "O", "2.5.4.11": "OU", "2.5.4.12": "T", "2.5.4.17": "POSTALCODE",
	"2.5.4.42": "GN", "2.5.4.97": "organizationIdentifier", "0.9.2342.19200300.100.1.1": "UID",
	"0.9.2342.19200300.100.1.25": "DC", "1.2.840.113549.1.9.1": "emailAddress",
}

// distinguishedName renders a Name as RFC 4514 does, most specific part first,
// and returns the last CN attribute besides. It accepts any string type and
// any bytes in them: the text is kept as found, sanitising is for outputs.
func distinguishedName(der []byte) (text, commonName string) {
	var parts []string
	for rdn := range elements(der) {
		var attributes []string
		for attribute := range elements(rdn.FullBytes) {
			var a struct {
				OID   asn1.ObjectIdentifier
				Value asn1.RawValue
			}
			if _, err := asn1.Unmarshal(attribute.FullBytes, &a); err != nil {
				attributes = append(attributes, "?")
				continue
			}
			value := directoryString(a.Value)
			name, ok := attributeNames[a.OID.String()]
			if !ok {
				name = clip(a.OID.String())
			}
			if name == "CN" {
				commonName = value
			}
			attributes = append(attributes, name+"="+escapeValue(value))
		}
		parts = append(parts, strings.Join(attributes, "+"))
	}
	for i, j := 0, len(parts)-1; i < j; i, j = i+1, j-1 {
		parts[i], parts[j] = parts[j], parts[i]
	}
	return strings.Join(parts, ","), commonName
}

// Name renders a distinguished name in DER as RFC 4514 does, cut where it is
// too long to be kept. It accepts any bytes; what cannot be read is left out.
func Name(der []byte) string {
	text, _ := distinguishedName(der)
	return clip(text)
}

// directoryString decodes the string types of X.520. BMPString is UTF-16 and
// TeletexString is read as Latin-1, as everybody does.
func directoryString(v asn1.RawValue) string {
	switch v.Tag {
	case asn1.TagBMPString:
		units := make([]uint16, len(v.Bytes)/2)
		for i := range units {
			units[i] = uint16(v.Bytes[2*i])<<8 | uint16(v.Bytes[2*i+1])
		}
		return string(utf16.Decode(units))
	case asn1.TagT61String:
		runes := make([]rune, len(v.Bytes))
		for i, b := range v.Bytes {
			runes[i] = rune(b)
		}
		return string(runes)
	}
	return string(v.Bytes)
}

// escapeValue escapes what RFC 4514 section 2.4 says, so that a value cannot
// pose as another attribute. Control characters are left to the sanitiser.
func escapeValue(s string) string {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		c := s[i]
		edge := (i == 0 && (c == ' ' || c == '#')) || (i == len(s)-1 && c == ' ')
		if edge || strings.IndexByte(`,+"\<>;`, c) >= 0 {
			b.WriteByte('\\')
		}
		b.WriteByte(c)
	}
	return b.String()
}

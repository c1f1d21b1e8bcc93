package pki

import (
	"encoding/asn1"
	"encoding/binary"
	"time"

	"tlsaudit/audit"
)

var (
	oidKeyUsage         = asn1.ObjectIdentifier{2, 5, 29, 15}
	oidBasicConstraints = asn1.ObjectIdentifier{2, 5, 29, 19}
	oidCRLPoints        = asn1.ObjectIdentifier{2, 5, 29, 31}
	oidEKU              = asn1.ObjectIdentifier{2, 5, 29, 37}
	oidAIA              = asn1.ObjectIdentifier{1, 3, 6, 1, 5, 5, 7, 1, 1}
	oidPolicies         = asn1.ObjectIdentifier{2, 5, 29, 32}
	oidSCTs             = asn1.ObjectIdentifier{1, 3, 6, 1, 4, 1, 11129, 2, 4, 2}
	oidOCSP             = asn1.ObjectIdentifier{1, 3, 6, 1, 5, 5, 7, 48, 1}
	oidIssuers          = asn1.ObjectIdentifier{1, 3, 6, 1, 5, 5, 7, 48, 2}
)

// keyUsages are the bits of RFC 5280 section 4.2.1.3, from 0.
var keyUsages = []string{
	"digitalSignature", "contentCommitment", "keyEncipherment", "dataEncipherment",
	"keyAgreement", "keyCertSign", "cRLSign", "encipherOnly", "decipherOnly",
}

// extendedUsages are the purposes met in practice (RFC 5280 section 4.2.1.12
// and vendors).
var extendedUsages = map[string]string{
	"2.5.29.37.0":       "any",
	"1.3.6.1.5.5.7.3.1": "serverAuth", "1.3.6.1.5.5.7.3.2": "clientAuth", "1.3.6.1.5.5.7.3.3": "codeSigning",
	"1.3.6.1.5.5.7.3.4": "emailProtection", "1.3.6.1.5.5.7.3.8": "timeStamping", "1.3.6.1.5.5.7.3.9": "OCSPSigning",
	"2.16.840.1.113730.4.1": "netscapeServerGatedCrypto", "1.3.6.1.4.1.311.10.3.3": "microsoftServerGatedCrypto",
}

// readExtensions fills in what the extensions say. Broken ones are left out
// here: the parsers report them.
func readExtensions(e *encoding, c *audit.Certificate) {
	if v, ok := e.extension(oidKeyUsage); ok {
		var bits asn1.BitString
		if _, err := asn1.Unmarshal(v, &bits); err == nil {
			for i, name := range keyUsages {
				if bits.At(i) == 1 {
					c.KeyUsage = append(c.KeyUsage, name)
				}
			}
		}
	}
	if v, ok := e.extension(oidEKU); ok {
		c.EKUPresent = true
		for usage := range elements(v) {
			c.EKU = append(c.EKU, usageName(usage))
		}
		c.EKU = audit.ClipList(c.EKU, maxList)
	}
	if v, ok := e.extension(oidBasicConstraints); ok {
		var b struct {
			IsCA    bool `asn1:"optional"`
			MaxPath int  `asn1:"optional,default:-1"`
		}
		if _, err := asn1.Unmarshal(v, &b); err == nil {
			c.IsCA = b.IsCA
			if b.MaxPath >= 0 {
				c.PathLen = &b.MaxPath
			}
		}
	}
	if v, ok := e.extension(oidAIA); ok {
		readAccess(v, c)
	}
	if v, ok := e.extension(oidCRLPoints); ok {
		c.CRLs = audit.ClipList(crlPoints(v), maxList)
	}
	if v, ok := e.extension(oidSCTs); ok {
		c.SCTs, c.SCTTimes = readSCTs(v)
	}
	if v, ok := e.extension(oidPolicies); ok {
		c.Policies = audit.ClipList(policies(v), maxList)
	}
	c.Extensions = extensions(e)
}

// extensionNames are those of RFC 5280 section 4.2 and of RFC 6962, 7633.
var extensionNames = map[string]string{
	"2.5.29.14": "subjectKeyIdentifier", "2.5.29.15": "keyUsage", "2.5.29.17": "subjectAltName", "2.5.29.18": "issuerAltName",
	"2.5.29.19": "basicConstraints", "2.5.29.30": "nameConstraints", "2.5.29.31": "cRLDistributionPoints", "2.5.29.32": "certificatePolicies",
	"2.5.29.33": "policyMappings", "2.5.29.35": "authorityKeyIdentifier", "2.5.29.36": "policyConstraints", "2.5.29.37": "extKeyUsage",
	"2.5.29.46": "freshestCRL", "2.5.29.54": "inhibitAnyPolicy", "1.3.6.1.5.5.7.1.1": "authorityInfoAccess", "1.3.6.1.5.5.7.1.24": "tlsFeature",
	"1.3.6.1.4.1.11129.2.4.2": "signedCertificateTimestampList", "1.3.6.1.4.1.11129.2.4.3": "precertificatePoison",
}

// extensions lists the extensions present, no more than maxExtensions.
func extensions(e *encoding) (list []audit.Extension) {
	for _, x := range e.TBS.Extensions[:min(len(e.TBS.Extensions), maxExtensions)] {
		id := x.Id.String()
		if name, ok := extensionNames[id]; ok {
			id = name
		}
		list = append(list, audit.Extension{ID: clip(id), Critical: x.Critical})
	}
	return list
}

// policies returns the OIDs of the certificatePolicies (RFC 5280 section
// 4.2.1.4), without qualifiers.
func policies(der []byte) (oids []string) {
	for member := range elements(der) {
		var information struct {
			OID        asn1.ObjectIdentifier
			Qualifiers asn1.RawValue `asn1:"optional"`
		}
		if _, err := asn1.Unmarshal(member.FullBytes, &information); err == nil {
			oids = append(oids, clip(information.OID.String()))
		}
	}
	return oids
}

func usageName(v asn1.RawValue) string {
	var oid asn1.ObjectIdentifier
	if _, err := asn1.Unmarshal(v.FullBytes, &oid); err != nil {
		return "?"
	}
	if name, ok := extendedUsages[oid.String()]; ok {
		return name
	}
	return clip(oid.String())
}

// readAccess reads the authority information access (RFC 5280 section 4.2.2.1).
func readAccess(der []byte, c *audit.Certificate) {
	for d := range elements(der) {
		var access struct {
			Method   asn1.ObjectIdentifier
			Location asn1.RawValue
		}
		if _, err := asn1.Unmarshal(d.FullBytes, &access); err != nil || access.Location.Tag != 6 {
			continue
		}
		url := clip(string(access.Location.Bytes))
		switch {
		case access.Method.Equal(oidOCSP):
			c.OCSP = append(c.OCSP, url)
		case access.Method.Equal(oidIssuers):
			c.IssuerURLs = append(c.IssuerURLs, url)
		}
	}
	c.OCSP, c.IssuerURLs = audit.ClipList(c.OCSP, maxList), audit.ClipList(c.IssuerURLs, maxList)
}

// crlPoints returns the URIs of the full names (RFC 5280 section 4.2.1.13).
func crlPoints(der []byte) (urls []string) {
	for point := range elements(der) {
		for field := range elements(point.FullBytes) {
			if field.Tag != 0 { // distributionPoint
				continue
			}
			for name := range elements(field.FullBytes) {
				if name.Tag != 0 { // fullName
					continue
				}
				for general := range elements(name.FullBytes) {
					if general.Tag == 6 {
						urls = append(urls, clip(string(general.Bytes)))
					}
				}
			}
		}
	}
	return urls
}

// CountSCTs counts the timestamps of a SignedCertificateTimestampList in an
// octet string, as certificates and OCSP responses hold it.
func CountSCTs(der []byte) int {
	n, _ := readSCTs(der)
	return n
}

// readSCTs counts the timestamps of the embedded list (RFC 6962 section 3.3):
// an octet string of a two-byte total and two-byte lengths. Those of version 1
// begin with the version, the log's id of 32 bytes and the milliseconds since
// 1970; the moments of the first maxList are kept.
func readSCTs(der []byte) (n int, times []time.Time) {
	const id, end = 1 + 32, 1 + 32 + 8
	var list []byte
	if _, err := asn1.Unmarshal(der, &list); err != nil || len(list) < 2 {
		return 0, nil
	}
	for list = list[2:]; len(list) >= 2; n++ {
		size := 2 + int(list[0])<<8 + int(list[1])
		if size > len(list) {
			break
		}
		sct := list[2:size]
		list = list[size:]
		if len(sct) < end || sct[0] != 0 || len(times) >= maxList {
			continue
		}
		if ms := binary.BigEndian.Uint64(sct[id:end]); ms <= maxMilliseconds {
			times = append(times, time.UnixMilli(int64(ms)).UTC())
		}
	}
	return n, times
}

package report

import (
	"strconv"
	"strings"
	"time"

	"tlsaudit/audit"
)

type cdxCertificate struct {
	Serial      string         `json:"serialNumber,omitempty"`
	Subject     string         `json:"subjectName,omitempty"`
	Issuer      string         `json:"issuerName,omitempty"`
	NotBefore   string         `json:"notValidBefore,omitempty"`
	NotAfter    string         `json:"notValidAfter,omitempty"`
	Format      string         `json:"certificateFormat"`
	Fingerprint *cdxHash       `json:"fingerprint,omitempty"`
	State       []cdxState     `json:"certificateState,omitempty"`
	Extensions  []cdxExtension `json:"certificateExtensions,omitempty"`
	Related     []cdxRelated   `json:"relatedCryptographicAssets,omitempty"`
}

type cdxHash struct {
	Algorithm string `json:"alg"`
	Content   string `json:"content"`
}

type cdxState struct {
	State  string `json:"state"`
	Reason string `json:"reason"`
}

type cdxExtension struct {
	Name  string `json:"commonExtensionName"`
	Value string `json:"commonExtensionValue"`
}

// cdxCertificateRef names a certificate by its fingerprint, or, if it has none,
// by what is known of it.
func cdxCertificateRef(c *audit.Certificate) string {
	if oscalHashes(c.SHA256) != nil {
		return "certificate/" + c.SHA256
	}
	return "certificate/" + nameUUID("cdx", c.SHA256, c.Subject, c.Issuer, c.Serial)
}

// certificate writes a certificate and the algorithms of its key and signature.
func (c *cdxWriter) certificate(cert *audit.Certificate) {
	ref := cdxCertificateRef(cert)
	if _, there := c.seen[ref]; there {
		return
	}
	var related []cdxRelated
	for _, a := range []struct {
		kind string
		of   cdxAlgorithm
	}{{"publicKey", cdxKey(&cert.Key)}, {"algorithm", cdxSignature(cert)}} {
		if a.of.name == "" {
			continue
		}
		c.algorithm(&a.of)
		if list := c.written([]string{a.of.ref}); len(list) > 0 {
			related = append(related, cdxRelated{a.kind, a.of.ref})
		}
	}
	c.asset(ref, func() cdxComponent {
		made := cdxComponent{Name: "certificate", Crypto: &cdxCrypto{AssetType: "certificate", Certificate: c.certificateProperties(cert, related)}}
		for _, name := range []string{cert.CommonName, cert.Subject} {
			if name != "" {
				made.Name = Clean(name)
				break
			}
		}
		if cert.Error != "" {
			made.Properties = []cdxProperty{{"tlsaudit:could-not-be-read", Clean(cert.Error)}}
		}
		return made
	})
}

func (c *cdxWriter) certificateProperties(cert *audit.Certificate, related []cdxRelated) *cdxCertificate {
	p := &cdxCertificate{Serial: Clean(cert.Serial), Subject: Clean(cert.Subject), Issuer: Clean(cert.Issuer), Format: "X.509", Related: related}
	if oscalHashes(cert.SHA256) != nil {
		p.Fingerprint = &cdxHash{"SHA-256", cert.SHA256}
	}
	if !cert.NotBefore.IsZero() {
		p.NotBefore = cert.NotBefore.UTC().Format(time.RFC3339)
	}
	if !cert.NotAfter.IsZero() {
		p.NotAfter = cert.NotAfter.UTC().Format(time.RFC3339)
	}
	switch now := c.report.Now; {
	case now.IsZero() || cert.NotAfter.IsZero():
	case now.After(cert.NotAfter):
		p.State = []cdxState{{"deactivated", "expired on " + date10(cert.NotAfter)}}
	case now.Before(cert.NotBefore):
		p.State = []cdxState{{"pre-activation", "not valid before " + date10(cert.NotBefore)}}
	default:
		p.State = []cdxState{{"active", "presented, and valid until " + date10(cert.NotAfter)}}
	}
	extend := func(name string, list []string) {
		if len(list) > 0 {
			p.Extensions = append(p.Extensions, cdxExtension{name, Clean(strings.Join(list, ", "))})
		}
	}
	if cert.IsCA {
		extend("basicConstraints", []string{"CA:TRUE"})
	}
	extend("keyUsage", cert.KeyUsage)
	extend("extendedKeyUsage", cert.EKU)
	extend("subjectAlternativeName", cert.SANs)
	extend("certificatePolicies", cert.Policies)
	extend("crlDistributionPoints", cert.CRLs)
	extend("authorityInformationAccess", append(append([]string{}, cert.OCSP...), cert.IssuerURLs...))
	return p
}

// cdxKey is the algorithm of a public key with its size; without a name if it is
// not known.
func cdxKey(k *audit.Key) cdxAlgorithm {
	p := cdxAlgorithmProperties{Primitive: "signature", Quantum: cdxQuantum(0)}
	switch k.Type {
	case "":
		return cdxAlgorithm{}
	case "rsa", "dsa":
		name := strings.ToUpper(k.Type)
		if k.Type == "dsa" {
			p.Family = "DSA"
		}
		p.Classical = cdxFactoring(k.Bits)
		if k.Bits > 0 {
			p.Parameter = strconv.Itoa(k.Bits)
			name += "-" + p.Parameter
		}
		return cdxNamed(name, p)
	case "ecdsa":
		p.Family, p.Curve, p.Classical = "ECDSA", cdxCurves[k.Curve], k.Bits/2
		return cdxNamed(strings.TrimSuffix("ECDSA-"+k.Curve, "-"), p)
	case "ed25519":
		p.Family, p.Curve, p.Classical = "EdDSA", "other/Ed25519", 128
		return cdxNamed("Ed25519", p)
	case "ed448":
		p.Family, p.Curve, p.Classical = "EdDSA", "other/Ed448", 224
		return cdxNamed("Ed448", p)
	}
	if category, known := map[string]int{"ml-dsa-44": 2, "ml-dsa-65": 3, "ml-dsa-87": 5}[k.Type]; known {
		p.Family, p.Parameter, p.Quantum = "ML-DSA", strings.TrimPrefix(k.Type, "ml-dsa-"), cdxQuantum(category)
		return cdxNamed(strings.ToUpper(k.Type), p)
	}
	return cdxUnknown(k.Type)
}

// cdxSignature is the algorithm a certificate is signed with, "rsa+sha256" and
// the like; without a name if it is not known.
func cdxSignature(cert *audit.Certificate) cdxAlgorithm {
	kind, with, pair := strings.Cut(cert.Signature, "+")
	h, known := digests[strings.ToUpper(with)]
	family := map[string]string{"rsa": "RSASSA-PKCS1", "rsa-pss": "RSASSA-PSS", "ecdsa": "ECDSA", "dsa": "DSA"}[kind]
	switch {
	case cert.Signature == "":
		return cdxAlgorithm{}
	case pair && known && family != "":
		p := cdxAlgorithmProperties{Primitive: "signature", Family: family, Parameter: h.name, Quantum: cdxQuantum(0)}
		if kind == "rsa" {
			p.Padding = "pkcs1v15"
		}
		return cdxNamed(family+"-"+h.name, p)
	case !pair:
		return cdxKey(&audit.Key{Type: kind})
	}
	return cdxUnknown(cert.Signature)
}

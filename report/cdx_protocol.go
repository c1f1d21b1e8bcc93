package report

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"tlsaudit/audit"
	"tlsaudit/internal/tlsreg"
)

// cdxCrypto is the cryptoProperties of a component.
type cdxCrypto struct {
	AssetType   string                  `json:"assetType"`
	Algorithm   *cdxAlgorithmProperties `json:"algorithmProperties,omitempty"`
	Certificate *cdxCertificate         `json:"certificateProperties,omitempty"`
	Protocol    *cdxProtocolProperties  `json:"protocolProperties,omitempty"`
	OID         string                  `json:"oid,omitempty"`
}

type cdxProtocolProperties struct {
	Type    string       `json:"type"`
	Version string       `json:"version"`
	Suites  []cdxSuite   `json:"cipherSuites,omitempty"`
	Related []cdxRelated `json:"relatedCryptographicAssets,omitempty"`
}

type cdxSuite struct {
	Name        string   `json:"name"`
	Algorithms  []string `json:"algorithms,omitempty"`
	Identifiers []string `json:"identifiers"`
	Groups      []string `json:"tlsGroups,omitempty"`
	Schemes     []string `json:"tlsSignatureSchemes,omitempty"`
}

type cdxRelated struct {
	Type string `json:"type"`
	Ref  string `json:"ref"`
}

// cdxProtocol is one version with what a listener accepts at it. Listeners that
// accept the same share it.
type cdxProtocol struct {
	ref, name  string
	properties cdxProtocolProperties
	algorithms []cdxAlgorithm
}

// cdxProtocolOf describes one version of a posture.
func cdxProtocolOf(p *audit.Posture, f *audit.VersionFact) cdxProtocol {
	v := cdxProtocol{name: f.Version.String(), properties: cdxProtocolProperties{Type: "tls", Version: cdxVersion(f.Version)}}
	var groups []string
	for i := range p.Groups {
		if g := &p.Groups[i]; g.Version == f.Version && g.Answer == audit.Accepted {
			groups = append(groups, clean(g.Name, 80))
			a := cdxGroup(g.Name)
			v.algorithms = append(v.algorithms, a)
			if r := (cdxRelated{"algorithm", a.ref}); !slices.Contains(v.properties.Related, r) {
				v.properties.Related = append(v.properties.Related, r)
			}
		}
	}
	for i := range f.Suites {
		s := &f.Suites[i]
		made := cdxSuite{Name: clean(s.Name, 120), Identifiers: cdxIdentifiers(s.ID)}
		if made.Name == "" {
			made.Name = s.ID.String()
		}
		for _, a := range cdxSuiteAlgorithms(s) {
			v.algorithms = append(v.algorithms, a)
			made.Algorithms = append(made.Algorithms, a.ref)
		}
		if registered, known := tlsreg.SuiteByCode(s.ID); known && slices.Contains([]string{"ECDHE", "DHE", "any"}, registered.KX) {
			made.Groups = groupsFor(registered.KX, groups)
		}
		if s.SigScheme != "" {
			made.Schemes = []string{schemeName(s.SigScheme)}
		}
		v.properties.Suites = append(v.properties.Suites, made)
	}
	id, err := json.Marshal(v.properties)
	if err != nil {
		id = []byte(v.name) // no value of these types fails
	}
	v.ref = "protocol/" + strings.ToLower(v.name) + "/" + nameUUID("cdx", string(id))
	return v
}

// cdxVersion is the version as the protocol's own documents write it.
func cdxVersion(v audit.Version) string {
	name := v.String()
	if v == audit.SSLv2 || v == audit.SSLv3 {
		return "SSL " + strings.TrimPrefix(name, "SSLv") + ".0"
	}
	return strings.TrimPrefix(name, "TLSv")
}

// cdxIdentifiers are the bytes of a code, as "0xC0" and "0x2F".
func cdxIdentifiers(c audit.Code) []string {
	list := []string{fmt.Sprintf("0x%02X", uint32(c)>>8&0xff), fmt.Sprintf("0x%02X", uint32(c)&0xff)}
	if c > 0xffff { // a kind of SSLv2
		list = append([]string{fmt.Sprintf("0x%02X", uint32(c)>>16&0xff)}, list...)
	}
	return list
}

// groupsFor leaves those groups a key exchange can use.
func groupsFor(kx string, groups []string) (list []string) {
	for _, g := range groups {
		if finite := strings.HasPrefix(g, "ffdhe"); kx == "any" || finite == (kx == "DHE") {
			list = append(list, g)
		}
	}
	return list
}

// schemeName is the registered name of a signature scheme.
func schemeName(scheme string) string {
	if s, known := tlsreg.SchemeByName(scheme); known {
		return s.Name
	}
	return clean(scheme, 80)
}

// refs are the algorithms of a protocol, each once.
func (p *cdxProtocol) refs() (list []string) {
	for _, a := range p.algorithms {
		if !slices.Contains(list, a.ref) {
			list = append(list, a.ref)
		}
	}
	return list
}

// protocol writes a protocol and its algorithms. Where there is no room for all
// of them, it refers to those there are.
func (c *cdxWriter) protocol(p cdxProtocol) {
	for i := range p.algorithms {
		c.algorithm(&p.algorithms[i])
	}
	c.asset(p.ref, func() cdxComponent {
		properties := p.properties
		for i := range properties.Suites { // no one else has them
			properties.Suites[i].Algorithms = c.written(properties.Suites[i].Algorithms)
		}
		properties.Related = slices.DeleteFunc(properties.Related, func(r cdxRelated) bool { return len(c.written([]string{r.Ref})) == 0 })
		return cdxComponent{Name: p.name, Crypto: &cdxCrypto{AssetType: "protocol", Protocol: &properties}}
	})
}

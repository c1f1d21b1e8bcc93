package policy_test

import (
	"slices"
	"time"

	"tlsaudit/audit"
	"tlsaudit/internal/tlsreg"
)

// judged is the time at which postures are judged unless a rule begins later.
var judged = time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)

// setup describes an endpoint in the terms standards speak in; observe makes
// the observation of it, with everything asked and answered.
type setup struct {
	protocol string
	// suites and groups by version; a version without suites is refused.
	suites map[audit.Version][]string
	groups map[audit.Version][]string
	certs  []certificate
	client bool // the client decides among suites
	dhBits int
	// features that are not as in a well-kept server.
	features map[audit.Feature]audit.Answer
	days     int // validity of certificates; 80 if zero
}

// certificate is a kind of key and the signature on it.
type certificate struct {
	key       audit.Key
	signature string
	hash      string
	salt      int
}

var (
	rsa2048  = certificate{audit.Key{Type: "rsa", Bits: 2048, Exponent: "65537"}, "rsa+sha256", "sha256", 0}
	rsa3072  = certificate{audit.Key{Type: "rsa", Bits: 3072, Exponent: "65537"}, "rsa+sha256", "sha256", 0}
	ecdsa256 = certificate{audit.Key{Type: "ecdsa", Bits: 256, Curve: "secp256r1"}, "ecdsa+sha256", "sha256", 0}
	mldsa87  = certificate{audit.Key{Type: "ml-dsa-87"}, "ml-dsa-87", "intrinsic", 0}
)

// modern is what most standards agree on.
func modern(edit func(*setup)) setup {
	s := setup{
		protocol: "https",
		suites: map[audit.Version][]string{
			audit.TLSv12: {"TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384", "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256"},
			audit.TLSv13: {"TLS_AES_256_GCM_SHA384", "TLS_AES_128_GCM_SHA256"},
		},
		groups: map[audit.Version][]string{audit.TLSv12: {"secp256r1", "secp384r1"}, audit.TLSv13: {"secp256r1", "secp384r1"}},
		certs:  []certificate{ecdsa256},
	}
	if edit != nil {
		edit(&s)
	}
	return s
}

func (s setup) observe() *audit.Observation {
	o := &audit.Observation{
		Target: audit.Target{Protocol: s.protocol, Host: "www.example.com", Port: 443}, Reach: audit.ReachTLS,
		Started: judged, Finished: judged,
		Handshake: &audit.Handshake{Completed: audit.Accepted, ClientCertificate: audit.Refused},
	}
	o.ChainsAnswer = audit.Accepted
	for _, v := range audit.Versions {
		o.Posture.Versions = append(o.Posture.Versions, s.version(v))
		for _, name := range s.groups[v] {
			g, ok := tlsreg.GroupByName(name)
			if !ok {
				panic("no group " + name)
			}
			o.Groups = append(o.Groups, audit.GroupFact{ID: g.Code, Name: g.Name, Version: v, Answer: audit.Accepted, Bits: g.StrengthBits})
		}
		if len(s.suites[v]) > 0 {
			s.keyExchangeAt(o, v)
			s.featuresAt(o, v)
			o.Handshake.Version = v
		}
	}
	for _, c := range s.certs {
		o.Chains = append(o.Chains, s.chain(c))
	}
	if s.protocol == "https" {
		o.HTTP = &audit.HTTP{
			Answer: audit.Accepted, Status: 404, HSTS: &audit.HSTS{Value: "max-age=63072000; includeSubDomains", MaxAge: 63072000, IncludeSubDomains: true},
			Cookies: []audit.Cookie{{Name: "session", Secure: true}}, Plain: &audit.PlainHTTP{Answer: audit.Accepted, Status: 301, Location: "https://www.example.com"},
		}
	}
	if s.protocol == "smtp" {
		o.Target.Host, o.Target.Port = "mx.example.com", 25
		o.StartTLS = &audit.StartTLS{Offered: audit.Accepted, Accepted: audit.Accepted, Banner: "220 mx.example.com ESMTP",
			Reply: "220 2.0.0 Ready", Capabilities: []string{"PIPELINING", "STARTTLS"}, Injection: audit.Refused}
		o.Target.Domains = []string{"example.com"}
		o.MailHost = &audit.MailHost{DANE: vouched(o)}
		for i := range o.Chains {
			o.Chains[i].Certificates[0].SANs = []string{"mx.example.com"}
			o.Chains[i].Names.Reference = "mx.example.com"
		}
	}
	return o
}

func (s setup) version(v audit.Version) audit.VersionFact {
	f := audit.VersionFact{Version: v, Answer: audit.Refused, Evidence: "alert 70 protocol_version", Suites: []audit.Suite{}}
	if len(s.suites[v]) == 0 {
		return f
	}
	f.Answer, f.Evidence, f.SuitesAnswer, f.GroupsAnswer = audit.Accepted, "ServerHello", audit.Accepted, audit.Accepted
	f.Preference = audit.PreferenceServer
	if s.client {
		f.Preference = audit.PreferenceClient
	}
	for _, name := range s.suites[v] {
		reg, ok := tlsreg.SuiteByName(name)
		if !ok {
			panic("no suite " + name)
		}
		suite := audit.Suite{ID: reg.Code, Name: reg.Name, OpenSSL: reg.OpenSSL, Bits: reg.StrengthBits}
		if reg.KX == "DHE" {
			suite.DHBits = s.dhBits
		}
		f.Suites = append(f.Suites, suite)
	}
	return f
}

// keyExchangeAt states what is known about keys and signatures of handshakes.
func (s setup) keyExchangeAt(o *audit.Observation, v audit.Version) {
	for name, answer := range map[audit.Feature]audit.Answer{
		audit.FeatureReusesDHE: audit.Refused, audit.FeatureReusesECDHE: audit.Refused, audit.FeatureSignatureAlgorithms: audit.Accepted,
	} {
		if a, ok := s.features[name]; ok {
			answer = a
		}
		o.Features = append(o.Features, audit.FeatureFact{Name: name, Version: v, Answer: answer, Evidence: "ServerHello"})
	}
}

// featuresAt states every session feature at a version.
func (s setup) featuresAt(o *audit.Observation, v audit.Version) {
	good := []audit.Feature{audit.FeatureSecureRenegotiation, audit.FeatureExtendedMasterSecret, audit.FeatureEncryptThenMAC, audit.FeatureSessionTicket,
		audit.FeatureALPN, audit.FeatureFallbackSCSV, audit.FeaturePointFormats, audit.FeatureStatusRequestV2, audit.FeatureServerName,
		audit.FeatureTicketLifetime, audit.FeatureTicketResumption}
	bad := []audit.Feature{audit.FeatureCompression, audit.FeatureHeartbeat, audit.FeatureTruncatedHMAC, audit.FeatureClientCertificateURL,
		audit.FeatureSignsMD5, audit.FeatureSignsSHA1, audit.FeatureSignsSHA224, audit.FeatureClientRenegotiation, audit.FeatureRawPublicKey,
		audit.FeatureHeartbleed, audit.FeatureCCSInjection, audit.FeatureROBOT, audit.FeatureTicketbleed, audit.FeaturePOODLETLS, audit.FeaturePaddingOracle}
	if v == audit.TLSv13 {
		good = []audit.Feature{audit.FeatureSessionTicket, audit.FeatureTicketLifetime, audit.FeatureTicketResumption, audit.FeatureServerName}
		bad = []audit.Feature{audit.FeatureEarlyData, audit.FeaturePSKOnly}
	}
	for _, name := range slices.Concat(good, bad) {
		fact := audit.FeatureFact{Name: name, Version: v, Answer: audit.Refused, Evidence: "ServerHello"}
		if slices.Contains(good, name) {
			fact.Answer = audit.Accepted
		}
		fact.Value = map[audit.Feature]string{audit.FeaturePointFormats: "uncompressed", audit.FeatureTicketLifetime: "7200", audit.FeatureALPN: "h2"}[name]
		if a, ok := s.features[name]; ok {
			fact.Answer = a
		}
		o.Features = append(o.Features, fact)
	}
}

func (s setup) chain(c certificate) audit.Chain {
	days := s.days
	if days == 0 {
		days = 80
	}
	begin := judged.AddDate(0, 0, -30)
	extensions := []audit.Extension{{ID: "keyUsage", Critical: true}, {ID: "extKeyUsage"}, {ID: "basicConstraints", Critical: true}, {ID: "subjectAltName"},
		{ID: "authorityInfoAccess"}, {ID: "certificatePolicies"}, {ID: "cRLDistributionPoints"}}
	leaf := audit.Certificate{
		Subject: "CN=www.example.com", CommonName: "www.example.com", Issuer: "CN=Example Issuing CA", Serial: "4f2a9b1c7d8e0f1122334455667788",
		SANs: []string{"www.example.com"}, NotBefore: begin, NotAfter: begin.AddDate(0, 0, days).Add(-time.Second),
		SHA256: "7d5f0c1e9a3b48d2a6c4e8f00112233445566778899aabbccddeeff0011" + c.key.Type, Key: c.key, Signature: c.signature, SignatureHash: c.hash, PSSSalt: c.salt,
		KeyUsage: []string{"digitalSignature"}, EKU: []string{"serverAuth"}, EKUPresent: true, X509Version: 3, Extensions: extensions,
		IssuerURLs: []string{"http://ca.example.com/issuing.crt"}, OCSP: []string{"http://ocsp.example.com"}, CRLs: []string{"http://crl.example.com/1.crl"},
		SCTs: 2, SCTTimes: []time.Time{begin, begin}, Policies: []string{"2.23.140.1.2.1"}, Size: 1200,
	}
	issuer := leaf
	issuer.Subject, issuer.CommonName, issuer.Issuer, issuer.SANs = "CN=Example Issuing CA", "Example Issuing CA", "CN=Example Root", nil
	issuer.SHA256, issuer.IsCA, issuer.KeyUsage = "aa11bb22cc33dd44ee55ff66"+c.key.Type, true, []string{"keyCertSign", "cRLSign"}
	issuer.NotBefore, issuer.NotAfter = begin.AddDate(-2, 0, 0), begin.AddDate(30, 0, 0)
	return audit.Chain{
		Certificates: []audit.Certificate{leaf, issuer}, Versions: []audit.Version{audit.TLSv12, audit.TLSv13},
		Trust: audit.Trust{Anchors: "system roots", Answer: audit.Accepted, At: judged, Path: []string{"CN=www.example.com", "CN=Example Issuing CA", "CN=Example Root"}},
		Order: audit.Accepted, Complete: audit.Accepted, Names: audit.NameMatch{Reference: "www.example.com", SAN: audit.Accepted, CN: audit.Accepted},
		Stapled: audit.Staple{Answer: audit.Accepted, Status: "good", ThisUpdate: judged.AddDate(0, 0, -1), NextUpdate: judged.AddDate(0, 0, 4), Signed: audit.Accepted},
	}
}

// vouched are signed TLSA records, one for each certificate and one for the next.
func vouched(o *audit.Observation) *audit.DANE {
	look := audit.Lookup{Name: "mx.example.com", Type: "A", Outcome: audit.LookupFound, Secure: audit.Accepted}
	d := &audit.DANE{Address: look, TLSA: audit.Lookup{Name: "_25._tcp.mx.example.com", Type: "TLSA", Outcome: audit.LookupFound, Secure: audit.Accepted}, Base: "mx.example.com"}
	next := audit.TLSARecord{Usage: 3, Selector: 1, Matching: 1, Data: "abcd", Size: 32}
	for i := range o.Chains {
		leaf := o.Chains[i].Certificates[0].SHA256
		d.Records = append(d.Records, audit.TLSARecord{Usage: 3, Selector: 1, Matching: 1, Data: "0123", Size: 32, Matches: []audit.TLSAMatch{{Leaf: leaf, Answer: audit.Accepted}}})
		next.Matches = append(next.Matches, audit.TLSAMatch{Leaf: leaf, Answer: audit.Refused})
	}
	d.Records = append(d.Records, next)
	return d
}

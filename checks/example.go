package checks

import (
	"slices"
	"time"

	"tlsaudit/audit"
	"tlsaudit/internal/tlsreg"
)

// exampleNow is the time of judgement of all examples.
var exampleNow = time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)

// change is one difference between an example and a well-kept endpoint.
type change func(*audit.Observation)

// example makes one documented case: a well-kept endpoint with some changes.
func example(name string, want audit.Verdict, params map[string]any, changes ...change) audit.Example {
	return audit.Example{Name: name, Params: params, Level: audit.Must, Observe: func() *audit.Observation { return wellKept(changes...) }, Now: exampleNow, Want: want}
}

// at sets the level of an example.
func at(level audit.Level, e audit.Example) audit.Example {
	e.Level = level
	return e
}

// wellKept is the observation of an https endpoint few policies object to.
func wellKept(changes ...change) *audit.Observation {
	o := &audit.Observation{
		Target: audit.Target{Protocol: "https", Host: "www.example.com", Port: 443},
		Reach:  audit.ReachTLS,
		Posture: audit.Posture{
			Groups: []audit.GroupFact{
				{ID: 0x001D, Name: "x25519", Version: audit.TLSv13, Answer: audit.Accepted, Bits: 128},
				{ID: 0x0017, Name: "secp256r1", Version: audit.TLSv13, Answer: audit.Accepted, Bits: 128},
				{ID: 0x001D, Name: "x25519", Version: audit.TLSv12, Answer: audit.Accepted, Bits: 128},
			},
			Chains:       []audit.Chain{wellKeptChain()},
			ChainsAnswer: audit.Accepted,
		},
		Handshake: &audit.Handshake{Completed: audit.Accepted, Version: audit.TLSv13, ClientCertificate: audit.Refused},
	}
	for _, v := range audit.Versions {
		o.Posture.Versions = append(o.Posture.Versions,
			audit.VersionFact{Version: v, Answer: audit.Refused, Evidence: "alert 70 protocol_version", Suites: []audit.Suite{}})
	}
	accepts(audit.TLSv12, "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384", "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256")(o)
	accepts(audit.TLSv13, "TLS_AES_256_GCM_SHA384", "TLS_AES_128_GCM_SHA256")(o)
	for _, c := range changes {
		c(o)
	}
	return o
}

func wellKeptChain() audit.Chain {
	leaf := audit.Certificate{
		Subject: "CN=www.example.com", CommonName: "www.example.com", Issuer: "CN=Example Issuing CA", Serial: "4f2a6bd09c1e57a83340f1c2d97ee815",
		SANs: []string{"www.example.com"}, NotBefore: exampleNow.AddDate(0, 0, -30), NotAfter: exampleNow.AddDate(0, 0, 60),
		SHA256: "7d5f0c1e9a3b48d2a6c4e8f00112233445566778899aabbccddeeff001122334",
		Key:    audit.Key{Type: "rsa", Bits: 3072, Exponent: "65537"}, Signature: "rsa+sha256", SignatureHash: "sha256",
		KeyUsage: []string{"digitalSignature"}, EKU: []string{"serverAuth"}, EKUPresent: true, X509Version: 3,
		IssuerURLs: []string{"http://ca.example.com/issuing.crt"}, OCSP: []string{"http://ocsp.example.com"},
		CRLs: []string{"http://crl.example.com/issuing.crl"}, Policies: []string{"2.23.140.1.2.1"},
		SCTs: 2, SCTTimes: []time.Time{exampleNow.AddDate(0, 0, -30).Add(time.Hour), exampleNow.AddDate(0, 0, -30).Add(61 * time.Minute)},
		Extensions: []audit.Extension{{ID: "keyUsage", Critical: true}, {ID: "extKeyUsage"}, {ID: "basicConstraints", Critical: true}, {ID: "certificatePolicies"},
			{ID: "subjectAltName"}, {ID: "signedCertificateTimestampList"}},
	}
	noCABelow := 0
	issuer := audit.Certificate{
		Subject: "CN=Example Issuing CA", CommonName: "Example Issuing CA", Issuer: "CN=Example Root", SHA256: "aa11bb22cc33dd44ee55ff66",
		NotBefore: exampleNow.AddDate(-2, 0, 0), NotAfter: exampleNow.AddDate(5, 0, 0), Key: audit.Key{Type: "rsa", Bits: 3072},
		Signature: "rsa+sha256", SignatureHash: "sha256", IsCA: true, X509Version: 3,
		EKU: []string{"serverAuth"}, EKUPresent: true, PathLen: &noCABelow,
		Extensions: []audit.Extension{{ID: "keyUsage", Critical: true}, {ID: "extKeyUsage"}, {ID: "basicConstraints", Critical: true}},
	}
	return audit.Chain{
		Certificates: []audit.Certificate{leaf, issuer}, Versions: []audit.Version{audit.TLSv12, audit.TLSv13},
		Trust: audit.Trust{Anchors: "example-roots.pem", Answer: audit.Accepted, Path: []string{"CN=www.example.com", "CN=Example Issuing CA", "CN=Example Root"}},
		Order: audit.Accepted, Complete: audit.Accepted,
		Names: audit.NameMatch{Reference: "www.example.com", SAN: audit.Accepted, CN: audit.Accepted},
	}
}

func fact(o *audit.Observation, v audit.Version) *audit.VersionFact {
	i := slices.IndexFunc(o.Posture.Versions, func(f audit.VersionFact) bool { return f.Version == v })
	return &o.Posture.Versions[i]
}

// accepts makes v accepted with exactly these suites, proven complete, and its
// groups too.
func accepts(v audit.Version, suites ...string) change {
	return func(o *audit.Observation) {
		*fact(o, v) = audit.VersionFact{Version: v, Answer: audit.Accepted, Evidence: "ServerHello", SuitesAnswer: audit.Accepted,
			GroupsAnswer: audit.Accepted, Preference: audit.PreferenceServer, Suites: []audit.Suite{}}
		for _, name := range suites {
			s, ok := tlsreg.SuiteByName(name)
			if !ok {
				panic("example names an unknown suite " + name)
			}
			fact(o, v).Suites = append(fact(o, v).Suites, audit.Suite{ID: s.Code, Name: s.Name, OpenSSL: s.OpenSSL, Bits: s.StrengthBits})
		}
	}
}

// answers sets the answer to v, without suites.
func answers(v audit.Version, a audit.Answer, evidence string) change {
	return func(o *audit.Observation) {
		*fact(o, v) = audit.VersionFact{Version: v, Answer: a, Evidence: evidence, Suites: []audit.Suite{}}
	}
}

// cutShort makes the enumeration of v's suites incomplete.
func cutShort(v audit.Version) change {
	return func(o *audit.Observation) { fact(o, v).SuitesAnswer = audit.Undetermined }
}

// sampled makes the groups of v known only as far as handshakes of its suites
// happened to use this one.
func sampled(v audit.Version, group string) change {
	return func(o *audit.Observation) {
		o.Groups = slices.DeleteFunc(o.Groups, func(g audit.GroupFact) bool { return g.Version == v })
		fact(o, v).GroupsAnswer = audit.NotAsked
		for i := range fact(o, v).Suites {
			fact(o, v).Suites[i].Group = group
		}
	}
}

// handshake sets the outcome of the full handshake, and whether the server
// asked for a client certificate.
func handshake(completed, clientCertificate audit.Answer) change {
	return func(o *audit.Observation) {
		o.Handshake = &audit.Handshake{Completed: completed, ClientCertificate: clientCertificate}
		if completed == audit.Accepted {
			o.Handshake.Version = audit.TLSv13
		} else {
			o.Handshake.Reason = "alert 40 handshake_failure"
		}
	}
}

// unread leaves one certificate of the listener unread.
func unread(o *audit.Observation) {
	o.ChainsAnswer, o.ChainsEvidence = audit.Undetermined, "the ECDSA certificate"
}

// unordered makes the suites of a version a set.
func unordered(v audit.Version) change {
	return func(o *audit.Observation) { fact(o, v).SuitesUnordered = true }
}

// prefers sets who decides the suite at every accepted version.
func prefers(p audit.Preference) change {
	return func(o *audit.Observation) {
		for i := range o.Posture.Versions {
			if o.Posture.Versions[i].Answer == audit.Accepted {
				o.Posture.Versions[i].Preference = p
			}
		}
	}
}

// withLeaf changes the leaf certificate, withChain its chain.
func withLeaf(edit func(*audit.Certificate)) change {
	return func(o *audit.Observation) { edit(&o.Chains[0].Certificates[0]) }
}

func withChain(edit func(*audit.Chain)) change {
	return func(o *audit.Observation) { edit(&o.Chains[0]) }
}

// secondChain adds an ECDSA chain beside the RSA one.
func secondChain(o *audit.Observation) {
	c := wellKeptChain()
	c.Certificates[0].Key = audit.Key{Type: "ecdsa", Bits: 256, Curve: "secp256r1"}
	c.Certificates[0].Signature = "ecdsa+sha256"
	c.Certificates[0].SHA256 = "0123456789abcdef0123456789abcdef"
	o.Chains = append(o.Chains, c)
}

// unreadable makes the leaf one that the guards refused.
func unreadable(o *audit.Observation) {
	o.Chains[0].Certificates[0] = audit.Certificate{SHA256: o.Chains[0].Certificates[0].SHA256, Error: "RSA modulus of 65536 bits refused"}
}

// truncated makes the chain longer than an observation keeps.
func truncated(o *audit.Observation) { o.Chains[0].Truncated = true }

// unreachable makes the endpoint one that could not be connected to.
func unreachable(o *audit.Observation) {
	*o = audit.Observation{Target: o.Target, Reach: audit.ReachUnreachable, Reason: "connection refused"}
}

// mail turns the endpoint into a mail server reached through STARTTLS.
func mail(o *audit.Observation) {
	o.Target = audit.Target{Protocol: "smtp", Host: "mx.example.com", Port: 25}
	o.StartTLS = &audit.StartTLS{Offered: audit.Accepted, Accepted: audit.Accepted, Banner: "220 mx.example.com ESMTP",
		Reply: "220 2.0.0 Ready to start TLS", Capabilities: []string{"PIPELINING", "STARTTLS"}, Injection: audit.Refused}
}

// plainMail is a mail server whose complete EHLO has no STARTTLS.
func plainMail(o *audit.Observation) {
	mail(o)
	*o = audit.Observation{Target: o.Target, Reach: audit.ReachNoTLS, Reason: "EHLO without STARTTLS",
		StartTLS: &audit.StartTLS{Offered: audit.Refused, Banner: "220 mx.example.com ESMTP", Capabilities: []string{"PIPELINING", "SIZE"}}}
}

// chat turns the endpoint into a Sametime community port with this verdict.
func chat(verdict audit.SametimeVerdict, legacy, tls audit.Answer) change {
	return func(o *audit.Observation) {
		o.Target = audit.Target{Protocol: "sametime", Host: "chat.example.com", Port: 1533}
		s := &audit.Sametime{Verdict: verdict, Legacy: legacy, TLS: tls}
		if legacy == audit.Accepted {
			s.Answered = "handshake-ack"
		}
		if tls != audit.Accepted {
			*o = audit.Observation{Target: o.Target, Reach: audit.ReachNoTLS, Reason: "no TLS record came back"}
		} else {
			answers(audit.SSLv2, audit.NotAsked, "")(o)
		}
		o.Sametime = s
	}
}

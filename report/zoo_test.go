package report

import (
	"iter"
	"maps"
	"net/netip"
	"slices"
	"strings"
	"time"

	"tlsaudit/audit"
)

// zoo is audit.Records over a slice, with one subject of every kind.
type zoo []*audit.Record

func (z zoo) BySubject() iter.Seq2[*audit.Record, error] {
	return z.sorted(func(a, b *audit.Record) int { return strings.Compare(a.Evidence.Subject, b.Evidence.Subject) })
}

func (z zoo) WorstFirst() iter.Seq2[*audit.Record, error] {
	return z.sorted(func(a, b *audit.Record) int {
		if len(a.Findings) == 0 || len(b.Findings) == 0 { // judged by nobody: last
			return len(b.Findings) - len(a.Findings)
		}
		return a.Findings[0].Compare(&b.Findings[0])
	})
}

func (z zoo) Findings() iter.Seq2[*audit.Record, error] { return unobserved(z.BySubject()) }

// unobserved takes the observations off copies of records.
func unobserved(records iter.Seq2[*audit.Record, error]) iter.Seq2[*audit.Record, error] {
	return func(yield func(*audit.Record, error) bool) {
		for r, err := range records {
			if r != nil {
				c := *r
				c.Evidence.Observed, r = nil, &c
			}
			if !yield(r, err) {
				return
			}
		}
	}
}

func (z zoo) sorted(compare func(a, b *audit.Record) int) iter.Seq2[*audit.Record, error] {
	records := slices.SortedFunc(slices.Values(z), compare)
	return func(yield func(*audit.Record, error) bool) {
		for _, r := range records {
			if !yield(r, nil) {
				return
			}
		}
	}
}

var zooNow = time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)

// hostileText holds one of everything that a certificate, a banner or an
// inventory can smuggle into a report.
const hostileText = "=cmd|'/c calc'!A1 \x1b[2J\x1b]0;owned\a <script>alert(1)</script> \u202egpj.exe\u202c _x0041_ \x00\u009b1m\u200b\ufeff\u2028 \"q\" \n::error::x \xff |`"

func day(n int) time.Time { return zooNow.AddDate(0, 0, n).Truncate(24 * time.Hour) }

func zooReport() *audit.Report {
	r := &audit.Report{
		Schema: audit.SchemaV1, Tool: audit.Tool{Name: "tlsaudit", Version: "1.0.0"},
		Generated: zooNow.Add(90 * time.Second), Now: zooNow,
		Policies: []audit.PolicyRef{
			{ID: "mozilla-intermediate-6.0", Title: "Mozilla Server Side TLS, intermediate", Version: "6.0", SHA256: strings.Repeat("3f", 32), Confidence: "verified"},
			{ID: "gateway", Title: "Mail gateway of Example Inc.", Version: "2026-10", SHA256: strings.Repeat("9a", 32)},
		},
		Incomplete: "1 of 8 endpoints could not be judged",
		Unautomated: []audit.Unautomated{
			{Profile: "mozilla-intermediate-6.0", Rule: "hsts", Control: "HSTS", Check: "http.hsts", Level: audit.Should, Reason: "no part of this program reads HTTP headers; look at the response of the site"},
			{Profile: "gateway", Rule: "key-ceremony", Control: "7.1", Check: "process", Level: audit.Process, Reason: "a demand on people: ask for the minutes"},
		},
		Records: zooRecords(),
	}
	r.Summary, r.Rules = summarise(r.Records), rulesOf(r.Records)
	r.Origin = &audit.Origin{Host: "scanner.example.com", Operator: "TLS audit team"}
	r.Sources = []audit.FileRef{{File: "inventory.yaml", SHA256: strings.Repeat("5c", 32)}, {File: "policy.yaml", SHA256: strings.Repeat("77", 32)}}
	return r
}

// rulesOf is what the engine and the policy tell of the rules of findings.
func rulesOf(records audit.Records) []audit.RuleRef {
	known := map[[2]string]audit.RuleRef{}
	for rec := range records.BySubject() {
		for _, f := range rec.Findings {
			known[[2]string{f.Profile, f.Rule}] = audit.RuleRef{
				Profile: f.Profile, Rule: f.Rule, Control: f.Control, Check: f.Check, Level: f.Level, Severity: f.Severity,
				Title: "Rule " + f.Rule + " holds", Why: "Whoever breaks it can be read by others. See `RFC 9325`.", Detect: "By a handshake.",
				References: []string{"RFC 9325 section 3.1.1", "https://www.rfc-editor.org/rfc/rfc9325"}, Place: &audit.Place{File: "policy.yaml", Line: 12, Col: 5},
			}
		}
	}
	list := slices.Collect(maps.Values(known))
	slices.SortFunc(list, func(a, b audit.RuleRef) int { return a.Compare(&b) })
	return list
}

func summarise(records audit.Records) audit.Summary {
	s := audit.Summary{FailBySeverity: map[string]int{}}
	profiles := map[string]*audit.ProfileSummary{}
	for rec := range records.BySubject() {
		unknown := false
		for _, f := range rec.Findings {
			s.Score.Add(&f)
			switch f.Verdict {
			case audit.Fail:
				s.Fail++
				s.FailBySeverity[f.Severity.String()]++
			case audit.Warn:
				s.Warn++
			case audit.Pass:
				s.Pass++
			case audit.Waived:
				s.Waived++
			case audit.NotApplicable:
				s.NotApplicable++
			case audit.Unknown:
				s.UnknownFindings++
				unknown = true
			}
		}
		if rec.Evidence.Connection != nil {
			s.Rows++
			continue
		}
		s.Subjects++
		s.Connections += rec.Evidence.Observed.Connections
		if unknown {
			s.Unknown++
		} else {
			s.Judged++
		}
		for _, c := range audit.Compliance(rec.Findings) {
			if profiles[c.Profile] == nil {
				profiles[c.Profile] = &audit.ProfileSummary{Profile: c.Profile}
			}
			p := profiles[c.Profile]
			*map[audit.Verdict]*int{audit.Fail: &p.Fail, audit.Unknown: &p.Unknown, audit.Warn: &p.Warn, audit.Waived: &p.Waived, audit.Pass: &p.Pass, audit.NotApplicable: &p.NotApplicable}[c.Verdict]++
		}
	}
	for _, id := range slices.Sorted(maps.Keys(profiles)) {
		s.Profiles = append(s.Profiles, *profiles[id])
	}
	return s
}

var httpdRemedy = &audit.Remedy{
	Product: "httpd", Text: "SSLProtocol -all +TLSv1.2 +TLSv1.3", Apply: "apachectl configtest && systemctl reload apache2",
	Verify: "openssl s_client -connect HOST:443 -tls1 </dev/null", Confidence: "documented",
}

func zooRecords() zoo {
	strong := []audit.Suite{{ID: 0xc02f, Name: "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256", OpenSSL: "ECDHE-RSA-AES128-GCM-SHA256", Bits: 128, Group: "x25519", SigScheme: "rsa_pss_rsae_sha256"},
		{ID: 0x009e, Name: "TLS_DHE_RSA_WITH_AES_128_GCM_SHA256", OpenSSL: "DHE-RSA-AES128-GCM-SHA256", Bits: 128, DHBits: 2048}}
	weak := []audit.Suite{{ID: 0x0005, Name: "TLS_RSA_WITH_RC4_128_SHA", OpenSSL: "RC4-SHA", Bits: 128}, {ID: 0x000a, Name: "TLS_RSA_WITH_3DES_EDE_CBC_SHA", OpenSSL: "DES-CBC3-SHA", Bits: 112}}
	modern := []audit.Suite{{ID: 0x1301, Name: "TLS_AES_128_GCM_SHA256", OpenSSL: "TLS_AES_128_GCM_SHA256", Bits: 128}, {ID: 0x1302, Name: "TLS_AES_256_GCM_SHA384", OpenSSL: "TLS_AES_256_GCM_SHA384", Bits: 256}}
	good := posture(nil, nil, strong, modern, chainOf("CN=www.example.com", 60))

	legacy := record("https", "legacy.example.com", 443, "httpd", posture(weak, weak, nil, nil, chainOf("CN=legacy.example.com,O=Example Inc.", -3)))
	legacy.Evidence.Observed.Target.System, legacy.Evidence.Observed.Target.Owner = "Billing", "payments team"
	add(legacy, audit.Fail, audit.Critical, "mozilla-intermediate-6.0", "ssl3", "protocols", "SSLv3 is accepted; the oldest version allowed is TLSv1.2", httpdRemedy)
	add(legacy, audit.Fail, audit.High, "mozilla-intermediate-6.0", "tls1", "protocols", "TLSv1.0 is accepted; the oldest version allowed is TLSv1.2", httpdRemedy)
	add(legacy, audit.Fail, audit.High, "mozilla-intermediate-6.0", "cert-validity", "certificates", "certificate expired 3 days ago, on 2026-11-17", &audit.Remedy{Product: "httpd", Text: "renew the certificate, then:\nSSLCertificateFile /etc/ssl/new.pem", Confidence: "inferred"})
	add(legacy, audit.Warn, audit.Medium, "mozilla-intermediate-6.0", "order", "ciphers", "the client decides the cipher suite; the server should", nil)
	add(legacy, audit.Pass, audit.Low, "mozilla-intermediate-6.0", "key-size", "certificates", "RSA key of 2048 bits", nil)

	mx := record("smtp", "mx.partner.example.org", 25, "postfix", good)
	mx.Evidence.Observed.Target.Direction = "outbound"
	mx.Evidence.Observed.StartTLS = &audit.StartTLS{Offered: audit.Accepted, Accepted: audit.Accepted, Banner: "220 mx ESMTP", Capabilities: []string{"STARTTLS"}, Injection: audit.Refused}
	add(mx, audit.Fail, audit.High, "gateway", "connections.outbound.10.verify", "connections/partners", "certificate chain is not trusted: signed by unknown authority", &audit.Remedy{Product: "generic", Text: "have the peer install a certificate of a public CA", Confidence: "documented"})
	add(mx, audit.Pass, audit.High, "gateway", "connections.outbound.10.encrypt", "connections/partners", "TLS offered and completed with TLSv1.3", nil)

	dead := record("https", "dead.example.net", 443, "", audit.Posture{})
	dead.Evidence.Observed.Reach, dead.Evidence.Observed.Reason = audit.ReachUnreachable, "connect: connection refused, 3 attempts"
	for _, rule := range []string{"ssl3", "tls1", "tls11", "order", "cert-validity"} {
		add(dead, audit.Unknown, audit.High, "mozilla-intermediate-6.0", rule, "protocols", "not reached: connect: connection refused, 3 attempts", nil)
	}

	chat := record("sametime", "chat.example.com", 1533, "sametime", good)
	chat.Evidence.Observed.Sametime = &audit.Sametime{Verdict: audit.SametimeBoth, Legacy: audit.Accepted, TLS: audit.Accepted, Answered: "handshake-ack"}
	add(chat, audit.Waived, audit.High, "gateway", "sametime-tls-only", "5.3", "legacy Virtual Places connections are accepted beside TLS (waived until 2026-12-31: old clients, CHG-4711)", nil)
	add(chat, audit.Pass, audit.High, "gateway", "tls12", "5.1", "TLSv1.2 and TLSv1.3 only", nil)

	fine := record("https", "www.example.com", 443, "nginx", good)
	add(fine, audit.Pass, audit.High, "mozilla-intermediate-6.0", "ssl3", "protocols", "SSLv3 is refused", nil)
	add(fine, audit.NotApplicable, audit.High, "gateway", "starttls", "5.2", "applies to smtp", nil)

	smtps := record("smtps", "mail.example.com", 465, "exim", good)
	add(smtps, audit.Warn, audit.Medium, "gateway", "dh", "5.4", "DHE with 2048 bits; 3072 bits should be used", &audit.Remedy{Product: "exim", Text: "tls_dhparam = ffdhe3072", Apply: "systemctl reload exim4", Verify: "exim -bP tls_dhparam", Confidence: "verified", Proven: true})

	addr := record("tls", "2001:db8::7", 8443, "haproxy", good)
	addr.Evidence.Observed.Target.Labels = map[string]string{"zone": "dmz", "tier": "1"}
	add(addr, audit.Fail, audit.High, "mozilla-intermediate-6.0", "tls1", "protocols", "TLSv1.0 is accepted; the oldest version allowed is TLSv1.2", httpdRemedy)

	evil := record("https", "hostile.example.net", 443, "nginx", posture(nil, nil, strong, nil, chainOf("CN="+hostileText, 2)))
	evil.Evidence.Observed.Reason, evil.Evidence.Observed.Notes = hostileText, []string{hostileText}
	evil.Evidence.Observed.Target.Owner, evil.Evidence.Observed.Target.System = hostileText, hostileText
	add(evil, audit.Fail, audit.Low, "gateway", "name", hostileText, "name mismatch: "+hostileText, &audit.Remedy{Product: "nginx", Text: hostileText, Apply: hostileText, Verify: hostileText})

	all := zoo{legacy, mx, dead, chat, fine, smtps, addr, evil}
	for _, rec := range all {
		slices.SortFunc(rec.Findings, func(a, b audit.Finding) int { return a.Compare(&b) })
	}
	return all
}

func record(protocol, host string, port uint16, product string, p audit.Posture) *audit.Record {
	t := audit.Target{Protocol: protocol, Host: host, Port: port, Product: product, Place: &audit.Place{File: "inventory.yaml", Line: 7, Col: 9}}
	p.Chains = slices.Clone(p.Chains) // which several records share
	for i := range p.Chains {
		p.Chains[i].Names.Reference = t.Name()
	}
	o := &audit.Observation{Target: t, Reach: audit.ReachTLS, Address: netip.MustParseAddrPort("192.0.2.7:443"), Connections: 21,
		Started: zooNow, Finished: zooNow.Add(2 * time.Second), Depth: "standard", Posture: p,
		Handshake: &audit.Handshake{Completed: audit.Accepted, Version: audit.TLSv12, Suite: "TLS_AES_128_GCM_SHA256", ClientCertificate: audit.Refused}}
	return &audit.Record{Evidence: audit.Evidence{Subject: t.Subject(), Observed: o}}
}

func add(r *audit.Record, v audit.Verdict, s audit.Severity, profile, rule, control, message string, remedy *audit.Remedy) {
	r.Findings = append(r.Findings, audit.Finding{Rule: rule, Control: control, Profile: profile, Check: "check." + rule, Subject: r.Evidence.Subject,
		Level: audit.Must, Verdict: v, Severity: s, Message: message, Evidence: "ServerHello", Place: r.Evidence.Observed.Target.Place, Remedy: remedy})
}

func posture(ssl3, tls10, tls12, tls13 []audit.Suite, chains ...audit.Chain) audit.Posture {
	p := audit.Posture{Chains: chains, Groups: []audit.GroupFact{{ID: 0x001d, Name: "x25519", Version: audit.TLSv12, Answer: audit.Accepted, Bits: 128}}}
	for v, suites := range map[audit.Version][]audit.Suite{audit.SSLv2: nil, audit.SSLv3: ssl3, audit.TLSv10: tls10, audit.TLSv11: nil, audit.TLSv12: tls12, audit.TLSv13: tls13} {
		f := audit.VersionFact{Version: v, Answer: audit.Refused, Evidence: "alert 70 protocol_version"}
		if len(suites) > 0 {
			f = audit.VersionFact{Version: v, Answer: audit.Accepted, Evidence: "ServerHello", Suites: suites, SuitesAnswer: audit.Accepted, SuitesOffered: 300, Preference: audit.PreferenceServer}
		}
		if v == audit.TLSv11 {
			f.Answer = audit.Latent
		}
		p.Versions = append(p.Versions, f)
	}
	slices.SortFunc(p.Versions, func(a, b audit.VersionFact) int { return int(a.Version) - int(b.Version) })
	return p
}

func chainOf(subject string, daysLeft int) audit.Chain {
	leaf := audit.Certificate{Subject: subject, CommonName: strings.TrimPrefix(subject, "CN="), Issuer: "CN=Example CA,O=Example Inc.", Serial: "4d2",
		SANs: []string{"www.example.com", strings.TrimPrefix(subject, "CN=")}, NotBefore: day(daysLeft - 90), NotAfter: day(daysLeft), SHA256: strings.Repeat("ab", 32),
		Key: audit.Key{Type: "rsa", Bits: 2048, Exponent: "65537"}, Signature: "rsa+sha256", SignatureHash: "sha256", EKU: []string{"serverAuth"}, EKUPresent: true, X509Version: 3, Size: 1200}
	ca := leaf
	ca.Subject, ca.CommonName, ca.SANs, ca.IsCA, ca.NotAfter, ca.SHA256 = "CN=Example CA,O=Example Inc.", "Example CA", nil, true, day(2000), strings.Repeat("cd", 32)
	return audit.Chain{Certificates: []audit.Certificate{leaf, ca}, Versions: []audit.Version{audit.TLSv12, audit.TLSv13},
		Trust: audit.Trust{Anchors: "system roots", Answer: audit.Refused, At: zooNow, Reason: "x509: certificate signed by unknown authority"},
		Order: audit.Accepted, Complete: audit.Accepted, Names: audit.NameMatch{Reference: "www.example.com", SAN: audit.Accepted, CN: audit.Refused}}
}

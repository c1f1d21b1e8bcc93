package dashboard

import (
	"iter"
	"net/netip"
	"strings"
	"time"

	"tlsaudit/audit"
	"tlsaudit/internal/history"
)

// noRecords is a report whose records nobody reads.
type noRecords struct{}

func (noRecords) BySubject() iter.Seq2[*audit.Record, error]  { return none }
func (noRecords) WorstFirst() iter.Seq2[*audit.Record, error] { return none }
func (noRecords) Findings() iter.Seq2[*audit.Record, error]   { return none }

func none(func(*audit.Record, error) bool) {}

func fakeReport(r *history.Run) *audit.Report {
	waiver := func(id string, state audit.WaiverState, days int) audit.WaiverStatus {
		return audit.WaiverStatus{WaiverRef: audit.WaiverRef{ID: id, Expires: fakeNow.AddDate(0, 0, days), Reason: "vendor fix is due " + hostile, Owner: "team mail", ApprovedBy: "olga", Ticket: "SEC-1"}, State: state, Rule: "house/chain", Target: "*.example.com", Findings: 4, Notes: []string{"covers much"}}
	}
	return &audit.Report{
		Schema: audit.SchemaV1, Tool: audit.Tool{Name: "tlsaudit", Version: "0.9"}, Generated: r.Finished, Now: r.Started, Summary: r.Summary,
		Policies: []audit.PolicyRef{{ID: "bsi-tr-02102-2", Version: "2026-01"}, {ID: "house " + hostile, Version: "7"}},
		Waivers:  []audit.WaiverStatus{waiver("W-1", audit.WaiverActive, 200), waiver("W-2 "+hostile, audit.WaiverExpiring, 9), waiver("W-3", audit.WaiverExpired, -3), waiver("W-4", audit.WaiverUnused, 100)}, WaiverFiles: []audit.FileRef{{File: "waivers.yaml"}},
		Rules: fakeRules, Notices: []string{"a notice " + hostile},
		Unautomated: []audit.Unautomated{{Profile: "house", Rule: "process-1", Reason: "ask a person " + hostile}},
		Records:     noRecords{},
	}
}

func fakeRecord(s *history.SubjectState, states []history.FindingState, run string) *audit.Record {
	leaf := audit.Certificate{Subject: "CN=" + s.Subject, Issuer: "CN=Example CA", SANs: []string{"a.example.com", hostile}, NotBefore: fakeNow.AddDate(-1, 0, 0), NotAfter: s.NotAfter, SHA256: strings.Repeat("1f", 32), Key: audit.Key{Type: "rsa", Bits: 2048}, Signature: "rsa+sha256"}
	suites := []audit.Suite{{Name: "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256", Bits: 128, Group: "x25519"}, {Name: "TLS_RSA_WITH_AES_128_CBC_SHA", Bits: 128}}
	old := audit.Accepted
	if run < runName(30) {
		old = audit.Refused
	}
	o := &audit.Observation{
		Target: audit.Target{Protocol: "https", Host: "host", Port: 443, System: s.System, Owner: "team " + hostile, Product: "nginx"}, Reach: s.Reach, Reason: s.Reason, Address: netip.MustParseAddrPort("192.0.2.4:443"), Connections: 19, Started: s.LastSeen, Finished: s.LastSeen.Add(2 * time.Second), Depth: "standard",
		Posture: audit.Posture{
			Versions: []audit.VersionFact{{Version: audit.TLSv10, Answer: old, Evidence: "ServerHello"}, {Version: audit.TLSv12, Answer: audit.Accepted, Evidence: "ServerHello", Suites: suites, SuitesAnswer: audit.Accepted, Preference: audit.PreferenceServer}, {Version: audit.TLSv13, Answer: audit.Undetermined, Evidence: "timeout " + hostile}},
			Groups:   []audit.GroupFact{{Name: "x25519", Version: audit.TLSv12, Answer: audit.Accepted}},
			Chains:   []audit.Chain{{Certificates: []audit.Certificate{leaf}, Trust: audit.Trust{Answer: audit.Refused, Reason: "unknown authority"}, Names: audit.NameMatch{Reference: "host.example.com", SAN: audit.Accepted}}},
			Features: []audit.FeatureFact{{Name: audit.FeatureHeartbeat, Version: audit.TLSv12, Answer: audit.Refused}},
		},
		Notes: []string{"slow " + hostile},
	}
	r := &audit.Record{Evidence: audit.Evidence{Subject: s.Subject, Observed: o, Declared: []audit.Declared{{File: "nginx.conf", Format: "nginx", Listener: "server " + hostile, Settings: []audit.Setting{{Key: "ssl_protocols", Value: "TLSv1 TLSv1.2"}}, Gaps: []string{"an include was not found"}}}}}
	for i := range states {
		if f := &states[i]; f.Subject == s.Subject {
			r.Findings = append(r.Findings, audit.Finding{Rule: f.Rule, Profile: f.Profile, Check: f.Check, Subject: f.Subject, Verdict: f.Verdict, Severity: f.Severity, Message: f.Message, Evidence: "ServerHello 3.1 " + hostile, Fingerprint: f.Fingerprint, Place: &audit.Place{File: "inventory.yaml", Line: 3},
				Waiver: &audit.WaiverRef{ID: "W-3", Expired: true, Expires: fakeNow, Reason: hostile},
				Remedy: &audit.Remedy{Product: "nginx", Text: "ssl_protocols TLSv1.2 TLSv1.3;\n# " + hostile, Apply: "nginx -s reload", Verify: "tlsaudit audit host", Rollback: "patch -R", Proven: true, Diff: "--- a/nginx.conf\n+++ b/nginx.conf\n@@ -1,2 +1,2 @@\n-  ssl_protocols TLSv1;\n+  ssl_protocols TLSv1.2; " + hostile + "\n"}})
		}
	}
	r.Findings = append(r.Findings, audit.Finding{Rule: "hsts", Profile: "house", Subject: s.Subject, Verdict: audit.Pass, Message: "max-age is a year " + hostile}, audit.Finding{Rule: "odd", Profile: "house", Subject: s.Subject, Verdict: audit.NotApplicable, Message: "no mail"})
	return r
}

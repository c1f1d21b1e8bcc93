package dashboard

import (
	"fmt"
	"strings"
	"time"

	"tlsaudit/audit"
	"tlsaudit/internal/history"
)

// What the made-up fleet is made of.
var (
	fakeSystems = []string{"Web shop", "Mail gateway", "Collaboration", "Payments", "Intranet", "Data warehouse " + hostile}
	fakeRules   = []audit.RuleRef{
		{Profile: "bsi-tr-02102-2", Rule: "3.2-tls12", Control: "3.2", Check: "versions", Title: "TLS 1.2 or newer only", Level: audit.Must, Severity: audit.High, Why: "Older versions rest on MD5 and SHA-1.", Detect: "A hello is sent for each version.", References: []string{"BSI TR-02102-2, section 3.2", "RFC 8996"}},
		{Profile: "bsi-tr-02102-2", Rule: "3.3.1-pfs", Control: "3.3.1", Check: "forward-secrecy", Title: "Key exchange with forward secrecy", Level: audit.Should, Severity: audit.Medium},
		{Profile: "house", Rule: "certificate-expiry", Control: "C-4", Check: "expiry", Title: "Certificates hold for another 30 days", Level: audit.Must, Severity: audit.Critical},
		{Profile: "house", Rule: "chain", Control: "C-5", Check: "trust", Title: "Chains are complete and trusted", Level: audit.Must, Severity: audit.High},
		{Profile: "house", Rule: "hsts", Control: "W-1", Check: "hsts", Title: "HSTS of a year at least", Level: audit.Should, Severity: audit.Low},
		{Profile: "house", Rule: "odd", Control: hostile, Check: "odd", Title: "Odd " + hostile, Level: audit.May, Severity: audit.Info},
	}
)

func newFake() *fake {
	f := &fake{}
	f.makeRuns(40)
	f.makeSubjects(130)
	for i := range 120 {
		f.log = append(f.log, history.AuditEntry{At: fakeNow.Add(-time.Duration(i) * time.Hour), Actor: "olga", Role: "operator", Action: "audit.start", Detail: "depth quick, " + hostile, Remote: "192.0.2.7"})
	}
	return f
}

func (f *fake) makeRuns(n int) {
	f.runs = append(f.runs, history.Run{ID: runName(n + 1), State: history.Running, Started: fakeNow.Add(-4 * time.Minute), Trigger: "operator", Actor: "olga"})
	for i := n; i > 0; i-- {
		at := fakeNow.AddDate(0, 0, i-n).Add(-6 * time.Hour)
		fail := 60 - i + 12*(i%5)
		s := audit.Summary{Subjects: 130, Judged: 118 - i%4, Unknown: 12 + i%4, Fail: fail, Warn: 40, Pass: 600, Waived: 9, UnknownFindings: 30, FailBySeverity: map[string]int{"critical": fail / 8, "high": fail / 3, "medium": fail / 4, "low": fail - fail/8 - fail/3 - fail/4}, Score: audit.Score{Points: 640 + 5*i, Of: 1000}}
		r := history.Run{ID: runName(i), State: history.Complete, Started: at, Finished: at.Add(7 * time.Minute), Trigger: "schedule", Schedule: "nightly", Slot: at, Depth: "standard", Policy: "bsi-tr-02102-2 2026-01, house 7", PolicySHA256: strings.Repeat("ab", 32), Tool: "tlsaudit 0.9", Summary: s, Whole: i%4 == 0, Why: hostile, Digest: strings.Repeat("0c", 32), Changes: history.ChangeCounts{New: 3, Fixed: 5, Flapping: 1},
			Inventory: "inventory.yaml", Fleet: history.FleetCounts{Subjects: 130, Pass: 60 + i, Warn: 10, Fail: 48 - i, Unknown: 12, FindingsFail: fail, FindingsWarn: 40, FindingsUnknown: 30, FindingsPass: 600}}
		if i == 17 {
			r.State, r.Why, r.Finished, r.Fleet = history.Incomplete, "killed", time.Time{}, history.FleetCounts{}
		}
		f.runs = append(f.runs, r)
	}
}

func (f *fake) makeSubjects(n int) {
	perRule := make([]history.RuleCount, len(fakeRules))
	for i, r := range fakeRules {
		perRule[i] = history.RuleCount{Profile: r.Profile, Rule: r.Rule, Check: r.Check, Severity: r.Severity}
	}
	perSystem := make([]history.SystemCount, len(fakeSystems))
	for i, name := range fakeSystems {
		perSystem[i].System = name
	}
	for i := range n {
		host := fmt.Sprintf("host-%03d.example.com", i)
		if i == 3 {
			host = "hostile" + hostile + strings.Repeat("very-long-name-", 20) + ".example.net"
		}
		s := history.SubjectState{Subject: "https://" + host + ":443", Protocol: "https", System: fakeSystems[i%len(fakeSystems)], Reach: audit.ReachTLS, FirstSeen: fakeNow.AddDate(0, -6, 0), LastSeen: f.runs[1].Started, LastRun: f.runs[1].ID, NotAfter: fakeNow.AddDate(0, 0, i*3-4)}
		switch i % 11 {
		case 0, 3:
			s.Verdict, s.Severity, s.Fail, s.Warn, s.Pass = audit.Fail, audit.High, 2, 1, 3
		case 5:
			s.Verdict, s.Unknown, s.Reach, s.Reason, s.UnreachableSince = audit.Unknown, 6, audit.ReachUnreachable, "connection refused "+hostile, fakeNow.AddDate(0, 0, -9)
			s.LastSeen = fakeNow.AddDate(0, 0, -9)
		case 7:
			s.Verdict, s.Warn, s.Pass = audit.Warn, 1, 5
		case 8:
			s.Verdict, s.Waive, s.Pass = audit.Waived, 1, 5
		default:
			s.Verdict, s.Pass = audit.Pass, 6
		}
		f.subjects = append(f.subjects, s)
		f.count(&perSystem[i%len(fakeSystems)], &s)
		for k := range perRule {
			perRule[k].Unknown += s.Unknown / len(perRule)
			switch {
			case k < s.Fail:
				perRule[k].Fail++
			case k < s.Fail+s.Warn:
				perRule[k].Warn++
			case k < s.Fail+s.Warn+s.Waive:
				perRule[k].Waived++
			}
		}
		f.makeFindings(i, &s)
		f.certs = append(f.certs, history.Certificate{SHA256: fmt.Sprintf("%064x", i), Subject: "CN=" + host, Issuer: "CN=Example CA " + hostile, Serial: fmt.Sprint(i), Key: "rsa 2048 bits", Signature: "rsa+sha256", NotBefore: fakeNow.AddDate(-1, 0, 0), NotAfter: s.NotAfter, Leaf: true, ClientAuth: i%3 == 0, Subjects: 1 + i%4, Sample: s.Subject})
	}
	f.rules, f.systems = perRule, perSystem
}

func (f *fake) count(c *history.SystemCount, s *history.SubjectState) {
	c.Subjects++
	f.counts.Subjects++
	f.counts.FindingsFail += s.Fail
	f.counts.FindingsWarn += s.Warn
	f.counts.FindingsUnknown += s.Unknown
	f.counts.FindingsWaived += s.Waive
	f.counts.FindingsPass += s.Pass
	switch s.Verdict {
	case audit.Fail:
		c.Fail++
		f.counts.Fail++
	case audit.Unknown:
		c.Unknown++
		f.counts.Unknown++
	case audit.Warn:
		c.Warn++
		f.counts.Warn++
	case audit.Waived:
		c.Waived++
		f.counts.Waived++
	default:
		c.Pass++
		f.counts.Pass++
	}
}

func (f *fake) makeFindings(i int, s *history.SubjectState) {
	for k, r := range fakeRules[:min(s.Fail+s.Warn, len(fakeRules))] {
		verdict := audit.Fail
		if k >= s.Fail {
			verdict = audit.Warn
		}
		state := history.FindingState{Fingerprint: audit.FindingFingerprint(r.Profile, r.Rule, s.Subject), Profile: r.Profile, Rule: r.Rule, Check: r.Check, Subject: s.Subject, System: s.System, Verdict: verdict, Severity: r.Severity, Message: "TLSv1.0 is accepted, wanted none below TLSv1.2; " + hostile, FirstSeen: fakeNow.AddDate(0, 0, -3*i), LastSeen: s.LastSeen, Since: fakeNow.AddDate(0, 0, -3), Toggles: i % 5, Flapping: i%22 == 0}
		if i%33 == 0 && k == 1 {
			state.Verdict, state.FixedAt = audit.Pass, fakeNow.AddDate(0, 0, -1)
		}
		f.findings = append(f.findings, state)
		kind := history.ChangeNew
		if k == 1 {
			kind = history.ChangeFixed
		}
		f.changes = append(f.changes, history.Change{RunID: s.LastRun, At: s.LastSeen, Kind: kind, Subject: s.Subject, Finding: &f.findings[len(f.findings)-1]})
	}
	if s.Reach == audit.ReachUnreachable {
		f.changes = append(f.changes, history.Change{RunID: s.LastRun, At: s.LastSeen, Kind: history.ChangeUnreachable, Subject: s.Subject, Text: s.Reason})
	}
}

package report

import (
	"slices"
	"strings"

	"tlsaudit/audit"
)

// auditReport is fullReport with what an audit of files and a comparison with an
// earlier report add to it, hostile text in each.
func auditReport() *audit.Report {
	r := fullReport()
	place := &audit.Place{File: "httpd.conf", Line: 12, Col: 3}
	file := &audit.Record{Evidence: audit.Evidence{Subject: audit.ConfigSubject + "httpd.conf#*:443", Declared: []audit.Declared{{
		File: "httpd.conf", Format: "httpd", Product: "httpd", ProductVersion: "2.4.62", Assumed: true, Listener: "*:443", Role: audit.RoleServer, TLS: audit.Accepted, Plain: audit.Refused,
		Posture:  audit.Posture{Versions: []audit.VersionFact{{Version: audit.TLSv12, Answer: audit.Accepted, Evidence: "SSLProtocol", Place: place}}},
		Settings: []audit.Setting{{Key: "SSLProtocol", Value: "-all +TLSv1.2", Place: *place}, {Key: hostileText, Value: hostileText, Place: *place, Note: hostileText}},
		Gaps:     []string{hostileText}, Place: place,
	}}}}
	judge := func(rec *audit.Record, v audit.Verdict, rule, message string, remedy *audit.Remedy) {
		rec.Findings = append(rec.Findings, audit.Finding{Rule: rule, Control: rule, Profile: "config", Check: driftCheck, Subject: rec.Evidence.Subject, Level: audit.Must, Verdict: v, Severity: audit.High,
			Message: message, Evidence: "accepted on the wire", Place: place, Remedy: remedy, Fingerprint: audit.FindingFingerprint("config", rule, rec.Evidence.Subject)})
	}
	judge(file, audit.Fail, "DRIFT-01", "TLSv1.3 is declared, refused on the wire: "+hostileText, &audit.Remedy{Product: "httpd", Text: "systemctl restart apache2", Confidence: "documented", Diff: "--- a/httpd.conf\n+++ b/httpd.conf\n-SSLProtocol all\n+SSLProtocol -all +TLSv1.2 +TLSv1.3\n# " + hostileText, Rollback: "apply the change backwards"})
	judge(file, audit.Pass, "DRIFT-02", "nothing is observed that the files rule out", nil)
	judge(file, audit.NotApplicable, "DRIFT-03", "no endpoint", nil)
	z := append(r.Records.(zoo), file)
	r.Records = z
	r.Summary, r.Rules = summariseFiles(z), rulesOf(z)
	r.Rules[0].Title, r.Rules[0].Why, r.Rules[0].References = hostileText, hostileText, []string{hostileText}
	r.Origin = &audit.Origin{Host: hostileText, Operator: hostileText}
	r.Sources = append(r.Sources, audit.FileRef{File: "httpd.conf", SHA256: strings.Repeat("1d", 32)}, audit.FileRef{File: hostileText, SHA256: strings.Repeat("2e", 32)})
	evil := z[7].Evidence.Observed
	evil.StartTLS = &audit.StartTLS{Offered: audit.Accepted, Accepted: audit.Accepted, Banner: hostileText, Reply: hostileText, Capabilities: []string{hostileText}, Injection: audit.Accepted, Injected: hostileText}
	evil.Features = []audit.FeatureFact{{Name: audit.FeatureALPN, Version: audit.TLSv12, Answer: audit.Accepted, Value: hostileText, Evidence: hostileText}, {Name: audit.FeatureHeartbeat, Version: audit.TLSv12}}
	change := func(kind audit.ChangeKind, subject, rule, before, after, message string) audit.Change {
		return audit.Change{Kind: kind, Subject: subject, Profile: "gateway", Rule: rule, Before: before, After: after, Severity: audit.High, Message: message}
	}
	r.Changes = &audit.Changes{Before: audit.FileRef{File: "2026-10/report.json", SHA256: strings.Repeat("8c", 32)}, Generated: zooNow.AddDate(0, -1, 0), Counts: map[audit.ChangeKind]int{}, Omitted: 2,
		List: []audit.Change{
			change(audit.ChangeRegressed, "https://legacy.example.com:443", "ssl3", "pass", "fail", "SSLv3 is accepted"),
			change(audit.ChangeNew, hostileText, hostileText, hostileText, hostileText, hostileText),
			{Kind: audit.ChangeUnreachable, Subject: "https://dead.example.net:443", Message: "connection refused"},
			{Kind: audit.ChangeCertificate, Subject: "https://www.example.com:443", Message: "another leaf: " + hostileText},
			change(audit.ChangeFixed, "smtps://mail.example.com:465", "tls1", "fail", "pass", "TLSv1.0 is refused"),
		}}
	for _, c := range r.Changes.List {
		r.Changes.Counts[c.Kind]++
	}
	r.Changes.Counts[audit.ChangeUnchanged] = 40
	return r
}

// summariseFiles counts as the engine does: a file is no endpoint.
func summariseFiles(z zoo) audit.Summary {
	s := summarise(slices.DeleteFunc(slices.Clone(z), isConfiguration))
	for _, rec := range z {
		if !isConfiguration(rec) {
			continue
		}
		s.Files, s.Listeners = s.Files+1, s.Listeners+1
		for i := range rec.Findings {
			s.Score.Add(&rec.Findings[i])
			*[]*int{&s.Fail, &s.UnknownFindings, &s.Warn, &s.Waived, &s.Pass, &s.NotApplicable}[rank(rec.Findings[i].Verdict)]++
		}
	}
	s.FailBySeverity["high"]++
	return s
}

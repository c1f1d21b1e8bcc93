package report

import (
	"iter"
	"slices"
	"strings"

	"tlsaudit/audit"
)

// pageReport is fullReport with configuration files, a patch and a comparison.
func pageReport() *audit.Report {
	r := fullReport()
	r.Records = append(r.Records.(zoo), zooFiles()...)
	for _, system := range []string{"Portal north", "Portal south"} { // alike in all but their names
		rec := record("https", strings.ReplaceAll(strings.ToLower(system), " ", "-")+".example.com", 443, "nginx", posture(nil, nil, nil, nil))
		rec.Evidence.Observed.Target.System = system
		add(rec, audit.Pass, audit.High, "mozilla-intermediate-6.0", "ssl3", "protocols", "SSLv3 is refused", nil)
		r.Records = append(r.Records.(zoo), rec)
	}
	r.Summary.Files, r.Summary.Listeners = 1, 1
	r.Changes = &audit.Changes{
		Before: audit.FileRef{File: "2026-10/report.json", SHA256: r.Policies[0].SHA256}, Generated: zooNow.AddDate(0, -1, 0),
		Counts: map[audit.ChangeKind]int{audit.ChangeRegressed: 1, audit.ChangeGone: 1, audit.ChangeFixed: 1, audit.ChangePosture: 1, audit.ChangeUnchanged: 900},
		List: []audit.Change{
			{Kind: audit.ChangeRegressed, Subject: "https://legacy.example.com:443", Profile: "mozilla-intermediate-6.0", Rule: "ssl3", Before: "pass", After: "fail", Severity: audit.Critical, Message: "SSLv3 is accepted"},
			{Kind: audit.ChangeGone, Subject: "https://gone.example.com:443", Message: "only the earlier report has it"},
			{Kind: audit.ChangePosture, Subject: "https://hostile.example.net:443", Message: "accepted now: " + hostileText},
			{Kind: audit.ChangeFixed, Subject: "https://www.example.com:443", Profile: hostileText, Rule: hostileText, Before: "fail", After: "pass", Message: hostileText},
		},
		Omitted: 899,
	}
	return r
}

const zooDiff = `--- a/sites/www.conf
+++ b/sites/www.conf
@@ -3,3 +3,3 @@
 <VirtualHost *:443>
-  SSLProtocol all -SSLv2
+  SSLProtocol -all +TLSv1.2 +TLSv1.3
   SSLEngine on
`

// zooFiles are a configuration file and a listener it declares.
func zooFiles() zoo {
	place := &audit.Place{File: "sites/www.conf", Line: 4, Col: 3}
	listener := &audit.Record{Evidence: audit.Evidence{Subject: "config:sites/www.conf#*:443", Declared: []audit.Declared{{
		File: "sites/www.conf", Format: "httpd", Product: "httpd", ProductVersion: "2.4", Assumed: true, Listener: "*:443", Role: audit.RoleServer, Protocol: "https",
		Binds: []string{":443"}, Names: []string{"www.example.com", hostileText}, Default: true, TLS: audit.Accepted, Plain: audit.Refused,
		Posture:  posture(nil, []audit.Suite{{ID: 0x0005, Name: "TLS_RSA_WITH_RC4_128_SHA", Bits: 128}}, nil, nil),
		Settings: []audit.Setting{{Key: "SSLProtocol", Value: "all -SSLv2", Place: *place}, {Key: hostileText, Value: "[redacted]", Place: *place, Note: "not in force: " + hostileText}},
		Gaps:     []string{"the included file extra.conf was not found", hostileText}, Place: place,
	}}}}
	remedy := &audit.Remedy{Product: "httpd", Text: "SSLProtocol -all +TLSv1.2 +TLSv1.3", Apply: "apachectl graceful", Rollback: "restore sites/www.conf", Diff: zooDiff + "+# " + hostileText, Confidence: "verified", Proven: true}
	for _, rule := range []string{"ssl3", "tls1"} {
		listener.Findings = append(listener.Findings, audit.Finding{Rule: rule, Control: "protocols", Profile: "mozilla-intermediate-6.0", Check: "check." + rule, Subject: listener.Evidence.Subject,
			Level: audit.Must, Verdict: audit.Fail, Severity: audit.High, Message: rule + " is allowed", Place: place, Remedy: remedy, Status: "new"})
	}
	file := &audit.Record{Evidence: audit.Evidence{Subject: "config:sites/www.conf", Declared: []audit.Declared{{File: "sites/www.conf", Format: "httpd", Product: "httpd"}}}}
	file.Findings = append(slices.Clone(file.Findings), audit.Finding{Rule: "read", Profile: "gateway", Subject: file.Evidence.Subject, Verdict: audit.Pass, Message: "the file was read to its end", Place: place})
	return zoo{file, listener}
}

// dense is a fleet with 50 findings for each endpoint.
type dense struct{ fleet }

func (d dense) BySubject() iter.Seq2[*audit.Record, error] {
	return func(yield func(*audit.Record, error) bool) {
		for r := range d.fleet.BySubject() {
			for _, f := range r.Findings[:20] {
				f.Rule += "-again"
				r.Findings = append(r.Findings, f)
			}
			if !yield(r, nil) {
				return
			}
		}
	}
}

func (d dense) WorstFirst() iter.Seq2[*audit.Record, error] { return d.BySubject() }

func (d dense) Findings() iter.Seq2[*audit.Record, error] { return unobserved(d.BySubject()) }

// fleetReport is one of 1,000 endpoints and 50,000 findings.
func fleetReport() *audit.Report {
	r := zooReport()
	r.Records = dense{1000}
	r.Summary, r.Rules = summarise(r.Records), rulesOf(r.Records)
	return r
}

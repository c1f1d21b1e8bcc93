package report

import (
	"bytes"
	"encoding/json"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"tlsaudit/audit"
)

// interchange are the formats other people defined.
var interchange = []Format{SARIF, CycloneDX, OSCAL, HDF, OCSF}

// interchangeReports are reports of every shape: what is valid for one must be
// for all.
func interchangeReports() map[string]*audit.Report {
	bare := fullReport() // as programs wrote that knew neither rules nor sources
	bare.Rules, bare.Sources, bare.Origin, bare.Policies = nil, nil, nil, nil
	for _, rec := range bare.Records.(zoo) {
		for i := range rec.Findings {
			f := &rec.Findings[i]
			f.Place, f.Fingerprint, f.Waiver, f.Message = nil, "", nil, ""
		}
	}
	clean := zooReport()
	clean.Complete, clean.Incomplete, clean.Unautomated = true, "", nil
	clean.Records = clean.Records.(zoo)[4:5]
	clean.Summary, clean.Rules = summarise(clean.Records), rulesOf(clean.Records)
	return map[string]*audit.Report{
		"full": fullReport(), "zoo": zooReport(), "changed": changedReport(), "bare": bare, "clean": clean, "proven": provenReport(), "declared": declaredReport(),
		"nothing": {Schema: audit.SchemaV1, Records: zoo{}},
		"gap":     {Schema: audit.SchemaV1, Records: zoo{{Evidence: audit.Evidence{Subject: "https://gap.example.com:443"}}}},
		"hostile": hostileReport(),
	}
}

// changedReport is fullReport compared with an earlier one.
func changedReport() *audit.Report {
	r := fullReport()
	c := &audit.Changes{Before: audit.FileRef{File: "2026-10/report.json", SHA256: strings.Repeat("5e", 32)}, Generated: zooNow.AddDate(0, -1, 0), Counts: map[audit.ChangeKind]int{}}
	kinds := map[audit.Verdict][]audit.ChangeKind{audit.Fail: {audit.ChangeNew, audit.ChangeRegressed, audit.ChangeUnchanged}, audit.Unknown: {audit.ChangeUndecided}, audit.Pass: {audit.ChangeFixed}}
	turn := map[audit.Verdict]int{}
	for rec := range r.Records.BySubject() {
		for i := range rec.Findings {
			f := &rec.Findings[i]
			f.Status = "" // the baseline was not asked
			of := kinds[f.Verdict]
			if len(of) == 0 || f.Verdict == audit.Pass && turn[audit.Pass] > 0 {
				continue
			}
			kind := of[turn[f.Verdict]%len(of)]
			turn[f.Verdict]++
			c.Counts[kind]++
			c.List = append(c.List, audit.Change{Kind: kind, Subject: f.Subject, Profile: f.Profile, Rule: f.Rule, Before: "pass", After: f.Verdict.String(), Severity: f.Severity, Fingerprint: f.Fingerprint, Message: f.Message})
		}
	}
	c.List = append(c.List, audit.Change{Kind: audit.ChangePosture, Subject: "https://www.example.com:443", Message: "TLSv1.1 is accepted: " + hostileText})
	c.Counts[audit.ChangePosture]++
	slices.SortStableFunc(c.List, func(a, b audit.Change) int {
		return slices.Index(audit.ChangeKinds, a.Kind) - slices.Index(audit.ChangeKinds, b.Kind)
	})
	r.Changes, r.Baseline = c, nil
	return r
}

// provenReport has a remedy with a diff that was proven.
func provenReport() *audit.Report {
	r := zooReport()
	f := &r.Records.(zoo)[0].Findings[0]
	f.Place = &audit.Place{File: "/etc/httpd/conf.d/ssl.conf", Line: 4}
	f.Remedy = &audit.Remedy{Product: "httpd", Text: "SSLProtocol -all +TLSv1.2 +TLSv1.3", Apply: "apachectl graceful", Proven: true,
		Diff: "--- a/etc/httpd/conf.d/ssl.conf\n+++ b/etc/httpd/conf.d/ssl.conf\n@@ -3,3 +3,3 @@\n Listen 443\n-SSLProtocol all\n+SSLProtocol -all +TLSv1.2 +TLSv1.3\n SSLEngine on\n"}
	return r
}

// declaredReport has what a configuration file declares instead of endpoints.
func declaredReport() *audit.Report {
	r := zooReport()
	declared := audit.Declared{File: "conf/nginx.conf", Format: "nginx", Product: "nginx", Listener: "server www.example.com:443", Role: audit.RoleServer, TLS: audit.Accepted, Plain: audit.Refused,
		Posture: r.Records.(zoo)[4].Evidence.Observed.Posture, Place: &audit.Place{File: "conf/nginx.conf", Line: 12}, Gaps: []string{hostileText}}
	evil := declared
	evil.File, evil.Product, evil.ProductVersion, evil.Listener, evil.Role = hostileText, hostileText, hostileText, hostileText, audit.Role(hostileText)
	rec := &audit.Record{Evidence: audit.Evidence{Subject: audit.ConfigSubject + "conf/nginx.conf#server www.example.com:443", Declared: []audit.Declared{declared, evil}}}
	for _, f := range r.Records.(zoo)[0].Findings {
		f.Subject, f.Place = rec.Evidence.Subject, declared.Place
		rec.Findings = append(rec.Findings, f)
	}
	r.Records, r.Summary = zoo{rec}, audit.Summary{Files: 1, Listeners: 1}
	return r
}

// hostileReport has hostile text wherever a report has text.
func hostileReport() *audit.Report {
	r := fullReport()
	r.Tool = audit.Tool{Name: hostileText, Version: hostileText}
	r.Incomplete, r.Notices = hostileText, []string{hostileText, ""}
	r.Origin = &audit.Origin{Host: hostileText, Operator: hostileText}
	r.Sources = []audit.FileRef{{File: hostileText, SHA256: hostileText}, {}}
	r.Policies = append(r.Policies, audit.PolicyRef{ID: hostileText, Title: hostileText, Version: hostileText, SHA256: hostileText})
	for i := range r.Rules {
		rule := &r.Rules[i]
		rule.Title, rule.Why, rule.Detect, rule.References, rule.Control = hostileText, hostileText, hostileText+strings.Repeat("A", 70_000), []string{hostileText, ""}, hostileText
		rule.Place = &audit.Place{File: hostileText, Line: -3}
	}
	for k, rec := range r.Records.(zoo) {
		for i := range rec.Findings {
			f := &rec.Findings[i]
			f.Message, f.Evidence, f.Control, f.Check = hostileText+strings.Repeat("B", 70_000), hostileText, hostileText, hostileText
			if k%2 == 0 {
				f.Place = &audit.Place{File: hostileText, Line: -1, Col: -1}
			}
			f.Remedy = &audit.Remedy{Product: hostileText, Text: hostileText, Apply: hostileText, Verify: hostileText, Rollback: hostileText, Confidence: hostileText, Diff: "--- a/x\n+++ b/x\n@@ -1 +1 @@\n-a\n+" + hostileText + "\n", Proven: true}
		}
	}
	return r
}

func TestInterchangeIsHarmless(t *testing.T) {
	for _, f := range interchange {
		for name, r := range interchangeReports() {
			got := write(t, f, r, Options{Color: true})
			if i := strings.IndexFunc(string(got), harmful); i >= 0 {
				t.Errorf("%s, %s: harmful character in %q", f.Name, name, got[max(0, i-60):min(len(got), i+10)])
			}
			decoder := json.NewDecoder(bytes.NewReader(got))
			for decoder.More() {
				var doc any
				if err := decoder.Decode(&doc); err != nil {
					t.Fatalf("%s, %s: %v", f.Name, name, err)
				}
				visitText(doc, func(text string) {
					if i := strings.IndexFunc(text, harmful); i >= 0 || strings.Contains(text, "\ufffd") {
						t.Errorf("%s, %s: a reader of the document gets %.200q", f.Name, name, text)
					}
				})
			}
		}
	}
}

// visitText calls each for all keys and strings of decoded JSON.
func visitText(doc any, each func(string)) {
	switch v := doc.(type) {
	case string:
		each(v)
	case []any:
		for _, e := range v {
			visitText(e, each)
		}
	case map[string]any:
		for k, e := range v {
			each(k)
			visitText(e, each)
		}
	}
}

func TestInterchangeIsDeterministic(t *testing.T) {
	source := rand.New(rand.NewPCG(1, 2))
	for _, f := range interchange {
		first := write(t, f, changedReport(), Options{})
		for range 20 {
			r := changedReport()
			z := r.Records.(zoo)
			source.Shuffle(len(z), func(a, b int) { z[a], z[b] = z[b], z[a] })
			r.Generated = r.Generated.In(time.FixedZone("UTC+5", 5*3600)) // told elsewhere
			if !bytes.Equal(first, write(t, f, r, Options{Width: 100, Verbose: true})) {
				t.Fatalf("%s: the bytes differ", f.Name)
			}
		}
	}
}

// TestInterchangeSaysIncomplete: a report that is not complete says so, and one
// that is does not.
func TestInterchangeSaysIncomplete(t *testing.T) {
	reports := interchangeReports()
	for _, f := range interchange {
		if got := write(t, f, reports["zoo"], Options{}); !bytes.Contains(got, []byte("1 of 8 endpoints could not be judged")) {
			t.Errorf("%s does not say why it is incomplete", f.Name)
		}
		if got := write(t, f, reports["clean"], Options{}); bytes.Contains(got, []byte("is incomplete")) {
			t.Errorf("%s calls a complete report incomplete", f.Name)
		}
	}
}

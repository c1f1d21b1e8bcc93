package report

import (
	"fmt"
	"strings"
	"testing"

	"tlsaudit/audit"
)

// changedZoo is the zoo as a comparison, with changes of every kind.
func changedZoo() *audit.Report {
	r := zooReport()
	c := &audit.Changes{Before: audit.FileRef{File: "last.json", SHA256: strings.Repeat("0a", 32)}, Generated: zooNow.AddDate(0, -1, 0), Counts: map[audit.ChangeKind]int{}}
	add := func(k audit.ChangeKind, subject, rule, before, after, message string) {
		profile := ""
		if rule != "" {
			profile = "mozilla-intermediate-6.0"
		}
		c.Counts[k]++
		c.List = append(c.List, audit.Change{Kind: k, Subject: subject, Profile: profile, Rule: rule, Before: before, After: after, Severity: audit.High, Message: message})
	}
	const legacy = "https://legacy.example.com:443"
	add(audit.ChangeRegressed, legacy, "ssl3", "pass", "fail", "SSLv3 is accepted; the oldest version allowed is TLSv1.2")
	add(audit.ChangeRegressed, legacy, "tls1", "pass", "fail", "TLSv1.0 is accepted; the oldest version allowed is TLSv1.2")
	add(audit.ChangeNew, "https://hostile.example.net:443", "name", "", "fail", "name mismatch: "+hostileText)
	add(audit.ChangeNew, legacy, "order", "", "waived", strings.Repeat("the client decides the cipher suite, ", 12))
	add(audit.ChangeUndecided, "https://dead.example.net:443", "ssl3", "fail", "unknown", "not reached: connect: connection refused, 3 attempts")
	add(audit.ChangeUnreachable, "https://dead.example.net:443", "", "", "", "the endpoint answered, and does not any more: connect: connection refused")
	add(audit.ChangeGone, "https://off.example.com:443", "", "", "", "the endpoint is not in the later report; 2 open findings went with it and are not fixed thereby")
	add(audit.ChangePosture, legacy, "", "", "", "TLSv1.0 accepted, was refused; TLSv1.2 suites +TLS_RSA_WITH_RC4_128_SHA")
	add(audit.ChangeCertificate, "https://www.example.com:443", "", "", "", "the rsa certificate is another one: valid to 2027-03-01, was to 2026-12-01; same key")
	add(audit.ChangeReachable, "smtp://mx.partner.example.org:25", "", "", "", "the endpoint did not answer, and does: timeout before")
	add(audit.ChangeAdded, hostileText, "", "", "", "the endpoint is new to the report")
	add(audit.ChangeFixed, "https://www.example.com:443", "ssl3", "fail", "pass", "SSLv3 is refused")
	c.Counts[audit.ChangeUnchanged] = 3
	c.Omitted, c.Only = 2, true
	r.Changes = c
	return r
}

func TestTableChanges(t *testing.T) {
	text := string(write(t, Table, changedZoo(), Options{}))
	begin, end := strings.Index(text, "CHANGES"), strings.Index(text, "https://legacy.example.com:443\n  ")
	if begin < 0 || end < 0 {
		t.Fatalf("no changes before the findings:\n%s", text)
	}
	end = begin + strings.Index(text[begin:], "NOT SHOWN: 2 more changes.\n") + len("NOT SHOWN: 2 more changes.\n")
	golden(t, "changes.txt", []byte(text[begin:end]))
	for _, r := range text {
		if r != '\n' && !visible(r) {
			t.Fatalf("%U reaches the terminal", r)
		}
	}
}

// TestTableChangesLimit: what is not shown is counted.
func TestTableChangesLimit(t *testing.T) {
	r := changedZoo()
	text := string(write(t, Table, r, Options{Limit: 5}))
	if want := fmt.Sprintf("NOT SHOWN: %d more changes.", len(r.Changes.List)-5+2); !strings.Contains(text, want) {
		t.Errorf("the table does not say %q", want)
	}
	if text := string(write(t, Table, r, Options{Limit: -1})); !strings.Contains(text, "NOT SHOWN: 2 more changes.") {
		t.Error("all are asked for, and some are left out")
	}
}

func TestChangeCounts(t *testing.T) {
	for want, counts := range map[string]map[audit.ChangeKind]int{
		"nothing changed, and nothing was open":                nil,
		"nothing changed; 7 unchanged":                         {audit.ChangeUnchanged: 7},
		"1 regressed, 2 not reached any more, 3 gone, 4 fixed": {audit.ChangeFixed: 4, audit.ChangeGone: 3, audit.ChangeUnreachable: 2, audit.ChangeRegressed: 1},
		"1 new, 12 unchanged":                                  {audit.ChangeNew: 1, audit.ChangeUnchanged: 12},
	} {
		if got := changeCounts(&audit.Changes{Counts: counts}); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
	for _, k := range audit.ChangeKinds {
		if changeTitles[k] == "" {
			t.Errorf("%s has no title", k)
		}
	}
}

// TestNoCoverageOfComparison: what holds only what changed does not count
// endpoints, for the others were judged as well.
func TestNoCoverageOfComparison(t *testing.T) {
	for _, only := range []bool{true, false} {
		r := changedZoo()
		r.Changes.Only = only
		for _, f := range []Format{Table, Markdown, JUnit, GitHub} {
			text := string(write(t, f, r, Options{}))
			if strings.Contains(text, " judged, ") == only || strings.Contains(text, "Coverage:") && only {
				t.Errorf("%s, only what changed: %v: the coverage is wrong", f.Name, only)
			}
			if !strings.Contains(text, "Findings: ") {
				t.Errorf("%s counts no findings", f.Name)
			}
		}
	}
}

package report

import (
	"strings"
	"testing"

	"tlsaudit/audit"
)

// TestTableOnly: what is not chosen is not listed, nor its remedy, and every
// count stays.
func TestTableOnly(t *testing.T) {
	all, only := string(write(t, Table, fullReport(), Options{})), string(write(t, Table, fullReport(), Options{Only: []audit.Verdict{audit.Warn, audit.Waived}}))
	for _, want := range []string{"ONLY warn, waived is listed", "│ WARN ", "│ WAIVED ", "tls_dhparam = ffdhe3072", "with nothing of what is listed"} {
		if !strings.Contains(only, want) {
			t.Errorf("%q is missing", want)
		}
	}
	// With a blank and an edge behind them: the matrix counts all.
	for _, gone := range []string{"│ FAIL     │", "│ UNKNOWN  │", "SSLProtocol -all"} {
		if strings.Contains(only, gone) || !strings.Contains(all, gone) {
			t.Errorf("%q is listed", gone)
		}
	}
	if a, b := all[strings.Index(all, "\nSUMMARY"):], only[strings.Index(only, "\nSUMMARY"):]; a != b {
		t.Errorf("the summary differs:\n%s\n%s", a, b)
	}
	if passes := string(write(t, Table, fullReport(), Options{Only: []audit.Verdict{audit.Pass}})); !strings.Contains(passes, "│ PASS ") || strings.Contains(passes, "with nothing to object to") {
		t.Error("passes that were asked for are not listed")
	}
}

// TestTableWide: no cell is broken or cut, whatever the width.
func TestTableWide(t *testing.T) {
	r := zooReport()
	long := strings.Repeat("a message that is long ", 100) + "and ends"
	for rec := range r.Records.BySubject() {
		rec.Findings[0].Message = long
	}
	got := string(write(t, Table, r, Options{Width: 60, Wide: true}))
	if n := strings.Count(got, long); n != 7 {
		t.Errorf("%d of 7 long messages stand on one line", n)
	}
	for _, line := range strings.Split(got, "\n") {
		if strings.HasPrefix(line, "│  ") {
			t.Errorf("a row goes on in a second line: %s", line)
		}
	}
}

// TestTableBySystem: the system of the worst endpoint stands first, those
// without one stand together, and without any system there is no heading.
func TestTableBySystem(t *testing.T) {
	got := string(write(t, Table, zooReport(), Options{}))
	last := -1
	for _, want := range []string{"\nSYSTEM Billing\n  1 endpoint: 3 fail, 1 warn, 1 pass\n\nhttps://legacy.example.com:443", "\nSYSTEM (no system)\n  6 endpoints: ", "smtp://mx.partner.example.org:25", "\nSYSTEM =cmd|", "https://hostile.example.net:443"} {
		at := strings.Index(got, want)
		if at <= last {
			t.Errorf("%q stands at %d, behind what should follow it", want, at)
		}
		last = at
	}
	r := zooReport()
	for rec := range r.Records.BySubject() {
		rec.Evidence.Observed.Target.System = ""
	}
	if got := string(write(t, Table, r, Options{})); strings.Contains(got, "SYSTEM") {
		t.Error("there is a heading where no system is named")
	}
}

// TestTableGrades: every endpoint has one, also those without a finding to list.
func TestTableGrades(t *testing.T) {
	got := string(write(t, Table, zooReport(), Options{Grades: true, Width: 200}))
	if n := strings.Count(got, "\n  grade "); n != 8 {
		t.Errorf("%d grades for 8 endpoints", n)
	}
	for _, want := range []string{"\n  grade -: not reached\n", "grade T, otherwise up to C, score 72: the certificate expired on 2026-11-17: T; ", "\nhttps://www.example.com:443\n"} {
		if !strings.Contains(got, want) {
			t.Errorf("%q is missing", want)
		}
	}
	if strings.Contains(string(write(t, Table, zooReport(), Options{})), "grade ") {
		t.Error("grades nobody asked for")
	}
}

// TestTableShare: the share of what is unknown is never rounded away.
func TestTableShare(t *testing.T) {
	for _, tt := range []struct {
		s    audit.Summary
		want string
	}{
		{audit.Summary{Subjects: 10_000, Unknown: 1, Score: audit.Score{Points: 2, Of: 3}}, "Coverage: 99.9% of the endpoints judged, 0.1% unknown. Score: 66.6%."},
		{audit.Summary{Subjects: 2, Score: audit.Score{Points: 3, Of: 3}}, "Coverage: 100.0% of the endpoints judged, 0.0% unknown. Score: 100.0%."},
		{audit.Summary{}, "Coverage: nothing, there is no endpoint. Score: none, nothing was asked."},
	} {
		if got := new(terminal).share(&audit.Report{Summary: tt.s}); got != tt.want {
			t.Errorf("%q, want %q", got, tt.want)
		}
	}
}

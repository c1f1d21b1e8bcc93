package report

import (
	"fmt"
	"strings"
	"testing"

	"tlsaudit/audit"
)

func tableText(t *testing.T, r *audit.Report, o Options) string {
	t.Helper()
	return strings.Join(strings.Fields(string(write(t, Table, r, o))), " ")
}

func TestTableTellsOfExceptions(t *testing.T) {
	got := tableText(t, fullReport(), Options{Width: 200})
	for _, want := range []string{
		"│ WAIVED (fail) │ high │ gateway/sametime-tls-only (5.3) │ legacy Virtual Places connections are accepted beside TLS",
		"waived (fail) by old-clients until 2026-12-31: old clients are replaced in January",
		"the waiver renewal expired on 2026-10-31: the new certificate was ordered",
		"the profile states this rule with medium confidence",
		"3 fail, 1 warn, 1 pass; 1 new",
		"Compared with 2026-10/report.json of 2026-10-20 12:00 UTC: 2 new (1 critical, 1 low), 6 known, 3 gone.",
		"5 waivers: 2 expired, 1 expiring, 1 unused, 1 active.",
		"- from 2027-01-01: mozilla-intermediate-6.0/tls12 demands TLSv1.2, gateway/tls13-only forbids it",
		`outbound row 10 "partners": verify+cn/medium, in effect only encrypt+cn`,
		"mozilla-intermediate-6.0: of 4 endpoints 2 fail, 1 unknown, 1 pass.",
		"SWITCHED OFF 1 rule of the chosen profiles (1 should)",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("%q is missing", want)
		}
	}
	if strings.Contains(got, "with high confidence") {
		t.Error("a rule the profile is sure of needs no remark")
	}
	if n := strings.Count(got, "│ NEW │"); n != 2 {
		t.Errorf("%d findings are marked as new, want 2", n)
	}
}

// TestTableOfNoExceptions: nothing of this is said where there is none of it.
func TestTableOfNoExceptions(t *testing.T) {
	got := tableText(t, manyPeers(3, "gateway"), Options{Verbose: true})
	for _, not := range []string{"WAIVE", "CONFLICT", "COMPLIANCE", "Compared with", "GATEWAY TABLE", "SWITCHED OFF", "NEW"} {
		if strings.Contains(got, not+" ") {
			t.Errorf("%q is in %s", not, got)
		}
	}
}

// TestTableRowsNobodyJudged: a row of the gateway's table without findings has
// not passed anything.
func TestTableRowsNobodyJudged(t *testing.T) {
	r := manyPeers(1, "gateway")
	rows := zooRows()
	rows[0].Findings = rows[0].Findings[2:] // it passes
	rows[1].Findings[0].Verdict = audit.NotApplicable
	rows = append(rows, &audit.Record{Evidence: audit.Evidence{Subject: "gateway:edge/outbound/30:x", Connection: &audit.Connection{}}})
	r.Records = append(r.Records.(zoo), rows...)
	got := tableText(t, r, Options{})
	if !strings.Contains(got, "GATEWAY TABLE 1 row with nothing to object to. 1 row to which no rule applies. 1 row NOT JUDGED: no rule in force speaks about it.") {
		t.Errorf("the table reads %s", got)
	}
}

func TestTableMatrixHasABound(t *testing.T) {
	if got := tableText(t, manyPeers(40, fiveProfiles...), Options{}); !strings.Contains(got, "mxbn.example.org:25 │ no rule") {
		t.Error("40 endpoints: no matrix")
	}
	got := tableText(t, manyPeers(41, fiveProfiles...), Options{})
	if !strings.Contains(got, "The matrix of 41 endpoints and 5 profiles is in the json and xlsx reports") || strings.Contains(got, "│ WARN 1") {
		t.Error("41 endpoints: a matrix")
	}
	if !strings.Contains(got, "pci-dss-4.0.1: of 41 endpoints") {
		t.Error("no totals by profile")
	}
}

func TestTableListsAreBounded(t *testing.T) {
	r := manyPeers(1, "gateway")
	for i := range 60 {
		r.Waivers = append(r.Waivers, audit.WaiverStatus{WaiverRef: audit.WaiverRef{ID: fmt.Sprintf("w-%02d", i)}, State: audit.WaiverActive})
		r.Conflicts = append(r.Conflicts, audit.Conflict{Subject: fmt.Sprintf("suite-%02d", i)})
	}
	r.Waivers[59].State = audit.WaiverExpired // the last comes first
	got := tableText(t, r, Options{})
	for _, want := range []string{"expired w-59", "w-48", "suite-49", "and 10 more; list them with -v"} {
		if !strings.Contains(got, want) {
			t.Errorf("%q is missing", want)
		}
	}
	if strings.Contains(got, "w-49,") || strings.Contains(got, "suite-50") {
		t.Error("the lists are not bounded")
	}
	if got := tableText(t, r, Options{Verbose: true}); !strings.Contains(got, "w-49,") || !strings.Contains(got, "suite-59") {
		t.Error("-v does not list all")
	}
}

// TestGridGoesOn: what the library holds at once is bounded.
func TestGridGoesOn(t *testing.T) {
	r := manyPeers(600, "gateway")
	for _, rec := range r.Records.(zoo) {
		rec.WhatIf = whatIf("", "pppppppp")
	}
	got := string(write(t, Table, r, Options{WhatIf: true, Limit: -1}))
	if heads, rows := strings.Count(got, "│ PEER "), strings.Count(got, "│ smtp://"); heads != 2 || rows != 600 {
		t.Errorf("%d tables and %d rows, want 2 and 600", heads, rows)
	}
}

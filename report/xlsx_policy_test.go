package report

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tlsaudit/audit"
)

// column returns the cells of a column of a sheet, without its title.
func columnOf(t *testing.T, rows [][]string, title string) []string {
	t.Helper()
	for i, name := range rows[0] {
		if name != title {
			continue
		}
		var cells []string
		for _, row := range rows[1:] {
			cell := ""
			if i < len(row) { // empty cells at the end are cut off
				cell = row[i]
			}
			cells = append(cells, cell)
		}
		return cells
	}
	t.Fatalf("no column %q in %q", title, rows[0])
	return nil
}

func TestWorkbookPolicySheets(t *testing.T) {
	f := open(t, write(t, Workbook, fullReport(), Options{}))
	for _, tt := range []struct {
		sheet, column string
		want          []string
	}{
		{"Matrix", "gateway", []string{"no rule", "FAIL", "no rule", "N/A", "WAIVED", "FAIL", "WARN", "no rule"}},
		{"Matrix", "mozilla-intermediate-6.0", []string{"UNKNOWN", "no rule", "FAIL", "PASS", "no rule", "no rule", "no rule", "FAIL"}},
		{"Gateway", "Configured", []string{"verify", "verify+cn"}},
		{"Gateway", "In effect", []string{"not known", "encrypt+cn"}},
		{"Gateway", "Worst verdict", []string{"UNKNOWN", "FAIL"}},
		{"Gateway", "Pass", []string{"0", "1"}},
		{"What-if", "Peer", []string{"smtp://mx.partner.example.org:25", "smtps://mail.example.com:465"}},
		{"What-if", "Encrypt high", []string{"ok", "no"}},
		{"What-if", "Verify medium", []string{"no", "ok"}},
		{"What-if", "Verify+CN high", []string{"unknown", "no"}},
		{"What-if", "Highest", []string{"encrypt+cn/high", "verify+cn/medium"}},
		{"What-if", "Met now", []string{"yes", ""}},
		{"Waivers", "State", []string{"expired", "expired", "expiring", "unused", "active"}},
		{"Waivers", "Days left", []string{"-19", "-1", "6", "100", "41"}},
		{"Not automated", "Kind", []string{"manual", "manual", "switched off", "manual"}},
		{"Not automated", "Confidence", []string{"", "", "", "low"}},
		{"Findings", "Verdict", append(append(slicesOf("FAIL", 3), "WARN"), "FAIL", "WARN", "FAIL", "FAIL", "FAIL", "UNKNOWN", "UNKNOWN", "UNKNOWN", "UNKNOWN", "UNKNOWN", "UNKNOWN", "WARN", "WAIVED (fail)")},
	} {
		if diff := cmp.Diff(tt.want, columnOf(t, rowsOf(t, f, tt.sheet), tt.column)); diff != "" {
			t.Errorf("%s, %s: %s", tt.sheet, tt.column, diff)
		}
	}
	found := columnOf(t, rowsOf(t, f, "Gateway"), "What was found")[1]
	if want := "FAIL FP-01: verify+cn is configured, encrypt+cn is in effect: hybrid deployments lost the check of the chain on 2026-05-18\nWARN FP-04: medium lets 128-bit keys through"; found != want {
		t.Errorf("what was found: %q", found)
	}
	waivers := columnOf(t, rowsOf(t, f, "Findings"), "Waiver")
	if want := "renewal, expired on 2026-10-31\nthe new certificate was ordered"; waivers[1] != want {
		t.Errorf("expired waiver: %q", waivers[1])
	}
	if want := "old-clients until 2026-12-31\nold clients are replaced in January\nowner: chat team\napproved by: CISO\nticket: CHG-4711"; waivers[16] != want {
		t.Errorf("waiver: %q", waivers[16])
	}
	impact := rowsOf(t, f, "Row impact")
	flows, breaks, who := columnOf(t, impact, "Mail keeps flowing"), columnOf(t, impact, "Breaks"), columnOf(t, impact, "Who breaks, and why")
	if flows[0] != "ok" || flows[4] != "no" || breaks[15] != "37" || !strings.HasSuffix(who[15], "\nand 17 more") || flows[24] != "" || who[32] != nothingMore || flows[32] != "" {
		t.Errorf("row impact: %q, %q, %q", flows, breaks, who[15])
	}
	reasons := columnOf(t, rowsOf(t, f, "Not automated"), "Why, and what to do and to attach")
	if reasons[2] != "the policy: the CA has no OCSP responder any more" || !strings.HasPrefix(reasons[3], "show where the key is kept; attach the record of the HSM") {
		t.Errorf("not automated: %q", reasons)
	}
}

func slicesOf(s string, n int) []string {
	list := make([]string, n)
	for i := range list {
		list[i] = s
	}
	return list
}

func TestWorkbookSummaryOfPolicy(t *testing.T) {
	text := func(r *audit.Report, o Options) string {
		var b strings.Builder
		for _, row := range rowsOf(t, open(t, write(t, Workbook, r, o)), "Summary") {
			b.WriteString(strings.Join(row, "|") + "\n")
		}
		return b.String()
	}
	full := text(fullReport(), Options{})
	for _, want := range []string{"Rows of the gateway table|2\n", "Protocols|https 4, sametime 1, smtp 1, smtps 1, tls 1\n", "Rules for a person to judge|3", "Rules switched off|1", "Findings waived|1", "Waivers|2 expired, 1 expiring, 1 unused, 1 active",
		"Waivers read from|waivers.yaml||" + strings.Repeat("7b", 32), "Baseline|2026-10/report.json", "new findings|2|1 critical, 1 low", "known findings|6", "gone since|3",
		"gateway|5, to 1 of them none applies|2|0|1|1|0", "mozilla-intermediate-6.0|4|2|1|0|0|1", "Mail peers|2", "Verify high||0|1|1", "Row impact|for each row"} {
		if !strings.Contains(full, want) {
			t.Errorf("%q is missing in\n%s", want, full)
		}
	}
	bare := text(manyPeers(3, "gateway"), Options{})
	if !strings.Contains(bare, "Baseline|none given") || !strings.Contains(bare, "Waivers|none") || strings.Contains(bare, "Mail peers") || strings.Contains(bare, "Matrix|") {
		t.Errorf("a report without any of it:\n%s", bare)
	}
	view := text(fullReport(), Options{WhatIf: true})
	if strings.Contains(view, "Findings|") || strings.Contains(view, "Sign-off") || !strings.Contains(view, "Encrypt high||1|1|0") || !strings.Contains(view, "INCOMPLETE") {
		t.Errorf("the view of what-if:\n%s", view)
	}
}

// TestTitlesDiffer: a profile may be called as it likes; Excel takes no table
// with two equal titles.
func TestTitlesDiffer(t *testing.T) {
	got := titles([]column{{title: "Owner"}, {title: "owner"}, {title: "OWNER"}, {title: "x\x1b" + strings.Repeat("y", 300)}})
	if got[1] != "owner (2)" || got[2] != "OWNER (3)" || len(got[3]) > 255 || strings.ContainsFunc(got[3], harmful) {
		t.Errorf("titles %q", got)
	}
	r := manyPeers(2, "owner", "System")
	if got := rowsOf(t, open(t, write(t, Workbook, r, Options{})), "Matrix")[0]; fmt.Sprint(got) != "[Endpoint System Owner System (2) owner (2)]" {
		t.Errorf("columns of the matrix: %q", got)
	}
}

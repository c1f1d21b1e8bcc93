package report

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/xuri/excelize/v2"

	"tlsaudit/audit"
)

func open(t *testing.T, workbook []byte) *excelize.File {
	t.Helper()
	f, err := excelize.OpenReader(bytes.NewReader(workbook))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = f.Close() })
	return f
}

func rowsOf(t *testing.T, f *excelize.File, sheet string) [][]string {
	t.Helper()
	rows, err := f.GetRows(sheet)
	if err != nil {
		t.Fatal(err)
	}
	return rows
}

var sheetNames = []string{"Cover", "Summary", "Scorecard", "Matrix", "Findings", "Remediation", "Gateway", "What-if", "Row impact", "Waivers", "Conflicts",
	"Endpoints", "Certificates", "Calendar", "Cipher inventory", "Ciphers", "Controls", "Inconclusive", "Evidence", "Passed", "Not automated", "Lists", "Method"}

// papers are the sheets for reading, which hold no table.
var papers = []string{"Cover", "Summary", "Method"}

// TestWorkbookHasNoNeedlessSheets: a run with one profile and no gateway has
// nothing to compare, but says that nothing is waived.
func TestWorkbookHasNoNeedlessSheets(t *testing.T) {
	r := manyPeers(3, "gateway")
	f := open(t, write(t, Workbook, r, Options{}))
	want := []string{"Cover", "Summary", "Scorecard", "Findings", "Remediation", "Waivers", "Endpoints", "Certificates", "Calendar", "Cipher inventory", "Ciphers", "Controls", "Inconclusive",
		"Evidence", "Passed", "Not automated", "Method"}
	if diff := cmp.Diff(want, f.GetSheetList()); diff != "" {
		t.Error(diff)
	}
	if got := rowsOf(t, f, "Waivers"); len(got) != 2 || got[1][0] != "none" {
		t.Errorf("no waivers: %q", got)
	}
	f = open(t, write(t, Workbook, r, Options{WhatIf: true}))
	if diff := cmp.Diff([]string{"Summary", "What-if", "Row impact"}, f.GetSheetList()); diff != "" {
		t.Error(diff)
	}
	f = open(t, write(t, Workbook, fullReport(), Options{WhatIf: true}))
	if diff := cmp.Diff([]string{"Summary", "Gateway", "What-if", "Row impact"}, f.GetSheetList()); diff != "" {
		t.Error(diff)
	}
}

func TestWorkbookSheets(t *testing.T) {
	f := open(t, write(t, Workbook, fullReport(), Options{}))
	if diff := cmp.Diff(sheetNames, f.GetSheetList()); diff != "" {
		t.Error(diff)
	}
	// 17 findings are not in order, 3 of them about rows; 6 are. 26 suites, 2 certificates of each chain.
	for sheet, want := range map[string]int{"Matrix": 8, "Findings": 17, "Passed": 6, "Endpoints": 8, "Ciphers": 26, "Certificates": 14, "Inconclusive": 2, "Not automated": 4, "Remediation": 6,
		"Gateway": 2, "What-if": 2, "Row impact": 33, "Waivers": 5, "Conflicts": 2} {
		if got := len(rowsOf(t, f, sheet)) - 1; got != want {
			t.Errorf("%s has %d rows, want %d", sheet, got, want)
		}
		panes, err := f.GetPanes(sheet)
		if err != nil || !panes.Freeze || panes.YSplit != 1 {
			t.Errorf("%s: the header is not frozen: %+v, %v", sheet, panes, err)
		}
		tables, err := f.GetTables(sheet)
		if err != nil || len(tables) != 1 {
			t.Errorf("%s has %d tables, %v", sheet, len(tables), err)
		}
	}
	want := []string{"FAIL", "critical", "https://legacy.example.com:443", "SSLv3 is accepted; the oldest version allowed is TLSv1.2",
		"new", "mozilla-intermediate-6.0", "ssl3",
		"SSLProtocol -all +TLSv1.2 +TLSv1.3\napply: apachectl configtest && systemctl reload apache2\nverify: openssl s_client -connect HOST:443 -tls1 </dev/null\nsource: documented",
		"", "protocols", "must", "medium", "ServerHello", "Billing", "payments team", "", "inventory.yaml:7:9",
		audit.FindingFingerprint("mozilla-intermediate-6.0", "ssl3", "https://legacy.example.com:443")}
	if diff := cmp.Diff(want, rowsOf(t, f, "Findings")[1]); diff != "" {
		t.Error(diff)
	}
	formats, err := f.GetConditionalFormats("Findings")
	if err != nil || len(formats["A2:A18"]) == 0 || len(formats["B2:B18"]) == 0 || len(formats["E2:E18"]) == 0 {
		t.Errorf("verdict, severity and status are not coloured: %v, %v", formats, err)
	}
}

func TestWorkbookDatesAreDates(t *testing.T) {
	f := open(t, write(t, Workbook, zooReport(), Options{}))
	for col, want := range map[string]float64{"G3": 46258, "H3": 48346} { // 2026-08-24, 2032-05-12
		kind, _ := f.GetCellType("Certificates", col)
		raw, err := f.GetCellValue("Certificates", col, excelize.Options{RawCellValue: true})
		if err != nil || kind != excelize.CellTypeUnset || raw != fmt.Sprint(want) {
			shown, _ := f.GetCellValue("Certificates", col)
			t.Errorf("%s is %s (%s), type %v, want the number %v; %v", col, raw, shown, kind, want, err)
		}
	}
}

func TestWorkbookCutsLongText(t *testing.T) {
	r := zooReport()
	r.Records.(zoo)[0].Findings[0].Message = strings.Repeat("😀", 20_000)
	r.Records.(zoo)[0].Evidence.Observed.Notes = []string{strings.Repeat("n", 3000), strings.Repeat("n", 3000), strings.Repeat("n", 70_000)}
	for range 20 {
		r.Records.(zoo)[0].Evidence.Observed.Notes = append(r.Records.(zoo)[0].Evidence.Observed.Notes, strings.Repeat("n", 3000))
	}
	f := open(t, write(t, Workbook, r, Options{}))
	if got, _ := f.GetCellValue("Findings", "D2"); !strings.HasSuffix(got, "…[truncated, 80000 bytes in all]") {
		t.Errorf("no mark of a cut: …%q", got[len(got)-60:])
	}
	if notes := columnOf(t, rowsOf(t, f, "Endpoints"), "Notes")[2]; !strings.HasSuffix(notes, "…[truncated]") || !strings.Contains(notes, "…[truncated, 70000 bytes in all]") {
		t.Errorf("no mark of a cut: …%q", notes[len(notes)-60:])
	}
}

// TestWorkbookLineFeeds: Excel takes 253 in a cell; nothing is lost beyond.
func TestWorkbookLineFeeds(t *testing.T) {
	var names lines
	for i := range 400 {
		names = append(names, fmt.Sprintf("host-%d.example.com", i))
	}
	got := cellValue(names).(string)
	if n := strings.Count(got, "\n"); n != maxLines || n > 253 {
		t.Errorf("%d line feeds", n)
	}
	if !strings.Contains(got, "\nhost-250.example.com, host-251.example.com, ") || !strings.HasSuffix(got, ", host-399.example.com") {
		t.Errorf("names are missing: …%s", got[len(got)-300:])
	}
}

func TestWorkbookSplitsLongSheets(t *testing.T) {
	b := newBook(zooReport(), Options{})
	defer b.close()
	if err := b.open(); err != nil {
		t.Fatal(err)
	}
	for _, s := range []*sheet{b.ciphers, b.findings} {
		s.limit = 10
	}
	if err := b.fill(); err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := b.canonical(&out); err != nil {
		t.Fatal(err)
	}
	f := open(t, out.Bytes())
	want := []string{"Cover", "Summary", "Scorecard", "Matrix", "Findings", "Findings (2)", "Remediation", "Waivers", "Endpoints", "Certificates", "Calendar", "Cipher inventory",
		"Ciphers", "Ciphers (2)", "Ciphers (3)", "Controls", "Inconclusive", "Evidence", "Passed", "Not automated", "Lists", "Method"}
	if diff := cmp.Diff(want, f.GetSheetList()); diff != "" {
		t.Error(diff)
	}
	total := 0
	for _, part := range []string{"Ciphers", "Ciphers (2)", "Ciphers (3)"} {
		rows := rowsOf(t, f, part)
		if rows[0][0] != "Endpoint" {
			t.Errorf("%s has no header: %v", part, rows[0])
		}
		if len(rows) > 10 {
			t.Errorf("%s has %d rows, more than fit", part, len(rows))
		}
		total += len(rows) - 1
	}
	scopes := map[string]string{}
	for _, name := range f.GetDefinedName() {
		scopes[name.Scope] = name.RefersTo
	}
	for _, sheet := range want {
		if slices.Contains(papers, sheet) {
			continue
		}
		if !strings.HasPrefix(scopes[sheet], "'"+sheet+"'!$A:$") {
			t.Errorf("%s repeats %s when printed", sheet, scopes[sheet])
		}
	}
	if total != 26 {
		t.Errorf("%d suites in all parts, want 26", total)
	}
}

func TestWorkbookProperties(t *testing.T) {
	f := open(t, write(t, Workbook, zooReport(), Options{}))
	got, err := f.GetDocProps()
	if err != nil || got.Creator != "tlsaudit 1.0.0" || got.Created != "2026-11-20T12:01:30Z" || got.Modified != got.Created {
		t.Errorf("%+v, %v", got, err)
	}
}

func TestWorkbookSummary(t *testing.T) {
	r := zooReport()
	text := func() string {
		var b strings.Builder
		f := open(t, write(t, Workbook, r, Options{}))
		for _, row := range append(rowsOf(t, f, "Cover"), rowsOf(t, f, "Summary")...) {
			b.WriteString(strings.Join(row, "|") + "\n")
		}
		return b.String()
	}
	got := text()
	for _, want := range []string{"INCOMPLETE: 1 of 8 endpoints could not be judged", "Endpoints|8", "Coverage|87 %", "https 4, sametime 1, smtp 1, smtps 1, tls 1",
		"Scan began (UTC)|2026-11-20 12:00", "Mozilla Server Side TLS, intermediate\nconfidence: verified|6.0|3f", strings.Repeat("3f", 32), "FAIL|a must or must not is broken|6", "critical||1", "mozilla-intermediate-6.0|tls1|protocols|2|0|1"} {
		if !strings.Contains(got, want) {
			t.Errorf("%q is missing in\n%s", want, got)
		}
	}
	if strings.Index(got, "|tls1|protocols|2|") > strings.Index(got, "|ssl3|protocols|1|") {
		t.Error("the rule broken most is not listed first")
	}
	r.Complete, r.Incomplete = true, ""
	if got := text(); !strings.Contains(got, "COMPLETE: every endpoint") || strings.Contains(got, "INCOMPLETE") {
		t.Error("a complete report does not say so")
	}
	r.Records, r.Summary = zoo{}, audit.Summary{}
	if got := text(); !strings.Contains(got, "nothing was audited") {
		t.Errorf("an empty report does not say so:\n%s", got)
	}
}

func TestDaysLeft(t *testing.T) {
	for after, want := range map[time.Duration]int{48 * time.Hour: 2, 47 * time.Hour: 1, time.Hour: 0, -time.Hour: -1, -25 * time.Hour: -1, -84 * time.Hour: -3} {
		if got := daysLeft(&audit.Certificate{NotAfter: zooNow.Add(after)}, zooNow); got != want {
			t.Errorf("%v: %v, want %d", after, got, want)
		}
	}
	if got := daysLeft(&audit.Certificate{}, zooNow); got != nil {
		t.Errorf("unreadable certificate: %v days", got)
	}
}

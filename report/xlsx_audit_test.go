package report

import (
	"bytes"
	"fmt"
	"html"
	"math/rand/v2"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/xuri/excelize/v2"

	"tlsaudit/audit"
)

func TestWorkbookAuditSheets(t *testing.T) {
	f := open(t, write(t, Workbook, auditReport(), Options{}))
	for _, tt := range []struct {
		sheet, column string
		want          []string
	}{
		{"Scorecard", "Score", []string{"0.0%", "13.3%", "30.7%"}},
		{"Scorecard", "Endpoints", []string{"1", "1", "6"}},
		{"Scorecard", "Judged in full", []string{"1", "1", "5"}},
		{"Scorecard", "Unknown", []string{"0", "0", "6"}},
		{"Scorecard", "Profile: mozilla-intermediate-6.0", []string{"no rule", "FAIL", "FAIL"}},
		{"Scorecard", "Profile: config", []string{"no rule", "no rule", "FAIL"}},
		{"Scorecard", "Family: Gateway table", []string{"no rule", "no rule", "FAIL"}},
		{"Changes", "Change", []string{"regressed", "new", "unreachable", "certificate", "fixed", "…"}},
		{"Changes", "Severity", []string{"high", "high", "", "", "high", ""}},
		{"Drift", "Verdict", []string{"FAIL", "PASS"}},
		{"Drift", "Listener", []string{"*:443", "*:443"}},
		{"Config files", "SHA-256", []string{strings.Repeat("1d", 32)}},
		{"Config files", "Product", []string{"httpd"}},
		{"Gateway", "Peers", []string{"0", "1"}},
		{"Gateway", "Matched peers", []string{"", "smtp://mx.partner.example.org:25"}},
		{"Calendar", "Month", []string{"2026-11", "2027-01"}},
		{"Calendar", "Endpoints", []string{"2", "5"}},
		{"Calendar", "Days left", []string{"-3", "59"}},
		{"Calendar", "Bucket", []string{"expired", "31-60 days"}},
		{"Remediation", "Status", slicesOf("open", 7)},
		{"Remediation", "Assigned to", slicesOf("", 7)},
		{"Inconclusive", "Endpoint", []string{"gateway:edge/inbound/20:evil", "https://dead.example.net:443"}},
	} {
		if diff := cmp.Diff(tt.want, columnOf(t, rowsOf(t, f, tt.sheet), tt.column)); diff != "" {
			t.Errorf("%s, %s: %s", tt.sheet, tt.column, diff)
		}
	}
	changes := columnOf(t, rowsOf(t, f, "Remediation"), "Change of the file, as an example")
	if !strings.Contains(strings.Join(changes, ""), "-SSLProtocol all\n+SSLProtocol -all +TLSv1.2 +TLSv1.3") {
		t.Errorf("no change is shown: %q", changes)
	}
}

// TestWorkbookInventory: what PCI DSS 12.3.3 asks for, each combination once.
func TestWorkbookInventory(t *testing.T) {
	f := open(t, write(t, Workbook, auditReport(), Options{}))
	rows := rowsOf(t, f, "Cipher inventory")
	var got []string
	for i, version := range columnOf(t, rows, "Version") {
		got = append(got, strings.Join([]string{columnOf(t, rows, "Protocol")[i], version, columnOf(t, rows, "Id")[i], columnOf(t, rows, "Key exchange")[i], columnOf(t, rows, "Strength (bits)")[i],
			columnOf(t, rows, "Endpoints")[i], strings.ReplaceAll(columnOf(t, rows, "Where used")[i], "\n", " ")}, "|"))
	}
	for _, want := range []string{
		"https|SSLv3|0x000A|RSA|112|1|https://legacy.example.com:443", "https|TLSv1.2|0xC02F|ECDHE-RSA|128|2|https://hostile.example.net:443 https://www.example.com:443",
		"smtp|TLSv1.3|0x1302|(EC)DHE|256|1|smtp://mx.partner.example.org:25",
	} {
		if !strings.Contains("\n"+strings.Join(got, "\n")+"\n", "\n"+want+"\n") {
			t.Errorf("%q is missing in\n%s", want, strings.Join(got, "\n"))
		}
	}
	for _, title := range []string{"Purpose", "Responsible", "Last reviewed"} {
		for _, cell := range columnOf(t, rows, title) {
			if cell != "" {
				t.Errorf("%s is for people: %q", title, cell)
			}
		}
	}
}

// TestWorkbookControls: the counts of the rules are those of the summary.
func TestWorkbookControls(t *testing.T) {
	r := auditReport()
	rows := rowsOf(t, open(t, write(t, Workbook, r, Options{})), "Controls")
	for title, want := range map[string]int{"Fail": r.Summary.Fail, "Unknown": r.Summary.UnknownFindings, "Warn": r.Summary.Warn, "Waived": r.Summary.Waived, "Pass": r.Summary.Pass, "N/A": r.Summary.NotApplicable} {
		sum := 0
		for _, cell := range columnOf(t, rows, title) {
			n, err := strconv.Atoi(cell)
			if err != nil {
				t.Fatal(err)
			}
			sum += n
		}
		if sum != want {
			t.Errorf("%s: %d, want %d", title, sum, want)
		}
	}
	if n := len(rows) - 1; n != len(r.Rules) {
		t.Errorf("%d rules, want %d", n, len(r.Rules))
	}
	r.Rules = nil // as in reports of before there were any
	again := rowsOf(t, open(t, write(t, Workbook, r, Options{})), "Controls")
	if diff := cmp.Diff(columnOf(t, rows, "Rule"), columnOf(t, again, "Rule")); diff != "" {
		t.Error(diff)
	}
}

func TestWorkbookCover(t *testing.T) {
	text := func(r *audit.Report) string {
		var b strings.Builder
		for _, row := range rowsOf(t, open(t, write(t, Workbook, r, Options{})), "Cover") {
			b.WriteString(strings.Join(row, "|") + "\n")
		}
		return b.String()
	}
	r := zooReport()
	got := text(r)
	for _, want := range []string{"INCOMPLETE: 1 of 8", "Endpoints|8\n", "Systems|2\n", "Depth of the scan|standard: 8 endpoints", "Endpoints judged in full|7 of 8 (87.5 %)", "Findings undecided|5 of 18 (27.8 %)",
		"First observation|2026-11-20 12:00\n", "Program|tlsaudit 1.0.0", "Scanned from|scanner.example.com", "Operator|TLS audit team", "gateway|Mail gateway of Example Inc.|2026-10|" + strings.Repeat("9a", 32),
		"Inventory or policy|inventory.yaml||" + strings.Repeat("5c", 32), "Prepared by", "Reviewed by", "Accepted by", "Classification"} {
		if !strings.Contains(got, want) {
			t.Errorf("%q is missing in\n%s", want, got)
		}
	}
	r.Origin, r.Sources, r.Complete, r.Incomplete = nil, nil, true, ""
	if got := text(r); !strings.Contains(got, "Scanned from|not told") || !strings.Contains(got, "none named") || !strings.Contains(got, "COMPLETE: every endpoint") || strings.Contains(got, "INCOMPLETE") {
		t.Errorf("a report that tells nothing of itself:\n%s", got)
	}
}

// TestWorkbookLinks follows the links between findings, endpoints and evidence.
func TestWorkbookLinks(t *testing.T) {
	workbook := write(t, Workbook, auditReport(), Options{})
	f := open(t, workbook)
	followed := map[string]int{}
	for id, sheet := range f.GetSheetMap() {
		text := html.UnescapeString(membersOf(t, workbook)[fmt.Sprintf("xl/worksheets/sheet%d.xml", id)])
		for _, found := range regexp.MustCompile(`<hyperlink ref="([A-Z]+\d+)" location="'([^']+)'!([A-Z]+\d+)"`).FindAllStringSubmatch(text, -1) {
			from, _ := f.GetCellValue(sheet, found[1])
			to, _ := f.GetCellValue(found[2], found[3])
			if found[2] == "Findings" {
				row := strings.TrimPrefix(found[3], "A")
				to, _ = f.GetCellValue("Findings", "C"+row)
			}
			switch {
			case sheet == "Summary" || from == evidenceWord:
			case from != to:
				t.Errorf("%s %s %q leads to %s %s %q", sheet, found[1], from, found[2], found[3], to)
			}
			followed[sheet+" to "+found[2]]++
		}
	}
	for _, want := range []string{"Findings to Endpoints", "Findings to Config files", "Findings to Gateway", "Endpoints to Findings", "Endpoints to Evidence", "Evidence to Endpoints", "Certificates to Endpoints",
		"Drift to Config files", "Changes to Endpoints", "Inconclusive to Endpoints", "Inconclusive to Gateway", "Summary to Controls", "Summary to Changes"} {
		if followed[want] == 0 {
			t.Errorf("no link of %s: %v", want, followed)
		}
	}
}

// TestLinksEnd: a sheet takes so many links and no more, and a subject that has
// no row leads nowhere.
func TestLinksEnd(t *testing.T) {
	from := spot{&part{name: "Findings", linked: maxLinks - 1}, 2}
	to := spot{&part{name: "Endpoints"}, 7}
	from.link("C", to)
	from.link("C", to)
	if got := string(from.part.hyperlinks()); strings.Count(got, "<hyperlink ") != 1 || !strings.Contains(got, `ref="C2" location="'Endpoints'!A7"`) {
		t.Errorf("links: %s", got)
	}
	spot{&part{name: "Findings"}, 2}.link("C", spot{})
	h := homes{}
	for i := range maxLinks + 10 {
		h.add(fmt.Sprint(i), to)
	}
	if len(h) != maxLinks {
		t.Errorf("%d subjects", len(h))
	}
}

func TestWorkbookChoices(t *testing.T) {
	f := open(t, write(t, Workbook, auditReport(), Options{}))
	rules, err := f.GetDataValidations("Remediation")
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	for _, r := range rules {
		got[r.Sqref] = r.Type + " " + r.Formula1
	}
	want := map[string]string{"L2:L8": "list Owners", "M2:M8": "date 46346", "N2:N8": `list "open,in progress,done,accepted,not needed"`}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	names := map[string]string{}
	for _, n := range f.GetDefinedName() {
		if !strings.HasPrefix(n.Name, "_xlnm") {
			names[n.Name] = strings.NewReplacer("'", "", "$", "").Replace(n.RefersTo)
		}
	}
	if names["Owners"] != "Lists!A2:A3" {
		t.Errorf("owners: %q", names["Owners"])
	}
	for name, want := range map[string]string{"Audit_Score": "26.8%", "Endpoints_Total": "8", "Endpoints_Unknown": "1", "Findings_FAIL": "8", "Findings_NotApplicable": "2", "Judged_As_Of": "2026-11-20 12:00"} {
		sheet, cell, _ := strings.Cut(names[name], "!")
		if got, err := f.GetCellValue(sheet, cell); err != nil || got != want {
			t.Errorf("%s, %s: %q, want %q, %v", name, names[name], got, want, err)
		}
	}
}

// TestWorkbookCharts: the charts show the numbers they say they do.
func TestWorkbookCharts(t *testing.T) {
	workbook := write(t, Workbook, auditReport(), Options{})
	f := open(t, workbook)
	var seen []string
	for name, text := range membersOf(t, workbook) {
		if !strings.HasPrefix(name, "xl/charts/chart") {
			continue
		}
		title := regexp.MustCompile(`<a:t>([^<]+)</a:t>`).FindStringSubmatch(text)[1]
		ranges := regexp.MustCompile(`<f>([^<]+)</f>`).FindAllStringSubmatch(html.UnescapeString(text), -1)
		cells := func(at string) (list []string) {
			sheet, span, _ := strings.Cut(strings.NewReplacer("'", "", "$", "").Replace(at), "!")
			first, last, found := strings.Cut(span, ":")
			if !found {
				last = first
			}
			column, from, _ := excelize.SplitCellName(first)
			_, to, _ := excelize.SplitCellName(last)
			for i := from; i <= to; i++ {
				value, _ := f.GetCellValue(sheet, fmt.Sprintf("%s%d", column, i))
				list = append(list, value)
			}
			return list
		}
		line := title
		for _, r := range ranges[:3] {
			line += "|" + strings.Join(cells(r[1]), " ")
		}
		seen = append(seen, line)
	}
	for _, want := range []string{"Findings by verdict|Findings|FAIL UNKNOWN WARN WAIVED PASS N/A|8 6 3 1 6 2", "Failures by severity|Findings|critical high medium low info|1 6 0 1 0",
		"Endpoints by profile|Fail|gateway mozilla-intermediate-6.0|2 2", "Endpoints whose certificate ends, by month|Endpoints|2026-11 2027-01|2 5"} {
		if !strings.Contains(strings.Join(seen, "\n"), want) {
			t.Errorf("%q is missing in\n%s", want, strings.Join(seen, "\n"))
		}
	}
}

// TestWorkbookOfAnyOrder: whatever order records are kept in, the bytes are the
// same, 20 times.
func TestWorkbookOfAnyOrder(t *testing.T) {
	want := write(t, Workbook, auditReport(), Options{})
	random := rand.New(rand.NewPCG(5, 6))
	for range 20 {
		r := auditReport()
		z := r.Records.(zoo)
		random.Shuffle(len(z), func(i, k int) { z[i], z[k] = z[k], z[i] })
		if !bytes.Equal(want, write(t, Workbook, r, Options{})) {
			t.Fatal("the bytes differ")
		}
	}
}

// TestWorkbookGolden holds what stands in the cells of the whole workbook against
// a file, one line a row, long text cut.
func TestWorkbookGolden(t *testing.T) {
	f := open(t, write(t, Workbook, auditReport(), Options{}))
	var b strings.Builder
	for _, sheet := range f.GetSheetList() {
		fmt.Fprintf(&b, "# %s\n", sheet)
		for _, row := range rowsOf(t, f, sheet) {
			for i, cell := range row {
				if i > 0 {
					b.WriteByte('|')
				}
				b.WriteString(clean(cell, 40))
			}
			b.WriteByte('\n')
		}
	}
	golden(t, "workbook.txt", []byte(b.String()))
}

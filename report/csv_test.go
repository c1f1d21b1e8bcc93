package report

import (
	"bytes"
	"encoding/csv"
	"slices"
	"strings"
	"testing"

	"tlsaudit/audit"
)

func TestCSVGolden(t *testing.T) {
	golden(t, "report.csv", write(t, CSV, diffedReport(), Options{}))
}

// csvRows reads a document back: one map by column name per row.
func csvRows(t *testing.T, document []byte) (rows []map[string]string) {
	t.Helper()
	if bare := bytes.ReplaceAll(document, []byte("\r\n"), nil); bytes.ContainsAny(bare, "\r\n") {
		t.Error("a line does not end with CR LF")
	}
	all, err := csv.NewReader(bytes.NewReader(document)).ReadAll() // every row as long as the first
	if err != nil {
		t.Fatal(err)
	}
	for _, fields := range all[1:] {
		row := map[string]string{}
		for i, name := range all[0] {
			row[name] = fields[i]
		}
		rows = append(rows, row)
	}
	return rows
}

func TestCSVRows(t *testing.T) {
	r := diffedReport()
	rows := csvRows(t, write(t, CSV, r, Options{Raw: true}))
	if got := rows[0]; got["verdict"] != "unknown" || got["fingerprint"] != "" || !strings.Contains(got["message"], "INCOMPLETE: stopped after 8 endpoints") {
		t.Errorf("the first row of an incomplete report is %v", got)
	}
	var want []*audit.Finding
	owners := map[string]string{}
	for rec := range r.Records.BySubject() {
		owners[rec.Evidence.Subject] = observed(rec).Target.Owner
		for i := range rec.Findings {
			want = append(want, &rec.Findings[i])
		}
	}
	if len(rows) != len(want)+1 {
		t.Fatalf("%d rows for %d findings", len(rows), len(want))
	}
	for i, row := range rows[1:] {
		f := want[i]
		expect := map[string]string{"fingerprint": f.Fingerprint, "subject": f.Subject, "profile": f.Profile, "rule": f.Rule, "message": Clean(f.Message), "verdict": f.Verdict.String(), "severity": f.Severity.String(),
			"owner": Clean(owners[f.Subject]), "title": "Rule " + f.Rule + " holds", "report_complete": "no", "status": f.Status}
		if f.Remedy != nil {
			expect["remedy"], expect["remedy_product"] = strings.Join(CleanLines(f.Remedy.Text), "\n"), f.Remedy.Product
		}
		if f.Waiver != nil {
			expect["waiver"], expect["waiver_expires"] = Clean(f.Waiver.ID), instant(f.Waiver.Expires)
		}
		if f.Verdict == audit.Waived {
			expect["original_verdict"] = "fail"
		}
		for name, text := range expect {
			if row[name] != text {
				t.Errorf("row %d: %s is %q, want %q", i, name, row[name], text)
			}
		}
	}
	at := slices.IndexFunc(rows, func(row map[string]string) bool { return row["subject"] == "https://legacy.example.com:443" })
	for name, text := range map[string]string{"host": "legacy.example.com", "port": "443", "protocol": "https", "system": "Billing", "file": "inventory.yaml", "line": "7", "column": "9", "check": "check.ssl3", "level": "must"} {
		if got := rows[at][name]; got != text {
			t.Errorf("%s is %q, want %q", name, got, text)
		}
	}
	r.Complete = true
	if rows := csvRows(t, write(t, CSV, r, Options{})); len(rows) != len(want) || rows[0]["report_complete"] != "yes" {
		t.Errorf("a complete report has %d rows for %d findings, the first says %q", len(rows), len(want), rows[0]["report_complete"])
	}
}

func TestCSVFormulas(t *testing.T) {
	for in, want := range map[string]string{
		"=cmd|'/c calc'!A1": "'=cmd|'/c calc'!A1", "+1": "'+1", "-1": "'-1", "@SUM(A1)": "'@SUM(A1)",
		"\uff1d1": "'\uff1d1", "\uff0b1": "'\uff0b1", "\uff0d1": "'\uff0d1", "\uff201": "'\uff201",
		"\t=1": `\x09=1`, "\r=1": `\x0d=1`, "\n=1": "'\n'=1", "  =1": "  '=1", // TAB and CR are made visible before
		"a;=1": "a;'=1", "a; -1": "a; '-1", "a\n=1": "a\n'=1", "a\n\nb": "a\n\nb",
		"SSLProtocol all -SSLv3": "SSLProtocol all -SSLv3", "1+1=2": "1+1=2", "": "", "TLSv1.0, accepted": "TLSv1.0, accepted",
	} {
		if got := csvField(in, strings.Contains(in, "\n"), false); got != want {
			t.Errorf("%q becomes %q, want %q", in, got, want)
		}
	}
	if got := csvField("=1", false, true); got != "=1" {
		t.Errorf("raw text becomes %q", got)
	}
	for name, text := range hostileTexts {
		document := write(t, CSV, poisonedReport(text), Options{})
		for _, row := range csvRows(t, document) {
			for column, field := range row {
				for line := range strings.SplitSeq(field, "\n") {
					if line != "" && strings.ContainsRune("=+-@\t\r\uff1d\uff0b\uff0d\uff20", []rune(line)[0]) {
						t.Errorf("%s: the field %s begins a formula: %.80q", name, column, line)
					}
				}
			}
		}
	}
	if !bytes.Contains(write(t, CSV, poisonedReport("=1+1"), Options{Raw: true}), []byte(",=1+1")) {
		t.Error("raw text has no formula: the test sees nothing")
	}
}

// TestCSVHeader: columns keep their names and places; new ones come last.
func TestCSVHeader(t *testing.T) {
	const want = "fingerprint,subject,host,port,protocol,system,owner,environment,profile,rule,title,control,check,level,severity,verdict,original_verdict,status,message,evidence,confidence,file,line,column," +
		"remedy_product,remedy,remedy_apply,remedy_verify,remedy_rollback,remedy_confidence,remedy_proven,waiver,waiver_expires,waiver_expired,waiver_reason,waiver_owner,waiver_approved_by,waiver_ticket,report_complete"
	got, _, _ := strings.Cut(string(write(t, CSV, &audit.Report{Complete: true, Records: zoo{}}, Options{})), "\r\n")
	if !strings.HasPrefix(got, want) {
		t.Errorf("the header is %s", got)
	}
}

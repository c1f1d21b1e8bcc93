package report

import (
	"bytes"
	"encoding/json"
	"errors"
	"iter"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"tlsaudit/audit"
)

func TestJSONGolden(t *testing.T) {
	golden(t, "report.json", write(t, JSON, fullReport(), Options{}))
}

func TestJSONLosesNothing(t *testing.T) {
	r := fullReport()
	got := write(t, JSON, r, Options{})
	if i := strings.IndexFunc(string(got), harmful); i >= 0 {
		t.Errorf("harmful character in %q", got[max(0, i-40):i+10])
	}
	var read struct {
		audit.Report
		Evidence []audit.Evidence `json:"evidence"`
		Findings []audit.Finding  `json:"findings"`
		Matrix   []matrixRow      `json:"matrix"`
		WhatIf   []peer           `json:"what_if"`
	}
	decoder := json.NewDecoder(bytes.NewReader(got))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&read); err != nil {
		t.Fatal(err)
	}
	// Bytes that are not UTF-8 have no place in JSON.
	same := cmp.Options{
		cmpopts.AcyclicTransformer("UTF8", func(s string) string { return strings.ToValidUTF8(s, "\ufffd") }),
		cmp.FilterPath(func(p cmp.Path) bool { return p.Last().String() == ".Records" }, cmp.Ignore()),
		cmpopts.EquateEmpty(),
	}
	var want struct {
		evidence []audit.Evidence
		findings []audit.Finding
		matrix   []matrixRow
		whatIf   []peer
	}
	for rec := range r.Records.BySubject() {
		e := rec.Evidence
		e.Observed = nil // compared as far as the reader of stored evidence goes, elsewhere
		want.evidence = append(want.evidence, e)
		want.findings = append(want.findings, rec.Findings...)
		if e.Connection == nil {
			want.matrix = append(want.matrix, matrixRow{e.Subject, audit.Compliance(rec.Findings)})
		}
		if rec.WhatIf != nil {
			want.whatIf = append(want.whatIf, peer{e.Subject, *rec.WhatIf})
		}
	}
	rows := 0
	for i := range read.Evidence {
		if (read.Evidence[i].Observed == nil) != (read.Evidence[i].Connection != nil) {
			t.Errorf("%s: a row has no observation, an endpoint has", read.Evidence[i].Subject)
		}
		if read.Evidence[i].Observed == nil {
			rows++
		}
		read.Evidence[i].Observed = nil
	}
	if len(want.evidence) != 10 || rows != 2 || len(want.matrix) != 8 || len(want.whatIf) != 2 {
		t.Errorf("the zoo has other subjects: %d, %d, %d, %d", len(want.evidence), rows, len(want.matrix), len(want.whatIf))
	}
	for _, diff := range []string{
		cmp.Diff(*r, read.Report, same), cmp.Diff(want.evidence, read.Evidence, same), cmp.Diff(want.findings, read.Findings, same),
		cmp.Diff(want.matrix, read.Matrix, same), cmp.Diff(want.whatIf, read.WhatIf, same),
	} {
		if diff != "" {
			t.Error(diff)
		}
	}
}

func TestJSONOfNothing(t *testing.T) {
	got := write(t, JSON, &audit.Report{Schema: audit.SchemaV1, Records: zoo{}}, Options{})
	for _, want := range []string{`"policies": []`, `"unautomated": []`, `"evidence": []`, `"findings": []`, `"matrix": []`, `"conflicts": []`, `"waivers": []`, `"profiles":[]`, `"fail_by_severity":{}`} {
		if !strings.Contains(string(got), want) {
			t.Errorf("%s is missing in %s", want, got)
		}
	}
	for _, unasked := range []string{`"what_if"`, `"impact"`, `"baseline"`, `"stopped"`} {
		if strings.Contains(string(got), unasked) {
			t.Errorf("%s was not asked for: %s", unasked, got)
		}
	}
	if strings.Contains(string(got), "null") {
		t.Errorf("null where a list is promised: %s", got)
	}
	validate(t, write(t, JSON, &audit.Report{Schema: audit.SchemaV1, Tool: audit.Tool{Name: "tlsaudit"}, Records: zoo{{Evidence: audit.Evidence{Subject: "https://gap.example.com:443"}}}}, Options{}))
}

// broken yields one record and then an error, as a damaged spool does.
type broken struct{ zoo }

var errSpool = errors.New("spool is damaged")

func (b broken) BySubject() iter.Seq2[*audit.Record, error] { return b.WorstFirst() }

func (b broken) Findings() iter.Seq2[*audit.Record, error] { return b.WorstFirst() }

func (b broken) WorstFirst() iter.Seq2[*audit.Record, error] {
	return func(yield func(*audit.Record, error) bool) {
		if yield(b.zoo[0], nil) {
			yield(nil, errSpool)
		}
	}
}

func TestFormatsPassOnErrors(t *testing.T) {
	for _, f := range Formats {
		t.Run(f.Name, func(t *testing.T) {
			r := zooReport()
			r.Records = broken{zooRecords()}
			if err := f.Write(&bytes.Buffer{}, r, Options{}); !errors.Is(err, errSpool) {
				t.Errorf("a damaged spool gives %v", err)
			}
			if err := f.Write(full{}, zooReport(), Options{}); !errors.Is(err, errFull) {
				t.Errorf("a full disk gives %v", err)
			}
		})
	}
}

type full struct{}

var errFull = errors.New("disk full")

func (full) Write([]byte) (int, error) { return 0, errFull }

func TestByNameAndExt(t *testing.T) {
	for _, f := range Formats {
		if got, ok := ByName(f.Name); !ok || got.Name != f.Name {
			t.Errorf("ByName(%q) = %q, %v", f.Name, got.Name, ok)
		}
		if got, ok := ByExt("some.dir/REPORT" + strings.ToUpper(f.Ext)); !ok || got.Name != f.Name {
			t.Errorf("ByExt(%q) = %q, %v", f.Ext, got.Name, ok)
		}
		if f.Title == "" {
			t.Errorf("%s has no title", f.Name)
		}
	}
	if _, ok := ByName("pdf"); ok {
		t.Error("ByName found pdf")
	}
	if _, ok := ByExt("report"); ok {
		t.Error("ByExt found a format for a name without extension")
	}
}

func FuzzJSONText(f *testing.F) {
	f.Add(hostileText)
	f.Add("\U000e0041\u009b\x7f")
	f.Add("####[x]\x00##")
	f.Fuzz(func(t *testing.T, in string) {
		plain, err := json.Marshal(in)
		if err != nil {
			t.Fatal(err)
		}
		var want, got string
		escaped := EscapeJSON(plain)
		if err := errors.Join(json.Unmarshal(plain, &want), json.Unmarshal(escaped, &got)); err != nil || want != got {
			t.Errorf("%q became %q: %v", want, got, err)
		}
		if strings.ContainsFunc(string(escaped), harmful) {
			t.Errorf("harmful: %q", escaped)
		}
		if bytes.Contains(escaped, []byte("##")) {
			t.Errorf("a command to a build server: %q", escaped)
		}
	})
}

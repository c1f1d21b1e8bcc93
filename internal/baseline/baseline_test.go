package baseline

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tlsaudit/audit"
)

const subject = "https://www.example.com:443"

func finding(rule string, v audit.Verdict, s audit.Severity) audit.Finding {
	return audit.Finding{Profile: "corp", Rule: rule, Subject: subject, Verdict: v, Severity: s, Fingerprint: audit.FindingFingerprint("corp", rule, subject)}
}

// stored makes a report of findings, as far as a baseline reads it.
func stored(t *testing.T, findings ...audit.Finding) string {
	t.Helper()
	list, err := json.Marshal(append([]audit.Finding{}, findings...))
	if err != nil {
		t.Fatal(err)
	}
	return fmt.Sprintf("{\"schema\":%q,\"generated\":\"2026-11-20T12:00:00Z\",\"evidence\":[{\"subject\":%q,\"observed\":{}}],\"findings\":%s}\n", audit.SchemaV1, subject, list)
}

// TestCompare is the table of what is new: what was, what is, what it counts.
func TestCompare(t *testing.T) {
	const absent = audit.Verdict(99)
	tests := []struct {
		was, is audit.Verdict
		before  audit.Severity
		want    string
		counts  audit.BaselineRef
	}{
		{absent, audit.Fail, 0, New, audit.BaselineRef{New: 1, NewBySeverity: map[string]int{"medium": 1}}},
		{absent, audit.Warn, 0, New, audit.BaselineRef{New: 1, NewWarn: 1}},
		{absent, audit.Pass, 0, "", audit.BaselineRef{}},
		{absent, audit.Unknown, 0, "", audit.BaselineRef{}},
		{audit.Fail, audit.Fail, audit.Medium, Known, audit.BaselineRef{Known: 1}},
		{audit.Fail, audit.Fail, audit.High, Known, audit.BaselineRef{Known: 1}},
		{audit.Fail, audit.Fail, audit.Low, New, audit.BaselineRef{New: 1, NewBySeverity: map[string]int{"medium": 1}}},
		{audit.Fail, audit.Warn, audit.Medium, Known, audit.BaselineRef{Known: 1}},
		{audit.Warn, audit.Warn, audit.Medium, Known, audit.BaselineRef{Known: 1}},
		{audit.Warn, audit.Fail, audit.Medium, New, audit.BaselineRef{New: 1, NewBySeverity: map[string]int{"medium": 1}}},
		{audit.Waived, audit.Fail, audit.Medium, New, audit.BaselineRef{New: 1, NewBySeverity: map[string]int{"medium": 1}}},
		{audit.Waived, audit.Warn, audit.Medium, New, audit.BaselineRef{New: 1, NewWarn: 1}},
		{audit.Waived, audit.Waived, audit.Medium, "", audit.BaselineRef{}},
		{audit.Fail, audit.Waived, audit.Medium, "", audit.BaselineRef{}},
		{audit.Fail, audit.Unknown, audit.Medium, "", audit.BaselineRef{}},
		{audit.Fail, audit.Pass, audit.Medium, "", audit.BaselineRef{Gone: 1}},
		{audit.Waived, audit.Pass, audit.Medium, "", audit.BaselineRef{Gone: 1}},
		{audit.Warn, audit.NotApplicable, audit.Medium, "", audit.BaselineRef{Gone: 1}},
		{audit.Pass, audit.Fail, audit.Medium, New, audit.BaselineRef{New: 1, NewBySeverity: map[string]int{"medium": 1}}},
		{audit.Unknown, audit.Fail, audit.Medium, New, audit.BaselineRef{New: 1, NewBySeverity: map[string]int{"medium": 1}}},
		{audit.NotApplicable, audit.Pass, audit.Medium, "", audit.BaselineRef{}},
	}
	for _, tt := range tests {
		t.Run(fmt.Sprintf("%s then %s %s", tt.was, tt.before, tt.is), func(t *testing.T) {
			var before []audit.Finding
			if tt.was != absent {
				before = append(before, finding("R", tt.was, tt.before))
			}
			b, err := read("b.json", strings.NewReader(stored(t, before...)))
			if err != nil {
				t.Fatal(err)
			}
			s := b.Session()
			now := []audit.Finding{finding("R", tt.is, audit.Medium)}
			s.Apply(subject, nil, now)
			if now[0].Status != tt.want {
				t.Errorf("status %q, want %q", now[0].Status, tt.want)
			}
			if now[0].Verdict != tt.is {
				t.Errorf("the verdict became %s", now[0].Verdict)
			}
			got := *s.Ref()
			want := tt.counts
			want.File, want.SHA256, want.Generated = "b.json", got.SHA256, time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)
			if want.NewBySeverity == nil {
				want.NewBySeverity = map[string]int{}
			}
			if diff := cmp.Diff(want, got); diff != "" || len(got.SHA256) != 64 {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// TestSessionsAreApart: a baseline may serve several runs.
func TestSessionsAreApart(t *testing.T) {
	b, err := read("b.json", strings.NewReader(stored(t)))
	if err != nil {
		t.Fatal(err)
	}
	first := b.Session()
	first.Apply(subject, nil, []audit.Finding{finding("R", audit.Fail, audit.High)})
	if ref := b.Session().Ref(); ref.New != 0 || len(ref.NewBySeverity) != 0 {
		t.Errorf("a run begins with %+v", ref)
	}
}

// TestReportsWithoutFingerprints: reports from before there were any serve as
// baselines too.
func TestReportsWithoutFingerprints(t *testing.T) {
	old := finding("R", audit.Fail, audit.High)
	old.Fingerprint = ""
	text := strings.Replace(stored(t, old), `,"fingerprint":""`, "", 1)
	if strings.Contains(text, "fingerprint") {
		t.Fatal(text)
	}
	b, err := read("b.json", strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	now := []audit.Finding{finding("R", audit.Fail, audit.High)}
	b.Session().Apply(subject, nil, now)
	if now[0].Status != Known {
		t.Errorf("status %q", now[0].Status)
	}
}

// records replays findings of one subject each.
type records [][]audit.Finding

func (r records) BySubject() iter.Seq2[*audit.Record, error] {
	return func(yield func(*audit.Record, error) bool) {
		for _, findings := range r {
			if findings == nil {
				yield(nil, errors.New("disk on fire"))
				return
			}
			if !yield(&audit.Record{Evidence: audit.Evidence{Subject: findings[0].Subject}, Findings: findings}, nil) {
				return
			}
		}
	}
}

func (r records) WorstFirst() iter.Seq2[*audit.Record, error] { return r.BySubject() }

func (r records) Findings() iter.Seq2[*audit.Record, error] { return r.BySubject() }

func TestWrite(t *testing.T) {
	odd := finding("R", audit.Fail, audit.High)
	odd.Subject = "gateway:corp/outbound/1:B\u00e4nk \u202e<\U0001f600>"
	odd.Fingerprint = audit.FindingFingerprint(odd.Profile, odd.Rule, odd.Subject)
	r := &audit.Report{Generated: time.Date(2026, 11, 20, 13, 0, 0, 0, time.FixedZone("", 3600)), Records: records{
		{odd},
		{finding("B", audit.Fail, audit.High), finding("C", audit.Unknown, audit.High), finding("A", audit.Warn, audit.Low), finding("D", audit.Waived, audit.Critical), finding("E", audit.Pass, audit.High)},
	}}
	var out bytes.Buffer
	if err := Write(&out, r); err != nil {
		t.Fatal(err)
	}
	want := `{
  "schema": "tlsaudit/baseline/v1",
  "generated": "2026-11-20T12:00:00Z",
  "findings": [
    {"fingerprint":"` + odd.Fingerprint + `","profile":"corp","rule":"R","subject":"gateway:corp/outbound/1:B\u00e4nk \u202e<\ud83d\ude00>","verdict":"fail","severity":"high"},
    {"fingerprint":"f09d0a7d9c9f8f0e4bb8e0a0c9f3c5c1","profile":"corp","rule":"A","subject":"https://www.example.com:443","verdict":"warn","severity":"low"},
    {"fingerprint":"","profile":"corp","rule":"B","subject":"https://www.example.com:443","verdict":"fail","severity":"high"},
    {"fingerprint":"","profile":"corp","rule":"D","subject":"https://www.example.com:443","verdict":"waived","severity":"critical"}
  ]
}
`
	want = strings.ReplaceAll(want, "f09d0a7d9c9f8f0e4bb8e0a0c9f3c5c1", audit.FindingFingerprint("corp", "A", subject))
	for _, rule := range []string{"B", "D"} {
		want = strings.Replace(want, `"fingerprint":"","profile":"corp","rule":"`+rule, `"fingerprint":"`+audit.FindingFingerprint("corp", rule, subject)+`","profile":"corp","rule":"`+rule, 1)
	}
	if diff := cmp.Diff(want, out.String()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	b, err := read("b.json", &out)
	if err != nil {
		t.Fatal(err)
	}
	s := b.Session()
	s.Apply("", nil, []audit.Finding{odd})
	s.Apply(subject, nil, []audit.Finding{finding("A", audit.Warn, audit.Low), finding("B", audit.Fail, audit.High), finding("D", audit.Fail, audit.Critical), finding("E", audit.Fail, audit.High)})
	if ref := s.Ref(); ref.Known != 3 || ref.New != 2 || ref.Gone != 0 {
		t.Errorf("what was written compares as %+v", ref)
	}
}

func TestWriteNothing(t *testing.T) {
	var out bytes.Buffer
	if err := Write(&out, &audit.Report{Records: records{}}); err != nil {
		t.Fatal(err)
	}
	if b, err := read("b.json", &out); err != nil || len(b.kept) != 0 {
		t.Errorf("%+v: %v", b, err)
	}
}

type full struct{}

func (full) Write([]byte) (int, error) { return 0, errors.New("disk full") }

func TestWriteFaults(t *testing.T) {
	if err := Write(full{}, &audit.Report{Records: records{}}); err == nil || err.Error() != "writing the baseline: disk full" {
		t.Errorf("error %v", err)
	}
	if err := Write(new(bytes.Buffer), &audit.Report{Records: records{nil}}); err == nil || !strings.Contains(err.Error(), "disk on fire") {
		t.Errorf("error %v", err)
	}
}

func TestErrors(t *testing.T) {
	const cut = "hint: use the file as tlsaudit wrote it; this one was cut off, edited, or is something else"
	good := stored(t, finding("R", audit.Fail, audit.High))
	tests := []struct{ name, in, want string }{
		{"empty", "", "b.json:1:1: the file ends here, in the middle of the document\n" + cut},
		{"no JSON", "waivers:\n", "b.json:1:1: not valid JSON: 'w' where '{' is wanted\n" + cut},
		{"another schema", `{"schema":"tlsaudit/report/v9","findings":[]}`, "b.json:1:11: schema: \"tlsaudit/report/v9\" is not a schema that is read here; known: \"tlsaudit/report/v1\", \"tlsaudit/baseline/v1\"\nhint: " + hint},
		{"no schema", `{}`, "b.json:1:1: no member \"schema\" stands before the findings; \"tlsaudit/report/v1\" or \"tlsaudit/baseline/v1\" is wanted\nhint: " + hint},
		{"schema too late", `{"findings":[],"schema":"tlsaudit/report/v1"}`, "b.json:1:1: no member \"schema\" stands before the findings; \"tlsaudit/report/v1\" or \"tlsaudit/baseline/v1\" is wanted\nhint: " + hint},
		{"no findings", `{"schema":"tlsaudit/report/v1"}`, "b.json:1:1: the file has no list of findings\nhint: " + hint},
		{"cut off", good[:len(good)-3], "b.json:1:376: findings: the file ends here, in the middle of the document\n" + cut},
		{"cut off in a finding", "{\"schema\":\"tlsaudit/baseline/v1\",\n \"findings\":[\n{\"rule\":", "b.json:3:9: findings[0]: the file ends here, in the middle of the document\n" + cut},
		{"verdict", "{\"schema\":\"tlsaudit/baseline/v1\",\n \"findings\":[\n{\"verdict\":\"ok\"}]}", "b.json:3:12: findings[0].verdict: \"ok\" is not a verdict: one of unknown, fail, warn, pass, not-applicable, waived\n" + cut},
		{"no subject", `{"schema":"tlsaudit/baseline/v1","findings":[{"rule":"R","verdict":"fail"}]}`, "b.json:1:46: findings[0]: a finding without a rule or a subject\n" + cut},
		{"another fingerprint", strings.Replace(good, `"rule":"R"`, `"rule":"S"`, 1), "b.json:1:148: findings[0]: the fingerprint \"" + audit.FindingFingerprint("corp", "R", subject) + "\" is not that of rule \"S\" and subject \"https://www.example.com:443\"\n" + cut},
		{"twice", stored(t, finding("R", audit.Fail, audit.High), finding("R", audit.Warn, audit.High)), "b.json:1:377: findings[1]: the finding of rule \"R\" and subject \"https://www.example.com:443\" stands here a second time\n" + cut},
		{"behind the end", good + "{}", "b.json:2:1: '{' stands behind the end of the document\n" + cut},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := read("b.json", strings.NewReader(tt.in))
			var fault *audit.InputError
			if !errors.As(err, &fault) {
				t.Fatalf("%T is no *audit.InputError: %v", err, err)
			}
			if diff := cmp.Diff(tt.want, err.Error()); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
	if _, err := Load(filepath.Join(t.TempDir(), "none.json")); !errors.Is(err, os.ErrNotExist) || !strings.Contains(err.Error(), "cannot read the baseline: no such file or directory\nhint: "+hint) {
		t.Errorf("error %v", err)
	}
}

// FuzzRead: a file is a baseline as a whole, or an error with a place; and
// nothing in it makes a finding other than new or known.
func FuzzRead(f *testing.F) {
	f.Add([]byte(`{"schema":"tlsaudit/report/v1","findings":[{"profile":"corp","rule":"R","subject":"https://www.example.com:443","verdict":"fail","severity":"high"}]}`))
	f.Add([]byte(`{"schema":"tlsaudit/baseline/v1","generated":"2026-11-20T12:00:00Z","findings":[]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		b, err := read("b.json", bytes.NewReader(data))
		var fault *audit.InputError
		if err != nil {
			if !errors.As(err, &fault) || fault.Place.Line == 0 {
				t.Errorf("%T without a place: %v", err, err)
			}
			return
		}
		now := []audit.Finding{finding("R", audit.Fail, audit.High), finding("R", audit.Unknown, audit.High)}
		b.Session().Apply(subject, nil, now)
		if now[0].Verdict != audit.Fail || now[0].Status == "" || now[1].Verdict != audit.Unknown || now[1].Status != "" {
			t.Errorf("became %+v", now)
		}
	})
}

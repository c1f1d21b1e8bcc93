package conftest

import (
	"fmt"
	"strings"
	"testing"

	"tlsaudit/audit"
	"tlsaudit/internal/confdoc"
	"tlsaudit/internal/conftree"
)

// recorder is a test whose failures are wanted.
type recorder struct {
	testing.TB
	said []string
}

type stop struct{}

func (r *recorder) Helper()                   {}
func (r *recorder) Errorf(s string, a ...any) { r.said = append(r.said, fmt.Sprintf(s, a...)) }
func (r *recorder) Fatalf(s string, a ...any) { r.Errorf(s, a...); panic(stop{}) }
func (r *recorder) Fatal(a ...any)            { r.Fatalf("%s", fmt.Sprint(a...)) }
func (r *recorder) run(f func(t testing.TB)) (said string) {
	defer func() {
		if p := recover(); p != nil && p != any(stop{}) {
			panic(p)
		}
		said = strings.Join(r.said, "; ")
	}()
	f(r)
	return ""
}

// toy is a format of one line: the oldest version a server speaks. Its changes
// do what fix says.
func toy(fix string) *confdoc.Format {
	format := &confdoc.Format{Name: "toy", Product: "nginx", Sniff: func(*conftree.File) int { return 10 }}
	format.Read = func(_ *confdoc.Reader, f *conftree.File) *confdoc.Document {
		d := &confdoc.Document{Format: format, Files: []*conftree.File{f}}
		l := &confdoc.Listener{Declared: audit.Declared{Listener: "one", Role: audit.RoleServer, TLS: audit.Accepted}}
		on := false
		for _, v := range audit.Versions {
			on = on || v.String() == strings.TrimSpace(f.Text)
			fact := audit.VersionFact{Version: v, Answer: audit.Refused}
			if on {
				fact.Answer = audit.Accepted
			}
			l.Versions = append(l.Versions, fact)
		}
		place := f.Place(0)
		l.Place = &place
		d.Listeners = []*confdoc.Listener{l}
		return d
	}
	format.Rules = []*confdoc.Rule{{
		ID: "TOY-01", Check: "config.protocol", Title: "new versions", Level: audit.Must, Severity: audit.High, Of: confdoc.OfServer,
		Judge: func(c *confdoc.Case) []confdoc.Result {
			if spoken := c.Listener.Spoken(); len(spoken) > 0 && spoken[0].Version >= c.Min {
				return nil
			}
			f := c.Doc.Main()
			r := confdoc.Violated(f.Place(0), "old")
			if fix != "" {
				r = r.With(f.Replace(0, len(f.Text), fix))
			}
			return []confdoc.Result{r}
		},
	}}
	return format
}

// TestChecksObject: each check is content with what is right, and says what is
// wrong.
func TestChecksObject(t *testing.T) {
	read := func(fix, text string) (*confdoc.Format, *confdoc.Reader, *confdoc.Document) {
		format := toy(fix)
		r := &confdoc.Reader{Tree: conftree.FromTexts(map[string]string{"a": text})}
		return format, r, Read(t, format, r, "a")
	}
	never := func(*confdoc.Document) bool { return false }
	mended := func(fix string) func(testing.TB) {
		return func(t testing.TB) {
			_, r, d := read(fix, "TLSv1.0\n")
			j := confdoc.Judge(d, Demands)
			for _, one := range j {
				for i := range one.Findings {
					if one.Findings[i].Verdict == audit.Fail {
						CheckMended(t, r, d, one.Fixes[i], one.Findings[i], never)
					}
				}
			}
		}
	}
	fixes := func(fix string) func(testing.TB) {
		return func(t testing.TB) {
			_, r, d := read(fix, "TLSv1.0\n")
			CheckFixes(t, r, d)
		}
	}
	mend := func(fix string) func(testing.TB) {
		return func(t testing.TB) {
			format, r, _ := read(fix, "TLSv1.0\n")
			if d, n := Mend(t, format, r, "a"); n != 1 || len(Bad(d)) > 0 {
				t.Errorf("%d mended, left %v", n, Bad(d))
			}
		}
	}
	document := func(change func(d *confdoc.Document)) func(testing.TB) {
		return func(t testing.TB) {
			_, _, d := read("", "TLSv1.0\n")
			change(d)
			CheckDocument(t, d)
			CheckNamed(t, d)
			CheckCanary(t, d)
		}
	}
	sample := func(s Sample) func(testing.TB) {
		return func(t testing.TB) {
			s.Path = "a"
			format, r, _ := read("TLSv1.2\n", "TLSv1.0\n")
			SampleTest{Format: format, Tree: r.Tree, Prefix: "TOY", Sure: 10, Open: never}.Check(t, s)
		}
	}
	exactly := func(s Sample) func(testing.TB) {
		return func(t testing.TB) {
			_, _, d := read("", "TLSv1.2\n")
			CheckSample(t, d, s)
		}
	}
	want := func(w audit.Want) func(testing.TB) {
		return func(t testing.TB) {
			_, _, d := read("", "TLSv1.2\n")
			CheckWant(t, d.Listeners[0], w, "")
		}
	}
	no := false
	outside := audit.Place{File: "a", Line: 99}
	for _, tt := range []struct {
		name  string
		check func(testing.TB)
		want  string // a part of what is said, empty if all is well
	}{
		{"mended", mended("TLSv1.2\n"), ""},
		{"not mended", mended("TLSv1.1\n"), "TOY-01"},
		{"no edits", mended(""), "no edits"},
		{"fixes", fixes("TLSv1.2\n"), ""},
		{"fixes nothing", fixes("TLSv1.1\n"), "fails after its change"},
		{"mend", mend("TLSv1.2\n"), ""},
		{"mend nothing", mend("TLSv1.1\n"), "after its change"},
		{"document", document(func(*confdoc.Document) {}), ""},
		{"gap outside", document(func(d *confdoc.Document) { d.Open(outside, "x") }), "gap at"},
		{"fault nowhere", document(func(d *confdoc.Document) { d.Fail(confdoc.Misread, audit.Place{}, "x", "") }), "fault at"},
		{"version outside", document(func(d *confdoc.Document) { d.Listeners[0].Versions[0].Place = &outside }), "version at"},
		{"setting outside", document(func(d *confdoc.Document) { d.Listeners[0].Settings = []audit.Setting{{Place: outside}} }), "setting at"},
		{"listener nowhere", document(func(d *confdoc.Document) { d.Listeners[0].Place = nil }), "without place"},
		{"listener outside", document(func(d *confdoc.Document) { d.Listeners[0].Place = &outside }), "listener at"},
		{"canary", document(func(d *confdoc.Document) { d.Listeners[0].Names = []string{Canary} }), "a secret got out"},
		{"sample", sample(Sample{Rules: []string{"TOY-01"}, Versions: []string{"TLSv1.0", "TLSv1.1", "TLSv1.2", "TLSv1.3"}}), ""},
		{"sample of other rules", sample(Sample{Rules: []string{"TOY-02"}}), "TOY-02"},
		{"sample without rules", sample(Sample{Rules: []string{}}), "TOY-01"},
		{"sample of other versions", sample(Sample{Versions: []string{"TLSv1.2"}}), "versions"},
		{"sample that does not load", sample(Sample{Loadable: &no}), "LOAD-01"},
		{"exactly", exactly(Sample{Rules: []string{}, Versions: []string{"TLSv1.2", "TLSv1.3"}}), ""},
		{"exactly other rules", exactly(Sample{Rules: []string{"TOY-01"}}), "rules"},
		{"exactly other versions", exactly(Sample{Versions: []string{"TLSv1.2"}}), "versions"},
		{"want", want(audit.Want{MinVersion: audit.TLSv12}), ""},
		{"another want", want(audit.Want{MinVersion: audit.TLSv13}), "still on"},
	} {
		said := (&recorder{TB: t}).run(tt.check)
		if (said == "") != (tt.want == "") || !strings.Contains(said, tt.want) {
			t.Errorf("%s: said %q, want %q", tt.name, said, tt.want)
		}
	}
}

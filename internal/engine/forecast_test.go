package engine

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tlsaudit/audit"
)

// certificateOf is evidence of a host whose certificate ends at a moment.
func certificateOf(host string, from, until time.Time, changes ...func(*audit.Certificate)) *audit.Observation {
	cert := audit.Certificate{CommonName: host, Issuer: "CN=Example CA", SHA256: "00" + host, NotBefore: from, NotAfter: until, SCTs: 2, EKU: []string{"serverAuth"}}
	for _, change := range changes {
		change(&cert)
	}
	return &audit.Observation{
		Target: audit.Target{Protocol: "https", Host: host, Port: 443}, Reach: audit.ReachTLS, Started: noon.Add(-time.Hour),
		Posture: audit.Posture{Chains: []audit.Chain{{Certificates: []audit.Certificate{cert}}}, ChainsAnswer: audit.Accepted},
	}
}

// validity is a check as cert.validity.now is.
var validity = &audit.Check{
	ID: "test.validity", Title: "The certificate is valid",
	Run: func(c *audit.Case) []audit.Outcome {
		if cert := c.Observation.Chains[0].Certificates[0]; c.Now.After(cert.NotAfter) {
			return []audit.Outcome{outcome(audit.Violated, "expired")}
		}
		return nil
	},
	Turns: func(c *audit.Case) []audit.Turn {
		return []audit.Turn{{At: c.Observation.Chains[0].Certificates[0].NotAfter.Add(1)}}
	},
}

func sequence(list []*audit.Observation, err error) iter.Seq2[audit.Stored, error] {
	return func(yield func(audit.Stored, error) bool) {
		for _, o := range list {
			if !yield(audit.Stored{Observed: o}, nil) {
				return
			}
		}
		if err != nil {
			yield(audit.Stored{}, err)
		}
	}
}

func date(text string) time.Time {
	t, err := time.Parse(time.DateOnly, text)
	if err != nil {
		panic(err)
	}
	return t
}

// events are written on a line each.
func events(f *audit.Forecast) (lines []string) {
	for _, e := range f.Events {
		lines = append(lines, fmt.Sprintf("%s %s %s/%s %s->%s %d %s", e.Date, e.Kind, e.Profile, e.Rule, e.From, e.To, e.Total, strings.Join(e.Subjects, " ")))
	}
	return lines
}

func foretell(t *testing.T, f *Forecast, list ...*audit.Observation) *audit.Forecast {
	t.Helper()
	told, err := f.Do(context.Background(), sequence(list, nil))
	if err != nil {
		t.Fatal(err)
	}
	return told
}

// TestForecastEvents: what changes on which date, for whom, and why.
func TestForecastEvents(t *testing.T) {
	rule := audit.Rule{Profile: "corp", ID: "valid", Check: "test.validity", Level: audit.Must, Severity: audit.High}
	with := func(change func(*audit.Rule)) audit.Rule {
		r := rule
		change(&r)
		return r
	}
	broken := &audit.Check{ID: "test.check", Title: "All is well", Run: func(*audit.Case) []audit.Outcome { return []audit.Outcome{outcome(audit.Violated, "broken")} }}
	end := date("2027-03-15").Add(12 * time.Hour)
	www := certificateOf("www.example.com", date("2026-10-01"), end)
	for _, tt := range []struct {
		name  string
		f     Forecast
		rules []audit.Rule
		list  []*audit.Observation
		want  []string
	}{
		{"a certificate ends at noon", Forecast{}, []audit.Rule{rule}, []*audit.Observation{www},
			[]string{"2027-03-15 certificate-expiry corp/valid pass->fail 1 https://www.example.com:443"}},
		{"it ends with the last second of a day", Forecast{}, []audit.Rule{rule}, []*audit.Observation{certificateOf("www.example.com", date("2026-10-01"), date("2027-03-16").Add(-time.Second))},
			[]string{"2027-03-15 certificate-expiry corp/valid pass->fail 1 https://www.example.com:443"}},
		{"it ends behind the horizon", Forecast{Until: end}, []audit.Rule{rule}, []*audit.Observation{www}, nil},
		{"it has ended", Forecast{}, []audit.Rule{rule}, []*audit.Observation{certificateOf("www.example.com", date("2026-01-01"), date("2026-11-01"))}, nil},
		{"two end on a day, one on another", Forecast{}, []audit.Rule{rule},
			[]*audit.Observation{certificateOf("b.example.com", date("2026-10-01"), end.Add(time.Hour)), certificateOf("c.example.com", date("2026-10-01"), date("2027-01-05")), certificateOf("a.example.com", date("2026-10-01"), end)},
			[]string{"2027-01-05 certificate-expiry corp/valid pass->fail 1 https://c.example.com:443", "2027-03-15 certificate-expiry corp/valid pass->fail 2 https://a.example.com:443 https://b.example.com:443"}},
		{"a should warns", Forecast{}, []audit.Rule{with(func(r *audit.Rule) { r.Level = audit.Should })}, []*audit.Observation{www},
			[]string{"2027-03-15 certificate-expiry corp/valid pass->warn 1 https://www.example.com:443"}},
		{"a rule comes into force, and goes", Forecast{}, []audit.Rule{with(func(r *audit.Rule) {
			r.Check, r.From, r.Until = "test.check", date("2027-01-01"), date("2027-02-01")
		})}, []*audit.Observation{www},
			[]string{"2027-01-01 policy-date corp/valid not-applicable->fail 1 https://www.example.com:443", "2027-02-01 policy-date corp/valid fail->not-applicable 1 https://www.example.com:443"}},
		{"a rule comes into force and nothing is wrong", Forecast{}, []audit.Rule{with(func(r *audit.Rule) { r.From = date("2027-01-01") })}, []*audit.Observation{www},
			[]string{"2027-01-01 policy-date corp/valid not-applicable->pass 1 https://www.example.com:443", "2027-03-15 certificate-expiry corp/valid pass->fail 1 https://www.example.com:443"}},
		{"a waiver runs out", Forecast{Marks: []TimedMark{hookUntil(date("2027-01-01"), 1)}}, []audit.Rule{with(func(r *audit.Rule) { r.Check = "test.check" })}, []*audit.Observation{www},
			[]string{"2027-01-01 waiver-expiry corp/valid waived->fail 1 https://www.example.com:443"}},
		{"a waiver covers what is to come, and runs out", Forecast{Marks: []TimedMark{hookUntil(date("2027-04-01"), 1)}}, []audit.Rule{rule}, []*audit.Observation{www},
			[]string{"2027-03-15 certificate-expiry corp/valid pass->waived 1 https://www.example.com:443", "2027-04-01 waiver-expiry corp/valid waived->fail 1 https://www.example.com:443"}},
		{"a waiver runs out on the day", Forecast{Marks: []TimedMark{hookUntil(end.Add(1), 1)}}, []audit.Rule{rule}, []*audit.Observation{www},
			[]string{"2027-03-15 certificate-expiry corp/valid pass->fail 1 https://www.example.com:443"}},
		{"no check has the name", Forecast{}, []audit.Rule{with(func(r *audit.Rule) { r.Check, r.From = "gone", date("2027-01-01") })}, []*audit.Observation{www}, nil},
		{"a step of public authorities", Forecast{Steps: []audit.IssuanceStep{{From: date("2027-03-15"), MaxDays: 100, Source: "forum schedule"}, {From: date("2029-03-15"), MaxDays: 47}}}, nil,
			[]*audit.Observation{certificateOf("long.example.com", date("2026-10-01"), date("2027-10-01")), certificateOf("short.example.com", date("2026-10-01"), date("2026-12-01")),
				certificateOf("private.example.com", date("2026-10-01"), date("2027-10-01"), func(c *audit.Certificate) { c.SCTs = 0 })},
			[]string{"2027-03-15 schedule-step forum/schedule -> 1 https://long.example.com:443"}},
		{"the end of clientAuth", Forecast{Steps: []audit.IssuanceStep{{From: date("2027-03-15"), NoClientAuth: true, Source: "program eku"}}}, nil,
			[]*audit.Observation{www, certificateOf("both.example.com", date("2026-10-01"), date("2027-10-01"), func(c *audit.Certificate) { c.EKU = append(c.EKU, "clientAuth") })},
			[]string{"2027-03-15 schedule-step program/eku -> 1 https://both.example.com:443"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			f := tt.f
			f.Judge = &Judge{Checks: []*audit.Check{validity, broken}, Rules: tt.rules, Now: noon}
			if f.Until.IsZero() {
				f.Until = noon.AddDate(0, 0, 400)
			}
			if diff := cmp.Diff(tt.want, events(foretell(t, &f, tt.list...))); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// TestForecastRows: rows of a table change by their own dates, and by waivers.
func TestForecastRows(t *testing.T) {
	turn := date("2027-02-01")
	f := &Forecast{Judge: &Judge{Now: noon}, Until: noon.AddDate(1, 0, 0), RowTurns: []time.Time{turn, date("2020-01-01")}, Marks: []TimedMark{hookUntil(date("2027-05-01"), 1)},
		Rows: func(now time.Time) []audit.Record {
			verdict := audit.Pass
			if !now.Before(turn) {
				verdict = audit.Fail
			}
			return []audit.Record{{Evidence: audit.Evidence{Subject: "gateway:corp/outbound/10:Bank"}, Findings: []audit.Finding{{Profile: "corp", Rule: "FP-01", Verdict: verdict}}}}
		}}
	told := foretell(t, f)
	want := []string{"2027-02-01 policy-date corp/FP-01 pass->waived 1 gateway:corp/outbound/10:Bank", "2027-05-01 waiver-expiry corp/FP-01 waived->fail 1 gateway:corp/outbound/10:Bank"}
	if diff := cmp.Diff(want, events(told)); diff != "" || told.Rows != 1 {
		t.Errorf("%d rows (-want +got):\n%s", told.Rows, diff)
	}
}

// TestForecastExpiry: every leaf is counted in one bucket, and each endpoint once.
func TestForecastExpiry(t *testing.T) {
	var list []*audit.Observation
	for i, days := range []float64{-1, 0.5, 7, 7.1, 14, 30, 31, 90, 91, 500} {
		list = append(list, certificateOf(fmt.Sprintf("h%d.example.com", i), noon.AddDate(0, 0, -10), noon.Add(time.Duration(days*float64(day)))))
	}
	list = append(list, certificateOf("copy.example.com", noon.AddDate(0, 0, -10), noon.AddDate(0, 0, 7), func(c *audit.Certificate) { c.SHA256 = "00h2.example.com" }))
	dark := certificateOf("dark.example.com", noon, noon)
	dark.Chains, dark.Reach = nil, audit.ReachUnreachable
	list = append(list, dark, certificateOf("odd.example.com", time.Time{}, time.Time{}))
	steps := []audit.IssuanceStep{{MaxDays: 398}, {From: date("2026-03-15"), MaxDays: 200}, {From: date("2027-03-15"), MaxDays: 100}, {From: date("2027-03-15"), NoClientAuth: true}, {From: date("2029-03-15"), MaxDays: 47}}
	told := foretell(t, &Forecast{Judge: &Judge{Now: noon}, Until: noon.AddDate(0, 0, 400), Steps: steps}, list...)
	want := []audit.ExpiryBucket{{Name: "expired", Certificates: 1, Endpoints: 1}, {Name: "7 days", Certificates: 2, Endpoints: 3}, {Name: "14 days", Certificates: 2, Endpoints: 2}, {Name: "30 days", Certificates: 1, Endpoints: 1},
		{Name: "60 days", Certificates: 1, Endpoints: 1}, {Name: "90 days", Certificates: 1, Endpoints: 1}, {Name: "later", Certificates: 2, Endpoints: 2}, {Name: "not known", Certificates: 1, Endpoints: 1}}
	if diff := cmp.Diff(want, told.Expiry.Buckets); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if x := told.Expiry; x.Certificates != 11 || x.Unread != 1 || x.Public != 11 || len(x.Next) != 9 || x.Next[2].Endpoints != 2 || x.Next[2].Sample != "https://copy.example.com:443" {
		t.Errorf("%+v", x)
	}
	lifetimes := []audit.LifetimeStep{{From: date("2026-03-15"), MaxDays: 200, Longer: 1, PerYear: 2, AllPerYear: 22}, {From: date("2027-03-15"), MaxDays: 100, Longer: 3, PerYear: 4, AllPerYear: 44},
		{From: date("2029-03-15"), MaxDays: 47, Longer: 3, PerYear: 8, AllPerYear: 88}}
	if diff := cmp.Diff(lifetimes, told.Expiry.Steps); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if told.Subjects != 13 || told.Open != 13 {
		t.Errorf("%d subjects, %d open: where no rule is decided nothing is judged", told.Subjects, told.Open)
	}
}

// TestForecastIsBounded: any number is counted, few are named, and the order the
// evidence comes in makes no difference.
func TestForecastIsBounded(t *testing.T) {
	var list []*audit.Observation
	for i := range 500 {
		list = append(list, certificateOf(fmt.Sprintf("h%03d.example.com", i), noon.AddDate(0, 0, -10), noon.AddDate(0, 0, 100).Add(time.Duration(i)*time.Second), func(c *audit.Certificate) {
			c.CommonName = strings.Repeat("x", 1<<16)
		}))
	}
	f := &Forecast{Judge: &Judge{Checks: []*audit.Check{validity}, Rules: []audit.Rule{{Profile: "corp", ID: "valid", Check: "test.validity", Level: audit.Must}}, Now: noon}, Until: noon.AddDate(1, 0, 0)}
	var first []byte
	for run := range uint64(3) {
		rand.New(rand.NewPCG(run, 1)).Shuffle(len(list), func(i, k int) { list[i], list[k] = list[k], list[i] })
		told := foretell(t, f, list...)
		text, err := json.Marshal(told)
		if err != nil {
			t.Fatal(err)
		}
		if first == nil {
			first = text
		}
		if string(first) != string(text) {
			t.Fatal("another order, another forecast")
		}
		if e := told.Events[0]; len(told.Events) != 1 || e.Total != 500 || len(e.Subjects) != namedSubjects || e.Subjects[0] != "https://h000.example.com:443" {
			t.Errorf("%+v", e)
		}
		if x := told.Expiry; len(x.Next) != maxExpiring || x.Omitted != 300 || len(x.Next[0].CommonName) > maxName+3 {
			t.Errorf("%d certificates, %d omitted", len(x.Next), x.Omitted)
		}
	}
}

// TestForecastBreaksOff: half of a forecast is none.
func TestForecastBreaksOff(t *testing.T) {
	f := &Forecast{Judge: &Judge{Now: noon}, Until: noon.AddDate(1, 0, 0)}
	www := certificateOf("www.example.com", noon, noon)
	fault := errors.New("the file ends here")
	if _, err := f.Do(context.Background(), sequence([]*audit.Observation{www}, fault)); !errors.Is(err, fault) {
		t.Errorf("error %v", err)
	}
	if _, err := f.Do(context.Background(), sequence([]*audit.Observation{www, www}, nil)); err == nil || !strings.Contains(err.Error(), "twice") {
		t.Errorf("error %v", err)
	}
	ctx, cancel := context.WithCancelCause(context.Background())
	cancel(fault)
	if _, err := f.Do(ctx, sequence([]*audit.Observation{www}, nil)); !errors.Is(err, fault) {
		t.Errorf("error %v", err)
	}
}

// TestForecastSurvivesChecks: a defect of a check leaves out its dates, and says
// so.
func TestForecastSurvivesChecks(t *testing.T) {
	wrong := &audit.Check{ID: "test.check", Run: func(*audit.Case) []audit.Outcome { return nil }, Turns: func(*audit.Case) []audit.Turn { panic("defect") }}
	f := &Forecast{Judge: &Judge{Checks: []*audit.Check{wrong}, Rules: []audit.Rule{{Profile: "corp", ID: "r", Check: "test.check", Level: audit.Must}}, Now: noon}, Until: noon.AddDate(1, 0, 0)}
	told := foretell(t, f, certificateOf("www.example.com", noon, noon))
	if len(told.Assumes) != 3 || !strings.Contains(told.Assumes[2], "internal error") {
		t.Errorf("%q", told.Assumes)
	}
}

package main

import (
	"bytes"
	"context"
	"fmt"
	"iter"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"tlsaudit/audit"
	"tlsaudit/checks"
	"tlsaudit/internal/engine"
	"tlsaudit/internal/policy"
	"tlsaudit/internal/waiver"
	"tlsaudit/report"
)

// forecastPolicy has rules of every kind that time changes.
const forecastPolicy = `policy: {id: corp, title: Corporate}
profiles: [bsi-tr-02102-2, nist-transitions, cabf-br]
rules:
- {rule: valid, level: must, check: cert.validity.now, params: {warn_days: 30}}
- {rule: soon, level: must, check: protocol.offered, params: {versions: [TLSv1.3]}, effective_from: '2026-12-24'}
- {rule: ends, level: must_not, check: protocol.offered, params: {versions: [TLSv1.2]}, effective_until: '2027-01-31'}
`

const forecastWaivers = `waivers:
  - {id: W-1, check: cert.validity.now, target: "https://h0*", reason: it is replaced, expires: 2027-02-28}
  - {id: W-2, rule: ends, target: "https://h1*", reason: it is replaced, expires: 2026-12-01}
`

// TestForecastIsWhatAuditSays: what is foretold for the end of a day is what an
// audit of the same evidence says with that moment for --now, waivers and all.
func TestForecastIsWhatAuditSays(t *testing.T) {
	begin := time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)
	dir := t.TempDir()
	files := map[string]string{"policy.yaml": forecastPolicy, "waivers.yaml": forecastWaivers}
	for name, text := range files {
		files[name] = filepath.Join(dir, name)
		if err := os.WriteFile(files[name], []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	at := func(now time.Time) *demands {
		p, err := policy.Load([]string{files["policy.yaml"]}, checks.All)
		if err != nil {
			t.Fatal(err)
		}
		d := &demands{now: now, policy: p}
		if d.waivers, err = waiver.Load([]string{files["waivers.yaml"]}, begin, knownTo(p)); err != nil {
			t.Fatal(err)
		}
		return d
	}
	var list []*audit.Observation
	good := checks.ByID("cert.chain.trusted").Examples[1]
	for i := range 20 {
		o := good.Observe()
		o.Target.Host = fmt.Sprintf("h%02d.example.com", i)
		cert := &o.Chains[0].Certificates[0]
		cert.NotBefore, cert.NotAfter = begin.AddDate(0, 0, -30+2*i), begin.AddDate(0, 0, 3+17*i).Add(time.Duration(i)*time.Hour)
		list = append(list, o)
	}
	evidence := func(yield func(audit.Stored, error) bool) {
		for _, o := range list {
			if !yield(audit.Stored{Observed: o}, nil) {
				return
			}
		}
	}
	until := time.Date(2027, 12, 31, 23, 59, 59, 999999999, time.UTC)
	told, err := at(begin).forecast(context.Background(), until, evidence)
	if err != nil {
		t.Fatal(err)
	}
	wantForecastSchema(t, told)
	kinds := map[audit.ForecastKind]int{}
	for _, e := range told.Events {
		kinds[e.Kind]++
		if e.Total != len(e.Subjects) && e.Kind != audit.ForecastStep {
			t.Fatalf("%d of %d subjects are named", len(e.Subjects), e.Total)
		}
	}
	for _, kind := range []audit.ForecastKind{audit.ForecastCertificate, audit.ForecastPolicy, audit.ForecastWaiver, audit.ForecastStep} {
		if kinds[kind] == 0 {
			t.Errorf("no event of the kind %s", kind)
		}
	}
	first := judgedAt(t, at(begin), evidence)
	for days := 0; days <= 400; days += 7 {
		end := time.Date(2026, 11, 20+days, 23, 59, 59, 999999999, time.UTC)
		judged := judgedAt(t, at(end), evidence)
		for key, want := range fold(first, told.Events, end.Format(time.DateOnly)) {
			if judged[key] != want {
				t.Fatalf("%v at the end of %s is %s when judged, and was foretold to be %s", key, end.Format(time.DateOnly), judged[key], want)
			}
		}
	}
}

// wantForecastSchema holds what the json format writes to the published schema.
func wantForecastSchema(t *testing.T, told *audit.Forecast) {
	t.Helper()
	i := slices.IndexFunc(report.ForecastFormats, func(f report.ForecastFormat) bool { return f.Name == "json" })
	var text bytes.Buffer
	if err := report.ForecastFormats[i].Write(&text, told, report.Options{}); err != nil {
		t.Fatal(err)
	}
	if err := validate(t, "forecast-v1.schema.json", text.Bytes()); err != nil {
		t.Errorf("%#v", err)
	}
}

// verdictKey is a rule of a profile and a subject.
type verdictKey struct{ profile, rule, subject string }

// judgedAt is what an audit of stored evidence says.
func judgedAt(t *testing.T, d *demands, evidence iter.Seq2[audit.Stored, error]) map[verdictKey]string {
	t.Helper()
	held, err := d.begin()
	if err != nil {
		t.Fatal(err)
	}
	run := engine.Run{Judge: held.judge, Evidence: evidence, SpoolDir: t.TempDir()}
	result, err := run.Do(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	defer result.Close()
	verdicts := map[verdictKey]string{}
	for record, err := range result.Report.Records.BySubject() {
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range record.Findings {
			verdicts[verdictKey{f.Profile, f.Rule, f.Subject}] = f.Verdict.String()
		}
	}
	return verdicts
}

// fold applies the events up to the end of a day.
func fold(first map[verdictKey]string, events []audit.ForecastEvent, day string) map[verdictKey]string {
	now := map[verdictKey]string{}
	for key, v := range first {
		now[key] = v
	}
	var dates []string
	byDate := map[string][]audit.ForecastEvent{}
	for _, e := range events {
		if e.Kind != audit.ForecastStep && e.Date <= day {
			if byDate[e.Date] == nil {
				dates = append(dates, e.Date)
			}
			byDate[e.Date] = append(byDate[e.Date], e)
		}
	}
	for _, date := range dates { // in order, as the events are
		done := map[[2]int]bool{}
		for moved := true; moved; { // one verdict may change twice on a day
			moved = false
			for i, e := range byDate[date] {
				for k, subject := range e.Subjects {
					key := verdictKey{e.Profile, e.Rule, subject}
					if !done[[2]int{i, k}] && now[key] == e.From {
						now[key], moved, done[[2]int{i, k}] = e.To, true, true
					}
				}
			}
		}
	}
	return now
}

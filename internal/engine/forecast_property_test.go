package engine

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"tlsaudit/audit"
	"tlsaudit/checks"
	"tlsaudit/internal/policy"
)

// everyRule are the rules of all built-in profiles, and those of all documented
// examples: what dates there are in parameters is among them.
func everyRule(t *testing.T) (rules []audit.Rule) {
	t.Helper()
	list, err := policy.Builtins(checks.All)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range list {
		rules = append(rules, p.Rules...)
	}
	for _, c := range checks.All {
		for i, e := range c.Examples {
			params, err := c.Params(e.Params)
			if err != nil {
				t.Fatal(err)
			}
			rules = append(rules, audit.Rule{Profile: "examples", ID: fmt.Sprintf("%s.%d", c.ID, i), Check: c.ID, Level: e.Level, Params: params})
		}
	}
	params, err := checks.ByID("suite.server_order").Params(map[string]any{"good_sufficient_before_phase_out": true,
		"phase_out": []any{map[string]any{"name": "TLS_RSA_WITH_AES_128_GCM_SHA256", "until": "2027-12-31"}}})
	if err != nil {
		t.Fatal(err)
	}
	rules = append(rules, audit.Rule{Profile: "dated", ID: "order", Check: "suite.server_order", Level: audit.Must, Params: params})
	return rules
}

// aged is an observation whose certificates begin and end at random moments
// about a time.
func aged(r *rand.Rand, o audit.Observation, now time.Time) *audit.Observation {
	chain := func(c audit.Chain) audit.Chain {
		c.Certificates = slices.Clone(c.Certificates)
		for i := range c.Certificates {
			cert := &c.Certificates[i]
			if r.IntN(8) == 0 {
				continue // also dates that are missing stay so
			}
			cert.NotBefore = now.Add(time.Duration(r.Int64N(int64(100*day))) - 60*day).Truncate(time.Second)
			cert.NotAfter = now.Add(time.Duration(r.Int64N(int64(600*day))) - 60*day).Truncate(time.Second)
		}
		if r.IntN(2) == 0 {
			c.Trust.At = now.Add(time.Duration(r.Int64N(int64(20*day))) - 10*day)
		}
		return c
	}
	o.Chains = slices.Clone(o.Chains)
	for i := range o.Chains {
		o.Chains[i] = chain(o.Chains[i])
	}
	if d := o.MailDomain; d != nil && d.MTASTS != nil && d.MTASTS.Fetch != nil && d.MTASTS.Fetch.Chain != nil {
		domain, sts, fetch, c := *d, *d.MTASTS, *d.MTASTS.Fetch, chain(*d.MTASTS.Fetch.Chain)
		fetch.Chain, sts.Fetch, domain.MTASTS = &c, &fetch, &sts
		o.MailDomain = &domain
	}
	o.Interrupted = r.IntN(10) == 0
	return &o
}

// hookUntil waives what fails of some rules until a moment.
func hookUntil(end time.Time, share int) TimedMark {
	return TimedMark{Turns: []time.Time{end}, At: func(now time.Time) Mark {
		return func(_ string, _ *audit.Observation, findings []audit.Finding) {
			for i := range findings {
				f := &findings[i]
				if (f.Verdict == audit.Fail || f.Verdict == audit.Warn) && len(f.Rule)%share == 0 {
					f.Waiver = &audit.WaiverRef{ID: "W-1", Was: f.Verdict, Expired: !now.Before(end)}
					if now.Before(end) {
						f.Verdict = audit.Waived
					}
				}
			}
		}
	}}
}

// TestForecastIsJudgement: a verdict foretold for a moment is the one the evidence
// gets when it is judged with that moment for its time, whatever the rules, the
// facts and the moment.
func TestForecastIsJudgement(t *testing.T) {
	rules := everyRule(t)
	var observations []audit.Observation
	for _, c := range checks.All {
		for _, e := range c.Examples {
			observations = append(observations, *e.Observe())
		}
	}
	changes := map[audit.ForecastKind]int{}
	for seed := range uint64(300) {
		r := rand.New(rand.NewPCG(seed, 7))
		begin := time.Date(2026+r.IntN(6), time.Month(1+r.IntN(12)), 1+r.IntN(28), r.IntN(24), 0, 0, 0, time.UTC)
		o := aged(r, observations[r.IntN(len(observations))], begin)
		picked := make([]audit.Rule, 25)
		for i := range picked {
			picked[i] = rules[r.IntN(len(rules))]
			picked[i].ID = fmt.Sprintf("%s#%d", picked[i].ID, i)
			if r.IntN(6) == 0 {
				picked[i].From = begin.AddDate(0, 0, r.IntN(400)-20)
			}
			if r.IntN(6) == 0 {
				picked[i].Until = begin.AddDate(0, 0, r.IntN(400)-20)
			}
		}
		f := &Forecast{Judge: &Judge{Checks: checks.All, Rules: picked, Now: begin}, Until: begin.AddDate(1, r.IntN(60), 0),
			Marks: []TimedMark{hookUntil(begin.AddDate(0, 0, r.IntN(300)), 2), hookUntil(begin.AddDate(0, 0, r.IntN(300)), 3)}}
		w := newForeteller(f)
		told := w.endpoint(o.Target.Subject(), o)
		if told.faults > 0 {
			t.Fatalf("seed %d: %d faults", seed, told.faults)
		}
		// moments at which something happens, a moment before each, and any others
		moments := []time.Time{begin, f.Until}
		for _, c := range told.changes {
			moments = append(moments, c.at, c.at.Add(-1))
			changes[c.kind]++
		}
		for range 6 {
			moments = append(moments, begin.Add(time.Duration(r.Int64N(int64(f.Until.Sub(begin))))))
		}
		for _, at := range moments {
			now := verdictsAt(f, o, at)
			for key, want := range foretoldAt(f, o, told.changes, at) {
				if now[key] != want {
					t.Fatalf("seed %d: %s of %s at %s is %s when judged, and was foretold to be %s", seed, key, o.Target.Subject(), at, now[key], want)
				}
			}
		}
	}
	for _, kind := range []audit.ForecastKind{audit.ForecastCertificate, audit.ForecastPolicy, audit.ForecastWaiver} {
		if changes[kind] < 100 {
			t.Errorf("%d changes of the kind %s are too few to tell anything", changes[kind], kind)
		}
	}
}

// TestEveryTurnIsForetold: no rule there is changes its mind about the documented
// cases of its check at a time nobody foretold, from 2022 to 2042. What a rule of a
// profile or of an example says at two dates is the same if none of its moments
// lies between them.
func TestEveryTurnIsForetold(t *testing.T) {
	begin := time.Date(2022, 1, 1, 0, 0, 0, 0, time.UTC)
	byCheck := map[string][]audit.Example{}
	for _, c := range checks.All {
		byCheck[c.ID] = c.Examples
	}
	changes := map[string]int{}
	for _, r := range everyRule(t) {
		f := &Forecast{Judge: &Judge{Checks: checks.All, Rules: []audit.Rule{r}, Now: begin}, Until: begin.AddDate(20, 0, 0)}
		w := newForeteller(f)
		for k := range byCheck[r.Check] {
			o := byCheck[r.Check][k].Observe()
			told := w.endpoint(o.Target.Subject(), o)
			changes[r.Check] += len(told.changes)
			for months := 0; months < 240; months += 25 {
				at := begin.AddDate(0, months, 0)
				var s standing
				var memo any
				s.rule = &f.Judge.Rules[0]
				if !w.judge(w.at(at), &s, o, o.Target.Subject(), &memo) {
					continue
				}
				want := told.first(w, o, s.rule)
				for _, c := range told.changes {
					if !c.at.After(at) {
						want = c.to
					}
				}
				if s.raw.Verdict != want {
					t.Fatalf("%s/%s of the case %q at %s is %s when judged, and was foretold to be %s", r.Profile, r.ID, byCheck[r.Check][k].Name, at.Format(time.DateOnly), s.raw.Verdict, want)
				}
			}
		}
	}
	// of each check that reads the clock there is a case that shows it
	for _, c := range checks.All {
		if c.Turns != nil && changes[c.ID] == 0 {
			t.Errorf("no case of %s changes with time: whether its moments are right was not tried", c.ID)
		}
	}
}

// first is what the rule says at the beginning.
func (told *foretold) first(w *foreteller, o *audit.Observation, r *audit.Rule) audit.Verdict {
	s := standing{rule: r}
	var memo any
	w.judge(w.at(w.Judge.Now), &s, o, o.Target.Subject(), &memo)
	return s.raw.Verdict
}

// verdictsAt judges as the engine does for any run.
func verdictsAt(f *Forecast, o *audit.Observation, at time.Time) map[string]audit.Verdict {
	j := &Judge{Checks: f.Judge.Checks, Rules: f.Judge.Rules, Now: at}
	for _, m := range f.Marks {
		j.Mark = append(j.Mark, m.At(at))
	}
	findings := j.Findings(o)
	j.mark(o.Target.Subject(), o, findings)
	verdicts := map[string]audit.Verdict{}
	for i := range findings {
		verdicts[findings[i].Profile+"/"+findings[i].Rule] = findings[i].Verdict
	}
	return verdicts
}

// foretoldAt is what is judged at the beginning with the changes up to a moment.
func foretoldAt(f *Forecast, o *audit.Observation, changes []turned, at time.Time) map[string]audit.Verdict {
	verdicts := verdictsAt(f, o, f.Judge.Now)
	for _, c := range changes {
		if !c.at.After(at) {
			verdicts[c.finding.Profile+"/"+c.finding.Rule] = c.to
		}
	}
	return verdicts
}

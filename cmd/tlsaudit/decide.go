package main

import (
	"fmt"
	"strings"

	"tlsaudit/audit"
)

// gate turns a finished report into an exit code, see gateHelp.
type gate struct {
	limit threshold
	// tolerated is how many findings at or above limit are let pass.
	tolerated int
	// rules are those of which every finding stops the gate.
	rules []rulePattern
	// least is the score wanted, in tenths of a percent, if scored is set.
	least  int
	scored bool
	// newOnly counts findings that the baseline does not have. What could not
	// be judged is not known to the baseline either: it counts as ever.
	newOnly                   bool
	allowIncomplete, exitZero bool
}

// decision is what a gate makes of a report.
type decision struct {
	// code is the exit code before --exit-zero.
	code int
	// reached is how many findings are at or above the limit.
	reached int
	// named are the rules of --fail-on-rule with findings that count, open those
	// that could not be decided, both as "profile/rule" with a number; silent the
	// patterns of which no rule was judged.
	named, open tallied
	silent      []string
	// low says that the score is too low for certain; unsure says why it is not
	// enough where that is not.
	low    bool
	unsure string
	// bound is set where --allow-incomplete does not excuse what is not known.
	bound bool
}

// tallied counts by name, in the order first seen.
type tallied struct {
	names  []string
	counts map[string]int
	total  int
}

func (t *tallied) add(name string) {
	if t.counts == nil {
		t.counts = map[string]int{}
	}
	if t.counts[name] == 0 {
		t.names = append(t.names, name)
	}
	t.counts[name]++
	t.total++
}

func (t *tallied) String() string {
	var list []string
	for _, name := range t.names {
		list = append(list, fmt.Sprintf("%s (%d)", name, t.counts[name]))
	}
	return named(list)
}

// decide reads the findings one by one only where rules are named or the score
// does not suffice; otherwise the summary tells all.
func (g gate) decide(r *audit.Report) (d decision, err error) {
	counts := &r.Summary
	if g.compares(r) {
		counts = &audit.Summary{Warn: r.Baseline.NewWarn, FailBySeverity: r.Baseline.NewBySeverity}
	}
	d.reached = g.limit.counted(counts)
	below := g.scored && r.Summary.Score.Tenths() < g.least
	if len(g.rules) > 0 || below || g.scored && r.Summary.Score.Of == 0 {
		if err := g.read(r, &d); err != nil {
			return d, err
		}
	}
	excused := g.allowIncomplete && !d.bound
	switch {
	case r.Summary.Subjects+r.Summary.Rows+r.Summary.Files == 0:
		d.code = exitNothing
	case d.named.total > 0, d.reached > g.tolerated, d.low:
		d.code = exitFindings
	case (!r.Complete || len(d.silent) > 0 || d.bound) && !excused:
		d.code = exitIncomplete
	// A table of the gateway may be judged by itself, but is no clean result: a
	// pipeline whose list of targets came out empty must not pass by it.
	case r.Summary.Subjects+r.Summary.Files == 0 && !g.allowIncomplete:
		d.code = exitNothing
	}
	return d, nil
}

// compares reports whether known findings are left out of the count.
func (g gate) compares(r *audit.Report) bool { return g.newOnly && r.Baseline != nil }

// read counts what is found of the rules that are named, and tells whether the
// score would do if all that is unknown were in order.
func (g gate) read(r *audit.Report, d *decision) error {
	met := make([]bool, len(g.rules))
	best := r.Summary.Score
	for record, err := range r.Records.Findings() {
		if err != nil {
			return fmt.Errorf("reading the findings: %w", err)
		}
		for i := range record.Findings {
			f := &record.Findings[i]
			if f.Verdict == audit.Unknown {
				passed := *f
				passed.Verdict = audit.Pass
				var gain audit.Score
				gain.Add(&passed)
				best.Points += gain.Points
			}
			named := false
			for k, p := range g.rules {
				if p.matches(f.Profile, f.Rule, f.Check) {
					met[k], named = true, true
				}
			}
			if named {
				g.named(r, f, d)
			}
		}
	}
	for k, p := range g.rules {
		if !met[k] {
			d.silent = append(d.silent, string(p))
		}
	}
	if g.scored {
		g.weigh(r.Summary.Score, best, d)
	}
	d.bound = d.open.total > 0 || d.unsure != ""
	return nil
}

// named counts a finding of a rule that --fail-on-rule names.
func (g gate) named(r *audit.Report, f *audit.Finding, d *decision) {
	switch f.Verdict {
	case audit.Fail, audit.Warn:
		if !g.compares(r) || f.Status == "new" {
			d.named.add(f.Profile + "/" + f.Rule)
		}
	case audit.Unknown:
		d.open.add(f.Profile + "/" + f.Rule)
	}
}

// weigh compares the score with the least one wanted.
func (g gate) weigh(score, best audit.Score, d *decision) {
	switch tenths := score.Tenths(); {
	case tenths < 0:
		d.unsure = "there is no score, since nothing was asked, and --min-score " + g.leastText() + " wants one"
	case tenths >= g.least:
	case best.Tenths() < g.least:
		d.low = true
	default:
		d.unsure = fmt.Sprintf("the score %s is below --min-score %s for what is not known", score, g.leastText())
	}
}

// leastText is the score wanted, as a person writes it.
func (g gate) leastText() string {
	return strings.TrimSuffix(audit.Score{Points: g.least, Of: 1000}.String(), ".0")
}

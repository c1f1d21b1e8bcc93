package dashboard

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"tlsaudit/audit"
	"tlsaudit/internal/history"
)

// What the overview names at most.
const (
	overviewLines = 7
	maxChanges    = 2000
)

// overviewData is the state of all that is audited.
type overviewData struct {
	// Run is the newest finished run, nil if there is none; Running the one that
	// goes on.
	Run, Running *history.Run
	// Report is the head of its report.
	Report *audit.Report
	// Fleet counts the subjects by their worst verdict.
	Fleet whole
	Trend *trend
	// Severities counts failures, New of all those are not older than the run;
	// Cut is set where not all changes were counted.
	Severities []newAndOld
	Cut        bool
	Rules      []namedRule
	Systems    []history.SystemCount
	// Buckets counts the certificates that end soon.
	Buckets []bucket
	// Old are the subjects whose latest result is the oldest.
	Old       []history.SubjectState
	Schedules []Schedule
	// Waivers counts those that are expired, or are about to be.
	Expired, Expiring int
}

// newAndOld counts the failures of one severity.
type newAndOld struct {
	Name          string
	New, Old, All int
	// NewWidth and OldWidth compare with the severity that has most.
	NewWidth, OldWidth int
}

func overview(ctx context.Context, q *request) (any, error) {
	runs, _, err := q.History.Runs(ctx, history.Page{Limit: trendRuns})
	if err != nil {
		return nil, err
	}
	d := &overviewData{Trend: newTrend(runs)}
	for i := range runs {
		if runs[i].State == history.Running && d.Running == nil {
			d.Running = &runs[i]
		}
	}
	if d.Schedules, err = q.schedules(ctx); err != nil {
		return nil, err
	}
	d.Run, err = q.History.Run(ctx, "latest")
	if errors.Is(err, history.ErrNotFound) {
		return d, nil // nothing was audited yet
	}
	if err != nil {
		return nil, err
	}
	for _, step := range []func(context.Context, *request) error{d.report, d.systems, d.rules, d.severities, d.ahead} {
		if err := step(ctx, q); err != nil {
			return nil, err
		}
	}
	return d, nil
}

func (q *request) schedules(ctx context.Context) ([]Schedule, error) {
	if q.Schedules == nil {
		return nil, nil
	}
	return q.Schedules(ctx)
}

func (d *overviewData) report(ctx context.Context, q *request) (err error) {
	if d.Report, err = q.History.Report(ctx, d.Run.ID); err != nil {
		return err
	}
	for i := range d.Report.Waivers {
		switch d.Report.Waivers[i].State {
		case audit.WaiverExpired:
			d.Expired++
		case audit.WaiverExpiring:
			d.Expiring++
		}
	}
	return nil
}

func (d *overviewData) systems(ctx context.Context, q *request) error {
	systems, err := q.History.Systems(ctx, d.Run.ID)
	if err != nil {
		return err
	}
	var all history.SystemCount
	for _, s := range systems {
		all.Fail, all.Unknown, all.Warn, all.Waived, all.Pass = all.Fail+s.Fail, all.Unknown+s.Unknown, all.Warn+s.Warn, all.Waived+s.Waived, all.Pass+s.Pass
	}
	d.Fleet = byVerdict(all.Fail, all.Unknown, all.Warn, all.Waived, all.Pass)
	for i := range d.Fleet.Parts {
		d.Fleet.Parts[i].Link = link("/subjects", "verdict", d.Fleet.Parts[i].Word)
	}
	worstSystems(systems)
	systems = slices.DeleteFunc(systems, func(s history.SystemCount) bool { return s.Fail+s.Unknown+s.Warn == 0 })
	d.Systems = systems[:min(len(systems), overviewLines)]
	return nil
}

// worstSystems orders systems by how many of their subjects fail.
func worstSystems(systems []history.SystemCount) {
	slices.SortFunc(systems, func(a, b history.SystemCount) int {
		return cmp.Or(cmp.Compare(b.Fail, a.Fail), cmp.Compare(b.Unknown, a.Unknown), cmp.Compare(b.Warn, a.Warn), strings.Compare(a.System, b.System))
	})
}

func (d *overviewData) rules(ctx context.Context, q *request) error {
	counts, err := q.History.Rules(ctx, d.Run.ID)
	if err != nil {
		return err
	}
	counts = slices.DeleteFunc(counts, func(c history.RuleCount) bool { return c.Fail == 0 })
	d.Rules = nameRules(counts, d.Report.Rules)
	d.Rules = d.Rules[:min(len(d.Rules), overviewLines)]
	return nil
}

// severities tells failures that are new in the run from those before it.
func (d *overviewData) severities(ctx context.Context, q *request) error {
	fresh := map[string]int{}
	seen := 0
	for p := (history.Page{Limit: 500}); ; {
		changes, next, err := q.History.Changes(ctx, d.Run.ID, p)
		if err != nil {
			return err
		}
		for i := range changes {
			c := &changes[i]
			if f := c.Finding; f != nil && f.Verdict == audit.Fail && (c.Kind == history.ChangeNew || c.Kind == history.ChangeRegressed) {
				fresh[f.Severity.String()]++
			}
		}
		seen += len(changes)
		if next == "" {
			break
		}
		if seen >= maxChanges {
			d.Cut = true
			break
		}
		p.After = next
	}
	most := 0
	for _, name := range severityNames {
		all := d.Run.Summary.FailBySeverity[name]
		n := min(fresh[name], all)
		d.Severities = append(d.Severities, newAndOld{Name: name, New: n, Old: all - n, All: all})
		most = max(most, all)
	}
	for i := range d.Severities {
		s := &d.Severities[i]
		s.NewWidth, s.OldWidth = scaled(s.New, most), scaled(s.Old, most)
	}
	return nil
}

// ahead gathers what ends soon and what was not looked at for long.
func (d *overviewData) ahead(ctx context.Context, q *request) error {
	list, _, err := q.endingBefore(ctx, q.now.AddDate(0, 0, 90))
	if err != nil {
		return err
	}
	d.Buckets = buckets(q.now, list)
	old, _, err := q.History.Subjects(ctx, history.SubjectQuery{Page: history.Page{Limit: overviewLines}, Order: "seen"})
	if err != nil {
		return err
	}
	d.Old = old
	return nil
}

// NextRun is the next time an audit begins by itself; zero if none does.
func (d *overviewData) NextRun() (next time.Time) {
	for _, s := range d.Schedules {
		if !s.Next.IsZero() && (next.IsZero() || s.Next.Before(next)) {
			next = s.Next
		}
	}
	return next
}

// Clean counts the subjects that keep every rule; Known those of which all is
// known.
func (d *overviewData) Clean() share { return d.Fleet.Parts[4] }

// Open is the share of which something is not known.
func (d *overviewData) Open() share { return d.Fleet.Parts[1] }

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

// overviewLines is how many lines each list of the overview has at most.
const overviewLines = 7

// overviewData is the state of all there is, each subject at its latest result.
type overviewData struct {
	*history.Fleet
	// Run is the newest finished run, nil if there is none; Running the one that
	// goes on.
	Run, Running *history.Run
	// By says by what all is judged, Scored is the newest run of a whole inventory;
	// nil if there is none.
	By     *judgedBy
	Scored *history.Run
	// Shares counts the subjects by their worst verdict.
	Shares whole
	Trend  *trend
	// Severities counts failures; Cut is set where there were too many changes to
	// tell the new from the old.
	Severities []newAndOld
	Cut        bool
	Worst      []namedRule
	Systems    []history.SystemCount
	// Buckets counts the certificates that end soon.
	Buckets []bucket
	// Old are the subjects whose latest result is the oldest.
	Old       []history.SubjectState
	Schedules []Schedule
	// Expired and Expiring count waivers.
	Expired, Expiring int
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
	if d.Fleet, err = q.History.Fleet(ctx); err != nil {
		return nil, err
	}
	d.Run, err = q.History.Run(ctx, "latest")
	if errors.Is(err, history.ErrNotFound) {
		return d, nil // nothing was audited yet
	}
	if err != nil {
		return nil, err
	}
	d.Shares = fleetBar(&d.FleetCounts)
	d.systems()
	for _, step := range []func(context.Context, *request) error{d.judged, d.severities, d.ahead} {
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

// judged finds out by what all is judged, and which rules are broken most.
func (d *overviewData) judged(ctx context.Context, q *request) (err error) {
	if d.By, err = q.judgement(ctx); err != nil {
		return err
	}
	for i := range d.By.Waivers {
		switch d.By.Waivers[i].State {
		case audit.WaiverExpired:
			d.Expired++
		case audit.WaiverExpiring:
			d.Expiring++
		}
	}
	if len(d.By.Runs) > 0 && !d.By.Runs[0].Part {
		d.Scored = &d.By.Runs[0]
	}
	broken := slices.DeleteFunc(slices.Clone(d.Fleet.Rules), func(c history.RuleCount) bool { return c.Fail == 0 })
	worst := nameRules(broken, d.By.Rules)
	d.Worst = worst[:min(len(worst), overviewLines)]
	return nil
}

func (d *overviewData) systems() {
	open := slices.DeleteFunc(slices.Clone(d.Fleet.Systems), func(s history.SystemCount) bool { return s.Fail+s.Unknown+s.Warn == 0 })
	worstSystems(open)
	d.Systems = open[:min(len(open), overviewLines)]
}

// worstSystems orders systems by how many of their subjects fail.
func worstSystems(systems []history.SystemCount) {
	slices.SortFunc(systems, func(a, b history.SystemCount) int {
		return cmp.Or(cmp.Compare(b.Fail, a.Fail), cmp.Compare(b.Unknown, a.Unknown), cmp.Compare(b.Warn, a.Warn), strings.Compare(a.System, b.System))
	})
}

// ahead gathers what ends soon and what was not looked at for long.
func (d *overviewData) ahead(ctx context.Context, q *request) (err error) {
	if d.Buckets, err = q.buckets(ctx); err != nil {
		return err
	}
	d.Old, _, err = q.History.Subjects(ctx, history.SubjectQuery{Page: history.Page{Limit: overviewLines}, Order: "seen"})
	return err
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

// Clean is the share that keeps every rule, Open that of which something is not
// known.
func (d *overviewData) Clean() share { return d.Shares.Part("pass") }

// Open is the share of which something is not known.
func (d *overviewData) Open() share { return d.Shares.Part("unknown") }

// Judged counts the findings that say something.
func (d *overviewData) Judged() int {
	return d.FindingsFail + d.FindingsWarn + d.FindingsUnknown + d.FindingsWaived + d.FindingsPass
}

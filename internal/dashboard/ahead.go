package dashboard

import (
	"context"
	"slices"

	"tlsaudit/audit"
	"tlsaudit/internal/history"
)

// maxEvents bounds the events that are shown.
const maxEvents = 500

// forecastData is what will be otherwise, by month.
type forecastData struct {
	*Forecast
	Months []forecastMonth
	// Omitted counts events behind those shown.
	Omitted int
	Kinds   []option
}

// forecastMonth is the events of one month.
type forecastMonth struct {
	Name   string
	Events []ForecastEvent
}

func forecast(ctx context.Context, q *request) (any, error) {
	in := reader{q: q}
	kind := in.text("kind")
	if in.err != nil {
		return nil, in.err
	}
	d := &forecastData{}
	if q.Forecast == nil {
		return d, nil
	}
	f, err := q.Forecast.Forecast(ctx)
	if err != nil {
		return nil, err
	}
	d.Forecast = f
	kinds := []string{""}
	shown := 0
	for _, e := range f.Events {
		if !slices.Contains(kinds, e.Kind) {
			kinds = append(kinds, e.Kind)
		}
		if kind != "" && e.Kind != kind {
			continue
		}
		if shown == maxEvents {
			d.Omitted++
			continue
		}
		shown++
		name := e.At.UTC().Format("January 2006")
		if n := len(d.Months); n == 0 || d.Months[n-1].Name != name {
			d.Months = append(d.Months, forecastMonth{Name: name})
		}
		m := &d.Months[len(d.Months)-1]
		m.Events = append(m.Events, e)
	}
	slices.Sort(kinds)
	d.Kinds = options(kinds, kind, "all")
	return d, nil
}

// waiversData is the waivers of the latest run, by what became of them.
type waiversData struct {
	Run    *history.Run
	Groups []waiverGroup
	Files  []audit.FileRef
	All    int
}

// waiverGroup is the waivers in one state.
type waiverGroup struct {
	State       audit.WaiverState
	Class, Says string
	Waivers     []audit.WaiverStatus
}

func waivers(ctx context.Context, q *request) (any, error) {
	r, report, err := q.latest(ctx)
	if err != nil {
		return nil, err
	}
	d := &waiversData{Run: r, Files: report.WaiverFiles, All: len(report.Waivers), Groups: []waiverGroup{
		{State: audit.WaiverExpired, Class: "fail", Says: "They have run out: what they covered counts again."},
		{State: audit.WaiverExpiring, Class: "warn", Says: "They run out soon: renew the decision, or repair what they cover."},
		{State: audit.WaiverUnused, Class: "unknown", Says: "They match no finding that fails or warns: perhaps what they covered is repaired."},
		{State: audit.WaiverActive, Class: "waived", Says: "They cover findings that would fail or warn."},
	}}
	for _, w := range report.Waivers {
		at := slices.IndexFunc(d.Groups, func(g waiverGroup) bool { return g.State == w.State })
		if at < 0 {
			at = len(d.Groups) - 1
		}
		d.Groups[at].Waivers = append(d.Groups[at].Waivers, w)
	}
	return d, nil
}

// gatewayData is what raising the rows of the gateway's table would break.
type gatewayData struct {
	Run    *history.Run
	Impact []audit.RowImpact
	// Levels and Strengths are what a row can demand.
	Levels, Strengths []string
}

func gateway(ctx context.Context, q *request) (any, error) {
	r, report, err := q.latest(ctx)
	if err != nil {
		return nil, err
	}
	return &gatewayData{r, report.Impact, audit.WhatIfLevels, audit.WhatIfStrengths}, nil
}

// Cell finds the answer of a row for a level and a strength; nil if it was not
// asked.
func (d *gatewayData) Cell(row audit.RowImpact, level, strength string) *audit.RowBreak {
	for i := range row.Cells {
		if c := &row.Cells[i]; c.Level == level && c.Strength == strength {
			return c
		}
	}
	return nil
}

// logData is a part of who did what, the newest first.
type logData struct {
	Entries []history.AuditEntry
	Pager   pager
}

func auditLog(ctx context.Context, q *request) (any, error) {
	at, err := q.after()
	if err != nil {
		return nil, err
	}
	list, next, err := q.History.AuditLog(ctx, at)
	return &logData{list, q.pager(next, len(list), "entry", "entries")}, err
}

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
	// Here is set when somebody looks ahead here.
	Here bool
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

// Fleeting reports whether the page is in the making.
func (d *forecastData) Fleeting() bool { return d.Here && d.Forecast == nil }

func forecast(ctx context.Context, q *request) (any, error) {
	in := reader{q: q}
	kind := in.text("kind")
	if in.err != nil {
		return nil, in.err
	}
	d := &forecastData{Here: q.Outlook != nil}
	if !d.Here {
		return d, nil
	}
	if _, err := q.fleetOf(ctx); err != nil {
		return nil, err
	}
	f, err := q.Outlook.Forecast(ctx)
	if err != nil || f == nil {
		return d, err
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

// gatewayData is what raising the rows of the gateway's table would break.
type gatewayData struct {
	// Here is set when somebody looks ahead here.
	Here bool
	*Gateway
	// Levels and Strengths are what a row can demand.
	Levels, Strengths []string
}

// Fleeting reports whether the page is in the making.
func (d *gatewayData) Fleeting() bool { return d.Here && d.Gateway == nil }

func gateway(ctx context.Context, q *request) (any, error) {
	d := &gatewayData{Here: q.Outlook != nil, Levels: audit.WhatIfLevels, Strengths: audit.WhatIfStrengths}
	if _, err := q.fleetOf(ctx); err != nil || !d.Here {
		return d, err
	}
	var err error
	d.Gateway, err = q.Outlook.Gateway(ctx)
	return d, err
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

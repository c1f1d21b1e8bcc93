package main

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"tlsaudit/audit"
	"tlsaudit/internal/history"
	"tlsaudit/internal/notify"
)

// foresight looks ahead for the messages of a command: once, at all there is, by
// the policy and the waivers that flags name.
type foresight struct {
	app   *app
	store *history.Store
	flags auditFlags

	once sync.Once
	told *audit.Forecast
	err  error
}

func (f *foresight) look(ctx context.Context) (*audit.Forecast, error) {
	f.once.Do(func() {
		var held *demands
		if held, f.err = f.app.demandsOf(&f.flags); f.err == nil {
			f.told, f.err = held.forecast(ctx, held.now.AddDate(0, 0, forecastDays), f.store.FleetEvidence(ctx))
		}
	})
	return f.told, f.err
}

// Forecast implements notify.Outlook.
func (f *foresight) Forecast(ctx context.Context, _ *history.Run, until time.Time) ([]notify.Forecast, error) {
	told, err := f.look(ctx)
	if err != nil {
		return nil, err
	}
	return worsening(told, until)
}

// Waivers implements notify.Outlook.
func (f *foresight) Waivers(ctx context.Context, run *history.Run, until time.Time) ([]notify.WaiverEnd, error) {
	told, err := f.look(ctx)
	if err != nil {
		return nil, err
	}
	return endingWaivers(ctx, f.store, run, told, until)
}

// worsening is what a message says of a forecast: that certificates end is told of
// elsewhere in it.
func worsening(told *audit.Forecast, until time.Time) (list []notify.Forecast, err error) {
	for i := range told.Events {
		e := &told.Events[i]
		if e.Kind != audit.ForecastPolicy || !e.Worse() || e.At.After(until) {
			continue
		}
		f := notify.Forecast{Date: e.At, Count: e.Total, What: "endpoints", Why: titleOf(e), Sample: e.Subjects}
		if err := f.Becomes.UnmarshalText([]byte(e.To)); err != nil {
			return nil, fmt.Errorf("reading the forecast: %w", err)
		}
		list = append(list, f)
	}
	return list, nil
}

// endingWaivers are the waivers of a run that end until a time, with the findings
// they accept. A run of a part knows its own alone: there it is what the forecast
// of all there is says comes back, which names waivers that end on a day together.
func endingWaivers(ctx context.Context, store *history.Store, run *history.Run, told *audit.Forecast, until time.Time) (list []notify.WaiverEnd, err error) {
	r, err := store.Report(ctx, run.ID)
	if err != nil {
		return nil, err
	}
	behind := map[string]int{}
	for i := range told.Events {
		if e := &told.Events[i]; run.Part && e.Kind == audit.ForecastWaiver && e.Worse() {
			for _, id := range e.Waivers {
				behind[id] += e.Total
			}
		}
	}
	for i := range r.Waivers {
		w := &r.Waivers[i]
		if w.Expires.IsZero() || w.Expires.Before(told.Now) || w.Expires.After(until) {
			continue
		}
		list = append(list, notify.WaiverEnd{ID: w.ID, Owner: w.Owner, Ticket: w.Ticket, Expires: w.Expires, Findings: max(w.Findings, behind[w.ID])})
	}
	slices.SortStableFunc(list, func(a, b notify.WaiverEnd) int { return a.Expires.Compare(b.Expires) })
	return list, nil
}

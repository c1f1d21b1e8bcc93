package main

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"tlsaudit/audit"
	"tlsaudit/internal/dashboard"
	"tlsaudit/internal/history"
	"tlsaudit/internal/notify"
)

// outlook judges the evidence of a run at dates to come, once for each run: by
// today's policy and waivers.
type outlook struct {
	service *service

	mu   sync.Mutex // guards what follows, and that one forecast is made at a time
	run  string
	told *audit.Forecast
}

// of returns the forecast from a run.
func (o *outlook) of(ctx context.Context, run *history.Run) (*audit.Forecast, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.told != nil && o.run == run.ID {
		return o.told, nil
	}
	f := o.service.set.audit
	held, err := o.service.app.demandsOf(&f)
	if err != nil {
		return nil, err
	}
	told, err := held.forecast(ctx, held.now.AddDate(0, 0, forecastDays), o.service.store.Evidence(ctx, run.ID))
	if err != nil {
		return nil, fmt.Errorf("looking ahead from run %s: %w", run.ID, err)
	}
	o.run, o.told = run.ID, told
	return told, nil
}

// kindWords are what the page calls the kinds of events.
var kindWords = map[audit.ForecastKind]string{
	audit.ForecastCertificate: "certificate", audit.ForecastPolicy: "rule", audit.ForecastWaiver: "waiver", audit.ForecastStep: "authorities",
}

// Forecast implements dashboard.Forecaster: what gets worse after the latest run.
func (o *outlook) Forecast(ctx context.Context) (*dashboard.Forecast, error) {
	run, err := o.service.store.Run(ctx, "latest")
	if err != nil {
		return nil, err
	}
	told, err := o.of(ctx, run)
	if err != nil {
		return nil, err
	}
	f := &dashboard.Forecast{Run: run.ID, Made: told.Now, Until: told.Until, Subjects: told.Subjects, Unknown: told.Open}
	for i := range told.Events {
		e := &told.Events[i]
		if !e.Worse() && e.Kind != audit.ForecastStep {
			continue
		}
		f.Events = append(f.Events, dashboard.ForecastEvent{At: e.At, Kind: kindWords[e.Kind], Severity: e.Severity, Title: titleOf(e), Count: e.Total, Subjects: e.Subjects})
	}
	return f, nil
}

func titleOf(e *audit.ForecastEvent) string {
	if e.To == "" {
		return e.Title
	}
	return fmt.Sprintf("%s: %s, was %s (%s of %s)", e.Title, e.To, e.From, e.Rule, e.Profile)
}

// ahead is the outlook as messages want it.
type ahead struct{ *outlook }

// Forecast implements notify.Outlook. That certificates end is told of
// elsewhere in a message.
func (o ahead) Forecast(ctx context.Context, run *history.Run, until time.Time) (list []notify.Forecast, err error) {
	told, err := o.of(ctx, run)
	if err != nil {
		return nil, err
	}
	for i := range told.Events {
		e := &told.Events[i]
		if e.Kind != audit.ForecastPolicy || !e.Worse() || e.At.After(until) {
			continue
		}
		list = append(list, notify.Forecast{Date: e.At, Count: e.Total, What: "endpoints", Why: titleOf(e), Sample: e.Subjects})
	}
	return list, nil
}

// Waivers implements notify.Outlook.
func (o ahead) Waivers(ctx context.Context, run *history.Run, until time.Time) (list []notify.WaiverEnd, err error) {
	r, err := o.service.store.Report(ctx, run.ID)
	if err != nil {
		return nil, err
	}
	now := o.service.app.now()
	for i := range r.Waivers {
		w := &r.Waivers[i]
		if w.Expires.IsZero() || w.Expires.Before(now) || w.Expires.After(until) {
			continue
		}
		list = append(list, notify.WaiverEnd{ID: w.ID, Owner: w.Owner, Ticket: w.Ticket, Expires: w.Expires, Findings: w.Findings})
	}
	slices.SortStableFunc(list, func(a, b notify.WaiverEnd) int { return a.Expires.Compare(b.Expires) })
	return list, nil
}

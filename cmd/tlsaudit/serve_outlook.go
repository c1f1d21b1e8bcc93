package main

import (
	"context"
	"fmt"
	"time"

	"tlsaudit/audit"
	"tlsaudit/internal/dashboard"
	"tlsaudit/internal/history"
	"tlsaudit/internal/notify"
)

// kindWords are what the page calls the kinds of events.
var kindWords = map[audit.ForecastKind]string{
	audit.ForecastCertificate: "certificate", audit.ForecastPolicy: "rule", audit.ForecastWaiver: "waiver", audit.ForecastStep: "authorities",
}

// Forecast implements dashboard.Outlook: what gets worse.
func (o *outlook) Forecast(ctx context.Context) (*dashboard.Forecast, error) {
	t, newest, err := o.soon(ctx)
	if t == nil || err != nil {
		return nil, err
	}
	told := t.forecast
	f := &dashboard.Forecast{Basis: basisOf(t, newest), Until: told.Until, Subjects: told.Subjects, Unknown: told.Open}
	for i := range told.Events {
		e := &told.Events[i]
		if !e.Worse() && e.Kind != audit.ForecastStep {
			continue
		}
		f.Events = append(f.Events, dashboard.ForecastEvent{At: e.At, Kind: kindWords[e.Kind], Severity: e.Severity, Title: titleOf(e), Count: e.Total, Subjects: e.Subjects})
	}
	return f, nil
}

// Gateway implements dashboard.Outlook: what raising rows would break.
func (o *outlook) Gateway(ctx context.Context) (*dashboard.Gateway, error) {
	t, newest, err := o.soon(ctx)
	if t == nil || err != nil {
		return nil, err
	}
	return &dashboard.Gateway{Basis: basisOf(t, newest), Tables: t.tables, Impact: t.impact}, nil
}

func basisOf(t *foretold, newest bool) dashboard.Basis {
	return dashboard.Basis{Made: t.forecast.Now, Oldest: t.forecast.OldestEvidence, Newest: t.forecast.NewestEvidence, Renewing: !newest}
}

func titleOf(e *audit.ForecastEvent) string {
	if e.To == "" {
		return e.Title
	}
	return fmt.Sprintf("%s: %s, was %s (%s of %s)", e.Title, e.To, e.From, e.Rule, e.Profile)
}

// ahead is the outlook as messages want it.
type ahead struct{ *outlook }

// Forecast implements notify.Outlook.
func (o ahead) Forecast(ctx context.Context, _ *history.Run, until time.Time) ([]notify.Forecast, error) {
	t, err := o.of(ctx)
	if err != nil {
		return nil, err
	}
	return worsening(t.forecast, until)
}

// Waivers implements notify.Outlook.
func (o ahead) Waivers(ctx context.Context, run *history.Run, until time.Time) ([]notify.WaiverEnd, error) {
	t, err := o.of(ctx)
	if err != nil {
		return nil, err
	}
	return endingWaivers(ctx, o.service.store, run, t.forecast, until)
}

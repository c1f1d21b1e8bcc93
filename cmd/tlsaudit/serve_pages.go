package main

import (
	"context"
	"fmt"
	"io"
	"net/http"

	"tlsaudit/audit"
	"tlsaudit/internal/dashboard"
	"tlsaudit/internal/history"
	"tlsaudit/internal/metrics"
	"tlsaudit/report"
)

// wire makes the parts that need the history.
func (s *service) wire() (err error) {
	s.outlook = &outlook{service: s}
	pending := func(ctx context.Context, r *history.Run) (bool, error) {
		if s.audits.pending(r.ID) {
			return true, nil
		}
		return s.plan.pending(ctx, r)
	}
	if s.notices, err = s.app.newNotices(s.set.notify, s.store, ahead{s.outlook}, s.log, pending); err != nil {
		return err
	}
	s.audits = &audits{service: s, untold: map[string]bool{}, known: map[string]*dashboard.Progress{}}
	s.plan = s.newPlan()
	return nil
}

// ready reports why the service cannot do its work.
func (s *service) ready(ctx context.Context) error {
	if _, _, err := s.store.Runs(ctx, history.Page{Limit: 1}); err != nil {
		return err
	}
	if s.plan.runner != nil {
		return s.plan.runner.Ready()
	}
	return nil
}

// pages makes the pages and what programs ask for. Streams end with the context.
func (s *service) pages(running context.Context) (http.Handler, error) {
	c := dashboard.Config{
		History: s.store, Session: sessionOf, Clean: report.Clean, Now: s.app.now, Formats: downloads(), Version: tool().Version, Log: s.log, Outlook: s.outlook, Ending: running.Done(),
	}
	if len(s.set.args)+len(s.set.audit.inventories) > 0 {
		c.Audits = s.audits
	}
	o := metrics.Options{Source: s.store, Version: tool().Version, Logf: func(format string, args ...any) { s.log.Warn(oneLine(fmt.Errorf(format, args...))) }}
	if s.plan.runner != nil {
		c.Schedules, o.Schedules = s.plan.forPages, s.plan.forMetrics
	}
	if s.set.notify != nil {
		for i := range s.set.notify.Channels {
			o.Channels = append(o.Channels, s.set.notify.Channels[i].Name)
		}
	}
	m := metrics.New(o)
	s.notices.count = m.Notified
	pages, err := dashboard.New(c)
	if err != nil {
		return nil, err
	}
	mux := http.NewServeMux()
	mux.Handle("/metrics", m)
	mux.Handle("/", pages)
	return mux, nil
}

// downloads are all report formats.
func downloads() (list []dashboard.Format) {
	for _, f := range report.Formats {
		list = append(list, dashboard.Format{Name: f.Name, Ext: f.Ext, Title: f.Title, Type: f.Type,
			Write: func(w io.Writer, r *audit.Report) error { return f.Write(w, r, report.Options{}) }})
	}
	return list
}

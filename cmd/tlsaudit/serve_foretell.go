package main

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"sync"
	"time"

	"tlsaudit/audit"
	"tlsaudit/checks"
	"tlsaudit/internal/engine"
	"tlsaudit/internal/gateway"
	"tlsaudit/internal/history"
	"tlsaudit/internal/policy"
)

// outlook judges the latest evidence of all there is at dates to come, and by what
// the gateway's table might demand: once after each run and on each day, by the
// policy and the waivers of then. It is made in the background, because with many
// endpoints it takes longer than anybody waits for a page.
type outlook struct {
	service *service

	mu sync.Mutex // guards what follows
	// latest is the newest, or the one in the making; last the newest that was made.
	latest, last *foretold
}

// foretold is what one look ahead saw.
type foretold struct {
	// key says for which run and day it was made.
	key string
	// done is closed when the rest is there.
	done chan struct{}
	err  error

	forecast *audit.Forecast
	// impact says what raising rows would break; tables whether there are any.
	impact []audit.RowImpact
	tables bool
}

// of returns the look ahead of today and after the newest run, and waits for it.
func (o *outlook) of(ctx context.Context) (*foretold, error) {
	t, err := o.begin(ctx)
	if err != nil {
		return nil, err
	}
	select {
	case <-t.done:
		return t, t.err
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
}

// shortly is how long a page waits for a look ahead in the making.
const shortly = 2 * time.Second

// soon returns what of does, if it is there in a moment, and else what was made
// before that; both are nil if nothing was.
func (o *outlook) soon(ctx context.Context) (t *foretold, newest bool, err error) {
	waits, cancel := context.WithTimeout(ctx, shortly)
	defer cancel()
	if t, err = o.of(waits); waits.Err() == nil || ctx.Err() != nil {
		return t, true, err
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.last, false, nil
}

// begin returns the look ahead for today and the newest run, and has it made if it
// is not.
func (o *outlook) begin(ctx context.Context) (*foretold, error) {
	run, err := o.service.store.Run(ctx, "latest")
	if err != nil {
		return nil, err
	}
	live := o.service.audits.live
	if live.Err() != nil {
		return nil, context.Cause(live)
	}
	key := run.ID + " " + o.service.app.now().UTC().Format(time.DateOnly)
	o.mu.Lock()
	defer o.mu.Unlock()
	before := o.latest
	if before != nil && before.key == key {
		return before, nil
	}
	t := &foretold{key: key, done: make(chan struct{})}
	o.latest = t
	o.service.tasks.Go(func() {
		if before != nil {
			<-before.done // one at a time
		}
		o.make(live, t)
	})
	return t, nil
}

// renew has a look ahead made, if there is none for today and the newest run.
func (o *outlook) renew(ctx context.Context) {
	if _, err := o.begin(ctx); err != nil && ctx.Err() == nil && !errors.Is(err, history.ErrNotFound) {
		o.service.log.Warn("nothing is looked ahead", "error", oneLine(err))
	}
}

// make looks ahead. What failed is forgotten, so that it is tried again when
// somebody asks.
func (o *outlook) make(ctx context.Context, t *foretold) {
	if t.err = o.service.lookAhead(ctx, t); t.err != nil && ctx.Err() == nil {
		o.service.log.Warn("nothing is looked ahead", "error", oneLine(t.err))
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	switch {
	case t.err == nil:
		o.last = t
	case o.latest == t:
		o.latest = nil
	}
	close(t.done)
}

// lookAhead fills in what is foretold.
func (s *service) lookAhead(ctx context.Context, t *foretold) error {
	f := s.set.audit
	held, err := s.app.demandsOf(&f)
	if err != nil {
		return fmt.Errorf("looking ahead: %w", err)
	}
	if t.forecast, err = held.forecast(ctx, held.now.AddDate(0, 0, forecastDays), s.store.FleetEvidence(ctx)); err != nil {
		return fmt.Errorf("looking ahead: %w", err)
	}
	if t.tables = len(held.policy.Tables) > 0; t.tables {
		if t.impact, err = held.impact(ctx, s.store.FleetEvidence(ctx)); err != nil {
			return fmt.Errorf("asking what raising rows of the gateway's table would break: %w", err)
		}
	}
	return nil
}

// impact asks of evidence what raising each row of the tables would break.
func (d *demands) impact(ctx context.Context, evidence iter.Seq2[audit.Stored, error]) ([]audit.RowImpact, error) {
	probes, err := policy.Probes(checks.All)
	if err != nil {
		return nil, err
	}
	judge := engine.Judge{Checks: checks.All, Rules: probes, Now: d.now}
	preview := gateway.NewPreview(d.policy.Tables, d.now)
	for stored, err := range evidence {
		if err == nil {
			err = ctx.Err()
		}
		if err != nil {
			return nil, err
		}
		if o := stored.Observed; !o.Target.IsDomain() {
			preview.Peer(o, judge.Findings(o))
		}
	}
	return preview.Impact(), nil
}

package main

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"tlsaudit/audit"
	"tlsaudit/internal/history"
)

// Who writes runs into a history holds a lease on it and renews it while it
// works, so that there are never two.
const (
	runLease  = "run"
	leaseTime = 30 * time.Second
	// leaseBeat is how often the lease is renewed: two beats may be lost.
	leaseBeat = leaseTime / 3
)

// leases is the part of a history that knows leases.
type leases interface {
	Acquire(ctx context.Context, name, holder string, ttl time.Duration) error
	Renew(ctx context.Context, name, holder string, ttl time.Duration) error
	Release(ctx context.Context, name, holder string) error
}

// lease is the right to write runs, until release.
type lease struct {
	of     leases
	holder string
	now    func() time.Time
	end    context.CancelFunc
	done   sync.WaitGroup

	mu   sync.Mutex // guards lost
	lost error
}

// takeLease takes the lease and renews it from then on. One whose holder does not
// renew it any more is taken over: at once if that was a process of this machine
// that is gone, else when its time is over.
func takeLease(ctx context.Context, of leases, database string, now func() time.Time) (*lease, error) {
	l := &lease{of: of, holder: history.NewHolder(), now: now}
	asking, answered := context.WithTimeout(ctx, leaseTime) // a database that hangs must not hold up the start
	defer answered()
	err := of.Acquire(asking, runLease, l.holder, leaseTime)
	var held *history.HeldError
	if errors.As(err, &held) && history.HolderGone(held.Holder) {
		// Whoever else saw it, too, may be the first: then it is held again.
		if err = of.Release(asking, runLease, held.Holder); err == nil {
			err = of.Acquire(asking, runLease, l.holder, leaseTime)
		}
	}
	if errors.As(err, &held) {
		return nil, withCode(exitBusy, &audit.InputError{
			Cause: fmt.Sprintf("another run is being written into %s: by %s, whose right to it lasts until %s unless it is renewed", database, history.HolderText(held.Holder), held.Until.UTC().Format(time.RFC3339)),
			Hint:  "wait until it is done, or give --db another database; a run that died is taken over when that time is past", Err: err,
		})
	}
	if err != nil {
		return nil, fmt.Errorf("taking the lease on %s: %w", database, err)
	}
	// The lease outlives the end of the run's context: a run that is interrupted is
	// still written down.
	beating, end := context.WithCancel(context.WithoutCancel(ctx))
	l.end = end
	l.done.Go(func() { l.beat(beating) })
	return l, nil
}

// beat renews the lease until it is released or lost. A database that does not
// answer until the next beat may answer at that; but when the time is over,
// somebody else may have taken it.
func (l *lease) beat(ctx context.Context) {
	ticker := time.NewTicker(leaseBeat)
	defer ticker.Stop()
	renewed := l.now()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		now := l.now()
		err := l.renew(ctx)
		switch {
		case ctx.Err() != nil:
			return
		case err == nil:
			renewed = now
		case errors.Is(err, history.ErrHeld) || now.Sub(renewed) >= leaseTime:
			l.mu.Lock()
			l.lost = fmt.Errorf("the right to write into it was lost: %w", err)
			l.mu.Unlock()
			return
		}
	}
}

func (l *lease) renew(ctx context.Context) error {
	ctx, answered := context.WithTimeout(ctx, leaseBeat)
	defer answered()
	return l.of.Renew(ctx, runLease, l.holder, leaseTime)
}

// fault is the error that the lease was lost, nil as long as it was not.
func (l *lease) fault() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.lost
}

// release ends the lease. It may be called on nil.
func (l *lease) release(ctx context.Context) error {
	if l == nil {
		return nil
	}
	l.end()
	l.done.Wait()
	if l.fault() != nil {
		return nil // it is somebody else's
	}
	return l.of.Release(context.WithoutCancel(ctx), runLease, l.holder)
}

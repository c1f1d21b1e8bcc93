package schedule

import (
	"context"
	"errors"
	"fmt"
	"time"

	"tlsaudit/internal/history"
)

// Leases is the part of the history that keeps one process at a time at work.
// Acquire and Renew return history.ErrHeld (wrapped) if somebody else has the
// lease and it has not run out, by the one clock all who share it go by.
type Leases interface {
	Acquire(ctx context.Context, name, holder string, ttl time.Duration) error
	Renew(ctx context.Context, name, holder string, ttl time.Duration) error
	Release(ctx context.Context, name, holder string) error
}

// LeaseName is the lease of the schedulers that share a history: who holds it
// runs what is due. Whoever writes a run, begun by a schedule or not, holds
// another one meanwhile, see Runner.Audit.
const LeaseName = "audit"

// DefaultTTL is how long a lease lasts without a heartbeat. What a process that
// died held is free again after that long.
const DefaultTTL = 2 * time.Minute

// ErrLeaseLost is the cause of a run's cancellation when somebody else took the
// lease, or it could not be renewed before it ran out.
var ErrLeaseLost = errors.New("the lease was lost")

// Hold runs something while it holds a lease.
type Hold struct {
	Leases Leases
	// Name is the lease, LeaseName if empty.
	Name string
	// Holder identifies this use of it: no two that may be at work at once have the
	// same, also not in one process.
	Holder string
	// TTL is how long the lease lasts without a heartbeat, DefaultTTL if zero.
	TTL time.Duration
}

// Do acquires the lease, runs work and gives the lease back. It fails with
// history.ErrHeld (wrapped) if somebody else has it. The context of work is
// cancelled with the cause ErrLeaseLost when the lease is lost; Do returns only
// when work has returned, and then with ErrLeaseLost joined to its error.
func (h Hold) Do(ctx context.Context, work func(context.Context) error) error {
	if h.Name == "" {
		h.Name = LeaseName
	}
	if h.TTL <= 0 {
		h.TTL = DefaultTTL
	}
	if err := h.attempt(ctx, h.Leases.Acquire); err != nil {
		return fmt.Errorf("acquiring the lease %q: %w", h.Name, err)
	}
	running, cancel := context.WithCancelCause(ctx)
	beating := make(chan struct{})
	go func() {
		defer close(beating)
		h.beat(running, cancel)
	}()
	err := guarded(func() error { return work(running) })
	cancel(nil)
	<-beating
	if errors.Is(context.Cause(running), ErrLeaseLost) {
		return errors.Join(context.Cause(running), err)
	}
	// A cancelled run gives its lease back too: the next start need not wait.
	last, stop := context.WithTimeout(context.WithoutCancel(ctx), h.patience())
	defer stop()
	if released := h.Leases.Release(last, h.Name, h.Holder); released != nil {
		return errors.Join(err, fmt.Errorf("releasing the lease %q: %w", h.Name, released))
	}
	return err
}

// beat renews the lease three times in its life. After the second failure in a
// row there is no time for a third try before the lease runs out and another
// process may begin.
func (h Hold) beat(ctx context.Context, cancel context.CancelCauseFunc) {
	ticker := time.NewTicker(h.TTL / 3)
	defer ticker.Stop()
	for failures := 0; ; {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		err := h.attempt(ctx, h.Leases.Renew)
		switch {
		case ctx.Err() != nil:
			return
		case err == nil:
			failures = 0
			continue
		case !errors.Is(err, history.ErrHeld):
			if failures++; failures < 2 {
				continue
			}
		}
		cancel(fmt.Errorf("%w: %w", ErrLeaseLost, err))
		return
	}
}

// patience bounds one call to the database, so that two of them and the waiting
// between end before the lease does.
func (h Hold) patience() time.Duration { return h.TTL / 6 }

func (h Hold) attempt(ctx context.Context, call func(context.Context, string, string, time.Duration) error) error {
	ctx, stop := context.WithTimeout(ctx, h.patience())
	defer stop()
	return call(ctx, h.Name, h.Holder, h.TTL)
}

// guarded turns a panic into an error: one run that fails must not end the
// program that schedules the next.
func guarded(work func() error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("internal error: %v", p)
		}
	}()
	return work()
}

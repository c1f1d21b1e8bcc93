package notify

import (
	"context"
	"fmt"
	"time"
)

// retry says how often and how patiently a message is tried.
type retry struct {
	// attempts is how often in all, first how long before the second one; each
	// later wait is twice as long, up to most.
	attempts    int
	first, most time.Duration
	// patience is how long a receiver may ask to be left alone, budget how long
	// all of it takes at most.
	patience, budget time.Duration
	// random is between 0 and 1, so that many programs do not come at once.
	random func() float64
}

// do calls send until it succeeds, fails for good, or enough was tried.
func (r retry) do(ctx context.Context, send func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, r.budget)
	defer cancel()
	for attempt := 1; ; attempt++ {
		err := send(ctx)
		if err == nil {
			return nil
		}
		certain, after := certaintyOf(err)
		switch {
		case certain != later:
			return err
		case attempt == r.attempts:
			return fmt.Errorf("tried %d times: %w", attempt, err)
		case after > r.patience:
			return fmt.Errorf("the receiver asks to be left alone for %s: %w", after, err)
		}
		if !sleep(ctx, max(r.wait(attempt), after)) {
			return fmt.Errorf("stopped after %s: %w", plural(attempt, "attempt"), err)
		}
	}
}

// wait is the pause behind an attempt: between half and all of what doubling
// gives.
func (r retry) wait(attempt int) time.Duration {
	d := r.first
	for range attempt - 1 {
		if d *= 2; d >= r.most {
			break
		}
	}
	d = min(d, r.most)
	return d/2 + time.Duration(r.random()*float64(d/2))
}

// sleep reports whether it was not interrupted.
func sleep(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return ctx.Err() == nil
	case <-ctx.Done():
		return false
	}
}

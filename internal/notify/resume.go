package notify

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"tlsaudit/internal/history"
)

const (
	// resumeAge is how old a run may be whose message is tried again, resumeRuns how
	// many of the latest runs are looked at.
	resumeAge  = 3 * day
	resumeRuns = 50
	// firstPause is how long a message that failed is left alone by this process;
	// each later pause is twice as long, up to mostPause.
	firstPause, mostPause = 10 * time.Minute, 12 * time.Hour
	// mostFates and mostRemarks bound what is remembered. What is forgotten is asked
	// of the history again.
	mostFates, mostRemarks = 10_000, 100
)

// fate is what became of a message on a channel in this process.
type fate struct {
	// settled: nothing is to be done any more.
	settled bool
	// failures counts the tries that failed; the next one is due at a time.
	failures int
	due      time.Time
}

// due reports whether a message may be tried on a channel.
func (n *Notifier) due(c *opened, key string) bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	f := n.fates[c.name+"/"+key]
	return !f.settled && !n.parts.Now().Before(f.due)
}

// note keeps what became of a message.
func (n *Notifier) note(c *opened, key string, o Outcome) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if len(n.fates) >= mostFates {
		clear(n.fates)
	}
	f := n.fates[c.name+"/"+key]
	if f.settled = o != Failed; !f.settled {
		f.due = n.parts.Now().Add(min(firstPause<<min(f.failures, 10), mostPause))
		f.failures++
	}
	n.fates[c.name+"/"+key] = f
}

// Resume is called at the start of a program, and every few minutes: it tries
// again what certainly did not arrive, with growing pauses, and tells of runs that
// nobody told of. Those that ended before the program began are told in one message,
// so that nobody is flooded. It does nothing while somebody else sends.
func (n *Notifier) Resume(ctx context.Context) (all []Delivery, err error) {
	err = n.exclusive(ctx, func(ctx context.Context) error {
		runs, err := n.resumeRuns(ctx)
		missed, failed := n.resumeMissed(ctx)
		all = slices.Concat(runs, missed)
		return errors.Join(err, failed)
	})
	if errors.Is(err, history.ErrHeld) {
		return nil, nil
	}
	return all, err
}

func (n *Notifier) resumeRuns(ctx context.Context) (all []Delivery, err error) {
	runs, err := n.latest(ctx)
	if err != nil {
		return nil, err
	}
	if all, err = n.gatherOld(ctx, runs); err != nil {
		return all, err
	}
	var failures []error
	for i := len(runs) - 1; i >= 0; i-- { // the oldest first
		r := &runs[i]
		wanted, err := n.open(ctx, r)
		if wanted {
			var done []Delivery
			done, err = n.tell(ctx, r)
			all = append(all, done...)
		}
		failures = append(failures, err)
	}
	return all, errors.Join(failures...)
}

// latest are the runs that may be told of, the newest first.
func (n *Notifier) latest(ctx context.Context) ([]history.Run, error) {
	runs, _, err := n.parts.Source.Runs(ctx, history.Page{Limit: resumeRuns})
	if err != nil {
		return nil, fmt.Errorf("reading the latest runs: %w", err)
	}
	return runs, nil
}

// told reports whether there is something to tell about a run: one that goes on
// has to end first, and a second look is part of the run it looks at.
func told(r history.Run) bool {
	return r.State != history.Running && r.Trigger != history.TriggerRecheck
}

// open reports whether the message of a run is to be tried on some channel.
func (n *Notifier) open(ctx context.Context, r *history.Run) (bool, error) {
	if !told(*r) || n.parts.Now().Sub(endOf(r)) > resumeAge || !slices.ContainsFunc(n.channels, func(c opened) bool { return n.due(&c, keyOf(r)) }) {
		return false, nil
	}
	if n.parts.Pending == nil {
		return true, nil
	}
	pending, err := n.parts.Pending(ctx, r)
	if err != nil {
		return false, fmt.Errorf("asking whether run %s is at work: %w", r.ID, err)
	}
	return !pending, nil
}

func (n *Notifier) resumeMissed(ctx context.Context) (all []Delivery, err error) {
	n.mu.Lock()
	list := slices.SortedFunc(maps.Values(n.missed), func(a, b Missed) int { return a.Slot.Compare(b.Slot) })
	n.mu.Unlock()
	var failures []error
	for _, m := range list {
		if n.parts.Now().Sub(m.Slot) > resumeAge || !slices.ContainsFunc(n.channels, func(c opened) bool { return n.due(&c, m.key()) }) {
			continue
		}
		done, err := n.tellMissed(ctx, m)
		all, failures = append(all, done...), append(failures, err)
	}
	return all, errors.Join(failures...)
}

// endOf is when a run ended, or began if its end is not known.
func endOf(r *history.Run) time.Time {
	if r.Finished.IsZero() {
		return r.Started
	}
	return r.Finished
}

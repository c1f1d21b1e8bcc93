package main

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"tlsaudit/internal/history"
	"tlsaudit/internal/notify"
	"tlsaudit/internal/schedule"
)

const (
	// noticeLease is held by who sends messages about a history.
	noticeLease = "notify"
	// resumeEvery is how often it is looked for messages to be sent, or sent again.
	resumeEvery = 5 * time.Minute
)

// notices tells people what happened in a history.
type notices struct {
	notifier *notify.Notifier // nil if nobody is to be told
	store    *history.Store
	log      *slog.Logger
	now      func() time.Time
	// own is the run that this command is to tell of; empty in a service.
	own string
	// count counts deliveries by channel; may be nil.
	count func(channel string, err error)
}

// newNotices makes the channels of a configuration; nil is one without any.
// Pending says which runs this process is at work on, may be nil; see notify.Parts.
func (a *app) newNotices(c *notify.Config, store *history.Store, o notify.Outlook, log *slog.Logger, pending func(context.Context, *history.Run) (bool, error)) (*notices, error) {
	n := &notices{store: store, log: log, now: a.now}
	if c == nil {
		return n, nil
	}
	own := pending
	pending = func(ctx context.Context, r *history.Run) (bool, error) {
		if looked, err := n.lookedAt(ctx, r); looked || err != nil || own == nil {
			return looked, err
		}
		return own(ctx, r)
	}
	var err error
	n.notifier, err = notify.New(c, notify.Parts{Source: store, Claims: store, Outlook: o, Alone: n.alone, Pending: pending, Now: a.now, Getenv: a.getenv})
	return n, err
}

// alone sends while nobody else does.
func (n *notices) alone(ctx context.Context, work func(context.Context) error) error {
	return schedule.Hold{Leases: n.store, Name: noticeLease, Holder: history.NewHolder()}.Do(ctx, work)
}

// finished tells of a run that has ended. What could not be sent before is tried
// behind it: a receiver that is away does not hold up the news for the others.
func (n *notices) finished(ctx context.Context, run string, remarks ...string) {
	if n.notifier == nil {
		return
	}
	n.report(n.notifier.Finished(ctx, run, remarks...))
	n.resume(ctx)
}

// missed tells that a run did not happen, or not to its end.
func (n *notices) missed(ctx context.Context, m *schedule.Miss) {
	if n.notifier == nil {
		return
	}
	told := notify.Missed{Schedule: string(m.Schedule.Name), Slot: m.Slot, Due: m.Due, Slots: m.Slots, GivenUp: m.GivenUp, Why: m.Why}
	if runs, _, err := n.store.Runs(ctx, history.Page{Limit: 50}); err == nil {
		for i := range runs {
			if runs[i].State == history.Complete && runs[i].Trigger != history.TriggerRecheck {
				told.Last = &runs[i]
				break
			}
		}
	}
	n.report(n.notifier.Missed(ctx, told))
}

// resume tells what could not be told, and of runs that nobody told of.
func (n *notices) resume(ctx context.Context) {
	if n.notifier != nil && ctx.Err() == nil {
		n.report(n.notifier.Resume(ctx))
	}
}

// keepUp resumes until the context ends.
func (n *notices) keepUp(ctx context.Context) {
	ticker := time.NewTicker(resumeEvery)
	defer ticker.Stop()
	for {
		n.resume(ctx)
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
	}
}

// report logs and counts what became of messages.
func (n *notices) report(deliveries []notify.Delivery, err error) {
	if err != nil {
		n.log.Error("messages could not be sent", "error", oneLine(err))
	}
	for _, d := range deliveries {
		var fault error
		switch d.Outcome {
		case notify.Skipped:
			n.log.Debug("no message", "channel", d.Channel, "why", d.Why)
			continue
		case notify.Sent:
			n.log.Info("a message was sent", "channel", d.Channel)
		default:
			fault = errors.New(d.Why)
			n.log.Error("a message was not sent, or nobody knows", "channel", d.Channel, "outcome", string(d.Outcome), "why", d.Why)
		}
		if n.count != nil {
			n.count(d.Channel, fault)
		}
	}
}

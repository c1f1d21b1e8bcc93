package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strconv"
	"sync"
	"time"

	"tlsaudit/internal/history"
	"tlsaudit/internal/notify"
)

// notices tells people what happened.
type notices struct {
	notifier *notify.Notifier // nil if nobody is to be told
	source   *checkedHistory
	log      *slog.Logger
	// count counts deliveries by channel; may be nil.
	count func(channel string, err error)
}

// newNotices makes the channels of the configuration.
func (s *service) newNotices() (*notices, error) {
	n := &notices{source: &checkedHistory{Store: s.store, told: map[string][]history.Change{}}, log: s.log}
	if s.set.notify == nil {
		return n, nil
	}
	var err error
	n.notifier, err = notify.New(s.set.notify, notify.Parts{Source: n.source, Claims: s.store, Outlook: ahead{s.outlook}, Now: s.app.now, Getenv: s.app.getenv})
	return n, err
}

// finished tells of a run that has ended.
func (n *notices) finished(ctx context.Context, run string) {
	if n.notifier == nil {
		return
	}
	n.report(n.notifier.Finished(ctx, run))
}

// missed tells that a run did not happen.
func (n *notices) missed(ctx context.Context, schedule string, slot time.Time, why string) {
	if n.notifier == nil {
		return
	}
	m := notify.Missed{Schedule: schedule, Slot: slot, Why: why}
	if runs, _, err := n.source.Runs(ctx, history.Page{Limit: 50}); err == nil {
		for i := range runs {
			if runs[i].State == history.Complete {
				m.Last = &runs[i]
				break
			}
		}
	}
	n.report(n.notifier.Missed(ctx, m))
}

// resume tells what could not be told before the program was started.
func (n *notices) resume(ctx context.Context) {
	if n.notifier == nil {
		return
	}
	n.report(n.notifier.Resume(ctx))
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

// checkedHistory is a history whose latest changes have been looked at twice: of
// those runs it tells what is left of them.
type checkedHistory struct {
	*history.Store

	mu   sync.Mutex // guards told
	told map[string][]history.Change
}

// tell notes what is left of the changes of a run. Only that of the latest one is
// kept: what was not told by then is told as the history has it.
func (c *checkedHistory) tell(run string, changes []history.Change) {
	c.mu.Lock()
	defer c.mu.Unlock()
	clear(c.told)
	c.told[run] = changes
}

// Changes hides that of history.Store.
func (c *checkedHistory) Changes(ctx context.Context, run string, p history.Page) ([]history.Change, string, error) {
	c.mu.Lock()
	list, ok := c.told[run]
	c.mu.Unlock()
	if !ok {
		return c.Store.Changes(ctx, run, p)
	}
	from := 0
	if p.After != "" {
		var err error
		if from, err = strconv.Atoi(p.After); err != nil || from < 0 || from > len(list) {
			return nil, "", fmt.Errorf("%q is no place in the changes of run %s", p.After, run)
		}
	}
	to := len(list)
	if p.Limit > 0 {
		to = min(to, from+p.Limit)
	}
	if to < len(list) {
		return list[from:to], strconv.Itoa(to), nil
	}
	return list[from:to], "", nil
}

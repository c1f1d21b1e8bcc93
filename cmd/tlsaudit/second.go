package main

import (
	"context"
	"fmt"
	"log/slog"
	"net/netip"
	"time"

	"tlsaudit/audit"
	"tlsaudit/internal/history"
	"tlsaudit/internal/schedule"
)

// teller tells of runs that are done, behind a second look at their bad news,
// whatever began them.
type teller struct {
	store   *history.Store
	notices *notices
	log     *slog.Logger
	// look makes the audit of a second look, and returns its error or the cause of
	// the end of its context.
	look func(context.Context, order) error
}

// life is what happens when an audit is done.
func (t *teller) life() schedule.Lifecycle {
	return schedule.Lifecycle{Changes: t.changes, Again: t.again, Notify: t.notify}
}

// tell tells of a run that no schedule began. One that was broken off is told as
// far as it got.
func (t *teller) tell(ctx context.Context, id string) error {
	if t.notices.notifier == nil {
		return nil // there is nobody to look a second time for
	}
	run, err := t.store.Run(context.WithoutCancel(ctx), id)
	if err != nil {
		return err
	}
	if run.State != history.Complete {
		ctx, stop := schedule.LastWords(ctx)
		defer stop()
		t.notices.finished(ctx, id)
		return nil
	}
	return t.life().Tell(ctx, schedule.Unscheduled(run), run)
}

// changes reads all changes of a run.
func (t *teller) changes(ctx context.Context, run *history.Run) (list []history.Change, err error) {
	page := history.Page{Limit: 500}
	for {
		some, next, err := t.store.Changes(ctx, run.ID, page)
		if err != nil {
			return nil, err
		}
		if list = append(list, some...); next == "" || len(list) >= maxChanges {
			return list, nil
		}
		page.After = next
	}
}

// maxChanges bounds the changes of a run that are looked at.
const maxChanges = 100_000

// again audits subjects of a run once more, as a run of its own.
func (t *teller) again(ctx context.Context, job schedule.Job, run *history.Run, subjects []string) (looked int, err error) {
	name := string(job.Schedule.Name)
	if earlier, err := t.done(ctx, history.TriggerRecheck, name, job.Slot); earlier != nil || err != nil {
		return 0, err // by who was stopped before it was told
	}
	picks, looked, err := t.sourcesOf(ctx, run.ID, subjects)
	if err != nil || looked == 0 {
		return 0, err
	}
	by := startedBy{trigger: history.TriggerRecheck, schedule: name, slot: job.Slot, part: run.Part}
	if err := t.look(ctx, order{by: by, depth: job.Schedule.Depth, kept: true, anew: true, hooks: runHooks{picks: picks}}); err != nil {
		return 0, err
	}
	return looked, nil
}

// done returns the complete run of a slot, nil if there is none among the latest.
func (t *teller) done(ctx context.Context, trigger, name string, slot time.Time) (*history.Run, error) {
	return newestOf(ctx, t.store, func(r *history.Run) bool {
		return r.Trigger == trigger && r.Schedule == name && r.Slot.Equal(slot) && r.State == history.Complete
	})
}

// newestOf returns the newest of the latest runs that is wanted, nil if none is.
func newestOf(ctx context.Context, store *history.Store, wanted func(*history.Run) bool) (*history.Run, error) {
	runs, _, err := store.Runs(ctx, history.Page{Limit: 100})
	if err != nil {
		return nil, fmt.Errorf("reading the latest runs: %w", err)
	}
	for i := range runs {
		if wanted(&runs[i]) {
			return &runs[i], nil
		}
	}
	return nil, nil
}

// sourcesOf picks the targets of the inventory that subjects of a run came from,
// and counts the subjects that came from one: what the audit made a target of each
// address of, and the domain a mail host was found by. A file stays what it is.
func (t *teller) sourcesOf(ctx context.Context, run string, subjects []string) (picks func(*audit.Target) bool, count int, err error) {
	sources := map[string]bool{}
	for _, subject := range subjects {
		record, err := t.store.Record(ctx, run, subject)
		if err != nil {
			return nil, 0, fmt.Errorf("reading what was seen of %s: %w", subject, err)
		}
		if !record.Evidence.Endpoint() {
			continue
		}
		count++
		sources[subject] = true
		if o := record.Evidence.Observed; o != nil {
			name := o.Target
			name.IP = netip.Addr{}
			sources[name.Subject()] = true
			for _, domain := range o.Target.Domains {
				sources[audit.ProtocolMX+" "+domain] = true
			}
		}
	}
	return func(t *audit.Target) bool {
		return sources[t.Subject()] || t.IsDomain() && sources[audit.ProtocolMX+" "+t.Host]
	}, count, nil
}

// notify tells of a run, and of the second look at it.
func (t *teller) notify(ctx context.Context, job schedule.Job, run *history.Run, looked schedule.Rechecked) error {
	var remarks []string
	if looked.Err != nil {
		t.log.Warn("the bad news could not be looked at a second time", "run", run.ID, "error", oneLine(looked.Err))
		remarks = append(remarks, "The bad news could not be looked at a second time: "+oneLine(looked.Err))
	}
	if looked.Left > 0 {
		remarks = append(remarks, fmt.Sprintf("Endpoints with bad news that were not looked at a second time, as they are more than %d: %d.", job.Schedule.RecheckMost(), looked.Left))
	}
	t.notices.finished(ctx, run.ID, remarks...)
	return nil
}

// lookTime is how long a second look that goes on, and who is to tell of a run, are
// waited for by others.
const lookTime = time.Hour

// tellingKey and toldKey are claimed by a command that is to tell of its run, before
// that ends and when it was told.
const tellingKey, toldKey = "telling/", "/told"

// lookedAt reports whether somebody, also in another process, is looking at a run
// a second time or is about to, and will tell of it. One who died at it is not
// waited for long.
func (n *notices) lookedAt(ctx context.Context, first *history.Run) (bool, error) {
	if first.State == history.Complete && first.ID != n.own && n.now().Sub(first.Finished) < lookTime {
		keys, err := n.store.Claimed(ctx, tellingKey+first.ID)
		if err != nil || len(keys) == 1 {
			return err == nil, err
		}
	}
	look, err := newestOf(ctx, n.store, func(r *history.Run) bool { return r.State == history.Running && r.LooksAt(first) })
	return look != nil && n.now().Sub(look.Started) < lookTime, err
}

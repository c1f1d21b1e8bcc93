package main

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"time"

	"tlsaudit/audit"
	"tlsaudit/internal/dashboard"
	"tlsaudit/internal/history"
	"tlsaudit/internal/metrics"
	"tlsaudit/internal/schedule"
)

// planned are the audits that begin by themselves.
type planned struct {
	service *service
	runner  *schedule.Runner // nil if there are none
}

// newPlan makes the runner of the schedules.
func (s *service) newPlan() *planned {
	p := &planned{service: s}
	if len(s.set.schedules) == 0 {
		return p
	}
	p.runner = &schedule.Runner{
		Schedules: s.set.schedules, Clock: s.app.now, Leases: s.store, Slots: s.store, Holder: history.NewHolder(),
		Audit: p.life().Do, Missed: p.missed, Log: s.log,
	}
	return p
}

// life is what happens in the run of a slot.
func (p *planned) life() schedule.Lifecycle {
	return schedule.Lifecycle{Audit: p.audit, Changes: p.service.changes, Again: p.again, Notify: p.notify}
}

// audit makes the run of a slot.
func (p *planned) audit(ctx context.Context, job schedule.Job) (*history.Run, error) {
	s, name := p.service, string(job.Schedule.Name)
	if job.Attempt > 1 {
		if run, err := p.done(ctx, "schedule", name, job.Slot); run != nil || err != nil {
			return run, err
		}
	}
	id := ""
	hooks, ended := s.audits.watching(func(run string) { id = run })
	hooks.picks = picksOf(&job.Schedule)
	err := s.audit(ctx, order{by: startedBy{trigger: "schedule", schedule: name, slot: job.Slot}, depth: job.Schedule.Depth, kept: true, hooks: hooks})
	if ctx.Err() != nil {
		err = context.Cause(ctx)
	}
	ended(err)
	return p.outcome(ctx, id, err)
}

// outcome is the run of an audit that ended with an error or without: one that
// is complete is told of whatever came behind it. That one was broken off is told
// at once; if the program was told to stop, the next start goes on with it.
func (p *planned) outcome(ctx context.Context, id string, err error) (*history.Run, error) {
	if id == "" {
		return nil, err
	}
	run, unread := p.service.store.Run(context.WithoutCancel(ctx), id)
	switch {
	case unread != nil:
		return nil, errors.Join(err, unread)
	case run.State == history.Complete:
		if err != nil {
			p.service.log.Warn("the run is kept, and ended with an error", "run", id, "error", oneLine(err))
		}
		return run, nil
	case ctx.Err() == nil:
		p.service.notices.finished(ctx, id)
	}
	if err == nil {
		err = errors.New("it did not come to its end: " + run.Why)
	}
	return nil, err
}

// picksOf picks the targets of a schedule; nil for all.
func picksOf(s *schedule.Schedule) func(*audit.Target) bool {
	if s.All() {
		return nil
	}
	return func(t *audit.Target) bool { return s.Picks(t.System, t.Subject(), t.Labels) }
}

// done returns the complete run of a slot, nil if there is none among the latest.
func (p *planned) done(ctx context.Context, trigger, name string, slot time.Time) (*history.Run, error) {
	runs, _, err := p.service.store.Runs(ctx, history.Page{Limit: 100})
	if err != nil {
		return nil, fmt.Errorf("looking for the run of %s: %w", slot.Format(time.RFC3339), err)
	}
	for i := range runs {
		if r := &runs[i]; r.Trigger == trigger && r.Schedule == name && r.Slot.Equal(slot) && r.State == history.Complete {
			return r, nil
		}
	}
	return nil, nil
}

// again audits subjects of a run once more, as a run of its own.
func (p *planned) again(ctx context.Context, job schedule.Job, run *history.Run, subjects []string) (looked int, err error) {
	s, name := p.service, string(job.Schedule.Name)
	if earlier, err := p.done(ctx, history.TriggerRecheck, name, job.Slot); earlier != nil || err != nil {
		return 0, err // by who was stopped before it was told
	}
	picks, looked, err := s.sourcesOf(ctx, run.ID, subjects)
	if err != nil || looked == 0 {
		return 0, err
	}
	hooks, ended := s.audits.watching(nil)
	hooks.picks = picks
	by := startedBy{trigger: history.TriggerRecheck, schedule: name, slot: job.Slot}
	err = s.audit(ctx, order{by: by, depth: job.Schedule.Depth, kept: true, anew: true, hooks: hooks})
	if ctx.Err() != nil {
		err = context.Cause(ctx)
	}
	if ended(err); err != nil {
		return 0, err
	}
	return looked, nil
}

// sourcesOf picks the targets of the inventory that subjects of a run came from,
// and counts the subjects that came from one: what the audit made a target of each
// address of, and the domain a mail host was found by. A file stays what it is.
func (s *service) sourcesOf(ctx context.Context, run string, subjects []string) (picks func(*audit.Target) bool, count int, err error) {
	sources := map[string]bool{}
	for _, subject := range subjects {
		record, err := s.store.Record(ctx, run, subject)
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

// notify tells of a run.
func (p *planned) notify(ctx context.Context, job schedule.Job, run *history.Run, looked schedule.Rechecked) error {
	var remarks []string
	if looked.Err != nil {
		p.service.log.Warn("the bad news could not be looked at a second time", "run", run.ID, "error", oneLine(looked.Err))
		remarks = append(remarks, "The bad news could not be looked at a second time: "+oneLine(looked.Err))
	}
	if looked.Left > 0 {
		remarks = append(remarks, fmt.Sprintf("Endpoints with bad news that were not looked at a second time, as they are more than %d: %d.", job.Schedule.RecheckMost(), looked.Left))
	}
	p.service.notices.finished(ctx, run.ID, remarks...)
	return nil
}

// missed tells of a run that did not begin in time, without holding up the rest.
func (p *planned) missed(ctx context.Context, m schedule.Miss) {
	p.service.tasks.Go(func() { p.service.notices.missed(ctx, &m) })
}

// pending reports whether a run is to be told of by who is at work on it.
func (p *planned) pending(ctx context.Context, r *history.Run) (bool, error) {
	if p.runner == nil || r.Trigger != "schedule" {
		return false, nil
	}
	return p.runner.Pending(ctx, r.Schedule, r.Slot)
}

// changes reads all changes of a run.
func (s *service) changes(ctx context.Context, run *history.Run) (list []history.Change, err error) {
	page := history.Page{Limit: 500}
	for {
		some, next, err := s.store.Changes(ctx, run.ID, page)
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

// describe says what begins when, for whoever started the program.
func (p *planned) describe() (lines []string) {
	if p.runner == nil {
		return []string{`no audit begins by itself: --schedule "0 3 * * *" --zone Europe/Berlin begins one every night`}
	}
	for _, st := range p.runner.Status() {
		next := "never"
		if !st.Due.IsZero() {
			next = st.Due.In(st.Schedule.Zone.Location()).Format("Mon 2 Jan 2006 15:04:05 MST")
		}
		lines = append(lines, fmt.Sprintf("schedule %s: %s, next %s", st.Schedule.Name, st.Schedule.Cron, next))
	}
	return lines
}

// forPages lists the schedules for the dashboard.
func (p *planned) forPages(context.Context) (list []dashboard.Schedule, err error) {
	for _, st := range p.runner.Status() {
		list = append(list, dashboard.Schedule{Name: string(st.Schedule.Name), Spec: fmt.Sprintf("%s (%s)", st.Schedule.Cron, st.Schedule.Zone.Location()), Next: st.Due})
	}
	return list, nil
}

// forMetrics lists the schedules for /metrics.
func (p *planned) forMetrics() (list []metrics.Schedule) {
	for _, st := range p.runner.Status() {
		list = append(list, metrics.Schedule{Name: string(st.Schedule.Name), Next: st.Due, Last: st.Last})
	}
	return list
}

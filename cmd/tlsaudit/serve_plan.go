package main

import (
	"context"
	"errors"
	"fmt"

	"tlsaudit/audit"
	"tlsaudit/internal/dashboard"
	"tlsaudit/internal/history"
	"tlsaudit/internal/metrics"
	"tlsaudit/internal/schedule"
)

// planned are the audits that begin by themselves.
type planned struct {
	*teller
	service *service
	runner  *schedule.Runner // nil if there are none
}

// newPlan makes the runner of the schedules.
func (s *service) newPlan() *planned {
	p := &planned{service: s, teller: s.teller()}
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
	l := p.teller.life()
	l.Audit = p.audit
	return l
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

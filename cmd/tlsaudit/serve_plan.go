package main

import (
	"context"
	"fmt"
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
	life := schedule.Lifecycle{Audit: p.audit, Changes: s.changes, Again: p.again, Notify: p.notify}
	p.runner = &schedule.Runner{
		Schedules: s.set.schedules, Clock: s.app.now, Leases: s.store, Slots: s.store, Holder: history.NewHolder(),
		Audit: life.Do, Missed: p.missed, Log: s.log,
	}
	return p
}

// audit makes the run of a slot.
func (p *planned) audit(ctx context.Context, job schedule.Job) (*history.Run, error) {
	s, name := p.service, string(job.Schedule.Name)
	if job.Attempt > 1 {
		if run, err := p.done(ctx, name, job.Slot); run != nil || err != nil {
			return run, err
		}
	}
	id := ""
	hooks, ended := s.audits.watching(func(run string) { id = run })
	if !job.Schedule.All() {
		hooks.picks = func(t *audit.Target) bool { return job.Schedule.Picks(t.System, t.Subject(), t.Labels) }
	}
	err := s.wait(ctx, order{by: startedBy{trigger: "schedule", schedule: name, slot: job.Slot}, depth: job.Schedule.Depth, kept: true, hooks: hooks})
	if ctx.Err() != nil {
		err = context.Cause(ctx)
	}
	ended(err)
	if err != nil {
		if id == "" && ctx.Err() == nil {
			s.notices.missed(ctx, name, job.Slot, "it could not begin: "+oneLine(err))
		}
		return nil, err
	}
	return s.store.Run(ctx, id)
}

// done returns the complete run of a slot, nil if there is none among the latest.
func (p *planned) done(ctx context.Context, name string, slot time.Time) (*history.Run, error) {
	runs, _, err := p.service.store.Runs(ctx, history.Page{Limit: 100})
	if err != nil {
		return nil, fmt.Errorf("looking for the run of %s: %w", slot.Format(time.RFC3339), err)
	}
	for i := range runs {
		if r := &runs[i]; r.Schedule == name && r.Slot.Equal(slot) && r.State == history.Complete {
			return r, nil
		}
	}
	return nil, nil
}

// again looks at subjects once more; nothing is kept of it.
func (p *planned) again(ctx context.Context, subjects []string) (records []*audit.Record, err error) {
	wanted := map[string]bool{}
	for _, subject := range subjects {
		wanted[subject] = true
	}
	hooks := runHooks{
		picks: func(t *audit.Target) bool { return wanted[t.Subject()] },
		judged: func(r *audit.Report) error {
			for record, err := range r.Records.BySubject() {
				if err != nil {
					return err
				}
				if wanted[record.Evidence.Subject] {
					records = append(records, record)
				}
			}
			return nil
		},
	}
	err = p.service.audit(ctx, order{hooks: hooks})
	return records, err
}

// notify tells of a run.
func (p *planned) notify(ctx context.Context, _ schedule.Job, run *history.Run, checked *schedule.Rechecked, err error) error {
	if err != nil {
		p.service.log.Warn("what changed could not be looked at a second time", "run", run.ID, "error", oneLine(err))
	}
	if n := len(checked.Vanished); n > 0 {
		p.service.log.Info("changes were gone when looked at a second time, and are not told of", "run", run.ID, "changes", n)
	}
	p.service.notices.source.tell(run.ID, checked.Notify)
	p.service.notices.finished(ctx, run.ID)
	return nil
}

// missed tells of a run that did not begin in time, without holding up the rest.
func (p *planned) missed(ctx context.Context, m schedule.Miss) {
	p.service.tasks.Go(func() { p.service.notices.missed(ctx, string(m.Schedule.Name), m.Slot, m.Why) })
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

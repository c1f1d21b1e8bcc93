package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"runtime/debug"
	"strings"
	"sync"

	"tlsaudit/audit"
	"tlsaudit/internal/dashboard"
	"tlsaudit/internal/engine"
	"tlsaudit/internal/history"
)

// order is an audit that the service makes.
type order struct {
	by    startedBy
	depth string
	// kept says that it is a run of the history; else nothing is left of it.
	kept bool
	// anew says that nothing an earlier run has seen is taken.
	anew  bool
	hooks runHooks
}

// within makes an audit inside the program, as the command does, without its
// output. The error is nil also if the context ended: then the run is kept as far as
// it got.
func (a *app) within(ctx context.Context, log *slog.Logger, f auditFlags, db string, args []string, o order) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("internal error: %v", p)
			log.Error("an audit failed", "error", err, "stack", string(debug.Stack()))
		}
	}()
	f.hooks, f.started, f.noResume = o.hooks, o.by, o.anew
	if o.depth != "" {
		f.depth = o.depth
	}
	own := *a
	own.stdout = io.Discard
	if f.db = db; !o.kept {
		f.db = ""
		own.getenv = func(name string) string {
			if name == databaseVariable {
				return ""
			}
			return a.getenv(name)
		}
	}
	return own.audit(ctx, f, args)
}

// audit makes an audit of the service.
func (s *service) audit(ctx context.Context, o order) error {
	own := *s.app
	own.stdin = strings.NewReader("")
	return own.within(ctx, s.log, s.set.audit, s.set.db, s.set.args, o)
}

// teller tells of the runs of the service; the pages show how far a second look is.
func (s *service) teller() *teller {
	return &teller{store: s.store, notices: s.notices, log: s.log, look: func(ctx context.Context, o order) error {
		hooks, ended := s.audits.watching(nil)
		hooks.picks = o.hooks.picks
		o.hooks = hooks
		err := s.audit(ctx, o)
		if ctx.Err() != nil {
			err = context.Cause(ctx)
		}
		ended(err)
		return err
	}}
}

// rehearse reads all an audit is made of, and stops before it begins.
func (s *service) rehearse() error {
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	if len(s.set.args)+len(s.set.audit.inventories) == 0 {
		if len(s.set.schedules) > 0 {
			return usageError("there is a schedule and nothing to audit", "name an inventory: -i inventory.yaml, or a target")
		}
		return nil // it only shows the history
	}
	ready := errors.New("everything was read")
	read := func(picks func(*audit.Target) bool) error {
		err := s.audit(ctx, order{hooks: runHooks{picks: picks, before: func(int) error { return ready }}})
		if errors.Is(err, ready) {
			return nil
		}
		return err
	}
	if err := read(nil); err != nil {
		return err
	}
	for i := range s.set.schedules {
		one := &s.set.schedules[i]
		if one.All() {
			continue
		}
		err := read(picksOf(one))
		if errors.Is(err, errNothingPicked) {
			return &audit.InputError{Place: one.Place, Cause: "schedule " + string(one.Name) + ": no target of the inventory is among those it picks", Hint: pickHint, Err: errNothingPicked}
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// runHooks watch an audit that is made inside the program. The zero value does
// nothing.
type runHooks struct {
	// picks, if set, leaves out targets.
	picks func(*audit.Target) bool
	// before is called when everything has been read, with the number of targets.
	before func(total int) error
	// began is called with the run in the history.
	began func(run string, total int)
	// progress is called as it goes on, judged with the report at its end.
	progress func(engine.Progress)
	judged   func(*audit.Report) error
}

var errNothingPicked = errors.New("nothing to audit: no target of the inventory is among those picked")

const pickHint = "look at the names under systems:, targets: and labels:; an asterisk stands for any text, and a target is picked as it is written in a report, such as https://*.example.com:443"

// pick leaves out of a source what is not wanted.
func (h *runHooks) pick(s *source) error {
	if h.picks != nil && s.targets != nil {
		all := s.targets
		s.targets = func(yield func(audit.Target, error) bool) {
			for t, err := range all {
				if (err != nil || h.picks(&t)) && !yield(t, err) {
					return
				}
			}
		}
		s.count = 0
		for t, err := range all {
			switch {
			case err != nil:
				return err
			case h.picks(&t):
				s.count++
				continue
			case s.leftOut == nil:
				s.leftOut = &history.LeftOut{}
			}
			s.leftOut.Add(&t)
		}
		if s.count == 0 {
			return withCode(exitNothing, &audit.InputError{Cause: errNothingPicked.Error(), Hint: pickHint, Err: errNothingPicked})
		}
	}
	if h.before != nil {
		return h.before(s.count)
	}
	return nil
}

// begin tells of the run of a recording; there may be none.
func (h *runHooks) begin(r *recording, total int) {
	if h.began != nil && r != nil {
		h.began(r.id, total)
	}
}

// beside returns what is told of progress.
func (h *runHooks) beside(show func(engine.Progress)) func(engine.Progress) {
	if h.progress == nil {
		return show
	}
	return func(at engine.Progress) {
		show(at)
		h.progress(at)
	}
}

// judge shows the report while its records can be read.
func (h *runHooks) judge(r *audit.Report) error {
	if h.judged == nil {
		return nil
	}
	return h.judged(r)
}

// audits starts the audits operators ask for, and knows how far they are.
type audits struct {
	service *service
	// live is the context of the service.
	live context.Context

	mu   sync.Mutex // guards what follows
	busy bool
	// untold are the runs that are to be told of, behind a second look.
	untold map[string]bool
	known  map[string]*dashboard.Progress
	order  []string // the runs in known, the oldest first
}

// maxKnown bounds the runs whose progress is remembered.
const maxKnown = 20

// watching returns the hooks that note progress.
func (a *audits) watching(began func(run string)) (hooks runHooks, ended func(err error)) {
	var p *dashboard.Progress
	hooks.began = func(run string, total int) {
		a.mu.Lock()
		p = &dashboard.Progress{Run: run, State: history.Running, Total: total, Started: a.service.app.now()}
		if len(a.order) == maxKnown {
			delete(a.known, a.order[0])
			a.order = a.order[1:]
		}
		a.known[run], a.order = p, append(a.order, run)
		a.mu.Unlock()
		if began != nil {
			began(run)
		}
	}
	hooks.progress = func(at engine.Progress) {
		a.mu.Lock()
		defer a.mu.Unlock()
		if p != nil {
			p.Done, p.Unreachable = at.Done, at.Unreachable
		}
	}
	return hooks, func(err error) {
		defer a.service.outlook.renew(a.live)
		a.mu.Lock()
		defer a.mu.Unlock()
		if p == nil {
			return
		}
		if p.State = history.Complete; err != nil {
			p.State, p.Note = history.Incomplete, oneLine(err)
		}
	}
}

// Start implements dashboard.Auditor.
func (a *audits) Start(ctx context.Context, r dashboard.AuditRequest) (string, error) {
	a.mu.Lock()
	if a.busy || a.live.Err() != nil {
		a.mu.Unlock()
		return "", dashboard.ErrBusy
	}
	a.busy = true
	a.mu.Unlock()
	begun, failed := make(chan string, 1), make(chan error, 1)
	hooks, ended := a.watching(func(run string) {
		a.mu.Lock()
		a.untold[run] = true
		a.mu.Unlock()
		begun <- run
	})
	if r.System != "" {
		hooks.picks = func(t *audit.Target) bool { return t.System == r.System }
	}
	a.service.tasks.Go(func() {
		err := a.service.audit(a.live, order{by: startedBy{trigger: "operator", actor: r.By}, depth: r.Depth, kept: true, hooks: hooks})
		a.mu.Lock()
		a.busy = false
		a.mu.Unlock()
		if err == nil {
			err = context.Cause(a.live)
		}
		ended(err)
		select {
		case run := <-begun:
			begun <- run
			a.tell(run)
		default:
		}
		failed <- err
	})
	select {
	case run := <-begun:
		begun <- run
		return run, nil
	case err := <-failed:
		if errors.Is(err, history.ErrHeld) {
			err = errors.Join(dashboard.ErrBusy, err)
		}
		return "", err
	case <-ctx.Done():
		return "", ctx.Err()
	}
}

// tell tells of a run that is done, behind a second look at it.
func (a *audits) tell(run string) {
	if err := a.service.teller().tell(a.live, run); err != nil {
		a.service.log.Error("a run could not be told of", "run", run, "error", oneLine(err))
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	delete(a.untold, run)
}

// pending reports whether a run is about to be told of.
func (a *audits) pending(run string) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.untold[run]
}

// Progress implements dashboard.Auditor.
func (a *audits) Progress(_ context.Context, run string) (*dashboard.Progress, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if p := a.known[run]; p != nil {
		now := *p
		return &now, nil
	}
	return nil, history.ErrNotFound
}

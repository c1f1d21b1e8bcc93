package engine

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"sync"

	"golang.org/x/sync/errgroup"

	"tlsaudit/audit"
)

// work is the state of a run in progress.
type work struct {
	run   *Run
	bench *bench
	heads *heads
	spool *spool
	seen  map[string]bool // touched by the goroutine that feeds alone
	lines sync.Pool       // of *line: they are large, and one is needed for each endpoint

	mu    sync.Mutex // guards what follows
	tally tally
	// cut counts the endpoints that the end of ctx overtook.
	cut int
	// failed is the first fault of the spool, which ends the run.
	failed error
}

func newWork(r *Run, s *spool) *work {
	return &work{
		run: r, bench: r.Judge.ready(), heads: s.heads, spool: s, seen: map[string]bool{}, tally: newTally(),
		lines: sync.Pool{New: func() any { return new(line) }},
	}
}

// scan feeds targets to a bounded pool and waits for it. The group does not
// cancel on errors by itself: one endpoint must not end the run.
func (w *work) scan(parent context.Context) error {
	ctx, cancel := context.WithCancel(parent)
	defer cancel()
	var pool errgroup.Group
	pool.SetLimit(w.run.limit())
	var fault error
	for target, err := range w.run.Targets {
		if err != nil {
			fault = err
			cancel()
			break
		}
		subject := target.Subject()
		if w.seen[subject] {
			continue
		}
		w.seen[subject] = true
		if ctx.Err() != nil {
			w.note(func() { w.cut++ })
			break
		}
		pool.Go(func() error {
			if ctx.Err() != nil {
				w.note(func() { w.cut++ })
				return nil
			}
			o := attempt(ctx, w.run.Scan, target)
			if ctx.Err() != nil {
				o.Interrupted = true
				w.note(func() { w.cut++ })
			}
			w.keep(w.run.Nodes.add(subject, o), cancel)
			return nil
		})
	}
	_ = pool.Wait() // never an error: they are kept in work
	w.keep(w.run.Nodes.rest(), cancel)
	return fault
}

// keep judges and stores observations.
func (w *work) keep(list []*audit.Observation, cancel context.CancelFunc) {
	for _, o := range list {
		w.end(w.endpoint(o.Target.Subject(), audit.Stored{Observed: o}), cancel)
	}
}

// rejudge feeds stored observations to a pool. A fault in what is read says
// nothing about what was read before, so that the judging goes on to its end.
func (w *work) rejudge(parent context.Context) error {
	ctx, cancel := context.WithCancel(parent)
	defer cancel()
	var pool errgroup.Group
	pool.SetLimit(w.run.limit())
	var fault error
	for stored, err := range w.run.Evidence {
		if err != nil {
			fault = err
			break
		}
		subject := stored.Observed.Target.Subject()
		if w.seen[subject] {
			fault = &audit.InputError{Cause: fmt.Sprintf("there is evidence of %q twice", subject), Hint: "judge the reports one at a time"}
			break
		}
		w.seen[subject] = true
		if ctx.Err() != nil {
			w.note(func() { w.cut++ })
			break
		}
		pool.Go(func() error {
			w.end(w.endpoint(subject, stored), cancel)
			return nil
		})
	}
	_ = pool.Wait() // never an error: they are kept in work
	return fault
}

// end stops the run when a record could not be kept.
func (w *work) end(err error, cancel context.CancelFunc) {
	if err != nil {
		w.note(func() { w.failed = cmp.Or(w.failed, err) })
		cancel()
	}
}

// endpoint judges and stores one observation.
func (w *work) endpoint(subject string, seen audit.Stored) error {
	l := w.lines.Get().(*line)
	defer w.lines.Put(l)
	o := seen.Observed
	findings := w.bench.findings(o)
	e := audit.Evidence{Subject: subject, Observed: o}
	e.Declared, findings = w.bench.join(o, seen.Declared, findings)
	if seen.Text != nil {
		l.text(seen.Text)
	} else if err := l.evidence(&e); err != nil {
		// what cannot be kept was not seen; the other endpoints go on
		o = &audit.Observation{Target: o.Target, Reach: audit.ReachUnknown, Reason: "internal error: the record could not be kept: " + err.Error()}
		findings = w.bench.findings(o)
		e.Observed, e.Declared = o, nil
		if err := l.evidence(&e); err != nil {
			return err
		}
	}
	w.bench.mark(subject, o, findings)
	if err := l.rest(w.heads.shorten(&e, findings, w.bench.whatIf(o))); err != nil {
		return fmt.Errorf("encoding the record of %s: %w", subject, err)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if err := w.spool.add(subject, l, findings); err != nil {
		return err
	}
	w.tally.endpoint(o, findings)
	if w.run.Progress != nil {
		w.run.Progress(Progress{Done: w.tally.Subjects, Unknown: w.tally.Unknown, Unreachable: w.tally.unreachable})
	}
	return nil
}

// row stores a record that was judged elsewhere; the caller holds mu.
func (w *work) row(r *audit.Record) error {
	subject := r.Evidence.Subject
	if w.seen[subject] {
		return fmt.Errorf("internal error: two records of %s", subject)
	}
	w.seen[subject] = true
	findings := slices.Clone(r.Findings)
	for i := range findings {
		f := &findings[i]
		f.Fingerprint = audit.FindingFingerprint(f.Profile, f.Rule, f.Subject)
	}
	sortFindings(findings)
	w.bench.mark(subject, nil, findings)
	l := new(line)
	if err := l.evidence(&r.Evidence); err != nil {
		return err
	}
	if err := l.rest(w.heads.shorten(&r.Evidence, findings, nil)); err != nil {
		return fmt.Errorf("encoding the record of %s: %w", subject, err)
	}
	if err := w.spool.add(subject, l, findings); err != nil {
		return err
	}
	w.tally.row(&r.Evidence, findings)
	return nil
}

func (w *work) note(f func()) {
	w.mu.Lock()
	defer w.mu.Unlock()
	f()
}

package engine

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"iter"
	"sync"

	"golang.org/x/sync/errgroup"

	"tlsaudit/audit"
)

// defaultConcurrency is how many endpoints are scanned at once if Run says
// nothing.
const defaultConcurrency = 64

// Run is one audit: targets in, report out.
type Run struct {
	// Targets are pulled one by one as scans finish; a list of any length
	// streams. A target whose subject came before is skipped.
	Targets iter.Seq2[audit.Target, error]
	// Scan observes one target. It honours the context and may be called by
	// several goroutines; a nil result or a panic becomes an unknown endpoint.
	Scan  func(context.Context, audit.Target) *audit.Observation
	Judge *Judge
	// Concurrency bounds the scans that run at once; 0 means 64.
	Concurrency int
	// SpoolDir is where records are kept until Result.Close; empty means the
	// system's directory for temporary files.
	SpoolDir string
	// Progress, when set, is told the number of endpoints done. Calls do not
	// overlap.
	Progress func(done int)
}

// Result is a report whose records live in a file until Close.
type Result struct {
	Report *audit.Report
	spool  *spool
}

// Close removes the records; the report cannot be read afterwards. It may be
// called on a nil Result and more than once.
func (r *Result) Close() error {
	if r == nil || r.spool == nil {
		return nil
	}
	return r.spool.remove()
}

// Do scans and judges every target. One dead endpoint does not disturb the
// others; when ctx ends, no new scan begins, the running ones are waited for,
// and the report is marked incomplete.
//
// An error from Targets ends the run: the scans under way are cancelled, and
// the error is returned as it is together with the result of what was done.
// When the spool cannot be written the result is nil. A result must be closed.
func (r *Run) Do(ctx context.Context) (*Result, error) {
	s, err := newSpool(r.SpoolDir)
	if err != nil {
		return nil, err
	}
	w := &work{run: r, spool: s, seen: map[string]bool{}, tally: newTally()}
	fault := w.pull(ctx)
	if err := cmp.Or(w.failed, s.seal()); err != nil {
		return nil, errors.Join(err, s.remove())
	}
	return &Result{Report: w.report(ctx, fault), spool: s}, fault
}

// work is the state of a run in progress.
type work struct {
	run   *Run
	spool *spool
	seen  map[string]bool // touched by pull alone

	mu    sync.Mutex // guards what follows
	tally tally
	// cut counts the endpoints whose scan was overtaken by the end of ctx.
	cut int
	// failed is the first fault of the spool, which ends the run.
	failed error
}

// pull feeds targets to a bounded pool and waits for it. The group does not
// cancel on errors by itself: one endpoint must not end the run.
func (w *work) pull(parent context.Context) error {
	ctx, cancel := context.WithCancel(parent)
	defer cancel()
	var pool errgroup.Group
	limit := w.run.Concurrency
	if limit < 1 {
		limit = defaultConcurrency
	}
	pool.SetLimit(limit)
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
			if err := w.one(ctx, target, subject); err != nil {
				w.note(func() { w.failed = cmp.Or(w.failed, err) })
				cancel()
			}
			return nil
		})
	}
	_ = pool.Wait() // never an error: they are kept in work
	return fault
}

// one scans, judges and stores one target.
func (w *work) one(ctx context.Context, target audit.Target, subject string) error {
	o := scan(ctx, w.run.Scan, target)
	findings := w.run.Judge.Findings(o)
	if ctx.Err() != nil {
		interrupted(findings)
	}
	line, err := encode(&audit.Record{Evidence: audit.Evidence{Subject: subject, Observed: o}, Findings: findings})
	if err != nil {
		// what cannot be kept was not seen; the other endpoints go on
		o = &audit.Observation{Target: target, Reach: audit.ReachUnknown, Reason: "internal error: the record could not be kept: " + err.Error()}
		findings = w.run.Judge.Findings(o)
		if line, err = encode(&audit.Record{Evidence: audit.Evidence{Subject: subject, Observed: o}, Findings: findings}); err != nil {
			return err
		}
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if err := w.spool.add(subject, line, findings); err != nil {
		return err
	}
	w.tally.add(o, findings)
	if ctx.Err() != nil {
		w.cut++
	}
	if w.run.Progress != nil {
		w.run.Progress(w.tally.Subjects)
	}
	return nil
}

// interrupted takes back what an endpoint passed whose scan the end of the run
// overtook: nobody knows what the rest of it would have shown. What was seen
// broken stays broken.
func interrupted(findings []audit.Finding) {
	for i := range findings {
		if f := &findings[i]; f.Verdict == audit.Pass {
			f.Verdict, f.Message = audit.Unknown, "not judged: the scan was interrupted; so far: "+f.Message
		}
	}
	sortFindings(findings)
}

func (w *work) note(f func()) {
	w.mu.Lock()
	defer w.mu.Unlock()
	f()
}

// scan calls f and makes an unknown endpoint of a panic or a nil result.
func scan(ctx context.Context, f func(context.Context, audit.Target) *audit.Observation, target audit.Target) (o *audit.Observation) {
	defer func() {
		if p := recover(); p != nil {
			o = &audit.Observation{Reach: audit.ReachUnknown, Reason: fmt.Sprintf("internal error while scanning: %v", p)}
		}
		if o == nil {
			o = &audit.Observation{Reach: audit.ReachUnknown, Reason: "internal error: the scan brought back nothing"}
		}
		o.Target = target
	}()
	return f(ctx, target)
}

// report puts the head of the report on the records.
func (w *work) report(ctx context.Context, fault error) *audit.Report {
	r := &audit.Report{
		Schema: audit.SchemaV1, Now: w.run.Judge.Now, Summary: w.tally.Summary, Records: w.spool,
		Policies: []audit.PolicyRef{}, Unautomated: []audit.Unautomated{},
	}
	switch {
	case fault != nil:
		r.Incomplete = fmt.Sprintf("the list of targets broke off after %d endpoints: %v", r.Summary.Subjects, fault)
	case w.cut > 0:
		r.Incomplete = fmt.Sprintf("stopped after %d endpoints: %v", r.Summary.Subjects, context.Cause(ctx))
	case r.Summary.Unknown > 0:
		r.Incomplete = fmt.Sprintf("%d of %d endpoints could not be judged in full", r.Summary.Unknown, r.Summary.Subjects)
	}
	r.Complete = r.Incomplete == ""
	return r
}

package engine

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"iter"
	"runtime"

	"tlsaudit/audit"
)

// defaultConcurrency is how many endpoints are scanned at once if Run says
// nothing.
const defaultConcurrency = 64

// Run is one audit: targets or stored evidence in, report out. A run about
// nothing at all is not complete.
type Run struct {
	// Targets are pulled one by one as scans finish; a list of any length
	// streams. A target whose subject came before is skipped.
	Targets iter.Seq2[audit.Target, error]
	// Scan observes one target. It honours the context and may be called by
	// several goroutines; a nil result or a panic becomes an unknown endpoint.
	Scan func(context.Context, audit.Target) *audit.Observation
	// Nodes, when set, are the names among Targets that are compared at all of
	// their addresses.
	Nodes *Nodes
	// Evidence, when set, is judged in place of Targets and Scan: observations
	// of an earlier run, as they were stored. A subject that comes twice is an
	// error, since of two observations neither may be dropped.
	Evidence iter.Seq2[audit.Stored, error]
	// Records are subjects judged elsewhere, such as the rows of the gateway
	// table. They are marked, counted and reported with all others.
	Records []audit.Record
	Judge   *Judge
	// Concurrency bounds the scans that run at once; 0 means 64. Stored
	// evidence is judged on as many processors as there are.
	Concurrency int
	// SpoolDir is where records are kept until Result.Close; empty means the
	// system's directory for temporary files.
	SpoolDir string
	// Progress, when set, is told how far the run is after every endpoint. Calls
	// do not overlap.
	Progress func(Progress)
}

// Progress says how far a run is, in endpoints.
type Progress struct {
	Done int
	// Unknown counts those that were not judged in full, Unreachable those of
	// them that did not answer.
	Unknown, Unreachable int
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

// Do scans and judges every target, or judges all evidence. One dead endpoint
// does not disturb the others; when ctx ends, no new scan begins, the running
// ones are waited for, and the report is marked incomplete.
//
// An error from Targets ends the run: the scans under way are cancelled, and
// the error is returned as it is together with the result of what was done. So
// does an error from Evidence, but what was read before is judged in full.
// When the spool cannot be written the result is nil. A result must be closed.
func (r *Run) Do(ctx context.Context) (*Result, error) {
	s, err := newSpool(r.SpoolDir, newHeads(r.Judge.Rules))
	if err != nil {
		return nil, err
	}
	w := newWork(r, s)
	var fault error
	switch {
	case r.Evidence != nil:
		fault = w.rejudge(ctx)
	case r.Targets != nil:
		fault = w.scan(ctx)
	}
	for i := range r.Records {
		w.note(func() { w.failed = cmp.Or(w.failed, w.row(&r.Records[i])) })
	}
	if err := cmp.Or(w.failed, s.seal()); err != nil {
		return nil, errors.Join(err, s.remove())
	}
	return &Result{Report: w.report(ctx, fault), spool: s}, fault
}

// limit is how many endpoints are at work at the same time.
func (r *Run) limit() int {
	switch {
	case r.Evidence != nil:
		return runtime.GOMAXPROCS(0)
	case r.Concurrency < 1:
		return defaultConcurrency
	}
	return r.Concurrency
}

// attempt calls f and makes an unknown endpoint of a panic or a nil result.
func attempt(ctx context.Context, f func(context.Context, audit.Target) *audit.Observation, target audit.Target) (o *audit.Observation) {
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
		Schema: audit.SchemaV1, Now: w.run.Judge.Now, Summary: w.tally.summary(), Records: w.spool,
		Policies: []audit.PolicyRef{}, Unautomated: []audit.Unautomated{}, Conflicts: []audit.Conflict{}, Waivers: []audit.WaiverStatus{},
		Rules:   w.tally.ruleRefs(),
		Stopped: fault != nil || w.cut > 0,
	}
	source := "targets"
	if w.run.Evidence != nil {
		source = "evidence"
	}
	switch {
	case fault != nil:
		r.Incomplete = fmt.Sprintf("the list of %s broke off after %d endpoints: %v", source, r.Summary.Subjects, fault)
	case w.cut > 0:
		r.Incomplete = fmt.Sprintf("stopped after %d endpoints: %v", r.Summary.Subjects, context.Cause(ctx))
	case r.Summary.Subjects+r.Summary.Rows+r.Summary.Files == 0:
		r.Incomplete = "nothing was judged: there is no endpoint"
	default:
		r.Incomplete = w.tally.open()
	}
	r.Complete = r.Incomplete == ""
	return r
}

package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"tlsaudit/audit"
	"tlsaudit/internal/engine"
	"tlsaudit/internal/history"
)

// Bounds on what a database may take: one that hangs must not hold up a scan, nor
// the end of a run.
const (
	observeTime = 30 * time.Second
	finishTime  = 10 * time.Minute
)

// recording keeps a run in a history while it goes on. Its methods may be called
// on nil: then nothing is kept.
type recording struct {
	store  *history.Store
	dsn    string
	lease  *lease
	writer runWriter
	// id is that of the run.
	id string
	// ended is set when the run was finished or given up.
	ended bool

	mu    sync.Mutex // guards fault
	fault error      // the first; nothing is written behind it
}

// runWriter is the part of a history that keeps one run.
type runWriter interface {
	Observe(ctx context.Context, o *audit.Observation) error
	Finish(ctx context.Context, r *audit.Report, exitCode int) (*history.Run, error)
	FinishStopped(ctx context.Context, r *audit.Report, exitCode int) (*history.Run, error)
	Abandon(ctx context.Context, why string) error
	Drop()
}

// startedBy says what began a run; the zero value stands for a person's command.
type startedBy struct {
	trigger, actor, schedule string
	slot                     time.Time
	// part says that it is of a part, whatever is picked: a second look at one is.
	part bool
}

// record begins to keep a run in the history the flags name; nil if they name
// none. What an earlier run left behind is tidied up first, and taken over where
// it stands.
func (a *app) record(ctx context.Context, f *auditFlags, p *plan) (r *recording, err error) {
	dsn := a.database(f.db)
	if dsn == "" || f.rejudges() {
		return nil, nil
	}
	if f.now != "" {
		return nil, usageError("--now judges as of another time, and a history keeps what was found when", "leave off --now, or the history (--db, "+databaseVariable+"); a run that is kept is judged as of another time with --from-run")
	}
	r = &recording{dsn: dsn}
	if r.store, err = a.openHistory(ctx, dsn, true); err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			r.close(ctx)
			r, err = nil, quieted(err, dsn)
		}
	}()
	if r.lease, err = takeLease(ctx, r.store, databaseName(dsn), a.now); err != nil {
		return r, err
	}
	if err = a.recover(ctx, r.store, dsn); err != nil {
		return r, err
	}
	run := f.describeRun(p, a.now())
	if p.source.targets != nil && p.source.resumed == nil && !f.noResume {
		if p.source.resumed, err = a.resumeRun(ctx, f, r.store, dsn, &run, &p.source); err != nil {
			return r, err
		}
	}
	w, err := r.store.Begin(ctx, run)
	if err != nil {
		return r, fmt.Errorf("beginning a run in %s: %w", databaseName(dsn), err)
	}
	r.writer, r.id = w, w.ID()
	return r, nil
}

// recover marks the runs incomplete whose processes died, and says so. The caller
// holds the lease and should be the only one who writes; a run that is heard of all
// the same is left to itself.
func (a *app) recover(ctx context.Context, s *history.Store, dsn string) error {
	died, err := s.Recover(ctx, history.Silence)
	if err != nil {
		return fmt.Errorf("looking for runs that were broken off in %s: %w", databaseName(dsn), err)
	}
	for i := range died {
		fmt.Fprintf(cleaner{a.stderr}, "the run %s of %s in %s was broken off: it is marked incomplete\n", died[i].ID, died[i].Started.UTC().Format(time.RFC3339), databaseName(dsn))
	}
	return nil
}

// describeRun is what a history says of a run from its beginning on.
func (f *auditFlags) describeRun(p *plan, now time.Time) history.Run {
	r := history.Run{
		Started: now.UTC(), Trigger: "cli", Depth: f.depth, Tool: tool().Version,
		Actor: f.started.actor, Schedule: f.started.schedule, Slot: f.started.slot,
		Inventory: p.source.inventory, LeftOut: p.source.leftOut,
		Part: p.source.leftOut != nil || f.started.part || p.source.inventory == "" && f.started.trigger == "",
	}
	if f.started.trigger != "" {
		r.Trigger = f.started.trigger
	}
	r.Policy, r.PolicySHA256 = policyOf(p.demands.policy.Refs)
	return r
}

// policyOf names the policies of a run, and takes the digest of their contents.
func policyOf(refs []audit.PolicyRef) (names, digest string) {
	var list, contents []string
	for _, ref := range refs {
		list = append(list, strings.TrimSpace(ref.ID+" "+ref.Version))
		contents = append(contents, fmt.Sprintf("%q %q %q\n", ref.ID, ref.Version, ref.SHA256))
	}
	slices.Sort(contents)
	sum := sha256.Sum256([]byte(strings.Join(contents, "")))
	return strings.Join(list, ", "), hex.EncodeToString(sum[:])
}

// watch has every observation kept as it comes, so that it survives whatever
// happens to the process.
func (r *recording) watch(run *engine.Run) {
	if r == nil || run.Scan == nil {
		return
	}
	scan := run.Scan
	run.Scan = func(ctx context.Context, t audit.Target) *audit.Observation {
		o := scan(ctx, t)
		if o != nil && ctx.Err() == nil { // else the end of the run overtook it
			seen := *o
			seen.Target = t
			r.observe(ctx, &seen)
		}
		return o
	}
}

func (r *recording) observe(parent context.Context, o *audit.Observation) {
	if r.failed() != nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(parent), observeTime)
	defer cancel()
	if err := r.writer.Observe(ctx, o); err != nil {
		r.fail(fmt.Errorf("keeping what was seen of %s: %w", o.Target.Subject(), err))
	}
}

func (r *recording) fail(err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.fault == nil {
		r.fault = quieted(err, r.dsn)
	}
}

// failed is the fault behind which nothing is written any more.
func (r *recording) failed() error {
	if err := r.lease.fault(); err != nil {
		r.fail(err)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.fault
}

// notices says what a reader of the report has to know.
func (r *recording) notices() []string {
	if r == nil || r.failed() == nil {
		return nil
	}
	why, _, _ := strings.Cut(r.failed().Error(), "\n")
	return []string{fmt.Sprintf("the run is not kept in the history %s: %s", databaseName(r.dsn), why)}
}

// finish keeps the report, and the exit code the run ends with. One that was
// interrupted, or failed on its way, is kept as far as it got, and is to be resumed.
func (r *recording) finish(parent context.Context, result *audit.Report, code int, whole bool) error {
	if r == nil {
		return nil
	}
	err := r.failed()
	if err == nil {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(parent), finishTime)
		defer cancel()
		if whole {
			_, err = r.writer.Finish(ctx, result, code)
		} else {
			_, err = r.writer.FinishStopped(ctx, result, code)
		}
		r.ended = err == nil
	}
	if err == nil {
		return nil
	}
	return withCode(exitInternal, &audit.InputError{
		Cause: fmt.Sprintf("the run is not kept in the history %s: %v", databaseName(r.dsn), quieted(err, r.dsn)),
		Hint:  "the reports were written all the same; tlsaudit history import puts a JSON report into the history when the database is in order", Err: err,
	})
}

// close gives up a run that was not finished, and lets go of the database.
func (r *recording) close(ctx context.Context) {
	if r == nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), observeTime)
	defer cancel()
	switch {
	case r.writer == nil || r.ended:
	case r.failed() == nil:
		// Who cannot write that it gave up is found by the next run.
		_ = r.writer.Abandon(ctx, "the run ended in an error")
	default:
		r.writer.Drop()
	}
	_ = errors.Join(r.lease.release(ctx), r.store.Close()) // the run is written, or its fault was told
}

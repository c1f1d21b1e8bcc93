package history

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"strings"
	"time"

	"tlsaudit/audit"
)

// Finish keeps a run: its records, what became of every subject and finding, the
// counts and the digest, in one transaction. If that fails nothing of it is kept,
// and the run is marked incomplete with what was seen. The records are read once,
// one at a time.
func (w *Writer) Finish(ctx context.Context, report *audit.Report, exitCode int) (*Run, error) {
	return w.finish(ctx, report, exitCode, Complete)
}

// FinishStopped keeps a run that was asked to stop, or failed, before it came to
// its end: as Finish does, as far as it got, and marked incomplete. What it saw
// counts; of what it did not see nothing is learnt.
func (w *Writer) FinishStopped(ctx context.Context, report *audit.Report, exitCode int) (*Run, error) {
	return w.finish(ctx, report, exitCode, Incomplete)
}

func (w *Writer) finish(ctx context.Context, report *audit.Report, exitCode int, state RunState) (*Run, error) {
	if !w.stop(ctx) {
		return nil, errEnded
	}
	run := w.run
	run.State, run.Summary, run.Whole, run.Why, run.ExitCode = state, report.Summary, state == Complete && report.Complete, report.Incomplete, exitCode
	if run.Finished = report.Generated; run.Finished.Before(run.Started) { // a report that was made before, or by another clock
		run.Finished = run.Started
	}
	described(&run, report)
	_, err := w.flush(ctx, true) // by which a database that hangs is found out before it is given the report
	if err == nil {
		err = w.store.transact(ctx, func(x *tx) error {
			f, err := w.store.newFinisher(ctx, x, &run, report)
			if err != nil {
				return err
			}
			return f.finish(ctx, report)
		})
	}
	if err != nil {
		w.store.objects.forget()
		broke := w.giveUp(ctx, "it could not be kept: "+err.Error())
		if errors.Is(broke, errEnded) {
			broke = nil // the reason is told already
		}
		return nil, fmt.Errorf("keeping the run %s: %w", run.ID, errors.Join(err, broke))
	}
	w.store.fold(ctx)
	return &run, nil
}

// fold moves what was written from the log into the file, as far as nobody reads
// it: the log does not grow from run to run.
func (s *Store) fold(ctx context.Context) {
	if s.source.file == "" {
		return
	}
	if c, err := s.write.Conn(ctx); err == nil {
		folded(ctx, c)
		_ = c.Close()
	}
}

// described fills in what the report knows about a run and its caller did not
// say.
func described(run *Run, report *audit.Report) {
	if run.Tool == "" {
		run.Tool = strings.TrimSpace(report.Tool.Name + " " + report.Tool.Version)
	}
	if run.Policy == "" {
		digest := sha256.New()
		var names []string
		for _, p := range report.Policies {
			names = append(names, strings.TrimSpace(p.ID+" "+p.Version))
			fmt.Fprintf(digest, "%q %q %q\n", p.ID, p.Version, p.SHA256)
		}
		run.Policy = strings.Join(names, ", ")
		if run.PolicySHA256 == "" && len(names) > 0 {
			run.PolicySHA256 = hex.EncodeToString(digest.Sum(nil))
		}
	}
}

// finisher keeps one run.
type finisher struct {
	*keeper
	run *Run
	// seq is the place of the run in the chain, at the time it is kept under.
	seq int64
	at  time.Time
	// formerly is what the inventory of the run was called by the version before.
	formerly string
	// before is the digest of the run before; head its head.
	before []byte
	head   int64
	// spoken are the profiles the run speaks about.
	spoken map[string]bool

	rules      map[[2]string]int64
	ruleCounts map[int64]*RuleCount
	systems    map[string]*SystemCount
	subjects   int64 // the greatest id given away, as are the following
	findings   int64
	presented  int64
	changes    int64 // how many there are
	// kinds are those of the subjects of the run, see kindOf.
	kinds map[string]bool
	// unresolved are the names that were not reached and not at an address that was
	// asked for: which addresses they have is not known.
	unresolved map[string]bool
	// touched are the certificates whose presenters changed.
	touched map[int64]bool
	// results are the digests of the results by their subjects, changeDigest that of
	// the changes written so far.
	results      map[string]digest
	changeDigest hash.Hash
}

func (s *Store) newFinisher(ctx context.Context, x *tx, run *Run, report *audit.Report) (*finisher, error) {
	k, err := newKeeper(ctx, x, s.objects)
	if err != nil {
		return nil, err
	}
	f := &finisher{
		keeper: k, run: run, at: run.Finished, formerly: scopeBefore(run, report), kinds: map[string]bool{}, unresolved: map[string]bool{}, spoken: map[string]bool{}, rules: map[[2]string]int64{}, ruleCounts: map[int64]*RuleCount{},
		systems: map[string]*SystemCount{}, touched: map[int64]bool{}, results: map[string]digest{}, changeDigest: sha256.New(),
	}
	for i := range report.Rules {
		f.spoken[report.Rules[i].Profile] = true
	}
	if err := x.running(ctx, run.ID); err != nil {
		return nil, err
	}
	err = x.query(ctx, "SELECT l.seq, l.digest, COALESCE(r.head, 0) FROM link AS l LEFT JOIN run AS r ON r.seq = l.seq ORDER BY l.seq DESC LIMIT 1", nil, func(rows *sql.Rows) error {
		return rows.Scan(&f.seq, &f.before, &f.head)
	})
	f.seq++
	run.Seq = f.seq
	for _, last := range []struct {
		table string
		to    *int64
	}{{"subject", &f.subjects}, {"finding", &f.findings}, {"certificate", &f.presented}} {
		if err == nil {
			*last.to, err = x.number(ctx, "SELECT COALESCE(MAX(id), 0) FROM "+last.table)
		}
	}
	if err == nil {
		err = x.query(ctx, "SELECT id, profile, rule FROM rule", nil, func(rows *sql.Rows) error {
			var id int64
			var name [2]string
			err := rows.Scan(&id, &name[0], &name[1])
			f.rules[name] = id
			return err
		})
	}
	return f, err
}

// finish writes everything.
func (f *finisher) finish(ctx context.Context, report *audit.Report) error {
	for record, err := range report.Records.BySubject() {
		if err == nil {
			err = f.record(ctx, record)
		}
		if err != nil {
			return err
		}
	}
	if f.run.State == Complete && !report.Stopped {
		if err := f.gone(ctx); err != nil {
			return err
		}
	}
	if err := f.recount(ctx, f.touched); err != nil {
		return err
	}
	var err error
	if f.run.Fleet, err = fleetCounts(ctx, f.tx); err != nil {
		return err
	}
	ruleDigest, err := f.writeRules(ctx)
	if err != nil {
		return err
	}
	systemDigest, err := f.writeSystems(ctx)
	if err != nil {
		return err
	}
	content, err := json.Marshal(report)
	if err != nil {
		return fmt.Errorf("encoding the head of the report: %w", err)
	}
	headHash := hashOf(content)
	head, _, err := f.keep(ctx, kindHead, content, headHash, f.head)
	if err != nil {
		return err
	}
	stored, err := runRow(f.run, f.seq, head, false)
	if err != nil {
		return err
	}
	results := rootOf(bySubjects(f.results))
	l := link{seq: f.seq, run: f.run.ID, scope: text(f.run.Inventory), at: f.at}
	l.content = contentOf(stored, headHash[:], results[:], f.changeDigest.Sum(nil), ruleDigest, systemDigest)
	if err := f.extend(ctx, &l, f.before); err != nil {
		return err
	}
	f.run.Digest = hex.EncodeToString(l.digest)
	if err := f.put(ctx, runTable, stored); err != nil {
		return err
	}
	for _, t := range []*table{stagingTable, heartbeatTable} {
		if _, err := f.remove(ctx, t, "run = ?", f.run.ID); err != nil {
			return err
		}
	}
	return nil
}

package history

import (
	"cmp"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"time"

	"tlsaudit/audit"
)

// Writer writes one run. What was seen is handed to it as each scan ends; the
// whole is kept when the run is finished. Either Finish or Abandon ends it.
type Writer struct {
	store *Store
	run   Run

	mu      sync.Mutex
	pending []staged
	failed  error // the first write that failed: the run cannot go on unnoticed
	ended   bool

	// kick asks for a write before its time; quit and done end the goroutine, and
	// cut what it is writing.
	kick, quit, done chan struct{}
	cut              context.CancelFunc
}

// staged is one observation on its way to the database.
type staged struct {
	subject string
	at      time.Time
	data    []byte
}

// The rhythm of writing: what a crash can lose.
const (
	stageEvery = 100 * time.Millisecond
	stageMost  = 100
	// beatEvery is how often a run without news says that it goes on.
	beatEvery = 15 * time.Second
	// Silence is longer than a run is silent that goes on, and not longer than one has
	// been whose lease ran out, see the lease of audits.
	Silence = 20 * time.Second
	// writeTime bounds one write: a database that hangs must not hold up the run for
	// ever, nor its end.
	writeTime = 30 * time.Second
)

// Begin begins a run. Its Started must be set; an id is made if it has none. What
// is handed to the writer is written by a goroutine that ends with the writer.
func (s *Store) Begin(ctx context.Context, r Run) (*Writer, error) {
	if r.Started.IsZero() {
		return nil, errors.New("a run without the time it began cannot be kept")
	}
	if r.ID == "" {
		r.ID = newID(r.Started)
	} else if ref, err := parseRun(r.ID); err != nil || ref.back >= 0 || len(r.ID) != idLength || ref.prefix != r.ID {
		return nil, fmt.Errorf("%q is not the id of a run", r.ID)
	}
	r.State, r.Finished, r.Digest = Running, time.Time{}, ""
	err := s.transact(ctx, func(x *tx) error {
		there, err := x.number(ctx, "SELECT COUNT(*) FROM link WHERE run = ?", r.ID)
		if err == nil {
			var rows int64
			rows, err = x.number(ctx, "SELECT COUNT(*) FROM run WHERE id = ?", r.ID)
			there += rows
		}
		if err == nil && there > 0 {
			err = &audit.InputError{Cause: "the run " + r.ID + " is in the history already", Hint: "leave off the id: one is made"}
		}
		if err != nil {
			return err
		}
		stored, err := runRow(&r, 0, 0, false)
		if err != nil {
			return err
		}
		if err := x.insert(ctx, runTable, stored); err != nil {
			return err
		}
		return x.beat(ctx, r.ID)
	})
	if err != nil {
		return nil, fmt.Errorf("beginning a run in the history: %w", err)
	}
	w := &Writer{store: s, run: r, kick: make(chan struct{}, 1), quit: make(chan struct{}), done: make(chan struct{})}
	ctx, w.cut = context.WithCancel(context.WithoutCancel(ctx))
	go w.write(ctx)
	return w, nil
}

// ID is the id of the run.
func (w *Writer) ID() string { return w.run.ID }

// Observe keeps what was seen of a subject before it is judged, so that it is
// there if the program is killed. It returns before it is on the disk; an error
// is that of an earlier write. It may be called from many goroutines.
func (w *Writer) Observe(ctx context.Context, o *audit.Observation) error {
	text, err := json.Marshal(audit.Evidence{Subject: o.Target.Subject(), Observed: o})
	if err != nil {
		return fmt.Errorf("encoding what was seen of %s: %w", o.Target.Subject(), err)
	}
	data, err := compress(text, nil)
	if err != nil {
		return err
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.failed != nil {
		return w.failed
	}
	if w.ended {
		return errEnded
	}
	w.pending = append(w.pending, staged{o.Target.Subject(), o.Finished, data})
	if len(w.pending) >= stageMost {
		select {
		case w.kick <- struct{}{}:
		default: // it was asked already
		}
	}
	return ctx.Err()
}

// write is the goroutine that writes what was handed over. It ends with the first
// write that fails: what cannot be kept is not gathered on, and a run that is not
// written any more does not say that it goes on.
func (w *Writer) write(ctx context.Context) {
	defer close(w.done)
	tick := time.NewTicker(stageEvery)
	defer tick.Stop()
	silent := time.Duration(0)
	for {
		select {
		case <-tick.C:
			silent += stageEvery
		case <-w.kick:
		case <-w.quit:
			return
		}
		wrote, err := w.flush(ctx, silent >= beatEvery)
		if wrote {
			silent = 0
		}
		if err != nil {
			w.mu.Lock()
			w.failed = fmt.Errorf("keeping what was seen: %w", err)
			w.mu.Unlock()
			return
		}
	}
}

// flush writes what is pending, in one transaction, and reports whether there was
// anything to write. A run that is not running any more is left as it is.
func (w *Writer) flush(ctx context.Context, beat bool) (wrote bool, err error) {
	w.mu.Lock()
	batch := w.pending
	w.pending = nil
	w.mu.Unlock()
	if len(batch) == 0 && !beat {
		return false, nil
	}
	ctx, written := context.WithTimeout(ctx, writeTime)
	defer written()
	return true, w.store.transact(ctx, func(x *tx) error {
		if err := x.running(ctx, w.run.ID); err != nil {
			return err
		}
		for _, one := range batch {
			if err := x.put(ctx, stagingTable, values(w.run.ID, one.subject, one.at, one.data)); err != nil {
				return err
			}
		}
		return x.beat(ctx, w.run.ID)
	})
}

// running is the error that a run is not running, if it is not.
func (x *tx) running(ctx context.Context, run string) error {
	state := ""
	err := x.query(ctx, "SELECT state FROM run WHERE id = ?", []any{run}, func(rows *sql.Rows) error { return rows.Scan(&state) })
	if err == nil && state != string(Running) {
		err = fmt.Errorf("the run is %s, and not running any more: another program held this one for dead", cmp.Or(state, "gone"))
	}
	return err
}

// beat says that the run goes on, by the clock of the database: it is the same
// for all who write to it.
func (x *tx) beat(ctx context.Context, run string) error {
	now, err := x.now(ctx)
	if err != nil {
		return err
	}
	return x.put(ctx, heartbeatTable, values(run, now, thisProcess().String()))
}

// stop ends the goroutine, once, and reports whether the writer was still open.
// What it is writing is waited for as long as the context lasts.
func (w *Writer) stop(ctx context.Context) bool {
	w.mu.Lock()
	open := !w.ended
	w.ended = true
	w.mu.Unlock()
	if open {
		close(w.quit)
		select {
		case <-w.done:
		case <-ctx.Done():
		}
		w.cut()
		<-w.done
	}
	return open
}

// errEnded is what a writer says that was finished or abandoned.
var errEnded = errors.New("the run was ended already")

// Abandon ends a run that will not be finished: it is marked incomplete, and what
// was seen is kept.
func (w *Writer) Abandon(ctx context.Context, why string) error {
	if !w.stop(ctx) {
		return errEnded
	}
	if err := w.giveUp(ctx, why); err != nil {
		return fmt.Errorf("ending the run %s: %w", w.run.ID, err)
	}
	return w.failed
}

// Drop ends the writer and leaves the run as it is, for another program to find:
// who has no right to write any more calls it, or cannot.
func (w *Writer) Drop() {
	w.cut()
	w.stop(w.store.life)
}

// giveUp marks the run incomplete, with what was seen, also when the context ended:
// that may be why.
func (w *Writer) giveUp(ctx context.Context, why string) error {
	ctx, written := context.WithTimeout(context.WithoutCancel(ctx), writeTime)
	defer written()
	_, err := w.flush(ctx, false)
	return errors.Join(err, w.store.transact(ctx, func(x *tx) error { return x.breakOff(ctx, &w.run, why) }))
}

// breakOff marks a run incomplete.
func (x *tx) breakOff(ctx context.Context, r *Run, why string) error {
	r.State, r.Why, r.Whole = Incomplete, why, false
	stored, err := runRow(r, 0, 0, false)
	if err != nil {
		return err
	}
	kept, err := x.putIf(ctx, runTable, stored, "run.state = 'running'")
	if err == nil && !kept {
		return errEnded
	}
	if err == nil {
		_, err = x.remove(ctx, heartbeatTable, "run = ?", r.ID)
	}
	return err
}

// unstage reads what Observe wrote.
func unstage(data []byte) (*audit.Evidence, error) {
	plain, err := inflate(data)
	if err == nil {
		e := &audit.Evidence{}
		if err = json.Unmarshal(plain, e); err == nil && e.Observed == nil {
			err = errors.New("nothing was observed")
		}
		if err == nil {
			return e, nil
		}
	}
	return nil, &DamageError{What: fmt.Sprintf("an observation cannot be read: %v", err)}
}

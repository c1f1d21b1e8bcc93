package engine

import (
	"context"
	"fmt"
	"iter"
	"runtime"
	"slices"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"tlsaudit/audit"
)

// Forecast finds the dates at which verdicts change by time alone: evidence of
// today is judged at later times. When to look follows from the data (see
// audit.Check.Turns), day by day nothing is tried; and at each such moment only
// the rules it is a moment of are judged again.
//
// Its invariant: for every moment from Judge.Now to Until, a verdict at that
// moment is the one of Judge.Now with the changes up to it, the same as if the
// evidence were judged with that moment for Now.
type Forecast struct {
	// Judge judges; the forecast begins at its Now. Its hooks are not called: what
	// speaks about findings is in Marks, and there are no remedies.
	Judge *Judge
	// Until is the last moment looked at.
	Until time.Time
	// Marks are the hooks that depend on time, in their order.
	Marks []TimedMark
	// Rows, when set, judges what is no endpoint, such as the rows of the
	// gateway's table, at a time; RowTurns are the moments at which that changes.
	Rows     func(now time.Time) []audit.Record
	RowTurns []time.Time
	// Steps are what public authorities will do; they change no verdict.
	Steps []audit.IssuanceStep
}

// TimedMark is a hook whose words depend on time. It looks at each finding by
// itself: it may be given some of those about a subject.
type TimedMark struct {
	// Turns are the first moments at which it may speak otherwise.
	Turns []time.Time
	// At returns the hook as of a time.
	At func(now time.Time) Mark
}

// Do reads the evidence once. What it keeps of an endpoint is its name, and a few
// hundred bytes of each certificate that is not like another.
//
// An error of the evidence is returned as it is, and so is the end of ctx: half
// of a forecast would look like good news.
func (f *Forecast) Do(ctx context.Context, evidence iter.Seq2[audit.Stored, error]) (*audit.Forecast, error) {
	w := newForeteller(f)
	var pool errgroup.Group
	pool.SetLimit(runtime.GOMAXPROCS(0))
	err := w.read(ctx, &pool, evidence)
	_ = pool.Wait() // never an error: faults are kept in w
	if err != nil {
		return nil, err
	}
	w.rows()
	return w.gathered.forecast(f), nil
}

func (w *foreteller) read(ctx context.Context, pool *errgroup.Group, evidence iter.Seq2[audit.Stored, error]) error {
	seen := map[string]bool{}
	for stored, err := range evidence {
		if err != nil {
			return err
		}
		subject := stored.Observed.Target.Subject()
		if seen[subject] {
			return &audit.InputError{Cause: fmt.Sprintf("there is evidence of %q twice", subject), Hint: "forecast one report at a time"}
		}
		seen[subject] = true
		if ctx.Err() != nil {
			return fmt.Errorf("stopped after %d endpoints: %w", len(seen)-1, context.Cause(ctx))
		}
		pool.Go(func() error {
			o := stored.Observed
			told := w.endpoint(subject, o)
			w.gathered.endpoint(subject, o, told)
			return nil
		})
	}
	return nil
}

// foreteller is a forecast in the making.
type foreteller struct {
	*Forecast
	gathered *gathering
	// ends are the turns of all marks within the forecast, in order.
	ends []time.Time

	mu      sync.Mutex // guards what follows
	benches map[int64]*bench
	marks   map[int64][]Mark
	checks  map[string]*audit.Check
}

func newForeteller(f *Forecast) *foreteller {
	w := &foreteller{Forecast: f, gathered: newGathering(f), benches: map[int64]*bench{}, marks: map[int64][]Mark{}}
	base := f.Judge.ready()
	w.benches[f.Judge.Now.UnixNano()], w.checks = base, base.checks
	for _, m := range f.Marks {
		for _, at := range m.Turns {
			if f.within(at) {
				w.ends = append(w.ends, at.UTC())
			}
		}
	}
	slices.SortFunc(w.ends, time.Time.Compare)
	w.ends = slices.CompactFunc(w.ends, time.Time.Equal)
	return w
}

// within reports whether a moment is one the forecast is about.
func (f *Forecast) within(at time.Time) bool { return at.After(f.Judge.Now) && !at.After(f.Until) }

// maxBenches bounds the judges kept: dates of a policy come back with every
// endpoint, moments of certificates hardly do.
const maxBenches = 256

// at is the judge as of a moment.
func (w *foreteller) at(moment time.Time) *bench {
	w.mu.Lock()
	defer w.mu.Unlock()
	if b := w.benches[moment.UnixNano()]; b != nil {
		return b
	}
	b := &bench{Judge: &Judge{Checks: w.Judge.Checks, Rules: w.Judge.Rules, Now: moment}, checks: w.checks}
	if len(w.benches) < maxBenches {
		w.benches[moment.UnixNano()] = b
	}
	return b
}

// marking are the hooks as of a moment: those of the last turn up to it say the
// same.
func (w *foreteller) marking(moment time.Time) []Mark {
	if len(w.Marks) == 0 {
		return nil
	}
	from := w.Judge.Now
	if i, found := slices.BinarySearchFunc(w.ends, moment, time.Time.Compare); found {
		from = moment
	} else if i > 0 {
		from = w.ends[i-1]
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	list, known := w.marks[from.UnixNano()]
	if !known {
		for _, m := range w.Forecast.Marks {
			list = append(list, m.At(from))
		}
		w.marks[from.UnixNano()] = list
	}
	return list
}

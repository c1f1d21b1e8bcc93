package schedule

import (
	"context"
	"fmt"
	"time"

	"tlsaudit/audit"
	"tlsaudit/internal/history"
)

// Again audits subjects once more and judges them under the policy of the run.
// What it brings back may leave subjects out.
type Again func(ctx context.Context, subjects []string) ([]*audit.Record, error)

// Rechecked is what a second look left of the changes of a run. Each of them is
// in one of the lists.
type Rechecked struct {
	// Notify are the changes to tell of: those that were seen again, those that are
	// not for a second look, and those whose second look decided nothing.
	Notify []history.Change
	// Vanished are the changes that the second look did not find, as changes of
	// kind flapping. They are noted and not told of.
	Vanished []history.Change
	// Subjects is how many were audited once more, Left how many should have been
	// and were over the bound.
	Subjects, Left int
}

// Recheck looks again at the subjects of which a run has bad news, at most most
// of them in the order the changes name them, and sorts the changes by whether
// the news was still true. A change vanishes only if the second look decided the
// opposite: a rule that is kept now, an endpoint that answers in TLS. What the
// second look could not decide is told of. If it fails, everything is told of
// and the error is returned beside it.
func Recheck(ctx context.Context, changes []history.Change, most int, again Again) (*Rechecked, error) {
	result := &Rechecked{Notify: changes}
	subjects, left := dubious(changes, most)
	result.Left = left
	if len(subjects) == 0 {
		return result, nil
	}
	records, err := again(ctx, subjects)
	if err != nil {
		return result, fmt.Errorf("auditing %d subjects once more: %w", len(subjects), err)
	}
	result.Subjects = len(subjects)
	seen := make(map[string]*audit.Record, len(records))
	for _, record := range records {
		seen[record.Evidence.Subject] = record
	}
	result.Notify = nil
	for _, change := range changes {
		if record := seen[change.Subject]; record != nil && secondLook(change.Kind) && refuted(change, record) {
			was := change.Kind
			change.Kind = history.ChangeFlapping
			change.Text = fmt.Sprintf("%s in the run, and not when it was audited once more", was)
			result.Vanished = append(result.Vanished, change)
			continue
		}
		result.Notify = append(result.Notify, change)
	}
	return result, nil
}

// secondLook reports whether a kind of change is bad news that may have been
// true for a moment only.
func secondLook(kind history.ChangeKind) bool {
	switch kind {
	case history.ChangeNew, history.ChangeRegressed, history.ChangeUndecided, history.ChangeUnreachable:
		return true
	}
	return false
}

// dubious lists the subjects to look at again, each once.
func dubious(changes []history.Change, most int) (subjects []string, left int) {
	listed := map[string]bool{}
	for _, change := range changes {
		if !secondLook(change.Kind) || listed[change.Subject] {
			continue
		}
		listed[change.Subject] = true
		if len(subjects) < most {
			subjects = append(subjects, change.Subject)
		} else {
			left++
		}
	}
	return subjects, left
}

// refuted reports whether a second record decides the opposite of a change.
func refuted(change history.Change, record *audit.Record) bool {
	if change.Kind == history.ChangeUnreachable {
		o := record.Evidence.Observed
		return o != nil && !o.Interrupted && (o.Reach == audit.ReachTLS || o.Reach == audit.ReachDNS)
	}
	if change.Finding == nil {
		return false
	}
	for _, finding := range record.Findings {
		if finding.Fingerprint == change.Finding.Fingerprint {
			return finding.Verdict == audit.Pass
		}
	}
	return false
}

// Lifecycle is what happens in a run: the audit, a second look at its bad news,
// the notification.
type Lifecycle struct {
	// Audit does the run and keeps it in the history. In a second attempt it
	// returns the run of the slot if that is complete: then only the telling was
	// broken off, and in another run the news would not be new.
	Audit func(context.Context, Job) (*history.Run, error)
	// Changes are what is otherwise than in the run before, the gravest first.
	Changes func(context.Context, *history.Run) ([]history.Change, error)
	// Again audits once more; nil for no second look.
	Again Again
	// Notify tells of a run. The error is that of the second look, which is then to
	// be mentioned: the changes were not checked.
	Notify func(context.Context, Job, *history.Run, *Rechecked, error) error
}

// Do is a Runner's Audit.
func (l Lifecycle) Do(ctx context.Context, job Job) error {
	run, err := l.Audit(ctx, job)
	if err != nil {
		return err
	}
	changes, err := l.Changes(ctx, run)
	if err != nil {
		return fmt.Errorf("reading what changed in run %s: %w", run.ID, err)
	}
	result := &Rechecked{Notify: changes}
	if l.Again != nil {
		result, err = Recheck(ctx, changes, job.Schedule.RecheckMost(), l.Again)
	}
	// The run is in the history: what it found is told of even if the program
	// stops, since to the next run it is not new.
	if ctx.Err() != nil {
		var stop context.CancelFunc
		ctx, stop = context.WithTimeout(context.WithoutCancel(ctx), lastWords)
		defer stop()
	}
	return l.Notify(ctx, job, run, result, err)
}

// lastWords is how long a notification may take when the program stops.
const lastWords = 20 * time.Second

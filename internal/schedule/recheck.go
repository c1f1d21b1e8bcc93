package schedule

import (
	"context"
	"fmt"
	"time"

	"tlsaudit/internal/history"
)

// Rechecked says how much of the bad news of a run was looked at a second time.
type Rechecked struct {
	// Subjects is how many were audited once more, Left how many should have been
	// and were over the bound.
	Subjects, Left int
	// Err is why it was not done: then nothing is taken back.
	Err error
}

// dubious lists the subjects to look at again, each once, at most most of them in
// the order the changes name them.
func dubious(changes []history.Change, most int) (subjects []string, left int) {
	listed := map[string]bool{}
	for _, change := range changes {
		if !change.Kind.Momentary() || listed[change.Subject] {
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

// Lifecycle is what happens in a run: the audit, a second look at its bad news,
// the notification.
type Lifecycle struct {
	// Audit does the run and keeps it in the history. In a second attempt it
	// returns the run of the slot if that is complete: then only the telling was
	// broken off, and in another run the news would not be new.
	Audit func(context.Context, Job) (*history.Run, error)
	// Changes are what is otherwise than in the run before, the gravest first.
	Changes func(context.Context, *history.Run) ([]history.Change, error)
	// Again audits subjects of the run once more, as a run of its own that is kept
	// too (history.TriggerRecheck): what it does not find again is fixed, and is
	// news when it comes back. It returns how many of them it could look at.
	Again func(ctx context.Context, job Job, run *history.Run, subjects []string) (looked int, err error)
	// Notify tells of a run and of the second look at it.
	Notify func(context.Context, Job, *history.Run, Rechecked) error
}

// Do is a Runner's Audit.
func (l Lifecycle) Do(ctx context.Context, job Job) error {
	run, err := l.Audit(ctx, job)
	if err != nil {
		return err
	}
	return l.Tell(ctx, job, run)
}

// Unscheduled is what a run stands for that no schedule began, to be told as those
// are: a job of no name.
func Unscheduled(run *history.Run) Job {
	return Job{Schedule: Schedule{Depth: run.Depth}, Slot: run.StandsFor(), Attempt: 1}
}

// Tell is what happens when the audit of a job is done.
func (l Lifecycle) Tell(ctx context.Context, job Job, run *history.Run) error {
	changes, err := l.Changes(context.WithoutCancel(ctx), run)
	if err != nil {
		return fmt.Errorf("reading what changed in run %s: %w", run.ID, err)
	}
	var looked Rechecked
	if most := job.Schedule.RecheckMost(); most > 0 {
		var subjects []string
		if subjects, looked.Left = dubious(changes, most); len(subjects) > 0 {
			looked.Subjects, looked.Err = l.Again(ctx, job, run, subjects)
		}
	}
	// The run is in the history: what it found is told of even if the program
	// stops, since to the next run it is not new.
	ctx, stop := LastWords(ctx)
	defer stop()
	return l.Notify(ctx, job, run, looked)
}

// lastWords is how long a notification may take when the program stops.
const lastWords = 20 * time.Second

// LastWords is the context of a notification: if the program stops already, one
// that leaves it time for that.
func LastWords(ctx context.Context) (context.Context, context.CancelFunc) {
	if ctx.Err() == nil {
		return ctx, func() {}
	}
	return context.WithTimeout(context.WithoutCancel(ctx), lastWords)
}

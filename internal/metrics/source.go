package metrics

import (
	"cmp"
	"context"
	"time"

	"tlsaudit/audit"
	"tlsaudit/internal/history"
)

// Source is the part of a history that metrics are made of, see history.Reader.
type Source interface {
	Runs(ctx context.Context, p history.Page) (runs []history.Run, next string, err error)
	// Report is read for its head alone.
	Report(ctx context.Context, run string) (*audit.Report, error)
	Fleet(ctx context.Context) (*history.Fleet, error)
	Subjects(ctx context.Context, q history.SubjectQuery) (subjects []history.SubjectState, next string, err error)
	Findings(ctx context.Context, q history.FindingQuery) (findings []history.FindingState, next string, err error)
	Certificates(ctx context.Context, before time.Time, p history.Page) (certificates []history.Certificate, next string, err error)
}

// Schedule is one schedule and when it runs.
type Schedule struct {
	Name string
	// Next is the next time it is to run, Last the last it ran for; zero if there
	// is none.
	Next, Last time.Time
}

// Options say what is measured.
type Options struct {
	Source Source
	// Version is that of the program.
	Version string
	// Schedules, when set, returns the schedules there are.
	Schedules func() []Schedule
	// Channels names those that notifications go through.
	Channels []string
	// Targets bounds the series of targets; 0 means 5000.
	Targets int
	// Logf, when set, is told why the history could not be read.
	Logf func(format string, args ...any)
}

// The bounds of families. maxTargets is that of the report format.
const (
	maxTargets      = 5000
	maxCertificates = 5000
	maxOpen         = 2000
	maxChecks       = 500
	maxSchedules    = 100
	maxRuns         = 200 // looked through for one of a whole inventory
	pageSize        = 500
)

// snapshot is what was read: the fleet at its latest results, whichever runs they
// are of, and the newest runs.
type snapshot struct {
	// run is the newest that ended, complete the newest that came to its end, and
	// whole the newest of those that asked for all of an inventory (complete, if none
	// did); nil if there is none.
	run, complete, whole *history.Run
	running              int
	// waivers are those of whole: to a part of an inventory most are of no use.
	waivers []audit.WaiverStatus
	fleet   history.Fleet
	// endpoints counts them all, undecided those about which something could not be
	// decided; subjects are the worst.
	endpoints, undecided int
	subjects             []history.SubjectState
	findings             []history.FindingState
	certificates         []history.Certificate
	// more counts, by family, what was not read for its number, as far as known.
	more map[string]int
}

// same reports whether nothing new can be in the history.
func (s *snapshot) same(t *snapshot) bool {
	return id(s.run) == id(t.run) && id(s.complete) == id(t.complete) && id(s.whole) == id(t.whole)
}

func id(r *history.Run) string {
	if r == nil {
		return ""
	}
	return r.ID + " " + string(r.State) + " " + r.Finished.Format(time.RFC3339Nano)
}

// read looks at the history. What was read before is kept if no run has ended
// since: then a scrape costs one small question.
func read(ctx context.Context, source Source, targets int, before *snapshot) (*snapshot, error) {
	s := &snapshot{more: map[string]int{}}
	if err := s.readRuns(ctx, source); err != nil {
		return nil, err
	}
	if before != nil && before.same(s) {
		kept := *before
		kept.running = s.running
		return &kept, nil
	}
	fleet, err := source.Fleet(ctx)
	if err != nil {
		return nil, err
	}
	s.fleet = *fleet
	if s.whole != nil {
		head, err := source.Report(ctx, s.whole.ID)
		if err != nil {
			return nil, err
		}
		s.waivers = head.Waivers
	}
	if err := s.readSubjects(ctx, source, targets); err != nil {
		return nil, err
	}
	return s, s.readLists(ctx, source)
}

// readRuns finds the newest runs.
func (s *snapshot) readRuns(ctx context.Context, source Source) error {
	runs, _, err := pages(maxRuns, func(p history.Page) ([]history.Run, string, error) {
		p.Limit = min(p.Limit, 20)
		list, next, err := source.Runs(ctx, p)
		for i := range list {
			if list[i].State == history.Complete && !list[i].Part {
				return list[:i+1], "", err // the rest is older
			}
		}
		return list, next, err
	})
	for i := range runs {
		r := &runs[i]
		if r.State == history.Running {
			s.running++
			continue
		}
		if s.run == nil {
			s.run = r
		}
		if r.State != history.Complete {
			continue
		}
		if s.complete == nil {
			s.complete = r
		}
		if !r.Part {
			s.whole = r
		}
	}
	s.whole = cmp.Or(s.whole, s.complete)
	return err
}

// readSubjects counts the endpoints and keeps the worst of the subjects, up to a
// number of them.
func (s *snapshot) readSubjects(ctx context.Context, source Source, most int) error {
	q := history.SubjectQuery{Page: history.Page{Limit: pageSize}, Order: "worst"}
	for {
		some, next, err := source.Subjects(ctx, q)
		if err != nil {
			return err
		}
		for i := range some {
			if some[i].Reach == "" {
				continue // a file, or a row of the gateway's table
			}
			s.endpoints++
			if some[i].Unknown > 0 || some[i].Verdict == audit.Unknown {
				s.undecided++
			}
			if len(s.subjects) < most {
				s.subjects = append(s.subjects, some[i])
			}
		}
		if next == "" || next == q.After || len(some) == 0 {
			s.more["target_up"] = s.endpoints - len(s.subjects)
			return nil
		}
		q.After = next
	}
}

// readLists reads what there is a series of each: findings and certificates.
func (s *snapshot) readLists(ctx context.Context, source Source) (err error) {
	var next string
	s.findings, next, err = pages(maxOpen, func(p history.Page) ([]history.FindingState, string, error) {
		return source.Findings(ctx, history.FindingQuery{Page: p, State: "open", Order: "worst"})
	})
	if err != nil {
		return err
	}
	if next != "" {
		open := 0
		for i := range s.fleet.Rules {
			r := &s.fleet.Rules[i]
			open += r.Fail + r.Warn + r.Waived
		}
		s.more["check_status"] = max(open-len(s.findings), 1)
	}
	s.certificates, next, err = pages(maxCertificates, func(p history.Page) ([]history.Certificate, string, error) {
		return source.Certificates(ctx, time.Time{}, p)
	})
	if err == nil && next != "" {
		s.more["certificate_not_after_timestamp_seconds"] = 1
	}
	return err
}

// pages reads a list to its end, or to a number of items; next is not empty if
// there are more.
func pages[T any](most int, page func(history.Page) ([]T, string, error)) (list []T, next string, err error) {
	for {
		some, after, err := page(history.Page{After: next, Limit: min(pageSize, most-len(list))})
		if err != nil {
			return nil, "", err
		}
		list = append(list, some...)
		if len(list) > most {
			return list[:most], "more", nil
		}
		if after == "" || len(list) == most || len(some) == 0 || after == next {
			return list, after, nil
		}
		next = after
	}
}

package dashboard

import (
	"time"

	"tlsaudit/internal/history"
)

// frame is what every template is handed: the page around, and the data within.
type frame struct {
	Title   string
	Nav     []navGroup
	Who     Session
	Version string
	Now     time.Time
	// Stale is the age from which a result is marked as old.
	Stale time.Duration
	Data  any
}

// titled is data that knows a better title than the page has.
type titled interface{ PageTitle() string }

// fleeting is data that is soon otherwise: its page is loaded anew where no
// script runs.
type fleeting interface{ Fleeting() bool }

func (q *request) frame(data any) *frame {
	f := &frame{Title: q.page.Title, Nav: navigation(q.session.Role, q.page), Who: q.session, Version: q.Version, Now: q.now, Stale: q.StaleAfter, Data: data}
	if t, ok := data.(titled); ok {
		f.Title = t.PageTitle()
	}
	return f
}

// Refreshes reports whether the page is loaded anew by itself.
func (f *frame) Refreshes() bool {
	d, ok := f.Data.(fleeting)
	return ok && d.Fleeting()
}

// LongTitle reports whether the title takes more than a line or two.
func (f *frame) LongTitle() bool { return len(f.Title) > 80 }

// Ago says how long ago a time is.
func (f *frame) Ago(t time.Time) string { return ago(f.Now, t) }

// IsStale reports whether a result of that time is too old to rely upon.
func (f *frame) IsStale(t time.Time) bool { return f.Now.Sub(t) > f.Stale }

// StaleWords says from which age a result is old.
func (f *frame) StaleWords() string { return span(f.Stale) }

// Left says how long it is to a time.
func (f *frame) Left(t time.Time) string { return left(f.Now, t) }

// LeftClass is the class of the colour of what Left says.
func (f *frame) LeftClass(t time.Time) string { return leftClass(f.Now, t) }

// Open says how long a finding has been open since it was last opened, or was.
func (f *frame) Open(s history.FindingState) string {
	end := s.FixedAt
	if end.IsZero() {
		end = f.Now
	}
	return span(max(s.Age(end), 0))
}

// OpenedOn is the day a finding was last opened.
func (f *frame) OpenedOn(s history.FindingState) string {
	if s.OpenSince.IsZero() {
		return day(s.FirstSeen)
	}
	return day(s.OpenSince)
}

// SystemBar is what became of the subjects of a system.
func (f *frame) SystemBar(s history.SystemCount) whole {
	return byVerdict(s.Fail, s.Unknown, s.Warn, s.Waived, s.Pass)
}

// PointCounts says "3 fail, 1 unknown" of a run in a timeline.
func (f *frame) PointCounts(p history.Point) string {
	return counts(p.Fail, p.Unknown, p.Warn, p.Waived, p.Pass)
}

// Less is a difference.
func (f *frame) Less(a, b int) int { return a - b }

// within is a part of a page with the frame around it.
type within struct {
	Frame *frame
	Data  any
}

// With hands the frame to a template that is about a part.
func (f *frame) With(data any) within { return within{f, data} }

// ChangeClass is the colour of a kind of change. What is not known any more is no
// improvement.
func (f *frame) ChangeClass(kind history.ChangeKind) string {
	switch kind {
	case history.ChangeNew, history.ChangeRegressed:
		return "fail"
	case history.ChangeFixed, history.ChangeReachable:
		return "pass"
	case history.ChangeFlapping, history.ChangeUndecided, history.ChangeUnreachable:
		return "unknown"
	}
	return "moot"
}

// runChoice is a run to choose, among others.
type runChoice struct {
	Runs   []history.Run
	Chosen *history.Run
	// Missing is set when the chosen one is not among the others.
	Missing bool
}

// Choose makes the choices of a form.
func (f *frame) Choose(runs []history.Run, chosen *history.Run) runChoice {
	c := runChoice{runs, chosen, true}
	for i := range runs {
		if runs[i].ID == chosen.ID {
			c.Missing = false
		}
	}
	return c
}

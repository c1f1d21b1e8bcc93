package notify

import "tlsaudit/internal/history"

// sum is what several runs changed together: of everything the last change, and
// none where that takes back the first. It is shown all changes once, in their
// order, and then asked for each, in the same order.
type sum struct {
	spans map[change]*span
	// seen and asked count changes.
	seen, asked int
}

// span is what changed of one thing.
type span struct {
	// first and last are the first and the last change that was decided; open says
	// that the finding was open before them.
	first, last history.ChangeKind
	open        bool
	// at is where the last came, undecided where one came behind it that is not
	// decided; counted from one.
	at, undecided int
}

// maxSpans bounds what is summed up; what is over it is told as it came.
const maxSpans = 200_000

// see takes notice of a change.
func (s *sum) see(c *history.Change) {
	s.seen++
	key := aspectOf(c)
	one := s.spans[key]
	if one == nil {
		if len(s.spans) == maxSpans {
			return
		}
		one = &span{}
		s.spans[key] = one
	}
	if c.Kind == history.ChangeUndecided { // what was decided before stands
		one.undecided = s.seen
		return
	}
	if one.at == 0 {
		one.first, one.open = c.Kind, c.Finding != nil && !c.Finding.OpenSince.Equal(c.At)
	}
	one.last, one.at, one.undecided = c.Kind, s.seen, 0
}

// stands reports whether a change is still one when all is summed up. Nothing is of
// a subject that came and went.
func (s *sum) stands(c *history.Change) bool {
	s.asked++
	if there := s.spans[change{kind: history.ChangeAdded, subject: c.Subject}]; there != nil && there.first == history.ChangeAdded && there.takenBack() {
		return false
	}
	one := s.spans[aspectOf(c)]
	return one == nil || one.undecided == s.asked || one.at == s.asked && !one.takenBack()
}

// aspectOf identifies what changed: a finding, or of a subject whether it is there,
// whether it answers, or its certificate.
func aspectOf(c *history.Change) change {
	if c.Finding != nil {
		return changeOf(c, "")
	}
	switch c.Kind {
	case history.ChangeReachable:
		return changeOf(c, history.ChangeUnreachable)
	case history.ChangeGone:
		return changeOf(c, history.ChangeAdded)
	}
	return changeOf(c, c.Kind)
}

// takenBack reports whether all is again as before. That cannot be said of what was
// fixed and is found again: it may be graver than it was.
func (s *span) takenBack() bool {
	switch s.first {
	case history.ChangeNew:
		return s.last == history.ChangeFixed
	case history.ChangeRegressed:
		return s.last == history.ChangeFixed && !s.open
	case history.ChangeUnreachable:
		return s.last == history.ChangeReachable
	case history.ChangeReachable:
		return s.last == history.ChangeUnreachable
	case history.ChangeAdded:
		return s.last == history.ChangeGone
	case history.ChangeGone:
		return s.last == history.ChangeAdded
	}
	return false
}

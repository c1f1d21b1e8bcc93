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

// span is what changed of one thing: the first, the last, and where that came.
type span struct {
	first, last history.ChangeKind
	at          int
}

// maxSpans bounds what is summed up; what is over it is told as it came.
const maxSpans = 200_000

// see takes notice of a change.
func (s *sum) see(c *history.Change) {
	key := aspectOf(c)
	one := s.spans[key]
	if one == nil && len(s.spans) < maxSpans {
		one = &span{first: c.Kind}
		s.spans[key] = one
	}
	if one != nil {
		one.last, one.at = c.Kind, s.seen
	}
	s.seen++
}

// stands reports whether a change is still one when all is summed up.
func (s *sum) stands(c *history.Change) bool {
	one, at := s.spans[aspectOf(c)], s.asked
	s.asked++
	return one == nil || one.at == at && !takesBack(one.last, one.first)
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

// takesBack reports whether all is again as before the first of two changes.
func takesBack(last, first history.ChangeKind) bool {
	switch first {
	case history.ChangeNew, history.ChangeRegressed:
		return last == history.ChangeFixed
	case history.ChangeFixed:
		return last == history.ChangeNew || last == history.ChangeRegressed
	case history.ChangeUnreachable:
		return last == history.ChangeReachable
	case history.ChangeReachable:
		return last == history.ChangeUnreachable
	case history.ChangeAdded:
		return last == history.ChangeGone
	case history.ChangeGone:
		return last == history.ChangeAdded
	}
	return false
}

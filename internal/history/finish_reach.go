package history

import (
	"context"
	"time"

	"tlsaudit/audit"
)

// change writes one change of the run.
func (f *finisher) change(ctx context.Context, kind ChangeKind, subject int64, words string, s *finding) error {
	f.changes++
	v := values(f.seq, f.changes, string(kind), subject, 0, 0, 0, words, 0, 0, 0, 0, 0, false)
	if s != nil {
		v = values(f.seq, f.changes, string(kind), subject, s.id, int(s.verdict), int(s.severity), words, s.first, s.seenLast(f.at), s.since, s.fixed, s.toggles, s.flaps)
	}
	switch n := &f.run.Changes; kind {
	case ChangeNew:
		n.New++
	case ChangeFixed:
		n.Fixed++
	case ChangeRegressed:
		n.Regressed++
	case ChangeFlapping:
		n.Flapping++
	case ChangeUndecided:
		n.Undecided++
	case ChangeUnreachable:
		n.Unreachable++
	case ChangeReachable:
		n.Reachable++
	}
	f.changeDigest.Write(v.encode(nil))
	return f.insert(ctx, changeTable, v)
}

// reach notes whether the subject is new, or back, or answers again, or no more. Of one
// that was cut short nothing is learnt.
func (f *finisher) reach(ctx context.Context, s *seen) error {
	if s.was == nil {
		words := "it is new to the history"
		if !s.reached() {
			words += ", and was not reached: " + reason(s.state.Reason)
		}
		if s.state.Reach == audit.ReachUnreachable {
			s.state.UnreachableSince = s.at
		}
		return f.change(ctx, ChangeAdded, s.id, words, nil)
	}
	if words := s.was.state.away(); words != "" {
		words, err := f.withOpen(ctx, s.id, "it is back; "+words)
		if err == nil {
			err = f.touch(ctx, s.id, f.touched)
		}
		if err == nil {
			err = f.change(ctx, ChangeAdded, s.id, words, nil)
		}
		if err != nil {
			return err
		}
	}
	switch was := &s.was.state; {
	case s.state.Reach == audit.ReachUnreachable:
		if !was.UnreachableSince.IsZero() {
			return nil
		}
		s.state.UnreachableSince = s.at
		return f.change(ctx, ChangeUnreachable, s.id, "it answered, and does not any more: "+reason(s.state.Reason), nil)
	case s.reached():
		if was.UnreachableSince.IsZero() {
			return nil
		}
		s.state.UnreachableSince = time.Time{}
		return f.change(ctx, ChangeReachable, s.id, "it answers again; it did not since "+day(was.UnreachableSince), nil)
	}
	return nil
}

// away says since when the subject was not there; empty if it was.
func (s *SubjectState) away() string {
	switch {
	case !s.GoneSince.IsZero():
		return "it was gone since " + day(s.GoneSince)
	case !s.Forgotten.IsZero():
		return "it was forgotten on " + day(s.Forgotten)
	}
	return ""
}

func reason(text string) string {
	if text == "" {
		return "no reason was recorded"
	}
	return text
}

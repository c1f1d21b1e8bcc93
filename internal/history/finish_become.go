package history

import (
	"context"
	"time"

	"tlsaudit/audit"
)

// become moves the state of a finding on to what it is now, and notes the change
// if that is worth a word.
//
// What was open and cannot be decided now stays open: nothing closes it but a
// decision. When it is decided again it goes on from what was decided last, so
// that a night in which a subject did not answer makes no finding new.
func (f *finisher) become(ctx context.Context, s *seen, is *finding, now *audit.Finding) error {
	fact, was := factOf(now), *is
	kind := ChangeKind("")
	switch {
	case violated(fact):
		kind = f.violated(s, is, now)
	case fact == audit.Unknown:
		if was.verdict != audit.Unknown || !was.known {
			kind = ChangeUndecided
		}
		if !s.reached() { // that it was not reached is said once, and not of every rule
			kind = ""
		}
	default:
		if was.open {
			kind = ChangeFixed
			if fact == audit.NotApplicable {
				kind = ChangeGone
			}
			is.open, is.fixed = false, s.at
			is.toggle(s.audits)
		}
		is.fact, is.weight = fact, weightOf(now)
	}
	if open(was.verdict) && !open(now.Verdict) && !was.entered && is.last.IsZero() {
		is.last = s.was.state.LastSeen
	}
	if was.verdict != now.Verdict || was.entered {
		is.since = s.at
	}
	is.verdict, is.severity, is.message = now.Verdict, now.Severity, now.Message
	is.flaps = flapping(is.recent[2], s.audits)
	if is.toggles > was.toggles && is.flaps {
		kind = ChangeFlapping
	}
	if kind != "" {
		if err := f.change(ctx, kind, s.id, is.message, is); err != nil {
			return err
		}
	}
	return f.keepFinding(ctx, is)
}

// violated moves on to an open state.
func (f *finisher) violated(s *seen, is *finding, now *audit.Finding) (kind ChangeKind) {
	fact, weight := factOf(now), weightOf(now)
	switch {
	case is.open:
		if is.fact == audit.Warn && fact == audit.Fail || weight>>1 > is.weight>>1 || weight&1 > is.weight&1 {
			kind = ChangeRegressed
		}
	case is.fact == audit.Pass:
		kind = ChangeRegressed
	default:
		kind = ChangeNew
	}
	if !is.open && is.known && is.fact != audit.Unknown {
		is.toggle(s.audits)
	}
	if is.first.IsZero() {
		is.first = s.at
	}
	if !is.open {
		is.opened = s.at
	}
	is.open, is.fact, is.weight, is.fixed, is.last = true, fact, weight, time.Time{}, time.Time{}
	return kind
}

// open reports whether a verdict is one of an open finding.
func open(v audit.Verdict) bool {
	return v == audit.Fail || v == audit.Warn || v == audit.Waived
}

// toggle notes a change between open and not in the audit of a number.
func (s *finding) toggle(audits int64) {
	s.toggles++
	s.recent = [3]int64{audits, s.recent[0], s.recent[1]}
}

// flapping reports whether the third last toggle is among the last audits.
func flapping(third, audits int64) bool { return third > 0 && third > audits-flapWindow }

// absent moves on the state of a finding the record does not have. If the run
// speaks about its profile, the rule is not asked any more: it is gone, and not
// fixed. Otherwise nothing is learnt.
func (f *finisher) absent(ctx context.Context, s *seen, is *finding) error {
	profile := ""
	for name, id := range f.rules {
		if id == is.rule {
			profile = name[0]
		}
	}
	if !f.spoken[profile] {
		if open(is.verdict) && is.last.IsZero() {
			is.last = s.was.state.LastSeen
			return f.keepFinding(ctx, is)
		}
		return nil
	}
	if is.verdict == audit.NotApplicable {
		return nil
	}
	was := *is
	if open(is.verdict) && is.last.IsZero() {
		is.last = s.was.state.LastSeen
	}
	is.verdict, is.fact, is.since = audit.NotApplicable, audit.NotApplicable, s.at
	if was.open {
		is.open, is.fixed = false, s.at
		is.toggle(s.audits)
		is.flaps = flapping(is.recent[2], s.audits)
		if err := f.change(ctx, ChangeGone, s.id, "no rule asks for it any more; it was: "+is.message, is); err != nil {
			return err
		}
	}
	return f.keepFinding(ctx, is)
}

// keepFinding writes a state.
func (f *finisher) keepFinding(ctx context.Context, is *finding) error {
	now := values(is.id, is.fingerprint, is.rule, is.subject, int(is.verdict), int(is.fact), int(is.severity), is.weight,
		gravity(is.verdict, is.severity), is.message, is.open, is.first, is.last, is.since, is.fixed, is.toggles, is.recent[0], is.recent[1], is.recent[2], is.opened)
	if is.row != nil {
		return f.amend(ctx, findingTable, is.row, now)
	}
	return f.insert(ctx, findingTable, now)
}

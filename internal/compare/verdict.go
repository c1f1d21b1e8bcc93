package compare

import (
	"cmp"

	"tlsaudit/audit"
)

// state is what a report says about one rule and one subject. Without a finding
// it is nil.
type state struct {
	finding *audit.Finding
	// fact is the verdict without a waiver: a waiver accepts what is there, and
	// takes nothing away.
	fact audit.Verdict
}

// stateOf is what a finding says.
func stateOf(f *audit.Finding) *state {
	s := &state{finding: f, fact: f.Verdict}
	if f.Verdict == audit.Waived {
		s.fact = audit.Fail
		if f.Waiver != nil && f.Waiver.Was == audit.Warn {
			s.fact = audit.Warn
		}
	}
	return s
}

// open reports whether the rule is violated, waived or not.
func (s *state) open() bool { return s != nil && (s.fact == audit.Fail || s.fact == audit.Warn) }

// counts reports whether the violation counts: it is not waived.
func (s *state) counts() bool { return s.open() && s.finding.Verdict != audit.Waived }

// verdict is the word of the report, empty if it has none.
func (s *state) verdict() string {
	if s == nil {
		return ""
	}
	return s.finding.Verdict.String()
}

// kind says what became of a finding; empty if that is not worth a word: it was
// in order and is, or was not known and is in order now. What nobody knows is
// never without a word: silence would read as a pass.
func kind(before, now *state) audit.ChangeKind {
	switch {
	case now.open() && before.open():
		if graver(before, now) {
			return audit.ChangeRegressed
		}
		return audit.ChangeUnchanged
	case now.open() && before != nil && before.fact == audit.Pass:
		return audit.ChangeRegressed
	case now.open():
		return audit.ChangeNew
	case now != nil && now.fact == audit.Unknown:
		if before != nil && before.fact == audit.Unknown {
			return audit.ChangeUnchanged
		}
		return audit.ChangeUndecided
	case before.open() && now != nil && now.fact == audit.Pass:
		return audit.ChangeFixed
	case before.open():
		return audit.ChangeGone
	}
	return ""
}

// graver reports whether a violation weighs more than it did: it fails where it
// warned, its severity rose, or the waiver that accepted it is no more. The
// baseline of a gate draws the same line.
func graver(before, now *state) bool {
	return before.fact == audit.Warn && now.fact == audit.Fail ||
		now.finding.Severity > before.finding.Severity ||
		now.counts() && !before.counts()
}

// states gives each fingerprint of a record its state; where two findings share
// one, the worse counts.
func states(record *audit.Record) map[string]*state {
	if record == nil {
		return nil
	}
	all := make(map[string]*state, len(record.Findings))
	for i := range record.Findings {
		f := &record.Findings[i]
		print := fingerprint(f)
		if had := all[print]; had == nil || f.Compare(had.finding) < 0 {
			all[print] = stateOf(f)
		}
	}
	return all
}

// fingerprint is that of the finding, also where an old report has none.
func fingerprint(f *audit.Finding) string {
	return cmp.Or(f.Fingerprint, audit.FindingFingerprint(f.Profile, f.Rule, f.Subject))
}

package baseline

import (
	"maps"
	"sync"

	"tlsaudit/audit"
)

// The values of audit.Finding.Status.
const (
	New   = "new"
	Known = "known"
)

// Session compares the findings of one run. It may be used by several
// goroutines.
type Session struct {
	baseline *Baseline

	mu  sync.Mutex // guards ref
	ref audit.BaselineRef
}

// Session begins a run.
func (b *Baseline) Session() *Session {
	s := &Session{baseline: b, ref: b.ref}
	s.ref.NewBySeverity = map[string]int{}
	return s
}

// Apply sets the status of findings that fail or warn, in place, and counts.
// Waivers are applied before. Subject and observation are not looked at.
func (s *Session) Apply(_ string, _ *audit.Observation, findings []audit.Finding) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i := range findings {
		s.apply(&findings[i])
	}
}

func (s *Session) apply(f *audit.Finding) {
	print := f.Fingerprint
	if print == "" {
		print = audit.FindingFingerprint(f.Profile, f.Rule, f.Subject)
	}
	was, had := s.baseline.kept[keyOf(print)]
	switch f.Verdict {
	case audit.Fail, audit.Warn:
		if had && was.covers(f) {
			f.Status = Known
			s.ref.Known++
			return
		}
		f.Status = New
		s.ref.New++
		if f.Verdict == audit.Fail {
			s.ref.NewBySeverity[f.Severity.String()]++
		} else {
			s.ref.NewWarn++
		}
	case audit.Pass, audit.NotApplicable:
		if had {
			s.ref.Gone++
		}
	}
}

// covers reports whether the finding is no graver now than it was.
func (g grave) covers(f *audit.Finding) bool {
	return g.verdict != audit.Waived && (g.verdict == audit.Fail || f.Verdict == audit.Warn) && g.severity >= f.Severity
}

// Ref returns what the run was compared with and the counts so far.
func (s *Session) Ref() *audit.BaselineRef {
	s.mu.Lock()
	defer s.mu.Unlock()
	ref := s.ref
	ref.NewBySeverity = maps.Clone(ref.NewBySeverity)
	return &ref
}

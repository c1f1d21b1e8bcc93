package waiver

import (
	"sync"
	"time"

	"tlsaudit/audit"
)

// Session applies the waivers in one run and keeps count. It may be used by
// several goroutines.
type Session struct {
	set *Set
	now time.Time

	mu   sync.Mutex // guards uses
	uses []use      // by waiver
}

// use counts what became of one waiver.
type use struct {
	// subjects counts those the target names, whatever was found there.
	subjects int
	// findings counts what it covers or, expired, would have covered; lost
	// what another waiver covers already.
	findings, lost int
	// replaced counts findings it was for while another certificate was
	// presented.
	replaced int
}

// Session begins a run as of now.
func (s *Set) Session(now time.Time) *Session {
	return &Session{set: s, now: now, uses: make([]use, len(s.waivers))}
}

// Apply puts the waivers to the findings of one subject, in place. What fails
// or warns under a waiver that holds becomes waived; under one that has run out
// it stays what it is, and its message says so. The observation may be nil, for
// a subject that is not an endpoint. The order of findings is left as it is.
func (s *Session) Apply(subject string, o *audit.Observation, findings []audit.Finding) {
	var here []int
	for i := range s.set.waivers {
		if s.set.waivers[i].target.matches(subject) {
			here = append(here, i)
		}
	}
	if len(here) == 0 {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, i := range here {
		s.uses[i].subjects++
	}
	for i := range findings {
		if f := &findings[i]; f.Verdict == audit.Fail || f.Verdict == audit.Warn {
			s.apply(f, o, here)
		}
	}
}

// apply finds the waiver that speaks about a finding: the first that holds,
// otherwise the first that has run out.
func (s *Session) apply(f *audit.Finding, o *audit.Observation, here []int) {
	best := -1
	for _, i := range here {
		w := &s.set.waivers[i]
		switch {
		case !w.names(f):
		case !w.fits(f, o):
			s.uses[i].replaced++
		case best < 0:
			best = i
		case s.set.waivers[best].term.over(s.now) && !w.term.over(s.now):
			s.uses[best].lost++
			best = i
		default:
			s.uses[i].lost++
		}
	}
	if best < 0 {
		return
	}
	w := &s.set.waivers[best]
	s.uses[best].findings++
	ref := w.ref
	ref.Was, ref.Expired = f.Verdict, w.term.over(s.now)
	f.Waiver = &ref
	if ref.Expired {
		f.Message += "; waiver " + ref.ID + " expired " + w.term.text
		return
	}
	f.Verdict = audit.Waived
}

// names reports whether the waiver is for the rule of a finding.
func (w *waiver) names(f *audit.Finding) bool {
	return (w.profile == "" || w.profile == f.Profile) && (w.rule == "" || w.rule == f.Rule) && (w.check == "" || w.check == f.Check)
}

// fits compares fingerprints. One of a certificate holds only while no other is
// presented: a finding does not say which of two leaves it is about.
func (w *waiver) fits(f *audit.Finding, o *audit.Observation) bool {
	switch len(w.fingerprint) {
	case 0:
		return true
	case 32:
		return w.fingerprint == f.Fingerprint
	}
	if o == nil || len(o.Chains) == 0 {
		return false
	}
	for _, c := range o.Chains {
		if len(c.Certificates) == 0 || c.Certificates[0].SHA256 != w.fingerprint {
			return false
		}
	}
	return true
}

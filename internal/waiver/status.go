package waiver

import (
	"fmt"
	"strings"
	"time"

	"tlsaudit/audit"
)

const (
	// expiringDays is how long before its end a waiver is reported.
	expiringDays = 30
	// broad is how many subjects a pattern may name before it is reported.
	broad = 20
)

// Status lists every waiver and what became of it, in the order written. It is
// called when the run has ended; complete says that every target was audited,
// without which nobody knows what a waiver would have been used for.
func (s *Session) Status(complete bool) []audit.WaiverStatus {
	s.mu.Lock()
	defer s.mu.Unlock()
	list := make([]audit.WaiverStatus, 0, len(s.uses))
	for i := range s.set.waivers {
		list = append(list, s.status(&s.set.waivers[i], s.uses[i], complete))
	}
	return list
}

func (s *Session) status(w *waiver, u use, complete bool) audit.WaiverStatus {
	place := w.place
	st := audit.WaiverStatus{
		WaiverRef: w.ref, State: audit.WaiverActive, Rule: w.rule, Check: w.check, Target: string(w.target),
		Fingerprint: w.fingerprint, Created: w.created, Findings: u.findings, Place: &place,
	}
	if w.profile != "" && w.rule != "" {
		st.Rule = w.profile + "/" + w.rule
	}
	note := func(format string, args ...any) { st.Notes = append(st.Notes, fmt.Sprintf(format, args...)) }
	unused := complete && u.findings == 0
	switch left := w.term.until.Sub(s.now); {
	case left <= 0:
		st.State, st.Expired = audit.WaiverExpired, true
		note("expired %s", w.term.text)
	case left <= expiringDays*day:
		st.State = audit.WaiverExpiring
		note("expires %s, in %s", w.term.text, days(left))
	}
	if unused {
		if st.State != audit.WaiverExpired {
			st.State = audit.WaiverUnused
		}
		s.noteUnused(u, note)
	}
	noteBroad(w, u, note)
	return st
}

// noteUnused says why a waiver came to nothing.
func (s *Session) noteUnused(u use, note func(string, ...any)) {
	switch {
	case u.lost > 0:
		note("unused: other waivers cover the same findings")
	case u.replaced > 0:
		left := "1 finding is"
		if u.replaced > 1 {
			left = fmt.Sprintf("%d findings are", u.replaced)
		}
		note("unused: the fingerprint is not that of what was found; %s left without a waiver", left)
	case u.subjects == 0:
		note("unused: no subject of this run matches the target")
	default:
		note("unused: nothing it is for fails or warns")
	}
}

func noteBroad(w *waiver, u use, note func(string, ...any)) {
	switch {
	case w.target.everything():
		note("over-broad: the target is every subject")
	case w.target.wild() && !strings.HasPrefix(string(w.target), gatewayScheme) && !strings.HasPrefix(string(w.target), configScheme) && !namesHost(string(w.target)):
		note("over-broad: the target names no host, and matches those of tomorrow too")
	case w.target.wild() && u.subjects > broad:
		note("over-broad: the target matches %d subjects", u.subjects)
	}
	if w.rule == "" {
		note("over-broad: it names a check and so every rule that uses it")
	}
}

// days rounds up, so that the last day is one day.
func days(left time.Duration) string {
	n := int((left + day - 1) / day)
	if n == 1 {
		return "1 day"
	}
	return fmt.Sprintf("%d days", n)
}

package checks

import (
	"time"

	"tlsaudit/audit"
)

// issuance limits a rule to certificates by the day they were issued on, which
// is not the day they are judged on. notBefore stands for it: a CA must not
// set it more than two days off.
type issuance struct{ from, before time.Time }

const (
	issuedFromDoc   = "judge only certificates whose notBefore is on or after this day, such as 2026-03-15"
	issuedBeforeDoc = "judge only certificates whose notBefore is before this day"
)

func (r *reader) issuance() issuance {
	return issuance{from: r.date("issued_from"), before: r.date("issued_before")}
}

// excludes reports whether the rule is not about the certificate, or cannot be
// known to be, and what to say then.
func (i *issuance) excludes(l *leaf) (out []audit.Outcome, other bool) {
	switch at := l.NotBefore; {
	case i.from.IsZero() && i.before.IsZero():
		return nil, false
	case at.IsZero():
		return []audit.Outcome{undecided(l.evidence(), "%s: when it was issued could not be read", l.Label)}, true
	case at.Before(i.from):
		return []audit.Outcome{moot("%s: issued on %s, before the rule holds for new certificates", l.Label, at.UTC().Format(time.DateOnly))}, true
	case !i.before.IsZero() && !at.Before(i.before):
		return []audit.Outcome{moot("%s: issued on %s, after the rule held for new certificates", l.Label, at.UTC().Format(time.DateOnly))}, true
	}
	return nil, false
}

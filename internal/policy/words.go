package policy

import (
	"fmt"
	"strings"
	"time"

	"tlsaudit/audit"
	"tlsaudit/internal/strictyaml"
)

// Protocols are the protocol names a rule may apply to.
var Protocols = []string{"https", "smtp", "smtps", "sametime", "tls"}

// level is audit.Level as people write it: "must_not", "MUST NOT", "must-not".
type level audit.Level

func (l *level) UnmarshalText(b []byte) error {
	allowed := make([]string, len(audit.Levels))
	for i, one := range audit.Levels {
		allowed[i] = string(one)
	}
	word := strings.NewReplacer(" ", "_", "-", "_").Replace(strings.ToLower(strings.TrimSpace(string(b))))
	*l = level(word)
	return strictyaml.Choose(word, allowed)
}

// severity is audit.Severity with a hint for what is misspelt.
type severity audit.Severity

func (s *severity) UnmarshalText(b []byte) error {
	var names []string
	for one := audit.Info; one <= audit.Critical; one++ {
		names = append(names, one.String())
	}
	word := strings.ToLower(string(b))
	if err := strictyaml.Choose(word, names); err != nil {
		return err
	}
	return (*audit.Severity)(s).UnmarshalText([]byte(word))
}

// protocolName is one of Protocols.
type protocolName string

func (p *protocolName) UnmarshalText(b []byte) error {
	*p = protocolName(b)
	return strictyaml.Choose(string(b), Protocols)
}

// version is a protocol version by name.
type version string

func (v *version) UnmarshalText(b []byte) error {
	allowed := make([]string, len(audit.Versions))
	for i, one := range audit.Versions {
		allowed[i] = one.String()
	}
	*v = version(b)
	return strictyaml.Choose(string(b), allowed)
}

// date is a day or a month in UTC. As a beginning it means its first moment,
// as an end its last: "until 2031-12-31" includes that day.
type date struct{ first, after time.Time }

func (d *date) UnmarshalText(b []byte) error {
	if t, err := time.Parse(time.DateOnly, string(b)); err == nil {
		*d = date{t, t.AddDate(0, 0, 1)}
		return nil
	}
	if t, err := time.Parse("2006-01", string(b)); err == nil {
		*d = date{t, t.AddDate(0, 1, 0)}
		return nil
	}
	return &strictyaml.ValueError{Cause: fmt.Sprintf("%q is not a date", b), Hint: "write year, month and day, as in 2026-11-20, or year and month, as in 2026-11"}
}

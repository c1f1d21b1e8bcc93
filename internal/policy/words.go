package policy

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"tlsaudit/audit"
	"tlsaudit/internal/strictyaml"
)

// Protocols are the protocol names a rule may apply to.
var Protocols = []string{
	"https", "smtp", "smtps", "lmtp", "imap", "imaps", "pop3", "pop3s", "sieve", "nntp", "nntps", "ftp", "ftps", "ldap", "ldaps",
	"xmpp-client", "xmpp-server", "xmpps", "sips", "postgres", "mysql", "sametime", "tls", "mx",
}

// configurations is what a rule applies to that speaks of the settings of a
// server and not of an endpoint.
const configurations = "config"

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

// or returns the level, or another if none was given.
func (l level) or(other audit.Level) audit.Level {
	if l == "" {
		return other
	}
	return audit.Level(l)
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
	word := strings.ToLower(string(b))
	*p = protocolName(word)
	return strictyaml.Choose(word, append(slices.Clone(Protocols), configurations))
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

// last is the last day of an end, as it is written.
func (d date) last() string { return d.after.AddDate(0, 0, -1).Format(time.DateOnly) }

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

// confidence is how sure a profile is of a rule.
type confidence string

func (c *confidence) UnmarshalText(b []byte) error {
	*c = confidence(b)
	return strictyaml.Choose(string(b), []string{"high", "medium", "low"})
}

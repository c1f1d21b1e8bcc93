package exim

import (
	"slices"
	"strings"

	"tlsaudit/internal/confdoc"
)

// advertised says to whom STARTTLS is offered. Before 4.87 it was nobody where
// tls_advertise_hosts is not set.
func (c *reading) advertised() hosts {
	o := c.config.main["tls_advertise_hosts"]
	if o != nil {
		return c.hostsOf(o, hostsUnknown)
	}
	if c.missing != nil {
		return hostsUnknown
	}
	version, known := c.r.Version("exim")
	switch {
	case !known:
		return hostsUnknown
	case confdoc.CompareVersions(version, "4.87") < 0:
		return hostsNone
	}
	return hostsAll
}

// statement is a verb of an ACL with its conditions.
type statement struct {
	verb       string
	conditions []condition
}

type condition struct {
	name, value string
	negated     bool
}

var verbs = names("accept", "defer", "deny", "discard", "drop", "require", "warn")

// modifiers are words in an ACL that decide nothing.
var modifiers = names("add_header", "control", "delay", "endpass", "log_message", "log_reject_target", "logwrite", "message", "queue", "remove_header", "set", "udpsend")

// statements reads the lines of an ACL.
func statements(lines []*line) (list []statement) {
	for _, l := range lines {
		rest := l.text
		read := func() (name string, negated bool) {
			rest = strings.TrimLeft(rest, blanks)
			if after, ok := strings.CutPrefix(rest, "!"); ok {
				rest, negated = strings.TrimLeft(after, blanks), true
			}
			name = rest[:nameLength(rest)]
			rest = strings.TrimLeft(rest[len(name):], blanks)
			return name, negated
		}
		name, negated := read()
		if verbs[name] && !negated {
			list = append(list, statement{verb: name})
			if rest == "" {
				continue
			}
			name, negated = read()
		}
		if len(list) == 0 {
			continue
		}
		value := strings.TrimLeft(strings.TrimPrefix(rest, "="), blanks)
		last := &list[len(list)-1]
		last.conditions = append(last.conditions, condition{name, value, negated})
	}
	return list
}

// enforced reports whether an ACL turns away every mail that comes in clear
// text: a statement without any other condition, before any that lets pass.
func (c *reading) enforced() bool {
	for _, when := range []string{"acl_smtp_mail", "acl_smtp_rcpt", "acl_smtp_predata", "acl_smtp_data"} {
		o := c.config.main[when]
		if o == nil || !c.sure(o) {
			continue
		}
		if slices.ContainsFunc(c.acls[o.value], func(l *line) bool { return l.unsure || l.depth > 0 && l.late }) {
			continue
		}
		for _, s := range statements(c.acls[o.value]) {
			if s.demandsTLS() {
				return true
			}
			if s.verb == "accept" && !s.localOnly() || s.verb == "discard" {
				break
			}
		}
	}
	return false
}

func (s statement) demandsTLS() bool {
	found := false
	for _, cond := range s.conditions {
		switch {
		case modifiers[cond.name]:
		case cond.name == "encrypted" && cond.value == "*" && cond.negated != (s.verb == "require"):
			found = true
		case s.verb != "require": // another condition narrows it down
			return false
		}
	}
	return found && (s.verb == "require" || s.verb == "deny" || s.verb == "drop" || s.verb == "defer")
}

// localOnly reports whether a statement is about mail that comes from no host.
func (s statement) localOnly() bool {
	return slices.ContainsFunc(s.conditions, func(c condition) bool { return c.name == "hosts" && c.value == ":" && !c.negated })
}

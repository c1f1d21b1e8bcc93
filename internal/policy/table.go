package policy

import (
	"fmt"

	"tlsaudit/audit"
)

// table expands a gateway table to demands. Each row demands its parts as
// rules of their own, which apply where the row is the first of its direction
// to match; so a target gets the demands of one row per direction, and the
// control of each finding names the row.
type table struct {
	policy string
	rows   []Connection
}

// anyVersion is what "TLS is offered" means to a gateway; which versions are
// good is for other rules.
var anyVersion = map[string]any{"any": []any{"TLSv1.0", "TLSv1.1", "TLSv1.2", "TLSv1.3"}}

func (t table) demands() []demand {
	if len(t.rows) == 0 {
		return nil
	}
	var list []demand
	for i, c := range t.rows {
		list = append(list, t.row(i, c)...)
	}
	for _, direction := range []string{Outbound, Inbound} {
		list = append(list, t.unmatched(direction))
	}
	return list
}

func (t table) row(i int, c Connection) []demand {
	var list []demand
	add := func(part, title, check string, params map[string]any, applies ...string) {
		s := severity(audit.High)
		list = append(list, demand{severity: &s, params: params, rule: audit.Rule{
			Profile: t.policy, ID: fmt.Sprintf("connections.%s.%d.%s", c.Direction, c.Priority, part),
			Control: "connections/" + c.Name, Level: audit.Must, Check: check, Applies: applies, Place: &c.Place,
			Title: fmt.Sprintf("%s row %q (priority %d, %s, %s): %s", c.Direction, c.Name, c.Priority, c.Security(), c.Strength(), title),
			Match: func(target *audit.Target, o *audit.Observation) bool { return t.first(c.Direction, target, o) == i },
		}})
	}
	add("starttls", "the peer offers STARTTLS", "smtp.starttls.offered", nil, "smtp")
	add("tls", "the peer offers TLS and a handshake completes", "protocol.tls_enabled", anyVersion, "smtp", "smtps")
	add("strength", fmt.Sprintf("the peer accepts a suite of %d bits or more", c.MinBits), "messaging.strong_crypto",
		map[string]any{"min_bits": c.MinBits, "direction": c.Direction}, "smtp", "smtps")
	if c.Chain {
		add("chain", "the certificate chains to a trust anchor", "cert.chain.trusted", nil, "smtp", "smtps")
	}
	if c.CN {
		add("name", "the certificate names the host", "cert.identity", nil, "smtp", "smtps")
	}
	return list
}

// first returns the row that governs the target in one direction, or -1.
func (t table) first(direction string, target *audit.Target, o *audit.Observation) int {
	if target.Direction != "" && target.Direction != direction {
		return -1
	}
	for i, c := range t.rows {
		if c.Direction == direction && c.Match.Matches(target, o) {
			return i
		}
	}
	return -1
}

// unmatched tells the reader that no row governs a mail endpoint: TLS is then
// opportunistic. A direction without a table speaks up only for targets that
// state it.
func (t table) unmatched(direction string) demand {
	empty := true
	for _, c := range t.rows {
		empty = empty && c.Direction != direction
	}
	s := severity(audit.Info)
	place := t.rows[0].Place
	return demand{severity: &s, params: anyVersion, rule: audit.Rule{
		Profile: t.policy, ID: "connections." + direction + ".unmatched", Control: "connections/no row", Level: audit.May,
		Check: "protocol.tls_enabled", Applies: []string{"smtp", "smtps"}, Place: &place,
		Title: fmt.Sprintf("no %s row matches: TLS is opportunistic and nothing is enforced", direction),
		Lead:  fmt.Sprintf("no %s row matches, nothing is enforced", direction),
		Match: func(target *audit.Target, o *audit.Observation) bool {
			if target.Direction != direction && (target.Direction != "" || empty) {
				return false
			}
			return t.first(direction, target, o) < 0
		},
	}}
}

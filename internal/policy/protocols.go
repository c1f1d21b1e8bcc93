package policy

import (
	"slices"
	"strings"

	"tlsaudit/audit"
)

// protocolsDoc is the section on protocol versions. A standard grades them
// either by what must and must not be offered, or in tiers.
type protocolsDoc struct {
	Required    []protocolDoc `yaml:"required"`
	RequiredAny []protocolDoc `yaml:"required_any"`
	Recommended []protocolDoc `yaml:"recommended"`
	// Allowed, Good and Sufficient document the standard: what must not be
	// offered is said by name.
	Allowed      []protocolDoc `yaml:"allowed"`
	Discouraged  []protocolDoc `yaml:"discouraged"`
	Forbidden    []protocolDoc `yaml:"forbidden"`
	Good         []protocolDoc `yaml:"good"`
	Sufficient   []protocolDoc `yaml:"sufficient"`
	PhaseOut     []protocolDoc `yaml:"phase_out"`
	Insufficient []protocolDoc `yaml:"insufficient"`
}

type protocolDoc struct {
	Place   audit.Place `yaml:",place"`
	Name    version     `yaml:"name,required"`
	Control string      `yaml:"control"`
	From    date        `yaml:"from"`
	Until   date        `yaml:"until"`
	Note    string      `yaml:"note"`
}

func (x *expander) protocols(doc *protocolsDoc) error {
	for _, s := range []struct {
		key    string
		docs   []protocolDoc
		level  audit.Level
		check  string
		params string
		title  string
		join   string
	}{
		{"forbidden", doc.Forbidden, audit.MustNot, "protocol.offered", "versions", "Not offered: ", ", "},
		{"insufficient", doc.Insufficient, audit.MustNot, "protocol.offered", "versions", "Not offered, insufficient: ", ", "},
		{"discouraged", doc.Discouraged, audit.ShouldNot, "protocol.offered", "versions", "Better not offered: ", ", "},
		{"phase_out", doc.PhaseOut, audit.ShouldNot, "protocol.offered", "versions", "Being phased out: ", ", "},
		{"required", doc.Required, audit.Must, "protocol.tls_enabled", "all", "Offered: ", " and "},
		{"required_any", doc.RequiredAny, audit.Must, "protocol.tls_enabled", "any", "Offered: ", " or "},
		{"recommended", doc.Recommended, audit.Should, "protocol.tls_enabled", "all", "Better offered: ", " and "},
	} {
		for i, group := range groupProtocols(s.docs) {
			if err := checkDates(group[0].Place, group[0].From, group[0].Until); err != nil {
				return err
			}
			versions := versionNames(group)
			id := "protocols." + s.key
			if i > 0 {
				id += "." + versions[0]
			}
			d := x.add(id, s.title+strings.Join(versions, s.join), group[0].Control, s.level, group[0].Place, s.check, map[string]any{s.params: words(versions)})
			d.rule.From, d.rule.Until, d.rule.Note = group[0].From.first, group[0].Until.after, group[0].Note
		}
	}
	x.expired(slices.Concat(doc.Recommended, doc.Allowed, doc.Good, doc.Sufficient))
	return nil
}

// expired demands that a version is given up once the time is over for which
// the standard recommends or allows it.
func (x *expander) expired(docs []protocolDoc) {
	docs = slices.DeleteFunc(docs, func(p protocolDoc) bool { return p.Until.after.IsZero() })
	for i, group := range groupProtocols(docs) {
		versions := versionNames(group)
		id := "protocols.expired"
		if i > 0 {
			id += "." + versions[0]
		}
		d := x.add(id, "No longer offered after "+group[0].Until.last()+": "+strings.Join(versions, ", "), group[0].Control, audit.ShouldNot, group[0].Place,
			"protocol.offered", map[string]any{"versions": words(versions)})
		d.rule.From = group[0].Until.after
	}
}

func versionNames(docs []protocolDoc) []string {
	var list []string
	for _, p := range docs {
		list = append(list, string(p.Name))
	}
	return list
}

// groupProtocols keeps together what is demanded by the same clause for the
// same time, so that one rule speaks of all of it.
func groupProtocols(docs []protocolDoc) [][]protocolDoc {
	var groups [][]protocolDoc
	for _, p := range docs {
		i := slices.IndexFunc(groups, func(g []protocolDoc) bool {
			return g[0].Control == p.Control && g[0].From == p.From && g[0].Until == p.Until && g[0].Note == p.Note
		})
		if i < 0 {
			groups = append(groups, nil)
			i = len(groups) - 1
		}
		groups[i] = append(groups[i], p)
	}
	return groups
}

// checkDates refuses a time that ends before it begins.
func checkDates(place audit.Place, from, until date) error {
	if until.after.IsZero() || from.first.Before(until.after) {
		return nil
	}
	return &audit.InputError{Place: place, Cause: "until is before from", Hint: "the entry would never be in force"}
}

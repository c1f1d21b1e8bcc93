package policy

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"tlsaudit/audit"
)

// protocolsDoc is the section on protocol versions. A standard grades them
// either by what must and must not be offered, or in tiers.
type protocolsDoc struct {
	Required    []protocolDoc `yaml:"required"`
	RequiredAny []protocolDoc `yaml:"required_any"`
	Recommended []protocolDoc `yaml:"recommended"`
	// Allowed, Good and Sufficient document the standard, until the day a version
	// is off the list: what must not be offered is said by name.
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
	if err := doc.check(); err != nil {
		return err
	}
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
		{"recommended", doc.recommendedEach(), audit.Should, "protocol.tls_enabled", "all", "Better offered: ", " and "},
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
	x.recommendedAny(doc)
	x.expired("protocols.expired", audit.ShouldNot, doc.Recommended)
	x.expired("protocols.off_list", audit.MustNot, slices.Concat(doc.Allowed, doc.Good, doc.Sufficient, doc.PhaseOut))
	return nil
}

// check refuses what would be read and not done: an end of a prohibition, and
// a version graded twice.
func (doc *protocolsDoc) check() error {
	for _, s := range []struct {
		key  string
		docs []protocolDoc
	}{{"forbidden", doc.Forbidden}, {"insufficient", doc.Insufficient}, {"discouraged", doc.Discouraged}} {
		for _, p := range s.docs {
			if !p.Until.after.IsZero() {
				return &audit.InputError{Place: p.Place, Cause: fmt.Sprintf("protocols.%s: %s with until, as if it were good again after that day", s.key, p.Name),
					Hint: "leave until off; what ends with a day stands under phase_out, sufficient, allowed or recommended, and what begins with one has from"}
			}
		}
	}
	var list []member
	for _, s := range []struct {
		tier string
		docs []protocolDoc
	}{{"good", doc.Good}, {"sufficient", doc.Sufficient}, {"phase_out", doc.PhaseOut}, {"insufficient", doc.Insufficient}} {
		for _, p := range s.docs {
			list = append(list, member{s.tier, string(p.Name), p.Place})
		}
	}
	return inOneTier("protocols", list)
}

// oneOfThem reports whether the standard leaves the choice among the versions
// it recommends: all of them are those of which one is required.
func (doc *protocolsDoc) oneOfThem() bool {
	return len(doc.Recommended) > 1 && !slices.ContainsFunc(doc.Recommended, func(p protocolDoc) bool {
		return !slices.Contains(versionNames(doc.RequiredAny), string(p.Name))
	})
}

// recommendedEach are the versions that are recommended each.
func (doc *protocolsDoc) recommendedEach() []protocolDoc {
	if doc.oneOfThem() {
		return nil
	}
	return doc.Recommended
}

// recommendedAny expands versions of which one meets the recommendation, with
// one rule for each time between two ends of them.
func (x *expander) recommendedAny(doc *protocolsDoc) {
	if !doc.oneOfThem() {
		return
	}
	var from time.Time
	for left := doc.Recommended; len(left) > 0; {
		first := slices.MinFunc(left, func(a, b protocolDoc) int { return compareEnds(a.Until.after, b.Until.after) })
		versions, id := versionNames(left), "protocols.recommended"
		if !from.IsZero() {
			id += "." + from.Format("2006")
		}
		d := x.add(id, "Better offered: "+strings.Join(versions, " or "), left[0].Control, audit.Should, left[0].Place, "protocol.tls_enabled", map[string]any{"any": words(versions)})
		d.rule.From, d.rule.Until, d.rule.Note = from, first.Until.after, left[0].Note
		if first.Until.after.IsZero() {
			return
		}
		from = first.Until.after
		left = slices.DeleteFunc(slices.Clone(left), func(p protocolDoc) bool { return p.Until.after.Equal(from) })
	}
}

// compareEnds orders ends; one that is not set comes last.
func compareEnds(a, b time.Time) int {
	if a.IsZero() || b.IsZero() {
		return cmp.Compare(boolInt(a.IsZero()), boolInt(b.IsZero()))
	}
	return a.Compare(b)
}

// expired demands that a version is given up once the time is over for which
// the standard recommends it, or has it in a tier.
func (x *expander) expired(key string, force audit.Level, docs []protocolDoc) {
	docs = slices.DeleteFunc(slices.Clone(docs), func(p protocolDoc) bool { return p.Until.after.IsZero() })
	for i, group := range groupProtocols(docs) {
		versions := versionNames(group)
		id := key
		if i > 0 {
			id += "." + versions[0]
		}
		d := x.add(id, "No longer offered after "+group[0].Until.last()+": "+strings.Join(versions, ", "), group[0].Control, force, group[0].Place,
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

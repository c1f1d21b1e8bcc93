package report

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"tlsaudit/audit"
)

// maxSystems bounds the systems told apart; the rest is counted together. It
// keeps memory from growing with the inventory.
const maxSystems = 500

// The names of what belongs to no system.
const (
	configSystem  = "configuration files"
	gatewaySystem = "gateway table"
	otherSystems  = "(other systems)"
)

// pageTally is what a page says about all records, gathered before it is
// written. It grows with the number of rules, and to a bound with systems.
type pageTally struct {
	tally
	report  *audit.Report
	systems map[string]*systemTally
	// Systems has the most failures first.
	Systems []*systemTally
	// Open counts findings that neither pass nor are without meaning.
	Open int
	// Endpoints, Files and Rows count records by kind, Peers those with an
	// answer to what-if.
	Endpoints, Files, Rows, Peers int
	// Worst counts endpoints by their worst verdict, as allVerdicts; the last
	// counts those nobody judged.
	Worst [len(allVerdicts) + 1]int
	// Undecided is the weight of what could not be decided, in Of.
	Undecided audit.Score
	rules     map[[2]string]int
	profiles  map[string]int
	// Profiles are the ids of all profiles with findings, in order.
	Profiles []string
	// Known is set when findings were compared with a baseline.
	Known bool
}

// systemTally counts the subjects and findings of one system.
type systemTally struct {
	Name     string
	Index    int // what rows name it by
	Subjects int
	Numbers  [len(allVerdicts)]int
	Score    audit.Score
}

func newPageTally(r *audit.Report) *pageTally {
	t := &pageTally{tally: newTally(), report: r, systems: map[string]*systemTally{}, rules: map[[2]string]int{}, profiles: map[string]int{}}
	t.remedies.limit = 0 // they stand at their subjects
	for i := range r.Rules {
		t.rules[[2]string{r.Rules[i].Profile, r.Rules[i].Rule}] = i
	}
	return t
}

// systemOf names the system a record belongs to.
func systemOf(record *audit.Record) string {
	switch {
	case record.Evidence.Connection != nil:
		return gatewaySystem
	case isConfiguration(record):
		return configSystem
	}
	return cmp.Or(observed(record).Target.System, unnamedSystem)
}

func (t *pageTally) system(record *audit.Record) *systemTally {
	name := systemOf(record)
	s := t.systems[name]
	if s == nil && len(t.systems) >= maxSystems {
		name = otherSystems
		s = t.systems[name]
	}
	if s == nil {
		s = &systemTally{Name: name, Index: len(t.systems)}
		t.systems[name] = s
	}
	return s
}

func (t *pageTally) add(record *audit.Record) error {
	t.tally.add(record)
	s := t.system(record)
	s.Subjects++
	worst := len(allVerdicts)
	for i := range record.Findings {
		f := &record.Findings[i]
		at := rank(f.Verdict)
		s.Numbers[at]++
		s.Score.Add(f)
		worst = min(worst, at)
		if isOpen(f) {
			t.Open++
		}
		if f.Verdict == audit.Unknown {
			t.Undecided.Add(f)
		}
		t.profiles[f.Profile]++
		t.Known = t.Known || f.Status != ""
	}
	switch {
	case record.Evidence.Connection != nil:
		t.Rows++
	case isConfiguration(record):
		t.Files++
	default:
		t.Endpoints++
		t.Worst[worst]++
		if record.WhatIf != nil {
			t.Peers++
		}
	}
	return nil
}

// isOpen reports whether a finding calls for a reader's eye.
func isOpen(f *audit.Finding) bool {
	return f.Verdict != audit.Pass && f.Verdict != audit.NotApplicable
}

// close orders what was gathered.
func (t *pageTally) close() {
	t.Systems = slices.SortedFunc(maps.Values(t.systems), func(a, b *systemTally) int {
		for i := range a.Numbers {
			if c := cmp.Compare(b.Numbers[i], a.Numbers[i]); c != 0 {
				return c
			}
		}
		return strings.Compare(a.Name, b.Name)
	})
	t.Profiles = slices.Sorted(maps.Keys(t.profiles))
	for i, p := range t.Profiles {
		t.profiles[p] = i
	}
}

// Protocols says "https 4, smtp 2".
func (t *pageTally) Protocols() string {
	var parts []string
	for _, name := range slices.Sorted(maps.Keys(t.protocols)) {
		parts = append(parts, fmt.Sprintf("%s %d", name, t.protocols[name]))
	}
	return strings.Join(parts, ", ")
}

// Period says when the endpoints were scanned.
func (t *pageTally) Period() string {
	if t.from.IsZero() {
		return "unknown"
	}
	return stamp(t.from) + " to " + stamp(t.to)
}

// Broken is a rule with what it came to.
type Broken struct {
	Profile, Rule, Control, Title string
	Fail, Warn, Unknown           int
	Anchor                        string
}

// Top lists the rules broken most.
func (t *pageTally) Top() []Broken {
	var list []Broken
	for _, r := range t.worst(topRules) {
		b := Broken{Profile: r.profile, Rule: r.rule, Control: r.control, Fail: r.fail, Warn: r.warn, Unknown: r.unknown, Anchor: t.anchor(r.profile, r.rule)}
		if b.Anchor != "" {
			b.Title = t.report.Rules[t.rules[[2]string{r.profile, r.rule}]].Title
		}
		list = append(list, b)
	}
	return list
}

// anchor is the id of a rule within the page; empty if the report does not
// describe it.
func (t *pageTally) anchor(profile, rule string) string {
	i, ok := t.rules[[2]string{profile, rule}]
	if !ok {
		return ""
	}
	return fmt.Sprintf("r%d", i)
}

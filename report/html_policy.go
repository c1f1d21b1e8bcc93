package report

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"tlsaudit/audit"
)

// WhatIfCells are the answers of a peer in the order of a report.
func (s *subject) WhatIfCells() []audit.WhatIfCell {
	var list []audit.WhatIfCell
	eachCell(func(level, strength string) { list = append(list, cellOf(s.WhatIf, level, strength)) })
	return list
}

// Met says whether the peer satisfies what its row demands now.
func (s *subject) Met() string { return met(s.WhatIf) }

// Highest names the strongest demands the peer satisfies.
func (s *subject) Highest() string { return highest(s.WhatIf) }

// Reasons says why demands do not hold.
func (s *subject) Reasons() []string { return reasons(s.WhatIf) }

// CellHeads are the demands in the order of a report.
func (p *page) CellHeads() []string {
	var list []string
	eachCell(func(level, strength string) { list = append(list, levelTitle(level)+" "+strength) })
	return list
}

// CellWord is ok, no or unknown.
func (p *page) CellWord(c audit.WhatIfCell) string { return cellWords[cellRank(c.Verdict)] }

// CellClass is the class of an answer in the style.
func (p *page) CellClass(c audit.WhatIfCell) string {
	return [...]string{"pass", "fail", "unknown"}[cellRank(c.Verdict)]
}

// Effect is what raising a row to some levels would do.
type Effect struct {
	To, Says       string
	Broken, Unsure []string
}

// Effects joins the levels of a row that break the same peers.
func (p *page) Effects(row audit.RowImpact) []Effect {
	var list []Effect
	for _, c := range consequences(&row) {
		list = append(list, Effect{To: cellNames(c.cells), Says: c.says(), Broken: named(c.BreaksNamed, c.Breaks), Unsure: named(c.UnknownNamed, c.Unknown)})
	}
	return list
}

// Waivers has those first that need a decision.
func (p *page) Waivers() []audit.WaiverStatus { return byState(p.Report.Waivers) }

// WaiverCounts says how many waivers are in which state.
func (p *page) WaiverCounts() string { return stateCounts(p.Report.Waivers) }

// StateClass is the class of a waiver's state in the style.
func (p *page) StateClass(s audit.WaiverState) string {
	switch s {
	case audit.WaiverActive:
		return "waived"
	case audit.WaiverExpired:
		return "fail"
	}
	return "warn"
}

// Baseline says what was compared with what.
func (p *page) Baseline() string { return baseline(p.Report.Baseline) }

// Unautomated are the rules for a person, or those that are switched off.
func (p *page) Unautomated(off bool) []audit.Unautomated {
	return slices.DeleteFunc(slices.Clone(p.Report.Unautomated), func(u audit.Unautomated) bool { return u.Disabled != off })
}

// ChangeCount is a kind of change and how many there are.
type ChangeCount struct {
	Kind  audit.ChangeKind
	N     int
	Means string
}

var changeMeanings = map[audit.ChangeKind]string{
	audit.ChangeNew:         "a finding the earlier report does not have",
	audit.ChangeRegressed:   "was in order, and is not any more",
	audit.ChangeFixed:       "failed or warned, and is in order",
	audit.ChangeUnchanged:   "fails, warns or is not decided as before",
	audit.ChangeUndecided:   "is not decided, and was or was not asked: not thereby fixed",
	audit.ChangeUnreachable: "answered, and does not any more",
	audit.ChangeReachable:   "did not answer, and does",
	audit.ChangeAdded:       "an endpoint the earlier report does not have",
	audit.ChangeGone:        "an endpoint or a rule only the earlier report has: nothing is fixed",
	audit.ChangeCertificate: "another leaf certificate is presented",
	audit.ChangePosture:     "a version, suite or group is accepted that was not, or the other way round",
}

// ChangeCounts has the kinds in their order, those that occur.
func (p *page) ChangeCounts() []ChangeCount {
	var list []ChangeCount
	for _, kind := range changeOrder(p.Report.Changes.Counts) {
		list = append(list, ChangeCount{kind, p.Report.Changes.Counts[kind], changeMeanings[kind]})
	}
	return list
}

// changeOrder is the order of audit.ChangeKinds; what a later program added
// comes last.
func changeOrder(numbers map[audit.ChangeKind]int) []audit.ChangeKind {
	var list []audit.ChangeKind
	for _, kind := range slices.Concat(audit.ChangeKinds, slices.Sorted(maps.Keys(numbers))) {
		if numbers[kind] > 0 && !slices.Contains(list, kind) {
			list = append(list, kind)
		}
	}
	return list
}

// ChangeClass is the class of a kind in the style.
func (p *page) ChangeClass(kind audit.ChangeKind) string {
	switch kind {
	case audit.ChangeNew, audit.ChangeRegressed:
		return "fail"
	case audit.ChangeUndecided, audit.ChangeUnreachable, audit.ChangeGone:
		return "unknown"
	case audit.ChangePosture, audit.ChangeCertificate:
		return "warn"
	case audit.ChangeFixed, audit.ChangeReachable:
		return "pass"
	}
	return "moot"
}

// SubjectAnchor is the id of a subject named elsewhere; empty for one that is
// not in this report.
func (p *page) SubjectAnchor(c audit.Change) string {
	if c.Kind == audit.ChangeGone {
		return ""
	}
	return anchorOf(c.Subject)
}

// Link is a reference that can be followed; empty if it is none.
func (p *page) Link(reference string) string {
	if strings.HasPrefix(reference, "https://") && !strings.ContainsAny(reference, " \"<>") {
		return reference
	}
	return ""
}

// RuleID is the id of the rule of that index.
func (p *page) RuleID(i int) string { return fmt.Sprintf("r%d", i) }

// InForce says from when to when a rule is in force; empty if always.
func (p *page) InForce(r audit.RuleRef) string {
	text := ""
	if !r.From.IsZero() {
		text = "from " + date10(r.From)
	}
	if !r.Until.IsZero() {
		text = joinText(" ", text, "until "+date10(r.Until))
	}
	return text
}

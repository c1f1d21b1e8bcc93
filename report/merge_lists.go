package report

import (
	"cmp"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"tlsaudit/audit"
)

// uniteLists unites what reports list beside their records, each list in an
// order of its own.
func uniteLists(m *audit.Report, reports []*audit.Report) {
	m.Policies = unite(reports, func(r *audit.Report) []audit.PolicyRef { return r.Policies }, func(a, b audit.PolicyRef) int {
		return cmp.Or(strings.Compare(a.ID, b.ID), strings.Compare(a.Version, b.Version), strings.Compare(a.SHA256, b.SHA256), strings.Compare(a.Title, b.Title), strings.Compare(a.Confidence, b.Confidence))
	})
	for i := 1; i < len(m.Policies); i++ {
		if m.Policies[i].ID == m.Policies[i-1].ID {
			note(m, fmt.Sprintf("the reports were judged by different states of %s: findings of one report may not be those of another", Clean(m.Policies[i].ID)))
		}
	}
	files := func(a, b audit.FileRef) int {
		return cmp.Or(strings.Compare(a.File, b.File), strings.Compare(a.SHA256, b.SHA256))
	}
	m.Sources = unite(reports, func(r *audit.Report) []audit.FileRef { return r.Sources }, files)
	m.WaiverFiles = unite(reports, func(r *audit.Report) []audit.FileRef { return r.WaiverFiles }, files)
	m.Unautomated = unite(reports, func(r *audit.Report) []audit.Unautomated { return r.Unautomated }, func(a, b audit.Unautomated) int {
		return cmp.Or(strings.Compare(a.Profile, b.Profile), strings.Compare(a.Rule, b.Rule), strings.Compare(a.Control, b.Control), strings.Compare(a.Check, b.Check),
			strings.Compare(string(a.Level), string(b.Level)), strings.Compare(a.Reason, b.Reason), strings.Compare(a.Confidence, b.Confidence), strings.Compare(fmt.Sprint(a.Disabled), fmt.Sprint(b.Disabled)))
	})
	m.Conflicts = unite(reports, func(r *audit.Report) []audit.Conflict { return r.Conflicts }, func(a, b audit.Conflict) int {
		return cmp.Or(strings.Compare(a.A, b.A), strings.Compare(a.B, b.B), strings.Compare(a.Subject, b.Subject), strings.Compare(a.Text, b.Text), a.From.Compare(b.From))
	})
	m.Rules = uniteRules(m, reports)
	m.Waivers = uniteWaivers(reports)
	for _, r := range reports {
		m.Impact = append(m.Impact, r.Impact...)
	}
	slices.SortStableFunc(m.Impact, func(a, b audit.RowImpact) int { return strings.Compare(a.RowSubject, b.RowSubject) })
}

// unite sorts the elements of all lists and keeps one of those that are equal.
func unite[T any](reports []*audit.Report, list func(*audit.Report) []T, compare func(a, b T) int) []T {
	var all []T
	for _, r := range reports {
		all = append(all, list(r)...)
	}
	slices.SortStableFunc(all, compare)
	return slices.CompactFunc(all, func(a, b T) bool { return compare(a, b) == 0 })
}

// note adds a notice once.
func note(m *audit.Report, text string) {
	if !slices.Contains(m.Notices, text) {
		m.Notices = append(m.Notices, text)
	}
}

// uniteRules keeps, of a rule that is told in several ways, the one of the latest
// report, and says so.
func uniteRules(m *audit.Report, reports []*audit.Report) []audit.RuleRef {
	known := map[[2]string]audit.RuleRef{}
	differ := map[string]bool{}
	for _, r := range reports {
		for _, rule := range r.Rules {
			key := [2]string{rule.Profile, rule.Rule}
			if before, ok := known[key]; ok && !reflect.DeepEqual(before, rule) {
				differ[rule.Profile+"/"+rule.Rule] = true
			}
			known[key] = rule
		}
	}
	if len(differ) > 0 {
		names := audit.ClipList(slices.Sorted(maps.Keys(differ)), audit.MaxNamed)
		note(m, "the reports tell these rules differently, what is shown is of the latest: "+Clean(strings.Join(names, ", ")))
	}
	return slices.SortedFunc(maps.Values(known), func(a, b audit.RuleRef) int { return a.Compare(&b) })
}

// uniteWaivers adds up what each waiver covers. One that is unused in one report
// and used in another is used.
func uniteWaivers(reports []*audit.Report) []audit.WaiverStatus {
	known := map[string]*audit.WaiverStatus{}
	for _, r := range reports {
		for _, w := range r.Waivers {
			place := ""
			if w.Place != nil {
				place = w.Place.String()
			}
			key := fmt.Sprintf("%q", []string{w.ID, place, w.Rule, w.Check, w.Target, w.Fingerprint, stamp(w.Expires), w.Reason, w.Owner, w.ApprovedBy, w.Ticket})
			before := known[key]
			switch {
			case before == nil:
				known[key] = &w
			case before.State == audit.WaiverUnused && w.State != audit.WaiverUnused:
				w.Findings += before.Findings
				known[key] = &w
			case w.State == audit.WaiverUnused && before.State != audit.WaiverUnused:
			default:
				if stateRank(w.State) < stateRank(before.State) {
					before.State = w.State
				}
				before.Findings += w.Findings
				before.Notes = slices.Compact(slices.Sorted(slices.Values(slices.Concat(before.Notes, w.Notes))))
			}
		}
	}
	var list []audit.WaiverStatus
	for _, key := range slices.Sorted(maps.Keys(known)) {
		list = append(list, *known[key])
	}
	return list
}

// uniteState says what of the state of the reports holds for all.
func uniteState(m *audit.Report, reports []*audit.Report) {
	var hosts, operators, open []string
	versions, times, changes := map[audit.Tool]bool{}, map[string]bool{}, false
	for _, r := range reports {
		for _, n := range r.Notices {
			note(m, n)
		}
		m.Stopped = m.Stopped || r.Stopped
		if !r.Complete {
			m.Complete = false
			open = append(open, "of the report "+said(r)+": "+cmp.Or(r.Incomplete, "not every target was scanned and judged"))
		}
		if r.Origin != nil {
			hosts, operators = append(hosts, r.Origin.Host), append(operators, r.Origin.Operator)
		}
		versions[r.Tool], times[stamp(r.Now)] = true, true
		changes = changes || r.Changes != nil
	}
	slices.Sort(open)
	m.Incomplete = strings.Join(slices.Compact(open), "; ")
	if hosts, operators := names(hosts), names(operators); hosts != "" || operators != "" {
		m.Origin = &audit.Origin{Host: hosts, Operator: operators}
	}
	if len(versions) > 1 {
		note(m, "the reports were made by different programs, the latest of which is named")
	}
	if len(times) > 1 {
		note(m, "the reports were judged as of different times, the latest of which is named: "+strings.Join(slices.Sorted(maps.Keys(times)), ", "))
	}
	if changes {
		note(m, "changes since earlier reports are told by the single reports only")
	}
	m.Baseline = uniteBaselines(m, reports)
}

// names joins texts, each once.
func names(list []string) string {
	list = slices.DeleteFunc(slices.Compact(slices.Sorted(slices.Values(list))), func(s string) bool { return s == "" })
	return strings.Join(list, ", ")
}

// uniteBaselines adds up what came of one and the same baseline.
func uniteBaselines(m *audit.Report, reports []*audit.Report) *audit.BaselineRef {
	var sum *audit.BaselineRef
	for i, r := range reports {
		b := r.Baseline
		if i > 0 && (sum == nil) != (b == nil) || sum != nil && b != nil && (sum.File != b.File || sum.SHA256 != b.SHA256) {
			note(m, "the reports were not all compared with one baseline: new and known are said of findings, and not counted")
			return nil
		}
		if b == nil {
			continue
		}
		if sum == nil {
			sum = &audit.BaselineRef{File: b.File, SHA256: b.SHA256, Generated: b.Generated, NewBySeverity: map[string]int{}}
		}
		sum.New, sum.Known, sum.Gone, sum.NewWarn = sum.New+b.New, sum.Known+b.Known, sum.Gone+b.Gone, sum.NewWarn+b.NewWarn
		for name, n := range maps.All(b.NewBySeverity) {
			sum.NewBySeverity[name] += n
		}
	}
	return sum
}

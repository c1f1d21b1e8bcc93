package report

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"tlsaudit/audit"
)

// maxListed is the number of waivers, and of conflicts, that are listed without
// Verbose.
const maxListed = 50

// policy tells what the chosen profiles and the waivers did to the verdicts, and
// what they leave to people.
func (t *terminal) policy(r *audit.Report) error {
	t.conflicts(r.Conflicts)
	t.waivers(r.Waivers)
	t.unautomated(r.Unautomated)
	return nil
}

// listed is how many of n entries are printed, and says what is not.
func (t *terminal) listed(n int) (int, string) {
	if t.verbose || n <= maxListed {
		return n, ""
	}
	return maxListed, fmt.Sprintf("and %d more; list them with -v, or in the json and xlsx reports", n-maxListed)
}

func (t *terminal) conflicts(list []audit.Conflict) {
	if len(list) == 0 {
		return
	}
	t.section("CONFLICTS BETWEEN PROFILES")
	t.line("", plural(len(list), "demand contradicts another", "demands contradict others")+". Both are judged as written; which one counts is for a person to decide.")
	n, more := t.listed(len(list))
	for _, c := range list[:n] {
		// The sentence names the rules and what they disagree about.
		text := clean(cmp.Or(c.Text, c.A+" against "+c.B+": "+c.Subject), 1000)
		if !c.From.IsZero() {
			text = t.paint(bold, "from "+date10(c.From)) + ": " + text
		}
		t.line("  - ", text)
	}
	if more != "" {
		t.line("  ", more)
	}
}

// waiverStates lists the states, those that call for action first.
var waiverStates = []audit.WaiverState{audit.WaiverExpired, audit.WaiverExpiring, audit.WaiverUnused, audit.WaiverActive}

// stateRank is the index of a state in waiverStates.
func stateRank(s audit.WaiverState) int {
	if i := slices.Index(waiverStates, s); i >= 0 {
		return i
	}
	return len(waiverStates)
}

// byState sorts waivers by what has to be done about them.
func byState(list []audit.WaiverStatus) []audit.WaiverStatus {
	return slices.SortedStableFunc(slices.Values(list), func(a, b audit.WaiverStatus) int { return stateRank(a.State) - stateRank(b.State) })
}

// stateCounts says "1 expired, 2 active".
func stateCounts(list []audit.WaiverStatus) string {
	var parts []string
	for _, state := range waiverStates {
		n := 0
		for i := range list {
			if list[i].State == state {
				n++
			}
		}
		if n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, state))
		}
	}
	return strings.Join(parts, ", ")
}

func (t *terminal) waivers(list []audit.WaiverStatus) {
	if len(list) == 0 {
		return
	}
	t.section("WAIVERS")
	t.line("", plural(len(list), "waiver", "waivers")+": "+stateCounts(list)+".")
	n, more := t.listed(len(list))
	for _, w := range byState(list)[:n] {
		days := "until " + date10(w.Expires)
		if w.State == audit.WaiverExpired {
			days = "since " + date10(w.Expires)
		}
		state := fmt.Sprintf("%-8s  ", clean(string(w.State), 8))
		t.line("  "+t.paint(stateColor(w.State), state), clean(w.ID, 120)+", "+days+", "+plural(w.Findings, "finding", "findings")+waiverScope(&w))
		t.line("            ", joinText(": ", clean(joinText(", ", w.Owner, w.Ticket), 200), clean(w.Reason, 400)))
		for _, note := range w.Notes {
			t.line("            ", "note: "+clean(note, 300))
		}
	}
	if more != "" {
		t.line("  ", more)
	}
}

// waiverScope says what a waiver is about, clean.
func waiverScope(w *audit.WaiverStatus) string {
	what := clean(joinText(", ", w.Rule, w.Check), 200)
	on := clean(w.Target, 200)
	switch {
	case what != "" && on != "":
		return ", " + what + " on " + on
	case on != "":
		return ", on " + on
	case what != "":
		return ", " + what
	}
	return ""
}

// joinText puts a separator between two texts if both are there.
func joinText(separator, a, b string) string {
	if a == "" || b == "" {
		return a + b
	}
	return a + separator + b
}

func stateColor(s audit.WaiverState) string {
	switch s {
	case audit.WaiverExpired:
		return bold + ";" + red
	case audit.WaiverExpiring, audit.WaiverUnused:
		return yellow
	}
	return cyan
}

// unautomated tells how many rules of the profiles nobody has looked at, and
// which the policy took out.
func (t *terminal) unautomated(rules []audit.Unautomated) {
	var manual, off []audit.Unautomated
	for _, u := range rules {
		if u.Disabled {
			off = append(off, u)
		} else {
			manual = append(manual, u)
		}
	}
	if len(manual) > 0 {
		t.section("NOT AUTOMATED")
		t.rules(manual, fmt.Sprintf("%s of the chosen profiles (%s) cannot be decided by this program and remain for a person, with evidence to attach.",
			plural(len(manual), "rule", "rules"), levels(manual)), " List them with -v, or in the json and xlsx reports.")
	}
	if len(off) > 0 {
		t.section("SWITCHED OFF")
		t.rules(off, fmt.Sprintf("%s of the chosen profiles (%s) the policy says not to judge by.",
			plural(len(off), "rule", "rules"), levels(off)), " List the reasons with -v, or in the json and xlsx reports.")
	}
}

func (t *terminal) rules(list []audit.Unautomated, text, hint string) {
	if !t.verbose {
		t.line("", text+hint)
		return
	}
	t.line("", text)
	for _, u := range list {
		level := string(u.Level)
		if u.Confidence == "medium" || u.Confidence == "low" {
			level += ", " + u.Confidence + " confidence"
		}
		t.line("  ", Clean(fmt.Sprintf("%s/%s (%s): %s", u.Profile, u.Rule, level, u.Reason)))
	}
}

// levels counts rules by level, strongest first.
func levels(rules []audit.Unautomated) string {
	var parts []string
	for _, level := range audit.Levels {
		n := 0
		for _, u := range rules {
			if u.Level == level {
				n++
			}
		}
		if n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, level))
		}
	}
	return strings.Join(parts, ", ")
}

package main

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"tlsaudit/audit"
	"tlsaudit/checks"
	"tlsaudit/internal/policy"
)

// families sort rules by what they are about, by the beginning of the name of
// their check; what fits none comes last.
var families = []struct {
	title      string
	beginnings []string
}{
	{"Protocol versions", []string{"protocol."}},
	{"Cipher suites and strength", []string{"suite.", "crypto."}},
	{"Key exchange", []string{"kx.", "pq."}},
	{"Certificates and keys", []string{"cert.", "ca."}},
	{"Sessions and extensions", []string{"tls.", "ocsp."}},
	{"Mail", []string{"smtp.", "messaging.", "dns."}},
	{"Web", []string{"http."}},
	{"Known attacks", []string{"vuln."}},
	{"Configuration, software and process", []string{""}},
}

// familyOf returns the index of the family of a check.
func familyOf(check string) int {
	return slices.IndexFunc(families[:], func(f struct {
		title      string
		beginnings []string
	}) bool {
		return slices.ContainsFunc(f.beginnings, func(b string) bool { return strings.HasPrefix(check, b) })
	})
}

// showPolicy prints a loaded policy: what it is made of, the gateway table, the
// rules by family, and what nobody but a person can decide.
func (a *app) showPolicy(p *policy.Policy, now time.Time) error {
	out := a.newPage()
	for i, ref := range p.Refs {
		if i > 0 {
			out.line("")
		}
		showRef(out, p, ref)
	}
	if len(p.Connections) > 0 {
		out.heading("ENFORCED CONNECTIONS (first match wins)")
		for _, c := range p.Connections {
			out.entry(2, 6, "-", c.String())
		}
	}
	several := len(p.Refs) > 1
	for family := range families {
		var rules []*audit.Rule
		for i := range p.Rules {
			if familyOf(p.Rules[i].Check) == family {
				rules = append(rules, &p.Rules[i])
			}
		}
		if len(rules) == 0 {
			continue
		}
		slices.SortStableFunc(rules, func(r, s *audit.Rule) int {
			return slices.Index(audit.Levels, r.Level) - slices.Index(audit.Levels, s.Level)
		})
		out.heading(strings.ToUpper(families[family].title))
		for _, r := range rules {
			showRule(out, r, now, several)
		}
	}
	showUnautomated(out, p.Unautomated, several)
	showFacts(out, p)
	return nil
}

// showRef prints what is known about one profile or policy.
func showRef(out *page, p *policy.Policy, ref audit.PolicyRef) {
	out.text(0, ref.ID+": "+ref.Title)
	facts := [][2]string{{"version", ref.Version}, {"confidence", ref.Confidence}}
	if profile := profileByID(ref.ID); profile != nil {
		facts = [][2]string{
			{"publisher", profile.Publisher}, {"version", profile.Version}, {"published", profile.Published},
			{"standing", profile.Status}, {"extends", profile.Extends}, {"source", profile.URL}, {"confidence", profile.Confidence},
		}
	}
	for _, f := range facts {
		out.entry(2, 14, f[0], f[1])
	}
	automated, manual := 0, 0
	for i := range p.Rules {
		if p.Rules[i].Profile == ref.ID {
			automated++
		}
	}
	for _, u := range p.Unautomated {
		if u.Profile == ref.ID {
			manual++
		}
	}
	out.entry(2, 14, "rules", fmt.Sprintf("%d decided by the program, %d by a person", automated, manual))
	out.entry(2, 14, "sha256", ref.SHA256)
}

// showRule prints one rule: its force and what it demands, then where it comes
// from, when it holds, and what it lists.
func showRule(out *page, r *audit.Rule, now time.Time, several bool) {
	const column = 14
	words := ruleWords(r)
	out.entry(2, column, strings.ToUpper(levelWords(r.Level)), words)
	id := r.ID
	if several {
		id = r.Profile + "/" + id
	}
	facts := []string{id}
	if r.Control != "" {
		facts = append(facts, "control "+r.Control)
	}
	facts = append(facts, r.Severity.String())
	if r.Confidence != "" && r.Confidence != "high" {
		facts = append(facts, "confidence "+r.Confidence)
	}
	if len(r.Applies) > 0 {
		facts = append(facts, "for "+strings.Join(r.Applies, ", "))
	}
	if r.Scope != "" {
		facts = append(facts, "for "+r.Scope)
	}
	out.entry(column, column, "", strings.Join(facts, "; "))
	out.entry(column, column, "", standing(r, now))
	out.entry(column, column, "", "check "+r.Check)
	params := rawParams(r)
	for _, name := range sortedKeys(params) {
		label := name + ":"
		if list, ok := params[name].([]any); ok && len(list) > 5 {
			label = fmt.Sprintf("%s (%d):", name, len(list))
		}
		out.entry(column+2, column+4, "", label+" "+valueWords(params[name]))
	}
	if r.Note != "" && r.Note != words {
		out.entry(column, column, "", "note: "+r.Note)
	}
}

// ruleWords is what a rule demands, on one line. The title of a check that may
// be demanded either way says little, and behind "must not" the opposite of
// what is meant: there the parameters speak.
func ruleWords(r *audit.Rule) string {
	c := checks.ByID(r.Check)
	if r.Title != "" && (c == nil || r.Title != c.Title || c.Forbids == nil) {
		return r.Title
	}
	var words []string
	params := rawParams(r)
	for _, name := range sortedKeys(params) {
		if slices.Contains(gradeParams, name) {
			continue
		}
		value := valueWords(params[name])
		if list, ok := params[name].([]any); ok && len(list) > 5 {
			value = fmt.Sprintf("%d entries", len(list))
		}
		words = append(words, name+": "+value)
	}
	return cmp.Or(strings.Join(words, "; "), r.Note, r.Title)
}

// gradeParams say what a violation costs, not what it is.
var gradeParams = []string{"cap", "warning", "best_only", "with_tls11plus", "lt1024_cap"}

// standing says whether a rule with dates holds at the given time.
func standing(r *audit.Rule, now time.Time) string {
	const day = "2006-01-02"
	last := r.Until.AddDate(0, 0, -1).Format(day)
	switch {
	case now.Before(r.From):
		if !r.Until.IsZero() {
			return "NOT YET in force: from " + r.From.Format(day) + " to " + last
		}
		return "NOT YET in force: from " + r.From.Format(day)
	case !r.Until.IsZero() && !now.Before(r.Until):
		return "NO LONGER in force: ended " + last
	case !r.From.IsZero() && !r.Until.IsZero():
		return "in force since " + r.From.Format(day) + ", to " + last
	case !r.From.IsZero():
		return "in force since " + r.From.Format(day)
	case !r.Until.IsZero():
		return "in force to " + last
	}
	return ""
}

// showUnautomated prints what the program does not decide and why.
func showUnautomated(out *page, list []audit.Unautomated, several bool) {
	if len(list) == 0 {
		return
	}
	out.heading("NOT AUTOMATED: decide these yourself and attach the evidence")
	for _, u := range list {
		id := u.Rule
		if several {
			id = u.Profile + "/" + id
		}
		facts := []string{id}
		if u.Control != "" {
			facts = append(facts, "control "+u.Control)
		}
		if u.Confidence != "" && u.Confidence != "high" {
			facts = append(facts, "confidence "+u.Confidence)
		}
		out.entry(2, 14, strings.ToUpper(levelWords(u.Level)), strings.Join(append(facts, u.Check), "; "))
		out.text(14, u.Reason)
	}
}

// valueWords writes a value of a parameter on one line.
func valueWords(v any) string {
	switch v := v.(type) {
	case []any:
		words := make([]string, len(v))
		for i, item := range v {
			words[i] = valueWords(item)
		}
		return strings.Join(words, ", ")
	case map[string]any:
		var words []string
		if name := cmp.Or(v["name"], v["id"]); name != nil {
			for _, key := range sortedKeys(v) {
				if key != "name" && key != "id" {
					words = append(words, key+" "+valueWords(v[key]))
				}
			}
			if len(words) == 0 {
				return valueWords(name)
			}
			return valueWords(name) + " (" + strings.Join(words, ", ") + ")"
		}
		for _, name := range sortedKeys(v) {
			words = append(words, name+": "+valueWords(v[name]))
		}
		return "{" + strings.Join(words, ", ") + "}"
	case nil:
		return "none"
	}
	return fmt.Sprint(v)
}

func profileByID(id string) *policy.Profile {
	list := policy.Profiles()
	i := slices.IndexFunc(list, func(p policy.Profile) bool { return p.ID == id })
	if i < 0 {
		return nil
	}
	return &list[i]
}

// listPolicies prints the built-in profiles as a table.
func (a *app) listPolicies() error {
	loaded, err := builtinPolicies()
	if err != nil {
		return err
	}
	out := a.newPage()
	out.line("%-28s  %-10s  %4s  %6s", "PROFILE", "PUBLISHED", "AUTO", "MANUAL")
	for i, p := range policy.Profiles() {
		superseded := ""
		if p.Superseded() {
			superseded = "  SUPERSEDED"
		}
		published, _, remark := strings.Cut(p.Published, " ")
		if remark {
			published = published + "+" // policy show has it in full
		}
		out.line("%-28s  %-10s  %4d  %6d%s", p.ID, published, len(loaded[i].Rules), len(loaded[i].Unautomated), superseded)
		out.text(4, p.Title)
		out.text(4, strings.Join(slices.DeleteFunc([]string{prefixed("version ", p.Version), p.Status}, isEmpty), "; "))
	}
	out.heading("AUTO counts the rules the program decides, MANUAL those left to a person; rules")
	out.line("of a profile that is extended count with the one that extends it.")
	out.line("  tlsaudit policy show ID    prints a profile")
	return nil
}

// showFacts prints what a profile says beside its rules.
func showFacts(out *page, p *policy.Policy) {
	for _, ref := range p.Refs {
		profile := profileByID(ref.ID)
		if profile == nil || len(profile.Facts) == 0 {
			continue
		}
		out.heading("BESIDE ITS RULES, " + ref.ID + " says")
		for _, f := range profile.Facts {
			if len(f.Lines) == 1 {
				out.text(2, f.Title+": "+f.Lines[0])
				continue
			}
			out.text(2, f.Title)
			for _, line := range f.Lines {
				out.entry(4, 6, "-", line)
			}
		}
	}
}

package report

import (
	"cmp"
	"fmt"
	"strings"

	"tlsaudit/audit"
)

// The sections about everything but findings hold up to markdownRows rows each.

func (m *markdown) changes() {
	c := m.report.Changes
	if c == nil {
		return
	}
	var rows [][]string
	more := 0
	for i := range c.List {
		change := &c.List[i]
		if change.Kind == audit.ChangeUnchanged { // listed as findings
			continue
		}
		if len(rows) == markdownRows {
			more++
			continue
		}
		rule := change.Rule
		if change.Profile != "" {
			rule = change.Profile + "/" + rule
		}
		between := ""
		if change.Before+change.After != "" {
			between = cmp.Or(change.Before, "nothing") + " to " + cmp.Or(change.After, "nothing")
		}
		rows = append(rows, []string{markdownText(string(change.Kind), 40), markdownCode(change.Subject, markdownShort), markdownText(change.Message, markdownLong),
			markdownText(between, markdownShort), markdownCode(rule, markdownShort)})
	}
	m.table("Changes", []string{"Change", "Subject", "What", "From and to", "Rule"}, rows, more)
	if c.Omitted > 0 {
		m.block(fmt.Sprintf("\n%s left out of the comparison, for their number.\n", plural(c.Omitted, "change was", "changes were")))
	}
}

func (m *markdown) waivers() {
	var rows [][]string
	for i := range m.report.Waivers {
		if i == markdownRows {
			break
		}
		w := &m.report.Waivers[i]
		about := strings.Join(w.Notes, "; ")
		if w.Reason != "" {
			about = strings.TrimSuffix(w.Reason+"; "+about, "; ")
		}
		rows = append(rows, []string{markdownCode(w.ID, markdownShort), markdownText(string(w.State), 40), date10(w.Expires), fmt.Sprint(w.Findings), markdownText(w.Owner, markdownShort), markdownText(about, markdownLong)})
	}
	m.table("Waivers", []string{"Waiver", "State", "Until", "Findings", "Owner", "Reason and remarks"}, rows, len(m.report.Waivers)-len(rows))
}

// people lists what a program cannot decide, and where profiles disagree.
func (m *markdown) people() {
	var rows [][]string
	for i, u := range m.report.Unautomated {
		if i == markdownRows {
			break
		}
		kind := manualRule
		if u.Disabled {
			kind = disabledRule
		}
		rows = append(rows, []string{markdownCode(u.Profile+"/"+u.Rule, markdownShort), kind, markdownText(string(u.Level), 40), markdownText(u.Reason, markdownLong)})
	}
	m.table("Rules this program does not decide", []string{"Rule", "Kind", "Level", "Why, and what to do"}, rows, len(m.report.Unautomated)-len(rows))
	rows = nil
	for i, c := range m.report.Conflicts {
		if i == markdownRows {
			break
		}
		rows = append(rows, []string{markdownCode(c.A, markdownShort), markdownCode(c.B, markdownShort), markdownText(c.Text, markdownLong)})
	}
	m.table("Profiles that contradict each other", []string{"One rule", "Other rule", "What they say"}, rows, len(m.report.Conflicts)-len(rows))
}

// about says what was judged by what, so that the page stands for itself.
func (m *markdown) about() {
	r := m.report
	text := fmt.Sprintf("\n## About this report\n\n- Made by %s on %s, judged as of %s.\n", markdownText(r.Tool.Name+" "+r.Tool.Version, markdownShort), stamp(r.Generated), stamp(r.Now))
	if r.Origin != nil {
		text += "- Scanned from " + markdownText(cmp.Or(r.Origin.Host, "a host that is not named"), markdownShort)
		if r.Origin.Operator != "" {
			text += ", by " + markdownText(r.Origin.Operator, markdownShort)
		}
		text += ".\n"
	}
	m.block(text)
	for _, p := range r.Policies {
		m.block("- Policy " + markdownCode(p.ID, markdownShort) + ", version " + markdownText(cmp.Or(p.Version, "not told"), markdownShort) + ", " + markdownText(cmp.Or(p.Title, "untitled"), markdownShort) + ", " + markdownHash(p.SHA256) + ".\n")
	}
	for _, s := range r.Sources {
		m.block("- Source " + markdownCode(s.File, markdownShort) + ", " + markdownHash(s.SHA256) + ".\n")
	}
	for _, s := range r.WaiverFiles {
		m.block("- Waivers " + markdownCode(s.File, markdownShort) + ", " + markdownHash(s.SHA256) + ".\n")
	}
}

func markdownHash(sha256 string) string {
	if sha256 == "" {
		return "without a hash"
	}
	return "SHA-256 " + markdownCode(sha256, 64)
}

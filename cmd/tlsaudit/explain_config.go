package main

import (
	"slices"
	"strings"

	"tlsaudit/audit"
	"tlsaudit/internal/confdoc"
	"tlsaudit/internal/conffile"
)

// explainConfig prints a rule about configuration files. It reports whether
// there is one of that name.
func explainConfig(out *page, id string) bool {
	rules := conffile.Rules()
	i := slices.IndexFunc(rules, func(r *confdoc.Rule) bool { return strings.EqualFold(r.ID, id) })
	if i < 0 {
		return false
	}
	r := rules[i]
	out.text(0, r.ID+" ("+r.Check+"): "+r.Title)
	out.heading("WHY IT MATTERS")
	out.text(2, r.Doc)
	out.heading("HOW IT IS DECIDED")
	out.text(2, r.Detect)
	out.line("")
	out.entry(0, 12, "LEVEL", levelWords(r.Level)+", severity "+r.Severity.String())
	formats := formatsOf(r)
	if len(formats) > 0 {
		out.entry(0, 12, "FILES", strings.Join(formats, ", "))
	}
	if r.Text != "" {
		remedy := audit.Remedy{Text: r.Text, Apply: r.Apply}
		for _, f := range conffile.Formats {
			if remedy.Apply == "" && slices.Contains(formats, f.Name) {
				remedy.Apply, remedy.Verify = f.Apply, f.Verify
			}
		}
		out.heading("REMEDY")
		explainSteps(out, &remedy)
	}
	out.heading("REFERENCES")
	for _, ref := range r.Refs {
		out.entry(2, 4, "-", ref)
	}
	return true
}

// formatsOf names the formats a rule is asked of; none if it is asked of
// several documents together, or of every file.
func formatsOf(r *confdoc.Rule) (names []string) {
	for _, f := range conffile.Formats {
		if slices.ContainsFunc(f.Rules, func(other *confdoc.Rule) bool { return other.ID == r.ID }) {
			names = append(names, f.Name)
		}
	}
	return names
}

// configIDs lists the rules about configuration files by name.
func configIDs() (ids []string) {
	for _, r := range conffile.Rules() {
		ids = append(ids, r.ID)
	}
	return ids
}

// configurationPage is docs/configuration-rules.md: what is read, and what is
// asked of it.
func configurationPage() string {
	var b strings.Builder
	b.WriteString("# Configuration files: formats and rules\n\nGenerated from the program; do not edit. `tlsaudit explain ID` prints the same and the remedy.\n\n## Formats\n\n| format | files | names |\n|---|---|---|\n")
	for _, f := range conffile.Formats {
		b.WriteString("| `" + f.Name + "` | " + f.Title + " | `" + strings.Join(f.Names, "`, `") + "` |\n")
	}
	b.WriteString("\n## Rules\n\n| rule | check | level | what holds when it passes | files |\n|---|---|---|---|---|\n")
	for _, r := range conffile.Rules() {
		b.WriteString("| " + r.ID + " | `" + r.Check + "` | " + levelWords(r.Level) + ", " + r.Severity.String() + " | " + r.Title + " | " + strings.Join(formatsOf(r), ", ") + " |\n")
	}
	return b.String()
}

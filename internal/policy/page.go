package policy

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"tlsaudit/audit"
)

// Tally counts the rules of a profile by who decides them.
type Tally struct {
	// Automated are decided by a check, Manual by a person.
	Automated, Manual int
	// Informational never fail: rules of the level may, and references to
	// profiles that come along.
	Informational int
}

// Tally counts the rules of one profile or policy.
func (p *Policy) Tally(profile string) Tally {
	var t Tally
	for i := range p.Rules {
		switch r := &p.Rules[i]; {
		case r.Profile != profile:
		case r.Level == audit.May:
			t.Informational++
		default:
			t.Automated++
		}
	}
	for i := range p.Unautomated {
		switch u := &p.Unautomated[i]; {
		case u.Profile != profile:
		case u.Level == audit.May || u.Check == "profile.extends":
			t.Informational++
		default:
			t.Manual++
		}
	}
	return t
}

// WritePage writes the reference page of all built-in profiles, in Markdown:
// who decides how many rules of each, and every rule.
func WritePage(w io.Writer, checks []*audit.Check) error {
	var b strings.Builder
	b.WriteString("# Profiles\n\nGenerated from the program; do not edit. `tlsaudit policy show PROFILE` prints the same.\n\n" +
		"*Automated* rules are decided by a check, *manual* ones by a person, and *informational* ones never fail. A profile that builds on another brings its rules along; they are counted there.\n\n" +
		"| profile | edition | published | rules | automated | manual | informational |\n|---|---|---|---|---|---|---|\n")
	var pages strings.Builder
	for i := range Profiles() {
		profile := &Profiles()[i]
		p, err := Load([]string{profile.ID}, checks)
		if err != nil {
			return fmt.Errorf("the page of profiles: %w", err)
		}
		t := p.Tally(profile.ID)
		fmt.Fprintf(&b, "| [%s](#%s) | %s | %s | %d | %d | %d | %d |\n", profile.ID, anchor(profile.ID), cell(profile.Version), cell(profile.Published),
			t.Automated+t.Manual+t.Informational, t.Automated, t.Manual, t.Informational)
		profile.page(&pages, p)
	}
	b.WriteString(pages.String())
	_, err := io.WriteString(w, b.String())
	return err
}

func (p *Profile) page(b *strings.Builder, loaded *Policy) {
	fmt.Fprintf(b, "\n## %s\n\n%s.\n\n| | |\n|---|---|\n", p.ID, strings.TrimSuffix(cell(p.Title), "."))
	extends := ""
	switch {
	case p.Extends != "" && p.Graded:
		extends = fmt.Sprintf("[%s](#%s), whose rules it takes over at levels of its own", p.Extends, anchor(p.Extends))
	case p.Extends != "":
		extends = fmt.Sprintf("[%s](#%s), whose rules come along", p.Extends, anchor(p.Extends))
	}
	for _, row := range [][2]string{{"publisher", p.Publisher}, {"edition", p.Version}, {"published", p.Published}, {"standing", p.Status}, {"source", p.URL}, {"confidence", p.Confidence}, {"builds on", extends},
		{"rules", fmt.Sprintf("%d automated, %d manual, %d informational", loaded.Tally(p.ID).Automated, loaded.Tally(p.ID).Manual, loaded.Tally(p.ID).Informational)}} {
		if row[1] != "" {
			fmt.Fprintf(b, "| %s | %s |\n", row[0], cell(row[1]))
		}
	}
	var lists []string
	b.WriteString("\n| rule | clause | level | check | |\n|---|---|---|---|---|\n")
	for _, rule := range p.Rules {
		words := rule.Title
		decided := "manual"
		if i := slices.IndexFunc(loaded.Rules, func(r audit.Rule) bool { return r.Profile == p.ID && r.ID == rule.ID }); i >= 0 {
			decided = "`" + rule.Check + "`"
			words = loaded.Rules[i].Title
		} else if i := slices.IndexFunc(loaded.Unautomated, func(u audit.Unautomated) bool { return u.Profile == p.ID && u.Rule == rule.ID }); i >= 0 {
			words = strings.TrimPrefix(words+": "+loaded.Unautomated[i].Reason, ": ")
		}
		if in := inForce(&rule); in != "" {
			words += " (" + in + ")"
		}
		if rule.Confidence != "" {
			words += " (confidence: " + rule.Confidence + ")"
		}
		short, long := parameters(&rule)
		if len(short) > 0 && decided != "manual" {
			words += "; " + strings.Join(short, "; ")
		}
		if decided != "manual" {
			lists = append(lists, long...)
		}
		level := strings.ReplaceAll(string(rule.Level), "_", " ")
		if len(rule.Applies) > 0 {
			level += ", " + strings.Join(rule.Applies, ", ")
		}
		fmt.Fprintf(b, "| %s | %s | %s | %s | %s |\n", cell(rule.ID), cell(rule.Control), level, decided, cell(words))
	}
	if len(lists) > 0 {
		b.WriteString("\n")
	}
	for _, line := range lists {
		fmt.Fprintf(b, "- %s\n", line)
	}
	for _, f := range p.Facts {
		fmt.Fprintf(b, "\n%s:\n\n", f.Title)
		for _, line := range f.Lines {
			fmt.Fprintf(b, "- %s\n", cell(line))
		}
	}
}

// parameters writes what a rule is judged by: short ones for the table, and
// lists, each on a line of its own, for below.
func parameters(r *audit.Rule) (short, long []string) {
	params, _ := r.Params.(map[string]any)
	for _, key := range sortedKeys(params) {
		text := parameter(params[key])
		if len(text) > 90 {
			long = append(long, fmt.Sprintf("%s, %s: %s", r.ID, key, cell(text)))
		} else {
			short = append(short, key+": "+text)
		}
	}
	return short, long
}

// parameter writes a value of a parameter on one line.
func parameter(v any) string {
	switch v := v.(type) {
	case []any:
		var list []string
		for _, item := range v {
			list = append(list, parameter(item))
		}
		return strings.Join(list, ", ")
	case map[string]any:
		if name, ok := v["name"].(string); ok {
			for _, key := range []string{"from", "until"} {
				if day, ok := v[key].(string); ok {
					name += " " + key + " " + day
				}
			}
			return name
		}
		var list []string
		for _, key := range sortedKeys(v) {
			list = append(list, key+" "+parameter(v[key]))
		}
		return strings.Join(list, " ")
	case nil:
		return "-"
	}
	return fmt.Sprint(v)
}

// inForce says when a rule holds, if not always.
func inForce(r *audit.Rule) string {
	var parts []string
	if !r.From.IsZero() {
		parts = append(parts, "from "+r.From.Format(time.DateOnly))
	}
	if !r.Until.IsZero() {
		parts = append(parts, "until "+r.Until.AddDate(0, 0, -1).Format(time.DateOnly))
	}
	return strings.Join(parts, " ")
}

// cell makes text fit into a cell of a Markdown table.
func cell(text string) string {
	return strings.NewReplacer("|", "\\|", "<", "&lt;", ">", "&gt;", "*", "\\*", "\n", " ").Replace(text)
}

// anchor is the link target Markdown makes of a heading.
func anchor(id string) string { return strings.ReplaceAll(id, ".", "") }

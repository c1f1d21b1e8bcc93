package report

import (
	"strings"

	"tlsaudit/audit"
)

type sarifTool struct {
	Driver sarifDriver `json:"driver"`
}

type sarifDriver struct {
	Name    string      `json:"name"`
	Version string      `json:"version,omitempty"`
	Rules   []sarifRule `json:"rules"`
}

type sarifRule struct {
	ID         string          `json:"id"`
	Name       string          `json:"name"`
	Short      sarifText       `json:"shortDescription"`
	Full       sarifText       `json:"fullDescription"`
	Help       sarifText       `json:"help"`
	HelpURI    string          `json:"helpUri,omitempty"`
	Default    sarifDefault    `json:"defaultConfiguration"`
	Properties sarifRuleDetail `json:"properties"`
}

type sarifDefault struct {
	Level string `json:"level"`
}

type sarifRuleDetail struct {
	Tags      []string `json:"tags"`
	Precision string   `json:"precision"`
	// Severity is a number above 0.0 and up to 10.0, as text.
	Severity string `json:"security-severity"`
	Control  string `json:"control,omitempty"`
	Level    string `json:"rule-level,omitempty"`
	Effect   string `json:"in-force,omitempty"`
}

// sarifDescription is the longest description GitHub takes, in characters.
const sarifDescription = 1024

func (s *sarifWriter) driver() sarifDriver {
	name := Clean(s.report.Tool.Name)
	if name == "" {
		name = "tlsaudit"
	}
	return sarifDriver{Name: name, Version: Clean(s.report.Tool.Version), Rules: s.descriptors}
}

// rules describes the rules of the report; where there are too many, those that
// have results.
func (s *sarifWriter) rules() {
	s.descriptors, s.indices = []sarifRule{}, map[*ruleEntry]int{}
	for _, e := range s.book.rules {
		if len(s.book.rules) > s.limits.rules && e.open() == 0 || len(s.descriptors) == s.limits.rules {
			continue
		}
		s.indices[e] = len(s.descriptors)
		s.descriptors = append(s.descriptors, e.sarif())
	}
}

// open counts the findings of a rule that are results.
func (e *ruleEntry) open() (n int) {
	for _, v := range sarifVerdicts {
		n += e.counts[rank(v)]
	}
	return n
}

func (e *ruleEntry) sarif() sarifRule {
	rule := sarifRule{
		ID: e.id(), Name: clean(e.Rule, 200), Short: sarifText{Text: clipRunes(e.title(), sarifDescription)}, Full: sarifText{Text: clipRunes(e.full(), sarifDescription)},
		Help:    sarifText{Text: e.help(), Markdown: e.helpMarkdown()},
		Default: sarifDefault{Level: sarifLevel(&audit.Finding{Verdict: e.worst(), Severity: e.Severity})},
		Properties: sarifRuleDetail{
			Tags: []string{"security", "tls", "compliance"}, Precision: "high", Severity: sarifSeverities[min(e.Severity, audit.Critical)],
			Control: Clean(e.Control), Level: string(e.Level), Effect: e.inForce(),
		},
	}
	for _, tag := range []string{e.Profile, e.Check} {
		if tag != "" {
			rule.Properties.Tags = append(rule.Properties.Tags, clean(tag, 80))
		}
	}
	if e.Confidence == "medium" || e.Confidence == "low" {
		rule.Properties.Precision = e.Confidence
	}
	for _, reference := range e.References {
		if webLink(reference) {
			rule.HelpURI = reference
			break
		}
	}
	return rule
}

// worst is the verdict of a subject that breaks the rule.
func (e *ruleEntry) worst() audit.Verdict {
	if e.Level == audit.Should || e.Level == audit.ShouldNot {
		return audit.Warn
	}
	return audit.Fail
}

// sarifSeverities fall into the bands GitHub names critical (above 9.0), high
// (7.0 to 8.9), medium (4.0 to 6.9) and low (below).
var sarifSeverities = [...]string{audit.Info: "0.5", audit.Low: "2.5", audit.Medium: "5.5", audit.High: "8.0", audit.Critical: "9.5"}

func (e *ruleEntry) full() string {
	if e.Why != "" {
		return strings.Join(CleanLines(e.Why), " ")
	}
	text := e.title()
	if e.Control != "" {
		text += " (" + Clean(e.Profile) + ", " + Clean(e.Control) + ")"
	}
	return text
}

func (e *ruleEntry) inForce() string {
	switch {
	case e.From.IsZero() && e.Until.IsZero():
		return ""
	case e.Until.IsZero():
		return "from " + date10(e.From)
	case e.From.IsZero():
		return "until " + date10(e.Until)
	}
	return "from " + date10(e.From) + " until " + date10(e.Until)
}

// help is all that helps somebody who has the finding, in plain text.
func (e *ruleEntry) help() string {
	var b strings.Builder
	b.WriteString(e.full())
	if e.Detect != "" {
		b.WriteString("\n\nHow it is decided: " + strings.Join(CleanLines(e.Detect), " "))
	}
	for i := range e.remedies {
		r := &e.remedies[i]
		b.WriteString("\n\nRemedy" + remedyHead(r) + ":\n" + strings.Join(CleanLines(r.Text), "\n"))
		for _, step := range remedySteps(r) {
			b.WriteString("\n" + step[0] + ": " + Clean(step[1]))
		}
	}
	for i, reference := range e.References {
		b.WriteString([]string{"\n\nReferences: ", "; "}[min(i, 1)] + Clean(reference))
	}
	return sarifNoLinks(b.String())
}

func (e *ruleEntry) helpMarkdown() string {
	var b strings.Builder
	b.WriteString(sarifMarkdown(e.full()))
	if e.Detect != "" {
		b.WriteString("\n\n**How it is decided.** " + sarifMarkdown(strings.Join(CleanLines(e.Detect), " ")))
	}
	for i := range e.remedies {
		r := &e.remedies[i]
		b.WriteString("\n\n**Remedy" + sarifMarkdown(remedyHead(r)) + "**\n\n" + sarifFence(CleanLines(r.Text)))
		for _, step := range remedySteps(r) {
			b.WriteString("\n\n" + step[0] + ":\n\n" + sarifFence([]string{Clean(step[1])}))
		}
	}
	if len(e.References) > 0 {
		b.WriteString("\n\n**References**\n")
	}
	for _, reference := range e.References {
		if text := Clean(reference); webLink(reference) {
			b.WriteString("\n- <" + reference + ">")
		} else {
			b.WriteString("\n- " + sarifMarkdown(text))
		}
	}
	return b.String()
}

// remedyHead says for which product a remedy is, and how far to rely on it.
func remedyHead(r *audit.Remedy) (text string) {
	if r.Product != "" {
		text = " for " + clean(r.Product, 60)
	}
	if trust := trustIn(r); trust != "" {
		text += " (" + trust + ")"
	}
	return text
}

// remedySteps are what to do beside the change itself, each with its name.
func remedySteps(r *audit.Remedy) (steps [][2]string) {
	for _, step := range [][2]string{{"Apply", r.Apply}, {"Verify", r.Verify}, {"Take back", r.Rollback}} {
		if step[1] != "" {
			steps = append(steps, step)
		}
	}
	return steps
}

// webLink reports whether text is a plain web address and nothing else.
func webLink(text string) bool {
	rest, ok := strings.CutPrefix(text, "https://")
	return ok && rest != "" && len(text) < 500 && strings.Trim(rest, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~/#?=&%+") == ""
}

// sarifMarkdown takes the meaning off every character that has one in Markdown,
// so that clean text shows as it is.
func sarifMarkdown(text string) string {
	return sarifMarks.Replace(text)
}

var sarifMarks = strings.NewReplacer(`\`, `\\`, "`", "\\`", "*", `\*`, "_", `\_`, "{", `\{`, "}", `\}`, "[", `\[`, "]", `\]`, "(", `\(`, ")", `\)`,
	"<", "&lt;", ">", "&gt;", "&", "&amp;", "#", `\#`, "+", `\+`, "!", `\!`, "|", `\|`, "~", `\~`, "@", "&#64;", "://", "&#58;//")

// sarifFence puts lines between fences that are longer than any in them.
func sarifFence(lines []string) string {
	text := strings.Join(lines, "\n")
	fence := "```"
	for strings.Contains(text, fence) {
		fence += "`"
	}
	return fence + "\n" + text + "\n" + fence
}

// sarifNoLinks keeps readers from making links of "[text](target)" (section
// 3.11.6), by a space that eyes hardly see.
func sarifNoLinks(text string) string { return strings.ReplaceAll(text, "](", "] (") }

// clipRunes cuts text to at most limit characters.
func clipRunes(text string, limit int) string {
	if runes := []rune(text); len(runes) > limit {
		return string(runes[:limit-1]) + "…"
	}
	return text
}

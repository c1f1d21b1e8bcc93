package report

import (
	"fmt"
	"strings"

	"tlsaudit/audit"
)

// facts is a part of the evidence as a template reads it, with the words of the
// page.
type facts struct {
	Page     *page
	Posture  *audit.Posture
	Declared *audit.Declared
	Chain    *audit.Chain
	// Number is that of the chain, from 1.
	Number int
}

// OfPosture is what a listener accepts.
func (p *page) OfPosture(posture audit.Posture) facts { return facts{Page: p, Posture: &posture} }

// OfDeclared is what a file says.
func (p *page) OfDeclared(d audit.Declared) facts { return facts{Page: p, Declared: &d} }

// OfChain is the chain of that index.
func (p *page) OfChain(i int, c audit.Chain) facts { return facts{Page: p, Chain: &c, Number: i + 1} }

// Strength says what is known of a suite beside its name.
func (p *page) Strength(s audit.Suite) string {
	var parts []string
	if s.Bits > 0 {
		parts = append(parts, fmt.Sprintf("%d bits", s.Bits))
	}
	if s.Group != "" {
		parts = append(parts, s.Group)
	}
	if s.DHBits > 0 {
		parts = append(parts, fmt.Sprintf("DH %d bits", s.DHBits))
	}
	if prime := primeWords(&s); prime != "" {
		parts = append(parts, prime)
	}
	if s.SigScheme != "" {
		parts = append(parts, s.SigScheme)
	}
	return strings.Join(parts, ", ")
}

// SuiteList says how complete the list of suites is and who orders it.
func (p *page) SuiteList(f audit.VersionFact) string {
	text := "list complete: " + p.Holds(f.SuitesAnswer)
	if f.SuitesOffered > 0 {
		text += fmt.Sprintf(", %d offered", f.SuitesOffered)
	}
	if len(f.SuitesRefused) > 0 {
		text += fmt.Sprintf(", %d of them refused", len(f.SuitesRefused))
	}
	if f.Preference != "" {
		text += "; order decided by: " + string(f.Preference)
	}
	if order := groupOrder(&f); order != "" {
		text += "; " + order
	}
	if f.SuitesUnordered {
		text += "; the server's order was not asked for"
	}
	return text
}

// Value is the value of a feature with its unit.
func (p *page) Value(f audit.FeatureFact) string {
	switch {
	case f.Name == audit.FeatureTicketLifetime && f.Value == "0":
		return "not said"
	case f.Name == audit.FeatureTicketLifetime && f.Value != "":
		return f.Value + " s"
	case f.Name == audit.FeatureEarlyData && f.Value != "":
		return f.Value + " bytes"
	}
	return f.Value
}

// VersionWords says which versions a file allows.
func (p *page) VersionWords(d audit.Declared) string { return versionWords(&d) }

// Title names the document.
func (p *page) Title() string {
	if p.WhatIfOnly {
		return "TLS what-if report"
	}
	return "TLS compliance report"
}

// Scope says what the report is about.
func (p *page) Scope() string {
	s := &p.Report.Summary
	parts := []string{plural(s.Subjects, "endpoint", "endpoints")}
	named := 0
	for _, system := range p.Tally.Systems {
		if system.Name != unnamedSystem && system.Name != configSystem && system.Name != gatewaySystem {
			named++
		}
	}
	if named > 0 {
		parts[0] += " of " + plural(named, "named system", "named systems")
	}
	if s.Rows > 0 {
		parts = append(parts, plural(s.Rows, "row", "rows")+" of a gateway's table")
	}
	if s.Files > 0 {
		parts = append(parts, plural(s.Files, "configuration file", "configuration files")+" with "+plural(s.Listeners, "listener or client", "listeners and clients"))
	}
	return strings.Join(parts, ", ") + ", judged by " + plural(len(p.Report.Policies), "policy", "policies")
}

// contentsLine is a link to a section.
type contentsLine struct{ ID, Title string }

// Contents are the sections there are.
func (p *page) Contents() []contentsLine {
	r, t := p.Report, p.Tally
	var list []contentsLine
	for _, line := range []struct {
		shown     bool
		id, title string
	}{
		{!p.WhatIfOnly, "summary", "Summary"}, {!p.WhatIfOnly, "findings", "Findings"}, {!p.WhatIfOnly && t.Endpoints > 0, "endpoints", "Endpoints"},
		{!p.WhatIfOnly && t.Files > 0, "configuration", "Configuration"}, {t.Rows > 0, "gateway", "Gateway"}, {len(r.Impact) > 0, "impact", "Row impact"}, {t.Peers > 0, "peers", "What-if"},
		{!p.WhatIfOnly && r.Changes != nil, "changes", "Changes"}, {!p.WhatIfOnly && len(r.Waivers) > 0, "waivers", "Waivers"}, {!p.WhatIfOnly && len(r.Conflicts) > 0, "conflicts", "Conflicts"},
		{!p.WhatIfOnly, "unautomated", "Not automated"}, {!p.WhatIfOnly && len(r.Rules) > 0, "rules", "Rules"}, {true, "method", "Method"},
	} {
		if line.shown {
			list = append(list, contentsLine{line.id, line.title})
		}
	}
	return list
}

// Weights says what each severity weighs, as audit.Score has it.
func (p *page) Weights() string {
	var parts []string
	for g := int(audit.Critical); g >= int(audit.Info); g-- {
		var s audit.Score
		s.Add(&audit.Finding{Verdict: audit.Fail, Severity: audit.Severity(g)})
		parts = append(parts, fmt.Sprintf("%s %d", audit.Severity(g), s.Of))
	}
	return strings.Join(parts, ", ")
}

package gateway

import (
	"slices"
	"strings"

	"tlsaudit/audit"
)

// probeProfile is the profile of the rules that feed a what-if; their findings
// stand in no report.
const probeProfile = "whatif"

// The parts a level and strength are made of, as rule ids.
const (
	partStartTLS = "whatif.starttls"
	partTLS      = "whatif.tls"
	partMedium   = "whatif.medium"
	partHigh     = "whatif.high"
	partChain    = "whatif.chain"
	partName     = "whatif.name"
)

// ProbeDemands are the rules that decide what a peer satisfies: the same checks
// with the same parameters as the rows' own rules, so that a what-if and an
// audit cannot disagree.
func ProbeDemands() []Demand {
	probe := func(id, title, check string, params map[string]any, applies ...string) Demand {
		return Demand{Params: params, Rule: audit.Rule{
			Profile: probeProfile, ID: id, Control: "what-if", Title: title, Check: check, Level: audit.Must, Severity: audit.High, Applies: applies, Place: &audit.Place{},
		}}
	}
	strength := func(bits int) map[string]any { return map[string]any{"min_bits": bits, "direction": Outbound} }
	return []Demand{
		probe(partStartTLS, "STARTTLS", "smtp.starttls.offered", nil, "smtp"),
		probe(partTLS, "TLS", "protocol.tls_enabled", anyVersion(), mail()...),
		probe(partMedium, "128 bits", "messaging.strong_crypto", strength(128), mail()...),
		probe(partHigh, "more than 128 bits", "messaging.strong_crypto", strength(129), mail()...),
		probe(partChain, "chain", "cert.chain.trusted", nil, mail()...),
		probe(partName, "name", "cert.identity", nil, mail()...),
	}
}

// cell is one level and strength with the parts it is made of.
type cell struct {
	level    Level
	strength string
	parts    []string
}

// cells lists all of them, in the order of audit.WhatIfLevels.
func cells() []cell {
	var list []cell
	for _, level := range audit.WhatIfLevels {
		for _, strength := range audit.WhatIfStrengths {
			c := cell{Level(level), strength, []string{partStartTLS, partTLS, partMedium}}
			if strength == "high" {
				c.parts[2] = partHigh
			}
			if c.level.Chain() {
				c.parts = append(c.parts, partChain)
			}
			if c.level.CN() {
				c.parts = append(c.parts, partName)
			}
			list = append(list, c)
		}
	}
	return list
}

// name is the cell in one word.
func (c cell) name() string { return string(c.level) + "/" + c.strength }

// exceeds reports whether the cell demands all that a level and strength do, and
// more. A strength that is not said, or below medium, is less than medium.
func (c cell) exceeds(l Level, strength string) bool {
	if l.Chain() && !c.level.Chain() || l.CN() && !c.level.CN() || strength == "high" && c.strength != "high" {
		return false
	}
	return !l.Encrypts() || c.level != levelOf(l.Chain(), l.CN()) || c.strength != strength
}

// Cells folds the findings of the probe rules into the answer for every level
// and strength. It returns nil if the endpoint is none that takes mail.
func Cells(findings []audit.Finding) *audit.WhatIf {
	said := map[string]*audit.Finding{}
	for i := range findings {
		said[findings[i].Rule] = &findings[i]
	}
	if f := said[partTLS]; f == nil || f.Verdict == audit.NotApplicable {
		return nil
	}
	w := &audit.WhatIf{Cells: []audit.WhatIfCell{}, Highest: []string{}}
	var hold []cell
	for _, c := range cells() {
		verdict, why := fold(c.parts, said)
		w.Cells = append(w.Cells, audit.WhatIfCell{Level: string(c.level), Strength: c.strength, Verdict: verdict, Why: why})
		if verdict == audit.Pass {
			hold = append(hold, c)
		}
	}
	for _, c := range hold {
		if !slices.ContainsFunc(hold, func(d cell) bool { return d.name() != c.name() && d.exceeds(c.level, c.strength) }) {
			w.Highest = append(w.Highest, c.name())
		}
	}
	return w
}

// fold joins the parts of one cell: one broken part breaks it, and only where
// none is broken does one that is not known leave it open. A part nobody judged
// is not known.
func fold(parts []string, said map[string]*audit.Finding) (audit.Verdict, string) {
	var broken, open []string
	for _, part := range parts {
		f := said[part]
		word := strings.TrimPrefix(part, probeProfile+".")
		switch {
		case f == nil && part == partStartTLS: // smtps has none
		case f == nil:
			open = append(open, word+": not judged")
		case f.Verdict == audit.Fail:
			broken = append(broken, word+": "+clip(f.Message))
		case f.Verdict == audit.Pass, f.Verdict == audit.Warn: // a warning is a demand that holds
		case f.Verdict == audit.NotApplicable && part == partStartTLS:
		default:
			open = append(open, word+": "+clip(strings.TrimPrefix(f.Message, "not judged: ")))
		}
	}
	switch {
	case len(broken) > 0:
		return audit.Fail, strings.Join(broken, "; ")
	case len(open) > 0:
		return audit.Unknown, strings.Join(open, "; ")
	}
	return audit.Pass, ""
}

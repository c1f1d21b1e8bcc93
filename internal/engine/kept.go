package engine

import (
	"tlsaudit/audit"
)

// kept is what the spool has of a record behind its evidence. What the findings
// of an endpoint have in common with each other, or with all others of their
// rule, is left out or there once: most of a finding is.
type kept struct {
	Findings []keptFinding   `json:"findings"`
	Remedies []*audit.Remedy `json:"remedies,omitempty"`
	// Place is where the subject was declared.
	Place *audit.Place `json:"place,omitempty"`
	// Connection is that of the evidence.
	Connection *audit.Connection `json:"connection,omitempty"`
	WhatIf     *audit.WhatIf     `json:"what_if,omitempty"`
}

// keptFinding is a finding without what its head and the rest of the record
// say.
type keptFinding struct {
	// Head is an index into heads.
	Head        int              `json:"h,omitempty"`
	Verdict     audit.Verdict    `json:"v,omitempty"`
	Message     string           `json:"m,omitempty"`
	Evidence    string           `json:"e,omitempty"`
	Fingerprint string           `json:"f,omitempty"`
	Waiver      *audit.WaiverRef `json:"w,omitempty"`
	Status      string           `json:"s,omitempty"`
	// Remedy is the number of the remedy in the list, from 1; 0 is none.
	Remedy int `json:"r,omitempty"`
	// Whole, when set, is the finding, and nothing else is: it has no head, or
	// is not about the subject of the record.
	Whole *audit.Finding `json:"whole,omitempty"`
}

// head is what a rule makes of each of its findings.
type head struct {
	rule, control, profile, check string
	level                         audit.Level
	severity                      audit.Severity
	confidence                    string
}

// heads are those of the rules of a run. They do not change while it lasts.
type heads struct {
	list  []head
	index map[head]int
}

func newHeads(rules []audit.Rule) *heads {
	h := &heads{index: make(map[head]int, len(rules))}
	for i := range rules {
		r := &rules[i]
		one := head{r.ID, r.Control, r.Profile, r.Check, r.Level, r.Severity, r.Confidence}
		if _, ok := h.index[one]; !ok {
			h.index[one] = len(h.list)
			h.list = append(h.list, one)
		}
	}
	return h
}

// shorten returns what has to be kept of findings about the evidence.
func (h *heads) shorten(e *audit.Evidence, findings []audit.Finding, w *audit.WhatIf) *kept {
	k := &kept{Connection: e.Connection, WhatIf: w}
	if e.Observed != nil {
		k.Place = e.Observed.Target.Place
	}
	if findings == nil {
		return k
	}
	k.Findings = make([]keptFinding, len(findings))
	number := map[*audit.Remedy]int{nil: 0}
	for i := range findings {
		f := &findings[i]
		at, known := h.index[head{f.Rule, f.Control, f.Profile, f.Check, f.Level, f.Severity, f.Confidence}]
		if !known || f.Subject != e.Subject || f.Place != k.Place {
			k.Findings[i].Whole = f
			continue
		}
		if _, ok := number[f.Remedy]; !ok {
			k.Remedies = append(k.Remedies, f.Remedy)
			number[f.Remedy] = len(k.Remedies)
		}
		k.Findings[i] = keptFinding{
			Head: at, Verdict: f.Verdict, Message: f.Message, Evidence: f.Evidence, Fingerprint: f.Fingerprint,
			Waiver: f.Waiver, Status: f.Status, Remedy: number[f.Remedy],
		}
	}
	return k
}

// record puts together what was kept apart. Findings share their place and
// equal remedies.
func (h *heads) record(e audit.Evidence, k *kept) *audit.Record {
	r := &audit.Record{Evidence: e, WhatIf: k.WhatIf}
	if k.Findings != nil {
		r.Findings = make([]audit.Finding, len(k.Findings))
	}
	for i := range k.Findings {
		short := &k.Findings[i]
		if short.Whole != nil {
			r.Findings[i] = *short.Whole
			continue
		}
		of := &h.list[short.Head]
		r.Findings[i] = audit.Finding{
			Rule: of.rule, Control: of.control, Profile: of.profile, Check: of.check, Level: of.level, Severity: of.severity, Confidence: of.confidence,
			Subject: e.Subject, Place: k.Place, Verdict: short.Verdict, Message: short.Message, Evidence: short.Evidence,
			Fingerprint: short.Fingerprint, Waiver: short.Waiver, Status: short.Status,
		}
		if short.Remedy > 0 {
			r.Findings[i].Remedy = k.Remedies[short.Remedy-1]
		}
	}
	return r
}

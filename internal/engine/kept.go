package engine

import (
	"encoding/json"

	"tlsaudit/audit"
)

// kept is a record as the spool has it. What the findings of an endpoint have
// in common with each other, or with all others of their rule, is left out or
// there once: most of a finding is.
type kept struct {
	Evidence audit.Evidence  `json:"evidence"`
	Findings []keptFinding   `json:"findings"`
	Remedies []*audit.Remedy `json:"remedies,omitempty"`
	WhatIf   *audit.WhatIf   `json:"what_if,omitempty"`
}

// keptFinding is a finding without what its head, the evidence and the list of
// remedies say.
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

// place is where the subject of a record was declared.
func place(e *audit.Evidence) *audit.Place {
	if e.Observed == nil {
		return nil
	}
	return e.Observed.Target.Place
}

// shorten returns what has to be kept of findings about the evidence.
func (h *heads) shorten(e *audit.Evidence, findings []audit.Finding) (short []keptFinding, remedies []*audit.Remedy) {
	if findings == nil {
		return nil, nil
	}
	declared := place(e)
	number := map[*audit.Remedy]int{nil: 0}
	short = make([]keptFinding, len(findings))
	for i := range findings {
		f := &findings[i]
		at, known := h.index[head{f.Rule, f.Control, f.Profile, f.Check, f.Level, f.Severity, f.Confidence}]
		if !known || f.Subject != e.Subject || f.Place != declared {
			short[i].Whole = f
			continue
		}
		if _, ok := number[f.Remedy]; !ok {
			remedies = append(remedies, f.Remedy)
			number[f.Remedy] = len(remedies)
		}
		short[i] = keptFinding{
			Head: at, Verdict: f.Verdict, Message: f.Message, Evidence: f.Evidence, Fingerprint: f.Fingerprint,
			Waiver: f.Waiver, Status: f.Status, Remedy: number[f.Remedy],
		}
	}
	return short, remedies
}

// record reads a line of the spool. Findings share their place and equal
// remedies.
func (h *heads) record(line []byte) (*audit.Record, error) {
	var k kept
	if err := json.Unmarshal(line, &k); err != nil {
		return nil, err
	}
	r := &audit.Record{Evidence: k.Evidence, WhatIf: k.WhatIf}
	if k.Findings != nil {
		r.Findings = make([]audit.Finding, len(k.Findings))
	}
	declared := place(&k.Evidence)
	for i := range k.Findings {
		short := &k.Findings[i]
		if short.Whole != nil {
			r.Findings[i] = *short.Whole
			continue
		}
		of := &h.list[short.Head]
		f := audit.Finding{
			Rule: of.rule, Control: of.control, Profile: of.profile, Check: of.check, Level: of.level, Severity: of.severity, Confidence: of.confidence,
			Subject: k.Evidence.Subject, Place: declared, Verdict: short.Verdict, Message: short.Message, Evidence: short.Evidence,
			Fingerprint: short.Fingerprint, Waiver: short.Waiver, Status: short.Status,
		}
		if short.Remedy > 0 {
			f.Remedy = k.Remedies[short.Remedy-1]
		}
		r.Findings[i] = f
	}
	return r, nil
}

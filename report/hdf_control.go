package report

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"

	"tlsaudit/audit"
)

// hdfControl is a rule. Its results are written apart.
type hdfControl struct {
	ID           string            `json:"id"`
	Title        string            `json:"title"`
	Text         string            `json:"desc"`
	Descriptions []hdfDescription  `json:"descriptions"`
	Impact       float64           `json:"impact"`
	Refs         []hdfReference    `json:"refs"`
	Tags         map[string]string `json:"tags"`
	Code         string            `json:"code"`
	Source       hdfSource         `json:"source_location"`
	Waiver       *hdfWaiver        `json:"waiver_data,omitempty"`
}

type hdfDescription struct {
	Label string `json:"label"`
	Data  string `json:"data"`
}

type hdfReference struct {
	Text string `json:"ref,omitempty"`
	URL  string `json:"url,omitempty"`
}

type hdfSource struct {
	File string `json:"ref,omitempty"`
	Line int    `json:"line,omitempty"`
}

type hdfWaiver struct {
	Expires       string `json:"expiration_date"`
	Justification string `json:"justification"`
	Message       string `json:"message"`
	Run           bool   `json:"run"`
	// Skipped says that the whole control is waived.
	Skipped bool `json:"skipped_due_to_waiver"`
}

type hdfResult struct {
	Status string `json:"status"`
	Text   string `json:"code_desc"`
	// Started is the time of judgement: when a rule was decided is not recorded.
	Started   string `json:"start_time"`
	Message   string `json:"message,omitempty"`
	Skipped   string `json:"skip_message,omitempty"`
	Exception string `json:"exception,omitempty"`
	Resource  string `json:"resource,omitempty"`
	ID        string `json:"resource_id,omitempty"`
	Was       string `json:"originalStatus,omitempty"`
}

// hdfImpacts are the middle of the bands readers know: low from 0.1, medium from
// 0.4, high from 0.7, critical from 0.9. Below 0.1 a control counts as one that
// does not apply, which nothing that can fail may be.
var hdfImpacts = [...]float64{audit.Info: 0.1, audit.Low: 0.3, audit.Medium: 0.5, audit.High: 0.7, audit.Critical: 0.9}

// control writes a rule with its results.
func (h *hdfWriter) control(e *ruleEntry) {
	if h.err != nil {
		return
	}
	head, err := json.Marshal(e.hdf())
	if err != nil {
		h.err = fmt.Errorf("encoding a control: %w", err)
		return
	}
	h.text([]string{"", ","}[min(h.count, 1)] + "\n    " + string(EscapeJSON(head[:len(head)-1])) + `,"results":[`) // opened again
	h.count++
	if e.total() == 0 {
		h.text("\n      ")
		h.value(hdfResult{Status: "skipped", Text: "no subject of this run is under this rule", Started: h.started, Skipped: "no subject of this run is under this rule"})
	} else {
		h.writeResults(e)
	}
	h.text("]}")
}

// writeResults writes the results of a rule: those read ahead, or, if it has
// more than may be held, as they are read.
func (h *hdfWriter) writeResults(e *ruleEntry) {
	if h.results[e] == nil && e.total() <= h.held {
		h.readAhead(e)
	}
	if held := h.results[e]; held != nil {
		h.text(held.String())
		delete(h.results, e)
		return
	}
	n := 0
	h.each(func(f *audit.Finding) {
		if h.book.of(f) == e {
			h.text([]string{"", ","}[min(n, 1)] + "\n      ")
			h.value(h.result(f))
			n++
		}
	})
}

// readAhead gathers the results of a rule and of as many rules behind it as may
// be held, in one pass.
func (h *hdfWriter) readAhead(from *ruleEntry) {
	h.results = map[*ruleEntry]*bytes.Buffer{}
	room := h.held
	for _, e := range h.order[from.at:] {
		if e.total() > h.held {
			continue // written as it is read
		}
		if room -= e.total(); room < 0 {
			break
		}
		h.results[e] = &bytes.Buffer{}
	}
	h.each(func(f *audit.Finding) {
		b := h.results[h.book.of(f)]
		if b == nil {
			return
		}
		text, err := json.Marshal(h.result(f))
		if err != nil {
			h.err = fmt.Errorf("encoding a result: %w", err)
			return
		}
		if b.Len() > 0 {
			b.WriteByte(',')
		}
		b.WriteString("\n      ")
		b.Write(EscapeJSON(text))
	})
}

// each goes through all findings, and keeps the error.
func (h *hdfWriter) each(do func(*audit.Finding)) {
	for record, err := range h.report.Records.Findings() {
		if err != nil && h.err == nil {
			h.err = fmt.Errorf("reading the records: %w", err)
		}
		if h.err != nil {
			return
		}
		for i := range record.Findings {
			do(&record.Findings[i])
		}
	}
}

// total counts the findings of a rule.
func (e *ruleEntry) total() (n int) {
	for _, k := range e.counts {
		n += k
	}
	return n
}

func (e *ruleEntry) hdf() hdfControl {
	c := hdfControl{
		ID: Clean(e.Rule), Title: e.title(), Text: e.full(), Impact: hdfImpacts[min(e.Severity, audit.Critical)], Refs: []hdfReference{},
		Tags: map[string]string{"control": Clean(e.Control), "check": Clean(e.Check), "level": string(e.Level), "severity": e.Severity.String()},
	}
	if e.Severity == audit.Info {
		c.Tags["severity"] = "low" // the least that readers know
	}
	if e.total() > 0 && e.total() == e.counts[rank(audit.NotApplicable)] {
		c.Impact = 0
		delete(c.Tags, "severity") // it would count instead
	}
	for label, text := range map[string]string{"confidence": e.Confidence, "in_force": e.inForce()} {
		if text != "" {
			c.Tags[label] = Clean(text)
		}
	}
	c.describe("default", e.full())
	c.describe("check", strings.Join(CleanLines(e.Detect), "\n"))
	c.describe("fix", e.fixText())
	for _, reference := range e.References {
		switch {
		case webLink(reference):
			c.Refs = append(c.Refs, hdfReference{URL: reference})
		case reference != "":
			c.Refs = append(c.Refs, hdfReference{Text: Clean(reference)})
		}
	}
	if hasFile(e.Place) {
		c.Source = hdfSource{Clean(e.Place.File), max(e.Place.Line, 0)}
	}
	if n := e.counts[rank(audit.Waived)]; n > 0 {
		c.Waiver = &hdfWaiver{Run: true, Skipped: e.counts[rank(audit.Fail)]+e.counts[rank(audit.Warn)] == 0, Message: plural(n, "result is waived", "results are waived")}
		if e.waiver != nil {
			c.Waiver.Expires, c.Waiver.Justification = date10(e.waiver.Expires), Clean(waiverText(e.waiver))
		}
	}
	return c
}

func (c *hdfControl) describe(label, text string) {
	if text != "" {
		c.Descriptions = append(c.Descriptions, hdfDescription{label, text})
	}
}

// fixText tells the remedies of a rule.
func (e *ruleEntry) fixText() string {
	var parts []string
	for i := range e.remedies {
		r := &e.remedies[i]
		text := "Remedy" + remedyHead(r) + ":\n" + strings.Join(CleanLines(r.Text), "\n")
		for _, step := range remedySteps(r) {
			text += "\n" + step[0] + ": " + Clean(step[1])
		}
		parts = append(parts, text)
	}
	return strings.Join(parts, "\n\n")
}

func (h *hdfWriter) result(f *audit.Finding) hdfResult {
	r := hdfResult{Text: Clean(f.Subject), Started: h.started, Message: messageText(f), Resource: subjectKind(f.Subject), ID: Clean(f.Subject)}
	for _, note := range notes(f) {
		r.Message += " (" + Clean(note) + ")"
	}
	switch f.Verdict {
	case audit.Pass:
		r.Status = "passed"
	case audit.Fail:
		r.Status = "failed"
	case audit.Warn:
		r.Status, r.Message = "failed", "should be changed: "+r.Message
	case audit.Waived:
		r.Status, r.Was = "skipped", "failed"
		r.Skipped, r.Message = r.Message, ""
	case audit.NotApplicable:
		r.Status = "skipped"
		r.Skipped, r.Message = "does not apply: "+r.Message, ""
	default:
		if e := h.book.of(f); e.counts[rank(audit.Fail)]+e.counts[rank(audit.Warn)] > 0 {
			r.Status, r.Skipped, r.Message = "skipped", "not decided: "+r.Message, ""
			break
		}
		r.Status, r.Exception, r.Message = "error", "not decided", "not decided: "+r.Message
	}
	return r
}

// manual is a rule that people have to decide, or that is switched off.
func (h *hdfWriter) manual(u *audit.Unautomated) any {
	why := "a person has to decide it: "
	if u.Disabled {
		why = "switched off by the policy: "
	}
	c := hdfControl{
		ID: Clean(u.Rule), Title: Clean(u.Rule), Text: why + Clean(u.Reason), Impact: hdfImpacts[audit.Medium], Refs: []hdfReference{},
		Descriptions: []hdfDescription{{"default", why + Clean(u.Reason)}},
		Tags:         map[string]string{"control": Clean(u.Control), "check": Clean(u.Check), "level": string(u.Level)},
	}
	return struct {
		hdfControl
		Results []hdfResult `json:"results"`
	}{c, []hdfResult{{Status: "skipped", Text: "not automated", Started: h.started, Skipped: why + Clean(u.Reason)}}}
}

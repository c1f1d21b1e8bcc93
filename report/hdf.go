package report

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"time"

	"tlsaudit/audit"
)

// HDF is the Heimdall Data Format, the "exec-json" of InSpec: a profile for each
// policy, a control for each rule, a result for each subject.
//
// Results are passed, failed (a broken "should" too), skipped (waived, or the
// rule does not apply) or error (not decided). With one error readers call the
// control a profile error, whatever else it holds; so that one endpoint that
// does not answer hides no failure of another, what is not decided is skipped,
// with its reason, in a control that fails. A control of which all failures are
// waived says so in its waiver_data. A control that applied nowhere has the
// impact 0, by which readers know it; a rule that this program cannot decide is
// a control with one skipped result.
//
// The findings come by subject and are wanted by rule: they are gone through as
// often as it takes to hold no more than a bounded number of results at a time.
var HDF = Format{Name: "hdf", Ext: ".hdf.json", Type: "application/json", Title: "Heimdall data format (InSpec exec-json)", Write: writeHDF}

// hdfHeld is how many results are held at a time, about 500 bytes each.
const hdfHeld = 50_000

func writeHDF(w io.Writer, r *audit.Report, _ Options) error { return hdfHolding(w, r, hdfHeld) }

func hdfHolding(w io.Writer, r *audit.Report, held int) error {
	book, err := readRules(r)
	if err != nil {
		return err
	}
	h := &hdfWriter{report: r, book: book, held: held, jsonWriter: jsonWriter{w: bufio.NewWriter(w)}}
	if !r.Now.IsZero() {
		h.started = r.Now.UTC().Format(time.RFC3339)
	}
	h.text("{\n")
	h.member("platform", h.platform(), ",\n")
	h.member("version", Clean(r.Tool.Version), ",\n")
	h.member("statistics", struct{}{}, ",\n")
	profiles := h.profiles()
	for _, p := range profiles {
		for _, e := range p.rules {
			e.at = len(h.order)
			h.order = append(h.order, e)
		}
	}
	h.text("  \"profiles\": [")
	for i, p := range profiles {
		h.text([]string{"\n", ",\n"}[min(i, 1)])
		h.profile(p)
	}
	h.text("\n  ],\n")
	h.member("passthrough", h.passthrough(), "\n")
	return h.end("}\n")
}

type hdfWriter struct {
	jsonWriter
	report  *audit.Report
	book    *ruleBook
	held    int
	started string
	// order are the rules as they are written; results those of the next of them
	// that were read ahead, encoded.
	order   []*ruleEntry
	results map[*ruleEntry]*bytes.Buffer
}

type hdfPlatform struct {
	Name    string `json:"name"`
	Release string `json:"release"`
	Target  string `json:"target_id,omitempty"`
}

func (h *hdfWriter) platform() hdfPlatform {
	p := hdfPlatform{Name: Clean(h.report.Tool.Name), Release: Clean(h.report.Tool.Version)}
	if h.report.Origin != nil {
		p.Target = Clean(h.report.Origin.Host)
	}
	return p
}

// passthrough holds what the format has no place for.
func (h *hdfWriter) passthrough() map[string]any {
	r := h.report
	m := map[string]any{"complete": r.Complete, "generated": r.Generated.UTC(), "score": r.Summary.Score.String(), "notices": filled(cleanAll(slices.Clone(r.Notices)))}
	if !r.Complete {
		m["incomplete"] = "the audit is incomplete: " + whyIncomplete(r)
	}
	if r.Changes != nil {
		m["changes"] = r.Changes.Counts
	}
	return m
}

// hdfProfile is a policy with its rules. Controls are written apart.
type hdfProfile struct {
	Name          string              `json:"name"`
	Title         string              `json:"title,omitempty"`
	Version       string              `json:"version,omitempty"`
	SHA256        string              `json:"sha256"`
	Status        string              `json:"status"`
	StatusMessage string              `json:"status_message,omitempty"`
	Supports      []struct{}          `json:"supports"`
	Attributes    []struct{}          `json:"attributes"`
	Groups        []hdfGroup          `json:"groups"`
	rules         []*ruleEntry        // automated
	manual        []audit.Unautomated // not
}

type hdfGroup struct {
	ID       string   `json:"id"`
	Title    string   `json:"title"`
	Controls []string `json:"controls"`
}

// profiles are the policies in the order of the report, then those that only
// rules name.
func (h *hdfWriter) profiles() (list []*hdfProfile) {
	index := map[string]*hdfProfile{}
	of := func(id string) *hdfProfile {
		if index[id] == nil {
			index[id] = &hdfProfile{Name: Clean(id), Status: "loaded", Supports: []struct{}{}, Attributes: []struct{}{}, Groups: []hdfGroup{}}
			if !h.report.Complete {
				index[id].StatusMessage = "the audit is incomplete: " + whyIncomplete(h.report)
			}
			list = append(list, index[id])
		}
		return index[id]
	}
	for _, p := range h.report.Policies {
		profile := of(p.ID)
		profile.Title, profile.Version, profile.SHA256 = Clean(p.Title), Clean(p.Version), Clean(p.SHA256)
	}
	for _, e := range h.book.rules {
		p := of(e.Profile)
		p.rules = append(p.rules, e)
	}
	for _, u := range h.report.Unautomated {
		p := of(u.Profile)
		p.manual = append(p.manual, u)
	}
	for _, p := range list {
		p.group()
	}
	return list
}

// group gathers the rules of a profile by control.
func (p *hdfProfile) group() {
	index := map[string]int{}
	add := func(control, rule string) {
		if control == "" {
			control = "without a control"
		}
		at, known := index[control]
		if !known {
			at = len(p.Groups)
			index[control] = at
			p.Groups = append(p.Groups, hdfGroup{ID: Clean(control), Title: Clean(control)})
		}
		p.Groups[at].Controls = append(p.Groups[at].Controls, Clean(rule))
	}
	for _, e := range p.rules {
		add(e.Control, e.Rule)
	}
	for i := range p.manual {
		add(p.manual[i].Control, p.manual[i].Rule)
	}
}

func (h *hdfWriter) profile(p *hdfProfile) {
	head, err := json.Marshal(p)
	if err != nil {
		if h.err == nil {
			h.err = fmt.Errorf("encoding a profile: %w", err)
		}
		return
	}
	h.text("  " + string(EscapeJSON(head[:len(head)-1])) + `,"controls":[`) // opened again
	h.count = 0
	for _, e := range p.rules {
		h.control(e)
	}
	for i := range p.manual {
		h.element(h.manual(&p.manual[i]))
	}
	h.text("]}")
}

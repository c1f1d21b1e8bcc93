package report

import (
	"strings"
	"time"

	"tlsaudit/audit"
)

type oscalItem struct {
	UUID        string          `json:"uuid"`
	Description string          `json:"description"`
	Props       []oscalProperty `json:"props"`
}

type oscalComponent struct {
	UUID        string            `json:"uuid"`
	Type        string            `json:"type"`
	Title       string            `json:"title"`
	Description string            `json:"description"`
	Status      map[string]string `json:"status"`
}

// definitions lists the subjects and the tool.
func (o *oscalWriter) definitions() {
	o.text("  \"local-definitions\": {\n")
	o.member("components", []oscalComponent{{o.tool, "software", o.toolName(), "The program that assessed.", map[string]string{"state": "operational"}}}, "")
	if o.book.subjects > 0 {
		o.text(",\n")
		o.list("inventory-items", o.report.Records.Findings(), func(record *audit.Record) {
			subject := record.Evidence.Subject
			o.element(oscalItem{oscalSubject(subject), oscalText(subject), []oscalProperty{oscalProp("kind", subjectKind(subject))}})
		})
	}
	o.text("},\n")
}

// findings writes a list of what make makes of findings, and nothing where it
// would be empty, which the schema does not allow.
func (o *oscalWriter) findings(name string, want func(audit.Verdict) bool, each func(*audit.Finding) any) {
	n := 0
	for _, v := range allVerdicts {
		if want(v) {
			n += o.book.count(v)
		}
	}
	if n == 0 {
		return
	}
	o.text(",\n")
	o.list(name, o.report.Records.Findings(), func(record *audit.Record) {
		for i := range record.Findings {
			if f := &record.Findings[i]; want(f.Verdict) {
				o.element(each(f))
			}
		}
	})
}

// decided reports whether a verdict is a finding. What is not known, to this
// program too, is one.
func (o *oscalWriter) decided(v audit.Verdict) bool { return v != audit.NotApplicable }

// risky reports whether a verdict is a risk.
func (o *oscalWriter) risky(v audit.Verdict) bool {
	return v == audit.Fail || v == audit.Warn || v == audit.Waived
}

// oscalSubject is the UUID of a subject, the same in every run.
func oscalSubject(subject string) string { return nameUUID("oscal", "subject", subject) }

// id is the UUID of what is said about a finding in this run.
func (o *oscalWriter) id(kind string, f *audit.Finding) string {
	return nameUUID("oscal", kind, o.run, f.Profile, f.Rule, f.Subject)
}

type oscalObservation struct {
	UUID        string          `json:"uuid"`
	Description string          `json:"description"`
	Props       []oscalProperty `json:"props"`
	Methods     []string        `json:"methods"`
	Types       []string        `json:"types"`
	Origins     []oscalOrigin   `json:"origins"`
	Subjects    []oscalAbout    `json:"subjects"`
	Evidence    []oscalEvidence `json:"relevant-evidence,omitempty"`
	Collected   string          `json:"collected"`
}

type oscalOrigin struct {
	Actors []oscalActor `json:"actors"`
}

type oscalActor struct {
	Type string `json:"type"`
	UUID string `json:"actor-uuid"`
}

type oscalAbout struct {
	UUID string `json:"subject-uuid"`
	Type string `json:"type"`
}

type oscalEvidence struct {
	Description string `json:"description"`
}

func (o *oscalWriter) observation(f *audit.Finding) oscalObservation {
	b := oscalObservation{
		UUID: o.id("observation", f), Description: oscalMarkup(messageText(f)), Props: []oscalProperty{oscalProp("verdict", f.Verdict.String())}, Methods: []string{"TEST"}, Types: []string{"finding"},
		Origins: []oscalOrigin{{[]oscalActor{{"tool", o.tool}}}}, Subjects: []oscalAbout{{oscalSubject(f.Subject), "inventory-item"}}, Collected: o.time,
	}
	if subjectKind(f.Subject) != "TLS endpoint" {
		b.Methods = []string{"EXAMINE"} // a file was read
	}
	if f.Evidence != "" {
		b.Evidence = []oscalEvidence{{oscalMarkup(Clean(f.Evidence))}}
	}
	if hasFile(f.Place) {
		b.Props = append(b.Props, oscalProp("place", f.Place.String()))
	}
	return b
}

type oscalFinding struct {
	UUID         string              `json:"uuid"`
	Title        string              `json:"title"`
	Description  string              `json:"description"`
	Props        []oscalProperty     `json:"props"`
	Target       oscalTarget         `json:"target"`
	Observations []map[string]string `json:"related-observations"`
	Risks        []map[string]string `json:"related-risks,omitempty"`
}

type oscalTarget struct {
	Type   string      `json:"type"`
	ID     string      `json:"target-id"`
	Status oscalStatus `json:"status"`
}

type oscalStatus struct {
	State   string `json:"state"`
	Reason  string `json:"reason"`
	Remarks string `json:"remarks,omitempty"`
}

func (o *oscalWriter) finding(f *audit.Finding) oscalFinding {
	rule := o.book.of(f)
	v := oscalFinding{
		UUID: o.id("finding", f), Title: oscalText(rule.title()), Description: oscalMarkup(Clean(f.Subject) + ": " + messageText(f)), Target: oscalTarget{"objective-id", rule.objective(), oscalState(f)},
		Props:        []oscalProperty{oscalProp("fingerprint", fingerprint(f)), oscalProp("severity", f.Severity.String())},
		Observations: []map[string]string{{"observation-uuid": o.id("observation", f)}},
	}
	if f.Status != "" {
		v.Props = append(v.Props, oscalProp("baseline", f.Status))
	}
	if o.risky(f.Verdict) {
		v.Risks = []map[string]string{{"risk-uuid": o.id("risk", f)}}
	}
	return v
}

// oscalState is "satisfied" for a pass and nothing else.
func oscalState(f *audit.Finding) oscalStatus {
	s := oscalStatus{State: "not-satisfied", Reason: "fail"}
	switch f.Verdict {
	case audit.Pass:
		s.State, s.Reason = "satisfied", "pass"
	case audit.Warn:
		s.Remarks = "It should be otherwise, but need not."
	case audit.Waived:
		s.Reason, s.Remarks = "other", "waived"
	case audit.Unknown:
		s.Reason, s.Remarks = "other", "Not decided: nobody knows whether it is satisfied."
	}
	for _, note := range notes(f) {
		s.Remarks = strings.TrimSpace(s.Remarks + " " + oscalMarkup(Clean(note)))
	}
	return s
}

type oscalRisk struct {
	UUID         string              `json:"uuid"`
	Title        string              `json:"title"`
	Description  string              `json:"description"`
	Statement    string              `json:"statement"`
	Props        []oscalProperty     `json:"props"`
	Status       string              `json:"status"`
	Deadline     string              `json:"deadline,omitempty"`
	Remediations []oscalRemedy       `json:"remediations,omitempty"`
	Observations []map[string]string `json:"related-observations"`
}

type oscalRemedy struct {
	UUID        string `json:"uuid"`
	Lifecycle   string `json:"lifecycle"`
	Title       string `json:"title"`
	Description string `json:"description"`
}

func (o *oscalWriter) risk(f *audit.Finding) oscalRisk {
	rule := o.book.of(f)
	r := oscalRisk{
		UUID: o.id("risk", f), Title: oscalText(rule.title()), Description: oscalMarkup(Clean(f.Subject) + ": " + messageText(f)), Statement: oscalMarkup(rule.full()), Status: "open",
		Props:        []oscalProperty{oscalProp("severity", f.Severity.String())},
		Observations: []map[string]string{{"observation-uuid": o.id("observation", f)}},
	}
	if f.Verdict == audit.Waived {
		r.Status = "deviation-approved"
		if f.Waiver != nil && !f.Waiver.Expires.IsZero() {
			r.Deadline = f.Waiver.Expires.UTC().Format(time.RFC3339)
		}
	}
	if f.Remedy != nil && f.Remedy.Text != "" {
		text := sarifFence(CleanLines(f.Remedy.Text))
		for _, step := range remedySteps(f.Remedy) {
			text += "\n\n" + step[0] + ":\n\n" + sarifFence([]string{Clean(step[1])})
		}
		r.Remediations = []oscalRemedy{{o.id("remedy", f), "recommendation", oscalText("Remedy" + remedyHead(f.Remedy)), text}}
	}
	return r
}

type oscalReviewed struct {
	Controls   []oscalControls   `json:"control-selections"`
	Objectives []oscalObjectives `json:"control-objective-selections,omitempty"`
}

type oscalControls struct {
	Description string              `json:"description,omitempty"`
	All         *struct{}           `json:"include-all,omitempty"`
	Controls    []map[string]string `json:"include-controls,omitempty"`
}

type oscalObjectives struct {
	Objectives []map[string]string `json:"include-objectives"`
}

// objective is the identifier of a rule.
func (e *ruleEntry) objective() string { return oscalToken(e.Profile + "." + e.Rule) }

// reviewed lists the controls of each policy, and the rules as their objectives.
func (o *oscalWriter) reviewed() oscalReviewed {
	var r oscalReviewed
	seen := map[[2]string]bool{}
	for i, e := range o.book.rules {
		if i == 0 || e.Profile != o.book.rules[i-1].Profile {
			r.Controls = append(r.Controls, oscalControls{Description: oscalMarkup(Clean(e.Profile))})
			if i == 0 {
				r.Objectives = make([]oscalObjectives, 1)
			}
		}
		r.Objectives[0].Objectives = append(r.Objectives[0].Objectives, map[string]string{"objective-id": e.objective()})
		control := e.Control
		if control == "" {
			control = e.Rule
		}
		if key := [2]string{e.Profile, control}; !seen[key] {
			seen[key] = true
			last := &r.Controls[len(r.Controls)-1]
			last.Controls = append(last.Controls, map[string]string{"control-id": oscalToken(control)})
		}
	}
	if r.Controls == nil {
		r.Controls = []oscalControls{{All: &struct{}{}}}
	}
	return r
}

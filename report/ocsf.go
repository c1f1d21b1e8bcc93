package report

import (
	"bufio"
	"fmt"
	"io"
	"strings"

	"tlsaudit/audit"
)

// OCSF is one Compliance Finding (class 2003) of the Open Cybersecurity Schema
// Framework a line. What is not decided is a finding whose result is a warning,
// which in the framework means that information is missing; so is an audit that
// is incomplete, in the first line, and a rule that people have to decide. Rules
// that do not apply are left out. The verdict in our words stands in "unmapped".
var OCSF = Format{Name: "ocsf", Ext: ".ocsf.ndjson", Type: "application/x-ndjson", Title: "OCSF compliance findings, one a line", Write: writeOCSF}

// ocsfVersion is the version of the framework: the first with "resources".
const ocsfVersion = "1.3.0"

// ocsfEvent is a Compliance Finding. Identifiers come with their captions.
type ocsfEvent struct {
	ActivityID   int               `json:"activity_id"`
	ActivityName string            `json:"activity_name"`
	CategoryUID  int               `json:"category_uid"`
	CategoryName string            `json:"category_name"`
	ClassUID     int               `json:"class_uid"`
	ClassName    string            `json:"class_name"`
	TypeUID      int               `json:"type_uid"`
	TypeName     string            `json:"type_name"`
	Time         int64             `json:"time"` // milliseconds since 1970
	SeverityID   int               `json:"severity_id"`
	Severity     string            `json:"severity"`
	StatusID     int               `json:"status_id,omitempty"`
	Status       string            `json:"status,omitempty"`
	Message      string            `json:"message"`
	Metadata     ocsfMetadata      `json:"metadata"`
	Finding      ocsfFinding       `json:"finding_info"`
	Compliance   ocsfCompliance    `json:"compliance"`
	Resources    []ocsfResource    `json:"resources,omitempty"`
	Remediation  *ocsfRemediation  `json:"remediation,omitempty"`
	Unmapped     map[string]string `json:"unmapped,omitempty"`
}

type ocsfMetadata struct {
	Version string      `json:"version"`
	UID     string      `json:"uid"`
	Run     string      `json:"correlation_uid"`
	Product ocsfProduct `json:"product"`
}

type ocsfProduct struct {
	Name    string `json:"name"`
	Vendor  string `json:"vendor_name"`
	Version string `json:"version,omitempty"`
}

type ocsfFinding struct {
	UID   string   `json:"uid"`
	Title string   `json:"title"`
	Text  string   `json:"desc,omitempty"`
	Types []string `json:"types,omitempty"`
}

type ocsfCompliance struct {
	Standards    []string `json:"standards"`
	Control      string   `json:"control,omitempty"`
	Requirements []string `json:"requirements,omitempty"`
	StatusID     int      `json:"status_id"`
	Status       string   `json:"status"`
	Detail       string   `json:"status_detail,omitempty"`
}

type ocsfResource struct {
	UID  string `json:"uid"`
	Name string `json:"name"`
	Type string `json:"type"`
}

type ocsfRemediation struct {
	Text       string   `json:"desc"`
	References []string `json:"references,omitempty"`
}

// The results of a compliance check; a warning is one without enough to go by.
const (
	ocsfPass    = 1
	ocsfWarning = 2
	ocsfFail    = 3
)

var ocsfResults = [...]string{ocsfPass: "Pass", ocsfWarning: "Warning", ocsfFail: "Fail"}

var ocsfActivities = [...]string{1: "Create", 2: "Update", 3: "Close"}

var ocsfStates = [...]string{1: "New", 2: "In Progress", 3: "Suppressed", 4: "Resolved"}

// ocsfSeverities are 1 (Informational) to 5 (Critical); 0 is unknown.
var ocsfSeverities = [...]string{"Unknown", "Informational", "Low", "Medium", "High", "Critical"}

func writeOCSF(w io.Writer, r *audit.Report, _ Options) error {
	book, err := readRules(r)
	if err != nil {
		return err
	}
	o := &ocsfWriter{report: r, book: book, run: runUUID(r, "ocsf"), changes: map[string]audit.ChangeKind{}, standards: map[string]string{}}
	if r.Changes != nil {
		for i := range r.Changes.List {
			o.changes[Clean(r.Changes.List[i].Fingerprint)] = r.Changes.List[i].Kind
		}
		delete(o.changes, "")
	}
	for _, p := range r.Policies {
		o.standards[p.ID] = ocsfStandard(&p)
	}
	j := &jsonWriter{w: bufio.NewWriter(w)}
	line := func(e *ocsfEvent) {
		j.value(e)
		j.text("\n")
	}
	if !r.Complete {
		line(o.incomplete())
	}
	for i := range r.Unautomated {
		if u := &r.Unautomated[i]; !u.Disabled {
			line(o.manual(u))
		}
	}
	for record, err := range r.Records.Findings() {
		if err != nil {
			return fmt.Errorf("reading the records: %w", err)
		}
		for i := range record.Findings {
			if f := &record.Findings[i]; f.Verdict != audit.NotApplicable {
				line(o.finding(f))
			}
		}
		if j.err != nil {
			return j.err
		}
	}
	return j.end("")
}

type ocsfWriter struct {
	report    *audit.Report
	book      *ruleBook
	run       string
	changes   map[string]audit.ChangeKind
	standards map[string]string // by the id of a policy
}

// ocsfStandard names a policy in one line.
func ocsfStandard(p *audit.PolicyRef) string {
	name := Clean(p.Title)
	if name == "" {
		name = Clean(p.ID)
	}
	if p.Version != "" {
		name += " " + Clean(p.Version)
	}
	return name
}

// event is what all lines have in common.
func (o *ocsfWriter) event(uid string, activity, severity, result int) *ocsfEvent {
	name := Clean(o.report.Tool.Name)
	if name == "" {
		name = "tlsaudit"
	}
	e := &ocsfEvent{
		ActivityID: activity, ActivityName: ocsfActivities[activity], CategoryUID: 2, CategoryName: "Findings", ClassUID: 2003, ClassName: "Compliance Finding",
		TypeUID: 200300 + activity, TypeName: "Compliance Finding: " + ocsfActivities[activity], SeverityID: severity, Severity: ocsfSeverities[severity],
		Metadata:   ocsfMetadata{Version: ocsfVersion, UID: nameUUID("ocsf", o.run, uid), Run: o.run, Product: ocsfProduct{Name: name, Vendor: name, Version: Clean(o.report.Tool.Version)}},
		Finding:    ocsfFinding{UID: uid, Types: []string{"TLS compliance"}},
		Compliance: ocsfCompliance{Standards: []string{}, StatusID: result, Status: ocsfResults[result]},
	}
	switch {
	case !o.report.Generated.IsZero():
		e.Time = o.report.Generated.UnixMilli()
	case !o.report.Now.IsZero():
		e.Time = o.report.Now.UnixMilli()
	}
	return e
}

func (o *ocsfWriter) finding(f *audit.Finding) *ocsfEvent {
	id, rule := fingerprint(f), o.book.of(f)
	activity, state := o.progress(f, id)
	result, severity := ocsfFail, int(min(f.Severity, audit.Critical))+1
	switch f.Verdict {
	case audit.Pass:
		result, severity = ocsfPass, 1
	case audit.Unknown:
		result = ocsfWarning
	}
	e := o.event(id, activity, severity, result)
	if state > 0 {
		e.StatusID, e.Status = state, ocsfStates[state]
	}
	e.Message = Clean(f.Subject) + ": " + messageText(f)
	e.Finding.Title, e.Finding.Text = rule.title(), rule.full()
	e.Compliance.Standards = append(e.Compliance.Standards, o.standard(f.Profile))
	e.Compliance.Control, e.Compliance.Requirements = Clean(f.Control), []string{rule.id()}
	e.Compliance.Detail = strings.Join(append([]string{messageText(f)}, cleanAll(notes(f))...), "; ")
	e.Resources = []ocsfResource{{UID: Clean(f.Subject), Name: Clean(f.Subject), Type: subjectKind(f.Subject)}}
	e.Remediation = ocsfRemedy(f, rule)
	e.Unmapped = ocsfUnmapped(f, o.changes[id])
	return e
}

// standard names the policy a rule is of.
func (o *ocsfWriter) standard(profile string) string {
	if name := o.standards[profile]; name != "" {
		return name
	}
	return Clean(profile)
}

// progress tells what is done to a finding (create, update, close), and its
// state; a pass that never was a problem has none.
func (o *ocsfWriter) progress(f *audit.Finding, id string) (activity, state int) {
	kind := o.changes[id]
	switch {
	case f.Verdict == audit.Waived:
		return 2, 3
	case kind == audit.ChangeFixed:
		return 3, 4
	case f.Verdict == audit.Pass:
		return 1, 0
	case kind == audit.ChangeUnchanged, kind == audit.ChangeUndecided, f.Status == "known":
		return 2, 2
	}
	return 1, 1
}

func ocsfRemedy(f *audit.Finding, rule *ruleEntry) *ocsfRemediation {
	if f.Remedy == nil || f.Remedy.Text == "" || f.Verdict == audit.Pass {
		return nil
	}
	r := &ocsfRemediation{Text: strings.Join(CleanLines(f.Remedy.Text), "\n")}
	for _, step := range remedySteps(f.Remedy) {
		r.Text += "\n" + step[0] + ": " + Clean(step[1])
	}
	if trust := trustIn(f.Remedy); trust != "" {
		r.Text += "\n(" + trust + ")"
	}
	for _, reference := range rule.References {
		if reference != "" {
			r.References = append(r.References, Clean(reference))
		}
	}
	return r
}

func ocsfUnmapped(f *audit.Finding, change audit.ChangeKind) map[string]string {
	m := map[string]string{"verdict": f.Verdict.String(), "rule_severity": f.Severity.String(), "level": string(f.Level)}
	if w := f.Waiver; w != nil {
		m["was"], m["waiver"], m["waiver_expires"] = w.Was.String(), Clean(w.ID), date10(w.Expires)
		if w.ApprovedBy != "" {
			m["waiver_approved_by"] = Clean(w.ApprovedBy)
		}
	}
	for name, text := range map[string]string{"evidence": f.Evidence, "confidence": f.Confidence, "baseline": f.Status, "change": string(change)} {
		if text != "" {
			m[name] = Clean(text)
		}
	}
	if hasFile(f.Place) {
		m["place"] = Clean(f.Place.String())
	}
	return m
}

// incomplete is the line that says that there is more to know.
func (o *ocsfWriter) incomplete() *ocsfEvent {
	e := o.event(o.run, 1, 0, ocsfWarning)
	e.Finding.Title = "The audit is incomplete"
	e.Message = "the audit is incomplete: " + whyIncomplete(o.report)
	e.Compliance.Detail, e.Compliance.Control = e.Message, "completeness"
	for _, p := range o.report.Policies {
		e.Compliance.Standards = append(e.Compliance.Standards, ocsfStandard(&p))
	}
	if len(e.Compliance.Standards) == 0 {
		e.Compliance.Standards = append(e.Compliance.Standards, "unknown")
	}
	e.Unmapped = map[string]string{"verdict": "unknown", "score": o.report.Summary.Score.String()}
	return e
}

// whyIncomplete says why a report is not complete, and never nothing.
func whyIncomplete(r *audit.Report) string {
	if r.Incomplete == "" {
		return "not every rule was decided about every subject"
	}
	return Clean(r.Incomplete)
}

// manual is the line of a rule that this program does not decide.
func (o *ocsfWriter) manual(u *audit.Unautomated) *ocsfEvent {
	e := o.event(audit.FindingFingerprint(u.Profile, u.Rule, ""), 1, 0, ocsfWarning)
	e.Finding.Title = "A person has to decide " + clean(u.Profile, 200) + "/" + clean(u.Rule, 400)
	e.Message = "not automated: " + Clean(u.Reason)
	e.Compliance.Standards = append(e.Compliance.Standards, o.standard(u.Profile))
	e.Compliance.Control, e.Compliance.Requirements = Clean(u.Control), []string{clean(u.Profile, 200) + "/" + clean(u.Rule, 400)}
	e.Compliance.Detail = e.Message
	e.Unmapped = map[string]string{"verdict": "not-automated", "level": string(u.Level)}
	return e
}

// subjectKind says what a subject is.
func subjectKind(subject string) string {
	switch {
	case strings.HasPrefix(subject, audit.ConfigSubject):
		return "configuration"
	case strings.HasPrefix(subject, "gateway:"):
		return "gateway row"
	}
	return "TLS endpoint"
}

// cleanAll is Clean for each of a list.
func cleanAll(list []string) []string {
	for i := range list {
		list[i] = Clean(list[i])
	}
	return list
}

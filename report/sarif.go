package report

import (
	"bufio"
	"fmt"
	"io"
	"time"

	"tlsaudit/audit"
)

// SARIF is the Static Analysis Results Interchange Format 2.1.0 (OASIS, with
// errata 01), kept within what GitHub code scanning takes.
//
// Findings that fail, warn or are undecided are results; passes and rules that
// do not apply are only counted. A waived finding is a result with an accepted
// suppression. An undecided one is a result of kind "fail" and level "warning",
// marked in its message and properties: the kind "open" demands the level
// "none" (section 3.27.9), with which readers show nothing.
//
// An endpoint has no file of its own: its findings are located on the line of
// the inventory or policy that names it, see [sarifPlaces].
var SARIF = Format{Name: "sarif", Ext: ".sarif", Type: "application/sarif+json", Title: "SARIF 2.1.0, for code scanning", Write: writeSARIF}

// sarifLimits are what GitHub takes: results and rules of one run above these
// numbers make it refuse the whole file, and of the results it shows those
// of the gravest rules.
type sarifLimits struct{ results, shown, rules int }

var githubLimits = sarifLimits{results: 25_000, shown: 5_000, rules: 25_000}

const (
	sarifSchema = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
	// sarifLonely is the file named where a report names none.
	sarifLonely = "tlsaudit-report.json"
)

func writeSARIF(w io.Writer, r *audit.Report, _ Options) error {
	return sarifWithin(w, r, githubLimits)
}

func sarifWithin(w io.Writer, r *audit.Report, limits sarifLimits) error {
	book, err := readRules(r)
	if err != nil {
		return err
	}
	s := &sarifWriter{report: r, book: book, limits: limits, budget: sarifBudget(book, limits.results), states: sarifStates(r)}
	s.rules()
	j := &jsonWriter{w: bufio.NewWriter(w)}
	j.text("{\n")
	j.member("$schema", sarifSchema, ",\n")
	j.member("version", "2.1.0", ",\n")
	j.text("  \"runs\": [{\n")
	j.member("tool", sarifTool{s.driver()}, ",\n")
	j.member("columnKind", "utf16CodeUnits", ",\n")
	j.member("automationDetails", s.automation(), ",\n")
	if artifacts := sarifArtifacts(r); len(artifacts) > 0 {
		j.member("artifacts", artifacts, ",\n")
	}
	j.list("results", r.Records.Findings(), func(record *audit.Record) {
		for i := range record.Findings {
			if s.take(&record.Findings[i]) {
				j.element(s.result(&record.Findings[i]))
			}
		}
	})
	j.text(",\n")
	j.member("invocations", []sarifInvocation{s.invocation()}, ",\n")
	j.member("properties", s.properties(), "\n")
	return j.end("  }]\n}\n")
}

// sarifWriter holds what is known before the first result is written.
type sarifWriter struct {
	report *audit.Report
	book   *ruleBook
	limits sarifLimits
	// budget is how many more findings of each verdict and severity may become
	// results.
	budget [len(allVerdicts)][audit.Critical + 1]int
	// descriptors are the rules written; indices where each stands.
	descriptors []sarifRule
	indices     map[*ruleEntry]int
	states      map[string]string
	written     int
	omitted     int
}

// sarifVerdicts are the verdicts that become results, what must not be left out
// first.
var sarifVerdicts = []audit.Verdict{audit.Fail, audit.Unknown, audit.Warn, audit.Waived}

// sarifBudget shares out a number of results, worst first: what is too many is
// taken from the least grave.
func sarifBudget(book *ruleBook, results int) (budget [len(allVerdicts)][audit.Critical + 1]int) {
	for _, v := range sarifVerdicts {
		for severity := int(audit.Critical); severity >= 0; severity-- {
			n := min(results, book.classes[rank(v)][severity])
			budget[rank(v)][severity] = n
			results -= n
		}
	}
	return budget
}

// take reports whether a finding becomes a result, and counts it.
func (s *sarifWriter) take(f *audit.Finding) bool {
	verdict, severity := rank(f.Verdict), min(f.Severity, audit.Critical)
	if f.Verdict == audit.Pass || f.Verdict == audit.NotApplicable {
		return false
	}
	if _, described := s.indices[s.book.of(f)]; !described || s.budget[verdict][severity] == 0 {
		s.omitted++
		return false
	}
	s.budget[verdict][severity]--
	s.written++
	return true
}

type sarifResult struct {
	RuleID       string             `json:"ruleId"`
	RuleIndex    int                `json:"ruleIndex"`
	Level        string             `json:"level"`
	Message      sarifText          `json:"message"`
	Locations    []sarifLocation    `json:"locations"`
	Fingerprints map[string]string  `json:"partialFingerprints"`
	Suppressions []sarifSuppression `json:"suppressions,omitempty"`
	Baseline     string             `json:"baselineState,omitempty"`
	Fixes        []sarifFix         `json:"fixes,omitempty"`
	Properties   map[string]string  `json:"properties"`
}

type sarifText struct {
	Text     string `json:"text"`
	Markdown string `json:"markdown,omitempty"`
}

type sarifSuppression struct {
	Kind          string            `json:"kind"`
	Status        string            `json:"status"`
	Justification string            `json:"justification"`
	Properties    map[string]string `json:"properties,omitempty"`
}

func (s *sarifWriter) result(f *audit.Finding) sarifResult {
	entry := s.book.of(f)
	id := fingerprint(f)
	result := sarifResult{
		RuleID: entry.id(), RuleIndex: s.indices[entry], Level: sarifLevel(f),
		Message:   sarifText{Text: sarifMessage(f)},
		Locations: []sarifLocation{s.location(f, entry)},
		// GitHub reads the second only, and tells results of one line apart by it.
		Fingerprints: map[string]string{"tlsaudit/v1": id, "primaryLocationLineHash": id},
		Baseline:     s.states[id],
		Fixes:        sarifFixes(f.Remedy),
		Properties:   map[string]string{"verdict": f.Verdict.String(), "severity": f.Severity.String(), "subject": Clean(f.Subject)},
	}
	for name, text := range map[string]string{"control": f.Control, "evidence": f.Evidence, "confidence": f.Confidence} {
		if text != "" {
			result.Properties[name] = Clean(text)
		}
	}
	switch f.Status {
	case statusNew:
		result.Baseline = "new"
	case "known":
		result.Baseline = "unchanged"
	}
	if f.Verdict == audit.Waived {
		result.Suppressions = []sarifSuppression{sarifWaiver(f.Waiver)}
		if f.Waiver != nil {
			result.Properties["was"] = f.Waiver.Was.String()
		}
	}
	return result
}

// sarifMessage is one line: where, what, and what has to be known beside it.
// Readers turn "[text](target)" into links, which is not for peers to use.
func sarifMessage(f *audit.Finding) string {
	text := Clean(f.Subject) + ": "
	switch f.Verdict {
	case audit.Unknown:
		text += "not decided: "
	case audit.Warn:
		text += "should be changed: "
	}
	text += messageText(f)
	for _, note := range notes(f) {
		text += " (" + Clean(note) + ")"
	}
	return sarifNoLinks(text)
}

func sarifWaiver(w *audit.WaiverRef) sarifSuppression {
	s := sarifSuppression{Kind: "external", Status: "accepted", Justification: "waived"}
	if w == nil {
		return s
	}
	s.Justification = sarifNoLinks(Clean(waiverText(w)))
	s.Properties = map[string]string{"waiver": Clean(w.ID), "expires": w.Expires.UTC().Format(time.RFC3339)}
	for name, text := range map[string]string{"owner": w.Owner, "approvedBy": w.ApprovedBy, "ticket": w.Ticket} {
		if text != "" {
			s.Properties[name] = Clean(text)
		}
	}
	return s
}

// sarifLevel follows what readers of other tools know: critical and high are
// errors, medium warnings, the rest notes. What only should be so is at most a
// warning, what is not decided always one. A waived finding keeps its level.
func sarifLevel(f *audit.Finding) string {
	verdict := f.Verdict
	if verdict == audit.Waived && f.Waiver != nil {
		verdict = f.Waiver.Was
	}
	switch {
	case verdict == audit.Unknown:
		return "warning"
	case f.Severity <= audit.Low:
		return "note"
	case f.Severity == audit.Medium || verdict == audit.Warn:
		return "warning"
	}
	return "error"
}

// sarifStates tells by fingerprint what became of findings since an earlier
// report. What is fixed is not here: a result whose baselineState is "absent"
// is one that readers without a notion of baselines take for an open one. It is
// listed in the properties of the run.
func sarifStates(r *audit.Report) map[string]string {
	states := map[string]string{}
	if r.Changes == nil {
		return states
	}
	for i := range r.Changes.List {
		c := &r.Changes.List[i]
		switch c.Kind {
		case audit.ChangeNew, audit.ChangeRegressed:
			states[Clean(c.Fingerprint)] = "new"
		case audit.ChangeUnchanged:
			states[Clean(c.Fingerprint)] = "unchanged"
		case audit.ChangeUndecided:
			states[Clean(c.Fingerprint)] = "updated"
		}
	}
	delete(states, "")
	return states
}

// automation tells runs apart: GitHub takes what is before the last slash for
// the category, of which a later upload replaces an earlier one. A comparison
// that holds only what changed has one of its own: in place of the full run it
// would close every alert that did not change.
func (s *sarifWriter) automation() sarifAutomation {
	category := "tlsaudit"
	if excerpted(s.report) {
		category = "tlsaudit-diff"
	}
	for i, p := range s.report.Policies {
		if i == maxNamedPolicies {
			category += fmt.Sprintf("+%d", len(s.report.Policies)-i)
			break
		}
		category += []string{"/", "+"}[min(i, 1)] + sarifURI(clean(p.ID, 80))
	}
	return sarifAutomation{ID: category + "/" + s.report.Generated.UTC().Format("20060102T150405Z"), GUID: runUUID(s.report, "sarif")}
}

// maxNamedPolicies bounds the names in one identifier.
const maxNamedPolicies = 8

type sarifAutomation struct {
	ID   string `json:"id"`
	GUID string `json:"guid"`
}

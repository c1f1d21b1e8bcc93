package attest

import (
	"fmt"
	"slices"

	"tlsaudit/audit"
)

// Verdict is the result of a run in one word.
type Verdict string

// The verdicts. A run that is not complete, or judged nothing, has not passed,
// whatever it found.
const (
	Failed     Verdict = "failed"
	Incomplete Verdict = "incomplete"
	Warned     Verdict = "warned"
	Passed     Verdict = "passed"
)

// verdictOf is the verdict of a report. What is waived is accepted, not in
// order: it warns.
func verdictOf(r *audit.Report) Verdict {
	s := &r.Summary
	switch {
	case s.Fail > 0:
		return Failed
	case !r.Complete || s.UnknownFindings > 0 || s.Subjects+s.Rows+s.Files == 0:
		return Incomplete
	case s.Warn+s.Waived > 0:
		return Warned
	case s.Pass > 0:
		return Passed
	}
	return Incomplete // nothing was decided
}

// The types of a signed statement.
const (
	statementType = "https://in-toto.io/Statement/v1"
	predicateType = "https://in-toto.io/attestation/test-result/v0.1"
)

// Statement is an in-toto Statement v1 with the predicate test-result v0.1
// (in-toto attestation framework, spec/v1/statement and predicates/test-result).
type Statement struct {
	Type          string     `json:"_type"`
	Subject       []Resource `json:"subject"`
	PredicateType string     `json:"predicateType"`
	Predicate     TestResult `json:"predicate"`
}

// Resource is an in-toto ResourceDescriptor; it always has a digest.
type Resource struct {
	Name        string            `json:"name"`
	Digest      map[string]string `json:"digest"`
	Annotations map[string]string `json:"annotations,omitempty"`
}

// TestResult is the predicate. Tests are rules, as "profile/rule". The result
// has no word for what could not be decided: that is FAILED, and its rules are
// among the failed tests. A consumer cannot take it for a pass.
type TestResult struct {
	Result        string     `json:"result"`
	Configuration []Resource `json:"configuration"`
	Passed        []string   `json:"passedTests"`
	Warned        []string   `json:"warnedTests"`
	Failed        []string   `json:"failedTests"`
	// Omitted counts the rules that the lists leave out for their number; an
	// extension of the predicate.
	Omitted int `json:"omittedTests,omitempty"`
	// Command and RenderedFrom are those of the manifest, so that who reads the
	// statement alone cannot take reports written again for a run; extensions of
	// the predicate.
	Command      string     `json:"command,omitempty"`
	RenderedFrom []Resource `json:"renderedFrom,omitempty"`
}

// maxTests bounds each list of rules.
const maxTests = 5000

// NewStatement attests the manifest, of these bytes and this name, and every
// artefact in it. Rules are read from the records of the report.
func NewStatement(r *audit.Report, m *Manifest, text []byte, file string) (*Statement, error) {
	s := &Statement{Type: statementType, PredicateType: predicateType, Subject: subjects(m, text, file)}
	p := &s.Predicate
	p.Result = map[Verdict]string{Passed: "PASSED", Warned: "WARNED"}[m.Run.Verdict]
	if p.Result == "" {
		p.Result = "FAILED"
	}
	p.Configuration = configuration(m)
	p.Command, p.RenderedFrom = m.Command, rendered(m)
	worst, err := worstByRule(r.Records)
	if err != nil {
		return nil, fmt.Errorf("reading the findings: %w", err)
	}
	for _, name := range sortedNames(worst) {
		switch worst[name] {
		case audit.Fail, audit.Unknown:
			p.Failed = append(p.Failed, name)
		case audit.Warn, audit.Waived:
			p.Warned = append(p.Warned, name)
		case audit.Pass:
			p.Passed = append(p.Passed, name)
		}
	}
	for _, list := range []*[]string{&p.Failed, &p.Warned, &p.Passed} {
		if more := len(*list) - maxTests; more > 0 {
			p.Omitted += more
			*list = (*list)[:maxTests]
		}
		if *list == nil {
			*list = []string{}
		}
	}
	return s, nil
}

// subjects are the manifest and its artefacts.
func subjects(m *Manifest, text []byte, file string) []Resource {
	list := []Resource{resource(file, Digest(text))}
	for _, a := range m.Artefacts {
		list = append(list, resource(a.Name, a.SHA256))
	}
	return list
}

func resource(name, sha256 string) Resource {
	return Resource{Name: name, Digest: map[string]string{"sha256": sha256}}
}

// configuration is what the run was judged by, as far as it has a digest.
func configuration(m *Manifest) []Resource {
	list := []Resource{}
	for _, p := range m.Policies {
		if p.SHA256 != "" {
			one := resource(p.ID, p.SHA256)
			if p.Version != "" {
				one.Annotations = map[string]string{"version": p.Version}
			}
			list = append(list, one)
		}
	}
	for _, f := range slices.Concat(m.Sources, m.WaiverFiles) {
		list = append(list, resource(f.File, f.SHA256))
	}
	return list
}

// rendered are the stored reports that were written again.
func rendered(m *Manifest) (list []Resource) {
	for _, f := range m.RenderedFrom {
		list = append(list, resource(f.File, f.SHA256))
	}
	return list
}

// worstByRule is the worst verdict of each rule over all subjects; what is
// unknown is graver than a warning.
func worstByRule(records audit.Records) (map[string]audit.Verdict, error) {
	worst := map[string]audit.Verdict{}
	rank := [...]int{audit.NotApplicable: 0, audit.Pass: 1, audit.Waived: 2, audit.Warn: 3, audit.Unknown: 4, audit.Fail: 5}
	for record, err := range records.Findings() {
		if err != nil {
			return nil, err
		}
		for i := range record.Findings {
			f := &record.Findings[i]
			name := f.Profile + "/" + f.Rule
			if had, known := worst[name]; !known || rank[f.Verdict] > rank[had] {
				worst[name] = f.Verdict
			}
		}
	}
	return worst, nil
}

func sortedNames(m map[string]audit.Verdict) []string {
	names := make([]string, 0, len(m))
	for name := range m {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

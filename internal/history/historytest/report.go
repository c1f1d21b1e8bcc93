package historytest

import (
	"cmp"
	"fmt"
	"iter"
	"slices"
	"strings"
	"time"

	"tlsaudit/audit"
)

// Report is the report of a night. Its records are made while they are read.
func (e *Estate) Report(night int) *audit.Report {
	records := &records{estate: e, night: night, rules: rules()}
	r := &audit.Report{
		Schema: audit.SchemaV1, Tool: audit.Tool{Name: "tlsaudit", Version: "example"}, Generated: Night(night).Add(20 * time.Minute), Now: Night(night),
		Policies: []audit.PolicyRef{{ID: profile, Title: "Example", Version: "1", SHA256: strings.Repeat("ab", 32)}},
		Sources:  []audit.FileRef{{File: "inventory.yaml", SHA256: strings.Repeat("cd", 32)}},
		Waivers:  []audit.WaiverStatus{{WaiverRef: audit.WaiverRef{ID: "W-1", Expires: FirstNight.AddDate(1, 0, 0), Reason: "an old partner", Owner: "team-a", Ticket: "EX-17"}, State: audit.WaiverActive, Rule: profile + "/SUITES", Target: "*"}},
		Summary:  audit.Summary{FailBySeverity: map[string]int{}, Profiles: []audit.ProfileSummary{{Profile: profile}}}, Records: records,
		Unautomated: []audit.Unautomated{}, Conflicts: []audit.Conflict{},
	}
	for _, one := range records.rules {
		r.Rules = append(r.Rules, one.RuleRef)
	}
	slices.SortFunc(r.Rules, func(a, b audit.RuleRef) int { return a.Compare(&b) })
	for record, err := range records.BySubject() {
		if err == nil { // there never is one
			count(&r.Summary, record)
		}
	}
	r.Complete = r.Summary.Unknown == 0
	if !r.Complete {
		r.Incomplete = fmt.Sprintf("%d of %d endpoints could not be judged in full", r.Summary.Unknown, r.Summary.Subjects)
	}
	return r
}

// count adds a record to the summary of its report.
func count(s *audit.Summary, r *audit.Record) {
	s.Subjects++
	s.Connections += r.Evidence.Observed.Connections
	before := s.UnknownFindings
	for i := range r.Findings {
		s.Count(&r.Findings[i])
	}
	if s.UnknownFindings > before {
		s.Unknown++
	} else {
		s.Judged++
	}
	s.Profiles[0].Count(audit.Compliance(r.Findings)[0].Verdict)
}

// records makes the records of a night.
type records struct {
	estate *Estate
	night  int
	rules  []rule
}

func (r *records) record(p *endpoint) *audit.Record {
	o := r.estate.observation(p, r.night)
	return &audit.Record{Evidence: audit.Evidence{Subject: o.Target.Subject(), Observed: o}, Findings: r.estate.judge(p, r.night, o, r.rules)}
}

// BySubject implements audit.Records.
func (r *records) BySubject() iter.Seq2[*audit.Record, error] {
	return func(yield func(*audit.Record, error) bool) {
		for i := range r.estate.list {
			if p := &r.estate.list[i]; p.there(r.night) && !yield(r.record(p), nil) {
				return
			}
		}
	}
}

// WorstFirst implements audit.Records.
func (r *records) WorstFirst() iter.Seq2[*audit.Record, error] {
	var all []*audit.Record
	for record, err := range r.BySubject() {
		if err == nil { // there never is one
			all = append(all, record)
		}
	}
	alike := func(r *audit.Record) (n int) {
		for i := range r.Findings {
			if r.Findings[i].Verdict == r.Findings[0].Verdict && r.Findings[i].Severity == r.Findings[0].Severity {
				n++
			}
		}
		return n
	}
	slices.SortStableFunc(all, func(a, b *audit.Record) int {
		worst := audit.Finding{Verdict: a.Findings[0].Verdict, Severity: a.Findings[0].Severity}
		return cmp.Or(worst.Compare(&audit.Finding{Verdict: b.Findings[0].Verdict, Severity: b.Findings[0].Severity}), cmp.Compare(alike(b), alike(a)))
	})
	return func(yield func(*audit.Record, error) bool) {
		for _, record := range all {
			if !yield(record, nil) {
				return
			}
		}
	}
}

// Findings implements audit.Records.
func (r *records) Findings() iter.Seq2[*audit.Record, error] {
	return func(yield func(*audit.Record, error) bool) {
		for record, err := range r.BySubject() {
			record.Evidence.Observed = nil
			if !yield(record, err) {
				return
			}
		}
	}
}

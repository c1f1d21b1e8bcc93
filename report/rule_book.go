package report

import (
	"fmt"
	"slices"

	"tlsaudit/audit"
)

// maxRuleRemedies is how many different remedies are told beside a rule: one per
// product as a rule, and readers want an example, not all.
const maxRuleRemedies = 5

// ruleBook is what a format made of rules wants to know before it writes the
// first finding. It grows with the number of rules, not of endpoints.
type ruleBook struct {
	// rules are all rules of the report and of its findings, in order of profile
	// and id.
	rules []*ruleEntry
	index map[[2]string]*ruleEntry
	// classes counts the findings of the report by verdict and severity.
	classes [len(allVerdicts)][audit.Critical + 1]int
	// subjects counts the records.
	subjects int
}

// ruleEntry is one rule with what became of it.
type ruleEntry struct {
	audit.RuleRef
	// at is where the rule stands in the document.
	at int
	// counts counts the findings, indexed as allVerdicts.
	counts [len(allVerdicts)]int
	// remedies are the first few different ones, without their diffs.
	remedies []audit.Remedy
	// waiver is the first one that is in force for one of them; nil if none is.
	waiver *audit.WaiverRef
}

// readRules goes through all findings once. A rule the report does not describe,
// as in reports of older programs, is described by its findings.
func readRules(r *audit.Report) (*ruleBook, error) {
	b := &ruleBook{index: map[[2]string]*ruleEntry{}}
	for i := range r.Rules {
		b.entry(&r.Rules[i])
	}
	for record, err := range r.Records.Findings() {
		if err != nil {
			return nil, fmt.Errorf("reading the records: %w", err)
		}
		b.subjects++
		for i := range record.Findings {
			b.add(&record.Findings[i])
		}
	}
	slices.SortFunc(b.rules, func(x, y *ruleEntry) int { return x.Compare(&y.RuleRef) })
	return b, nil
}

func (b *ruleBook) entry(r *audit.RuleRef) *ruleEntry {
	key := [2]string{r.Profile, r.Rule}
	if b.index[key] == nil {
		b.index[key] = &ruleEntry{RuleRef: *r}
		b.rules = append(b.rules, b.index[key])
	}
	return b.index[key]
}

func (b *ruleBook) of(f *audit.Finding) *ruleEntry { return b.index[[2]string{f.Profile, f.Rule}] }

func (b *ruleBook) add(f *audit.Finding) {
	e := b.of(f)
	if e == nil {
		e = b.entry(&audit.RuleRef{Profile: f.Profile, Rule: f.Rule, Control: f.Control, Check: f.Check, Level: f.Level, Severity: f.Severity, Confidence: f.Confidence})
	}
	e.counts[rank(f.Verdict)]++
	b.classes[rank(f.Verdict)][min(f.Severity, audit.Critical)]++
	if f.Verdict == audit.Waived && e.waiver == nil {
		e.waiver = f.Waiver
	}
	if f.Remedy == nil || f.Remedy.Text == "" || len(e.remedies) == maxRuleRemedies {
		return
	}
	remedy := *f.Remedy
	remedy.Diff = ""
	if !slices.Contains(e.remedies, remedy) {
		e.remedies = append(e.remedies, remedy)
	}
}

// count is the number of findings with a verdict.
func (b *ruleBook) count(v audit.Verdict) (n int) {
	for _, k := range b.classes[rank(v)] {
		n += k
	}
	return n
}

// title is what a rule is called where one line is wanted; never empty.
func (e *ruleEntry) title() string {
	switch {
	case e.Title != "":
		return Clean(e.Title)
	case e.Check != "":
		return Clean(e.Check)
	}
	return e.id()
}

// id names the rule in programs: "profile/rule".
func (e *ruleEntry) id() string { return clean(e.Profile, 200) + "/" + clean(e.Rule, 400) }

// messageText is the message of a finding, and never empty: readers of several formats
// refuse a finding without one.
func messageText(f *audit.Finding) string {
	if f.Message == "" {
		return "no message was recorded (" + verdictText(f) + ")"
	}
	return Clean(f.Message)
}

// fingerprint is the identity of a finding; reports of older programs lack it.
func fingerprint(f *audit.Finding) string {
	if f.Fingerprint != "" {
		return Clean(f.Fingerprint)
	}
	return audit.FindingFingerprint(f.Profile, f.Rule, f.Subject)
}

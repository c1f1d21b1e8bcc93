package confdoc

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"tlsaudit/audit"
	"tlsaudit/internal/conftree"
)

// Profile is the profile of the findings of the domain's rules.
const Profile = "configuration"

// Judgement is what the rules say about one subject of a document.
type Judgement struct {
	Subject string
	// Listener is nil for the document itself.
	Listener *Listener
	Findings []audit.Finding
	// Fixes are the edits that would mend a finding, by its index.
	Fixes map[int]Fix
}

// Fix is how to mend a finding in the files.
type Fix struct {
	Edits []conftree.Edit
	// None says why there are no edits; empty if there are.
	None string
}

// Demands are what documents are held against besides their own product.
type Demands struct {
	Min audit.Version
	Now time.Time
}

// Judge asks every rule of the format, and whether the product would load the
// file. The first judgement is about the document, the others about its
// listeners in order.
func Judge(d *Document, demands Demands) []Judgement {
	subjects := Subjects(d)
	list := make([]Judgement, 1+len(d.Listeners))
	list[0] = Judgement{Subject: SubjectOf(d)}
	for i, l := range d.Listeners {
		list[i+1] = Judgement{Subject: subjects[i], Listener: l}
	}
	for i := range list {
		j := &list[i]
		j.Fixes = map[int]Fix{}
		rules := d.Format.Rules
		if j.Listener == nil {
			rules = slices.Concat(LoadRules, rules)
		}
		for _, rule := range rules {
			if rule.speaksAbout(j.Listener) {
				j.Ask(rule, &Case{Doc: d, Listener: j.Listener, Min: demands.Min, Now: demands.Now})
			}
		}
	}
	return list
}

func (r *Rule) speaksAbout(l *Listener) bool {
	switch r.Of {
	case OfListener:
		return l != nil
	case OfServer:
		return l != nil && l.Server()
	case OfClient:
		return l != nil && !l.Server()
	}
	return l == nil
}

// Ask adds the finding of one rule.
func (j *Judgement) Ask(rule *Rule, c *Case) {
	f := audit.Finding{
		Rule: rule.ID, Control: c.Doc.Format.Title, Profile: Profile, Check: rule.Check, Subject: j.Subject,
		Level: rule.Level, Severity: rule.Severity, Place: c.place(), Confidence: rule.Confidence,
		Fingerprint: audit.FindingFingerprint(Profile, rule.ID, j.Subject),
	}
	results, err := run(rule, c)
	chosen := c.decide(rule, results, err, &f)
	if len(chosen) > 0 && chosen[0].Place.File != "" {
		place := chosen[0].Place
		f.Place = &place
	}
	// readers redact what they quote; this is the door nothing gets past
	f.Message, f.Evidence = RedactText(f.Message), RedactText(f.Evidence)
	if f.Verdict == audit.Fail || f.Verdict == audit.Warn {
		f.Remedy = remedyOf(rule, c.Doc.Format, chosen)
		f.Remedy.Text = RedactText(f.Remedy.Text)
		if len(chosen) > 0 {
			j.Fixes[len(j.Findings)] = fixOf(c, chosen)
		}
	}
	j.Findings = append(j.Findings, f)
}

// place is where a finding without a place of its own points.
func (c *Case) place() *audit.Place {
	if c.Listener != nil && c.Listener.Place != nil {
		return c.Listener.Place
	}
	return &audit.Place{File: c.Doc.Main().Name, Line: 1}
}

// run calls the rule; a defect in it costs one finding.
func run(rule *Rule, c *Case) (results []Result, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("internal error in rule %s: %v", rule.ID, p)
		}
	}()
	return rule.Judge(c), nil
}

// decide folds what a rule said, and what the document leaves open, into one
// verdict, and returns the results it rests on. It is here that a pass is
// granted.
func (c *Case) decide(rule *Rule, results []Result, err error, f *audit.Finding) []Result {
	said := func(kind audit.OutcomeKind) []Result {
		return slices.DeleteFunc(slices.Clone(results), func(r Result) bool { return r.Kind != kind })
	}
	set := func(v audit.Verdict, lead string, from []Result) []Result {
		f.Verdict, f.Message = v, lead+merge(from)
		for _, r := range from {
			f.Evidence = cmp.Or(f.Evidence, r.Evidence)
		}
		return from
	}
	broken := c.Doc.Broken()
	doubt, doubtAt := c.Doc.Doubt()
	switch {
	case err != nil:
		f.Message = "not judged: " + err.Error()
	case broken != nil && !rule.Anyhow:
		f.Message = "not judged: " + broken.Message
		f.Place = &broken.Place
	case len(said(audit.Violated)) > 0:
		verdict := audit.Fail
		switch rule.Level {
		case audit.Should, audit.ShouldNot:
			verdict = audit.Warn
		case audit.May:
			return set(audit.Pass, "for information: ", said(audit.Violated))
		}
		return set(verdict, "", said(audit.Violated))
	case len(said(audit.Undecided)) > 0:
		return set(audit.Unknown, "not judged: ", said(audit.Undecided))
	case len(said(audit.Moot)) > 0:
		return set(audit.NotApplicable, "", said(audit.Moot))
	case doubt != "" && !rule.Anyhow:
		f.Message, f.Place = "not judged: "+doubt, &doubtAt
	case c.Listener != nil && len(c.Listener.Gaps) > 0:
		f.Message = "not judged: " + c.Listener.Gaps[0]
	case len(said(audit.Advice)) > 0:
		return set(audit.Warn, "", said(audit.Advice))
	case len(said(audit.Met)) > 0:
		return set(audit.Pass, "", said(audit.Met))
	default:
		f.Verdict, f.Message = audit.Pass, rule.Title
	}
	return nil
}

// shown is how many messages one finding spells out.
const shown = 3

func merge(results []Result) string {
	var messages []string
	for _, r := range results {
		if r.Message != "" && !slices.Contains(messages, r.Message) {
			messages = append(messages, r.Message)
		}
	}
	if len(messages) > shown+1 {
		messages = append(messages[:shown:shown], fmt.Sprintf("+%d more", len(messages)-shown))
	}
	return strings.Join(messages, "; ")
}

// remedyOf writes what to do, in words.
func remedyOf(rule *Rule, format *Format, results []Result) *audit.Remedy {
	r := &audit.Remedy{
		Product: cmp.Or(format.Product, "generic"), Text: rule.Text, Apply: cmp.Or(rule.Apply, format.Apply),
		Verify: format.Verify, Rollback: format.Rollback, Confidence: cmp.Or(rule.Confidence, "documented"),
	}
	var texts []string
	for _, one := range results {
		if one.Text != "" && !slices.Contains(texts, one.Text) {
			texts = append(texts, one.Text)
		}
	}
	if len(texts) > 0 {
		r.Text = strings.Join(texts, "\n")
	}
	return r
}

// fixOf collects the edits of results, those of a wanted posture written by the
// format.
func fixOf(c *Case, results []Result) (fix Fix) {
	defer func() {
		if p := recover(); p != nil {
			fix = Fix{None: fmt.Sprintf("internal error while writing the change: %v", p)}
		}
	}()
	for _, r := range results {
		edits := r.Edits
		if len(edits) == 0 && r.Want != nil && c.Doc.Format.Establish != nil && c.Listener != nil {
			var err error
			if edits, err = c.Doc.Format.Establish(c.Doc, c.Listener, *r.Want); err != nil {
				return Fix{None: err.Error()}
			}
		}
		if len(edits) == 0 {
			return Fix{None: "no line of the file brings this about; see the text"}
		}
		fix.Edits = append(fix.Edits, edits...)
	}
	return fix
}

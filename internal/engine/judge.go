package engine

import (
	"fmt"
	"slices"
	"sync"
	"time"

	"tlsaudit/audit"
)

// Judge applies rules to observations. It keeps no state between calls and may
// be used by several goroutines.
type Judge struct {
	// Checks are the checks rules may name.
	Checks []*audit.Check
	// Rules are judged in order; the order of findings does not depend on it.
	Rules []audit.Rule
	// Now is the time of judgement.
	Now time.Time
	// Remedy says how to establish a posture with a product; nil for no
	// remedies. It is asked once for the same posture, and findings share what
	// it returns.
	Remedy func(product string, w audit.Want) *audit.Remedy
	// Mark are called in order, once for each subject of a run, before anything
	// is counted: waivers, then the comparison with a baseline.
	Mark []Mark
	// Join, when set, is called once for each endpoint with what files were stored
	// as declaring about it, if it is stored evidence. It returns what files
	// declare, and the findings about the differences. Several goroutines may call
	// it.
	Join func(o *audit.Observation, stored []audit.Declared) ([]audit.Declared, []audit.Finding)
	// Probes are rules judged for WhatIf alone. They make no findings of the
	// report, have no remedies and are not marked.
	Probes []audit.Rule
	// WhatIf, when set, is called once for each endpoint of a run with what the
	// probes found, worst first; nil means the endpoint is none of its business.
	// Several goroutines may call it.
	WhatIf func(o *audit.Observation, probes []audit.Finding) *audit.WhatIf
}

// Mark speaks about the findings of one subject, in place: it may change
// verdicts, messages, waivers and statuses, not their number. The observation
// is nil for a subject that is not an endpoint. Several goroutines may call it.
type Mark func(subject string, o *audit.Observation, findings []audit.Finding)

// Findings judges one observation against every rule and returns one finding
// per rule that speaks about its target, worst first. Mark is not called.
func (j *Judge) Findings(o *audit.Observation) []audit.Finding { return j.ready().findings(o) }

// bench is a judge with its checks, the remedies it wrote and what its rules ask
// about at hand, for one run.
type bench struct {
	*Judge
	checks   map[string]*audit.Check
	remedies remedies
	asked    sync.Map // *audit.Rule to func() *audit.Questions
}

func (j *Judge) ready() *bench {
	b := &bench{Judge: j, checks: make(map[string]*audit.Check, len(j.Checks))}
	for _, c := range j.Checks {
		b.checks[c.ID] = c
	}
	return b
}

// findings judges an observation against the rules and says how to mend what
// they object to.
func (b *bench) findings(o *audit.Observation) []audit.Finding {
	judged := b.judge(b.Rules, o)
	b.prescribe(judged, &o.Target)
	return settle(judged, o)
}

// whatIf asks the hook, if there is one, what the endpoint would satisfy.
func (b *bench) whatIf(o *audit.Observation) *audit.WhatIf {
	if b.WhatIf == nil || o.Target.IsDomain() {
		return nil
	}
	return b.WhatIf(o, settle(b.judge(b.Probes, o), o))
}

// join adds what files declare about the endpoint, and in what the two differ.
func (b *bench) join(o *audit.Observation, stored []audit.Declared, findings []audit.Finding) (declared []audit.Declared, all []audit.Finding) {
	if b.Join == nil || o.Target.IsDomain() {
		return stored, findings
	}
	declared, more := b.Join(o, stored)
	if len(more) == 0 {
		return declared, findings
	}
	for i := range more {
		if o.Interrupted {
			takeBack(&more[i])
		}
	}
	findings = append(findings, more...)
	sortFindings(findings)
	return declared, findings
}

// judge applies rules to one observation.
func (b *bench) judge(rules []audit.Rule, o *audit.Observation) []judgement {
	judged := make([]judgement, 0, len(rules))
	subject := o.Target.Subject()
	var memo any
	for i := range rules {
		judged = append(judged, judgement{})
		if !b.apply(&judged[len(judged)-1], &rules[i], b.checks[rules[i].Check], o, subject, &memo) {
			judged = judged[:len(judged)-1]
		}
	}
	return judged
}

// settle turns judgements into findings, worst first.
func settle(judged []judgement, o *audit.Observation) []audit.Finding {
	order := make([]*audit.Finding, len(judged))
	for i := range judged {
		order[i] = &judged[i].finding
		if o.Interrupted {
			takeBack(order[i])
		}
	}
	return inOrder(order)
}

// takeBack makes unknown what an endpoint passed whose scan the end of the run
// overtook: nobody knows what the rest of it would have shown. What was seen
// broken stays broken.
func takeBack(f *audit.Finding) {
	if f.Verdict == audit.Pass {
		f.Verdict, f.Message = audit.Unknown, "not judged: the scan was interrupted; so far: "+f.Message
	}
}

// mark lets the hooks speak about the findings of one subject. What they change
// may change the order.
func (j *Judge) mark(subject string, o *audit.Observation, findings []audit.Finding) {
	if len(j.Mark) == 0 {
		return
	}
	for _, mark := range j.Mark {
		mark(subject, o, findings)
	}
	sortFindings(findings)
}

// sortFindings puts the worst first, in place.
func sortFindings(findings []audit.Finding) {
	order := make([]*audit.Finding, len(findings))
	for i := range findings {
		order[i] = &findings[i]
	}
	if !slices.IsSortedFunc(order, (*audit.Finding).Compare) {
		copy(findings, inOrder(order))
	}
}

// inOrder returns copies of findings, worst first. It sorts pointers since
// findings are large.
func inOrder(order []*audit.Finding) []audit.Finding {
	slices.SortStableFunc(order, (*audit.Finding).Compare)
	sorted := make([]audit.Finding, len(order))
	for i, f := range order {
		sorted[i] = *f
	}
	return sorted
}

// judgement is a finding before its remedy is written.
type judgement struct {
	finding audit.Finding
	// want is the posture a remedy has to establish; nil for none.
	want *audit.Want
}

// apply judges one rule: does it apply, is it in force, what does the check
// say, was everything it needs obtained. It returns false for a rule that has
// nothing to do with the target, such as a table row another row shadows.
func (b *bench) apply(one *judgement, r *audit.Rule, check *audit.Check, o *audit.Observation, subject string, memo *any) (ok bool) {
	f := &one.finding
	*f = audit.Finding{
		Rule: r.ID, Control: r.Control, Profile: r.Profile, Check: r.Check, Level: r.Level, Severity: r.Severity,
		Subject: subject, Place: o.Target.Place, Confidence: r.Confidence,
	}
	f.Fingerprint = audit.FindingFingerprint(f.Profile, f.Rule, f.Subject)
	if check == nil {
		f.Message = fmt.Sprintf("not judged: no check is named %q", r.Check)
		return true
	}
	applies, err := speaksAbout(r, check, o)
	switch {
	case err != nil:
		f.Message = "not judged: " + err.Error()
		return true
	case !applies && r.Match != nil:
		return false
	case !applies:
		f.Verdict = audit.NotApplicable
		f.Message = fmt.Sprintf("does not apply to %s", o.Target.Protocol)
		return true
	case !r.InForce(b.Now):
		f.Verdict = audit.NotApplicable
		f.Message = notInForce(r, b.Now)
		return true
	case r.Undecided != "":
		f.Message = "not judged: " + r.Undecided
		return true
	}
	c := &audit.Case{Target: &o.Target, Observation: o, Level: r.Level, Forbids: r.Forbids(), Profile: r.Profile, Control: r.Control,
		Params: r.Params, Now: b.Now, Memo: memo, Asked: b.askedBy(r, check)}
	outcomes, err := run(check, c)
	if err != nil {
		f.Message = "not judged: " + err.Error()
		return true
	}
	f.Verdict, f.Message, f.Evidence = decide(check, c, outcomes)
	if r.Lead != "" {
		f.Message = r.Lead + ": " + f.Message
	}
	if f.Verdict == audit.Fail || f.Verdict == audit.Warn {
		one.want = wanted(check, c)
	}
	return true
}

// speaksAbout reports whether rule and check address the target's protocol and
// the rule's own match, if any, selects it.
func speaksAbout(r *audit.Rule, check *audit.Check, o *audit.Observation) (ok bool, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("internal error in the match of rule %s: %v", r.ID, p)
		}
	}()
	if (len(check.Protocols) > 0 || o.Target.IsDomain()) && !slices.Contains(check.Protocols, o.Target.Protocol) {
		return false, nil
	}
	return r.AppliesTo(&o.Target, o), nil
}

func notInForce(r *audit.Rule, now time.Time) string {
	if now.Before(r.From) {
		return "in force from " + r.From.Format(time.DateOnly)
	}
	// Until is the first moment after; profiles write the last day, as this does
	return "in force until " + r.Until.Add(-1).Format(time.DateOnly)
}

// run calls the check and turns a panic into an error, so that a defect in one
// check costs one finding and not the run.
func run(check *audit.Check, c *audit.Case) (outcomes []audit.Outcome, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("internal error in check %s: %v", check.ID, p)
		}
	}()
	return check.Run(c), nil
}

package engine

import (
	"fmt"
	"slices"
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
	// remedies.
	Remedy func(product string, w audit.Want) *audit.Remedy
}

// Findings judges one observation against every rule and returns one finding
// per rule that speaks about its target, worst first.
func (j *Judge) Findings(o *audit.Observation) []audit.Finding {
	checks := make(map[string]*audit.Check, len(j.Checks))
	for _, c := range j.Checks {
		checks[c.ID] = c
	}
	var judged []judgement
	var memo any
	for i := range j.Rules {
		if one, ok := j.apply(&j.Rules[i], checks[j.Rules[i].Check], o, &memo); ok {
			judged = append(judged, one)
		}
	}
	j.prescribe(judged, &o.Target)
	findings := make([]audit.Finding, len(judged))
	for i, one := range judged {
		findings[i] = one.finding
	}
	sortFindings(findings)
	return findings
}

// sortFindings puts the worst first.
func sortFindings(findings []audit.Finding) {
	slices.SortStableFunc(findings, func(a, b audit.Finding) int { return a.Compare(&b) })
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
func (j *Judge) apply(r *audit.Rule, check *audit.Check, o *audit.Observation, memo *any) (one judgement, ok bool) {
	f := &one.finding
	*f = audit.Finding{
		Rule: r.ID, Control: r.Control, Profile: r.Profile, Check: r.Check, Level: r.Level, Severity: r.Severity,
		Subject: o.Target.Subject(), Place: o.Target.Place, Confidence: r.Confidence,
	}
	f.Fingerprint = audit.FindingFingerprint(f.Profile, f.Rule, f.Subject)
	if check == nil {
		f.Message = fmt.Sprintf("not judged: no check is named %q", r.Check)
		return one, true
	}
	applies, err := speaksAbout(r, check, o)
	switch {
	case err != nil:
		f.Message = "not judged: " + err.Error()
		return one, true
	case !applies && r.Match != nil:
		return one, false
	case !applies:
		f.Verdict = audit.NotApplicable
		f.Message = fmt.Sprintf("does not apply to %s", o.Target.Protocol)
		return one, true
	case !r.InForce(j.Now):
		f.Verdict = audit.NotApplicable
		f.Message = notInForce(r, j.Now)
		return one, true
	}
	c := &audit.Case{Target: &o.Target, Observation: o, Level: r.Level, Forbids: r.Forbids(), Profile: r.Profile, Control: r.Control,
		Params: r.Params, Now: j.Now, Memo: memo}
	outcomes, err := run(check, c)
	if err != nil {
		f.Message = "not judged: " + err.Error()
		return one, true
	}
	f.Verdict, f.Message, f.Evidence = decide(check, c, outcomes)
	if r.Lead != "" {
		f.Message = r.Lead + ": " + f.Message
	}
	if f.Verdict == audit.Fail || f.Verdict == audit.Warn {
		one.want = wanted(check, c)
	}
	return one, true
}

// speaksAbout reports whether rule and check address the target's protocol and
// the rule's own match, if any, selects it.
func speaksAbout(r *audit.Rule, check *audit.Check, o *audit.Observation) (ok bool, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("internal error in the match of rule %s: %v", r.ID, p)
		}
	}()
	if len(check.Protocols) > 0 && !slices.Contains(check.Protocols, o.Target.Protocol) {
		return false, nil
	}
	return r.AppliesTo(&o.Target, o), nil
}

func notInForce(r *audit.Rule, now time.Time) string {
	if now.Before(r.From) {
		return "in force from " + r.From.Format(time.DateOnly)
	}
	return "in force until " + r.Until.Format(time.DateOnly)
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

package report

import (
	"fmt"
	"time"

	"tlsaudit/audit"
)

type sarifInvocation struct {
	Successful    bool          `json:"executionSuccessful"`
	End           string        `json:"endTimeUtc,omitempty"`
	Machine       string        `json:"machine,omitempty"`
	Execution     []sarifNotice `json:"toolExecutionNotifications,omitempty"`
	Configuration []sarifNotice `json:"toolConfigurationNotifications,omitempty"`
}

type sarifNotice struct {
	Descriptor sarifRef  `json:"descriptor"`
	Level      string    `json:"level"`
	Message    sarifText `json:"message"`
}

type sarifRef struct {
	ID string `json:"id"`
}

// maxNotices bounds how many notices of one kind are told one by one.
const maxNotices = 200

// invocation says what a reader has to know about the run as a whole. It is
// written after the results, when it is known what was left out of them.
func (s *sarifWriter) invocation() sarifInvocation {
	r := s.report
	i := sarifInvocation{Successful: !r.Stopped}
	if !r.Generated.IsZero() {
		i.End = r.Generated.UTC().Format(time.RFC3339)
	}
	if r.Origin != nil {
		i.Machine = Clean(r.Origin.Host)
	}
	tell := func(list *[]sarifNotice, id, level, text string) {
		*list = append(*list, sarifNotice{sarifRef{id}, level, sarifText{Text: sarifNoLinks(Clean(text))}})
	}
	if !r.Complete {
		level, text := "warning", r.Incomplete
		if r.Stopped {
			level = "error"
		}
		if text == "" {
			text = "not every rule was decided about every endpoint"
		}
		tell(&i.Execution, "incomplete", level, "the audit is incomplete: "+text)
	}
	if s.omitted > 0 {
		tell(&i.Execution, "left-out", "warning", fmt.Sprintf("%d of %d findings are left out, the least grave ones: code scanning takes %d results of a run. The JSON report has them all.",
			s.omitted, s.omitted+s.written, s.limits.results))
	}
	if s.written > s.limits.shown {
		tell(&i.Execution, "not-shown", "note", fmt.Sprintf("of %d results code scanning shows the %d gravest", s.written, s.limits.shown))
	}
	for k, notice := range r.Notices {
		if k == maxNotices {
			tell(&i.Execution, "notice", "note", fmt.Sprintf("%d more notices", len(r.Notices)-k))
			break
		}
		tell(&i.Execution, "notice", "note", notice)
	}
	for k, u := range r.Unautomated {
		if k == maxNotices {
			tell(&i.Configuration, "not-automated", "note", fmt.Sprintf("%d more rules are not decided by this program", len(r.Unautomated)-k))
			break
		}
		id, why := "not-automated", "a person has to decide it: "
		if u.Disabled {
			id, why = "disabled", "switched off by the policy: "
		}
		tell(&i.Configuration, id, "note", u.Profile+"/"+u.Rule+": "+why+u.Reason)
	}
	for k, c := range r.Conflicts {
		if k == maxNotices {
			tell(&i.Configuration, "conflict", "warning", fmt.Sprintf("%d more conflicts", len(r.Conflicts)-k))
			break
		}
		tell(&i.Configuration, "conflict", "warning", c.Text)
	}
	return i
}

// sarifProperties are facts about the run that SARIF has no place for.
type sarifProperties struct {
	Complete bool            `json:"complete"`
	Now      time.Time       `json:"now"`
	Operator string          `json:"operator,omitempty"`
	Policies []sarifPolicy   `json:"policies"`
	Summary  audit.Summary   `json:"summary"`
	Score    string          `json:"score"`
	Before   *sarifBaseline  `json:"baseline,omitempty"`
	Fixed    []sarifFinished `json:"fixed,omitempty"`
	// FixedTotal counts what Fixed lists the first of.
	FixedTotal int `json:"fixedTotal,omitempty"`
}

type sarifPolicy struct {
	ID      string `json:"id"`
	Version string `json:"version,omitempty"`
	SHA256  string `json:"sha256,omitempty"`
}

type sarifBaseline struct {
	File   string `json:"file"`
	SHA256 string `json:"sha256,omitempty"`
}

type sarifFinished struct {
	Rule        string `json:"ruleId"`
	Subject     string `json:"subject"`
	Fingerprint string `json:"fingerprint"`
}

func (s *sarifWriter) properties() sarifProperties {
	r := s.report
	p := sarifProperties{Complete: r.Complete, Now: r.Now.UTC(), Policies: []sarifPolicy{}, Summary: filledSummary(r.Summary), Score: r.Summary.Score.String()}
	p.Summary.Profiles = nil
	if r.Origin != nil {
		p.Operator = Clean(r.Origin.Operator)
	}
	for _, policy := range r.Policies {
		p.Policies = append(p.Policies, sarifPolicy{Clean(policy.ID), Clean(policy.Version), Clean(policy.SHA256)})
	}
	if r.Baseline != nil {
		p.Before = &sarifBaseline{Clean(r.Baseline.File), Clean(r.Baseline.SHA256)}
	}
	if r.Changes == nil {
		return p
	}
	p.Before, p.FixedTotal = &sarifBaseline{Clean(r.Changes.Before.File), Clean(r.Changes.Before.SHA256)}, r.Changes.Counts[audit.ChangeFixed]
	for i := range r.Changes.List {
		if c := &r.Changes.List[i]; c.Kind == audit.ChangeFixed && len(p.Fixed) < maxNotices {
			p.Fixed = append(p.Fixed, sarifFinished{clean(c.Profile, 200) + "/" + clean(c.Rule, 400), Clean(c.Subject), Clean(c.Fingerprint)})
		}
	}
	return p
}

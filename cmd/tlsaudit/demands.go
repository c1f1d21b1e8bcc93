package main

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"tlsaudit/audit"
	"tlsaudit/checks"
	"tlsaudit/internal/baseline"
	"tlsaudit/internal/confdoc"
	"tlsaudit/internal/conffile"
	"tlsaudit/internal/engine"
	"tlsaudit/internal/gateway"
	"tlsaudit/internal/policy"
	"tlsaudit/internal/remedy"
	"tlsaudit/internal/waiver"
)

// demands is what evidence is held against: the policy, and what is said about
// its findings by waivers and by a baseline.
type demands struct {
	now      time.Time
	policy   *policy.Policy
	waivers  *waiver.Set
	baseline *baseline.Baseline
	// whatIf asks, beside the policy, what every mail peer would satisfy.
	whatIf bool
}

// demandsOf reads the policy, the waivers and the baseline the flags name.
func (a *app) demandsOf(f *auditFlags) (*demands, error) {
	d := &demands{}
	var err error
	if d.now, err = a.judgementTime(f.now); err != nil {
		return nil, err
	}
	if d.policy, err = policy.Load(f.policies, checks.All); err != nil {
		return nil, err
	}
	if err := readOutgoing(d.policy); err != nil {
		return nil, err
	}
	if len(f.waivers) > 0 && !f.noWaivers {
		if d.waivers, err = waiver.Load(f.waivers, d.now, knownTo(d.policy)); err != nil {
			return nil, err
		}
	}
	if f.baseline != "" {
		if d.baseline, err = baseline.Load(f.baseline); err != nil {
			return nil, err
		}
	}
	return d, nil
}

// knownTo is what waivers may name where these policies are chosen.
func knownTo(policies ...*policy.Policy) waiver.Known {
	known := waiver.Known{Checks: checkIDs(), Profiles: policy.ProfileIDs(), Protocols: protocolNames()}
	for _, r := range gateway.Rules {
		known.Checks = append(known.Checks, r.Check)
	}
	known.Profiles = append(known.Profiles, confdoc.Profile)
	for _, r := range conffile.Rules() {
		known.Checks = append(known.Checks, r.Check)
		known.Rules = append(known.Rules, audit.Rule{Profile: confdoc.Profile, ID: r.ID, Check: r.Check})
	}
	for _, p := range policies {
		known.Rules = append(known.Rules, p.Rules...)
		known.Unautomated = append(known.Unautomated, p.Unautomated...)
		known.Profiles = append(known.Profiles, refIDs(p.Refs)...)
		for _, t := range p.Tables { // their rules are judged by the table itself
			for _, r := range gateway.Rules {
				known.Rules = append(known.Rules, audit.Rule{Profile: t.Policy, ID: r.ID, Check: r.Check})
			}
		}
	}
	return known
}

func refIDs(refs []audit.PolicyRef) (ids []string) {
	for _, ref := range refs {
		ids = append(ids, ref.ID)
	}
	return ids
}

func protocolNames() (names []string) {
	for _, p := range protocols() {
		names = append(names, p.Name)
	}
	return names
}

// judging is the state of one run over demands.
type judging struct {
	*demands
	judge    *engine.Judge
	waived   *waiver.Session
	compared *baseline.Session
	preview  *gateway.Preview
	// config judges configuration files.
	config conffile.Judge
	// idle names the rules limited to targets the run had none of.
	idle func() []audit.Rule
}

// begin makes the judge of one run.
func (d *demands) begin() (*judging, error) {
	rules, idle := d.policy.Watch()
	j := &judging{demands: d, idle: idle, judge: &engine.Judge{Checks: checks.All, Rules: rules, Now: d.now, Remedy: remedy.For}}
	j.config = conffile.Judge{Demands: confdoc.Demands{Min: d.lowest(), Now: d.now}, Prove: true}
	if d.waivers != nil {
		j.waived = d.waivers.Session(d.now)
		j.judge.Mark = append(j.judge.Mark, j.waived.Apply)
	}
	if d.baseline != nil { // behind the waivers: it compares what is left
		j.compared = d.baseline.Session()
		j.judge.Mark = append(j.judge.Mark, j.compared.Apply)
	}
	if d.whatIf {
		var err error
		if j.judge.Probes, err = policy.Probes(checks.All); err != nil {
			return nil, err
		}
		j.preview = gateway.NewPreview(d.policy.Tables, d.now)
		j.judge.WhatIf = j.preview.Peer
	}
	return j, nil
}

// rows are the findings about the gateway's table itself; a plan is about the
// peers.
func (d *demands) rows() (rows []audit.Record) {
	if d.whatIf {
		return nil
	}
	for _, t := range d.policy.Tables {
		rows = append(rows, t.Findings(d.now)...)
	}
	return rows
}

// sign puts on the report what it was judged by.
func (j *judging) sign(r *audit.Report, generated time.Time) {
	r.Tool, r.Generated, r.Now = tool(), generated.UTC().Truncate(time.Second), j.now
	r.Policies, r.Unautomated, r.Conflicts = j.policy.Refs, j.policy.Unautomated, j.policy.Conflicts(j.now)
	j.explain(r.Rules)
	j.notice(r)
	if j.waived != nil {
		r.WaiverFiles, r.Waivers = j.waivers.Files, j.waived.Status(!r.Stopped)
	}
	if j.compared != nil {
		r.Baseline = j.compared.Ref()
	}
	if j.preview != nil {
		r.Impact = j.preview.Impact()
	}
}

// explain adds to the rules of a report what the policy and the checks say about
// them, so that it can be read where neither is at hand.
func (j *judging) explain(refs []audit.RuleRef) {
	stated := map[[2]string]*audit.Rule{}
	for i := range j.policy.Rules {
		r := &j.policy.Rules[i]
		stated[[2]string{r.Profile, r.ID}] = r
	}
	told := map[[2]string]audit.RuleRef{}
	for _, r := range conffile.Rules() {
		told[[2]string{confdoc.Profile, r.ID}] = audit.RuleRef{Title: r.Title, Why: r.Doc, Detect: r.Detect, References: r.Refs}
	}
	for _, t := range j.policy.Tables {
		for _, r := range gateway.Rules {
			told[[2]string{t.Policy, r.ID}] = audit.RuleRef{Title: r.Title, Why: r.Doc, Detect: r.Detect, References: r.Refs}
		}
	}
	for i := range refs {
		ref := &refs[i]
		key := [2]string{ref.Profile, ref.Rule}
		if r := stated[key]; r != nil {
			ref.Title, ref.From, ref.Until, ref.Place = r.Title, r.From, r.Until, r.Place
			if c := checks.ByID(r.Check); c != nil {
				ref.Title, ref.Why, ref.Detect, ref.References = cmp.Or(ref.Title, c.Title), c.Doc, c.Detect, c.Refs
			}
		} else if r, ok := told[key]; ok {
			ref.Title, ref.Why, ref.Detect, ref.References = r.Title, r.Why, r.Detect, r.References
		}
		ref.Title = cmp.Or(ref.Title, ref.Rule)
	}
}

// notice says which profiles were chosen and spoke about none of the endpoints:
// their demands were not held against anything, so the report is not complete.
// Of single rules it only says so: a policy may serve several inventories.
func (j *judging) notice(r *audit.Report) {
	if r.Summary.Subjects == 0 && r.Summary.Files > 0 {
		j.noticeFiles(r)
	}
	if r.Summary.Subjects == 0 || j.whatIf {
		return
	}
	silent := j.policy.Silent(r.Summary.Profiles)
	for _, id := range silent {
		r.Notices = append(r.Notices, fmt.Sprintf("%s spoke about no endpoint of this run: none is within what the policy limits it to", id))
	}
	if len(r.Notices) > 0 && r.Complete {
		r.Complete, r.Incomplete = false, r.Notices[0]
	}
	var idle []string
	for _, rule := range j.idle() {
		if !slices.Contains(silent, rule.Profile) {
			idle = append(idle, fmt.Sprintf("%s of %s for %s", rule.ID, rule.Profile, rule.Scope))
		}
	}
	if more := len(idle) - maxIdle; more > 0 {
		idle = append(idle[:maxIdle], fmt.Sprintf("and %d more", more))
	}
	if len(idle) > 0 {
		r.Notices = append(r.Notices, "rules limited to targets this run had none of: "+strings.Join(idle, "; "))
	}
}

// noticeFiles says, where nothing but configuration files was judged, how much
// of the policy that leaves open. A profile of which files can tell nothing at
// all was not held against anything, so that the report is not complete.
func (j *judging) noticeFiles(r *audit.Report) {
	told, all := map[string]int{}, map[string]int{}
	for i := range j.policy.Rules {
		rule := &j.policy.Rules[i]
		all[rule.Profile]++
		if c := checks.ByID(rule.Check); c != nil && c.Declared != "" {
			told[rule.Profile]++
		}
	}
	for _, id := range sortedKeys(all) {
		if told[id] == 0 {
			r.Notices = append(r.Notices, fmt.Sprintf("%s has no rule that configuration files can answer: audit the endpoints", id))
			if r.Complete {
				r.Complete, r.Incomplete = false, r.Notices[len(r.Notices)-1]
			}
			continue
		}
		r.Notices = append(r.Notices, fmt.Sprintf("%s: %d of %d rules can be told from configuration files, as far as these say it; the others, such as those about certificates, need the endpoints", id, told[id], all[id]))
	}
}

// maxIdle bounds the rules a notice names.
const maxIdle = 10

// writeBaseline keeps what a report found for later runs to be compared with.
func writeBaseline(w io.Writer, r *audit.Report) error { return baseline.Write(w, r) }

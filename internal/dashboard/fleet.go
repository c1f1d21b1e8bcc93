package dashboard

import (
	"context"
	"errors"
	"slices"

	"tlsaudit/audit"
	"tlsaudit/internal/history"
)

// fleetBar is the chart of all there is by its worst verdict. What no rule speaks
// about has a part of its own, and is no pass.
func fleetBar(c *history.FleetCounts) whole {
	parts := []share{
		{Word: "fail", Class: "fail", N: c.Fail}, {Word: "unknown", Class: "unknown", N: c.Unknown}, {Word: "warn", Class: "warn", N: c.Warn},
		{Word: "waived", Class: "waived", N: c.Waived}, {Word: notJudged, Class: "moot", N: c.NotApplicable}, {Word: "pass", Class: "pass", N: c.Pass},
	}
	if c.NotApplicable == 0 {
		parts = slices.DeleteFunc(parts, func(p share) bool { return p.Word == notJudged })
	}
	for i := range parts {
		verdict := parts[i].Word
		if verdict == notJudged {
			verdict = audit.NotApplicable.String()
		}
		parts[i].Link = link("/subjects", "verdict", verdict)
	}
	return shares(parts...)
}

// notJudged is what a subject is that no rule speaks about.
const notJudged = "not judged"

// Part is the part of a whole with a word; zero if there is none.
func (w whole) Part(word string) share {
	for _, p := range w.Parts {
		if p.Word == word {
			return p
		}
	}
	return share{}
}

// fleetOf reads the fleet, and reports as not found a history that has nothing.
func (q *request) fleetOf(ctx context.Context) (*history.Fleet, error) {
	f, err := q.History.Fleet(ctx)
	if err == nil && f.Subjects == 0 {
		return nil, notFound("The history does not have this.", "Nothing was audited yet: the first run fills the pages.")
	}
	return f, err
}

// What is read at most to find the newest run of each inventory.
const (
	searchedRuns = 200
	inventories  = 8
)

// policyRuns are the newest runs that asked for all their inventory names, one of
// each inventory; where there is none, the newest of any. They say by what the
// fleet is judged: the rules, the policies and the waivers.
func (q *request) policyRuns(ctx context.Context) ([]history.Run, error) {
	list, _, err := q.History.Runs(ctx, history.Page{Limit: searchedRuns})
	if err != nil {
		return nil, err
	}
	var found []history.Run
	for i := range list {
		r := &list[i]
		known := func(o history.Run) bool { return o.Inventory == r.Inventory }
		if r.State == history.Complete && !r.Part && len(found) < inventories && !slices.ContainsFunc(found, known) {
			found = append(found, *r)
		}
	}
	if len(found) > 0 {
		return found, nil
	}
	r, err := q.History.Run(ctx, "latest")
	if err != nil {
		return nil, err
	}
	return []history.Run{*r}, nil
}

// judgedBy is by what the fleet is judged.
type judgedBy struct {
	// Runs are the runs it is taken from, the newest first.
	Runs []history.Run
	// Policies, Rules, Waivers and the rest are joined from their reports.
	Policies    []audit.PolicyRef
	Rules       []audit.RuleRef
	Unautomated []audit.Unautomated
	WaiverFiles []audit.FileRef
	Waivers     []audit.WaiverStatus
}

// judgement reads by what the fleet is judged; it is empty where there is no run.
func (q *request) judgement(ctx context.Context) (*judgedBy, error) {
	runs, err := q.policyRuns(ctx)
	if errors.Is(err, history.ErrNotFound) {
		return &judgedBy{}, nil
	}
	if err != nil {
		return nil, err
	}
	j := &judgedBy{Runs: runs}
	for i := range runs {
		r, err := q.History.Report(ctx, runs[i].ID)
		if err != nil {
			return nil, err
		}
		j.Policies = join(j.Policies, r.Policies, func(p audit.PolicyRef) string { return p.ID + "\x00" + p.Version })
		j.Rules = join(j.Rules, r.Rules, func(p audit.RuleRef) string { return p.Profile + "\x00" + p.Rule })
		j.Unautomated = join(j.Unautomated, r.Unautomated, func(u audit.Unautomated) string { return u.Profile + "\x00" + u.Rule })
		j.WaiverFiles = join(j.WaiverFiles, r.WaiverFiles, func(f audit.FileRef) string { return f.File })
		j.waivers(r.Waivers, q)
	}
	return j, nil
}

// join adds what is not there yet.
func join[T any](list, more []T, key func(T) string) []T {
	seen := map[string]bool{}
	for _, one := range list {
		seen[key(one)] = true
	}
	for _, one := range more {
		if k := key(one); !seen[k] {
			seen[k] = true
			list = append(list, one)
		}
	}
	return list
}

// waivers adds waivers as they stand now: one that ran out since the run is
// expired, and one that another inventory uses is used.
func (j *judgedBy) waivers(list []audit.WaiverStatus, q *request) {
	for _, w := range list {
		if !w.Expires.IsZero() && w.Expires.Before(q.now) {
			w.State = audit.WaiverExpired
		}
		same := func(o audit.WaiverStatus) bool {
			return o.ID == w.ID && o.Rule == w.Rule && o.Check == w.Check && o.Target == w.Target && o.Fingerprint == w.Fingerprint
		}
		at := slices.IndexFunc(j.Waivers, same)
		if at < 0 {
			j.Waivers = append(j.Waivers, w)
			continue
		}
		known := &j.Waivers[at]
		known.Findings += w.Findings
		if known.State == audit.WaiverUnused {
			known.State = w.State
		}
	}
}

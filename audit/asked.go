package audit

import (
	"cmp"
	"fmt"
	"slices"
)

// Lacks says in one line what the evidence is short of for n, as far as that
// makes a difference to the rule, or returns the empty string. It is
// Observation.Lacks for a check without Asks.
func (c *Case) Lacks(n Need) string {
	gap := c.Observation.Lacks(n)
	if gap == "" || c.Asked == nil || c.Observation.Reach != ReachTLS {
		return gap
	}
	switch n {
	case NeedSuites:
		return c.Observation.lacksSuites(c.Asked())
	case NeedKeyExchange:
		return c.Observation.lacksKeyExchange(c.Asked())
	case NeedGroups:
		return c.LacksGroups(TLSv13)
	}
	return gap
}

// LacksSuites says in one line why the suites accepted at v are not known, as
// far as they make a difference to the rule. It is empty for a version known
// not to be accepted.
func (c *Case) LacksSuites(v Version) string {
	f := c.Observation.Version(v)
	switch {
	case f.Answer == Accepted:
		return c.Observation.lacksSuitesOf(&f, c.asked())
	case !f.Answer.Known() && c.Observation.Askable(v):
		return withReason(fmt.Sprintf("%s is %s", v, f.Answer), f.Evidence)
	}
	return ""
}

// LacksGroups is Observation.LacksGroups as far as the groups make a difference
// to the rule.
func (c *Case) LacksGroups(v Version) string {
	o := c.Observation
	gap := o.LacksGroups(v)
	q := c.asked()
	if gap == "" || q == nil || o.Version(v).Answer != Accepted {
		return gap
	}
	var open []Code
	for code := range q.groups[v] {
		known := func(g GroupFact) bool { return g.ID == code && g.Version == v && g.Answer.Known() }
		if !slices.ContainsFunc(o.Groups, known) {
			open = append(open, code)
		}
	}
	if len(open) == 0 {
		return ""
	}
	return cmp.Or(o.notPut(open, v.String()+" groups", groupsDepth(v), o.Version(v).GroupsAnswer), gap)
}

func (c *Case) asked() *Questions {
	if c.Asked == nil {
		return nil
	}
	return c.Asked()
}

// lacksSuitesOf says why the suites of an accepted version are not known: those
// q asks about, or all of them if it is nil.
func (o *Observation) lacksSuitesOf(f *VersionFact, q *Questions) string {
	list := fmt.Sprintf("the list of %s suites", f.Version)
	switch {
	case f.SuitesAnswer == Accepted && len(f.Suites) == 0:
		// no version is spoken without a suite: an empty list is a lost one
		return fmt.Sprintf("no %s suite was learnt", f.Version)
	case f.SuitesAnswer == Accepted:
		return ""
	case q == nil:
		return o.incomplete(f.SuitesAnswer, list, DepthStandard)
	}
	var open []Code
	for code := range q.suites[f.Version] {
		if _, refused := slices.BinarySearch(f.SuitesRefused, code); !refused && !slices.ContainsFunc(f.Suites, func(s Suite) bool { return s.ID == code }) {
			open = append(open, code)
		}
	}
	if len(open) == 0 {
		return ""
	}
	return cmp.Or(o.notPut(open, f.Version.String()+" suites", DepthStandard, f.SuitesAnswer), o.incomplete(f.SuitesAnswer, list, DepthStandard))
}

// incomplete says of a list that it is not complete, and which depth would
// complete it if it was not asked for.
func (o *Observation) incomplete(answer Answer, list, depth string) string {
	if why := o.NotAskedAt(list, depth); answer == NotAsked && why != "" {
		return why
	}
	return fmt.Sprintf("%s is not complete (%s)", list, answer)
}

// notPut says that questions a rule asks were not put, if a greater depth
// would put them.
func (o *Observation) notPut(open []Code, of, depth string, list Answer) string {
	if list != NotAsked {
		return ""
	}
	return o.NotAskedAt(fmt.Sprintf("whether %d of the %s in question are accepted, such as %s,", len(open), of, slices.Min(open)), depth)
}

// groupsDepth is the depth at which the groups of a version are asked for.
func groupsDepth(v Version) string {
	if v < TLSv12 {
		return DepthDeep
	}
	return DepthStandard
}

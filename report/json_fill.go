package report

import (
	"slices"

	"tlsaudit/audit"
)

// filled returns an empty slice for nil: the contract promises lists, and null
// is none.
func filled[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}

func filledSummary(s audit.Summary) audit.Summary {
	if s.FailBySeverity == nil {
		s.FailBySeverity = map[string]int{}
	}
	s.Profiles = filled(s.Profiles)
	return s
}

// filledObservation fills the lists of an observation and puts its times into
// UTC, in a copy: records belong to who yielded them.
func filledObservation(o *audit.Observation) *audit.Observation {
	c := *o
	c.Started, c.Finished = c.Started.UTC(), c.Finished.UTC()
	c.Groups = filled(c.Groups)
	c.Versions = filled(slices.Clone(c.Versions))
	for i := range c.Versions {
		c.Versions[i].Suites = filled(c.Versions[i].Suites)
	}
	c.Chains = filled(slices.Clone(c.Chains))
	for i := range c.Chains {
		certificates := filled(slices.Clone(c.Chains[i].Certificates))
		for k := range certificates {
			cert := &certificates[k]
			cert.SANs, cert.NotBefore, cert.NotAfter = filled(cert.SANs), cert.NotBefore.UTC(), cert.NotAfter.UTC()
		}
		c.Chains[i].Certificates, c.Chains[i].Trust.At = certificates, c.Chains[i].Trust.At.UTC()
	}
	return &c
}

// filledEvidence leaves the observation of what is no endpoint out: there is none.
func filledEvidence(record *audit.Record) audit.Evidence {
	e := record.Evidence
	if e.Endpoint() || e.Observed != nil {
		e.Observed = filledObservation(observed(record))
	}
	if len(e.Declared) > 0 {
		e.Declared = slices.Clone(e.Declared)
		for i := range e.Declared {
			d := &e.Declared[i]
			d.Groups, d.Chains, d.Settings, d.Versions = filled(d.Groups), filled(d.Chains), filled(d.Settings), filled(slices.Clone(d.Versions))
			for k := range d.Versions {
				d.Versions[k].Suites = filled(d.Versions[k].Suites)
			}
		}
	}
	return e
}

func filledFinding(f *audit.Finding) *audit.Finding {
	if f.Waiver == nil {
		return f
	}
	c, w := *f, *f.Waiver
	w.Expires = w.Expires.UTC()
	c.Waiver = &w
	return &c
}

func filledConflicts(list []audit.Conflict) []audit.Conflict {
	list = filled(slices.Clone(list))
	for i := range list {
		list[i].From = list[i].From.UTC()
	}
	return list
}

func filledWaivers(list []audit.WaiverStatus) []audit.WaiverStatus {
	list = filled(slices.Clone(list))
	for i := range list {
		list[i].Expires, list[i].Created = list[i].Expires.UTC(), list[i].Created.UTC()
	}
	return list
}

func filledBaseline(b *audit.BaselineRef) *audit.BaselineRef {
	c := *b
	c.Generated = c.Generated.UTC()
	if c.NewBySeverity == nil {
		c.NewBySeverity = map[string]int{}
	}
	return &c
}

func filledImpact(list []audit.RowImpact) []audit.RowImpact {
	list = slices.Clone(list)
	for i := range list {
		cells := filled(slices.Clone(list[i].Cells))
		for k := range cells {
			cells[k].BreaksNamed, cells[k].UnknownNamed = filled(cells[k].BreaksNamed), filled(cells[k].UnknownNamed)
		}
		list[i].Cells = cells
	}
	return list
}

func filledWhatIf(w *audit.WhatIf) audit.WhatIf {
	c := *w
	c.Cells, c.Highest = filled(c.Cells), filled(c.Highest)
	return c
}

func filledRules(list []audit.RuleRef) []audit.RuleRef {
	list = filled(slices.Clone(list))
	for i := range list {
		list[i].From, list[i].Until = list[i].From.UTC(), list[i].Until.UTC()
	}
	return list
}

func filledChanges(c *audit.Changes) *audit.Changes {
	filledIn := *c
	filledIn.Generated, filledIn.List = c.Generated.UTC(), filled(c.List)
	if filledIn.Counts == nil {
		filledIn.Counts = map[audit.ChangeKind]int{}
	}
	return &filledIn
}

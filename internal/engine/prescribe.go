package engine

import (
	"cmp"
	"slices"

	"tlsaudit/audit"
)

// wanted asks the check for the posture that would satisfy it; nil if it names
// none. A panic leaves the finding without a remedy, which is still true.
func wanted(check *audit.Check, c *audit.Case) (w *audit.Want) {
	defer func() {
		if recover() != nil {
			w = nil
		}
	}()
	switch {
	case check.WantFor != nil:
		want := check.WantFor(c)
		return &want
	case check.Want != nil:
		want := check.Want(c.Params)
		return &want
	}
	return nil
}

// prescribe writes the remedies of one endpoint. What its rules want of the
// same directive is joined first: two rules that each give a list of cipher
// suites would otherwise undo each other, and whoever follows one remedy after
// the other would end where they began.
func (b *bench) prescribe(judged []judgement, t *audit.Target) {
	if b.Remedy == nil {
		return
	}
	var wants []*audit.Want
	for i := range judged {
		if judged[i].want != nil {
			wants = append(wants, judged[i].want)
		}
	}
	joinVersions(wants)
	joinSuites(wants)
	joinOrder(wants)
	product := cmp.Or(t.Product, "generic")
	b.remedies.trim()
	for i := range judged {
		if judged[i].want != nil {
			judged[i].finding.Remedy = b.remedies.get(product, judged[i].want, b.remedy)
		}
	}
}

// remedy renders a posture; a panic in a dialect leaves no remedy.
func (j *Judge) remedy(product string, w audit.Want) (r *audit.Remedy) {
	defer func() {
		if recover() != nil {
			r = nil
		}
	}()
	return j.Remedy(product, w)
}

// joinVersions gives every want that speaks of versions those all of them
// allow. Demands that contradict each other are left as they are: which to
// follow is for a person to decide.
func joinVersions(wants []*audit.Want) {
	allowed := slices.Clone(audit.Versions)
	for _, w := range wants {
		if list := versionsOf(w); list != nil {
			allowed = intersect(allowed, list)
		}
	}
	if len(allowed) == 0 {
		return
	}
	for _, w := range wants {
		if versionsOf(w) != nil {
			w.MinVersion, w.Versions = allowed[0], allowed
		}
	}
}

// versionsOf returns the versions a want allows, oldest first; nil when it
// makes no demand.
func versionsOf(w *audit.Want) []audit.Version {
	if len(w.Versions) > 0 {
		return w.Versions
	}
	if w.MinVersion == 0 {
		return nil
	}
	return slices.DeleteFunc(slices.Clone(audit.Versions), func(v audit.Version) bool { return v < w.MinVersion })
}

// joinSuites does the same for cipher suites: what any of them forbids goes,
// what all lists have in common stays.
func joinSuites(wants []*audit.Want) {
	var joined audit.Want
	listed := false
	for _, w := range wants {
		for _, name := range w.ForbidSuites {
			if !slices.Contains(joined.ForbidSuites, name) {
				joined.ForbidSuites = append(joined.ForbidSuites, name)
			}
		}
		joined.Strong = joined.Strong || w.Strong
		switch {
		case len(w.AllowSuites) == 0:
		case !listed:
			joined.AllowSuites, listed = slices.Clone(w.AllowSuites), true
		default:
			joined.AllowSuites = intersect(joined.AllowSuites, w.AllowSuites)
		}
	}
	if listed && offersTLS13(wants) {
		joined.AllowSuites = append(joined.AllowSuites, laterSuites(wants)...)
	}
	joined.AllowSuites = slices.DeleteFunc(joined.AllowSuites, func(name string) bool { return slices.Contains(joined.ForbidSuites, name) })
	if listed && len(joined.AllowSuites) == 0 {
		return
	}
	for _, w := range wants {
		if len(w.AllowSuites)+len(w.ForbidSuites) > 0 || w.Strong {
			w.AllowSuites, w.ForbidSuites, w.Strong = joined.AllowSuites, joined.ForbidSuites, joined.Strong
		}
	}
}

// offersTLS13 reports whether some want lists the versions to allow and TLS 1.3
// is among them. A list of suites without one for it would then switch it off
// again in products that have one list for all versions.
func offersTLS13(wants []*audit.Want) bool {
	return slices.ContainsFunc(wants, func(w *audit.Want) bool { return slices.Contains(w.Versions, audit.TLSv13) })
}

// laterSuites returns the suites of TLS 1.3 that all wants have in reserve.
func laterSuites(wants []*audit.Want) []string {
	var list []string
	for _, w := range wants {
		switch {
		case len(w.AllowSuites) == 0:
		case list == nil:
			list = slices.Clone(w.TLS13Suites)
		default:
			list = intersect(list, w.TLS13Suites)
		}
	}
	return list
}

// joinOrder makes wants of versions and of the order of suites one: Exim and
// HAProxy write both into the same directive.
func joinOrder(wants []*audit.Want) {
	var order *bool
	var versions []audit.Version
	for _, w := range wants {
		if w.ServerOrder != nil && order != nil && *w.ServerOrder != *order {
			return // a contradiction, for a person to decide
		}
		if w.ServerOrder != nil {
			order = w.ServerOrder
		}
		if len(w.Versions) > 0 {
			if versions != nil && !slices.Equal(versions, w.Versions) {
				return
			}
			versions = w.Versions
		}
	}
	if order == nil || versions == nil {
		return
	}
	for _, w := range wants {
		if w.ServerOrder != nil || len(w.Versions) > 0 {
			w.ServerOrder, w.MinVersion, w.Versions = order, versions[0], versions
		}
	}
}

// intersect returns what both lists hold, in the order of the first.
func intersect[T comparable](a, b []T) []T {
	return slices.DeleteFunc(slices.Clone(a), func(x T) bool { return !slices.Contains(b, x) })
}

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
func (j *Judge) prescribe(judged []judgement, t *audit.Target) {
	if j.Remedy == nil {
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
	product := cmp.Or(t.Product, "generic")
	for i := range judged {
		if judged[i].want != nil {
			judged[i].finding.Remedy = j.remedy(product, *judged[i].want)
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

// intersect returns what both lists hold, in the order of the first.
func intersect[T comparable](a, b []T) []T {
	return slices.DeleteFunc(slices.Clone(a), func(x T) bool { return !slices.Contains(b, x) })
}

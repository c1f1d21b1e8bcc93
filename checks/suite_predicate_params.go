package checks

import (
	"slices"
	"strings"

	"tlsaudit/audit"
	"tlsaudit/internal/tlsreg"
)

// predicateParams is what a suite.predicate rule demands: with an allow list,
// nothing outside it; with conditions, nothing that meets one of them; with any
// and all, that something is accepted.
type predicateParams struct {
	allow, transition, deny listing
	any, all                listing
	conditions              []condition
	versions                []audit.Version
}

func (p *predicateParams) restricts() bool {
	return !p.allow.empty() || !p.deny.empty() || len(p.conditions) > 0
}

func (p *predicateParams) looksAt(s *seenSuite) bool {
	return len(p.versions) == 0 || s.at(p.versions...)
}

// predicateFrom decodes the parameters.
func predicateFrom(in map[string]any) (any, error) {
	r := read(in)
	p := &predicateParams{allow: r.suites("allow"), transition: r.suites("transition"), any: r.suites("any"), all: r.suites("all"), versions: r.versions("versions")}
	r.ruledOut("deny", p)
	r.ruledOut("forbid", p)
	if when, ok := r.get("when"); ok {
		p.conditions = append(p.conditions, r.when("when", when))
	}
	if flat := r.condition(); !flat.empty() {
		p.conditions = append(p.conditions, flat)
	}
	for i := range p.conditions {
		p.conditions[i].text = p.conditions[i].String()
	}
	if r.err == nil && !p.restricts() && p.any.empty() && p.all.empty() {
		r.fail("suite.predicate demands nothing: give allow, deny, any, all, when, or a condition such as enc")
	}
	return p, r.done()
}

// ruledOut reads a list of what must not be: suites, conditions, classes.
func (r *reader) ruledOut(key string, p *predicateParams) {
	var suites []any
	for _, item := range r.list(key) {
		switch item := item.(type) {
		case map[string]any:
			if item["when"] != nil {
				p.conditions = append(p.conditions, r.when(key, item["when"]))
				continue
			}
		case string:
			if _, isSuite := tlsreg.SuiteByName(item); isSuite {
				break
			}
			if list, ok := r.classes(key, item); ok {
				p.conditions = append(p.conditions, list...)
				continue
			}
		}
		suites = append(suites, item)
	}
	if len(suites) == 0 {
		return
	}
	inner := read(map[string]any{key: suites})
	for _, e := range inner.suites(key).sorted {
		p.deny.add(e)
	}
	if inner.err != nil {
		r.fail("%w", inner.err)
	}
}

// suites returns a list of cipher suites.
func (r *reader) suites(key string) listing { return r.listing(key, r.suite) }

// suiteNames joins the names of suites.
func suiteNames(codes []audit.Code) string {
	list := make([]string, len(codes))
	for i, code := range codes {
		list[i] = code.String()
		if s, ok := suiteRegistry()[code]; ok {
			list[i] = s.Name
		}
	}
	slices.Sort(list)
	return strings.Join(list, ", ")
}

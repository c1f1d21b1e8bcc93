package policy

import (
	"slices"
	"strings"
	"sync/atomic"

	"tlsaudit/audit"
)

// Silent names the profiles and policies that are limited to some targets and
// spoke about none of a run, given what the run counted by profile. A gate that
// passes although they were chosen would say more than was judged. What has no
// rules of its own, and what is limited by protocol only, is not among them: a
// rule about mail has nothing to say where there is none.
func (p *Policy) Silent(counted []audit.ProfileSummary) []string {
	var silent []string
	for _, ref := range p.Refs {
		rules, limited := 0, 0
		for i := range p.Rules {
			if p.Rules[i].Profile != ref.ID {
				continue
			}
			rules++
			if p.narrow(i) {
				limited++
			}
		}
		spoke := slices.ContainsFunc(counted, func(s audit.ProfileSummary) bool { return s.Profile == ref.ID })
		if rules > 0 && limited == rules && !spoke {
			silent = append(silent, ref.ID)
		}
	}
	return silent
}

// narrow reports whether rule i is limited to some targets of a protocol.
func (p *Policy) narrow(i int) bool {
	return i < len(p.limits) && slices.ContainsFunc(p.limits[i], func(any []*scope) bool {
		return !slices.ContainsFunc(any, func(s *scope) bool { return !s.narrow() })
	})
}

func (s *scope) narrow() bool {
	return len(s.systems)+len(s.labels) > 0 || len(s.targets) > 0 && !slices.ContainsFunc(s.targets, func(g glob) bool {
		return strings.HasSuffix(string(g), "://*")
	})
}

// Watch returns the rules for one run, and what names afterwards those that are
// limited to some targets, were held against endpoints, and spoke about none:
// a scope that is misspelt looks like that. The rules may be used by several
// goroutines at once.
func (p *Policy) Watch() (rules []audit.Rule, idle func() []audit.Rule) {
	rules = slices.Clone(p.Rules)
	asked, met := make([]atomic.Bool, len(rules)), make([]atomic.Bool, len(rules))
	for i := range rules {
		if !p.narrow(i) || rules[i].Match == nil {
			continue
		}
		match := rules[i].Match
		rules[i].Match = func(t *audit.Target, o *audit.Observation) bool {
			mark(&asked[i])
			in := match(t, o)
			if in {
				mark(&met[i])
			}
			return in
		}
	}
	return rules, func() []audit.Rule {
		var list []audit.Rule
		for i := range rules {
			if asked[i].Load() && !met[i].Load() {
				list = append(list, p.Rules[i])
			}
		}
		return list
	}
}

// mark sets a flag, and writes only where it is not set yet: a flag that is
// written by every goroutine would slow them all.
func mark(flag *atomic.Bool) {
	if !flag.Load() {
		flag.Store(true)
	}
}

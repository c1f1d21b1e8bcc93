package policy

import (
	"slices"

	"tlsaudit/audit"
)

// Silent names the profiles and policies that are limited to some targets and
// spoke about none of a run, given what the run counted by profile. A gate that
// passes although they were chosen would say more than was judged. What has no
// rules of its own, and what is limited by protocol only, is not among them.
func (p *Policy) Silent(counted []audit.ProfileSummary) []string {
	var silent []string
	for _, ref := range p.Refs {
		rules, limited := 0, 0
		for i := range p.Rules {
			if p.Rules[i].Profile != ref.ID {
				continue
			}
			rules++
			if p.Rules[i].Scope != "" {
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

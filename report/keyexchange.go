package report

import (
	"strings"

	"tlsaudit/audit"
)

// primeWords says what is known about the prime of a suite beside its size.
func primeWords(s *audit.Suite) string {
	parts := present(s.DHName)
	switch s.DHPrime {
	case "safe":
		parts = append(parts, "safe prime")
	case "not-safe":
		parts = append(parts, "a prime, but no safe one")
	case "composite":
		parts = append(parts, "no prime")
	}
	if s.Group != "" && s.Group == s.DHName {
		parts = parts[1:]
	}
	return strings.Join(parts, ", ")
}

// groupOrder says who decides between the groups of a version. In TLS 1.3 the
// order is that of the requests for a share.
func groupOrder(f *audit.VersionFact) string {
	switch {
	case f.GroupsOrder == "":
		return ""
	case f.Version >= audit.TLSv13:
		return "order of groups (HRR order) decided by: " + string(f.GroupsOrder)
	}
	return "order of groups decided by: " + string(f.GroupsOrder)
}

// schemeList are the signature schemes a version was seen to sign with.
type schemeList struct {
	Version audit.Version
	Answer  audit.Answer // whether the list is complete
	Names   []string
}

// schemeFacts gathers the accepted schemes by version, in the order of the
// facts.
func schemeFacts(p *audit.Posture) (list []schemeList) {
	for _, s := range p.Schemes {
		if s.Answer != audit.Accepted {
			continue
		}
		if n := len(list); n == 0 || list[n-1].Version != s.Version {
			list = append(list, schemeList{Version: s.Version, Answer: p.Version(s.Version).SchemesAnswer})
		}
		last := &list[len(list)-1]
		last.Names = append(last.Names, s.Name)
	}
	return list
}

// Schemes are the signature schemes of a posture.
func (p *page) Schemes(posture audit.Posture) []schemeList { return schemeFacts(&posture) }

// groupList are the groups of one version with the same answer.
type groupList struct {
	Version audit.Version
	Answer  audit.Answer
	// Complete says whether the groups of the version are all known.
	Complete audit.Answer
	Names    []string
}

// Accepted reports whether the groups are those the listener takes.
func (g groupList) Accepted() bool { return g.Answer == audit.Accepted }

// groupFacts gathers the groups by version and answer, in the order of the facts.
func groupFacts(p *audit.Posture) (list []groupList) {
next:
	for _, g := range p.Groups {
		for i := range list {
			if list[i].Version == g.Version && list[i].Answer == g.Answer {
				list[i].Names = append(list[i].Names, g.Name)
				continue next
			}
		}
		list = append(list, groupList{g.Version, g.Answer, p.Version(g.Version).GroupsAnswer, []string{g.Name}})
	}
	return list
}

// Groups are the key-exchange groups of a posture.
func (p *page) Groups(posture audit.Posture) []groupList { return groupFacts(&posture) }

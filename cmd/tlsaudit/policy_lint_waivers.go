package main

import (
	"tlsaudit/checks"
	"tlsaudit/internal/policy"
	"tlsaudit/internal/waiver"
)

// waivers checks a waiver file against the rules of the policies named beside
// it, or those of all built-in profiles if none is.
func (l *linter) waivers(name string) (string, []problem, error) {
	chosen := l.policies
	if len(chosen) == 0 {
		var err error
		if chosen, err = builtinPolicies(); err != nil {
			return "", nil, err
		}
	}
	known := knownTo(chosen...)
	if len(l.policies) == 0 { // the names may be those of a policy of one's own
		known.Elsewhere = "name the policy file beside it: tlsaudit policy lint policy.yaml " + shellWord(name)
	}
	set, err := waiver.Load([]string{name}, l.now, known)
	if err != nil {
		return "", nil, err
	}
	var problems []problem
	status := set.Session(l.now).Status(false)
	for _, s := range status {
		for _, note := range s.Notes {
			problems = append(problems, problem{place: *s.Place, warning: true, cause: "waiver " + s.ID + ": " + note})
		}
	}
	return plural(len(status), "waiver", "waivers"), problems, nil
}

// load reads the policies among the files, for the waivers beside them.
func (l *linter) load(names []string) {
	for _, name := range names {
		if kind, err := lintKind(name); err != nil || kind.name != kinds[0].name {
			continue // told when its turn comes
		}
		if p, err := policy.Load([]string{name}, checks.All); err == nil {
			l.policies = append(l.policies, p)
		}
	}
}

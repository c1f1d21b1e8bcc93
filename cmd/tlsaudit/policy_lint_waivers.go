package main

import (
	"fmt"

	"tlsaudit/checks"
	"tlsaudit/internal/policy"
	"tlsaudit/internal/waiver"
)

// waivers checks a waiver file against the rules of the policies named beside
// it, or those of all built-in profiles if none is.
func (l *linter) waivers(name string) (string, []problem, error) {
	known := waiver.Known{Checks: checkIDs(), Profiles: profileIDs()}
	for _, p := range protocols() {
		known.Protocols = append(known.Protocols, p.Name)
	}
	chosen := l.policies
	if len(chosen) == 0 {
		var err error
		if chosen, err = builtinPolicies(); err != nil {
			return "", nil, err
		}
	}
	for _, p := range chosen {
		known.Rules = append(known.Rules, p.Rules...)
		known.Unautomated = append(known.Unautomated, p.Unautomated...)
		for _, ref := range p.Refs {
			known.Profiles = append(known.Profiles, ref.ID)
		}
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
	return fmt.Sprintf("%d waivers", len(status)), problems, nil
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

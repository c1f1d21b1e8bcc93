package policy

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"tlsaudit/audit"
	"tlsaudit/internal/tlsreg"
)

// maxConflicts bounds the list: who chooses everything at once reads the worst
// of it.
const maxConflicts = 200

// Conflicts lists what the chosen profiles and policies contradict each other
// in, as of now or from the day both rules are in force. Sizes and ages are no
// contradictions, since the stricter meets both.
//
// First come contradictions proper, which no endpoint can resolve, then
// differences: one lists as good what the other objects to. The list is
// sorted and has one entry per pair of profiles, kind and pair of rules.
func (p *Policy) Conflicts(now time.Time) []audit.Conflict {
	found := p.clashes(now)
	list := make([]audit.Conflict, 0, min(len(found), maxConflicts+1))
	for _, c := range found[:min(len(found), maxConflicts)] {
		list = append(list, c.Conflict)
	}
	if more := len(found) - len(list); more > 0 {
		list = append(list, audit.Conflict{Subject: "more", Text: fmt.Sprintf("%d more conflicts are not shown: choose fewer profiles at once", more)})
	}
	return list
}

// clashes are all conflicts, sorted, each once.
func (p *Policy) clashes(now time.Time) []clash {
	var found []clash
	known := map[claimKey][]claim{}
	claimed := func(i int, at time.Time) []claim {
		key := claimKey{i, at}
		if _, ok := known[key]; !ok {
			known[key] = p.claims(i, at)
		}
		return known[key]
	}
	for i := range p.Rules {
		for j := i + 1; j < len(p.Rules); j++ {
			a, b := &p.Rules[i], &p.Rules[j]
			if a.Profile == b.Profile || p.apart(i, j) {
				continue
			}
			at, ok := together(a, b, now)
			if !ok {
				continue
			}
			for _, c := range claimed(i, at) {
				for _, d := range claimed(j, at) {
					found = append(found, collide(a, b, &c, &d, at)...)
				}
			}
		}
	}
	for i := range found {
		if !found[i].From.After(now) {
			found[i].From = time.Time{}
		}
	}
	return once(found)
}

// clash is one conflict before it is sorted and written.
type clash struct {
	audit.Conflict
	proper bool
	// unlisted is set when one of the two only does not list what the other
	// asks for.
	unlisted bool
	kind     string
	// force is how strong the weaker of the two rules is.
	force int
}

// claims of rule i at a time.
func (p *Policy) claims(i int, at time.Time) []claim {
	if i >= len(p.written) {
		return nil
	}
	return claims(&p.Rules[i], p.written[i], at)
}

type claimKey struct {
	rule int
	at   time.Time
}

// apart reports whether the scopes of two rules keep them from ever speaking
// about the same target.
func (p *Policy) apart(i, j int) bool {
	for _, mine := range p.limitsOf(i) {
		for _, yours := range p.limitsOf(j) {
			overlap := slices.ContainsFunc(mine, func(s *scope) bool {
				return slices.ContainsFunc(yours, func(other *scope) bool { return !s.apart(other) })
			})
			if !overlap {
				return true
			}
		}
	}
	return false
}

// limitsOf are the scopes of rule i, with the protocols it applies to as one
// more.
func (p *Policy) limitsOf(i int) [][]*scope {
	var limits [][]*scope
	if i < len(p.limits) {
		limits = slices.Clone(p.limits[i])
	}
	if applies := p.Rules[i].Applies; len(applies) > 0 {
		limits = append(limits, []*scope{{protocols: applies}})
	}
	return limits
}

// together returns the first moment from now on at which both are in force.
func together(a, b *audit.Rule, now time.Time) (time.Time, bool) {
	at := now
	for _, r := range []*audit.Rule{a, b} {
		if at.Before(r.From) {
			at = r.From
		}
	}
	return at, a.InForce(at) && b.InForce(at)
}

// collide finds what two claims of the same kind disagree in.
func collide(a, b *audit.Rule, c, d *claim, at time.Time) []clash {
	if c.kind != d.kind {
		return nil
	}
	var list []clash
	add := func(proper bool, names []string, format string, args ...any) {
		list = append(list, clash{proper: proper, unlisted: strings.Contains(format, unlisted) || slices.ContainsFunc(args, func(a any) bool { return a == unlisted }), kind: kindWord(c.kind), force: min(weight(a.Level), weight(b.Level)), Conflict: audit.Conflict{
			A: a.Profile + "/" + a.ID, B: b.Profile + "/" + b.ID, Subject: joinNames(names), Text: fmt.Sprintf(format, args...), From: at,
		}})
	}
	if c.kind == ocspKind {
		if needs, leaves := ocsp(a, b, c, d); needs != nil {
			add(false, []string{"OCSP"}, "%s needs a certificate with an OCSP responder; %s leaves that to the CA, and there are public CAs that no longer run one: with their certificates only the latter can be met", said(needs), said(leaves))
		}
		return list
	}
	demanded(a, b, c, d, add)
	demanded(b, a, d, c, add)
	if len(list) > 0 {
		return list
	}
	mine, yours := difference(c, d), difference(d, c)
	if related(a.Profile, b.Profile) || related(b.Profile, a.Profile) {
		mine, yours = nil, nil // a standard narrows down the one it builds on
	}
	// A list within another is the stricter of the two, and meets both.
	if len(yours) == 0 && d.merelyOmits(mine) || len(mine) == 0 && c.merelyOmits(yours) {
		return list
	}
	switch {
	case c.emptiedBy(d) || d.emptiedBy(c):
		add(true, slices.Concat(mine, yours), "%s and %s have no %s in common: no endpoint can meet both", said(a), said(b), c.kind)
	case len(mine)+len(yours) > 0:
		var parts []string
		if len(mine) > 0 {
			parts = append(parts, fmt.Sprintf("%s lists %s, which %s %s", said(a), joinNames(mine), said(b), d.excludes(mine[0])))
		}
		if len(yours) > 0 {
			parts = append(parts, fmt.Sprintf("%s lists %s, which %s %s", said(b), joinNames(yours), said(a), c.excludes(yours[0])))
		}
		add(false, alternate(mine, yours), "%s; only what neither objects to meets both", strings.Join(parts, "; "))
	}
	return list
}

// demanded finds what a asks for and b does not allow.
func demanded(a, b *audit.Rule, c, d *claim, add func(proper bool, names []string, format string, args ...any)) {
	out := slices.DeleteFunc(slices.Clone(c.all), func(name string) bool { return d.excludes(name) == "" })
	if c.kind == orderKind {
		if len(out) > 0 && a.Profile < b.Profile {
			add(true, []string{orderKind}, "%s wants that %s, %s that %s: no endpoint can meet both", said(a), c.all[0], said(b), d.all[0])
		}
		return
	}
	if len(out) > 0 {
		slices.Sort(out)
		add(true, out, "%s asks for %s, which %s %s: no endpoint can meet both", said(a), joinNames(out), said(b), d.excludes(out[0]))
	}
	if len(c.any) > 0 && !slices.ContainsFunc(c.any, func(name string) bool { return d.excludes(name) == "" }) {
		add(true, c.any, "%s asks for one of %s, all of which %s %s: no endpoint can meet both", said(a), joinNames(c.any), said(b), d.excludes(c.any[0]))
	}
}

// difference are the names c lists and d objects to.
func difference(c, d *claim) []string {
	if !c.closed {
		return nil
	}
	list := slices.DeleteFunc(sortedKeys(c.listed), func(name string) bool { return d.excludes(name) == "" })
	if c.kind == suiteKind {
		slices.SortStableFunc(list, func(m, n string) int { return cmp.Compare(obscurity(m), obscurity(n)) })
	}
	return list
}

// alternate mixes two lists, so that the first names show both.
func alternate(a, b []string) []string {
	var out []string
	for i := range max(len(a), len(b)) {
		if i < len(a) {
			out = append(out, a[i])
		}
		if i < len(b) {
			out = append(out, b[i])
		}
	}
	return out
}

// obscurity puts suites people use before those hardly anybody does.
func obscurity(name string) int {
	s, _ := tlsreg.SuiteByName(name)
	rank := 0
	for _, unusual := range []bool{s.Recommended != "Y", s.Auth != "any" && s.Auth != "RSA" && s.Auth != "ECDSA", !s.PFS, !s.AEAD, s.Mode != "GCM" && s.Enc != "CHACHA20"} {
		rank *= 2
		if unusual {
			rank++
		}
	}
	return rank
}

// related reports whether a profile builds on another.
func related(child, parent string) bool {
	for p := builtin(child); p != nil && p.Extends != ""; p = builtin(p.Extends) {
		if p.Extends == parent {
			return true
		}
	}
	return false
}

func ocsp(a, b *audit.Rule, c, d *claim) (needs, leaves *audit.Rule) {
	switch {
	case len(c.all) > 0 && d.listed != nil:
		return a, b
	case len(d.all) > 0 && c.listed != nil:
		return b, a
	}
	return nil, nil
}

// kindWord is the kind without the protocol version: the same difference at
// TLS 1.2 and 1.3 is told once.
func kindWord(kind string) string {
	word, _, _ := strings.Cut(kind, " at ")
	return word
}

// said names a rule in a sentence: profile, rule, level and scope.
func said(r *audit.Rule) string {
	words := fmt.Sprintf("%s %s (%s", r.Profile, r.ID, strings.ReplaceAll(string(r.Level), "_", " "))
	if r.Scope != "" {
		words += "; " + r.Scope
	}
	return words + ")"
}

// once sorts. Two profiles that disagree about the same thing in several pairs
// of rules are told once, with the strongest pair.
func once(found []clash) []clash {
	slices.SortStableFunc(found, func(c, d clash) int {
		return cmp.Or(-cmp.Compare(boolInt(c.proper), boolInt(d.proper)), -cmp.Compare(c.force, d.force), c.From.Compare(d.From), cmp.Compare(boolInt(c.unlisted), boolInt(d.unlisted)),
			strings.Compare(c.kind, d.kind), strings.Compare(c.A, d.A), strings.Compare(c.B, d.B), strings.Compare(c.Subject, d.Subject))
	})
	seen := map[string]bool{}
	return slices.DeleteFunc(found, func(c clash) bool {
		a, _, _ := strings.Cut(c.A, "/")
		b, _, _ := strings.Cut(c.B, "/")
		pair := []string{a, b}
		slices.Sort(pair)
		key := strings.Join(append(pair, c.kind, c.Subject), "\x00")
		if seen[key] {
			return true
		}
		seen[key] = true
		return false
	})
}

func boolInt(b bool) int {
	if b {
		return 1
	}
	return 0
}

package policy

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tlsaudit/audit"
)

// TestScopeCase: upper and lower case are the same in everything a scope names.
func TestScopeCase(t *testing.T) {
	target := audit.Target{Protocol: "https", Host: "www.example.com", Port: 443, System: "demo", Labels: map[string]string{"Env": "Prod"}}
	for _, s := range []scope{
		{systems: []glob{"Demo"}}, {systems: []glob{"DE*"}}, {labels: map[string]glob{"env": "prod"}}, {labels: map[string]glob{"ENV": "PR*"}}, {targets: []glob{"HTTPS://WWW.*"}},
	} {
		if !s.matches(&target) {
			t.Errorf("%s does not match", s.String())
		}
	}
	if s := (&scope{labels: map[string]glob{"env": "test"}}); s.matches(&target) {
		t.Errorf("%s matches", s)
	}
}

// TestOverlaps: two patterns overlap if there is a value both match. Every value
// up to four letters is tried.
func TestOverlaps(t *testing.T) {
	letters := []string{"", "a", "b"}
	var values []string
	for _, a := range letters {
		for _, b := range letters {
			for _, c := range letters {
				for _, d := range letters {
					values = append(values, a+b+c+d)
				}
			}
		}
	}
	source := rand.New(rand.NewPCG(1, 2))
	pattern := func() glob {
		var b strings.Builder
		for range source.IntN(4) {
			b.WriteString([]string{"a", "b", "*"}[source.IntN(3)])
		}
		return glob(strings.ReplaceAll(strings.ReplaceAll(b.String(), "***", "*"), "**", "*"))
	}
	yes := 0
	for range 3000 {
		g, h := pattern(), pattern()
		want := slices.ContainsFunc(values, func(v string) bool { return g.matches(v) && h.matches(v) })
		if want {
			yes++
		}
		if got := g.overlaps(h); got != want || h.overlaps(g) != want {
			t.Fatalf("%q and %q overlap: %v and %v, want %v", g, h, got, h.overlaps(g), want)
		}
	}
	if yes < 500 || yes > 2500 {
		t.Errorf("%d of 3000 pairs overlap: too one-sided to tell", yes)
	}
}

// TestSilent: a profile whose rules are all limited, and of which nothing was
// counted, spoke about no endpoint. What has no rules is not silent.
func TestSilent(t *testing.T) {
	p, err := Parse("p.yaml", []byte("policy: {id: p, title: P}\nprofiles: [baseline, {id: pci-dss-4.0.1, systems: [shop]}, {id: cabf-br, systems: [mail]}]\n"), all)
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct{ counted, want []string }{
		{[]string{"baseline", "cabf-br"}, []string{"pci-dss-4.0.1"}},
		{[]string{"baseline", "pci-dss-4.0.1", "cabf-br"}, nil},
		{nil, []string{"pci-dss-4.0.1", "cabf-br"}},
	} {
		var counted []audit.ProfileSummary
		for _, id := range tt.counted {
			counted = append(counted, audit.ProfileSummary{Profile: id, NotApplicable: 1})
		}
		if diff := cmp.Diff(tt.want, p.Silent(counted)); diff != "" {
			t.Errorf("counted %v (-want +got):\n%s", tt.counted, diff)
		}
	}
	own, err := Parse("p.yaml", []byte("policy: {id: p, title: P}\nrules: [{rule: A, level: must, check: tls.ems, scope: {systems: [x]}}, {rule: B, level: must, check: tls.ems}]\n"), all)
	if err != nil {
		t.Fatal(err)
	}
	if got := own.Silent(nil); got != nil { // B speaks about every endpoint there is
		t.Errorf("silent: %v", got)
	}
	mail, err := Parse("p.yaml", []byte("policy: {id: p, title: P}\nprofiles: [{id: pci-dss-4.0.1, protocols: [smtp]}, {id: baseline, targets: ['smtp://*']}]\n"), all)
	if err != nil {
		t.Fatal(err)
	}
	if got := mail.Silent(nil); got != nil { // there may be no mail in a run
		t.Errorf("silent: %v", got)
	}
	table, err := Parse("p.yaml", []byte("policy: {id: p, title: P}\nconnections: [{name: A, priority: 1, direction: outbound, security: encrypt, strength: high, match: {domains: [a.test]}}]\n"), all)
	if err != nil {
		t.Fatal(err)
	}
	if got := table.Silent(nil); got != nil {
		t.Errorf("silent: %v", got)
	}
}

// TestWatch: a rule whose scope was tried on endpoints and held for none is
// named after the run; one that never came to be tried is not.
func TestWatch(t *testing.T) {
	p, err := Parse("p.yaml", []byte(`policy: {id: p, title: P}
rules:
- {rule: MISSED, level: must, check: tls.ems, scope: {systems: [typo]}}
- {rule: MET, level: must, check: tls.ems, scope: {systems: [mail]}}
- {rule: ELSEWHERE, level: must, check: tls.ems, applies: [https], scope: {systems: [shop]}}
- {rule: MAIL, level: must, check: tls.ems, scope: {protocols: [https]}}
- {rule: ALL, level: must, check: tls.ems}
`), all)
	if err != nil {
		t.Fatal(err)
	}
	rules, idle := p.Watch()
	if list := idle(); len(list) > 0 {
		t.Errorf("before the run: %+v", list)
	}
	var spoke []string
	for i := range rules {
		if rules[i].AppliesTo(&mailHost, nil) {
			spoke = append(spoke, rules[i].ID)
		}
	}
	if diff := cmp.Diff([]string{"MET", "ALL"}, spoke); diff != "" {
		t.Errorf("what speaks is changed by watching (-want +got):\n%s", diff)
	}
	list := idle()
	if len(list) != 1 || list[0].ID != "MISSED" {
		t.Errorf("idle: %+v", list)
	}
}

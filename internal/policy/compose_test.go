package policy

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tlsaudit/audit"
)

// folder writes files into a folder of their own and returns it.
func folder(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// inForceFor lists the rules of a policy that speak about a target, with what
// a policy may change about them.
func inForceFor(p *Policy, id string, target audit.Target) []string {
	var list []string
	for i := range p.Rules {
		r := &p.Rules[i]
		if r.ID == id && r.AppliesTo(&target, nil) {
			list = append(list, strings.TrimSpace(string(r.Level)+" "+r.Severity.String()+" "+r.Scope))
		}
	}
	return list
}

var (
	mailHost = audit.Target{Protocol: "smtp", Host: "mx1.example.com", Port: 25, System: "mail", Labels: map[string]string{"env": "prod"}}
	testHost = audit.Target{Protocol: "smtp", Host: "mx1.example.net", Port: 25, System: "mail", Labels: map[string]string{"env": "test"}}
	webHost  = audit.Target{Protocol: "https", Host: "www.example.com", Port: 443, System: "shop"}
)

// TestScopes: within a scope the rule is as overridden, outside of it as it
// was; every target is judged by one of them and no more.
func TestScopes(t *testing.T) {
	p, err := Parse("p.yaml", []byte(`policy: {id: acme, title: ACME}
profiles:
- {id: pci-dss-4.0.1, systems: [shop, 'pay*']}
- baseline
overrides:
- {rule: BASE-KEY, scope: {labels: {env: test}}, level: should, reason: test keys}
- {rule: BASE-KEY, scope: {targets: ['smtp://*.example.com:25']}, severity: critical}
- {rule: BASE-KEY, params: {rsa: 3072, dsa: null}, reason: house rule}
- {rule: BASE-TRUST, scope: {systems: [mail]}, disable: true, reason: own CA}
rules:
- {rule: OWN, level: must, check: tls.ems, scope: {protocols: [https]}}
`), all)
	if err != nil {
		t.Fatal(err)
	}
	const but = "all but label env=test, or target smtp://*.example.com:25"
	for _, tt := range []struct {
		rule   string
		target audit.Target
		want   []string
	}{
		{"BASE-KEY", testHost, []string{"should high label env=test"}},
		{"BASE-KEY", mailHost, []string{"must critical target smtp://*.example.com:25"}},
		{"BASE-KEY", webHost, []string{"must high " + but}},
		{"BASE-TRUST", mailHost, nil},
		{"BASE-TRUST", webHost, []string{"must high all but system mail"}},
		{"PCI-4.2.1-TRUST", webHost, []string{"must high system shop or pay*"}},
		{"PCI-4.2.1-TRUST", mailHost, nil},
		{"OWN", webHost, []string{"must high protocol https"}},
		{"OWN", mailHost, nil},
		{"BASE-PFS", mailHost, []string{"should medium"}},
	} {
		if diff := cmp.Diff(tt.want, inForceFor(p, tt.rule, tt.target)); diff != "" {
			t.Errorf("%s for %s (-want +got):\n%s", tt.rule, tt.target.Subject(), diff)
		}
	}
	// Parameters are merged key by key, and only where the override holds.
	for i, r := range p.Rules {
		if r.ID != "BASE-KEY" {
			continue
		}
		want := map[string]any{"rsa": 2048, "ecdsa": 256, "dsa": 2048}
		if strings.HasPrefix(r.Scope, "all but") {
			want = map[string]any{"rsa": 3072, "ecdsa": 256}
		}
		if diff := cmp.Diff(want, p.written[i]); diff != "" {
			t.Errorf("parameters for %s (-want +got):\n%s", r.Scope, diff)
		}
	}
	var off []string
	for _, u := range p.Unautomated {
		if u.Disabled {
			off = append(off, u.Profile+" "+u.Rule+": "+u.Reason)
		}
	}
	if diff := cmp.Diff([]string{"baseline BASE-TRUST: system mail: disabled at p.yaml:9:3: own CA"}, off); diff != "" {
		t.Errorf("disabled (-want +got):\n%s", diff)
	}
	if want := "PCI DSS v4.0.1 - TLS-related requirements (limited by acme to system shop or pay*)"; p.Refs[1].Title != want {
		t.Errorf("title %q, want %q", p.Refs[1].Title, want)
	}
}

func TestGlob(t *testing.T) {
	for _, tt := range []struct {
		pattern, value string
		want           bool
	}{
		{"mail", "mail", true}, {"mail", "mail2", false}, {"mail", "a-mail", false}, {"m*l", "mail", true}, {"m*l", "ml", true}, {"m*l", "mailx", false},
		{"*", "", true}, {"smtp://*.example.com:25", "smtp://a.b.example.com:25", true}, {"smtp://*.example.com:25", "smtp://example.com:25", false},
		{"smtp://*.example.com:25", "smtp://a.example.com:2525", false}, {"a*b*c", "aXbYc", true}, {"a*b*c", "acb", false}, {"ab*ba", "aba", false},
	} {
		if got := glob(tt.pattern).matches(tt.value); got != tt.want {
			t.Errorf("%q matches %q: %v", tt.pattern, tt.value, got)
		}
	}
}

// TestExtendsFiles: a policy brings in files beside it, with what they change.
func TestExtendsFiles(t *testing.T) {
	dir := folder(t, map[string]string{
		"house.yaml":  "policy: {id: house, title: House}\nprofiles: [baseline]\noverrides: [{rule: BASE-PFS, level: must}]\nrules: [{rule: H1, level: must, check: tls.ems}]\n",
		"suites.yaml": "schema: tls-policy/draft-1\nid: house-suites\ntitle: Suites\npublisher: us\nversion: '1'\nextends: bsi-tr-02102-2\nkeys: {rsa_min: 4096}\n",
		"mail.yaml":   "policy: {id: mail, title: Mail}\nextends: [house.yaml, suites.yaml]\noverrides: [{rule: H1, level: may, reason: old peers}]\n",
		"self.yaml":   "policy: {id: self, title: Self}\nextends: [other.yaml]\n",
		"other.yaml":  "policy: {id: other, title: Other}\nextends: [self.yaml]\n",
		"gone.yaml":   "policy: {id: gone, title: Gone}\nextends: [nowhere.yaml]\n",
		"split.yaml":  "policy: {id: split, title: Split}\nprofiles: [baseline]\noverrides: [{rule: BASE-KEY, scope: {systems: [a]}, severity: critical}]\n",
		"again.yaml":  "policy: {id: again, title: Again}\nextends: [split.yaml]\noverrides: [{rule: BASE-KEY, severity: critical}]\n",
		"same.yaml":   "policy: {id: house, title: Same}\nextends: [house.yaml]\n",
		"deep0.yaml":  "policy: {id: deep0, title: Deep}\nextends: [deep1.yaml]\n",
		"twice.yaml":  "policy: {id: twice, title: Twice}\nprofiles: [house.yaml, baseline]\n",
	})
	for i := 1; i < maxExtends+2; i++ {
		text := fmt.Sprintf("policy: {id: deep%d, title: Deep}\nextends: [deep%d.yaml]\n", i, i+1)
		if err := os.WriteFile(filepath.Join(dir, fmt.Sprintf("deep%d.yaml", i)), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	p, err := Load([]string{filepath.Join(dir, "mail.yaml")}, all)
	if err != nil {
		t.Fatal(err)
	}
	var refs []string
	for _, r := range p.Refs {
		refs = append(refs, r.ID+": "+r.Title)
	}
	want := []string{"mail: Mail", "baseline: Baseline - what every TLS endpoint should meet (rules changed by house)", "house: House (rules changed by mail)",
		"bsi-tr-02102-2: BSI TR-02102-2 - Use of TLS", "house-suites: Suites"}
	if diff := cmp.Diff(want, refs); diff != "" {
		t.Errorf("refs (-want +got):\n%s", diff)
	}
	if rule(t, p, "BASE-PFS").Level != audit.Must || rule(t, p, "H1").Level != audit.May || rule(t, p, "keys.min_bits").Profile == "" {
		t.Errorf("what the files change is lost")
	}
	for name, want := range map[string]string{
		"self.yaml":  "other.yaml:2:11: extends[0]: " + filepath.Join(dir, "self.yaml") + " extends " + filepath.Join(dir, "other.yaml") + " extends " + filepath.Join(dir, "self.yaml") + "\nhint: a policy cannot extend itself",
		"gone.yaml":  "gone.yaml:2:11: extends[0]: cannot read " + filepath.Join(dir, "nowhere.yaml") + ": no such file or directory\nhint: name an existing YAML file, relative to this one, or a built-in profile",
		"again.yaml": "again.yaml:3:20: overrides[0].rule: a policy this one extends makes the rule \"BASE-KEY\" differ by scope\nhint: override it in the policy that splits it, or extend the profile itself",
		"same.yaml":  "same.yaml:1:14: policy.id: \"house\" is the id of a policy this one extends\nhint: give every policy an id of its own",
		"deep0.yaml": "deep7.yaml:2:11: extends[0]: policies extend each other more than 8 deep\nhint: take policies out of the chain",
		"twice.yaml": "twice.yaml:2:24: profiles[1]: \"baseline\" comes from here and from another entry, and differs\nhint: extend either of them",
	} {
		_, err := Load([]string{filepath.Join(dir, name)}, all)
		if err == nil || strings.TrimPrefix(err.Error(), dir+string(filepath.Separator)) != want {
			t.Errorf("%s: %v\nwant %s", name, err, want)
		}
	}
}

// TestProfileExtends: a profile brings along what it builds on, each once and
// under its own name.
func TestProfileExtends(t *testing.T) {
	p, err := Load([]string{"bsi-tr-03108", "bsi-mst-tls", "bsi-tr-02102-2"}, all)
	if err != nil {
		t.Fatal(err)
	}
	count := map[string]int{}
	for _, r := range p.Rules {
		count[r.Profile]++
	}
	for _, id := range []string{"bsi-tr-03108", "bsi-tr-03116-4", "bsi-tr-02102-2", "bsi-mst-tls"} {
		alone, err := Load([]string{id}, all)
		if err != nil {
			t.Fatal(err)
		}
		n := 0
		for _, r := range alone.Rules {
			if r.Profile == id {
				n++
			}
		}
		if count[id] != n || n == 0 {
			t.Errorf("%s: %d rules, %d when chosen alone", id, count[id], n)
		}
	}
	// A profile that grades another judges in its own name only.
	graded, err := Load([]string{"internetnl-scoring"}, all)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range graded.Rules {
		if r.Profile != "internetnl-scoring" || len(r.Applies) != 1 {
			t.Errorf("%s %s applies to %v", r.Profile, r.ID, r.Applies)
		}
	}
	levels := map[string]audit.Level{"mail.trusted": audit.May, "web.trusted": audit.Must, "mail.kex_hash": audit.Should, "web.kex_hash": audit.Must, "web.suites.suites.phase_out": audit.ShouldNot}
	for id, want := range levels {
		if got := rule(t, graded, id).Level; got != want {
			t.Errorf("%s: %s, want %s", id, got, want)
		}
	}
}

// TestBuiltinCycle: profiles that build on each other are refused.
func TestBuiltinCycle(t *testing.T) {
	read := func(id, extends string) Profile {
		p, err := readProfile(id+".yaml", []byte("schema: tls-policy/draft-1\nid: "+id+"\ntitle: T\npublisher: us\nversion: '1'\nextends: "+extends+"\nkeys: {rsa_min: 2048}\n"))
		if err != nil {
			t.Fatal(err)
		}
		return *p
	}
	a, b := read("a", "b"), read("b", "a")
	err := a.complete(func(id string) *Profile { return map[string]*Profile{"a": &a, "b": &b}[id] }, nil)
	if want := "b.yaml:6:10: extends: a extends b extends a\nhint: a profile cannot build on itself"; err == nil || err.Error() != want {
		t.Errorf("%v, want %s", err, want)
	}
}

var november = time.Date(2026, 11, 20, 0, 0, 0, 0, time.UTC)

// TestDates: until includes its day, from its first moment.
func TestDates(t *testing.T) {
	p, err := Parse("p.yaml", []byte("policy: {id: p, title: P}\nrules: [{rule: R, level: must, check: tls.ems, effective_from: 2026-11-20, effective_until: 2026-11-30}]\n"), all)
	if err != nil {
		t.Fatal(err)
	}
	for at, want := range map[string]bool{"2026-11-19T23:59:59Z": false, "2026-11-20T00:00:00Z": true, "2026-11-30T23:59:59Z": true, "2026-12-01T00:00:00Z": false} {
		now, err := time.Parse(time.RFC3339, at)
		if err != nil {
			t.Fatal(err)
		}
		if got := p.Rules[0].InForce(now); got != want {
			t.Errorf("at %s: in force %v", at, got)
		}
	}
}

// TestScopesOverlap: of several scopes the first written counts, and what is
// chosen everywhere is not limited by being brought along for some targets.
func TestScopesOverlap(t *testing.T) {
	p, err := Parse("p.yaml", []byte(`policy: {id: acme, title: ACME}
profiles:
- {id: bsi-tr-03116-4, systems: [shop]}
- bsi-tr-02102-2
- {id: bsi-mst-tls, systems: [pay]}
- baseline
overrides:
- {rule: BASE-KEY, scope: {systems: [mail]}, severity: critical}
- {rule: BASE-KEY, scope: {labels: {env: test}}, level: should, reason: test keys}
`), all)
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		rule   string
		target audit.Target
		want   []string
	}{
		{"BASE-KEY", testHost, []string{"must critical system mail"}},
		{"keys.min_bits", mailHost, []string{"should medium"}},
		{"BSI4-EMS", mailHost, nil},
		{"BSI4-EMS", webHost, []string{"should medium system shop"}},
		{"MST-PFS", webHost, nil},
	} {
		if diff := cmp.Diff(tt.want, inForceFor(p, tt.rule, tt.target)); diff != "" {
			t.Errorf("%s for %s (-want +got):\n%s", tt.rule, tt.target.Subject(), diff)
		}
	}
}

// TestScopesJoin: what two entries bring along is there for the targets of
// either.
func TestScopesJoin(t *testing.T) {
	p, err := Parse("p.yaml", []byte("policy: {id: acme, title: ACME}\nprofiles: [{id: bsi-tr-03116-4, systems: [shop]}, {id: bsi-mst-tls, systems: [mail]}]\n"), all)
	if err != nil {
		t.Fatal(err)
	}
	other := audit.Target{Protocol: "https", Host: "www.example.org", Port: 443, System: "other"}
	for _, tt := range []struct {
		target audit.Target
		want   []string
	}{
		{webHost, []string{"should medium system shop, or system mail"}}, {mailHost, []string{"should medium system shop, or system mail"}}, {other, nil},
	} {
		if diff := cmp.Diff(tt.want, inForceFor(p, "keys.min_bits", tt.target)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.target.Subject(), diff)
		}
	}
}

// TestGradedDirection: a prohibition that only informs is still told as one.
func TestGradedDirection(t *testing.T) {
	p, err := Parse("p.yaml", []byte("schema: tls-policy/draft-1\nid: site\ntitle: T\npublisher: us\nversion: '1'\nextends: ncsc-nl-2025-05\nweb: {protocols: info, zero_rtt: notice}\n"), all)
	if err != nil {
		t.Fatal(err)
	}
	if r := rule(t, p, "web.protocols"); r.Level != audit.May || r.Lowered != audit.MustNot || !r.Forbids() || r.Severity != audit.Info {
		t.Errorf("%+v", r)
	}
	if r := rule(t, p, "web.zero_rtt"); r.Level != audit.ShouldNot || r.Severity != audit.Low {
		t.Errorf("%+v", r)
	}
}

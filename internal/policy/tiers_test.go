package policy

import (
	"strings"
	"testing"
	"time"

	"tlsaudit/audit"
)

const houseHead = "schema: tls-policy/draft-1\nid: house\ntitle: H\npublisher: us\nversion: '1'\n"

// TestPhaseOutEnds: a version on its way out until a day is off the list after
// it, which is stronger and not weaker.
func TestPhaseOutEnds(t *testing.T) {
	p, err := Parse("p.yaml", []byte(houseHead+"protocols: {good: [{name: TLSv1.3}], sufficient: [{name: TLSv1.2, until: 2031-12-31}], phase_out: [{name: TLSv1.0, until: 2026-12-31}]}\n"), all)
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		version, day string
		want         audit.Level
	}{
		{"TLSv1.0", "2026-12-31", audit.ShouldNot}, {"TLSv1.0", "2027-01-01", audit.MustNot}, {"TLSv1.2", "2031-12-31", ""}, {"TLSv1.2", "2032-01-01", audit.MustNot}, {"TLSv1.3", "2032-01-01", ""},
	} {
		at, err := time.Parse(time.DateOnly, tt.day)
		if err != nil {
			t.Fatal(err)
		}
		var got audit.Level
		for i, r := range p.Rules {
			for _, name := range namesAt(p.written[i]["versions"], at) {
				if name == tt.version && r.InForce(at) {
					got += r.Level
				}
			}
		}
		if got != tt.want {
			t.Errorf("%s on %s: %q, want %q", tt.version, tt.day, got, tt.want)
		}
	}
}

// TestWeakCurves: a size in bits stands for a strength, so that x25519, whose
// field has 255 bits, is not below 256.
func TestWeakCurves(t *testing.T) {
	for bits, want := range map[int]map[string]bool{
		224: {"secp224r1": false, "secp192r1": true, "x25519": false},
		250: {"secp224r1": true, "x25519": false, "secp256r1": false, "brainpoolP256r1": false},
		256: {"secp224r1": true, "x25519": false, "secp256r1": false},
		384: {"x25519": true, "secp256r1": true, "secp384r1": false, "x448": false},
		521: {"secp384r1": true, "x448": true, "secp521r1": false},
	} {
		weak := map[string]bool{}
		for _, name := range weakCurves(bits) {
			weak[name.(string)] = true
		}
		for name, is := range want {
			if weak[name] != is {
				t.Errorf("%d bits: %s is weak: %v", bits, name, weak[name])
			}
		}
	}
}

// TestTierTitles: the title of a rule names the tiers there are.
func TestTierTitles(t *testing.T) {
	for in, want := range map[string]string{
		"groups: {good: [x25519], insufficient: '*'}\n":                                                  "Only groups of the tier good are accepted",
		"groups: {good: [x25519], phase_out: [secp256r1], insufficient: '* (all others)'}\n":             "Only groups of the tiers good and phase-out are accepted",
		"groups: {good: [x25519], sufficient: [secp384r1], phase_out: [secp256r1], insufficient: '*'}\n": "Only groups of the tiers good, sufficient and phase-out are accepted",
	} {
		p, err := Parse("p.yaml", []byte(houseHead+in), all)
		if err != nil {
			t.Fatal(err)
		}
		if got := rule(t, p, "groups.insufficient").Title; got != want {
			t.Errorf("%s%q, want %q", in, got, want)
		}
	}
}

// TestScopedRuleHidesNothing: a derived demand stays where a written rule asks
// the same of some targets only.
func TestScopedRuleHidesNothing(t *testing.T) {
	for scope, want := range map[string]bool{"": false, ", scope: {systems: [other]}": true} {
		p, err := Parse("p.yaml", []byte(houseHead+"protocols: {forbidden: [{name: TLSv1.0}]}\nrules: [{rule: R, level: must_not, check: protocol.offered, params: {versions: [TLSv1.0]}"+scope+"}]\n"), all)
		if err != nil {
			t.Fatal(err)
		}
		if got := len(inForceFor(p, "protocols.forbidden", webHost)) == 1; got != want {
			t.Errorf("%q: the derived rule is there: %v", scope, got)
		}
		if len(inForceFor(p, "R", webHost))+len(inForceFor(p, "protocols.forbidden", webHost)) != 1 {
			t.Errorf("%q: the demand is not made once", scope)
		}
	}
}

// TestLoweredStaysAProhibition: a policy on top of another that lowered a
// prohibition to may cannot make a demand of it.
func TestLoweredStaysAProhibition(t *testing.T) {
	dir := folder(t, map[string]string{
		"a.yaml":    "policy: {id: a, title: A}\nprofiles: [baseline]\noverrides: [{rule: BASE-SSL, level: may, reason: r}]\n",
		"b.yaml":    "policy: {id: b, title: B}\nextends: [a.yaml]\noverrides: [{rule: BASE-SSL, level: must}]\n",
		"back.yaml": "policy: {id: back, title: B}\nextends: [a.yaml]\noverrides: [{rule: BASE-SSL, level: must_not}]\n",
	})
	_, err := Load([]string{dir + "/b.yaml"}, all)
	if want := "b.yaml:3:37: overrides[0].level: must would turn the must_not of rule BASE-SSL around\nhint: choose a level of the same direction, may or process"; err == nil || !strings.HasSuffix(err.Error(), want) {
		t.Errorf("%v, want %s", err, want)
	}
	p, err := Load([]string{dir + "/back.yaml"}, all)
	if err != nil {
		t.Fatal(err)
	}
	if r := rule(t, p, "BASE-SSL"); r.Level != audit.MustNot || r.Lowered != "" {
		t.Errorf("raised again: %s, lowered from %q", r.Level, r.Lowered)
	}
}

// TestOverriddenSchedule: another schedule of the profile takes the place of
// the one named first, and taking it out takes its rows out.
func TestOverriddenSchedule(t *testing.T) {
	rows := func(policy string) any {
		p, err := Parse("p.yaml", []byte(policy), all)
		if err != nil {
			t.Fatal(err)
		}
		for i, r := range p.Rules {
			if r.ID == "BR-VALIDITY" {
				return p.written[i]["schedule"]
			}
		}
		return nil
	}
	const head = "policy: {id: p, title: P}\nprofiles: [cabf-br]\n"
	before, _ := rows(head).([]any)
	after, _ := rows(head + "overrides: [{rule: BR-VALIDITY, params: {use: dcv_reuse}, reason: r}]\n").([]any)
	if len(before) == 0 || len(after) == 0 || before[0].(map[string]any)["max_days"] == nil || after[0].(map[string]any)["max_days"] != nil {
		t.Errorf("before %v, after %v", before, after)
	}
	if none := rows(head + "overrides: [{rule: BR-VALIDITY, params: {use: null}, reason: r}]\n"); none != nil {
		t.Errorf("rows are left: %v", none)
	}
}

// TestScopeOfUnautomated: what a person decides for some targets says for which.
func TestScopeOfUnautomated(t *testing.T) {
	p, err := Parse("p.yaml", []byte("policy: {id: p, title: P}\nprofiles: [{id: disa-stig-web, systems: [shop]}]\n"), all)
	if err != nil {
		t.Fatal(err)
	}
	for _, u := range p.Unautomated {
		if !strings.HasPrefix(u.Reason, "system shop: ") {
			t.Errorf("%s: %s", u.Rule, u.Reason)
		}
	}
	if len(p.Unautomated) == 0 {
		t.Error("nothing is left to a person")
	}
}

// TestOppositeCertificates: demands on certificates that exclude each other are
// contradictions.
func TestOppositeCertificates(t *testing.T) {
	for _, tt := range []struct {
		a, b   string
		proper int
	}{
		{"check: cert.eku, params: {require: [clientAuth]}", "check: cert.eku, params: {only: [serverAuth]}", 1},
		{"check: cert.eku, params: {require: [serverAuth]}", "check: cert.eku, params: {only: [serverAuth]}", 0},
		{"check: cert.sig.hash, params: {hashes: [sha256]}", "check: cert.sig.hash, params: {hashes: [sha384]}", 1},
		{"check: cert.sig.hash, params: {hashes: [sha256]}", "check: cert.sig.hash, params: {forbid: [sha256]}", 1},
		{"check: cert.sig.hash, params: {hashes: [sha256, sha384]}", "check: cert.sig.hash, params: {hashes: [sha384]}", 0},
	} {
		dir := folder(t, map[string]string{
			"a.yaml": "policy: {id: a, title: A}\nrules: [{rule: A, level: must, " + tt.a + "}]\n",
			"b.yaml": "policy: {id: b, title: B}\nrules: [{rule: B, level: must, " + tt.b + "}]\n",
		})
		p, err := Load([]string{dir + "/a.yaml", dir + "/b.yaml"}, all)
		if err != nil {
			t.Fatal(err)
		}
		proper := 0
		for _, c := range p.clashes(november) {
			if c.proper {
				proper++
			}
		}
		if proper != tt.proper {
			t.Errorf("%s and %s: %d contradictions", tt.a, tt.b, proper)
		}
	}
}

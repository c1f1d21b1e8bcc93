package policy

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tlsaudit/audit"
)

// TestConflicts: the contradictions between standards an auditor must see.
func TestConflicts(t *testing.T) {
	for _, tt := range []struct {
		profiles []string
		// subject and text are parts of an entry there must be.
		subject, text string
	}{
		{[]string{"cis-nginx-3.0.0", "bsi-tr-03116-4"}, "TLSv1.2", "bsi-tr-03116-4 protocols.required (must) asks for TLSv1.2, which cis-nginx-3.0.0 protocols.forbidden (must not) rules out: no endpoint can meet both"},
		{[]string{"mozilla-intermediate-6.0", "nist-sp800-52r2-public"}, "x25519", "lists X25519MLKEM768, x25519, which nist-sp800-52r2-public groups.allow (must) does not list"},
		{[]string{"mozilla-intermediate-6.0", "nist-sp800-52r2-public"}, "CHACHA20", "TLS_CHACHA20_POLY1305_SHA256"},
		{[]string{"ietf-bcp195", "bsi-tr-02102-2"}, "TLS_CHACHA20_POLY1305_SHA256", "ietf-bcp195 suites.recommended.should (should) asks for TLS_CHACHA20_POLY1305_SHA256, which bsi-tr-02102-2 suites.allow (should) does not list"},
		{[]string{"bsi-tr-03116-4", "mozilla-intermediate-6.0"}, "brainpoolP256r1", "asks for brainpoolP256r1, which mozilla-intermediate-6.0 groups.allow (must) does not list"},
		{[]string{"nist-sp800-52r2-public", "ietf-bcp195"}, "TLS_DHE_RSA_WITH_AES_128_GCM_SHA256", "which ietf-bcp195 suites.deny.8 (must not) rules out"},
		{[]string{"nist-sp800-52r2-public", "cabf-br"}, "OCSP", "nist-sp800-52r2-public N52-STATUS (must) needs a certificate with an OCSP responder; cabf-br BR-AIA (must) leaves that to the CA"},
		{[]string{"mozilla-old-5.8", "mozilla-modern-6.0"}, "order of suites", "wants that the client decides"},
		{[]string{"mozilla-old-5.8", "mozilla-modern-6.0"}, "rsa", "have no key type in common: no endpoint can meet both"},
		{[]string{"mozilla-old-5.8", "baseline"}, "TLSv1.0", "asks for TLSv1.0, TLSv1.1, which baseline BASE-TLS10-11 (must not) rules out"},
	} {
		p, err := Load(tt.profiles, all)
		if err != nil {
			t.Fatal(err)
		}
		list := p.Conflicts(november)
		if !slices.ContainsFunc(list, func(c audit.Conflict) bool {
			return strings.Contains(c.Subject, tt.subject) && strings.Contains(c.Text, tt.text)
		}) {
			var texts []string
			for _, c := range list {
				texts = append(texts, c.Subject+": "+c.Text)
			}
			t.Errorf("%v: nothing on %s: %s\n%s", tt.profiles, tt.subject, tt.text, strings.Join(texts, "\n"))
		}
	}
}

// TestNoConflicts: sizes and ages are none, since the stricter meets both, nor
// are rules that never meet.
func TestNoConflicts(t *testing.T) {
	for name, text := range map[string]string{
		"sizes":                 "rules: [{rule: A, level: must, check: cert.key.min_bits, params: {rsa: 4096}}]",
		"other targets":         "rules: [{rule: A, level: must, check: protocol.tls_enabled, params: {all: [TLSv1.0]}, applies: [sametime]}]",
		"over":                  "rules: [{rule: A, level: must, check: protocol.tls_enabled, params: {all: [TLSv1.0]}, effective_until: 2026-11-01}]",
		"may":                   "rules: [{rule: A, level: may, check: protocol.tls_enabled, params: {all: [TLSv1.0]}}]",
		"a list within another": "rules: [{rule: A, level: must, check: cert.key.type, params: {allow: [rsa]}}]\nextends: [cabf-br]",
		"one of two":            "rules: [{rule: A, level: must, check: protocol.tls_enabled, params: {any: [TLSv1.0, TLSv1.2]}}]",
	} {
		p, err := Parse("p.yaml", []byte("policy: {id: p, title: P}\nprofiles: [baseline]\n"+text+"\n"), all)
		if err != nil {
			t.Fatal(err)
		}
		for i := range p.Rules {
			if p.Rules[i].Profile == "baseline" && name == "other targets" {
				p.Rules[i].Applies = []string{"https"}
			}
		}
		if list := p.Conflicts(november); len(list) > 0 {
			t.Errorf("%s: %+v", name, list)
		}
	}
}

// TestConflictsApart: profiles for different targets do not contradict each
// other.
func TestConflictsApart(t *testing.T) {
	for _, tt := range []struct {
		first, second string
		conflict      bool
	}{
		{"systems: [hr]", "systems: [web, shop]", false},
		{"systems: [hr]", "systems: [hr, shop]", true},
		{"systems: [hr]", "systems: ['w*']", false},
		{"systems: [hr]", "systems: ['*R']", true},
		{"targets: ['smtp://*']", "targets: ['https://*']", false},
		{"targets: ['https://a*']", "targets: ['https://b*']", false},
		{"targets: ['https://a*']", "targets: ['https://*b:443']", true},
		{"targets: ['https://a.test:443']", "targets: ['https://a.test:443?sni=b.test']", true},
		{"targets: ['smtp://*']", "protocols: [https]", false},
		{"targets: ['*.test:25']", "protocols: [https, smtp]", true},
		{"labels: {env: 'prod-*'}", "labels: {env: 'test-*'}", false},
		{"labels: {env: prod}", "labels: {env: test}", false},
		{"labels: {env: prod}", "labels: {site: test}", true},
		{"protocols: [smtp]", "protocols: [https]", false},
		{"targets: ['smtp://a.test:25']", "targets: ['smtp://b.test:25']", false},
		{"targets: ['smtp://*.test:25']", "targets: ['smtp://b.test:25']", true},
	} {
		p, err := Parse("p.yaml", []byte("policy: {id: p, title: P}\nprofiles:\n- {id: cis-nginx-3.0.0, "+tt.first+"}\n- {id: bsi-tr-03116-4, "+tt.second+"}\n"), all)
		if err != nil {
			t.Fatal(err)
		}
		got := slices.ContainsFunc(p.Conflicts(november), func(c audit.Conflict) bool { return c.Subject == "TLSv1.2" && c.From.IsZero() })
		if got != tt.conflict {
			t.Errorf("%s and %s: conflict %v", tt.first, tt.second, got)
		}
	}
}

// TestConflictBegins: a contradiction that lies ahead says from when.
func TestConflictBegins(t *testing.T) {
	p, err := Load([]string{"bsi-tr-02102-2", "mozilla-intermediate-6.0"}, all)
	if err != nil {
		t.Fatal(err)
	}
	want := audit.Conflict{A: "bsi-tr-02102-2/protocols.expired", B: "mozilla-intermediate-6.0/protocols.required", Subject: "TLSv1.2",
		Text: "mozilla-intermediate-6.0 protocols.required (must) asks for TLSv1.2, which bsi-tr-02102-2 protocols.expired (should not) rules out: no endpoint can meet both",
		From: time.Date(2032, 1, 1, 0, 0, 0, 0, time.UTC)}
	list := p.Conflicts(november)
	i := slices.IndexFunc(list, func(c audit.Conflict) bool { return c.Subject == "TLSv1.2" })
	if i < 0 {
		t.Fatalf("no conflict on TLSv1.2: %+v", list)
	}
	if diff := cmp.Diff(want, list[i]); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestConflictsBounded: everything chosen at once is still a list to read, and
// the same every time.
func TestConflictsBounded(t *testing.T) {
	load := func() []audit.Conflict {
		p, err := Load(ProfileIDs(), all)
		if err != nil {
			t.Fatal(err)
		}
		return p.Conflicts(november)
	}
	first := load()
	if len(first) != maxConflicts+1 || !strings.HasSuffix(first[maxConflicts].Text, "more conflicts are not shown: choose fewer profiles at once") {
		t.Errorf("%d entries, the last: %q", len(first), first[len(first)-1].Text)
	}
	if diff := cmp.Diff(first, load()); diff != "" {
		t.Errorf("another time (-first +second):\n%s", diff)
	}
}

func TestLint(t *testing.T) {
	for _, tt := range []struct {
		name, in string
		want     []string
	}{
		{"fault", "policy: {id: p, title: P}\nprofiles: [baselin]\n", []string{"p.yaml:2:12: profiles[0]: \"baselin\" is not one of " + strings.Join(ProfileIDs(), ", ") + " / did you mean \"baseline\"?"}},
		{"clean", "policy: {id: p, title: P}\nprofiles: [baseline]\n", nil},
		{"superseded", "policy: {id: p, title: P}\nprofiles: [ncsc-nl-2.1]\n", []string{"p.yaml:2:12: warning: ncsc-nl-2.1 is not the newest edition: superseded by 2025-05 / tlsaudit policy list shows the newer one; an old edition stays selectable"}},
		{"override without effect", "policy: {id: p, title: P}\nprofiles: [baseline]\noverrides:\n- {rule: BASE-KEY, level: must}\n- {rule: BASE-DH, params: {min: 2048}, reason: r}\n",
			[]string{"p.yaml:4:3: warning: the override leaves rule BASE-KEY as it is / remove it", "p.yaml:5:3: warning: the override leaves rule BASE-DH as it is / remove it"}},
		{"override of a manual rule", "policy: {id: p, title: P}\nprofiles: [disa-stig-web]\noverrides:\n- {rule: SRG-V-206388, level: should, reason: r}\n",
			[]string{"p.yaml:4:3: warning: rule SRG-V-206388 is decided by a person, and the override changes nothing about that / disable it with a reason, or remove the override"}},
		{"out of force", "policy: {id: p, title: P}\nrules: [{rule: R, level: must, check: tls.ems, effective_until: 2026-01}]\n",
			[]string{"p.yaml:2:9: warning: rule R has not been in force since 2026-02-01 / remove it, or give it another effective_until"}},
		{"a level the gateway lowered", "policy: {id: p, title: P}\ngateway: {deployment: hybrid}\nconnections:\n- {name: a, priority: 1, direction: outbound, security: verify, strength: high, match: any}\n", nil},
		{"unused group", "policy: {id: p, title: P}\nprofiles: [baseline]\ngroups: {Banks: {domains: [a.test]}}\n",
			[]string{"p.yaml:3:17: warning: no row of connections names the group \"Banks\" / remove it, or name it in the match of a row"}},
		{"contradiction", "policy: {id: p, title: P}\nprofiles: [baseline]\nrules: [{rule: R, level: must, check: protocol.offered, params: {versions: [TLSv1.1]}}]\n",
			[]string{"p.yaml:1:1: warning: p R (must) asks for TLSv1.1, which baseline BASE-TLS10-11 (must not) rules out: no endpoint can meet both / choose one of them, limit each to its targets, or override one of the rules with a reason"}},
	} {
		var got []string
		s, err := reader{}.parse("p.yaml", []byte(tt.in))
		if err != nil {
			input := err.(*audit.InputError)
			got = append(got, input.Place.String()+": "+input.Cause+" / "+input.Hint)
		} else {
			p, err := join([]*source{s}, all)
			if err != nil {
				t.Fatal(err)
			}
			for _, problem := range p.Lint(november) {
				if !problem.Warning {
					t.Errorf("%s: not a warning: %+v", tt.name, problem)
				}
				got = append(got, problem.Place.String()+": warning: "+problem.Cause+" / "+problem.Hint)
			}
		}
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.name, diff)
		}
	}
	if p, problems := Lint([]string{"ncsc-nl-2.1"}, all, november); p == nil || len(problems) != 1 || !problems[0].Warning {
		t.Errorf("a built-in profile that is superseded: %+v", problems)
	}
	if p, problems := Lint([]string{"nothing"}, all, november); p != nil || len(problems) != 1 || problems[0].Warning || problems[0].Hint == "" {
		t.Errorf("no such profile: %+v", problems)
	}
}

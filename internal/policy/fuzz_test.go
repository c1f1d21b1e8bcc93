package policy

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"tlsaudit/audit"
)

func FuzzParse(f *testing.F) {
	f.Add([]byte(userPolicy))
	f.Add([]byte("schema: tls-policy/draft-1\nid: h\ntitle: H\npublisher: us\nversion: '1'\nprotocols: {forbidden: [{name: SSLv3, until: '2027-01'}]}\n" +
		"suites: {mode: denylist, deny: [{when: {pfs: false}, level: must_not}]}\ngroups: {allow: [x25519]}\nkeys: {rsa_min: 2048}\ncert_hash: {forbidden: [md5]}\n"))
	f.Add([]byte("policy: {id: s, title: S}\nextends: [bsi-tr-03108]\nprofiles: [{id: internetnl-scoring, systems: ['m*'], labels: {a: b}}]\n" +
		"overrides:\n- {profile: bsi-tr-02102-2, rule: keys.dh, scope: {targets: ['smtp://*']}, params: {min: 4096}, reason: r}\n- {rule: BSI4-EMS, level: may, reason: r}\n"))
	for _, name := range []string{"bsi-tr-02102-2", "anssi-tls-1.2", "ncsc-nl-2025-05", "cnsa-2.0", "cabf-br", "internetnl-scoring", "openssl-seclevel", "ssllabs-2009r"} {
		// a built-in profile under another id
		f.Add(bytes.Replace(builtin(name).Source, []byte("id: "+name), []byte("id: other"), 1))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		p, err := Parse("f.yaml", data, all)
		if err != nil {
			if input := (*audit.InputError)(nil); !errors.As(err, &input) || input.Place.File == "" {
				t.Errorf("%T without a place: %v", err, err)
			}
			return
		}
		seen := map[string]bool{}
		for _, r := range p.Rules {
			if key := r.Profile + " " + r.ID + " " + r.Scope; seen[key] {
				t.Errorf("rule %s is there twice", key)
			} else {
				seen[key] = true
			}
			if r.Match != nil {
				r.Match(&audit.Target{Protocol: "smtp", Host: "mx.example.com"}, nil)
			}
		}
		for _, c := range p.Conflicts(november) {
			if c.Subject == "" || c.Text == "" {
				t.Errorf("a conflict about nothing: %+v", c)
			}
		}
		p.Lint(november)
	})
}

// TestOverrides: a rule that can no longer fail says why, is told in the
// direction it had, and is not claimed to be undecidable.
func TestOverrides(t *testing.T) {
	p, err := Parse("p.yaml", []byte(`policy: {id: acme, title: ACME}
profiles: [baseline]
overrides:
- {rule: BASE-SSL, level: may, reason: old fax}
- {rule: BASE-KEY, level: process, reason: the HSM team reports it}
`), all)
	if err != nil {
		t.Fatal(err)
	}
	if r := rule(t, p, "BASE-SSL"); r.Lowered != audit.MustNot || !r.Forbids() || !strings.Contains(r.Note, "old fax") {
		t.Errorf("lowered to may: %+v", r)
	}
	want := "made a matter for people at p.yaml:5:3, no longer decided here: the HSM team reports it"
	if len(p.Unautomated) != 1 || p.Unautomated[0].Reason != want {
		t.Errorf("unautomated: %+v", p.Unautomated)
	}
}

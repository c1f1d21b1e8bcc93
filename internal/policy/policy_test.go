package policy

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tlsaudit/audit"
	"tlsaudit/internal/tlsreg"
)

// stubs is a check for each of the given names. They take any parameter but
// "wrong", which they refuse as the real ones do.
func stubs(names ...string) []*audit.Check {
	var list []*audit.Check
	for _, name := range names {
		list = append(list, &audit.Check{ID: name, Title: "title of " + name, Severity: audit.High, Params: func(in map[string]any) (any, error) {
			if v, ok := in["wrong"]; ok {
				return nil, fmt.Errorf("parameter %q: %v is not a number", "wrong", v)
			}
			return in, nil
		}})
		// as the real ones: one demands, the others may be turned to forbid
		if name != "protocol.tls_enabled" && name != "cert.identity" {
			list[len(list)-1].Forbids = func(params any) bool { return params.(map[string]any)["allow"] == nil }
		}
	}
	return list
}

var all = stubs(vocabulary()...)

func rule(t *testing.T, p *Policy, id string) audit.Rule {
	t.Helper()
	for _, r := range p.Rules {
		if r.ID == id {
			return r
		}
	}
	t.Fatalf("no rule %s", id)
	return audit.Rule{}
}

func TestBuiltinProfiles(t *testing.T) {
	var ids []string
	for _, p := range Profiles() {
		ids = append(ids, p.ID)
		loaded, err := Load([]string{p.ID}, all)
		if err != nil {
			t.Errorf("%s: %v", p.ID, err)
			continue
		}
		if len(loaded.Refs) != len(p.parts()) || loaded.Refs[0].ID != p.ID || len(loaded.Refs[0].SHA256) != 64 || loaded.Refs[0].Version == "" {
			t.Errorf("%s: refs %+v", p.ID, loaded.Refs)
		}
		seen := map[string]bool{}
		of := func(profile string) bool { return profile != p.ID }
		loaded.Rules = slices.DeleteFunc(loaded.Rules, func(r audit.Rule) bool { return of(r.Profile) })
		loaded.Unautomated = slices.DeleteFunc(loaded.Unautomated, func(u audit.Unautomated) bool { return of(u.Profile) })
		for _, r := range loaded.Rules {
			if seen[r.ID] || r.Profile != p.ID || r.Check == "" || r.Level == "" || r.Place == nil || r.Title == "" || r.Control == "" {
				t.Errorf("%s: incomplete or repeated rule %+v", p.ID, r)
			}
			seen[r.ID] = true
		}
		if len(p.Rules) != len(loaded.Rules)+len(loaded.Unautomated) {
			t.Errorf("%s: %d rules, of which %d are decided and %d are not", p.ID, len(p.Rules), len(loaded.Rules), len(loaded.Unautomated))
		}
	}
	want := []string{"anssi-tls-1.2", "baseline", "bsi-mst-tls", "bsi-tr-02102-2", "bsi-tr-03108", "bsi-tr-03116-4", "cabf-br", "chrome-root-program-1.8",
		"cis-apache-2.4", "cis-nginx-3.0.0", "cnsa-2.0", "disa-stig-web", "ietf-bcp195", "ietf-identity", "ietf-smtp", "internetnl-scoring", "known-attacks",
		"mozilla-intermediate-5.7", "mozilla-intermediate-6.0", "mozilla-modern-5.7", "mozilla-modern-6.0", "mozilla-old-5.7", "mozilla-old-5.8",
		"ncsc-nl-2.1", "ncsc-nl-2025-05", "ncsc-uk-tls", "nist-sp800-52r2-government", "nist-sp800-52r2-public", "nist-transitions", "openssl-seclevel",
		"pci-dss-4.0.1", "ssllabs-2009r"}
	if diff := cmp.Diff(want, ids); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// Every name of a suite, group or scheme in the parameters of a built-in rule
// is in the registry: the readers of profiles refuse others, this looks at the
// result, and counts it.
func TestBuiltinNamesResolve(t *testing.T) {
	lookup := map[string]func(string) (string, bool){
		"suite.predicate": func(n string) (string, bool) { s, ok := tlsreg.SuiteByName(n); return s.Name, ok },
		"kx.tls13_groups": func(n string) (string, bool) { g, ok := tlsreg.GroupByName(n); return g.Name, ok },
	}
	count := map[string]int{}
	for _, p := range Profiles() {
		for _, r := range p.Rules {
			params, _ := r.Params.(map[string]any)
			for _, key := range []string{"allow", "transition", "any", "all", "deny"} {
				names, _ := params[key].([]any)
				for _, item := range names {
					if m, ok := item.(map[string]any); ok {
						if m["when"] != nil {
							continue
						}
						item = m["name"]
					}
					find := lookup[r.Check]
					if find == nil || p.Graded {
						continue
					}
					count[r.Check]++
					if got, ok := find(item.(string)); !ok || got != item {
						t.Errorf("%s %s: %v", p.ID, r.ID, item)
					}
				}
			}
		}
	}
	if diff := cmp.Diff(map[string]int{"suite.predicate": 631, "kx.tls13_groups": 264}, count); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestExpansion(t *testing.T) {
	p, err := Load([]string{"nist-sp800-52r2-government", "mozilla-intermediate-6.0", "pci-dss-4.0.1"}, all)
	if err != nil {
		t.Fatal(err)
	}
	type short struct {
		Profile, ID, Control, Check string
		Level                       audit.Level
		From                        string
		Params                      any
	}
	pick := map[string]bool{"protocols.required": true, "protocols.discouraged": true, "keys.min_bits": true, "keys.curves": true, "keys.types": true,
		"cert_hash.forbidden": true, "cert_sigalgs.allow": true, "suites.deny.5": true, "groups.required_any": true, "MOZ-ORDER": true, "suites.server_preference": true, "keys.strength": true}
	var got []short
	for _, r := range p.Rules {
		if pick[r.ID] {
			from := ""
			if !r.From.IsZero() {
				from = r.From.Format(time.DateOnly)
			}
			got = append(got, short{r.Profile, r.ID, r.Control, r.Check, r.Level, from, r.Params})
		}
	}
	const nist, moz, pci = "nist-sp800-52r2-government", "mozilla-intermediate-6.0", "pci-dss-4.0.1"
	type m = map[string]any
	want := []short{
		{nist, "protocols.discouraged", "3.1", "protocol.offered", audit.ShouldNot, "", m{"versions": []any{"TLSv1.1"}}},
		{nist, "protocols.required", "3.1", "protocol.tls_enabled", audit.Must, "2024-01-01", m{"all": []any{"TLSv1.3"}}},
		{nist, "groups.required_any", "3.4.2.2", "kx.tls13_groups", audit.Must, "", m{"any": []any{"secp256r1", "secp384r1"}, "versions": []any{"TLSv1.2", "TLSv1.3"}}},
		{nist, "keys.min_bits", "3.2 / Table 3-1", "cert.key.min_bits", audit.Must, "", m{"rsa": 2048, "ecdsa": 224, "dsa": 2048}},
		{nist, "keys.curves", "3.2 / Table 3-1", "cert.key.type", audit.Should, "", m{"curves": []any{"secp256r1", "secp384r1"}}},
		{nist, "keys.strength", "3.2 / Table 3-1", "crypto.strength.min_bits", audit.Must, "", m{"min": 112}},
		{nist, "cert_hash.forbidden", "3.2", "cert.sig.hash", audit.MustNot, "", m{"forbid": []any{"md5", "sha1"}}},
		{moz, "protocols.required", "tls_versions", "protocol.tls_enabled", audit.Must, "", m{"all": []any{"TLSv1.2", "TLSv1.3"}}},
		{moz, "keys.min_bits", "certificate_types/rsa_key_size", "cert.key.min_bits", audit.Must, "", m{"rsa": 2048, "ecdsa": 256}},
		{moz, "keys.types", "certificate_types/rsa_key_size", "cert.key.type", audit.Must, "", m{"allow": []any{"ecdsa", "rsa"}, "curves": []any{"secp256r1", "secp384r1"}}},
		{moz, "cert_sigalgs.allow", "certificate_signatures", "cert.sig.hash", audit.Must, "", m{"allow": []any{"rsa+sha256", "ecdsa+sha256", "ecdsa+sha384", "ecdsa+sha512"}}},
		// suites.server_preference asks the same and is left out.
		{moz, "MOZ-ORDER", "server_preferred_order", "suite.server_order", audit.Must, "", m{"value": false}},
		{pci, "protocols.discouraged", "4.2.1", "protocol.offered", audit.ShouldNot, "", m{"versions": []any{"TLSv1.1"}}},
		{pci, "suites.deny.5", "4.2.1", "suite.predicate", audit.ShouldNot, "", m{"deny": []any{m{"when": m{"enc": []any{"3DES"}}}}}},
		{pci, "keys.min_bits", "4.2.1 + glossary", "cert.key.min_bits", audit.Must, "", m{"rsa": 2048, "ecdsa": 224}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	var titles []string
	for _, r := range p.Rules {
		if r.Profile == pci && (strings.HasPrefix(r.ID, "suites.") || strings.HasPrefix(r.ID, "keys.") || strings.HasPrefix(r.ID, "protocols.")) {
			titles = append(titles, r.Title)
		}
	}
	wantTitles := []string{
		"Not offered: SSLv2, SSLv3, TLSv1.0",
		"Better not offered: TLSv1.1",
		"Offered: TLSv1.2 or TLSv1.3",
		"No suite is accepted with encryption NULL or RC4 or RC2 or DES or IDEA",
		"No suite is accepted with authentication anon or NULL",
		"No suite is accepted with export grade",
		"No suite is accepted with a strength below 112 bits",
		"No suite is accepted with encryption 3DES",
		"No suite is accepted with no forward secrecy",
		"No suite is accepted with a strength below 128 bits",
		"Certificate keys have enough bits: ecdsa 224, rsa 2048",
		"Finite-field Diffie-Hellman has 2048 bits or more",
	}
	if diff := cmp.Diff(wantTitles, titles); diff != "" {
		t.Errorf("titles (-want +got):\n%s", diff)
	}
	if r := rule(t, p, "protocols.discouraged"); r.Severity != audit.Medium {
		t.Errorf("a should has severity %s", r.Severity)
	}
}

func TestUnautomated(t *testing.T) {
	p, err := Load([]string{"pci-dss-4.0.1"}, stubs("cert.chain.trusted"))
	if err != nil {
		t.Fatal(err)
	}
	if len(p.Rules) != 1 || p.Rules[0].ID != "PCI-4.2.1-TRUST" {
		t.Errorf("rules %v", p.Rules)
	}
	i := slices.IndexFunc(p.Unautomated, func(u audit.Unautomated) bool { return u.Rule == "PCI-4.2.1.1" })
	want := audit.Unautomated{Profile: "pci-dss-4.0.1", Rule: "PCI-4.2.1.1", Control: "4.2.1.1", Check: "inventory.certificates", Level: audit.Must,
		Reason: "an organisational matter; attach the inventory and the date of its last review (the sheets Ciphers and Certificates of this report can serve as a start) (inventory of trusted keys and certificates)"}
	if diff := cmp.Diff(want, p.Unautomated[i]); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestVocabulary(t *testing.T) {
	if got := len(vocabulary()); got != 140 || !slices.IsSorted(vocabulary()) {
		t.Errorf("%d checks, sorted %v", got, slices.IsSorted(vocabulary()))
	}
	for _, check := range vocabulary() {
		if reasonFor(check, audit.Must) == byHand[""] {
			t.Errorf("nothing is said about checking %s by hand", check)
		}
	}
}

const userPolicy = `policy: {id: acme, title: ACME mail and web, version: '3'}
profiles: [baseline, pci-dss-4.0.1]
rules:
- rule: ACME-1
  control: handbook 4.2
  level: MUST NOT
  check: protocol.offered
  params: {versions: [TLSv1.2]}
  effective_from: 2027-01
  effective_until: 2027-12-31
  applies: [https]
- {rule: ACME-2, level: process, check: exception.documented, note: yearly}
overrides:
- {rule: BASE-PFS, level: must, severity: high, reason: decided by security}
- {rule: PCI-11.3.2, disable: true, reason: no card data here}
- {profile: baseline, rule: BASE-DES, disable: true, reason: 'legacy fax gateway, ticket 17'}
groups:
  Branches: {addresses: [192.0.2.0/28, '2001:db8::/64', 198.51.100.7]}
connections:
- {name: Everyone, priority: 9, direction: outbound, security: Encrypt, strength: Medium, match: any}
- {name: Bank, priority: 1, direction: Outbound, security: Verify + CN, strength: high, match: {domains: [Bank.example.net., '*.bank.example.net']}}
- {name: In, priority: 1, direction: inbound, security: encrypt_cn, strength: medium, match: {addresses: Branches}}
`

func TestUserPolicy(t *testing.T) {
	p, err := Parse("p.yaml", []byte(userPolicy), all)
	if err != nil {
		t.Fatal(err)
	}
	var refs []string
	for _, r := range p.Refs {
		refs = append(refs, r.ID+" "+r.Version+" "+r.Title)
	}
	wantRefs := []string{
		"acme 3 ACME mail and web",
		"baseline 1 Baseline - what every TLS endpoint should meet (rules changed by acme)",
		"pci-dss-4.0.1 4.0.1 PCI DSS v4.0.1 - TLS-related requirements (rules changed by acme)",
	}
	if diff := cmp.Diff(wantRefs, refs); diff != "" {
		t.Errorf("refs (-want +got):\n%s", diff)
	}
	day := func(s string) time.Time {
		d, err := time.Parse(time.DateOnly, s)
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	want := audit.Rule{Profile: "acme", ID: "ACME-1", Control: "handbook 4.2", Title: "title of protocol.offered", Check: "protocol.offered", Level: audit.MustNot,
		Severity: audit.High, Params: map[string]any{"versions": []any{"TLSv1.2"}}, Applies: []string{"https"}, From: day("2027-01-01"), Until: day("2028-01-01"),
		Place: &audit.Place{File: "p.yaml", Line: 4, Col: 3}}
	if diff := cmp.Diff(want, rule(t, p, "ACME-1")); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	pfs := rule(t, p, "BASE-PFS")
	if pfs.Level != audit.Must || pfs.Severity != audit.High ||
		pfs.Note != "level changed from should to must at p.yaml:14:3; severity set to high at p.yaml:14:3; decided by security" {
		t.Errorf("overridden rule %+v", pfs)
	}
	reasons := map[string]string{}
	for _, u := range p.Unautomated {
		reasons[u.Rule] = u.Reason
	}
	wantReasons := map[string]string{
		"ACME-2":                   "written as a requirement on people, not on endpoints; attach the evidence (yearly)",
		"PCI-11.3.2":               "disabled at p.yaml:15:3: no card data here (quarterly ASV scan; any finding CVSS>=4.0 fails (e.g. SWEET32, POODLE, early TLS))",
		"BASE-DES":                 "disabled at p.yaml:16:3: legacy fax gateway, ticket 17",
		"FP-09.client_certificate": "the certificate the gateway presents to its peers is not stated: name it under gateway.outgoing_certificate to have it compared with what the peers ask for",
	}
	if diff := cmp.Diff(wantReasons, reasons); diff != "" {
		t.Errorf("unautomated (-want +got):\n%s", diff)
	}
	var rows []string
	for _, c := range p.Connections {
		rows = append(rows, c.String())
	}
	wantRows := []string{
		`outbound 1 "Bank": verify+cn, high, for bank.example.net, *.bank.example.net`,
		`outbound 9 "Everyone": encrypt, medium, for any`,
		`inbound 1 "In": encrypt+cn, medium, for group "Branches" (192.0.2.0/28, 2001:db8::/64, 198.51.100.7/32)`,
	}
	if diff := cmp.Diff(wantRows, rows); diff != "" {
		t.Errorf("connections (-want +got):\n%s", diff)
	}
	// The profiles themselves stay as they are.
	if again, err := Load(nil, all); err != nil || len(again.Unautomated) != 0 || rule(t, again, "BASE-PFS").Level != audit.Should {
		t.Errorf("the baseline was changed by a policy that overrides it: %v", err)
	}
}

func TestLoad(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	plain := write("plain.yaml", "policy: {id: plain, title: Plain}\nprofiles: [baseline]\n"+
		"connections:\n- {name: A, priority: 1, direction: outbound, security: encrypt, strength: high, match: any}\n")
	tuned := write("tuned.yaml", "policy: {id: tuned, title: Tuned}\nprofiles: [baseline]\noverrides: [{rule: BASE-PFS, level: may, reason: not yet}]\n")
	own := write("own.yaml", "schema: tls-policy/draft-1\nid: house\ntitle: House\npublisher: us\nversion: '1'\nsuites: {mode: allowlist, allow: [ECDHE-RSA-AES128-GCM-SHA256]}\n")

	p, err := Load([]string{"baseline", plain, own, plain}, all)
	if err != nil {
		t.Fatal(err)
	}
	// What is named twice is judged once.
	if len(p.Refs) != 3 || len(p.Rules) != len(builtin("baseline").Rules)+3+3+1 || len(p.Connections) != 1 {
		t.Errorf("%d refs, %d rules, %d connections", len(p.Refs), len(p.Rules), len(p.Connections))
	}
	if got := rule(t, p, "suites.allow").Params; !cmp.Equal(got, map[string]any{"allow": []any{"TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256"}}) {
		t.Errorf("suites of the house: %v", got)
	}
	for _, tt := range []struct {
		names []string
		want  string
	}{
		{[]string{"baseline", tuned}, tuned + ":1:1: \"baseline\" is chosen twice and differs\nhint: choose either the profile or the policy that overrides its rules, and give every policy an id of its own"},
		{[]string{"basline"}, "\"basline\" is neither a built-in profile nor a file; profiles: " + strings.Join(ProfileIDs(), ", ") + "\nhint: did you mean \"baseline\"?"},
		{[]string{"missing.yaml"}, "missing.yaml: cannot read the policy: no such file or directory\nhint: name an existing YAML file or a built-in profile (tlsaudit policy list)"},
	} {
		_, err := Load(tt.names, all)
		if err == nil || err.Error() != tt.want {
			t.Errorf("%v: %v\nwant %s", tt.names, err, tt.want)
		}
	}
}

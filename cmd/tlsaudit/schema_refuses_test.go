package main

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tlsaudit/internal/strictyaml"
)

// TestSchemaRefuses: slips of the pen are refused by both.
func TestSchemaRefuses(t *testing.T) {
	const policyHead = "policy: {id: x, title: x}\n"
	const row = "{name: n, priority: 1, direction: outbound, security: verify, strength: high, match: any}"
	const exception = "{id: W-1, rule: BASE-RC4, target: 'https://a.example.com:443', reason: r, expires: 2027-01-01}"
	replaced := func(text, old, new string) string {
		if !strings.Contains(text, old) {
			t.Fatalf("no %q in %q", old, text)
		}
		return strings.Replace(text, old, new, 1)
	}
	tests := []struct{ file, name, document string }{
		{"inventory-v1.schema.json", "empty", "systems: []"},
		{"inventory-v1.schema.json", "no name", "systems: [{endpoints: [a.example.com]}]"},
		{"inventory-v1.schema.json", "nothing in it", "systems: [{name: s}]"},
		{"inventory-v1.schema.json", "key", "systems: [{name: s, endpoint: [a.example.com]}]"},
		{"inventory-v1.schema.json", "product", "systems: [{name: s, product: nginks, endpoints: [a.example.com]}]"},
		{"inventory-v1.schema.json", "port", "systems: [{name: s, endpoints: [{host: a.example.com, port: 0}]}]"},
		{"inventory-v1.schema.json", "port as text", "systems: [{name: s, endpoints: [{host: a.example.com, port: '443'}]}]"},
		{"inventory-v1.schema.json", "no host", "systems: [{name: s, endpoints: [{port: 443}]}]"},
		{"inventory-v1.schema.json", "direction", "systems: [{name: s, endpoints: [{host: a.example.com, direction: out}]}]"},
		{"inventory-v1.schema.json", "empty direction", "systems: [{name: s, endpoints: [{host: a.example.com, direction: ''}]}]"},
		{"inventory-v1.schema.json", "empty product", "systems: [{name: s, endpoints: [{host: a.example.com, product: ''}]}]"},
		{"inventory-v1.schema.json", "empty product of a system", "systems: [{name: s, product: '', endpoints: [a.example.com]}]"},
		{"inventory-v1.schema.json", "empty protocol", "systems: [{name: s, endpoints: [{host: a.example.com, protocol: ''}]}]"},
		{"inventory-v1.schema.json", "label", "systems: [{name: s, labels: {'a b': c}, endpoints: [a.example.com]}]"},
		{"policy-v1.schema.json", "no policy", "profiles: [baseline]"},
		{"policy-v1.schema.json", "demands nothing", policyHead},
		{"policy-v1.schema.json", "id", "policy: {id: X Y, title: x}\nprofiles: [baseline]"},
		{"policy-v1.schema.json", "profile", policyHead + "profiles: [base]"},
		{"policy-v1.schema.json", "profile twice", policyHead + "profiles: [baseline, baseline]"},
		{"policy-v1.schema.json", "limited to nothing", policyHead + "profiles: [{id: baseline}]"},
		{"policy-v1.schema.json", "scope", policyHead + "profiles: [baseline]\noverrides: [{rule: BASE-RC4, severity: low, scope: {}}]"},
		{"policy-v1.schema.json", "level", policyHead + "rules: [{rule: R, check: protocol.secure_only, level: msut}]"},
		{"policy-v1.schema.json", "check", policyHead + "rules: [{rule: R, check: protocol.secure, level: must}]"},
		{"policy-v1.schema.json", "applies", policyHead + "rules: [{rule: R, check: protocol.secure_only, level: must, applies: [http]}]"},
		{"policy-v1.schema.json", "date", policyHead + "rules: [{rule: R, check: protocol.secure_only, level: must, effective_from: 1.1.2027}]"},
		{"policy-v1.schema.json", "disabled without a reason", policyHead + "profiles: [baseline]\noverrides: [{rule: BASE-RC4, disable: true}]"},
		{"policy-v1.schema.json", "row without strength", policyHead + "connections: [" + replaced(row, "strength: high, ", "") + "]"},
		{"policy-v1.schema.json", "deployment", policyHead + "connections: [" + row + "]\ngateway: {deployment: hybird}"},
		{"policy-v1.schema.json", "truth as text", policyHead + "connections: [" + row + "]\ngateway: {trusted_ca_for_outgoing_imported: 'yes'}"},
		{"policy-v1.schema.json", "format", policyHead + "connections: [" + row + "]\ngateway: {import: [{file: f.csv, as: sendmial}]}"},
		{"policy-v1.schema.json", "row level", policyHead + "connections: [" + replaced(row, "verify", "verified") + "]"},
		{"policy-v1.schema.json", "row direction", policyHead + "connections: [" + replaced(row, "outbound", "out") + "]"},
		{"policy-v1.schema.json", "row without peers", policyHead + "connections: [" + replaced(row, "match: any", "match: {domains: []}") + "]"},
		{"waivers-v1.schema.json", "not a list", "waivers: none"},
		{"waivers-v1.schema.json", "no reason", "waivers: [" + replaced(exception, "reason: r, ", "") + "]"},
		{"waivers-v1.schema.json", "blank reason", "waivers: [" + replaced(exception, "reason: r", "reason: ''") + "]"},
		{"waivers-v1.schema.json", "empty owner", "waivers: [" + replaced(exception, "id: W-1", "id: W-1, owner: ''") + "]"},
		{"waivers-v1.schema.json", "empty approved_by", "waivers: [" + replaced(exception, "id: W-1", "id: W-1, approved_by: ''") + "]"},
		{"waivers-v1.schema.json", "blank ticket", "waivers: [" + replaced(exception, "id: W-1", "id: W-1, ticket: ' '") + "]"},
		{"waivers-v1.schema.json", "hour of one digit", "waivers: [" + replaced(exception, "2027-01-01", "2027-01-01T1:00:00Z") + "]"},
		{"waivers-v1.schema.json", "comma in a time", "waivers: [" + replaced(exception, "2027-01-01", "'2027-01-01T01:00:00,5Z'") + "]"},
		{"waivers-v1.schema.json", "no end", "waivers: [" + replaced(exception, ", expires: 2027-01-01", "") + "]"},
		{"waivers-v1.schema.json", "end", "waivers: [" + replaced(exception, "2027-01-01", "01.01.2027") + "]"},
		{"waivers-v1.schema.json", "no target", "waivers: [" + replaced(exception, "target: 'https://a.example.com:443', ", "") + "]"},
		{"waivers-v1.schema.json", "neither rule nor check", "waivers: [" + replaced(exception, "rule: BASE-RC4, ", "") + "]"},
		{"waivers-v1.schema.json", "fingerprint", "waivers: [" + replaced(exception, "id: W-1", "id: W-1, fingerprint: abc") + "]"},
		{"waivers-v1.schema.json", "key", "waivers: [" + replaced(exception, "reason", "because") + "]"},
		{"waivers-v1.schema.json", "max_days", "max_days: 0\nwaivers: [" + exception + "]"},
	}
	for name, good := range map[string]string{
		"inventory-v1.schema.json": "systems: [{name: s, endpoints: [a.example.com]}]", "policy-v1.schema.json": policyHead + "connections: [" + row + "]", "waivers-v1.schema.json": "waivers: [" + exception + "]",
	} {
		if err := errors.Join(readers[name]([]byte(good)), validate(t, name, []byte(good))); err != nil {
			t.Fatalf("%s: what the slips are made from is refused: %v", name, err)
		}
	}
	for _, tt := range tests {
		t.Run(tt.file+" "+tt.name, func(t *testing.T) {
			if err := readers[tt.file]([]byte(tt.document)); err == nil {
				t.Errorf("the reader takes\n%s", tt.document)
			}
			if err := validate(t, tt.file, []byte(tt.document)); err == nil {
				t.Errorf("the schema takes\n%s", tt.document)
			}
		})
	}
}

// TestSchemaTargets: both take the same targets for waivers, as far as it does
// not take the protocols and the shape behind an asterisk to tell.
func TestSchemaTargets(t *testing.T) {
	for target, want := range map[string]bool{
		"https://a.example.com:443": true, "smtp://mx.example.com:25?ip=2001%3Adb8%3A%3A1&sni=a.example.com": true, "tls://[2001:db8::1]:636": true, "*": true, "*.example.com:*": true,
		"https://www.*": true, "*ip=2001%3Adb8*": true, "gateway:corp/outbound/10:Bank **": true, "gateway:corp/*": true, "gateway:*": true,
		"https://a.example.com": false, "https://[2001:db8::1]": false, "https://a.example.com:443/": false, "https://a.example.com:443/?ip=192.0.2.1": false, "https://a.example.com:0443": false,
		"https://müller.example.com:443": false, "https://müller.*": false, "https://{a,b}.example.com:443": false, "*.{com,org}:443": false, "https://A.example.com:443": false, "https://A.*": false,
		"*.ex ample.com": false, ".*": false, "https://.*:443": false, "https://**": false, "(a|b)*": false,
		"gateway:": false, "gateway:**": false, "gateway:corp/outbound/10": false, "gateway:corp/outbund/10:Bank": false,
	} {
		document, err := json.Marshal(map[string]any{"waivers": []any{map[string]string{"id": "W-1", "rule": "BASE-RC4", "target": target, "reason": "r", "expires": "2027-01-01"}}})
		if err != nil {
			t.Fatal(err)
		}
		if err := readers["waivers-v1.schema.json"](document); (err == nil) != want {
			t.Errorf("%s: the reader says %v", target, err)
		}
		if err := validate(t, "waivers-v1.schema.json", document); (err == nil) != want {
			t.Errorf("%s: the schema says %v", target, err)
		}
	}
}

// beyond are fixtures of faults that a schema cannot know: they span several
// values, or depend on the day and on what there is to name.
var beyond = map[string][]string{
	"waivers-v1.schema.json": {
		"check-does-not-fit", "check-unknown", "created-ahead-by-minutes", "created-ahead", "expires-at-created", "expires-before-created", "expires-no-such-day",
		"expires-too-late-from-today", "expires-too-late-max-days", "expires-too-late", "id-twice", "profile-unknown", "rule-of-other-profile", "rule-unknown-far",
		"rule-unknown", "target-protocol-unknown",
	},
}

// TestSchemaRefusesFixtures puts the fixtures of the readers' errors to the
// schemas: each is refused as well, or known to be beyond them.
func TestSchemaRefusesFixtures(t *testing.T) {
	for name, folder := range map[string]string{
		"waivers-v1.schema.json": filepath.Join("..", "..", "internal", "waiver", "testdata", "errors"),
	} {
		full, err := os.ReadFile(filepath.Join(folder, "..", "full.yaml"))
		if err != nil {
			t.Fatal(err)
		}
		if err := validate(t, name, full); err != nil {
			t.Errorf("%s refuses the file with everything in it: %v", name, err)
		}
		files, err := filepath.Glob(filepath.Join(folder, "*.yaml"))
		if err != nil || len(files) == 0 {
			t.Fatalf("%s: %d fixtures: %v", folder, len(files), err)
		}
		var taken []string
		for _, file := range files {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			root, err := strictyaml.Parse(file, text, maxLint)
			if err != nil {
				continue // no YAML that a schema could be put to
			}
			if root.IsZero() {
				continue
			}
			if validate(t, name, text) == nil {
				taken = append(taken, strings.TrimSuffix(filepath.Base(file), ".yaml"))
			}
		}
		if diff := cmp.Diff(beyond[name], taken); diff != "" {
			t.Errorf("%s: fixtures the schema takes (-known to be beyond it +taken):\n%s\n%q", name, diff, taken)
		}
	}
}

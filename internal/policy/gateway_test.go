package policy

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestGatewayKey(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) string {
		t.Helper()
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	write("tls_policy", "bank.test secure\n.bank.test verify\n")
	write("table.json", `{"schema": "enforced-tls/1", "deployment": "hybrid", "strict_outbound_message_authenticity_checks": true, "connections": [
{"direction": "outbound", "priority": 1, "name": "Any", "security_level": "Encrypt", "encryption_strength": "High", "target": {"type": "any"}}]}`)
	path := write("p.yaml", `policy: {id: gw, title: Gateway}
connections:
- {name: Own, priority: 7, direction: outbound, security: encrypt+cn, strength: medium, match: {domains: [own.test]}}
gateway:
  collected_at: 2026-11-20
  trusted_ca_for_outgoing_imported: false
  min_strength: high
  sensitive: [Bank.test., bank.test, '*.own.test']
  outgoing_certificate: {eku: [serverAuth]}
  import:
  - {file: tls_policy, as: postfix}
  - {file: table.json}
`)
	p, err := Load([]string{path}, all)
	if err != nil {
		t.Fatal(err)
	}
	if len(p.Tables) != 1 {
		t.Fatalf("%d tables", len(p.Tables))
	}
	table := p.Tables[0]
	got := []string{
		fmt.Sprint(table.Policy, " ", table.Deployment, " ", table.CollectedAt.Format(time.DateOnly), " ", *table.TrustedCA, " ", *table.StrictAuthenticity),
		fmt.Sprintf("%+v %+v", table.Wants, *table.Outgoing),
	}
	for _, r := range table.Rows {
		got = append(got, fmt.Sprintf("%d %s (%s:%d)", r.Source, r, filepath.Base(r.Place.File), r.Place.Line))
	}
	want := []string{
		"gw hybrid 2026-11-20 false true",
		"{MinBits:129 Sensitive:[bank.test *.own.test]} {Subject: EKU:[serverAuth] EKUPresent:true}",
		`0 outbound 7 "Own": encrypt+cn, medium, for own.test (p.yaml:3)`,
		`1 outbound 1 "bank.test": verify+cn, medium, for bank.test (tls_policy:1)`,
		`1 outbound 2 ".bank.test": verify+cn, medium, for .bank.test (tls_policy:2)`,
		`2 outbound 1 "Any": encrypt, high, for any (table.json:2)`,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	before := p.Refs[0].SHA256
	write("tls_policy", "bank.test secure\n")
	if p, err = Load([]string{path}, all); err != nil || p.Refs[0].SHA256 == before {
		t.Errorf("the hash of the policy does not cover what it imports (%v)", err)
	}
	// two rows of the same priority are two rules
	rule(t, p, "FP-08.outbound.7.starttls")
	rule(t, p, "FP-08.outbound.1.starttls")
	rule(t, p, "FP-08.outbound.1-2.starttls")
}

func TestGatewayErrors(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "bad.csv"), []byte("direction\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "cloud.json"), []byte(`{"schema": "enforced-tls/1", "deployment": "cloud", "connections": []}`), 0o600); err != nil {
		t.Fatal(err)
	}
	const row = "connections: [{name: A, priority: 1, direction: outbound, security: verify, strength: high, match: any}]\n"
	for _, tt := range []struct{ name, in, want string }{
		{"no rows", "gateway: {deployment: hybrid}\n", "p.yaml:2:10: gateway: facts about a table without rows\nhint: add connections, or import: [{file: enforced-tls.json}]"},
		{"deployment", row + "gateway: {deployment: hybird}\n", "p.yaml:3:23: gateway.deployment: \"hybird\" is not one of on-prem, hybrid, cloud\nhint: did you mean \"hybrid\"?"},
		{"strength", row + "gateway: {min_strength: 256}\n", "p.yaml:3:25: gateway.min_strength: \"256\" is not one of medium, high\nhint: write one of those listed"},
		{"key", row + "gateway: {trusted_ca: true}\n", "p.yaml:3:11: gateway: unknown key \"trusted_ca\"; known keys: deployment, collected_at, trusted_ca_for_outgoing_imported, strict_outbound_message_authenticity_checks, min_strength, sensitive, outgoing_certificate, import\nhint: remove it, or write one of the known keys"},
		{"time", row + "gateway: {collected_at: yesterday}\n", "p.yaml:3:25: gateway.collected_at: \"yesterday\" is not a time\nhint: write 2026-11-20 or 2026-11-20T09:00:00Z"},
		{"sensitive", row + "gateway: {sensitive: ['bank test']}\n", "p.yaml:3:23: gateway.sensitive[0]: \"bank test\" is not a domain\nhint: write example.com for the name itself, *.example.com for all below it; internationalised names in their xn-- form"},
		{"purpose", row + "gateway: {outgoing_certificate: {eku: [client]}}\n", "p.yaml:3:40: gateway.outgoing_certificate.eku[0]: \"client\" is not a purpose of keys\nhint: write serverAuth, clientAuth, or an OID such as 1.3.6.1.5.5.7.3.2"},
		{"format", "gateway: {import: [{file: x, as: postfx}]}\n", "p.yaml:2:34: gateway.import[0].as: \"postfx\" is not one of enforced-tls-json, exchange, enforced-tls-csv, cisco-esa, exim, sendmail, postfix\nhint: did you mean \"postfix\"?"},
		{"no file", "gateway: {import: [{file: none.csv}]}\n", "p.yaml:2:27: gateway.import[0].file: cannot read \"DIR/none.csv\": no such file or directory\nhint: name a file, relative to the folder of the policy"},
		{"folder", "gateway: {import: [{file: .}]}\n", "p.yaml:2:27: gateway.import[0].file: cannot read \"DIR\": not a regular file\nhint: name a file, relative to the folder of the policy"},
		{"fault in the file", "gateway: {import: [{file: bad.csv}]}\n", "DIR/bad.csv:1:1: the column \"priority\" is missing\nhint: the header row is direction,priority,name,security_level,encryption_strength,target_type,target_name,target_members"},
		{"contradiction", row + "gateway: {deployment: hybrid, import: [{file: cloud.json}]}\n", "p.yaml:3:47: gateway.import[0].file: DIR/cloud.json: the file and the policy state the deployment differently\nhint: state it in one place"},
	} {
		path := filepath.Join(dir, "p.yaml")
		if err := os.WriteFile(path, []byte("policy: {id: gw, title: G}\n"+tt.in), 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := Load([]string{path}, all)
		if err == nil {
			t.Errorf("%s: no error", tt.name)
			continue
		}
		got := strings.ReplaceAll(strings.TrimPrefix(err.Error(), dir+"/p.yaml:"), dir, "DIR")
		if diff := cmp.Diff(strings.TrimPrefix(tt.want, "p.yaml:"), got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.name, diff)
		}
	}
	if _, err := Parse("p.yaml", []byte("policy: {id: gw, title: G}\ngateway: {import: [{file: x}]}\n"), all); err == nil || !strings.Contains(err.Error(), "no file can be named here") {
		t.Errorf("a policy without a folder: %v", err)
	}
}

func TestProbes(t *testing.T) {
	rules, err := Probes(all)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, r := range rules {
		got = append(got, fmt.Sprint(r.ID, " ", r.Check, " ", r.Params))
	}
	want := []string{
		"whatif.starttls smtp.starttls.offered map[]", "whatif.tls protocol.tls_enabled map[any:[TLSv1.0 TLSv1.1 TLSv1.2 TLSv1.3]]",
		"whatif.medium messaging.strong_crypto map[direction:outbound min_bits:128]", "whatif.high messaging.strong_crypto map[direction:outbound min_bits:129]",
		"whatif.chain cert.chain.trusted map[]", "whatif.name cert.identity map[]",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

package gateway

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tlsaudit/audit"
)

// Which rows govern a target: its mail domains decide, where it states them.
func TestGoverning(t *testing.T) {
	connector := func(name, domains, more string) string {
		return `{"Name": "` + name + `", "RecipientDomains": [` + domains + `]` + more + `}`
	}
	relay := `, "TlsSettings": "EncryptionOnly", "UseMXRecord": false, "SmartHosts": ["relay.example"]`
	relays := "[" + connector("A", `"bank.example"`, relay) + "," + connector("C", `"a.b.shop.example"`, relay) + "," + connector("rest", `"*"`, `, "TlsSettings": null`) + "]"
	scoped := "[" + connector("scoped", `"bank.example"`, `, "TlsSettings": "DomainValidation", "IsTransportRuleScoped": true`) + "," + connector("rest", `"*"`, `, "TlsSettings": null`) + "]"
	csv := header + "outbound,1,hoster,Encrypt,High,domain_group,G,*.hoster.example\noutbound,2,bank,Verify+CN,High,domain_group,B,bank.example|xn--bcher-kva.example\n"
	const access = "TLS_Srv:mx.bank.example ENCR:128\nTLS_Rcpt:bank.example VERIFY:256\nTry_TLS:mx.bank.example NO\n"
	for _, tt := range []struct {
		as, in, target, domain, want string
	}{
		{"exchange", relays, "relay.example", "bank.example", "A"},
		{"exchange", relays, "relay.example", "a.b.shop.example", "C"},
		{"exchange", relays, "relay.example", "", "C A"},
		{"exchange", relays, "relay.example", "other.example", "rest"},
		{"exchange", relays, "mx.bank.example", "bank.example", "rest"},
		{"exchange", scoped, "mx.bank.example", "bank.example", "scoped rest"}, // whichever the transport rule leaves it to
		{"enforced-tls-csv", csv, "mx.hoster.example", "bank.example", "bank"},
		{"enforced-tls-csv", csv, "mx.hoster.example", "", "hoster"},
		{"enforced-tls-csv", csv, "mx.hoster.example", "bank.example a.hoster.example", "hoster bank"},
		{"enforced-tls-csv", csv, "mx.hoster.example", "Bücher.example", "bank"},
		{"enforced-tls-csv", csv, "mx.hoster.example", "BANK.example., none.example", "bank"},
		{"enforced-tls-csv", csv, "mx.hoster.example", "*.bank.example", ""},
		{"postfix", "[mx.bank.example] encrypt\nbank.example secure\n", "mx.bank.example", "bank.example", "bank.example"},
		{"postfix", "[mx.bank.example] encrypt\nbank.example secure\n", "mx.bank.example", "", "[mx.bank.example]"},
		{"postfix", "[192.0.2.1] encrypt\nbank.example secure\n", "192.0.2.1", "bank.example", "bank.example"},
		{"postfix", "[192.0.2.1] encrypt\nbank.example secure\n", "192.0.2.1", "", "[192.0.2.1]"},
		{"sendmail", access, "mx.bank.example", "bank.example", "TLS_Srv:mx.bank.example Try_TLS:mx.bank.example TLS_Rcpt:bank.example"},
	} {
		table, err := Read(tt.as, "f", []byte(tt.in))
		if err != nil {
			t.Errorf("%s: %v", tt.in, err)
			continue
		}
		target := &audit.Target{Protocol: "smtp", Host: tt.target, Port: 25, Direction: Outbound}
		if tt.domain != "" {
			target.Labels = map[string]string{DomainLabel: tt.domain}
		}
		var got []string
		for _, i := range table.Governing(Outbound, target, nil) {
			got = append(got, table.Rows[i].Name)
		}
		if diff := cmp.Diff(tt.want, strings.Join(got, " ")); diff != "" {
			t.Errorf("%s for %q in %s (-want +got):\n%s", tt.target, tt.domain, tt.in, diff)
		}
	}
}

// A label that is no domain is told, and is not read as a domain without a row.
func TestLabelWithoutDomain(t *testing.T) {
	table := &Table{Rows: []Row{row(1, VerifyCN, domains("bank.test"))}}
	for _, tt := range []struct {
		label string
		want  string
	}{
		{"bank.test", ""}, {"bank.test,*.bank.test", "FP-08.label"}, {"-", "FP-08.label"}, {"other.test", "FP-08.outbound.unmatched"}, {"bücher.test", "FP-08.label"},
	} {
		target := &audit.Target{Protocol: "smtp", Host: "mx.test", Port: 25, Labels: map[string]string{DomainLabel: tt.label}}
		var got []string
		for _, d := range table.Demands() {
			if (d.Rule.ID == "FP-08.label" || strings.HasSuffix(d.Rule.ID, ".unmatched")) && d.Rule.Match(target, nil) {
				got = append(got, d.Rule.ID)
			}
			if d.Rule.ID == "FP-08.label" && d.Rule.Undecided == "" {
				t.Error("the rule about the label passes")
			}
		}
		if diff := cmp.Diff(tt.want, strings.Join(got, " ")); diff != "" {
			t.Errorf("%q (-want +got):\n%s", tt.label, diff)
		}
	}
	both := JoinTargets([]audit.Target{{Protocol: "smtp", Host: "mx.test", Port: 25, Labels: map[string]string{DomainLabel: "bank.test *"}}})
	if got := both[0].Labels[DomainLabel]; got != "*,bank.test" {
		t.Errorf("joined: %q: what is no domain is lost", got)
	}
}

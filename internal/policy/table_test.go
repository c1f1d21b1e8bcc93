package policy

import (
	"net/netip"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tlsaudit/audit"
)

func TestFirstMatch(t *testing.T) {
	p, err := Parse("p.yaml", []byte(`policy: {id: gw, title: Gateway}
connections:
- {name: Everyone, priority: 90, direction: outbound, security: encrypt, strength: medium, match: any}
- {name: Bank, priority: 10, direction: outbound, security: verify+cn, strength: high, match: {domains: [bank.test, .bank.test]}}
- {name: Bank branch, priority: 5, direction: outbound, security: encrypt+cn, strength: high, match: {domains: [mx.branch.bank.test]}}
- {name: Net, priority: 20, direction: outbound, security: verify, strength: medium, match: {addresses: [192.0.2.0/28, '2001:db8::/64', '::ffff:198.51.100.0/120']}}
- {name: In, priority: 1, direction: inbound, security: encrypt, strength: high, match: {addresses: [127.0.0.1]}}
`), all)
	if err != nil {
		t.Fatal(err)
	}
	address := func(s string) *audit.Observation { return &audit.Observation{Address: netip.MustParseAddrPort(s)} }
	smtp := func(host string) audit.Target { return audit.Target{Protocol: "smtp", Host: host, Port: 25} }
	with := func(t audit.Target, change func(*audit.Target)) audit.Target { change(&t); return t }
	everyone := []string{"FP-08.outbound.90.starttls", "FP-08.outbound.90.tls", "FP-08.outbound.90.strength"}
	bank := []string{"FP-08.outbound.10.starttls", "FP-08.outbound.10.tls", "FP-08.outbound.10.strength", "FP-08.outbound.10.chain", "FP-08.outbound.10.name"}
	branch := []string{"FP-08.outbound.5.starttls", "FP-08.outbound.5.tls", "FP-08.outbound.5.strength", "FP-08.outbound.5.name"}
	net := []string{"FP-08.outbound.20.starttls", "FP-08.outbound.20.tls", "FP-08.outbound.20.strength", "FP-08.outbound.20.chain"}
	inbound := []string{"FP-08.inbound.1.starttls", "FP-08.inbound.1.tls", "FP-08.inbound.1.strength"}
	noInbound := []string{"FP-08.inbound.unmatched"}
	tests := []struct {
		name string
		t    audit.Target
		o    *audit.Observation
		want []string
	}{
		{"exact domain", smtp("bank.test"), nil, append(bank, noInbound...)},
		{"below the domain", smtp("mx1.bank.test"), nil, append(bank, noInbound...)},
		{"lowest priority wins", smtp("mx.branch.bank.test"), nil, append(branch, noInbound...)},
		{"exact is not a suffix", smtp("x.mx.branch.bank.test"), nil, append(bank, noInbound...)},
		{"part of a label is no match", smtp("notbank.test"), nil, append(everyone, noInbound...)},
		{"the mail domain of an MX elsewhere", with(smtp("mx.hoster.test"), func(t *audit.Target) { t.Labels = map[string]string{"domain": "Bank.test."} }), nil, append(bank, noInbound...)},
		{"dialled address", smtp("mx.other.test"), address("192.0.2.3:25"), append(net, noInbound...)},
		{"dialled IPv6 address", smtp("mx.other.test"), address("[2001:db8::7]:25"), append(net, noInbound...)},
		{"mapped address", smtp("mx.other.test"), address("[::ffff:192.0.2.3]:25"), append(net, noInbound...)},
		{"network written as IPv4-mapped", smtp("mx.other.test"), address("198.51.100.3:25"), append(net, noInbound...)},
		{"declared address, mapped", with(smtp("mx.other.test"), func(t *audit.Target) { t.IP = netip.MustParseAddr("::ffff:192.0.2.3") }), nil, append(net, noInbound...)},
		{"the name asked of an address", with(smtp("203.0.113.1"), func(t *audit.Target) { t.SNI = "mx1.Bank.test" }), nil, append(bank, noInbound...)},
		{"dialled, not declared", with(smtp("mx.other.test"), func(t *audit.Target) { t.IP = netip.MustParseAddr("192.0.2.3") }), address("203.0.113.1:25"), append(everyone, noInbound...)},
		{"declared address", with(smtp("mx.other.test"), func(t *audit.Target) { t.IP = netip.MustParseAddr("192.0.2.3") }), nil, append(net, noInbound...)},
		{"address as host", smtp("192.0.2.3"), nil, append(net, noInbound...)},
		{"both tables", smtp("127.0.0.1"), nil, append(everyone, inbound...)},
		{"outbound only", with(smtp("127.0.0.1"), func(t *audit.Target) { t.Direction = "outbound" }), nil, everyone},
		{"inbound only", with(smtp("127.0.0.1"), func(t *audit.Target) { t.Direction = "inbound" }), nil, inbound},
		{"inbound, no row", with(smtp("mx.other.test"), func(t *audit.Target) { t.Direction = "inbound" }), nil, noInbound},
		{"smtps has no STARTTLS", with(smtp("bank.test"), func(t *audit.Target) { t.Protocol = "smtps"; t.Direction = "outbound" }), nil, bank[1:]},
		{"not mail", with(smtp("bank.test"), func(t *audit.Target) { t.Protocol = "https" }), nil, nil},
	}
	for _, tt := range tests {
		o := tt.o
		if o == nil {
			o = &audit.Observation{}
		}
		var got []string
		for _, r := range p.Rules {
			if r.AppliesTo(&tt.t, o) {
				got = append(got, r.ID)
			}
		}
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.name, diff)
		}
	}
}

func TestRowRules(t *testing.T) {
	p, err := Parse("p.yaml", []byte("policy: {id: gw, title: G}\nconnections:\n- {name: Bank, priority: 3, direction: outbound, security: verify+cn, strength: high, match: any}\n"), all)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, r := range p.Rules {
		got = append(got, strings.Join([]string{r.ID, r.Control, r.Check, string(r.Level), r.Severity.String(), r.Title, r.Place.String()}, " | "))
	}
	want := []string{
		`FP-08.outbound.3.starttls | FP-08/Bank | smtp.starttls.offered | must | high | outbound row "Bank" (priority 3, verify+cn, high): the peer offers STARTTLS | p.yaml:3:3`,
		`FP-08.outbound.3.tls | FP-08/Bank | protocol.tls_enabled | must | high | outbound row "Bank" (priority 3, verify+cn, high): the peer offers TLS and a handshake completes | p.yaml:3:3`,
		`FP-08.outbound.3.strength | FP-08/Bank | messaging.strong_crypto | must | high | outbound row "Bank" (priority 3, verify+cn, high): the peer accepts a suite of 129 bits or more | p.yaml:3:3`,
		`FP-08.outbound.3.chain | FP-08/Bank | cert.chain.trusted | must | high | outbound row "Bank" (priority 3, verify+cn, high): the certificate chains to a trust anchor | p.yaml:3:3`,
		`FP-08.outbound.3.name | FP-08/Bank | cert.identity | must | high | outbound row "Bank" (priority 3, verify+cn, high): the certificate names the host | p.yaml:3:3`,
		`FP-08.outbound.unmatched | FP-08/no row | protocol.tls_enabled | may | info | no outbound row matches: TLS is opportunistic and nothing is enforced | p.yaml:3:3`,
		`FP-08.inbound.unmatched | FP-08/no row | protocol.tls_enabled | may | info | no inbound row matches: TLS is opportunistic and nothing is enforced | p.yaml:3:3`,
		"FP-08.label | FP-08/mail domains of the target | protocol.tls_enabled | must | high | the target says which mail domains it serves | p.yaml:1:1",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if got := rule(t, p, "FP-08.outbound.unmatched").Lead; got != "no outbound row matches, nothing is enforced" {
		t.Errorf("the row for unmatched peers leads with %q", got)
	}
	if got := rule(t, p, "FP-08.outbound.3.strength").Params; !cmp.Equal(got, map[string]any{"min_bits": 129, "direction": "outbound"}) {
		t.Errorf("params %v", got)
	}
}

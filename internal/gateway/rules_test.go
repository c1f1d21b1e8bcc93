package gateway

import (
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tlsaudit/audit"
)

func ptr[T any](v T) *T { return &v }

// judged returns what a rule says about one row.
func judged(t *testing.T, table *Table, rule string, row int, at time.Time) audit.Finding {
	t.Helper()
	for _, f := range table.Findings(at)[row].Findings {
		if f.Rule == rule {
			return f
		}
	}
	t.Fatalf("no finding of %s", rule)
	return audit.Finding{}
}

func networks(list ...string) Match {
	m := Match{}
	for _, s := range list {
		m.Addresses = append(m.Addresses, netip.MustParsePrefix(s))
	}
	return m
}

func row(priority int, level Level, m Match) Row {
	return Row{Name: "row", Priority: priority, Direction: Outbound, Level: level, MinBits: 128, Match: m}
}

func domains(list ...string) Match { return Match{Domains: list} }

// must reads a table of another product.
func must(t *testing.T, as, in string) *Table {
	t.Helper()
	table, err := Read(as, "f", []byte(in))
	if err != nil {
		t.Fatal(err)
	}
	return table
}

func TestRules(t *testing.T) {
	anyone := Match{Any: true}
	before := Downgrade().Add(-time.Hour)
	of := func(rows ...Row) *Table { return &Table{Deployment: OnPrem, TrustedCA: ptr(true), Rows: rows} }
	with := func(table *Table, change func(*Table)) *Table { change(table); return table }
	changed := func(r Row, change func(*Row)) Row { change(&r); return r }
	hybrid := func(strict *bool, level Level) *Table {
		return with(of(row(1, level, anyone)), func(t *Table) { t.Deployment, t.StrictAuthenticity = Hybrid, strict })
	}
	bank := func(rows ...Row) *Table {
		return with(of(rows...), func(t *Table) { t.Wants.Sensitive = []string{"bank.test", "*.bank.test"} })
	}
	high := func(r Row) *Table { return with(of(r), func(t *Table) { t.Wants.MinBits = 129 }) }
	inbound := func(level Level) Row { return changed(row(1, level, anyone), func(r *Row) { r.Direction = Inbound }) }
	bits := func(n int) Row { return changed(row(1, Encrypt, anyone), func(r *Row) { r.MinBits = n }) }
	undecided := func(level Level) Row {
		return changed(row(1, level, anyone), func(r *Row) { r.Undecided = "a macro" })
	}
	numbered := func(n int) func(*Row) { return func(r *Row) { r.Priority = n } }
	sensitive := func(as, in string) *Table {
		t.Helper()
		return with(must(t, as, in), func(t *Table) { t.Wants.Sensitive = []string{"bank.test"} })
	}
	for _, tt := range []struct {
		name, rule string
		table      *Table
		row        int
		at         time.Time
		want       audit.Verdict
		says       string
	}{
		{"Verify+CN, hybrid, checks off", "FP-01", hybrid(ptr(false), VerifyCN), 0, now(), audit.Fail, "configured verify+cn, in effect encrypt+cn since 2026-05-18 (hybrid deployment); Strict Outbound Message Authenticity Checks are off"},
		{"Verify, hybrid, checks not stated", "FP-01", hybrid(nil, Verify), 0, now(), audit.Fail, "in effect encrypt since 2026-05-18"},
		{"hybrid, checks on", "FP-01", hybrid(ptr(true), VerifyCN), 0, now(), audit.Warn, "compensate in part"},
		{"hybrid, the day itself", "FP-01", hybrid(ptr(false), VerifyCN), 0, Downgrade(), audit.Fail, "in effect encrypt+cn"},
		{"hybrid, before the day", "FP-01", hybrid(ptr(false), Verify), 0, before, audit.Warn, "verify becomes encrypt on 2026-05-18"},
		{"hybrid, Encrypt+CN", "FP-01", hybrid(ptr(false), EncryptCN), 0, now(), audit.NotApplicable, "was not changed"},
		{"on-prem", "FP-01", of(row(1, VerifyCN, anyone)), 0, now(), audit.Pass, "configured and in effect: verify+cn (on-prem)"},
		{"deployment not stated", "FP-01", &Table{Rows: []Row{row(1, VerifyCN, anyone)}}, 0, now(), audit.Unknown, "not stated"},
		{"inbound", "FP-01", with(of(inbound(Verify)), func(t *Table) { t.Deployment = Hybrid }), 0, now(), audit.NotApplicable, "inbound"},
		{"another product", "FP-01", of(changed(row(1, Verify, anyone), func(r *Row) { r.Product = "Postfix" })), 0, now(), audit.NotApplicable, "Postfix"},

		{"no CA", "FP-02", with(of(row(1, Verify, anyone)), func(t *Table) { t.TrustedCA = ptr(false) }), 0, now(), audit.Fail, "no CA certificate was imported"},
		{"CA", "FP-02", of(row(1, VerifyCN, anyone)), 0, now(), audit.Pass, ""},
		{"CA not stated", "FP-02", with(of(row(1, Verify, anyone)), func(t *Table) { t.TrustedCA = nil }), 0, now(), audit.Unknown, "not stated"},
		{"CA, deployment not stated", "FP-02", with(of(row(1, Verify, anyone)), func(t *Table) { t.Deployment = "" }), 0, now(), audit.Unknown, "deployment"},
		{"CA, Encrypt+CN", "FP-02", with(of(row(1, EncryptCN, anyone)), func(t *Table) { t.TrustedCA = nil }), 0, now(), audit.NotApplicable, ""},

		{"inbound Verify", "FP-03", of(inbound(Verify)), 0, now(), audit.Fail, "data error"},
		{"inbound Encrypt", "FP-03", of(inbound(Encrypt)), 0, now(), audit.Pass, ""},
		{"outbound Verify", "FP-03", of(row(1, Verify, anyone)), 0, now(), audit.NotApplicable, ""},
		{"inbound not decided", "FP-03", of(changed(inbound(Encrypt), func(r *Row) { r.Undecided = "a macro" })), 0, now(), audit.Unknown, "a macro"},

		{"Medium, High wanted", "FP-04", high(bits(128)), 0, now(), audit.Fail, "128 bits"},
		{"High, High wanted", "FP-04", high(bits(129)), 0, now(), audit.Pass, ""},
		{"strength not told", "FP-04", high(bits(0)), 0, now(), audit.Unknown, "does not say"},
		{"ENCR:40, Medium wanted", "FP-04", with(of(bits(40)), func(t *Table) { t.Wants.MinBits = 128 }), 0, now(), audit.Fail, "40 bits, the policy wants 128 bits or more"},
		{"Medium, Medium wanted", "FP-04", with(of(bits(128)), func(t *Table) { t.Wants.MinBits = 128 }), 0, now(), audit.Pass, ""},
		{"strength not told, Medium wanted", "FP-04", with(of(bits(0)), func(t *Table) { t.Wants.MinBits = 128 }), 0, now(), audit.Unknown, "does not say"},
		{"nothing wanted", "FP-04", of(bits(128)), 0, now(), audit.NotApplicable, ""},
		{"nothing wanted, below Medium", "FP-04", must(t, "sendmail", "TLS_Srv:x.test ENCR:112\n"), 0, now(), audit.Warn, "112 bits, less than Medium"},
		{"nothing wanted, not told", "FP-04", must(t, "sendmail", "TLS_Srv:x.test VERIFY\n"), 0, now(), audit.NotApplicable, ""},
		{"opportunistic, High wanted", "FP-04", high(changed(bits(0), func(r *Row) { r.Level = Opportunistic })), 0, now(), audit.NotApplicable, ""},
		{"not decided, High wanted", "FP-04", high(undecided(Encrypt)), 0, now(), audit.Unknown, ""},

		{"behind Any", "FP-05", of(row(1, Encrypt, anyone), row(2, VerifyCN, domains("bank.test"))), 1, now(), audit.Fail, "never reached: shadowed by \"row\" ()"},
		{"Any behind Any", "FP-05", of(row(1, Encrypt, anyone), row(2, Encrypt, anyone)), 1, now(), audit.Fail, "which demands the same"},
		{"before Any", "FP-05", of(row(1, VerifyCN, domains("bank.test")), row(2, Encrypt, anyone)), 0, now(), audit.Pass, ""},
		{"Any behind a domain", "FP-05", of(row(1, VerifyCN, domains("bank.test")), row(2, Encrypt, anyone)), 1, now(), audit.Pass, ""},
		{"Any of the other direction", "FP-05", of(inbound(Encrypt), row(1, Encrypt, domains("bank.test"))), 1, now(), audit.Pass, ""},
		{"a switched off Any", "FP-05", of(changed(row(1, Encrypt, anyone), func(r *Row) { r.Disabled = true }), row(2, Encrypt, anyone)), 1, now(), audit.Pass, ""},
		{"an Any for one port", "FP-05", of(changed(row(1, Encrypt, anyone), func(r *Row) { r.Match.Port = 587 }), row(2, Encrypt, domains("a.test"))), 1, now(), audit.Pass, ""},
		{"a name below a wildcard", "FP-05", of(row(1, Encrypt, domains("*.bank.test")), row(2, VerifyCN, domains("mx.bank.test", "*.eu.bank.test"))), 1, now(), audit.Fail, ""},
		{"the name of a wildcard itself", "FP-05", of(row(1, Encrypt, domains(".bank.test")), row(2, VerifyCN, domains("bank.test"))), 1, now(), audit.Pass, ""},
		{"a wildcard behind a narrower", "FP-05", of(row(1, Encrypt, domains(".eu.bank.test")), row(2, VerifyCN, domains(".bank.test"))), 1, now(), audit.Pass, ""},
		{"one name of two", "FP-05", of(row(1, Encrypt, domains("a.test")), row(2, VerifyCN, domains("a.test", "b.test"))), 1, now(), audit.Pass, ""},
		{"a union of rows", "FP-05", of(row(1, Encrypt, domains("a.test")), row(2, Encrypt, domains("b.test")), row(3, VerifyCN, domains("a.test", "b.test"))), 2, now(), audit.Fail, "\"row\" (), \"row\" ()"},
		{"a network in a network", "FP-05", of(row(1, Encrypt, networks("192.0.2.0/24")), row(2, Verify, networks("192.0.2.16/28"))), 1, now(), audit.Fail, ""},
		{"a network of two halves", "FP-05", of(row(1, Encrypt, networks("192.0.2.0/25", "192.0.2.192/26")), row(2, Encrypt, networks("192.0.2.128/26")), row(3, Verify, networks("192.0.2.0/24"))), 2, now(), audit.Fail, ""},
		{"a network with a hole", "FP-05", of(row(1, Encrypt, networks("192.0.2.0/25", "192.0.2.192/26")), row(2, Verify, networks("192.0.2.0/24"))), 1, now(), audit.Pass, ""},
		{"IPv6 halves", "FP-05", of(row(1, Encrypt, networks("2001:db8::/33", "2001:db8:8000::/33")), row(2, Verify, networks("2001:db8::/32"))), 1, now(), audit.Fail, ""},
		{"hosts are no mail domains", "FP-05", of(changed(row(1, Encrypt, domains("a.test")), func(r *Row) { r.Match.HostsOnly = true }), row(2, Encrypt, domains("a.test"))), 1, now(), audit.Pass, ""},
		{"a row that takes a part", "FP-05", of(changed(row(1, Encrypt, domains("a.test")), func(r *Row) { r.Match.Partial = true }), row(2, Encrypt, domains("a.test"))), 1, now(), audit.Pass, ""},

		{"all addresses", "FP-05", of(row(1, Encrypt, networks("0.0.0.0/0", "::/0")), row(2, VerifyCN, domains("bank.test"))), 1, now(), audit.Fail, "never reached"},
		{"all addresses of two rows", "FP-05", of(row(1, Encrypt, networks("0.0.0.0/1", "::/0")), row(2, Encrypt, networks("128.0.0.0/1")), row(3, VerifyCN, anyone)), 2, now(), audit.Fail, "never reached"},
		{"all IPv4 addresses only", "FP-05", of(row(1, Encrypt, networks("0.0.0.0/0")), row(2, VerifyCN, domains("bank.test"))), 1, now(), audit.Pass, ""},
		{"the same priority", "FP-05", of(row(1, Encrypt, anyone), row(1, VerifyCN, domains("bank.test"))), 1, now(), audit.Unknown, "which of them comes first"},
		{"the same priority, the other way", "FP-05", of(row(1, VerifyCN, domains("bank.test")), row(1, Encrypt, anyone)), 0, now(), audit.Unknown, "which of them comes first"},
		{"the same priority, and one before", "FP-05", of(row(1, Encrypt, anyone), row(2, Encrypt, anyone), row(2, VerifyCN, domains("bank.test"))), 2, now(), audit.Fail, "never reached"},
		{"the same priority, other peers", "FP-05", of(row(1, Encrypt, domains("a.test")), row(1, VerifyCN, domains("bank.test"))), 1, now(), audit.Pass, ""},
		{"Postfix, an address at another port", "FP-05", must(t, "postfix", "[192.0.2.1]:25 may\n[192.0.2.1]:587 encrypt\n"), 1, now(), audit.Pass, ""},
		{"Postfix, an address at another port", "FP-06", must(t, "postfix", "[192.0.2.1]:25 may\n[192.0.2.1]:587 encrypt\n"), 1, now(), audit.Pass, ""},
		{"a network at one port", "FP-05", of(changed(row(1, Encrypt, networks("192.0.2.0/24")), func(r *Row) { r.Match.Port = 587 }), row(2, Verify, networks("192.0.2.1/32"))), 1, now(), audit.Pass, ""},
		{"a network at one port behind all", "FP-05", of(row(1, Encrypt, networks("192.0.2.0/24")), changed(row(2, Verify, networks("192.0.2.1/32")), func(r *Row) { r.Match.Port = 587 })), 1, now(), audit.Fail, ""},
		{"Sendmail, another ruleset", "FP-05", must(t, "sendmail", "TLS_Srv:a.test ENCR:128\nTry_TLS:a.test NO\n"), 1, now(), audit.Pass, ""},
		{"Sendmail, another ruleset", "FP-06", must(t, "sendmail", "TLS_Srv:a.test ENCR:128\nTry_TLS:a.test NO\n"), 1, now(), audit.Pass, ""},

		{"priority twice", "FP-06", of(row(1, Encrypt, domains("a.test")), row(1, Verify, domains("b.test"))), 0, now(), audit.Fail, "the priority is also that of"},
		{"priority of the other direction", "FP-06", of(row(1, Encrypt, domains("a.test")), inbound(Encrypt)), 0, now(), audit.Pass, ""},
		{"priority of another file", "FP-06", of(row(1, Encrypt, domains("a.test")), changed(row(1, Encrypt, domains("b.test")), func(r *Row) { r.Source = 1 })), 0, now(), audit.Pass, ""},
		{"empty group", "FP-06", of(row(1, Encrypt, Match{Group: "G"})), 0, now(), audit.Fail, "no members"},
		{"domain in two levels", "FP-06", of(row(1, Encrypt, domains("a.test")), row(2, Verify, domains("b.test", "a.test"))), 0, now(), audit.Fail, "lists a.test too"},
		{"domain in two strengths", "FP-06", of(row(1, Encrypt, domains("a.test")), changed(row(2, Encrypt, domains("a.test")), func(r *Row) { r.MinBits = 129 })), 1, now(), audit.Fail, "lists a.test too"},
		{"domain twice in one level", "FP-06", of(row(1, Encrypt, domains("a.test")), row(2, Encrypt, domains("a.test"))), 0, now(), audit.Pass, ""},
		{"network in two levels", "FP-06", of(row(1, Encrypt, networks("192.0.2.0/24")), row(2, Verify, networks("192.0.2.0/24"))), 1, now(), audit.Fail, "lists 192.0.2.0/24 too"},
		{"network inside another", "FP-06", of(row(1, Verify, networks("192.0.2.16/28")), row(2, Encrypt, networks("192.0.2.0/24"))), 0, now(), audit.Warn, "has 192.0.2.0/24, which contains 192.0.2.16/28"},
		{"network around another", "FP-06", of(row(1, Verify, networks("192.0.2.16/28")), row(2, Encrypt, networks("192.0.2.0/24"))), 1, now(), audit.Warn, "has 192.0.2.16/28, which lies in 192.0.2.0/24"},
		{"a connector for nobody", "FP-06", must(t, "exchange", `[{"Name": "A", "RecipientDomains": [], "TlsSettings": "EncryptionOnly"}]`), 0, now(), audit.Fail, "no members"},
		{"a connector for all accepted domains", "FP-06", must(t, "exchange", `[{"Name": "A", "RecipientDomains": null, "AllAcceptedDomains": true, "TlsSettings": "EncryptionOnly"}]`), 0, now(), audit.Unknown, "AllAcceptedDomains"},
		{"a network at two ports", "FP-06", of(changed(row(1, Encrypt, networks("192.0.2.0/24")), func(r *Row) { r.Match.Port = 25 }), changed(row(2, Verify, networks("192.0.2.0/24")), func(r *Row) { r.Match.Port = 587 })), 0, now(), audit.Pass, ""},
		{"a third row of the first level", "FP-06", of(row(1, Encrypt, domains("a.test")), row(2, Verify, domains("a.test")), row(3, Encrypt, domains("a.test"))), 2, now(), audit.Fail, "lists a.test too"},
		{"a second row of the first level", "FP-06", of(row(1, Encrypt, domains("a.test")), row(2, Encrypt, domains("a.test")), row(3, Verify, domains("a.test"))), 1, now(), audit.Fail, "lists a.test too"},
		{"a domain below a pattern", "FP-06", of(row(1, Encrypt, domains("a.bank.test")), row(2, VerifyCN, domains("*.bank.test"))), 0, now(), audit.Warn, "has *.bank.test, which contains a.bank.test"},
		{"a pattern above a domain", "FP-06", of(row(1, Encrypt, domains("a.bank.test")), row(2, VerifyCN, domains("*.bank.test"))), 1, now(), audit.Warn, "has a.bank.test, which lies in *.bank.test"},
		{"a domain below a pattern of its level", "FP-06", of(row(1, VerifyCN, domains("a.bank.test")), row(2, VerifyCN, domains("*.bank.test"))), 0, now(), audit.Pass, ""},
		{"Postfix takes the longest", "FP-06", must(t, "postfix", "a.bank.test secure\n.bank.test encrypt\n"), 0, now(), audit.Pass, ""},
		{"members not told", "FP-06", of(changed(undecided(Encrypt), func(r *Row) { r.Match = Match{Partial: true} })), 0, now(), audit.Unknown, "a macro"},

		{"sensitive, Encrypt", "FP-07", bank(row(1, Encrypt, domains("bank.test", ".bank.test"))), 0, now(), audit.Fail, "mail to bank.test, *.bank.test is sent at the level encrypt, which does not prove"},
		{"sensitive, Encrypt+CN", "FP-07", bank(row(1, EncryptCN, domains(".bank.test"))), 0, now(), audit.Fail, "mail to *.bank.test"},
		{"sensitive, Verify+CN", "FP-07", bank(row(1, VerifyCN, domains("bank.test", ".bank.test"))), 0, now(), audit.Pass, ""},
		{"sensitive, Verify", "FP-07", bank(row(1, Verify, domains("bank.test"))), 0, now(), audit.Warn, "the name is not compared"},
		{"sensitive, hybrid", "FP-07", with(bank(row(1, VerifyCN, domains("bank.test"))), func(t *Table) { t.Deployment = Hybrid }), 0, now(), audit.Fail, "at the level encrypt+cn"},
		{"sensitive, hybrid before", "FP-07", with(bank(row(1, VerifyCN, domains("bank.test"))), func(t *Table) { t.Deployment = Hybrid }), 0, before, audit.Pass, ""},
		{"sensitive, deployment not stated", "FP-07", with(bank(row(1, VerifyCN, domains("bank.test"))), func(t *Table) { t.Deployment = "" }), 0, now(), audit.Unknown, "depends on the deployment"},
		{"sensitive, DANE", "FP-07", bank(row(1, DANEOnly, domains("bank.test"))), 0, now(), audit.Pass, "dane-only"},
		{"sensitive, name from DNS", "FP-07", bank(changed(row(1, VerifyCN, domains("bank.test")), func(r *Row) { r.WeakName = true })), 0, now(), audit.Warn, "comes from DNS"},
		{"sensitive, not decided", "FP-07", bank(undecided(VerifyCN)), 0, now(), audit.Unknown, "a macro"},
		{"sensitive, behind a network", "FP-07", bank(row(1, Encrypt, networks("192.0.2.0/24")), row(2, VerifyCN, domains("bank.test"))), 1, now(), audit.Unknown, "may govern mail to bank.test"},
		{"sensitive, behind a network as strong", "FP-07", bank(row(1, VerifyCN, networks("192.0.2.0/24")), row(2, VerifyCN, domains("bank.test"))), 1, now(), audit.Pass, ""},
		{"sensitive, behind a weaker host", "FP-07", sensitive("sendmail", "TLS_Srv: VERIFY:256+CN\nTLS_Srv:mx.bank.test ENCR:40\n"), 1, now(), audit.Unknown, "for hosts or addresses"},
		{"sensitive, behind a host as strong", "FP-07", sensitive("sendmail", "TLS_Srv: VERIFY:256+CN\nTLS_Srv:mx.bank.test VERIFY:128+CN\n"), 1, now(), audit.Pass, ""},
		{"sensitive, TLS is not tried with a host", "FP-07", sensitive("sendmail", "TLS_Srv: VERIFY:256+CN\nTry_TLS:mx.bank.test NO\n"), 1, now(), audit.Unknown, "for hosts or addresses"},
		{"sensitive, TLS is not tried", "FP-07", sensitive("sendmail", "TLS_Srv: VERIFY:256+CN\nTry_TLS: NO\n"), 1, now(), audit.Fail, "at the level none"},
		{"sensitive, two rulesets", "FP-07", sensitive("sendmail", "TLS_Srv: ENCR:128\nTLS_Rcpt:bank.test VERIFY+CN\n"), 1, now(), audit.NotApplicable, "beside it"},
		{"sensitive, two rulesets", "FP-07", sensitive("sendmail", "TLS_Srv: ENCR:128\nTLS_Rcpt:bank.test VERIFY+CN\n"), 0, now(), audit.Pass, ""},
		{"sensitive, both rulesets weak", "FP-07", sensitive("sendmail", "TLS_Srv: ENCR:128\nTLS_Rcpt:bank.test VERIFY\n"), 1, now(), audit.Fail, "at the level encrypt"},
		{"sensitive, no row, but for a host", "FP-07", sensitive("sendmail", "TLS_Srv:mx.bank.test VERIFY+CN\n"), 1, now(), audit.Unknown, "no outbound row names all of bank.test"},
		{"sensitive, no row", "FP-07", sensitive("postfix", "[mx.bank.test] secure\n"), 1, now(), audit.Fail, "no outbound row governs all of bank.test"},
		{"sensitive, behind an address in brackets", "FP-07", sensitive("postfix", "[192.0.2.1] may\nbank.test secure\n"), 1, now(), audit.Pass, ""},
		{"sensitive, the same priority", "FP-07", bank(row(1, Encrypt, anyone), changed(row(2, VerifyCN, domains("bank.test")), numbered(1))), 1, now(), audit.Unknown, "shares its priority"},
		{"sensitive, the same priority, the other way", "FP-07", bank(row(1, VerifyCN, domains("bank.test")), row(1, Encrypt, anyone)), 0, now(), audit.Unknown, "shares its priority"},
		{"sensitive, the connector is limited", "FP-07", sensitive("exchange", `[{"Name": "A", "RecipientDomains": ["bank.test"], "TlsSettings": "DomainValidation", "IsTransportRuleScoped": true}]`), 0, now(), audit.Unknown, "IsTransportRuleScoped"},
		{"sensitive, part of it", "FP-07", bank(row(1, Encrypt, domains("eu.bank.test")), row(2, VerifyCN, anyone)), 0, now(), audit.Fail, "*.bank.test"},
		{"sensitive, left of it", "FP-07", bank(row(1, VerifyCN, domains("bank.test", "eu.bank.test")), row(2, Encrypt, anyone)), 1, now(), audit.Fail, "mail to *.bank.test is"},
		{"sensitive, a wider row", "FP-07", bank(row(1, Encrypt, domains(".test"))), 0, now(), audit.Fail, ""},
		{"sensitive, taken before", "FP-07", bank(row(1, VerifyCN, domains("bank.test", ".bank.test")), row(2, Encrypt, anyone)), 1, now(), audit.NotApplicable, "governs no domain"},
		{"sensitive, left to Any", "FP-07", bank(row(1, VerifyCN, domains("bank.test")), row(2, Encrypt, anyone)), 1, now(), audit.Fail, "mail to *.bank.test"},
		{"not sensitive", "FP-07", of(row(1, Encrypt, anyone)), 0, now(), audit.NotApplicable, ""},

		{"TLS off", "GW-01", of(row(1, None, anyone)), 0, now(), audit.Fail, ""},
		{"opportunistic", "GW-01", of(row(1, Opportunistic, anyone)), 0, now(), audit.Pass, "nothing is enforced"},
		{"not decided whether off", "GW-01", of(undecided(Opportunistic)), 0, now(), audit.Unknown, ""},
		{"switched off", "GW-01", of(changed(row(1, None, anyone), func(r *Row) { r.Disabled = true })), 0, now(), audit.NotApplicable, "switched off"},
	} {
		tt.table.Sort()
		f := judged(t, tt.table, tt.rule, tt.row, tt.at)
		if f.Verdict != tt.want || !strings.Contains(f.Message, tt.says) {
			t.Errorf("%s: %s is %s (%s), want %s (%s)", tt.name, tt.rule, f.Verdict, f.Message, tt.want, tt.says)
		}
		if acts := f.Verdict == audit.Fail || f.Verdict == audit.Warn; acts != (f.Remedy != nil) {
			t.Errorf("%s: %s is %s with the remedy %v", tt.name, tt.rule, f.Verdict, f.Remedy)
		}
	}
}

// Every rule has a document, and a case of each verdict it can come to above.
func TestRulesAreDocumented(t *testing.T) {
	var ids []string
	for _, r := range Rules {
		ids = append(ids, r.ID)
		if r.Check == "" || r.Title == "" || r.Doc == "" || r.Detect == "" || r.Level == "" || r.Remedy.Text == "" || len(r.Refs) == 0 {
			t.Errorf("%s lacks a part of its document", r.ID)
		}
		if r.Remedy.Confidence == "inferred" && !strings.Contains(r.Remedy.Text, "inferred") && r.ID != "GW-01" {
			t.Errorf("%s: an inferred remedy does not say so", r.ID)
		}
	}
	if want := []string{"FP-01", "FP-02", "FP-03", "FP-04", "FP-05", "FP-06", "FP-07", "GW-01"}; !slices.Equal(ids, want) {
		t.Errorf("rules %v", ids)
	}
}

func TestRecords(t *testing.T) {
	table := &Table{Policy: "corp", Product: Forcepoint, Deployment: Hybrid, Wants: Wants{Sensitive: []string{"bank.test", "own.test"}}, Rows: []Row{
		{Name: "Bank*\nout", Priority: 1, Direction: Outbound, Level: VerifyCN, MinBits: 129, Match: domains("bank.test"), Place: audit.Place{File: "t.json", Line: 3, Col: 5}},
		{Name: "Bank?_out", Priority: 1, Direction: Outbound, Level: VerifyCN, MinBits: 129, Match: domains("b.test")},
	}}
	records := table.Findings(now())
	if len(records) != 3 {
		t.Fatalf("%d records", len(records))
	}
	want := audit.Evidence{Subject: "gateway:corp/outbound/1:Bank__out", Connection: &audit.Connection{
		Direction: "outbound", Priority: 1, Name: "Bank*\nout", Security: "verify+cn", Effective: "encrypt+cn", Strength: "high", Match: "bank.test", Source: Forcepoint,
		Place: &audit.Place{File: "t.json", Line: 3, Col: 5},
	}}
	if diff := cmp.Diff(want, records[0].Evidence); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if got := records[1].Evidence.Subject; got != "gateway:corp/outbound/1:Bank__out~2" {
		t.Errorf("a second row with the same name is %q", got)
	}
	f := records[0].Findings[0]
	if f.Verdict != audit.Fail || f.Profile != "corp" || f.Control != Control || f.Level != audit.Must || f.Subject != want.Subject || f.Place.Line != 3 ||
		f.Fingerprint != audit.FindingFingerprint("corp", f.Rule, f.Subject) || f.Confidence != "" {
		t.Errorf("%+v", f)
	}
	if len(records[0].Findings) != len(Rules) || !slices.IsSortedFunc(records[0].Findings, func(a, b audit.Finding) int { return a.Compare(&b) }) {
		t.Errorf("%d findings, or not the worst first", len(records[0].Findings))
	}
	last := records[2]
	if last.Evidence.Subject != "gateway:corp/outbound/0:no row" || len(last.Findings) != 1 || last.Findings[0].Rule != "FP-07" || last.Findings[0].Verdict != audit.Fail ||
		!strings.Contains(last.Findings[0].Message, "own.test") || strings.Contains(last.Findings[0].Message, "bank.test") {
		t.Errorf("%+v", last)
	}
	if f := judged(t, &Table{Deployment: Hybrid, StrictAuthenticity: ptr(true), Rows: table.Rows}, "FP-01", 0, now()); f.Severity != audit.Medium {
		t.Errorf("a failure that is compensated for is as severe as any: %s", f.Severity)
	}
	if records := (&Table{}).Findings(now()); len(records) != 0 {
		t.Errorf("an empty table: %+v", records)
	}
}

// A table at its bounds is judged in bounded time.
func TestLargeTable(t *testing.T) {
	table := &Table{Deployment: OnPrem}
	for i := range 5000 {
		a := netip.AddrFrom4([4]byte{10, byte(i >> 8), byte(i), 0})
		table.Rows = append(table.Rows, row(2*i+1, Verify, Match{Addresses: []netip.Prefix{netip.PrefixFrom(a, 24), netip.PrefixFrom(a, 30)}}),
			row(2*i+2, Encrypt, domains("d"+itoa(uint16(i))+".example.test", "*.d"+itoa(uint16(i))+".example.test")))
	}
	for i := range 1000 {
		table.Wants.Sensitive = append(table.Wants.Sensitive, "*.d"+itoa(uint16(i))+".example.test")
	}
	table.Sort()
	start := time.Now()
	if n := len(table.Findings(now())); n != 10_000 {
		t.Errorf("%d records", n)
	}
	if took := time.Since(start); took > 20*time.Second {
		t.Errorf("%s", took)
	}
}

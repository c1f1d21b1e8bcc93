package gateway

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tlsaudit/audit"
)

const (
	eximSecure = "secure:\n  driver = smtp\n  hosts_require_tls = *\n  tls_verify_hosts = *\n"
	eximPlain  = "plain:\n  driver = smtp\n"
	eximAll    = "all:\n  driver = dnslookup\n  transport = plain\n"
)

// eximTable reads a configuration: the main part, routers, transports.
func eximTable(t *testing.T, main, routers, transports string) *Table {
	t.Helper()
	table, err := Read("exim", "f", []byte(main+"\nbegin routers\n"+routers+"\nbegin transports\n"+transports))
	if err != nil {
		t.Fatalf("%s: %v", routers, err)
	}
	table.Wants.Sensitive = []string{"bank.example"}
	return table
}

// usedTransports defines those of a few transports that the routers name.
func usedTransports(routers string) string {
	hub := strings.Replace(eximSecure, "secure", "hub", 1) + "  hosts = hub.example\n"
	text := ""
	for _, transport := range []string{eximSecure, eximPlain, hub, strings.Replace(hub, "hub:", "over:", 1) + "  hosts_override\n"} {
		if name, _, _ := strings.Cut(transport, ":"); strings.Contains(routers, "transport = "+name) || strings.Contains(routers, "{"+name+"}") || strings.Contains(routers, " "+name+"\n") {
			text += transport
		}
	}
	return text
}

// eximRows writes the rows short: level, whom, and marks.
func eximRows(table *Table) []string {
	var list []string
	for _, r := range table.Rows {
		s := fmt.Sprintf("%s: %s for %s", r.Name, demands(r.Level, r.Strength()), r.Match.String())
		for _, mark := range []struct {
			set  bool
			word string
		}{{r.Match.HostsOnly, " hosts"}, {r.Match.Partial, " partial"}, {r.Undecided != "", " undecided"}, {r.Disabled, " disabled"}} {
			if mark.set {
				s += mark.word
			}
		}
		list = append(list, s)
	}
	return list
}

// said returns what one rule about the table said: the worst verdict.
func said(table *Table, rule string) audit.Verdict {
	worst := audit.NotApplicable
	for _, r := range table.Findings(time.Date(2026, 6, 1, 0, 0, 0, 0, time.UTC)) {
		for _, f := range r.Findings {
			switch {
			case f.Rule != rule || f.Verdict == audit.NotApplicable:
			case f.Verdict == audit.Fail, worst == audit.NotApplicable, worst == audit.Pass:
				worst = f.Verdict
			}
		}
	}
	return worst
}

// A router that is limited in a way the reader does not model decides nothing,
// and never makes mail to a sensitive domain pass.
func TestEximLimitedRouters(t *testing.T) {
	for _, limit := range []string{
		"local_part_suffix = -x", "local_part_prefix = x-", "no_address_test", "address_test = false", "require_files = /etc/x", "check_local_user",
		"condition = ${if eq{$sender_host_address}{}{no}{yes}}", "senders = a@x.example", "local_parts = postmaster", "unseen", "unseen = ${if x}", "router_home_directory = /x",
		"address_data = ${lookup{$local_part}lsearch{/etc/x}{$value}fail}", "self = pass", "redirect_router = all", "pass_router = all", "translate_ip_address = x",
		"check_secondary_mx", "set = r_x = 1", "SOMETHING", "verify_only = ${if x}", "ignored_option_of_tomorrow = 1",
	} {
		table := eximTable(t, "", "first:\n  driver = dnslookup\n  "+limit+"\n  transport = secure\n"+eximAll, eximSecure+eximPlain)
		first := table.Rows[0]
		if !first.Match.Partial || first.Undecided == "" || first.Disabled {
			t.Errorf("%s: %s", limit, eximRows(table)[0])
		}
		if v := said(table, "FP-07"); v != audit.Fail && v != audit.Unknown {
			t.Errorf("%s: FP-07 %s", limit, v)
		}
		if v := said(table, "FP-05"); v == audit.Fail {
			t.Errorf("%s: FP-05 %s: an undecided row shadows", limit, v)
		}
	}
	for _, harmless := range []string{
		"debug_print = x", "no_more", "more = false", "no_verify_only", "verify_only = no", "not_unseen", "no_check_local_user", "host_find_failed = defer",
		"ignore_target_hosts = 0.0.0.0 : 127.0.0.0/8", "address_data = x", "self = fail", "address_test",
	} {
		table := eximTable(t, "", "first:\n  driver = dnslookup\n  "+harmless+"\n  transport = secure\n", eximSecure)
		if diff := cmp.Diff([]string{"first: verify+cn/medium for any"}, eximRows(table)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", harmless, diff)
		}
		if v := said(table, "FP-07"); v != audit.Pass {
			t.Errorf("%s: FP-07 %s", harmless, v)
		}
	}
}

func TestEximRouters(t *testing.T) {
	for _, tt := range []struct {
		main, routers string
		want          []string
		sensitive     audit.Verdict
	}{
		{"", "r:\n  driver = manualroute\n  route_list = shop.example mx.shop.example\n  transport = secure\n" + eximAll,
			[]string{"r: verify+cn/medium for shop.example through mx.shop.example", "all: opportunistic for any"}, audit.Fail},
		{"", "r:\n  driver = manualroute\n  route_list = shop.example mx.shop.example ; \\\n  *.b.example \"mx1.b.example : mx2.b.example::26\" randomize plain\n  transport = secure\n",
			[]string{"r (shop.example): verify+cn/medium for shop.example through mx.shop.example", "r (*.b.example): opportunistic for *.b.example through mx1.b.example, mx2.b.example partial undecided"}, audit.Fail},
		{"", "r:\n  driver = manualroute\n  route_list = * relay.example::587 byname\n  transport = secure\n",
			[]string{"r: verify+cn/medium for any at port 587 through relay.example"}, audit.Fail},
		{"", "r:\n  driver = manualroute\n  route_list = * a.example:b.example::26:c.example\n  transport = secure\n",
			[]string{"r: verify+cn/medium for any through a.example, b.example, c.example partial undecided"}, audit.Fail},
		{"", "r:\n  driver = manualroute\n  route_list = * relay.example\n  transport = secure\n",
			[]string{"r: verify+cn/medium for any through relay.example"}, audit.Pass},
		{"", "r:\n  driver = manualroute\n  domains = a.example : bank.example\n  route_list = *.test x.example; bank.example mx.example\n  transport = secure\n" + eximAll,
			[]string{"r: verify+cn/medium for bank.example through mx.example", "all: opportunistic for any"}, audit.Pass},
		{"", "r:\n  driver = manualroute\n  domains = *.a.example : c.example\n  route_list = x.a.example mx.example; c.example mx.example\n  transport = secure\n",
			[]string{"r (x.a.example): verify+cn/medium for x.a.example through mx.example", "r (c.example): verify+cn/medium for c.example through mx.example"}, audit.Fail},
		{"", "r:\n  driver = manualroute\n  domains = lsearch;/etc/x\n  route_list = bank.example mx.example\n  transport = secure\n" + eximAll,
			[]string{"r: verify+cn/medium for bank.example through mx.example partial undecided", "all: opportunistic for any"}, audit.Fail},
		{"", "r:\n  driver = manualroute\n  route_data = ${lookup{$domain}lsearch{/etc/x}}\n  transport = secure\n" + eximAll,
			[]string{"r: verify+cn/medium for any partial undecided", "all: opportunistic for any"}, audit.Fail},
		{"", "r:\n  driver = manualroute\n  route_data = relay.example\n  transport = secure\n",
			[]string{"r: verify+cn/medium for any through relay.example"}, audit.Pass},
		{"", "r:\n  driver = manualroute\n  route_list = ! x.example mx.example; $domain y.example; bank.example $domain; c.example\n  transport = secure\n",
			[]string{"r: verify+cn/medium for any partial undecided", "r: verify+cn/medium for any partial undecided", "r (bank.example): verify+cn/medium for bank.example partial undecided", "r (c.example): verify+cn/medium for c.example partial undecided"}, audit.Fail},
		{"", "r:\n  driver = manualroute\n  transport = secure\n",
			[]string{"r: verify+cn/medium for any partial undecided"}, audit.Fail},
		// what the rules do not take is refused, so the last router is for nobody known
		{"", "r:\n  driver = manualroute\n  route_list = shop.example mx.shop.example\n  transport = plain\n  no_more\nbank:\n  driver = dnslookup\n  transport = secure\n",
			[]string{"r: opportunistic for shop.example through mx.shop.example", "bank: verify+cn/medium for any partial undecided"}, audit.Fail},
		{"", "r:\n  driver = manualroute\n  domains = shop.example : x.example\n  route_list = shop.example mx.shop.example\n  transport = plain\n  no_more\nbank:\n  driver = dnslookup\n  transport = secure\n",
			[]string{"r: opportunistic for shop.example through mx.shop.example", "bank: verify+cn/medium for any"}, audit.Pass},
		{"", "lit:\n  driver = ipliteral\n  transport = secure\n" + eximAll,
			[]string{"lit: verify+cn/medium for any partial undecided", "all: opportunistic for any"}, audit.Fail},
		{"", "q:\n  driver = queryprogram\n  command = /x\nbank:\n  driver = dnslookup\n  transport = secure\n",
			[]string{"q: opportunistic for any partial undecided", "bank: verify+cn/medium for any"}, audit.Fail},
		{"", "q:\n  transport = secure\n" + eximAll, []string{"q: verify+cn/medium for any partial undecided", "all: opportunistic for any"}, audit.Fail},
		{"", "v:\n  driver = dnslookup\n  verify_only\n  transport = secure\n" + eximAll,
			[]string{"v: opportunistic for any disabled", "all: opportunistic for any"}, audit.Fail},
		{"", "v:\n  driver = accept\n  transport = hub\n", []string{"v: verify+cn/medium for any through hub.example"}, audit.Pass},
		{"", "v:\n  driver = accept\n  transport = secure\n", []string{"v: verify+cn/medium for any partial undecided"}, audit.Fail},
		{"", "v:\n  driver = dnslookup\n  transport = over\n", []string{"v: verify+cn/medium for any through hub.example"}, audit.Pass},
		{"", "v:\n  driver = dnslookup\n  transport = ${if x{secure}{plain}}\nb:\n  driver = dnslookup\n  transport = secure\n",
			[]string{"v: opportunistic for any partial undecided", "b: verify+cn/medium for any", "plain: opportunistic for nobody partial undecided"}, audit.Fail},
	} {
		table := eximTable(t, tt.main, tt.routers, usedTransports(tt.routers))
		got := eximRows(table)
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.routers, diff)
		}
		if v := said(table, "FP-07"); v != tt.sensitive && (v == audit.Pass || tt.sensitive == audit.Pass) {
			t.Errorf("%s: FP-07 %s, want %s", tt.routers, v, tt.sensitive)
		}
	}
}

// Hosts a transport treats otherwise have rows of their own, before that of
// all others.
func TestEximHosts(t *testing.T) {
	bank := "bank:\n  driver = dnslookup\n  domains = bank.example\n  transport = t\n"
	any := "any:\n  driver = dnslookup\n  transport = t\n"
	const all = "hosts_require_tls = *\n  tls_verify_hosts = *\n  "
	for _, tt := range []struct {
		routers, options string
		want             []string
		sensitive, clear audit.Verdict
	}{
		{any, "hosts_require_tls = ! mx.bank.example\n  tls_verify_hosts = *",
			[]string{"any (hosts_require_tls): opportunistic for mx.bank.example hosts", "any: verify+cn/medium for any"}, audit.Unknown, audit.Pass},
		{bank, "hosts_require_tls = ! mx.bank.example : *\n  tls_verify_hosts = *",
			[]string{"bank (hosts_require_tls): opportunistic for mx.bank.example hosts partial undecided", "bank: verify+cn/medium for bank.example"}, audit.Unknown, audit.Unknown},
		{any, "hosts_require_tls = *\n  tls_verify_hosts = ! mx.bank.example",
			[]string{"any (tls_verify_hosts): encrypt/medium for mx.bank.example hosts", "any: verify+cn/medium for any"}, audit.Unknown, audit.Pass},
		{any, all + "tls_verify_cert_hostnames = ! mx.bank.example",
			[]string{"any (tls_verify_cert_hostnames): verify/medium for mx.bank.example hosts", "any: verify+cn/medium for any"}, audit.Unknown, audit.Pass},
		{any, "hosts_avoid_tls = mx.legacy.example",
			[]string{"any (hosts_avoid_tls): none for mx.legacy.example hosts", "any: opportunistic for any"}, audit.Fail, audit.Fail},
		{any, all + "hosts_avoid_tls = mx.legacy.example",
			[]string{"any (hosts_avoid_tls): none for mx.legacy.example hosts", "any: verify+cn/medium for any"}, audit.Unknown, audit.Fail},
		{any, all + "hosts_avoid_tls = 192.0.2.0/24",
			[]string{"any (hosts_avoid_tls): none for 192.0.2.0/24 hosts", "any: verify+cn/medium for any"}, audit.Unknown, audit.Fail},
		{bank, "hosts_require_tls = mx.hoster.example",
			[]string{"bank (hosts_require_tls): encrypt/medium for mx.hoster.example hosts partial undecided", "bank: opportunistic for bank.example"}, audit.Fail, audit.Unknown},
		{any, "hosts_require_tls = mx.hoster.example",
			[]string{"any (hosts_require_tls): encrypt/medium for mx.hoster.example hosts", "any: opportunistic for any"}, audit.Fail, audit.Pass},
		{any, "hosts_require_tls = *.b.example\n  hosts_avoid_tls = x.b.example : *.y.b.example",
			[]string{"any (hosts_avoid_tls, hosts_require_tls): none for x.b.example hosts", "any (hosts_avoid_tls, hosts_require_tls): none for *.y.b.example hosts", "any (hosts_require_tls): encrypt/medium for *.b.example hosts", "any: opportunistic for any"}, audit.Fail, audit.Fail},
		{any, "hosts_require_tls = *.b.example : ! x.b.example", // whom the order leaves is not read
			[]string{"any: opportunistic for any undecided"}, audit.Unknown, audit.Unknown},
		{any, "hosts_require_tls = mx.b.example : ! *.b.example : *", []string{"any: opportunistic for any undecided"}, audit.Unknown, audit.Unknown},
		{any, "hosts_require_tls = ! *", []string{"any: opportunistic for any"}, audit.Fail, audit.Pass},
		{any, "hosts_require_tls = ! x.b.example\n  hosts_avoid_tls = 192.0.2.1",
			[]string{"any (hosts_require_tls): opportunistic for x.b.example hosts undecided", "any (hosts_avoid_tls): none for 192.0.2.1/32 hosts undecided", "any: encrypt/medium for any"}, audit.Fail, audit.Fail},
		{any, "hosts_require_dane = *", []string{"any: dane-only/medium for any"}, audit.Pass, audit.Pass},
		{any, "hosts_require_dane = ! mx.b.example", []string{"any (hosts_require_dane): opportunistic for mx.b.example hosts", "any: dane-only/medium for any"}, audit.Unknown, audit.Pass},
		{any, "hosts_require_dane = ${if x}", []string{"any: opportunistic for any undecided"}, audit.Unknown, audit.Unknown},
		{any, all + "tls_verify_certificates = ${if x{/a}{}}", []string{"any: encrypt/medium for any undecided"}, audit.Unknown, audit.Unknown},
		{any, "hosts_require_tls = *\n  tls_verify_cert_hostnames = ${if x}", []string{"any: encrypt/medium for any"}, audit.Fail, audit.Pass},
		{any, "tls_verify_hosts = ${if x}", []string{"any: opportunistic for any"}, audit.Fail, audit.Pass},
		{any, all + "tls_verify_certificates = /etc/ssl/certs", []string{"any: verify+cn/medium for any"}, audit.Pass, audit.Pass},
	} {
		table := eximTable(t, "", tt.routers, "t:\n  driver = smtp\n  "+tt.options+"\n")
		got := eximRows(table)
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.options, diff)
		}
		if v := said(table, "FP-07"); v != tt.sensitive {
			t.Errorf("%s: FP-07 %s, want %s", tt.options, v, tt.sensitive)
		}
		if v := said(table, "GW-01"); v != tt.clear {
			t.Errorf("%s: GW-01 %s, want %s", tt.options, v, tt.clear)
		}
	}
}

func TestEximMacros(t *testing.T) {
	table := eximTable(t, "BANK = bank.example\nSPECIAL = BANK\nALLH = *\nAVOID = ALLH", "b:\n  driver = dnslookup\n  domains = SPECIAL\n  transport = t\n", "t:\n  driver = smtp\n  hosts_avoid_tls = AVOID\n")
	if diff := cmp.Diff([]string{"b: none for bank.example"}, eximRows(table)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if v := said(table, "GW-01"); v != audit.Fail {
		t.Errorf("GW-01 %s", v)
	}
	// each doubles the one before: the growth is bounded
	doubling := "AA = xxxxxxxxxxxxxxxx\n"
	for c := 'B'; c <= 'Z'; c++ {
		doubling += fmt.Sprintf("A%c = A%c A%c\n", c, c-1, c-1)
	}
	if _, err := Read("exim", "f", []byte(doubling)); err == nil || !strings.Contains(err.Error(), "macros replaced") {
		t.Errorf("doubling: %v", err)
	}
	long := "MACRO = " + strings.Repeat("x", 60_000) + "\n" + strings.Repeat("# MACRO\nlog = MACRO\n", 200)
	if _, err := Read("exim", "f", []byte(long)); err == nil || !strings.Contains(err.Error(), "macros replaced") {
		t.Errorf("growth: %v", err)
	}
}

// What a file that is not read may define or come before is not known.
func TestEximInclude(t *testing.T) {
	bank := "bank:\n  driver = dnslookup\n  domains = bank.example\n  transport = secure\n"
	for _, tt := range []struct {
		main, routers, transports string
		want                      []string
		sensitive                 audit.Verdict
	}{
		{"", ".include /etc/exim4/routers\n" + bank, eximSecure,
			[]string{"included: opportunistic for any partial undecided", "bank: verify+cn/medium for bank.example partial undecided"}, audit.Unknown},
		{"", "x:\n  driver = dnslookup\n  domains = x.example\n  transport = secure\n.include_if_exists /etc/exim4/routers\n" + bank, eximSecure,
			[]string{"x: verify+cn/medium for x.example partial undecided", "included: opportunistic for any partial undecided", "bank: verify+cn/medium for bank.example partial undecided"}, audit.Unknown},
		{".include x", strings.Replace(bank, "bank.example", "PARTNERS", 1), eximSecure, []string{"bank: verify+cn/medium for nobody partial undecided"}, audit.Unknown},
		{".include x", strings.Replace(bank, "bank.example", "bank.example : x.PARTNERS", 1), eximSecure, []string{"bank: verify+cn/medium for nobody partial undecided"}, audit.Unknown},
		{"domainlist l = A.example", strings.Replace(bank, "bank.example", "+l", 1), eximSecure, []string{"bank: verify+cn/medium for a.example"}, audit.Fail},
		{".include x\ndomainlist l = A.example", strings.Replace(bank, "bank.example", "+l", 1), eximSecure, []string{"bank: verify+cn/medium for nobody partial undecided"}, audit.Unknown},
		{"P = bank.example\n.include x", strings.Replace(bank, "bank.example", "P", 1), eximSecure, []string{"bank: verify+cn/medium for nobody partial undecided"}, audit.Unknown},
		{".include x", bank, strings.Replace(eximSecure, "verify_hosts = *", "verify_hosts = HOSTS", 1), []string{"bank: encrypt/medium for bank.example undecided"}, audit.Unknown},
		{".include x", "x:\n  driver = dnslookup\n  transport = odd\n" + bank, "odd:\n  driver = ODD\n" + eximSecure,
			[]string{"x: opportunistic for any partial undecided", "bank: verify+cn/medium for bank.example"}, audit.Unknown},
		{".include x", "x:\n  driver = ODD\n" + bank, eximSecure, []string{"x: opportunistic for any partial undecided", "bank: verify+cn/medium for bank.example"}, audit.Unknown},
		{".include x", bank, eximSecure, []string{"bank: verify+cn/medium for bank.example"}, audit.Pass},
		{".include x", bank, eximSecure + "  MORE\n", []string{"bank: verify+cn/medium for bank.example undecided"}, audit.Unknown},
		{"", bank, eximSecure + ".include x\n", []string{"bank: verify+cn/medium for bank.example undecided"}, audit.Unknown},
		{"", strings.Replace(bank, "bank.example", "PARTNERS", 1), eximSecure, []string{"bank: verify+cn/medium for nobody partial undecided"}, audit.Unknown},
		{".ifdef NEVER\n.include x\n.endif", strings.Replace(bank, "bank.example", "Bank.example", 1), eximSecure, []string{"bank: verify+cn/medium for bank.example"}, audit.Pass},
		{"", ".ifdef _HAVE_DANE\n" + bank + ".endif\n", eximSecure, []string{"bank: verify+cn/medium for bank.example partial undecided"}, audit.Unknown},
	} {
		table := eximTable(t, tt.main, tt.routers, tt.transports)
		if diff := cmp.Diff(tt.want, eximRows(table)); diff != "" {
			t.Errorf("%s%s (-want +got):\n%s", tt.main, tt.routers, diff)
		}
		if v := said(table, "FP-07"); v != tt.sensitive && (v == audit.Pass || tt.sensitive == audit.Pass) {
			t.Errorf("%s%s: FP-07 %s, want %s", tt.main, tt.routers, v, tt.sensitive)
		}
	}
}

// The domains a router leaves out are given to whoever takes them, before it.
func TestEximLeftOut(t *testing.T) {
	const lists = "primary_hostname = mail.own.example\ndomainlist relay = hub.example\ndomainlist local_domains = @ : localhost : own.example"
	out := "out:\n  driver = dnslookup\n  domains = ! +local_domains\n  transport = secure\n  no_more\n"
	for _, tt := range []struct {
		main, routers string
		want          []string
	}{
		{"domainlist local_domains = @ : @[]", out, []string{"out: verify+cn/medium for any"}},
		{lists, out, []string{"out (domains left out): opportunistic for localhost, own.example", "out: verify+cn/medium for any"}},
		{lists, strings.Replace(out, "! +local_domains", "! +local_domains : !+relay : *", 1) + "hub:\n  driver = manualroute\n  domains = +relay\n  route_list = * mx.own.example\n  transport = plain\n",
			[]string{"hub: opportunistic for hub.example through mx.own.example", "out (domains left out): opportunistic for localhost, own.example", "out: verify+cn/medium for any"}},
		{lists, out + "x:\n  driver = dnslookup\n  domains = a.example : own.example\n  transport = plain\n",
			[]string{"x: opportunistic for own.example", "out (domains left out): opportunistic for localhost", "out: verify+cn/medium for any"}},
		{lists, out + "x:\n  driver = dnslookup\n  domains = lsearch;/etc/x\n  transport = plain\n",
			[]string{"x: opportunistic for localhost, own.example partial undecided", "out (domains left out): opportunistic for localhost, own.example partial undecided", "out: verify+cn/medium for any"}},
		{lists + " : *.own.example", out + "x:\n  driver = dnslookup\n  domains = ! x.own.example\n  transport = plain\n",
			[]string{"x: opportunistic for localhost, own.example, *.own.example partial undecided", "out (domains left out): opportunistic for localhost, own.example, *.own.example partial undecided", "out: verify+cn/medium for any"}},
		{lists, out + eximAll, []string{"all: opportunistic for localhost, own.example", "out: verify+cn/medium for any"}},
		{lists, strings.Replace(out, "+local_domains", "+gone", 1), []string{"out: verify+cn/medium for nobody partial undecided"}},
		{lists, strings.Replace(out, "+local_domains", "lsearch;/etc/x", 1), []string{"out: verify+cn/medium for nobody partial undecided"}},
		{lists, strings.Replace(out, "dnslookup", "manualroute\n  route_list = *.own.example mx.example; own.example x.example; b.example mx.example", 1),
			[]string{"out (*.own.example): verify+cn/medium for *.own.example through mx.example", "out (b.example): verify+cn/medium for b.example through mx.example"}},
		{lists, strings.Replace(out, "dnslookup", "manualroute\n  route_list = *.example mx.example", 1), []string{"out: verify+cn/medium for *.example through mx.example partial undecided"}},
		{lists, strings.Replace(out, "secure", "secure\n  condition = yes", 1), []string{"out: verify+cn/medium for any partial undecided"}},
	} {
		table := eximTable(t, tt.main, tt.routers, usedTransports(tt.routers))
		got := eximRows(table)
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.routers, diff)
		}
		if v := said(table, "FP-05"); v == audit.Fail {
			t.Errorf("%s: FP-05 %s", tt.routers, v)
		}
		for _, r := range table.Findings(now()) {
			for _, f := range r.Findings {
				if strings.HasSuffix(f.Message, ": ") {
					t.Errorf("%s: a message without a reason: %q", tt.routers, f.Message)
				}
			}
		}
	}
	for routers, want := range map[string]audit.Verdict{
		out: audit.Pass, strings.Replace(out, "+local_domains", "+gone", 1): audit.Unknown,
		strings.Replace(out, "secure", "plain", 1): audit.Fail, strings.Replace(out, "+local_domains", "bank.example", 1): audit.Fail,
	} {
		if v := said(eximTable(t, lists, routers, usedTransports(routers)), "FP-07"); v != want {
			t.Errorf("%s: FP-07 %s, want %s", routers, v, want)
		}
	}
}

// Lists that multiply each other are refused, or become unknown, in bounded
// time.
func TestEximBounds(t *testing.T) {
	many := "domainlist l = x"
	for i := range 5000 {
		many += fmt.Sprintf(" : x%d.test", i)
	}
	routers := "out:\n  driver = dnslookup\n  domains = ! +l\n  transport = secure\n"
	for i := range 2000 {
		routers += fmt.Sprintf("r%d:\n  driver = dnslookup\n  condition = x\n  transport = plain\n", i)
	}
	if _, err := Read("exim", "f", []byte(many+"\nbegin routers\n"+routers+"begin transports\n"+eximSecure+eximPlain)); err == nil || !strings.Contains(err.Error(), "f:3:1: the router leaves out too many domains") {
		t.Errorf("left out: %v", err)
	}
	deep := "domainlist l0 = a.example\n"
	for i := 1; i < 8; i++ {
		deep += fmt.Sprintf("domainlist l%d = %s\n", i, strings.Repeat(fmt.Sprintf("+l%d : ", i-1), 30))
	}
	table := eximTable(t, deep, "r:\n  driver = dnslookup\n  domains = ! +l7\n  transport = secure\n", eximSecure)
	if diff := cmp.Diff([]string{"r: opportunistic for nobody partial undecided"}, eximRows(table)); diff != "" {
		t.Errorf("deep (-want +got):\n%s", diff)
	}
}

// The strength is that of the weakest suite, in every language the string is
// valid in.
func TestEximStrength(t *testing.T) {
	for text, want := range map[string]int{
		"": 128, "SECURE256": 256, "SECURE256:NORMAL": 128, "SECURE256:+AES-128-GCM": 128, "SECURE192:-VERS-ALL:+VERS-TLS1.3": 256, "secure256": 256,
		"NORMAL": 128, "LEGACY": 128, "NORMAL:+3DES-CBC": 112, "@SYSTEM": 0, "PROFILE=SYSTEM": 0, "${if x{SECURE256}}": 0, "AES256:!aNULL": 128,
		"HIGH": 128, "DEFAULT": 112, "ALL": 112, "no such word": 0, "eNULL": 0, "SECURE256:%NO_SUCH": 0, strings.Repeat("HIGH:", 5000): 0,
	} {
		if got := eximStrength(text); got != want {
			t.Errorf("%.40q: %d, want %d", text, got, want)
		}
	}
}

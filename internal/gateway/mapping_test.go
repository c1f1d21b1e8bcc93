package gateway

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tlsaudit/audit"
)

// What the words of each product come to. Where there is no exact equivalent
// the row keeps a level of its own, and never a stronger one.
func TestMapping(t *testing.T) {
	exchange := func(members string) string {
		return `[{"Name": "A", "AddressSpaces": ["a.test"], "Enabled": true, ` + members + `}]`
	}
	online := func(members string) string {
		return `{"Name": "A", "RecipientDomains": ["a.test"], ` + members + `}`
	}
	exim := func(options string) string {
		return "begin routers\nr:\n  driver = dnslookup\n  domains = a.test\n  transport = t\nbegin transports\nt:\n  driver = smtp\n  " + strings.ReplaceAll(options, "; ", "\n  ") + "\n"
	}
	for _, tt := range []struct{ as, in, want string }{
		{"postfix", "a.test none", "none"},
		{"postfix", "a.test may ciphers=high", "opportunistic"},
		{"postfix", "a.test encrypt", "encrypt/medium"},
		{"postfix", "a.test encrypt ciphers=high exclude=AES128", "encrypt/medium"}, // TLS 1.3 is not limited by it
		{"postfix", "a.test encrypt ciphers=export", "encrypt; ciphers=export admits suites weaker than medium"},
		{"postfix", "a.test dane", "opportunistic; DANE if the peer publishes usable TLSA records, else opportunistic"},
		{"postfix", "a.test dane-only", "dane-only/medium; the peer's TLSA records decide; no delivery without them"},
		{"postfix", "a.test fingerprint match=AA:BB", "fingerprint/medium; the certificate must be one of those listed"},
		{"postfix", "a.test verify", "verify+cn/medium weak"},
		{"postfix", "a.test secure", "verify+cn/medium names a.test, names below a.test"},
		{"postfix", "a.test secure match=nexthop", "verify+cn/medium names a.test"},
		{"postfix", "a.test secure match=hostname", "verify+cn/medium weak"},
		{"postfix", "a.test verify match=mx.a.test:.b.test", "verify+cn/medium names mx.a.test, .b.test"},
		{"postfix", "[mx.a.test] verify", "verify+cn/medium"},
		{"postfix", "[mx.a.test]:587 secure match=nexthop", "verify+cn/medium"},
		{"postfix", ".a.test secure match=nexthop", "verify+cn/medium names the next hop (a name below .a.test)"},
		{"postfix", "a.test secure tafile=/x.pem", "verify+cn/medium names a.test, names below a.test; only the trust anchors of tafile count"},

		{"sendmail", "TLS_Srv:a.test ENCR:128", "encrypt/medium"},
		{"sendmail", "TLS_Srv:a.test ENCR:256", "encrypt/high"},
		{"sendmail", "TLS_Srv:a.test ENCR:112", "encrypt"},
		{"sendmail", "TLS_Srv:a.test ENCR:128++CN:mx.a.test", "encrypt+cn/medium names mx.a.test"},
		{"sendmail", "TLS_Srv:a.test VERIFY", "verify"},
		{"sendmail", "TLS_Srv:a.test TEMP+VERIFY:128", "verify/medium"},
		{"sendmail", "TLS_Srv:a.test VERIFY:128++CN", "verify+cn/medium"},
		{"sendmail", "TLS_Srv:a.test VERIFY:128+CN:x++CI:/O=X", "verify+cn/medium names x; the issuer must be /O=X"},
		{"sendmail", "Try_TLS:a.test no", "none; TLS is not tried with these hosts"},
		{"sendmail", "TLS_Rcpt:u@a.test VERIFY", "verify; undecided the entry is for the recipient u only"},

		{"exchange", exchange(`"RequireTLS": false`), "opportunistic"},
		{"exchange", exchange(`"RequireTLS": false, "TlsAuthLevel": "DomainValidation"`), "opportunistic"},
		{"exchange", exchange(`"RequireTLS": true, "TlsAuthLevel": null`), "encrypt"},
		{"exchange", exchange(`"RequireTLS": true, "TlsAuthLevel": "EncryptionOnly"`), "encrypt"},
		{"exchange", exchange(`"RequireTLS": true, "TlsAuthLevel": "CertificateValidation"`), "verify"},
		{"exchange", exchange(`"RequireTLS": true, "TlsAuthLevel": "DomainValidation", "TlsDomain": "mx.a.test"`), "verify+cn names mx.a.test"},
		{"exchange", exchange(`"RequireTLS": true, "TlsAuthLevel": "DomainValidation"`), "verify+cn names a.test"},
		{"exchange", exchange(`"RequireTLS": true, "IgnoreSTARTTLS": true`), "none; IgnoreSTARTTLS is set: TLS is never used"},
		{"exchange", exchange(`"TlsAuthLevel": null`), "opportunistic; undecided RequireTLS is not in the file"},
		{"exchange", exchange(`"RequireTLS": true, "Enabled ": false`), "encrypt"},
		{"exchange", online(`"Enabled": false, "TlsSettings": "CertificateValidation"`), "verify disabled"},
		{"exchange", online(`"TlsSettings": null`), "opportunistic"},
		{"exchange", online(`"TlsSettings": "DomainValidation", "TlsDomain": "b.test", "SmartHosts": ["mx.b.test"], "UseMXRecord": false`), "verify+cn names b.test through mx.b.test"},

		{"cisco-esa", "[a.test]\ntable_tls = off", "none"},
		{"cisco-esa", "[a.test]\ntable_tls = on", "opportunistic"},
		{"cisco-esa", "[a.test]\ntable_tls = on_verify", "opportunistic"},
		{"cisco-esa", "[a.test]\ntable_tls = require", "encrypt"},
		{"cisco-esa", "[a.test]\ntable_tls = Required - Verify", "verify+cn"},
		{"cisco-esa", "[a.test]\ntable_tls = default", "opportunistic; undecided table_tls is not set, also not under DEFAULT"},
		{"cisco-esa", "[a.test]\nip_sort_pref = X\n[DEFAULT]\ntable_tls = require", "encrypt"},

		{"exim", exim("hosts_try_dane = *"), "opportunistic"},
		{"exim", exim("hosts_require_tls = *"), "encrypt/medium"},
		{"exim", exim("protocol = smtps"), "encrypt/medium"},
		{"exim", exim("hosts_require_tls = *; tls_verify_hosts = *"), "verify+cn/medium"},
		{"exim", exim("hosts_require_tls = *; tls_verify_hosts = *; tls_verify_cert_hostnames ="), "verify/medium"},
		{"exim", exim("hosts_require_tls = *; tls_verify_hosts = *; tls_verify_certificates ="), "encrypt/medium; undecided tls_verify_hosts without tls_verify_certificates"},
		{"exim", exim("hosts_require_tls = *; tls_verify_hosts = mx.a.test"), "verify+cn/medium; undecided the row is for these hosts where the router \"r\" uses them, and for no other mail"},
		{"exim", exim("tls_verify_hosts = *"), "opportunistic"}, // falls back to clear text
		{"exim", exim("hosts_avoid_tls = *"), "none; hosts_avoid_tls: TLS is never tried"},
		{"exim", exim("hosts_require_tls = *; hosts_require_dane = *"), "dane-only/medium"},
		{"exim", exim("hosts_require_tls = ${lookup{x}}"), "opportunistic; undecided hosts_require_tls or hosts_avoid_tls cannot be decided from the file"},
		{"exim", exim("hosts_require_tls = *; tls_require_ciphers = SECURE256"), "encrypt/high"},
		{"exim", exim("hosts_require_tls = *; tls_require_ciphers = AES256:!aNULL"), "encrypt/medium"}, // TLS 1.3 is not limited by it
		{"exim", exim("hosts_require_tls = *; tls_require_ciphers = ALL"), "encrypt"},
		{"exim", "MX = *\n" + exim("hosts_require_tls = MX"), "encrypt/medium"},
		{"exim", ".include other\n.ifdef X\nMX = *\n.endif\n" + exim("hosts_require_tls = MX"), "opportunistic; undecided hosts_require_tls or hosts_avoid_tls cannot be decided from the file"},
		{"exim", "X = 1\n.ifdef X\nALL = *\n.else\nALL = :\n.endif\n" + exim("hosts_require_tls = ALL"), "encrypt/medium"},
		{"exim", ".ifndef X\nMX = *\n.elifndef Y\nMX = :\n.else\nMX = :\n.endif\n" + exim("hosts_require_tls = MX"), "encrypt/medium"},
		{"exim", ".ifdef X\nMX = *\n.else\nMX = :\n.endif\n" + exim("hosts_require_tls = MX"), "opportunistic"},
	} {
		table, err := Read(tt.as, "f", []byte(tt.in+"\n"))
		if err != nil {
			t.Errorf("%s: %v", tt.in, err)
			continue
		}
		r := table.Rows[0]
		got := demands(r.Level, r.Strength())
		for _, extra := range []struct {
			given bool
			word  string
		}{
			{r.WeakName, " weak"}, {len(r.Names) > 0, " names " + strings.Join(r.Names, ", ")}, {len(r.Match.Via) > 0, " through " + strings.Join(r.Match.Via, ", ")},
			{r.Disabled, " disabled"}, {r.Note != "" && tt.as != "cisco-esa", "; " + r.Note}, {r.Undecided != "", "; undecided " + r.Undecided},
		} {
			if extra.given {
				got += extra.word
			}
		}
		if got != tt.want {
			t.Errorf("%s\n got %s\nwant %s", tt.in, got, tt.want)
		}
	}
}

// The order of the rows is that of the product's own look-ups, not of the file.
func TestLookupOrder(t *testing.T) {
	for _, tt := range []struct {
		as, in string
		want   []string
	}{
		{"postfix", ".b.test may\n.a.b.test may\na.b.test may\n[x.a.b.test]:587 may\n", []string{"[x.a.b.test]:587", "a.b.test", ".a.b.test", ".b.test"}},
		{"sendmail", "TLS_Srv: ENCR:128\nTLS_Srv:test ENCR:128\nTLS_Srv:a.b.test ENCR:128\nTLS_Srv:192.0.2 ENCR:128\nTLS_Clt: ENCR:128\n", []string{"TLS_Srv:a.b.test", "TLS_Srv:test", "TLS_Srv:192.0.2", "TLS_Srv:", "TLS_Clt:"}},
		{"cisco-esa", "[DEFAULT]\ntable_tls=on\n[.test]\n[.a.test]\n[a.test]\n", []string{"a.test", ".a.test", ".test", "DEFAULT"}},
		{"exchange", `[{"Name": "all", "AddressSpaces": ["*"], "RequireTLS": true}, {"Name": "dear", "AddressSpaces": ["SMTP:a.test;10"], "RequireTLS": true}, {"Name": "wide", "AddressSpaces": ["*.test", "X400:c=us"], "RequireTLS": true}, {"Name": "cheap", "AddressSpaces": ["SMTP:a.test;1"], "RequireTLS": true}]`,
			[]string{"cheap", "dear", "wide", "all"}},
	} {
		table, err := Read(tt.as, "f", []byte(tt.in))
		if err != nil {
			t.Errorf("%s: %v", tt.in, err)
			continue
		}
		var got []string
		for _, r := range table.Rows {
			got = append(got, r.Name)
		}
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.as, diff)
		}
	}
}

func TestEximWhom(t *testing.T) {
	const transport = "begin transports\nt:\n  driver = smtp\n  hosts_require_tls = *\nlocal:\n  driver = appendfile\n"
	for _, tt := range []struct{ main, router, want string }{
		{"", "domains = a.test : *.b.test", "a.test, *.b.test"},
		{"", "domains = <; a.test ; 192.0.2.0/24", "192.0.2.0/24, a.test"},
		{"domainlist partners = a.test : +more\ndomainlist more = b.test", "domains = +partners", "a.test, b.test"},
		{"domainlist local_domains = @", "domains = ! +local_domains", "any"},
		{"", "domains = +gone", "nobody partial undecided"},
		{"", "domains = ! a.test : *.test", "nobody partial undecided"},
		{"", "domains = lsearch;/etc/x", "nobody partial undecided"},
		{"domainlist loop = +loop", "domains = +loop", "nobody partial undecided"},
		{"", "domains = a.test\n  condition = ${if x}", "a.test partial undecided"},
		{"A = a.test", "domains = A", "a.test"},
		{"", "domains = a.test : \\\n  # a comment\n  b.test", "a.test, b.test"},
	} {
		in := tt.main + "\nbegin routers\nl:\n  driver = accept\n  transport = local\nr:\n  driver = dnslookup\n  " + tt.router + "\n  transport = t\n" + transport
		table, err := Read("exim", "f", []byte(in))
		if err != nil {
			t.Errorf("%s: %v", tt.router, err)
			continue
		}
		r := table.Rows[0]
		got := r.Match.String()
		if r.Match.Partial {
			got += " partial"
		}
		if r.Undecided != "" {
			got += " undecided"
		}
		if len(table.Rows) != 1 || got != tt.want {
			t.Errorf("%s\n got %d rows, %s\nwant %s", tt.router, len(table.Rows), got, tt.want)
		}
	}
}

// Rows without an exact equivalent demand only what is certain on the wire, and
// leave the rest to a person, named.
func TestDemandsOfImports(t *testing.T) {
	table, err := Read("postfix", "f", []byte("a.test dane-only\nb.test secure\nc.test may\nd.test fingerprint\n[mx.e.test] verify\n"))
	if err != nil {
		t.Fatal(err)
	}
	got := map[string][]string{}
	for _, d := range table.Demands() {
		name := strings.TrimPrefix(d.Rule.Control, "FP-08/")
		part := d.Rule.ID[strings.LastIndex(d.Rule.ID, ".")+1:]
		if d.Off != "" {
			part += " by hand"
		}
		if d.Rule.Level != audit.Must {
			part += fmt.Sprintf(" (%s)", d.Rule.Level)
		}
		got[name] = append(got[name], part)
	}
	want := map[string][]string{
		"a.test": {"starttls", "tls", "strength", "dane by hand"}, "b.test": {"starttls", "tls", "strength", "chain", "name by hand"}, "c.test": {"exception (may)"},
		"d.test": {"starttls", "tls", "strength", "fingerprint by hand"}, "[mx.e.test]": {"starttls", "tls", "strength", "chain", "name"},
		"no row": {"unmatched (may)", "unmatched (may)"}, "FP-09/outgoing certificate": {"client_certificate by hand (should)"},
		"mail domains of the target": {"label"},
	}
	want["_mx.e.test_"] = want["[mx.e.test]"]
	delete(want, "[mx.e.test]")
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// In the hybrid deployment the chain is demanded until the downgrade only.
func TestChainUntilDowngrade(t *testing.T) {
	until := func(table *Table) string {
		for _, d := range table.Demands() {
			if strings.HasSuffix(d.Rule.ID, ".chain") {
				return d.Rule.Until.Format("2006-01-02")
			}
		}
		return "no chain"
	}
	rows := []Row{row(1, VerifyCN, Match{Any: true})}
	postfix := []Row{row(1, VerifyCN, Match{Any: true})}
	postfix[0].Product = "Postfix"
	for _, tt := range []struct {
		table *Table
		want  string
	}{
		{&Table{Deployment: Hybrid, Rows: rows}, "2026-05-18"}, {&Table{Deployment: OnPrem, Rows: rows}, "0001-01-01"}, {&Table{Rows: rows}, "0001-01-01"},
		{&Table{Deployment: Hybrid, Rows: postfix}, "0001-01-01"}, {&Table{Deployment: Hybrid, Rows: []Row{row(1, EncryptCN, Match{Any: true})}}, "no chain"},
	} {
		if got := until(tt.table); got != tt.want {
			t.Errorf("%s: until %s, want %s", tt.table.Deployment, got, tt.want)
		}
	}
}

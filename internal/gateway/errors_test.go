package gateway

import (
	"errors"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"tlsaudit/audit"
)

const header = "direction,priority,name,security_level,encryption_strength,target_type,target_name,target_members\n"

func TestErrors(t *testing.T) {
	object := func(row string) string {
		return "{\"schema\": \"enforced-tls/1\",\n \"connections\": [\n  " + row + "]}"
	}
	entry := func(was, is string) string {
		return object(strings.Replace(`{"direction": "outbound", "priority": 1, "name": "A", "security_level": "Verify", "encryption_strength": "High", "target": {"type": "domain_group", "members": ["a.test"]}}`, was, is, 1))
	}
	send := func(members string) string { return `[{"Identity": "A", ` + members + `}]` }
	for _, tt := range []struct{ name, as, in, want string }{
		{"format", "postfx", "x", "f: format of the gateway table: \"postfx\" is not one of enforced-tls-json, exchange, enforced-tls-csv, cisco-esa, exim, sendmail, postfix\nhint: did you mean \"postfix\"?"},
		{"not recognised", "", "hello\n", "f:1:1: not recognised as a gateway table\nhint: say what it is with as: one of enforced-tls-json, exchange, enforced-tls-csv, cisco-esa, exim, sendmail, postfix"},
		{"empty", "postfix", " \n", "f:1:1: the file is empty\nhint: name another file"},
		{"too large", "postfix", strings.Repeat("#", maxBytes+1), "f:1:1: the file is larger than 1048576 bytes\nhint: split the table"},
		{"binary", "postfix", "a.test\x00 may", "f:1:7: a NUL character: the file is binary, or UTF-16 without a byte order mark\nhint: save the file as UTF-8"},
		{"latin-1", "postfix", "a.test may\nb\xe4.test may", "f:2:2: not text: byte 0xE4\nhint: save the file as UTF-8"},
		{"escape", "postfix", "a.test\x1b[31m may", "f:1:7: control character U+001B\nhint: remove it"},
		{"half a character", "enforced-tls-csv", "\xff\xfea", "f:1:1: the file begins as UTF-16 and ends in the middle of a character\nhint: save the file as UTF-8"},

		{"level", "", entry("Verify", "Verfiy"), "f:3:75: security_level: \"verfiy\" is not one of encrypt, encrypt+cn, verify, verify+cn\nhint: did you mean \"verify\"?"},
		{"strength", "", entry("High", "256"), "f:3:108: encryption_strength: \"256\" is not one of medium, high\nhint: write one of those listed"},
		{"direction", "", entry(`"outbound"`, `"out"`), "f:3:17: direction: \"out\" is not one of inbound, outbound\nhint: write one of those listed"},
		{"priority", "", entry("1", "0"), "f:3:41: \"0\" is not a priority\nhint: a number from 1 to 1000000; the lowest comes first"},
		{"priority as text", "", entry("1,", `"1",`), "f:3:41: connections[0].priority: a whole number is wanted\nhint: write digits only, without quotes"},
		{"name", "", entry(`"A"`, `" "`), "f:3:52: \"\" is not a name for a row\nhint: 1 to 200 characters"},
		{"type", "", entry("domain_group", "domains"), "f:3:135: target_type: \"domains\" is not one of any, ip_group, domain_group\nhint: write one of those listed"},
		{"members of any", "", entry("domain_group", "any"), "f:3:154: a target of type any has no members\nhint: leave the members off, or name the type of the group"},
		{"domain", "", entry("a.test", "a test"), "f:3:163: \"a test\" is not a domain\nhint: write example.com for the name itself, *.example.com for all below it; internationalised names in their xn-- form"},
		{"address", "", entry(`domain_group", "members": ["a.test`, `ip_group", "members": ["192.0.2.1/28`), "f:3:159: \"192.0.2.1/28\" has bits set behind its prefix\nhint: did you mean 192.0.2.0/28?"},
		{"key of a row", "", entry(`"name"`, `"nme"`), "f:3:44: unknown key: \"nme\" is not one of direction, priority, name, security_level, encryption_strength, target\nhint: did you mean \"name\"?"},
		{"key twice", "", entry(`"name": "A"`, `"name": "A", "name": "B"`), "f:3:57: key \"name\" stands here a second time\nhint: keep one of the two"},
		{"key missing", "", entry(`"name": "A", `, ""), "f:3:3: connections[0]: the key \"name\" is missing\nhint: add it"},
		{"schema", "", `{"schema": "enforced-tls/2", "connections": []}`, "f:1:12: schema: not a schema of gateway tables\nhint: this program reads enforced-tls/1"},
		{"deployment", "", `{"schema": "enforced-tls/1", "deployment": "onprem", "connections": []}`, "f:1:44: deployment: \"onprem\" is not one of on-prem, hybrid, cloud\nhint: did you mean \"on-prem\"?"},
		{"fact", "", `{"schema": "enforced-tls/1", "trusted_ca_for_outgoing_imported": "yes", "connections": []}`, "f:1:66: trusted_ca_for_outgoing_imported: true or false is wanted\nhint: write true or false, without quotes"},
		{"time", "", `{"schema": "enforced-tls/1", "collected_at": "20.11.2026", "connections": []}`, "f:1:46: collected_at: \"20.11.2026\" is not a time\nhint: write 2026-11-20 or 2026-11-20T09:00:00Z"},
		{"comma", "", "{\"schema\": \"enforced-tls/1\",\n \"connections\": [{}\n {}]}", "f:3:2: not valid JSON: invalid character '{' after array element\nhint: check the commas, quotes and brackets here"},
		{"end", "", `{"schema": "enforced-tls/1", "connections": [`, "f:1:46: not valid JSON: the document ends too early\nhint: check the commas, quotes and brackets here"},
		{"second document", "", `{"schema": "enforced-tls/1", "connections": []} {}`, "f:1:49: something follows the end of the document\nhint: keep one document in a file"},
		{"deep", "", `{"schema": "enforced-tls/1", "connections": ` + strings.Repeat("[", 40), "f:1:76: nested deeper than 32 levels\nhint: take levels out"},

		{"no header", "enforced-tls-csv", "outbound,1,A,Verify,High,any,,\n", "f:1:1: column: \"outbound\" is not one of direction, priority, name, security_level, encryption_strength, target_type, target_name, target_members\nhint: write one of those listed"},
		{"column", "", strings.Replace(header, "target_name", "target", 1), "f:1:72: column: \"target\" is not one of direction, priority, name, security_level, encryption_strength, target_type, target_name, target_members\nhint: write one of those listed"},
		{"values", "", header + "outbound,1,A,Verify\n", "f:2:1: 4 values for 8 columns\nhint: put a value that contains the separator in double quotes"},
		{"level in CSV", "", header + "outbound,1,A,Verified,High,any,,\n", "f:2:14: security_level: \"verified\" is not one of encrypt, encrypt+cn, verify, verify+cn\nhint: write one of those listed"},
		{"behind a quoted line", "", header + "outbound,1,\"A\nB\",Verify,High,any,,\noutbound,x,C,Verify,High,any,,\n", "f:4:10: \"x\" is not a priority\nhint: a number from 1 to 1000000; the lowest comes first"},
		{"quote", "", header + "outbound,1,\"A,Verify,High,any,,\n", "f:2:33: not valid CSV: extraneous or missing \" in quoted-field\nhint: check the quotes of this row"},

		{"column in characters", "enforced-tls-csv", header + "outbound,1,Zürich–Genève,Verified,High,any,,\n", "f:2:26: security_level: \"verified\" is not one of encrypt, encrypt+cn, verify, verify+cn\nhint: write one of those listed"},
		{"quote in characters", "enforced-tls-csv", header + "outbound,1,Zürich\"Bank,Verify,High,any,,\n", "f:2:18: not valid CSV: bare \" in non-quoted-field\nhint: check the quotes of this row"},
		{"JSON in characters", "", `{"schema": "enforced-tls/1", "ü": x}`, "f:1:35: not valid JSON: invalid character 'x' looking for beginning of value\nhint: check the commas, quotes and brackets here"},
		{"no rows", "enforced-tls-csv", header, "f:1:1: a header row and no rows behind it\nhint: collect the table again; one without rows protects nobody"},
		{"postfix final dot", "postfix", "Bank.test. secure\n", "f:1:1: \"Bank.test.\" matches nothing: Postfix looks next hops up without a final dot\nhint: write bank.test without the final dot"},
		{"postfix final dot and port", "postfix", "[mx.bank.test.]:587 secure\n", "f:1:1: \"[mx.bank.test.]:587\" matches nothing: Postfix looks next hops up without a final dot\nhint: write mx.bank.test without the final dot"},

		{"postfix level", "postfix", "a.test secured\n", "f:1:8: level: \"secured\" is not one of none, may, encrypt, dane, dane-only, fingerprint, verify, secure\nhint: did you mean \"secure\"?"},
		{"postfix attribute", "postfix", "a.test secure\n  cipher=high\n", "f:2:3: attribute: \"cipher\" is not one of protocols, ciphers, exclude, match, tafile, servername, connection_reuse, enable_rpk\nhint: did you mean \"ciphers\"?"},
		{"postfix grade", "postfix", "a.test encrypt\n  ciphers=hihg\n", "f:2:3: ciphers: \"hihg\" is not one of export, low, medium, high, null\nhint: did you mean \"high\"?"},
		{"postfix comment behind", "postfix", "a.test secure # our bank\n", "f:1:15: \"#\" is not an attribute\nhint: write name=value without blanks"},
		{"postfix key twice", "postfix", "a.test may\nA.test secure\n", "f:2:1: the key \"A.test\" stands here a second time; the first is on line 1\nhint: keep one of the two: postmap keeps only one of them"},
		{"postfix wildcard", "postfix", "*.a.test may\n", "f:1:1: \"*.a.test\" matches nothing: Postfix knows no such wildcard\nhint: write .example.com for all names below it"},
		{"postfix port", "postfix", "[a.test]:99999 may\n", "f:1:1: \"[a.test]:99999\" has no valid port\nhint: write a number from 1 to 65535 behind the colon"},
		{"postfix bracket", "postfix", "[a.test may\n", "f:1:1: \"[a.test\" has no closing bracket\nhint: write [host] or [host]:port"},
		{"postfix no level", "postfix", "a.test\n", "f:1:1: no level behind the key \"a.test\"\nhint: one of none, may, encrypt, dane, dane-only, fingerprint, verify, secure"},
		{"postfix begins continued", "postfix", "  secure\n", "f:1:3: the line continues none before it\nhint: remove the leading blanks"},
		{"no-break space", "postfix", "a.test\u00a0secure\n", "f:1:7: an unusual space character, which is part of the word for Postfix\nhint: write an ordinary space"},
		{"long line", "postfix", strings.Repeat("a", maxLine+1), "f:1:1: the line is longer than 65536 bytes\nhint: break it"},

		{"sendmail tag", "sendmail", "TLS_Serv:a.test VERIFY\n", "f:1:1: tag: \"tls_serv\" is not one of tls_srv, tls_clt, tls_rcpt, try_tls\nhint: did you mean \"tls_srv\"?"},
		{"sendmail without colon", "sendmail", "TLS_Clt\n", "f:1:1: no colon behind the tag \"TLS_Clt\"\nhint: write TLS_Srv:host and a value behind blanks"},
		{"sendmail demand", "sendmail", "TLS_Srv:a.test VERFIY:128\n", "f:1:16: demand: \"VERFIY\" is not one of VERIFY, ENCR\nhint: did you mean \"VERIFY\"?"},
		{"sendmail bits", "sendmail", "TLS_Srv:a.test ENCR:many\n", "f:1:16: \"many\" is not a number of bits\nhint: a number from 1 to 256"},
		{"sendmail without bits", "sendmail", "TLS_Srv:a.test ENCR\n", "f:1:16: ENCR needs a number of bits\nhint: write ENCR:128"},
		{"sendmail extra", "sendmail", "TLS_Srv:a.test VERIFY:128+CM:a.test\n", "f:1:16: extra demand: \"CM\" is not one of CN, CS, CI\nhint: write one of those listed"},
		{"sendmail nothing about TLS", "sendmail", "a.test REJECT\n", "f:1:1: no entry about TLS\nhint: entries begin with TLS_Srv:, TLS_Clt:, TLS_Rcpt: or Try_TLS:"},

		{"esa value", "cisco-esa", "[a.test]\ntable_tls = requires\n", "f:2:1: table_tls: \"requires\" is not one of default, off, on, on_verify, require, require_verify, no, preferred, preferred-verify, required, required-verify, required-verifyhosteddomains\nhint: did you mean \"require\"?"},
		{"esa setting", "cisco-esa", "[a.test]\ntable_tsl = require\n", "f:2:1: unknown setting \"table_tsl\"\nhint: did you mean \"table_tls\"?"},
		{"esa section twice", "cisco-esa", "[a.test]\n[A.test]\n", "f:2:1: the section \"A.test\" stands here a second time; the first is on line 1\nhint: keep one of the two"},
		{"esa no section", "cisco-esa", "table_tls = on\n", "f:1:1: a setting before the first section\nhint: begin with [DEFAULT] or [example.com]"},

		{"exchange level", "exchange", send(`"AddressSpaces": ["SMTP:*;1"], "RequireTLS": true, "TlsAuthLevel": "DomainValidated"`), "f:1:87: TlsAuthLevel: \"DomainValidated\" is not one of EncryptionOnly, CertificateValidation, DomainValidation\nhint: did you mean \"DomainValidation\"?"},
		{"exchange level as number", "exchange", send(`"AddressSpaces": ["SMTP:*;1"], "RequireTLS": true, "TlsAuthLevel": 2`), "f:1:87: [0].TlsAuthLevel: the level is a number, whose meaning is not sure\nhint: export the connectors with ConvertTo-Json -EnumsAsStrings"},
		{"exchange spaces", "exchange", send(`"RequireTLS": true`), "f:1:2: [0]: neither AddressSpaces nor RecipientDomains\nhint: export the connectors with ConvertTo-Json -Depth 3"},
		{"exchange cost", "exchange", send(`"AddressSpaces": ["SMTP:*;x"], "RequireTLS": true`), "f:1:38: [0].AddressSpaces[0]: \"x\" is not a cost\nhint: a number from 1 to 100"},
		{"exchange name", "exchange", `[{"RequireTLS": true}]`, "f:1:2: \"\" is not a name for a row\nhint: 1 to 200 characters"},

		{"exim ifdef", "exim", ".ifdef A\nbegin transports\n", "f:2:1: the file ends inside a .ifdef\nhint: add .endif"},
		{"exim directive", "exim", ".ifdf A\n", "f:1:1: directive: \".ifdf\" is not one of .ifdef, .ifndef, .elifdef, .elifndef, .else, .endif, .include, .include_if_exists\nhint: did you mean \".ifdef\"?"},
		{"exim option", "exim", "begin transports\nt:\n  driver = smtp\n  host_require_tls = *\n", "f:4:3: unknown option \"host_require_tls\"\nhint: did you mean \"hosts_require_tls\"?"},
		{"exim no transport", "exim", "begin transports\n", "f:1:1: no smtp transport\nhint: name the file that holds the routers and transports"},
	} {
		_, err := Read(tt.as, "f", []byte(tt.in))
		if err == nil {
			t.Errorf("%s: no error", tt.name)
			continue
		}
		if diff := cmp.Diff(tt.want, err.Error()); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.name, diff)
		}
		if input := (*audit.InputError)(nil); !errors.As(err, &input) || input.Hint == "" {
			t.Errorf("%s: %T, or no hint", tt.name, err)
		}
	}
}

func TestBounds(t *testing.T) {
	var rows strings.Builder
	rows.WriteString(header)
	for range maxRows + 1 {
		rows.WriteString("outbound,1,A,Verify,High,any,,\n")
	}
	if _, err := Read("", "f.csv", []byte(rows.String())); err == nil || !strings.Contains(err.Error(), "f.csv:10002:1: more than 10000 rows") {
		t.Errorf("rows: %v", err)
	}
	many := header + "outbound,1,A,Verify,High,domain_group,G," + strings.Repeat("a.test|", maxMembers) + "a.test\n"
	if _, err := Read("", "f.csv", []byte(many)); err == nil || !strings.Contains(err.Error(), "more than 100000 members") {
		t.Errorf("members: %v", err)
	}
}

// fuzzRead reads any bytes as one format. What comes back is either one error
// about the input, or a table all of which can be judged.
func fuzzRead(f *testing.F, as string, seeds ...string) {
	for _, s := range seeds {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		table, err := Read(as, "f", data)
		if err != nil {
			if input := (*audit.InputError)(nil); !errors.As(err, &input) || input.Hint == "" {
				t.Fatalf("%T is no *audit.InputError, or has no hint: %v", err, err)
			}
			return
		}
		for i := range table.Rows {
			r := &table.Rows[i]
			if r.Name == "" || !utf8.ValidString(r.Name) || r.Place.Line < 1 || r.Level == "" || r.Direction == "" || r.Priority < 1 || r.MinBits < 0 || r.MinBits > 256 {
				t.Fatalf("%+v", r)
			}
		}
		records := table.Findings(now())
		if len(records) != len(table.Rows) {
			t.Fatalf("%d records of %d rows", len(records), len(table.Rows))
		}
		seen := map[string]bool{}
		for _, r := range records {
			if seen[r.Evidence.Subject] || strings.ContainsAny(r.Evidence.Subject, "\n\r\x1b*?") {
				t.Fatalf("subject %q", r.Evidence.Subject)
			}
			seen[r.Evidence.Subject] = true
		}
		ids := map[string]bool{}
		for _, d := range table.Demands() {
			if ids[d.Rule.ID] {
				t.Fatalf("two rules %s", d.Rule.ID)
			}
			ids[d.Rule.ID] = true
			d.Rule.Match(&audit.Target{Protocol: "smtp", Host: "mx.a.test", Port: 25}, nil)
		}
	})
}

func FuzzEnforcedJSON(f *testing.F) {
	fuzzRead(f, "enforced-tls-json", `{"schema": "enforced-tls/1", "deployment": "hybrid", "connections": [{"direction": "outbound", "priority": 1, "name": "A", "security_level": "Verify", "encryption_strength": "High", "target": {"type": "ip_group", "members": ["192.0.2.0/28"]}}]}`)
}

func FuzzEnforcedCSV(f *testing.F) {
	fuzzRead(f, "enforced-tls-csv", header+"outbound,1,A,Encrypt + CN,High,domain_group,G,a.test|*.b.test\ninbound,1,\"A\nB\",encrypt_cn,medium,any,,\n", strings.ReplaceAll(header, ",", ";"))
}

func FuzzPostfix(f *testing.F) {
	fuzzRead(f, "postfix", "a.test secure match=hostname:nexthop\n  ciphers=high\n# x\n[mx.a.test]:587 dane-only\n.b.test none\n[192.0.2.1] may\n")
}

func FuzzSendmail(f *testing.F) {
	fuzzRead(f, "sendmail", "TLS_Srv:a.test PERM+VERIFY:256+CN:a.test++CS:x\nTLS_Clt: ENCR:128\nTry_TLS:192.0.2 NO\nTLS_Rcpt:u@b.test VERIFY\na.test REJECT\n")
}

func FuzzCisco(f *testing.F) {
	fuzzRead(f, "cisco-esa", "[DEFAULT]\ntable_tls = on\n[.a.test]\ntable_tls=default\n[b.test]\n; x\nTABLE_TLS = Required - Verify\n")
}

func FuzzExchange(f *testing.F) {
	fuzzRead(f, "exchange", `[{"Identity": "A", "AddressSpaces": ["SMTP:*.a.test;5", "X400:c=us"], "RequireTLS": true, "TlsAuthLevel": "DomainValidation", "TlsDomain": "mx.a.test", "SmartHosts": ["[192.0.2.1]"]}, {"Name": "B", "RecipientDomains": ["b.test"], "TlsSettings": null, "UseMXRecord": true}]`)
}

func FuzzExim(f *testing.F) {
	fuzzRead(f, "exim", "M = a.test\ndomainlist l = M : b.test\n.ifdef X\n.include y\n.else\n.endif\nbegin routers\nr:\n  driver = dnslookup\n  domains = ! +l : \\\n  *.c.test\n  transport = t\nbegin transports\nt:\n  driver = smtp\n  hosts_require_tls = <; * ; 192.0.2.0/24\n  tls_verify_hosts = *\n",
		"primary_hostname = h.test\ndomainlist l = @ : *.c.test\nA = x\nB = A A\nbegin routers\nm:\n  driver = manualroute\n  domains = ! +l : *\n  no_more\n  route_list = <, a.test \"h.test : i.test::26\" byname , *.c.test $domain t\n  transport = t\n.include y\nn:\n  driver = accept\n  domains = *.c.test\n  transport = t\nv:\n  verify_only\n  transport = t\nbegin transports\nt:\n  driver = smtp\n  hosts = h.test\n  hosts_require_tls = ! *.d.test : *\n  hosts_avoid_tls = x.d.test : 192.0.2.0/24\n  hosts_require_dane = B\n  tls_require_ciphers = SECURE256:NORMAL\n")
}

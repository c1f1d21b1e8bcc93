package exim_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"tlsaudit/audit"
	"tlsaudit/internal/confdoc"
	"tlsaudit/internal/conftree"
)

const canary = "c4n4rySecret"

// TestNoSecrets puts a secret wherever Exim keeps one, also where the file is
// wrong, and looks for it in all that leaves the reader.
func TestNoSecrets(t *testing.T) {
	for _, text := range []string{
		"hide pgsql_servers = localhost/mail/user/" + canary + "\nldap_default_servers = <; ldap.example.com ; user=x pass=" + canary + "\n",
		"LDAP_PASS = " + canary + "\nhide mysql_servers = db/mail/user/LDAP_PASS\n",
		"hide tls_privatekey = " + canary + "\ntls_advertise_hosts =\n",
		"tls_privatekey = " + canary + "\ntls_certificate = ${lookup pgsql{" + canary + "}}\n",
		"begin authenticators\nlogin:\n  driver = plaintext\n  public_name = LOGIN\n  client_send = : user : " + canary + "\n  hide client_secret = " + canary + "\n  server_condition = ${if eq{$auth2}{" + canary + "}}\n",
		"begin transports\nx:\n  driver = smtp\n  hosts_avoid_tls = *\n  hide tls_sni = " + canary + "\n  headers_add = X: " + canary + "\n",
		"mysql_servers = db/mail/user/" + canary + "\nmysql_servers = db/mail/user/" + canary + "\n",
		"hide pgsql_servers \"" + canary + "\nthis line is wrong " + canary + "\n",
		"hide tls_require_ciphers = \"" + canary + "\n",
	} {
		for _, versions := range []map[string]string{nil, {"openssl": "3.0"}, {"gnutls": "3.7"}} {
			d := readText(t, text, versions)
			out, err := json.Marshal(struct {
				Faults    any
				Gaps      any
				Listeners []audit.Declared
				Settings  any
				Findings  any
			}{faultTexts(d), d.Gaps, declared(d), d.Settings, findings(d)})
			if err != nil {
				t.Fatal(err)
			}
			if strings.Contains(string(out), canary) {
				at := strings.Index(string(out), canary)
				t.Errorf("the secret is shown for\n%s\n%s", text, out[max(0, at-200):at])
			}
		}
	}
}

func faultTexts(d *confdoc.Document) (list []string) {
	for _, f := range d.Faults {
		list = append(list, f.Message+" "+f.Hint)
	}
	return list
}

func declared(d *confdoc.Document) (list []audit.Declared) {
	for _, l := range d.Listeners {
		list = append(list, l.Declared)
	}
	return list
}

func findings(d *confdoc.Document) (list []audit.Finding) {
	for _, j := range confdoc.Judge(d, demands) {
		list = append(list, j.Findings...)
	}
	return list
}

// TestBounded reads a megabyte of everything that could take longer than the
// text is long.
func TestBounded(t *testing.T) {
	repeat := func(s string) string { return strings.Repeat(s, 1<<20/len(s)) }
	var macros strings.Builder
	for i := range 40000 {
		macros.WriteString("Q" + strings.Repeat("x", i%7) + string(rune('A'+i%26)) + string(rune('A'+i/26%26)) + string(rune('A'+i/676%26)) + string(rune('A'+i/17576)) + " = ABCDEF\n")
	}
	for name, text := range map[string]string{
		"continuations": "tls_advertise_hosts = " + repeat("a : \\\n"),
		"comments":      "tls_advertise_hosts = a \\\n" + repeat("# comment\n"),
		"macros":        macros.String(),
		"growth":        "A = BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBB\nB = CCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCC\nC = DDDDDDDDDDDDDDDDDDDDDDDDDDDD\nD = EEEEEEEEEEEEEEEEE\ntls_advertise_hosts = AAAAAAAAAAAAAAAA\n",
		"conditions":    repeat(".ifdef A\n.endif\n"),
		"one line":      "tls_require_ciphers = " + repeat("A:"),
		"list":          "tls_advertise_hosts = " + repeat("!a:"),
		"options":       "openssl_options = " + repeat("+no_tlsv1 "),
		"transports":    "begin transports\n" + repeat("x:\n driver = smtp\n"),
		"ports":         "daemon_smtp_ports = " + repeat("1:2:") + "\nlocal_interfaces = " + repeat("127.0.0.1 : "),
		"zeros":         repeat("a\x00\n"),
		"returns":       repeat("a\r"),
		"definitions":   "A=x\n" + repeat("A==AA\n"),
		"faults":        repeat("x\x00y\n"),
	} {
		t.Run(name, func(t *testing.T) {
			began := time.Now()
			d := readText(t, text, nil)
			confdoc.Judge(d, demands)
			if took := time.Since(began); took > time.Minute {
				t.Errorf("took %v", took)
			} else {
				t.Logf("took %v, %d faults", took, len(d.Faults))
			}
		})
	}
	many := map[string]string{"exim.conf": ".include exim.conf\n", "a": ".include b\n.include b\n", "b": ".include a\n.include a\n"}
	tree := conftree.FromTexts(many)
	for _, name := range []string{"exim.conf", "a"} {
		if d := read(t, tree, name, nil); d.Broken() == nil {
			t.Errorf("%s includes itself without end, and nothing is said", name)
		}
	}
}

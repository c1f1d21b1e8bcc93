package postfix

import (
	"strings"
	"testing"

	"tlsaudit/audit"
	"tlsaudit/internal/conftree"
)

// TestSniffPolicyByName: a table of nothing but bad entries is known by its name,
// so that they are reported; the name alone makes no table.
func TestSniffPolicyByName(t *testing.T) {
	for _, c := range []struct {
		name, text string
		want       bool
	}{
		{"tls_policy", "x.example mandatory\n", true},
		{"tls_policy", "x.example encrypt\n", true},
		{"tls-policy.map", "[mx.example.com]:25 enforced protocols=TLSv1.2\n.example.org yes\nexample.net secure\n", true},
		{"table", "x.example mandatory\n", false},
		{"tls_policy", "version: STSv1\nmode: enforce\nmx: mx.example.com\n", false},
		{"tls_policy.json", "{\"x.example\": \"mandatory\"}\n", false},
		{"tls_policy.md", "# Policy\nx.example is mandatory for all\n", false},
		{"tls_policy", "mandatory\n", false},
		{"tls_policy", "", false},
	} {
		f := conftree.NewFile("etc/"+c.name, c.name, c.text, conftree.Encoding{Charset: "utf-8"})
		if got := sniffPolicy(f); (got >= 60) != c.want {
			t.Errorf("%s, %q: %d", c.name, c.text, got)
		}
	}
	_, judgements := load(t, PolicyMap, texts("tls_policy", "x.example mandatory\n"), "etc/tls_policy", nil)
	if got := verdicts(judgements)["policy x.example MTA-05"]; got != audit.Fail {
		t.Errorf("MTA-05 is %v", got)
	}
}

// TestUnsetInWords: what is said about a parameter nobody set is a sentence.
func TestUnsetInWords(t *testing.T) {
	for _, versions := range []map[string]string{nil, {"postfix": "3.7.11"}} {
		_, judgements := load(t, Format, texts("main.cf", "myhostname = mail.example.com\n", "master.cf", plainMaster), "etc/main.cf", versions)
		text := findings(judgements)
		if strings.Contains(text, "not set of") || !strings.Contains(text, "smtpd_tls_security_level is not set, and empty by default in Postfix 3.") {
			t.Errorf("%v:\n%s", versions, text)
		}
	}
}

// TestUnusedLists: a list that is weak by default fails although no service goes
// by it at its present level, and one change mends it with the others.
func TestUnusedLists(t *testing.T) {
	for _, name := range []string{"smtpd_tls_mandatory_protocols", "smtp_tls_mandatory_protocols"} {
		main := strings.Replace(good, name+" = >=TLSv1.2\n", "", 1)
		_, judgements := load(t, Format, texts("main.cf", main, "master.cf", plainMaster), "etc/main.cf", nil)
		if got := verdicts(judgements)["PF-01"]; got != audit.Fail {
			t.Errorf("without %s: PF-01 is %v", name, got)
		}
		_, patched, all := prove(t, Format, texts("main.cf", main, "master.cf", plainMaster), "etc/main.cf", nil)
		if patched != 1 || all != 1 {
			t.Errorf("without %s: %d of %d mended", name, patched, all)
		}
	}
}

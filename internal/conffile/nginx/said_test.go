package nginx

import (
	"slices"
	"strings"
	"testing"

	"tlsaudit/audit"
	"tlsaudit/internal/confdoc"
	"tlsaudit/internal/confdoc/conftest"
	"tlsaudit/internal/conftree"
)

// findingOf returns the first finding of a rule.
func findingOf(t *testing.T, d *confdoc.Document, rule string) audit.Finding {
	t.Helper()
	for _, j := range confdoc.Judge(d, conftest.Demands) {
		for _, f := range j.Findings {
			if f.Rule == rule {
				return f
			}
		}
	}
	t.Fatalf("no finding of %s", rule)
	return audit.Finding{}
}

// TestServerNameOfMail: the mail module has server_name on its own level too.
func TestServerNameOfMail(t *testing.T) {
	server := "server { listen 25; protocol smtp; starttls on;" + cert + "ssl_protocols TLSv1.2; }"
	d := readText(t, "events {}\nmail {\nserver_name mail.example.com;\n"+server+"\n}\n", nil)
	if got := conftest.Verdicts(d)["LOAD-01"]; got != audit.Pass {
		t.Errorf("LOAD-01 is %v: %v", got, d.Faults)
	}
	if len(d.Listeners) != 1 || !slices.Equal(d.Listeners[0].Names, []string{"mail.example.com"}) {
		t.Errorf("listeners %v", d.Listeners)
	}
	for _, text := range []string{http("server_name a.example.com; server { listen 80; }"), "events {}\nstream { server_name a.example.com; }\n", "events {}\nserver_name a.example.com;\n"} {
		if got := conftest.Verdicts(readText(t, text, nil))["LOAD-01"]; got != audit.Fail {
			t.Errorf("LOAD-01 is %v of\n%s", got, text)
		}
	}
}

// TestTripleDES: 3DES is broken, by itself and among others.
func TestTripleDES(t *testing.T) {
	for _, c := range []struct {
		ciphers  string
		versions map[string]string
		rule     string
		verdict  audit.Verdict
		names    []string
	}{
		{"DES-CBC3-SHA", nil, "NGX-06", audit.Fail, []string{"TLS_RSA_WITH_3DES_EDE_CBC_SHA"}},
		{"DES-CBC3-SHA", map[string]string{"openssl": "1.0.2"}, "NGX-06", audit.Fail, []string{"TLS_RSA_WITH_3DES_EDE_CBC_SHA"}},
		{"DES-CBC3-SHA:RC4-SHA", map[string]string{"openssl": "1.0.2"}, "NGX-06", audit.Fail, []string{"TLS_RSA_WITH_3DES_EDE_CBC_SHA", "TLS_RSA_WITH_RC4_128_SHA"}},
		{"DES-CBC3-SHA", map[string]string{"openssl": "3.0.22"}, "LOAD-01", audit.Fail, nil},
		{"ECDHE-RSA-AES128-GCM-SHA256:DES-CBC3-SHA", nil, "NGX-06", audit.Unknown, []string{"TLS_RSA_WITH_3DES_EDE_CBC_SHA"}},
		{"HIGH:!aNULL:!MD5", map[string]string{"openssl": "1.0.2"}, "NGX-06", audit.Pass, nil},
	} {
		d := readText(t, http("ssl_protocols TLSv1.2; server { listen 443 ssl; ssl_ciphers "+c.ciphers+";"+cert+"}"), c.versions)
		f := findingOf(t, d, c.rule)
		if f.Verdict != c.verdict {
			t.Errorf("%s %v: %s is %v: %s", c.ciphers, c.versions, c.rule, f.Verdict, f.Message)
		}
		for _, name := range c.names {
			if !strings.Contains(f.Message, name) {
				t.Errorf("%s: %q does not name %s", c.ciphers, f.Message, name)
			}
		}
	}
}

// TestDefaultsAreExact: which version changed the default of TLS 1.0, and where
// that stands.
func TestDefaultsAreExact(t *testing.T) {
	text := http("server { listen 443 ssl;" + cert + "}")
	for version, verdict := range map[string]audit.Verdict{"": audit.Fail, "1.23.4": audit.Fail, "1.27.2": audit.Fail, "1.27.3": audit.Pass} {
		versions := map[string]string{"nginx": version}
		if version == "" {
			versions = nil
		}
		d := readText(t, text, versions)
		if f := findingOf(t, d, "NGX-01"); f.Verdict != verdict {
			t.Errorf("%q: %v: %s", version, f.Verdict, f.Message)
		}
		if got := d.Listeners[0].Version(audit.TLSv10).Evidence; !strings.Contains(got, "nginx CHANGES") || !strings.Contains(got, "off by default from 1.27.3") {
			t.Errorf("%q: evidence %q", version, got)
		}
	}
	for _, r := range rules[:2] {
		if !slices.Contains(r.Refs, "https://nginx.org/en/CHANGES") || !strings.Contains(r.Detect, "nginx CHANGES") {
			t.Errorf("%s does not say where the default is documented", r.ID)
		}
	}
}

// TestClientDefaultIsOpen: what an unnamed version of nginx offers upstreams
// is not known, in the posture as in the finding.
func TestClientDefaultIsOpen(t *testing.T) {
	text := "events {}\nstream { server { listen 993; proxy_pass a:993; proxy_ssl on; } }\n"
	for version, want := range map[string]audit.Answer{"": audit.Undetermined, "1.26.0": audit.Accepted, "1.28.0": audit.Refused} {
		versions := map[string]string{"nginx": version}
		if version == "" {
			versions = nil
		}
		d := readText(t, text, versions)
		l := d.Listeners[slices.IndexFunc(d.Listeners, func(l *confdoc.Listener) bool { return !l.Server() })]
		for _, v := range []audit.Version{audit.TLSv10, audit.TLSv11} {
			if got := l.Version(v).Answer; got != want {
				t.Errorf("nginx %q: %s is %v, want %v", version, v, got, want)
			}
		}
		verdict := map[audit.Answer]audit.Verdict{audit.Undetermined: audit.Unknown, audit.Accepted: audit.Fail, audit.Refused: audit.Pass}[want]
		if got := conftest.Verdicts(d)["NGX-02"]; got != verdict {
			t.Errorf("nginx %q: NGX-02 is %v, want %v", version, got, verdict)
		}
	}
}

// TestPort443Only: the rule about port 443 says nothing about others.
func TestPort443Only(t *testing.T) {
	for text, want := range map[string]audit.Verdict{
		http("server { listen 18443 ssl;" + cert + "ssl_protocols TLSv1.2; }"):                           audit.NotApplicable,
		http("server { listen 80; }"):                                                                    audit.NotApplicable,
		http("server { listen 443 ssl;" + cert + "ssl_protocols TLSv1.2; }"):                             audit.Pass,
		http("server { listen 443; }"):                                                                   audit.Warn,
		"events {}\nmail { server { listen 443; protocol imap; } }\n":                                    audit.NotApplicable,
		http("server { listen 18443 ssl; listen 443 ssl;" + cert + "ssl_protocols TLSv1.2; }"):           audit.Pass,
		http("server { listen 18443 ssl;" + cert + "ssl_protocols TLSv1.2; } server { listen 443 ; }  "): audit.Warn,
	} {
		if got := conftest.Verdicts(readText(t, text, nil))["NGX-04"]; got != want {
			t.Errorf("NGX-04 is %v, want %v of\n%s", got, want, text)
		}
	}
}

// TestSniffByName: a file of the product's own name is not passed over, whatever
// became of its text.
func TestSniffByName(t *testing.T) {
	damaged := "# nginx\revents {}\rhttp { server { listen 443 ssl; } }\r"
	for _, c := range []struct {
		name, text string
		known      bool
	}{
		{"etc/nginx/nginx.conf", damaged, true},
		{"nginx.conf", "\x7fELF\x02\x01\x00\x00\x00\x01\x02", true},
		{"other.conf", damaged, false},
		{"nginx.conf", "<VirtualHost *:443>\nSSLEngine on\n</VirtualHost>\n", false},
		{"nginx.conf", "global\n  daemon\n", false},
	} {
		got := sniff(conftree.NewFile(c.name, c.name, c.text, conftree.Encoding{Charset: "utf-8"}))
		if (got > 0) != c.known || got > 20 {
			t.Errorf("%s %q counts %d", c.name, c.text, got)
		}
	}
	d := readText(t, damaged, nil)
	if got := conftest.Verdicts(d)["LOAD-01"]; got != audit.Fail {
		t.Errorf("LOAD-01 is %v", got)
	}
}

// TestSwallowed: nginx ends comments with LF only.
func TestSwallowed(t *testing.T) {
	for text, want := range map[string]audit.Verdict{
		"events {}\r# x\rhttp { }\r":              audit.Warn,
		"events {}\n# x\r ssl_protocols TLSv1;\n": audit.Warn,
		"events {}\r\n# x\r\nhttp { }\r\n":        audit.Pass,
		"events {}\n# x\r# y\r\nhttp { }\n":       audit.Pass,
		"events {}\rhttp { }\r# x\r":              audit.Pass,
		"events {}\rhttp { }\r":                   audit.Pass,
	} {
		if got := conftest.Verdicts(readText(t, text, nil))["LOAD-03"]; got != want {
			t.Errorf("LOAD-03 is %v, want %v of %q", got, want, text)
		}
	}
}

// TestNoDSSInPatches: nobody has certificates for these suites.
func TestNoDSSInPatches(t *testing.T) {
	text := http("ssl_protocols TLSv1.2;\nserver {\n    listen 443 ssl;\n" + cert + "\n ssl_ciphers ALL; ssl_dhparam dh.pem;\n}")
	var allowed []string
	d := readText(t, text, map[string]string{"openssl": "1.0.2"})
	for _, s := range d.Listeners[0].Version(audit.TLSv12).Suites {
		if strings.Contains(s.Name, "_DSS_WITH_AES") || strings.Contains(s.Name, "DHE_RSA_WITH_AES") {
			allowed = append(allowed, s.Name)
		}
	}
	if !slices.ContainsFunc(allowed, func(name string) bool { return strings.Contains(name, "_DSS_") }) {
		t.Fatal("there are no suites to leave out: the test sees nothing")
	}
	for name, want := range map[string]audit.Want{
		"allowed": {AllowSuites: allowed}, "strong": {Strong: true}, "forbidden": {ForbidSuites: []string{"TLS_RSA_WITH_AES_128_CBC_SHA"}},
	} {
		edits, err := establish(d, d.Listeners[0], want)
		if err != nil {
			t.Fatal(name, err)
		}
		for _, e := range edits {
			if strings.Contains(e.Text, "DSS") || !strings.Contains(e.Text, "DHE-RSA-AES") {
				t.Errorf("%s: %s", name, e.Text)
			}
		}
	}
	only := slices.DeleteFunc(allowed, func(name string) bool { return !strings.Contains(name, "_DSS_") })
	edits, err := establish(d, d.Listeners[0], audit.Want{AllowSuites: only})
	if err != nil {
		t.Fatal(err)
	}
	if len(edits) != 1 || !strings.Contains(edits[0].Text, "DHE-DSS-AES") {
		t.Errorf("what is wanted is not written: %v", edits)
	}
}

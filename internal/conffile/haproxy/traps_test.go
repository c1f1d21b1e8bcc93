package haproxy

import (
	"slices"
	"strings"
	"testing"

	"tlsaudit/audit"
	"tlsaudit/internal/confdoc"
	"tlsaudit/internal/confdoc/conftest"
	"tlsaudit/internal/conftree"
)

const head = "defaults\n    mode http\n    timeout client 1s\n"

func TestTraps(t *testing.T) {
	v26 := map[string]string{"haproxy": "2.6.12"}
	for _, c := range []struct {
		name, text, list string
		versions         map[string]string
		rule             string
		verdict          audit.Verdict
		spoken           []string
	}{
		{"default since 2.2", head + "frontend f\n bind :443 ssl crt a.pem\n", "", v26, "HAP-01", audit.Pass, []string{"TLSv1.2", "TLSv1.3"}},
		{"default before", head + "frontend f\n bind :443 ssl crt a.pem\n", "", map[string]string{"haproxy": "2.0.14"}, "HAP-01", audit.Fail, []string{"TLSv1.0", "TLSv1.1", "TLSv1.2", "TLSv1.3"}},
		{"default of an unknown version", head + "frontend f\n bind :443 ssl crt a.pem\n", "", nil, "HAP-01", audit.Unknown, []string{"TLSv1.2", "TLSv1.3"}},
		{"the bind beats global", "global\n ssl-default-bind-options ssl-min-ver TLSv1.2\n" + head + "frontend f\n bind :443 ssl crt a.pem ssl-min-ver TLSv1.0\n", "", nil, "HAP-01", audit.Fail, []string{"TLSv1.0", "TLSv1.1", "TLSv1.2", "TLSv1.3"}},
		{"and makes up for it, but not for the next bind", "global\n ssl-default-bind-options ssl-min-ver TLSv1.0\n" + head + "frontend f\n bind :443 ssl crt a.pem ssl-min-ver TLSv1.2\n", "", nil, "HAP-01", audit.Fail, []string{"TLSv1.2", "TLSv1.3"}},
		{"global below does not count yet", head + "frontend f\n bind :443 ssl crt a.pem\nglobal\n ssl-default-bind-options ssl-min-ver TLSv1.0\n", "", v26, "HAP-01", audit.Fail, []string{"TLSv1.2", "TLSv1.3"}},
		{"no- beside ssl-min-ver does nothing", head + "frontend f\n bind :443 ssl crt a.pem ssl-min-ver TLSv1.0 no-tlsv10 no-tlsv11\n", "", nil, "HAP-01", audit.Fail, []string{"TLSv1.0", "TLSv1.1", "TLSv1.2", "TLSv1.3"}},
		{"no- alone leaves the default", head + "frontend f\n bind :443 ssl crt a.pem no-sslv3\n", "", v26, "HAP-01", audit.Pass, []string{"TLSv1.2", "TLSv1.3"}},
		{"force is both ends", "global\n ssl-default-bind-options ssl-min-ver TLSv1.2\n" + head + "frontend f\n bind :443 ssl crt a.pem force-tlsv11\n", "", nil, "HAP-01", audit.Fail, []string{"TLSv1.1"}},
		{"the later word counts", head + "frontend f\n bind :443 ssl crt a.pem force-tlsv10 ssl-min-ver TLSv1.0\n", "", nil, "HAP-01", audit.Fail, []string{"TLSv1.0"}},
		{"max below the default", head + "frontend f\n bind :443 ssl crt a.pem ssl-max-ver TLSv1.1\n", "", v26, "HAP-01", audit.Fail, []string{"TLSv1.1"}},
		{"max below global's min", "global\n ssl-default-bind-options ssl-min-ver TLSv1.2\n" + head + "frontend f\n bind :443 ssl crt a.pem ssl-max-ver TLSv1.1\n", "", v26, "LOAD-01", audit.Fail, nil},
		{"crt-list beats the bind", "global\n ssl-default-bind-options ssl-min-ver TLSv1.2\n" + head + "frontend f\n bind :443 ssl crt-list list\n", "a.pem [ssl-min-ver TLSv1.0] old.test\nb.pem\n", nil, "HAP-01", audit.Fail, []string{"TLSv1.0", "TLSv1.1", "TLSv1.2", "TLSv1.3"}},
		{"crt-list in order", "global\n ssl-default-bind-options ssl-min-ver TLSv1.2\n" + head + "frontend f\n bind :443 ssl crt-list list\n", "a.pem [alpn h2] a.test\nb.pem\n", nil, "HAP-01", audit.Pass, []string{"TLSv1.2", "TLSv1.3"}},
		{"crt-list makes up for its names only", head + "frontend f\n bind :443 ssl ssl-min-ver TLSv1.0 crt-list list\n", "a.pem [ssl-min-ver TLSv1.2] a.test\n", nil, "HAP-01", audit.Fail, []string{"TLSv1.0", "TLSv1.1", "TLSv1.2", "TLSv1.3"}},
		{"crt-list that is not there", "global\n ssl-default-bind-options ssl-min-ver TLSv1.2\n" + head + "frontend f\n bind :443 ssl crt-list nosuch\n", "", nil, "HAP-01", audit.Unknown, []string{"TLSv1.2", "TLSv1.3"}},
		{"crt-list cut off", head + "frontend f\n bind :443 ssl crt-list list\n", "a.pem [ssl-min-ver TLSv1.2] a.test", nil, "LOAD-01", audit.Fail, nil},
		{"crt-list outside", "global\n ssl-default-bind-options ssl-min-ver TLSv1.2\n" + head + "frontend f\n bind :443 ssl crt-list /etc/haproxy/list\n", "a.pem [ssl-min-ver TLSv1.0] a.test\n", nil, "HAP-01", audit.Fail, []string{"TLSv1.0", "TLSv1.1", "TLSv1.2", "TLSv1.3"}},
		{"variable set", "global\n setenv V TLSv1.0\n" + head + "frontend f\n bind :443 ssl crt a.pem ssl-min-ver \"${V}\"\n", "", nil, "HAP-01", audit.Fail, []string{"TLSv1.0", "TLSv1.1", "TLSv1.2", "TLSv1.3"}},
		{"variable not set", head + "frontend f\n bind :443 ssl crt a.pem ssl-min-ver \"${V}\"\n", "", nil, "HAP-01", audit.Unknown, nil},
		{"variable without quotes is text", head + "frontend f\n bind :443 ssl crt a.pem ssl-min-ver ${V}\n", "", nil, "LOAD-01", audit.Fail, nil},
		{"quotes", head + "frontend f\n bind :443 \"ssl\" crt 'a b.pem' ssl-min\"-ver\" TLSv1.2\n", "", nil, "HAP-01", audit.Pass, []string{"TLSv1.2", "TLSv1.3"}},
		{"comment", head + "frontend f\n bind :443 ssl crt a.pem ssl-min-ver TLSv1.2 # ssl-min-ver TLSv1.0\n # bind :444 ssl crt a.pem ssl-min-ver TLSv1.0\n", "", nil, "HAP-01", audit.Pass, []string{"TLSv1.2", "TLSv1.3"}},
		{"condition that holds", head + ".if version_atleast(2.4)\nfrontend f\n bind :443 ssl crt a.pem ssl-min-ver TLSv1.0\n.endif\n", "", v26, "HAP-01", audit.Fail, []string{"TLSv1.0", "TLSv1.1", "TLSv1.2", "TLSv1.3"}},
		{"condition that does not", head + "frontend f\n bind :443 ssl crt a.pem ssl-min-ver TLSv1.2\n.if version_before(2.4) || 0\n bind :444 ssl crt a.pem ssl-min-ver TLSv1.0\n.else\n.endif\n", "", v26, "HAP-01", audit.Pass, []string{"TLSv1.2", "TLSv1.3"}},
		{"condition nobody can tell", head + ".if feature(OPENSSL)\nfrontend f\n bind :443 ssl crt a.pem ssl-min-ver TLSv1.2\n.endif\n", "", v26, "HAP-01", audit.Unknown, []string{"TLSv1.2", "TLSv1.3"}},
		{"certificate without ssl", head + "frontend f\n bind :443 crt a.pem\n", "", nil, "HAP-05", audit.Warn, nil},
		{"verify none", head + "frontend f\n bind :80\nbackend b\n server s a:1 ssl verify none ssl-min-ver TLSv1.2\n", "", nil, "HAP-03", audit.Warn, nil},
		{"verify none by default-server", head + " default-server ssl verify none\nbackend b\n server s a:1\n", "", nil, "HAP-03", audit.Warn, nil},
		{"verify none for all", "global\n ssl-server-verify none\n" + head + "backend b\n server s a:1 ssl\n", "", nil, "HAP-03", audit.Warn, nil},
		{"clear server is told, no more", "global\n" + head + "frontend f\n bind :80\nbackend b\n server s a:1\n", "", nil, "HAP-04", audit.Pass, nil},
		{"old versions to a server", head + "frontend f\n bind :80\nbackend b\n server s a:1 ssl verify none ssl-min-ver TLSv1.0\n", "", nil, "HAP-02", audit.Fail, nil},
		{"default to a server", head + "frontend f\n bind :80\nbackend b\n server s a:1 ssl verify none\n", "", nil, "HAP-02", audit.Unknown, nil},
		{"broken suites", "global\n ssl-default-bind-ciphers ALL:aNULL:eNULL\n" + head + "frontend f\n bind :443 ssl crt a.pem ssl-min-ver TLSv1.2\n", "", nil, "HAP-06", audit.Warn, []string{"TLSv1.2", "TLSv1.3"}},
		{"quic", head + "frontend f\n bind quic4@:443 ssl crt a.pem alpn h3\n", "", nil, "HAP-01", audit.Pass, []string{"TLSv1.3"}},
		{"case", head + "frontend f\n bind :443 ssl crt a.pem SSL-min-ver TLSv1.2\n", "", nil, "LOAD-01", audit.Fail, nil},
		{"misspelt", head + "frontend f\n bind :443 ssl crt a.pem ssl-mn-ver TLSv1.2\n", "", nil, "LOAD-01", audit.Fail, nil},
		{"misspelt in global", "global\n ssl-default-bind-option ssl-min-ver TLSv1.2\n" + head, "", nil, "LOAD-01", audit.Fail, nil},
		{"out of section", "bind :443 ssl\n", "", nil, "LOAD-01", audit.Fail, nil},
		{"no line feed", head + "frontend f\n bind :443 ssl crt a.pem", "", nil, "LOAD-01", audit.Fail, nil},
		{"empty", "", "", nil, "LOAD-01", audit.Fail, nil},
		{"NUL in a comment", head + "# \x00\n", "", nil, "LOAD-01", audit.Fail, nil},
		{"carriage returns alone", strings.ReplaceAll(head, "\n", "\r"), "", nil, "LOAD-01", audit.Fail, nil},
		{"a carriage return ends the line", head + "frontend f\n bind :443 ssl crt a.pem ssl-min-ver TLSv1.0\r ssl-min-ver TLSv1.2\n", "", nil, "HAP-01", audit.Fail, []string{"TLSv1.0", "TLSv1.1", "TLSv1.2", "TLSv1.3"}},
		{"no-break space", head + "frontend f\n bind :443\u00a0 ssl crt a.pem \u00a0ssl-min-ver TLSv1.2\n", "", nil, "LOAD-01", audit.Fail, nil},
		{"no-break space in a time", head + " timeout server\u00a01s\nfrontend f\n bind :443 ssl crt a.pem\n", "", nil, "LOAD-01", audit.Fail, nil},
		{"no-break space in a comment", head + "# a\u00a0b\nfrontend f\n bind :443 ssl crt a.pem ssl-min-ver TLSv1.2\n", "", nil, "HAP-01", audit.Pass, []string{"TLSv1.2", "TLSv1.3"}},
		{"no-break space in an address", head + "frontend f\n bind :443\u00a0ssl crt a.pem ssl-min-ver TLSv1.2\n", "", nil, "HAP-05", audit.Warn, nil},
		{"CR LF", strings.ReplaceAll(head+"frontend f\n bind :443 ssl crt a.pem ssl-min-ver TLSv1.0\n", "\n", "\r\n"), "", nil, "HAP-01", audit.Fail, []string{"TLSv1.0", "TLSv1.1", "TLSv1.2", "TLSv1.3"}},
		{"userlist", head + "userlist u\n user bind insecure-password x\nfrontend f\n bind :443 ssl crt a.pem ssl-min-ver TLSv1.2\n", "", nil, "HAP-01", audit.Pass, []string{"TLSv1.2", "TLSv1.3"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			texts := map[string]string{"haproxy.cfg": c.text}
			if c.list != "" {
				texts["list"] = c.list
			}
			d := readTexts(t, texts, "haproxy.cfg", c.versions)
			if got := conftest.Verdicts(d)[c.rule]; got != c.verdict {
				t.Errorf("%s: %v, want %v; faults %v, gaps %v", c.rule, got, c.verdict, d.Faults, d.Gaps)
			}
			if got := conftest.WeakestServer(d); d.Broken() == nil && !slices.Equal(got, c.spoken) {
				t.Errorf("versions %v, want %v", got, c.spoken)
			}
			if len(d.Faults) > 0 || strings.Contains(c.name, "outside") {
				return // the fault, or the gap, stays
			}
			for _, j := range confdoc.Judge(d, conftest.Demands) {
				for i, f := range j.Findings {
					if f.Verdict == audit.Fail && strings.HasPrefix(f.Rule, "HAP") {
						r := &confdoc.Reader{Tree: conftree.FromTexts(texts), Versions: c.versions}
						conftest.CheckMended(t, r, d, j.Fixes[i], f, partial)
					}
				}
			}
		})
	}
}

// TestWants: what the standards want is written, and holds when read again.
func TestWants(t *testing.T) {
	for name, want := range conftest.Wants() {
		for _, options := range []string{"", " prefer-client-ciphers"} {
			t.Run(name+options, func(t *testing.T) {
				versions := map[string]string{"haproxy": "2.6.12", "openssl": "3.0.22"}
				text := "global\n ssl-default-bind-options ssl-min-ver TLSv1.0" + options + "\n" + head + "frontend f\n    bind :443 ssl crt a.pem ciphers ALL # here\n"
				if want.ServerOrder != nil && *want.ServerOrder == (options == "") {
					return // it is so already
				}
				d := readTexts(t, map[string]string{"haproxy.cfg": text}, "haproxy.cfg", versions)
				edits, err := establish(d, d.Listeners[0], want)
				if err != nil {
					t.Fatal(err)
				}
				changed, err := conftree.Apply(edits)
				if err != nil {
					t.Fatal(err)
				}
				d = readTexts(t, changed, "haproxy.cfg", versions)
				if b := d.Broken(); b != nil {
					t.Fatalf("%s\n%s", b.Message, changed["haproxy.cfg"])
				}
				conftest.CheckWant(t, d.Listeners[0], want, changed["haproxy.cfg"])
				if !strings.Contains(changed["haproxy.cfg"], " # here\n") {
					t.Error("a comment was lost")
				}
			})
		}
	}
}

const canary = conftest.Canary

// TestCanaries: what is secret in a file is in nothing that leaves the reader.
func TestCanaries(t *testing.T) {
	text := "global\n setenv DB_PASSWORD " + canary + "\n ssl-default-bind-options password=" + canary + "\n" + head + "userlist u\n user a insecure-password " + canary + "\n" +
		"frontend f\n bind :443 ssl crt a.pem ca-sign-pass " + canary + " tls-ticket-keys " + canary + " ssl-min-ver TLSv1.0\n bind :444 ssl crt-list http://u:" + canary + "@h/x\n stats auth a:" + canary + "\n" +
		"backend b\n server s http://u:" + canary + "@h:1 ssl verify none ssl-min-ver TLSv1.0\n"
	for _, text := range []string{text, strings.ReplaceAll(text, " ssl-default-bind-options", " #"), strings.ReplaceAll(text, " ssl-default-bind-options", " #") + " bind password=" + canary + "\n.if password(" + canary + ")\n.endif\n"} {
		d := readTexts(t, map[string]string{"haproxy.cfg": text}, "haproxy.cfg", nil)
		conftest.CheckCanary(t, d)
	}
}

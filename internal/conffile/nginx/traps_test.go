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

// cert makes a listener complete.
const cert = " ssl_certificate c.pem; ssl_certificate_key k.pem; "

func http(body string) string { return "events {}\nhttp {\n" + body + "\n}\n" }

func TestTraps(t *testing.T) {
	for _, c := range []struct {
		name, text string
		versions   map[string]string
		// rule has verdict; spoken are the versions of the weakest server.
		rule    string
		verdict audit.Verdict
		spoken  []string
	}{
		{"two protocols on one level add up", http("server { listen 443 ssl;" + cert + "ssl_protocols TLSv1.2; ssl_protocols TLSv1.1; }"), nil, "NGX-01", audit.Fail, []string{"TLSv1.1", "TLSv1.2"}},
		{"inner replaces outer", http("ssl_protocols TLSv1; server { listen 443 ssl;" + cert + "ssl_protocols TLSv1.2; }"), nil, "NGX-01", audit.Pass, []string{"TLSv1.2"}},
		{"the default server decides", http("ssl_protocols TLSv1.2; server { listen 443 ssl; server_name a.test;" + cert + "} server { listen 443 ssl; server_name b.test;" + cert + "ssl_protocols TLSv1; }"), map[string]string{"nginx": "1.22.1"}, "NGX-01", audit.Pass, []string{"TLSv1.2"}},
		{"or its own versions", http("ssl_protocols TLSv1.2; server { listen 443 ssl; server_name a.test;" + cert + "} server { listen 443 ssl; server_name b.test;" + cert + "ssl_protocols TLSv1; }"), map[string]string{"nginx": "1.29.2"}, "NGX-01", audit.Fail, []string{"TLSv1.0"}},
		{"or nobody knows", http("ssl_protocols TLSv1.2; server { listen 443 ssl; server_name a.test;" + cert + "} server { listen 443 ssl; server_name b.test;" + cert + "ssl_protocols TLSv1; }"), nil, "NGX-01", audit.Unknown, []string{"TLSv1.2"}},
		{"default_server that is not the first", http("server { listen 443 ssl;" + cert + "ssl_protocols TLSv1.2; } server { listen 443 ssl default_server;" + cert + "ssl_protocols TLSv1; }"), map[string]string{"nginx": "1.22.1"}, "NGX-01", audit.Fail, []string{"TLSv1.0"}},
		{"other address, other default server", http("server { listen 443 ssl;" + cert + "ssl_protocols TLSv1.2; } server { listen 192.0.2.1:443 ssl;" + cert + "ssl_protocols TLSv1; }"), nil, "NGX-01", audit.Fail, []string{"TLSv1.0"}},
		{"default of an unknown version", http("server { listen 443 ssl;" + cert + "}"), nil, "NGX-01", audit.Fail, []string{"TLSv1.0", "TLSv1.1", "TLSv1.2"}},
		{"default of 1.26", http("server { listen 443 ssl;" + cert + "}"), map[string]string{"nginx": "1.26.0"}, "NGX-01", audit.Fail, []string{"TLSv1.0", "TLSv1.1", "TLSv1.2", "TLSv1.3"}},
		{"default of 1.28", http("server { listen 443 ssl;" + cert + "}"), map[string]string{"nginx": "1.28.0"}, "NGX-01", audit.Pass, []string{"TLSv1.2", "TLSv1.3"}},
		{"a comment is none", http("ssl_protocols TLSv1.2; # ssl_protocols TLSv1;\nserver { listen 443 ssl;" + cert + "# ssl_protocols TLSv1;\n}"), nil, "NGX-01", audit.Pass, []string{"TLSv1.2"}},
		{"a string is none", http("ssl_protocols TLSv1.2; server { listen 443 ssl;" + cert + "add_header X \"; ssl_protocols TLSv1;\"; location / { return 200 '} ssl_protocols TLSv1;'; } }"), nil, "NGX-01", audit.Pass, []string{"TLSv1.2"}},
		{"lua is none", http("ssl_protocols TLSv1.2; server { listen 443 ssl;" + cert + "location / { content_by_lua_block { local s = \"}\" -- } ssl_protocols TLSv1;\n local t = [[ } ]] } } }"), nil, "NGX-01", audit.Pass, []string{"TLSv1.2"}},
		{"Protocol brings it back", http("ssl_protocols TLSv1.2; server { listen 443 ssl;" + cert + "ssl_conf_command Protocol TLSv1; }"), nil, "NGX-01", audit.Fail, []string{"TLSv1.0", "TLSv1.2"}},
		{"MinProtocol takes it away", http("ssl_protocols TLSv1 TLSv1.2; server { listen 443 ssl;" + cert + "ssl_conf_command MinProtocol TLSv1.2; }"), nil, "NGX-01", audit.Pass, []string{"TLSv1.2"}},
		{"commands are inherited if there are none", http("ssl_protocols TLSv1 TLSv1.2; ssl_conf_command MinProtocol TLSv1.2; server { listen 443 ssl;" + cert + "ssl_conf_command Options ServerPreference; }"), nil, "NGX-01", audit.Fail, []string{"TLSv1.0", "TLSv1.2"}},
		{"case of names", http("SSL_Protocols TLSv1.2;"), nil, "LOAD-01", audit.Fail, nil},
		{"case of values", http("ssl_protocols tlsV1.2; server { listen 443 ssl;" + cert + "}"), nil, "NGX-01", audit.Pass, []string{"TLSv1.2"}},
		{"a colon list is no list", http("ssl_protocols TLSv1.2:TLSv1.3; server { listen 443 ssl;" + cert + "}"), nil, "LOAD-01", audit.Fail, nil},
		{"plain 443", http("server { listen 443;" + cert + "}"), nil, "NGX-04", audit.Warn, nil},
		{"ssl on before 1.25.1", http("server { listen 443; ssl on;" + cert + "ssl_protocols TLSv1; }"), nil, "NGX-01", audit.Fail, []string{"TLSv1.0"}},
		{"ssl on after", http("server { listen 443; ssl on;" + cert + "}"), map[string]string{"nginx": "1.26.0"}, "LOAD-01", audit.Fail, nil},
		{"reject_handshake speaks nothing", http("server { listen 443 ssl default_server; ssl_reject_handshake on; ssl_protocols TLSv1; }"), nil, "NGX-01", audit.Pass, nil},
		{"but decides for the others", http("server { listen 443 ssl default_server; ssl_reject_handshake on; ssl_protocols TLSv1; } server { listen 443 ssl; server_name a.test;" + cert + "ssl_protocols TLSv1.2; }"), map[string]string{"nginx": "1.22.1"}, "NGX-01", audit.Fail, []string{"TLSv1.0"}},
		{"quic", http("server { listen 443 quic; ssl_protocols TLSv1 TLSv1.3;" + cert + "}"), nil, "NGX-01", audit.Pass, []string{"TLSv1.3"}},
		{"no certificate", http("server { listen 443 ssl; }"), nil, "LOAD-01", audit.Fail, []string{"TLSv1.0", "TLSv1.1", "TLSv1.2"}},
		{"no events", "http { server { listen 80; } }\n", nil, "LOAD-01", audit.Fail, nil},
		{"missing include", http("include nosuch.conf;"), nil, "LOAD-01", audit.Fail, nil},
		{"pattern without a match", http("include nosuch/*.conf; ssl_protocols TLSv1.2; server { listen 443 ssl;" + cert + "}"), nil, "NGX-01", audit.Pass, []string{"TLSv1.2"}},
		{"include outside", http("include /elsewhere/*.conf; ssl_protocols TLSv1.2; server { listen 443 ssl;" + cert + "}"), nil, "NGX-01", audit.Unknown, []string{"TLSv1.2"}},
		{"include above", http("include ../../x.conf; ssl_protocols TLSv1; server { listen 443 ssl;" + cert + "}"), nil, "NGX-01", audit.Fail, []string{"TLSv1.0"}},
		{"include of itself", http("include nginx.conf;"), nil, "LOAD-01", audit.Fail, nil},
		{"listen with a variable", http("server { listen $port ssl;" + cert + "}"), nil, "LOAD-01", audit.Pass, nil},
		{"carriage returns alone", "events {}\rhttp {\rssl_protocols TLSv1.2;\rserver {\rlisten 443 ssl;" + cert + "}\r}\r", nil, "NGX-01", audit.Pass, []string{"TLSv1.2"}},
		{"a comment swallows the rest", "events {}\r# x\rhttp { ssl_protocols TLSv1; server { listen 443 ssl;" + cert + "} }\r", nil, "LOAD-01", audit.Pass, nil},
		{"long comment", http("# " + strings.Repeat("A", 70000)), nil, "LOAD-01", audit.Fail, nil},
		{"no-break space", http("ssl_protocols\u00a0TLSv1.2;"), nil, "LOAD-01", audit.Fail, nil},
		{"NUL in a name", http("ssl_\x00protocols TLSv1.2;"), nil, "LOAD-01", audit.Fail, nil},
		{"NUL in a comment", http("# \x00\nssl_protocols TLSv1.2; server { listen 443 ssl;" + cert + "}"), nil, "NGX-01", audit.Pass, []string{"TLSv1.2"}},
		{"NUL in a string of ciphers", http("ssl_protocols TLSv1.2; server { listen 443 ssl; ssl_ciphers \"HIGH\x00:!aNULL\";" + cert + "}"), nil, "LOAD-03", audit.Warn, []string{"TLSv1.2"}},
		{"truncated", "events {}\nhttp { ssl_protocols TLSv1.2;\n server { listen 443", nil, "LOAD-01", audit.Fail, nil},
		{"broken suites", http("ssl_protocols TLSv1.2; server { listen 443 ssl; ssl_ciphers ALL:aNULL:eNULL;" + cert + "}"), nil, "NGX-06", audit.Fail, []string{"TLSv1.2"}},
		{"upstream", http("server { listen 80; location / { proxy_pass https://u.test; proxy_ssl_protocols TLSv1 TLSv1.2; } }"), nil, "NGX-02", audit.Fail, nil},
		{"upstream by default", http("server { listen 80; location / { proxy_pass https://u.test; } }"), nil, "NGX-02", audit.Unknown, nil},
		{"upstream not verified is told, no more", http("server { listen 80; location / { proxy_pass https://u.test; } }"), nil, "NGX-03", audit.Pass, nil},
		{"upstream in a variable", http("server { listen 80; location / { proxy_pass $scheme://u; proxy_ssl_protocols TLSv1.2; } }"), nil, "NGX-02", audit.Unknown, nil},
		{"mail", "events {}\nmail { server { listen 25; protocol smtp; starttls on;" + cert + "ssl_protocols TLSv1; } }\n", nil, "NGX-01", audit.Fail, []string{"TLSv1.0"}},
		{"stream", "events {}\nstream { server { listen 993 ssl; proxy_pass a:143;" + cert + "ssl_protocols TLSv1; } }\n", nil, "NGX-01", audit.Fail, []string{"TLSv1.0"}},
		{"two mail servers on a port", "events {}\nmail { server { listen 25; protocol smtp; } server { listen 25; protocol smtp; } }\n", nil, "LOAD-01", audit.Fail, nil},
		{"stream passes on", "events {}\nstream { server { listen 993; proxy_pass a:143; } }\n", nil, "NGX-01", audit.NotApplicable, nil},
		{"unknown ssl word", http("ssl_novelty on; ssl_protocols TLSv1.2; server { listen 443 ssl;" + cert + "}"), nil, "NGX-01", audit.Unknown, []string{"TLSv1.2"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := readText(t, c.text, c.versions)
			if got := conftest.Verdicts(d)[c.rule]; got != c.verdict {
				t.Errorf("%s: %v, want %v; faults %v, gaps %v", c.rule, got, c.verdict, d.Faults, d.Gaps)
			}
			if got := conftest.WeakestServer(d); d.Broken() == nil && !slices.Equal(got, c.spoken) {
				t.Errorf("versions %v, want %v", got, c.spoken)
			}
			for _, j := range confdoc.Judge(d, conftest.Demands) {
				for i, f := range j.Findings {
					if f.Verdict == audit.Fail && strings.HasPrefix(f.Rule, "NGX") && !strings.Contains(c.name, "include") && len(d.Faults) == 0 {
						r := &confdoc.Reader{Tree: conftree.FromTexts(map[string]string{"nginx.conf": c.text}), Versions: c.versions}
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
		t.Run(name, func(t *testing.T) {
			text := http("ssl_protocols TLSv1 TLSv1.2 TLSv1.3;\nserver {\n    listen 443 ssl; # here\n" + cert + "\n ssl_ciphers ALL; ssl_dhparam dh.pem;\n}")
			texts := map[string]string{"nginx.conf": text}
			d := readTexts(t, texts, "nginx.conf", map[string]string{"nginx": "1.22.1", "openssl": "3.0.22"})
			edits, err := establish(d, d.Listeners[0], want)
			if err != nil {
				t.Fatal(err)
			}
			changed, err := conftree.Apply(edits)
			if err != nil {
				t.Fatal(err)
			}
			d = readTexts(t, changed, "nginx.conf", map[string]string{"nginx": "1.22.1", "openssl": "3.0.22"})
			if b := d.Broken(); b != nil {
				t.Fatalf("%s\n%s", b.Message, changed["nginx.conf"])
			}
			conftest.CheckWant(t, d.Listeners[0], want, changed["nginx.conf"])
			if !strings.Contains(changed["nginx.conf"], "listen 443 ssl; # here\n") {
				t.Error("a comment was lost")
			}
		})
	}
}

const canary = conftest.Canary

// TestCanaries: what is secret in a file is in nothing that leaves the reader.
func TestCanaries(t *testing.T) {
	text := http("server { listen 443 ssl; server_name a.test;" + cert + "auth_basic_user_file password=" + canary + ";\n" +
		"location / { proxy_pass https://user:" + canary + "@u.test/; proxy_ssl_protocols TLSv1; }\nlocation /b { proxy_pass https://u.test/?password=" + canary + "; }\n}\n" +
		"include http://user:" + canary + "@h/x;\nssl_protocols password=" + canary + ";\nssl_ciphers password=" + canary + ";\n")
	for _, text := range []string{text, strings.ReplaceAll(strings.ReplaceAll(text, "ssl_protocols pass", "#"), "include http", "#")} {
		d := readText(t, text, nil)
		conftest.CheckCanary(t, d)
	}
}

package nginx

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"tlsaudit/audit"
	"tlsaudit/internal/confdoc"
	"tlsaudit/internal/conftree"
)

// FuzzRead reads any text as a configuration that includes another, judges it,
// and applies every change that is offered.
func FuzzRead(f *testing.F) {
	for _, s := range seeds {
		f.Add(s[0], s[1])
	}
	err := filepath.WalkDir(filepath.Join(samples, "nginx"), func(p string, e os.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		b, err := os.ReadFile(p)
		if len(b) < 5000 {
			f.Add(decode("x", b).Text, "")
		}
		return err
	})
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, main, other string) {
		if len(main) > 1<<16 || len(other) > 1<<16 {
			return
		}
		texts := map[string]string{mainName: main, "other": other}
		for _, versions := range []map[string]string{nil, {"nginx": "1.22.1", "haproxy": "2.6.12", "openssl": "3.0.22"}} {
			d := readTexts(t, texts, mainName, versions)
			placed(t, d)
			for _, j := range confdoc.Judge(d, demands) {
				for i, f := range j.Findings {
					if strings.HasPrefix(f.Message, "not judged: internal error") {
						t.Fatal(f.Message)
					}
					if f.Place != nil {
						inside(t, d, *f.Place)
					}
					fix := j.Fixes[i]
					if strings.Contains(fix.None, "internal error") {
						t.Fatal(fix.None)
					}
					if len(fix.Edits) > 0 {
						if _, err := conftree.Apply(fix.Edits); err != nil {
							t.Fatalf("%s: %v", f.Rule, err)
						}
					}
				}
			}
		}
	})
}

// placed fails if a place lies outside of the document's files.
func placed(t *testing.T, d *confdoc.Document) {
	t.Helper()
	for _, f := range d.Faults {
		inside(t, d, f.Place)
	}
	for _, g := range d.Gaps {
		inside(t, d, g.Place)
	}
	for _, l := range d.Listeners {
		for _, s := range l.Settings {
			inside(t, d, s.Place)
		}
		for _, v := range l.Versions {
			if v.Place != nil {
				inside(t, d, *v.Place)
			}
		}
		if l.Place != nil {
			inside(t, d, *l.Place)
		}
	}
}

func inside(t *testing.T, d *confdoc.Document, p audit.Place) {
	t.Helper()
	for _, f := range d.Files {
		if f.Name == p.File && p.Line >= 1 && p.Line <= f.Lines() && p.Col >= 0 {
			return
		}
	}
	t.Fatalf("%v is in none of the files", p)
}

const mainName = "nginx.conf"

var seeds = [][2]string{
	{"events{} http { include other; server { listen 443 ssl; ssl_certificate a; } }", "ssl_protocols TLSv1 TLSv1.1;\nssl_ciphers RC4:@SECLEVEL=0;\nssl_conf_command Protocol ALL;"},
	{"events{} http { server { listen 443 ssl default_server; ssl_certificate a; location / { proxy_pass https://u; proxy_ssl_protocols TLSv1; } } }", ""},
	{"server { listen 8000-8010 ssl; include other; }", "ssl_protocols TLSv1 # x\n TLSv1.1;"},
	{"events{} http { content_by_lua_block { local s = [[ } ]] -- }\n } }", ""},
	{"events{} stream { server { listen 1 ssl; proxy_ssl on; proxy_pass a:1; ssl_certificate a; } } mail { server { listen 25; starttls on; protocol smtp; } }", ""},
	{"events{} http { server { listen [::]:443 quic; ssl_certificate a; ssl_reject_handshake on; ssl on; } }", ""},
}

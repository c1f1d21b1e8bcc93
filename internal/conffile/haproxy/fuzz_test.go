package haproxy

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
	err := filepath.WalkDir(filepath.Join(samples, "haproxy"), func(p string, e os.DirEntry, err error) error {
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

const mainName = "haproxy.cfg"

var seeds = [][2]string{
	{"global\n ssl-default-bind-options ssl-min-ver TLSv1.0\nfrontend f\n bind :443 ssl crt a crt-list other\n", "a.pem [ssl-min-ver TLSv1.1 ciphers RC4] n.test !x\nb.pem\n"},
	{"frontend f\n bind :443,:444 ssl crt a force-tlsv11 ciphers RC4:@SECLEVEL=0\nbackend b\n default-server ssl verify none\n server s a:1 ssl-min-ver TLSv1.0\n", ""},
	{".if streq(a,b) || !(0 && version_atleast(2.4))\nglobal\n setenv A \"x\"\n.elif 1\n.else\n.endif\n", ""},
	{"frontend f\n bind \"${A}\" ssl crt \"$B\" ssl-max-ver '\\x54LSv1.1' quic4@:1\n", ""},
	{"defaults d\n default-server no-ssl\nfrontend f from d\n bind quic4@:443 ssl crt a\npeers p\n default-bind ssl crt x\n bind :1\n", ""},
}

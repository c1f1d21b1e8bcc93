package nginx

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"tlsaudit/audit"
	"tlsaudit/internal/confdoc"
	"tlsaudit/internal/confdoc/conftest"
	"tlsaudit/internal/conftree"
)

// TestBlockedIncludes: what the tree does not give is a gap that says why. Only
// what is not there is a file nginx would not load.
func TestBlockedIncludes(t *testing.T) {
	base := t.TempDir()
	root := filepath.Join(base, "nginx")
	write := func(name, text string) {
		t.Helper()
		name = filepath.Join(base, name)
		if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	link := func(target, name string) {
		t.Helper()
		if err := os.Symlink(target, filepath.Join(root, name)); err != nil {
			t.Fatal(err)
		}
	}
	write("elsewhere/old.conf", "ssl_protocols TLSv1;\n")
	write("nginx/sites/a.conf", "ssl_session_tickets off;\n")
	write("nginx/large.conf", strings.Repeat("# large\n", 1000))
	link("../elsewhere/old.conf", "out.conf")
	link(filepath.Join(base, "elsewhere/old.conf"), "absolute.conf")
	link("../elsewhere", "outside")
	link("nothing.conf", "dangling.conf")
	for _, c := range []struct {
		name, include string
		load01        audit.Verdict
		words         []string
	}{
		{"a link out of the root", "out.conf", audit.Pass, []string{"out.conf", "outside of the root"}},
		{"an absolute link out of the root", "absolute.conf", audit.Pass, []string{"absolute.conf", "outside of the root"}},
		{"below a folder that is a link", "outside/old.conf", audit.Pass, []string{"outside/old.conf", "outside of the root"}},
		{"a pattern for links", "o*.conf", audit.Pass, []string{"out.conf", "outside of the root"}},
		{"a pattern below a folder that is a link", "outside/*.conf", audit.Pass, []string{"outside", "outside of the root"}},
		{"a pattern for folders", "*/*.conf", audit.Pass, []string{"*/*.conf", "absolute.conf", "outside of the root"}},
		{"a pattern for some folders", "outs*/*.conf", audit.Pass, []string{"outs*/*.conf", "outside: ", "outside of the root"}},
		{"a link that leads nowhere", "dangling.conf", audit.Pass, []string{"dangling.conf", "not among the files"}},
		{"a path above the root", "../elsewhere/old.conf", audit.Pass, []string{"../elsewhere/old.conf", "out of the root"}},
		{"a path of elsewhere", "/elsewhere/old.conf", audit.Pass, []string{"/elsewhere/old.conf", "outside of the root"}},
		{"a folder", "sites", audit.Pass, []string{"sites", "not a regular file"}},
		{"too large", "large.conf", audit.Pass, []string{"large.conf", "larger than is read"}},
		{"what is not there", "missing.conf", audit.Fail, nil},
		{"a folder that is not there", "missing/*.conf", audit.Pass, nil},
		{"all well", "sites/*.conf", audit.Pass, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			write("nginx/nginx.conf", http("include "+c.include+"; ssl_protocols TLSv1.2; server { listen 443 ssl;"+cert+"}"))
			tree, err := conftree.OpenFile(filepath.Join(root, "nginx.conf"), conftree.Options{Limits: conftree.Limits{FileBytes: 4000}})
			if err != nil {
				t.Fatal(err)
			}
			main, err := tree.Read(tree.Main())
			if err != nil {
				t.Fatal(err)
			}
			d := Format.Read(&confdoc.Reader{Tree: tree}, main)
			confdoc.Settle(d)
			got := conftest.Verdicts(d)
			if got["LOAD-01"] != c.load01 {
				t.Errorf("LOAD-01 is %v: faults %v, gaps %v", got["LOAD-01"], d.Faults, d.Gaps)
			}
			if c.words == nil {
				if len(d.Gaps) > 0 {
					t.Errorf("gaps %v", d.Gaps)
				}
				return
			}
			if got["NGX-01"] != audit.Unknown {
				t.Errorf("NGX-01 is %v", got["NGX-01"])
			}
			if len(d.Gaps) != 1 {
				t.Fatalf("gaps %v", d.Gaps)
			}
			for _, word := range c.words {
				if !strings.Contains(d.Gaps[0].Message, word) {
					t.Errorf("%q does not say %q", d.Gaps[0].Message, word)
				}
			}
		})
	}
}

package haproxy

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

// TestMendLoading: what HAProxy does not load, and a line mends, has a patch.
func TestMendLoading(t *testing.T) {
	good := head + "frontend f\n    bind :443 ssl crt a.pem ssl-min-ver TLSv1.2\n"
	for _, c := range []struct {
		name, text, list string
		mended           map[string]string // none: it takes a person
	}{
		{"no line feed at the end", strings.TrimSuffix(good, "\n"), "", map[string]string{"haproxy.cfg": good}},
		{"the same in CR LF", strings.ReplaceAll(strings.TrimSuffix(good, "\n"), "\n", "\r\n"), "", map[string]string{"haproxy.cfg": strings.ReplaceAll(good, "\n", "\r\n")}},
		{"carriage returns alone", strings.ReplaceAll(good, "\n", "\r"), "", nil},
		{"the wrong case on a bind", strings.Replace(good, "TLSv1.2", "tlsv1.2", 1), "", map[string]string{"haproxy.cfg": good}},
		{"in quotes", strings.Replace(good, "TLSv1.2", `"TLSV1.2"`, 1), "", map[string]string{"haproxy.cfg": good}},
		{"in global, twice", "global\n    ssl-default-bind-options ssl-min-ver tlsv1.2 ssl-max-ver TlSv1.3 # both\n" + good, "", map[string]string{"haproxy.cfg": "global\n    ssl-default-bind-options ssl-min-ver TLSv1.2 ssl-max-ver TLSv1.3 # both\n" + good}},
		{
			"in defaults of several backends", head + "    default-server ssl verify none ssl-min-ver tlsv1.2\nbackend a\n server s a:1\nbackend b\n server s b:1\n", "",
			map[string]string{"haproxy.cfg": head + "    default-server ssl verify none ssl-min-ver TLSv1.2\nbackend a\n server s a:1\nbackend b\n server s b:1\n"},
		},
		{"no such version", strings.Replace(good, "TLSv1.2", "TLSv1.7", 1), "", nil},
		{
			"in a crt-list", strings.Replace(good, "crt a.pem", "crt-list list", 1), "a.pem [ssl-min-ver tlsV1.2] a.test\n",
			map[string]string{"list": "a.pem [ssl-min-ver TLSv1.2] a.test\n"},
		},
		{
			"a crt-list without a line feed at the end", strings.Replace(good, "crt a.pem", "crt-list list", 1), "a.pem [ssl-min-ver TLSv1.2] a.test",
			map[string]string{"list": "a.pem [ssl-min-ver TLSv1.2] a.test\n"},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			texts := map[string]string{"haproxy.cfg": c.text}
			if c.list != "" {
				texts["list"] = c.list
			}
			d := readTexts(t, texts, "haproxy.cfg", nil)
			f, fix := ofDocument(t, d, "LOAD-01")
			if f.Verdict != audit.Fail {
				t.Fatalf("LOAD-01 is %v", f.Verdict)
			}
			changed, err := conftree.Apply(fix.Edits)
			if err != nil {
				t.Fatal(err)
			}
			if len(changed) != len(c.mended) {
				t.Fatalf("changes %q", changed)
			}
			for name, want := range c.mended {
				if changed[name] != want {
					t.Errorf("%s becomes\n%s", name, changed[name])
				}
				texts[name] = changed[name]
			}
			if c.mended == nil {
				return
			}
			d = readTexts(t, texts, "haproxy.cfg", nil)
			if f, _ := ofDocument(t, d, "LOAD-01"); f.Verdict != audit.Pass {
				t.Errorf("LOAD-01 is %v after the change: %s", f.Verdict, f.Message)
			}
		})
	}
}

// TestBlockedLists: what the tree does not give is a gap that says why.
func TestBlockedLists(t *testing.T) {
	base := t.TempDir()
	root := filepath.Join(base, "haproxy")
	for name, text := range map[string]string{"elsewhere/list": "a.pem [ssl-min-ver TLSv1.0] a.test\n", "haproxy/folder/x": "x\n", "haproxy/haproxy.cfg": ""} {
		if err := os.MkdirAll(filepath.Dir(filepath.Join(base, name)), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(base, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink("../elsewhere/list", filepath.Join(root, "out")); err != nil {
		t.Fatal(err)
	}
	for target, words := range map[string][]string{
		"out":               {`"out"`, "a link leads outside of the root"},
		"../elsewhere/list": {`"../elsewhere/list"`, "leads out of the root"},
		"/elsewhere/list":   {`"/elsewhere/list"`, "outside of the root"},
		"folder":            {`"folder"`, "not a regular file"},
		"missing":           {`"missing"`, "not among the files"},
	} {
		text := head + "frontend f\n bind :443 ssl crt-list " + target + " ssl-min-ver TLSv1.2\n"
		if err := os.WriteFile(filepath.Join(root, "haproxy.cfg"), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		tree, err := conftree.OpenFile(filepath.Join(root, "haproxy.cfg"), conftree.Options{})
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
		if got["LOAD-01"] != audit.Pass || got["HAP-01"] != audit.Unknown {
			t.Errorf("%s: LOAD-01 is %v, HAP-01 is %v", target, got["LOAD-01"], got["HAP-01"])
		}
		gaps := strings.Join(d.Listeners[0].Gaps, "\n")
		for _, word := range words {
			if !strings.Contains(gaps, word) {
				t.Errorf("%s: %q does not say %q", target, gaps, word)
			}
		}
	}
}

// TestSniffByName: a file of the product's own name is not passed over, whatever
// became of its text.
func TestSniffByName(t *testing.T) {
	for _, c := range []struct {
		name, text string
		known      bool
	}{
		{"etc/haproxy/haproxy.cfg", "# haproxy\rglobal\r daemon\rdefaults\r mode http\r", true},
		{"haproxy.cfg", "\x7fELF\x02\x01\x00\x00\x00\x01\x02", true},
		{"other.cfg", "# haproxy\rglobal\r daemon\r", false},
		{"haproxy.cfg", "<server>\n</server>\n", false},
		{"haproxy.cfg", "http {\n  server { listen 80; }\n}\n", false},
	} {
		got := sniff(conftree.NewFile(c.name, c.name, c.text, conftree.Encoding{Charset: "utf-8"}))
		if (got > 0) != c.known || got > 39 {
			t.Errorf("%s %q counts %d", c.name, c.text, got)
		}
	}
}

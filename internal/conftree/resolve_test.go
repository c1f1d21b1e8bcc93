package conftree_test

import (
	"errors"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tlsaudit/internal/conftree"
)

func TestResolve(t *testing.T) {
	dir := folder(t, map[string]string{"conf/a": "", "real/deep/b": "", "conf/link": "->../real/deep", "real/c": ""})
	linked := filepath.Join(t.TempDir(), "linked")
	link(t, dir, linked)
	plain, copied := open(t, dir, conftree.Options{}), open(t, dir, conftree.Options{Root: dir})
	viaLink := open(t, linked, conftree.Options{})
	const out = "outside"
	for _, c := range []struct {
		name           string
		tree           *conftree.Tree
		folder, target string
		want           string
	}{
		{"relative", plain, "conf", "a", "conf/a"},
		{"from the root", plain, ".", "conf/a", "conf/a"},
		{"from an empty folder", plain, "", "conf/a", "conf/a"},
		{"with dots", plain, "conf", "./../conf//a", "conf/a"},
		{"the root", plain, "conf", "..", "."},
		{"up and out", plain, "conf", "../..", out},
		{"up, out and in", plain, "conf", "../../" + filepath.Base(dir) + "/conf/a", out},
		{"folder outside", plain, "../x", "a", out},
		{"a pattern", plain, "conf", "*.d/[a-z]?.conf", "conf/*.d/[a-z]?.conf"},
		{"up behind a link", plain, "conf", "link/../c", "real/c"},
		{"up behind the folder's link", plain, "conf/link", "../c", "real/c"},
		{"absolute, inside", plain, "conf", dir + "/conf/a", "conf/a"},
		{"absolute, the root", plain, "conf", dir, "."},
		{"absolute, outside", plain, "conf", "/etc/passwd", out},
		{"absolute, beside", plain, "conf", dir + "-other/a", out},
		{"absolute, in and out", plain, "conf", dir + "/../../etc/passwd", out},
		{"absolute, by the real name", viaLink, "conf", dir + "/conf/a", "conf/a"},
		{"absolute, by the name given", viaLink, "conf", linked + "/conf/a", "conf/a"},
		{"copy, absolute", copied, "conf", "/conf/a", "conf/a"},
		{"copy, absolute and up", copied, "conf", "/../../conf/a", "conf/a"},
		{"copy, relative and up", copied, "conf", "../../conf/a", out},
		{"copy, this machine's path", copied, "conf", dir + "/conf/a", strings.TrimPrefix(dir, "/") + "/conf/a"},
		{"share", plain, "conf", "//server/share/a", out},
		{"share of a copy", copied, "conf", "//server/share/a", out},
		{"share, Windows", copied, "conf", `\\server\share\a`, out},
		{"drive", copied, "conf", `C:\IBM\conf\a`, out},
		{"drive, slashes", copied, "conf", `c:/IBM/conf/a`, out},
		{"a colon is no drive", copied, "conf", `c:a`, "conf/c:a"},
		{"nul", copied, "conf", "a\x00b", out},
	} {
		got, err := c.tree.Resolve(c.folder, c.target)
		if errors.Is(err, conftree.ErrOutside) {
			got = out
		} else if err != nil {
			t.Errorf("%s: %v", c.name, err)
		}
		if got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
}

func FuzzResolve(f *testing.F) {
	dir := folder(f, map[string]string{"conf/a": "x", "conf/link": "->../real", "real/b": "y", "conf/out": "->/etc", "conf/up": "->../.."})
	plain, copied := open(f, dir, conftree.Options{}), open(f, dir, conftree.Options{Root: dir})
	for _, s := range []string{"a", "../..", "/etc/passwd", dir + "/conf/a", "link/../../x", "out/hostname", "up/x", "*/*", "[", `\*`, "//x", "a\x00", "conf/[!a]*", "**"} {
		f.Add("conf", s)
		f.Add("", s)
		f.Add(s, s)
	}
	f.Fuzz(func(t *testing.T, at, target string) {
		for _, tree := range []*conftree.Tree{plain, copied} {
			p, err := tree.Resolve(at, target)
			if err != nil {
				if !errors.Is(err, conftree.ErrOutside) {
					t.Fatalf("%q, %q: %v", at, target, err)
				}
				continue
			}
			if path.Clean(p) != p || path.IsAbs(p) || p == ".." || strings.HasPrefix(p, "../") {
				t.Fatalf("%q, %q is %q", at, target, p)
			}
			if file, err := tree.Read(p); err == nil && file.Text != "x" && file.Text != "y" {
				t.Fatalf("%q, %q leads out to %q", at, target, file.Name)
			}
			list, err := tree.Glob(p)
			if err == nil && !slices.IsSorted(list) {
				t.Fatalf("%q is %q", p, list)
			}
			for _, name := range list {
				if file, err := tree.Read(name); err == nil && file.Text != "x" && file.Text != "y" {
					t.Fatalf("pattern %q leads out to %q", p, file.Name)
				}
			}
		}
	})
}

func TestGlob(t *testing.T) {
	dir := folder(t, map[string]string{
		"a.conf": "", "b.conf": "", ".hidden.conf": "", "B.conf": "", "b.conf.bak": "", "x*y": "", "[z]": "", "d1/a.conf": "", "d2/a.conf": "", "d2/sub/a.conf": "", ".d3/a.conf": "",
		"dl": "->d2", "enabled/link.conf": "->../a.conf", "enabled/out.conf": "->/etc/hostname", "enabled/gone.conf": "->nowhere", "d1/a.conf.d/x": "",
	})
	disk := open(t, dir, conftree.Options{})
	memory := conftree.FromBytes(map[string][]byte{"a.conf": nil, "b.conf": nil, ".hidden.conf": nil, "d1/a.conf": nil, "d2/a.conf": nil})
	texts := conftree.FromTexts(map[string]string{"a.conf": "", "b.conf": "", ".hidden.conf": "", "d1/a.conf": "", "d2/a.conf": ""})
	for _, c := range []struct {
		pattern string
		small   string // of the trees made of texts, which hold less
		want    string
	}{
		{"*.conf", "a.conf b.conf", "B.conf a.conf b.conf"},
		{"[a-b].conf", "a.conf b.conf", "a.conf b.conf"},
		{"[!a].conf", "b.conf", "B.conf b.conf"},
		{"?.conf", "a.conf b.conf", "B.conf a.conf b.conf"},
		{".*.conf", ".hidden.conf", ".hidden.conf"},
		{"a.conf", "a.conf", "a.conf"},
		{"nothing*", "", ""},
		{"d?/a.conf", "d1/a.conf d2/a.conf", "d1/a.conf d2/a.conf dl/a.conf"},
		{"*/*.conf", "d1/a.conf d2/a.conf", "d1/a.conf d2/a.conf dl/a.conf enabled/gone.conf enabled/link.conf enabled/out.conf"},
		{"./d1//a.conf", "d1/a.conf", "d1/a.conf"},
		{`x\*y`, "", "x*y"},
		{`[[]z]`, "", "[z]"},
		{"d*", "", ""},
		{"d1/../a.conf", "a.conf", "a.conf"},
	} {
		for tree, want := range map[*conftree.Tree]string{disk: c.want, memory: c.small, texts: c.small} {
			list, err := tree.Glob(c.pattern)
			if got := strings.Join(list, " "); err != nil || got != want {
				t.Errorf("%s: %s, %v, want %s", c.pattern, got, err, want)
			}
		}
	}
	for pattern, want := range map[string]error{"../*": conftree.ErrOutside, "/etc/*": conftree.ErrOutside, "[": path.ErrBadPattern, "d*/[": path.ErrBadPattern} {
		if _, err := disk.Glob(pattern); !errors.Is(err, want) {
			t.Errorf("%s: %v, want %v", pattern, err, want)
		}
	}
}

func TestIgnore(t *testing.T) {
	dir := folder(t, map[string]string{
		"a.conf": "", "a.conf~": "", "a.conf.bak": "", ".a.conf.tlsaudit-20260101000000.bak": "", "b.conf": "", "old/b.conf": "", "sub/old/c.conf": "", "sub/b.conf": "", "keep/x.bak": "",
		".git/config": "", "node_modules/x/y.conf": "", "deep/er/than/x.conf": "", "k.pem": "", "k.KEY": "", "id_rsa": "", "x.png": "", "id_map.conf": "",
	})
	for _, c := range []struct {
		patterns []string
		want     string
	}{
		{nil, "a.conf b.conf deep/er/than/x.conf id_map.conf old/b.conf sub/b.conf sub/old/c.conf"},
		{[]string{"old/"}, "a.conf b.conf deep/er/than/x.conf id_map.conf sub/b.conf"},
		{[]string{"/old"}, "a.conf b.conf deep/er/than/x.conf id_map.conf sub/b.conf sub/old/c.conf"},
		{[]string{"*.conf", "!b.conf"}, "b.conf old/b.conf sub/b.conf"},
		{[]string{"sub/*.conf"}, "a.conf b.conf deep/er/than/x.conf id_map.conf old/b.conf sub/old/c.conf"},
		{[]string{"**/old/**"}, "a.conf b.conf deep/er/than/x.conf id_map.conf sub/b.conf"},
		{[]string{"deep/**/x.conf", "# a.conf", ""}, "a.conf b.conf id_map.conf old/b.conf sub/b.conf sub/old/c.conf"},
		{[]string{"!*.bak"}, ".a.conf.tlsaudit-20260101000000.bak a.conf a.conf.bak b.conf deep/er/than/x.conf id_map.conf keep/x.bak old/b.conf sub/b.conf sub/old/c.conf"},
	} {
		files, skipped := open(t, dir, conftree.Options{Ignore: c.patterns}).Files()
		if got := strings.Join(files, " "); got != c.want {
			t.Errorf("%q: %s\n  want %s", c.patterns, got, c.want)
		}
		for _, s := range skipped {
			if !s.Ignored {
				t.Errorf("%q: %v is not said to be left out on purpose", c.patterns, s)
			}
		}
	}
}

func TestWith(t *testing.T) {
	tree := conftree.FromBytes(map[string][]byte{"a.conf": []byte("# gr\xfcn\n"), "b.conf": []byte("b")})
	before, err := tree.Read("a.conf")
	if err != nil {
		t.Fatal(err)
	}
	changed := tree.With(map[string]string{"a.conf": "# blau ä\n", "new/c.conf": "c"})
	after, err := changed.Read("a.conf")
	if err != nil || after.Text != "# blau ä\n" || after.Encoding != before.Encoding || after.Name != before.Name {
		t.Errorf("%+v, %v", after, err)
	}
	if b, err := after.Encode(after.Text); err != nil || string(b) != "# blau \xe4\n" {
		t.Errorf("%q, %v", b, err)
	}
	if again, err := tree.Read("a.conf"); err != nil || again != before {
		t.Errorf("the tree itself has changed: %+v, %v", again, err)
	}
	files, _ := changed.Files()
	if diff := cmp.Diff([]string{"a.conf", "b.conf", "new/c.conf"}, files); diff != "" {
		t.Error(diff)
	}
	if got := changed.Exists("new") + changed.Exists("new/c.conf") + changed.Exists("none"); got != "dirfile" {
		t.Error(got)
	}
	if list, err := changed.Glob("*/*.conf"); err != nil || len(list) != 1 {
		t.Errorf("%v, %v", list, err)
	}
}

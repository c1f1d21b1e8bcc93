package conftree_test

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tlsaudit/audit"
	"tlsaudit/internal/conftree"
)

// folder makes files below a new folder, by path; a text that begins with "->"
// makes a link.
func folder(t testing.TB, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		p := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(p), 0o755); err != nil {
			t.Fatal(err)
		}
		var err error
		if target, ok := strings.CutPrefix(text, "->"); ok {
			err = os.Symlink(strings.ReplaceAll(target, "ROOT", dir), p)
		} else {
			err = os.WriteFile(p, []byte(text), 0o644)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func open(t testing.TB, dir string, o conftree.Options) *conftree.Tree {
	t.Helper()
	tree, err := conftree.Open(dir, o)
	if err != nil {
		t.Fatal(err)
	}
	return tree
}

// within fails the test if f takes longer than a reader may ever take.
func within(t *testing.T, limit time.Duration, what string, f func()) {
	t.Helper()
	done := make(chan struct{})
	go func() { defer close(done); f() }()
	select {
	case <-done:
	case <-time.After(limit):
		t.Fatalf("%s takes more than %v", what, limit)
	}
}

func TestEscapes(t *testing.T) {
	outside := folder(t, map[string]string{"secret": "canary", "dir/secret": "canary"})
	dir := folder(t, map[string]string{
		"conf/real":       "inside",
		"conf/relative":   "->real",
		"conf/up":         "->../conf/real",
		"conf/absolute":   "->ROOT/conf/real",
		"conf/chain":      "->absolute",
		"folder":          "->conf",
		"absfolder":       "->ROOT/conf",
		"out":             "->" + outside + "/secret",
		"outrelative":     "->../../../../../../../../../../../.." + outside + "/secret",
		"outfolder":       "->" + outside + "/dir",
		"outchain":        "->outfolder/secret",
		"around":          "->conf/../../" + "elsewhere",
		"circle":          "->circle",
		"circle2":         "->conf/circle3",
		"conf/circle3":    "->../circle2",
		"dangling":        "->nothing",
		"zero":            "->/dev/zero",
		"conf/store":      "->hidden.pem",
		"conf/hidden.pem": "canary",
	})
	tree := open(t, dir, conftree.Options{})
	for name, want := range map[string]error{
		"conf/real": nil, "conf/relative": nil, "conf/up": nil, "conf/absolute": nil, "conf/chain": nil, "folder/real": nil, "absfolder/real": nil, "folder/up": nil,
		"out": conftree.ErrOutside, "outrelative": conftree.ErrOutside, "outfolder/secret": conftree.ErrOutside, "outchain": conftree.ErrOutside, "around": conftree.ErrOutside,
		"zero": conftree.ErrOutside, "circle": conftree.ErrNotRegular, "circle2": conftree.ErrNotRegular, "dangling": fs.ErrNotExist, "conf": conftree.ErrNotRegular, ".": conftree.ErrNotRegular,
		"../x": conftree.ErrOutside, "conf/../../x": conftree.ErrOutside, "/etc/hostname": conftree.ErrOutside, "a\x00b": conftree.ErrOutside, "nothing": fs.ErrNotExist, "conf/real/x": fs.ErrNotExist,
		"conf/hidden.pem": conftree.ErrKeyStore, "conf/store": conftree.ErrKeyStore, "conf/missing.pem": fs.ErrNotExist,
	} {
		within(t, time.Minute, name, func() {
			f, err := tree.Read(name)
			if !errors.Is(err, want) {
				t.Errorf("%s: %v, want %v", name, err, want)
			}
			if err == nil && f.Text != "inside" {
				t.Errorf("%s holds %q", name, f.Text)
			}
			var input *audit.InputError
			if err != nil && !errors.As(err, &input) {
				t.Errorf("%s: %v is no input error", name, err)
			}
		})
	}
	var left []string
	files, skipped := tree.Files()
	for _, s := range skipped {
		if !s.Ignored {
			left = append(left, strings.TrimPrefix(s.Name, filepath.ToSlash(dir)+"/")+": "+s.Reason)
		}
	}
	if diff := cmp.Diff([]string{"conf/real"}, files); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{
		"around: a link leads outside of the root", "circle: links in a circle: not a regular file", "circle2: links in a circle: not a regular file",
		"conf/circle3: links in a circle: not a regular file", "dangling: no such file", "out: a link leads outside of the root", "outchain: a link leads outside of the root",
		"outfolder: a link leads outside of the root", "outrelative: a link leads outside of the root", "zero: a link leads outside of the root",
	}, left); diff != "" {
		t.Error(diff)
	}
}

// TestSpecialFiles looks at what would wait, or never end, if it were opened.
func TestSpecialFiles(t *testing.T) {
	dir := folder(t, map[string]string{"real": "x", "link": "->pipe"})
	if err := syscall.Mkfifo(filepath.Join(dir, "pipe"), 0o644); err != nil {
		t.Fatal(err)
	}
	within(t, time.Minute, "looking at a pipe", func() {
		for name, o := range map[string]conftree.Options{dir: {}, filepath.Join(dir, "real"): {}} {
			tree := open(t, name, o)
			for _, name := range []string{"pipe", "link"} {
				if _, err := tree.Read(name); !errors.Is(err, conftree.ErrNotRegular) || !strings.Contains(err.Error(), "a pipe") {
					t.Errorf("%s: %v", name, err)
				}
				if got := tree.Exists(name); got != "" {
					t.Errorf("%s is said to be a %q", name, got)
				}
			}
			// a product would open it: whoever reads the pattern must learn of it
			if list, err := tree.Glob("p*"); err != nil || len(list) != 1 {
				t.Errorf("pattern: %v, %v", list, err)
			}
		}
		for _, arg := range []string{filepath.Join(dir, "pipe"), filepath.Join(dir, "link"), "/dev/zero", "/dev/null"} {
			for what, f := range map[string]func() error{
				"open":    func() error { _, err := conftree.Open(arg, conftree.Options{}); return err },
				"file":    func() error { _, err := conftree.OpenFile(arg, conftree.Options{}); return err },
				"folder":  func() error { _, err := conftree.OpenDir(arg, conftree.Options{}); return err },
				"archive": func() error { _, err := conftree.OpenArchive(arg, conftree.Options{}); return err },
				"root":    func() error { _, err := conftree.OpenFile(arg, conftree.Options{Root: arg}); return err },
			} {
				if err := f(); err == nil {
					t.Errorf("%s as %s: no error", arg, what)
				}
			}
		}
	})
}

func TestLimits(t *testing.T) {
	dir := folder(t, map[string]string{"a": "aaaa", "b": "bbbb", "c": "cccc", "long": "0123456789\n01234567890\n", "short": "01234567\n"})
	read := func(l conftree.Limits, names ...string) (err error) {
		tree := open(t, dir, conftree.Options{Limits: l})
		for _, name := range names {
			_, err = tree.Read(name)
		}
		return err
	}
	for _, c := range []struct {
		name  string
		limit conftree.Limits
		names []string
		want  error
	}{
		{"file", conftree.Limits{FileBytes: 3}, []string{"a"}, conftree.ErrLimit},
		{"file that fits", conftree.Limits{FileBytes: 4}, []string{"a"}, nil},
		{"tree", conftree.Limits{TreeBytes: 7}, []string{"a", "b"}, conftree.ErrLimit},
		{"read twice", conftree.Limits{TreeBytes: 8, Files: 2}, []string{"a", "b", "a", "b"}, nil},
		{"files", conftree.Limits{Files: 2}, []string{"a", "b", "c"}, conftree.ErrLimit},
		{"line", conftree.Limits{LineBytes: 11}, []string{"long"}, conftree.ErrLimit},
		{"line that fits", conftree.Limits{LineBytes: 11}, []string{"short"}, nil},
	} {
		if err := read(c.limit, c.names...); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", c.name, err, c.want)
		}
	}
	tree := open(t, dir, conftree.Options{Limits: conftree.Limits{Files: 2}})
	files, skipped := tree.Files()
	if len(files) != 2 || len(skipped) != 1 || skipped[0].Ignored || !strings.Contains(skipped[0].Reason, "more than 2 files") {
		t.Errorf("files %v, skipped %v", files, skipped)
	}
	if _, err := tree.Glob("*"); !errors.Is(err, conftree.ErrLimit) {
		t.Errorf("a pattern of too many files: %v", err)
	}

	// names count even if nothing is read, and a folder that is not listed is told
	tree = open(t, dir, conftree.Options{Limits: conftree.Limits{Files: 1}, Ignore: []string{"*"}})
	if _, skipped := tree.Files(); len(skipped) == 0 || skipped[len(skipped)-1].Ignored {
		t.Errorf("5 names are within the limit: skipped %v", skipped)
	}
	if err := os.WriteFile(filepath.Join(dir, "sixth"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	tree = open(t, dir, conftree.Options{Limits: conftree.Limits{Files: 1}})
	if _, err := tree.Glob("nothing*"); !errors.Is(err, conftree.ErrLimit) {
		t.Errorf("6 names: %v", err)
	}
	if files, skipped := tree.Files(); len(files) != 0 || len(skipped) != 1 || skipped[0].Ignored || !strings.Contains(skipped[0].Reason, "more names than are looked at") {
		t.Errorf("files %v, skipped %v", files, skipped)
	}
}

// TestLarge opens what is larger than is read, and much of it.
func TestLarge(t *testing.T) {
	dir := folder(t, map[string]string{"x": "y"})
	if err := os.WriteFile(filepath.Join(dir, "large"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(filepath.Join(dir, "large"), 40<<20); err != nil {
		t.Fatal(err)
	}
	for i := range 10100 {
		if err := os.WriteFile(filepath.Join(dir, fmt.Sprintf("f%05d.conf", i)), nil, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	within(t, time.Minute, "a large folder", func() {
		tree := open(t, dir, conftree.Options{})
		if _, err := tree.Read("large"); !errors.Is(err, conftree.ErrLimit) {
			t.Errorf("40 MiB: %v", err)
		}
		files, skipped := tree.Files()
		if len(files) != conftree.DefaultLimits.Files || len(skipped) != 1 {
			t.Errorf("%d files, skipped %v", len(files), skipped)
		}
		if _, err := tree.Glob("f*.conf"); !errors.Is(err, conftree.ErrLimit) {
			t.Errorf("a pattern of 10,100 files: %v", err)
		}
		for range 200 { // what was listed once is not listed again
			if list, err := tree.Glob("f0000?.conf"); err != nil || len(list) != 10 {
				t.Fatalf("pattern: %v, %v", list, err)
			}
		}
	})
}

func TestOpenFile(t *testing.T) {
	outside := folder(t, map[string]string{"shared.conf": "shared", "secret": "canary"})
	dir := folder(t, map[string]string{
		"etc/httpd/conf/httpd.conf": "main", "etc/httpd/conf.d/a.conf": "a",
		"etc/httpd/conf/shared.conf": "->" + outside + "/shared.conf", "etc/httpd/conf/other.conf": "->" + outside + "/secret", "etc/httpd/conf/zero": "->/dev/zero",
	})
	conf := filepath.Join(dir, "etc/httpd/conf")

	tree := open(t, filepath.Join(conf, "httpd.conf"), conftree.Options{})
	f, err := tree.Read(tree.Main())
	if err != nil || f.Path != "httpd.conf" || f.Name != filepath.Join(conf, "httpd.conf") {
		t.Errorf("%+v, %v", f, err)
	}
	if _, err := tree.Resolve(".", "../conf.d/a.conf"); !errors.Is(err, conftree.ErrOutside) {
		t.Errorf("beside the folder: %v", err)
	}

	// a link that the user names is followed, those that files name are not
	tree = open(t, filepath.Join(conf, "shared.conf"), conftree.Options{})
	if f, err := tree.Read(tree.Main()); err != nil || f.Text != "shared" {
		t.Errorf("%+v, %v", f, err)
	}
	if _, err := tree.Read("other.conf"); !errors.Is(err, conftree.ErrOutside) {
		t.Errorf("another link: %v", err)
	}
	if _, err := conftree.OpenFile(filepath.Join(conf, "zero"), conftree.Options{}); !errors.Is(err, conftree.ErrNotRegular) {
		t.Errorf("a link to a device: %v", err)
	}

	for _, name := range []string{filepath.Join(conf, "httpd.conf"), "/etc/httpd/conf/httpd.conf", "etc/httpd/conf/httpd.conf"} {
		if tree, err = conftree.OpenFile(name, conftree.Options{Root: dir}); err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if tree.Main() != "etc/httpd/conf/httpd.conf" {
			t.Errorf("%s is %s", name, tree.Main())
		}
		if p, err := tree.Resolve("etc/httpd/conf", "/etc/httpd/conf.d/*.conf"); err != nil || p != "etc/httpd/conf.d/*.conf" {
			t.Errorf("absolute: %s, %v", p, err)
		}
	}
	for _, name := range []string{filepath.Join(conf, "shared.conf"), outside + "/secret", "../x", filepath.Join(conf, "none"), conf} {
		if tree, err := conftree.OpenFile(name, conftree.Options{Root: dir}); err == nil {
			t.Errorf("%s is opened as %s", name, tree.Main())
		}
	}
}

func TestOpenDirBelowRoot(t *testing.T) {
	dir := folder(t, map[string]string{"etc/nginx/nginx.conf": "n", "etc/nginx/conf.d/a.conf": "a", "etc/other": "o", "etc/nginx/link": "->/etc/other"})
	tree := open(t, filepath.Join(dir, "etc/nginx"), conftree.Options{Root: dir, Ignore: []string{"/conf.d/"}})
	files, _ := tree.Files()
	// what a link leads to belongs to the folder, under its own name
	if diff := cmp.Diff([]string{"etc/nginx/nginx.conf", "etc/other"}, files); diff != "" {
		t.Error(diff)
	}
	if f, err := tree.Read("etc/nginx/conf.d/a.conf"); err != nil || f.Name != filepath.Join(dir, "etc/nginx/conf.d/a.conf") {
		t.Errorf("%+v, %v", f, err)
	}
	if tree, err := conftree.OpenDir(t.TempDir(), conftree.Options{Root: dir}); err == nil {
		t.Errorf("a folder outside of the root is opened: %v", tree)
	}
}

func TestNames(t *testing.T) {
	dir := folder(t, map[string]string{"conf/httpd.conf": "x"})
	t.Chdir(dir)
	for arg, want := range map[string]string{"conf": "conf/httpd.conf", "conf/": "conf/httpd.conf", "./conf": "conf/httpd.conf", dir + "/conf": dir + "/conf/httpd.conf", "../" + filepath.Base(dir) + "/conf": "../" + filepath.Base(dir) + "/conf/httpd.conf"} {
		if f, err := open(t, arg, conftree.Options{}).Read("httpd.conf"); err != nil || f.Name != want {
			t.Errorf("%s: %+v, %v, want %s", arg, f, err, want)
		}
	}
	if f, err := open(t, "conf/httpd.conf", conftree.Options{}).Read("httpd.conf"); err != nil || f.Name != "conf/httpd.conf" {
		t.Errorf("%+v, %v", f, err)
	}
	if f, err := open(t, "conf", conftree.Options{Name: "web1"}).Read("httpd.conf"); err != nil || f.Name != "web1/httpd.conf" {
		t.Errorf("%+v, %v", f, err)
	}
	t.Chdir("conf")
	if f, err := open(t, ".", conftree.Options{}).Read("httpd.conf"); err != nil || f.Name != "httpd.conf" {
		t.Errorf("%+v, %v", f, err)
	}
	_, err := open(t, ".", conftree.Options{}).Read("missing.conf")
	if err == nil || err.Error() != "missing.conf: no such file" {
		t.Errorf("missing: %v", err)
	}
	if _, err := conftree.Open("gone", conftree.Options{}); err == nil || err.Error() != "gone: no such file" {
		t.Errorf("gone: %v", err)
	}
}

// BenchmarkOpen opens and reads 1,000 folders of 5 small files.
func BenchmarkOpen(b *testing.B) {
	files := map[string]string{}
	for i := range 1000 {
		for j := range 5 {
			files[fmt.Sprintf("host%04d/conf/file%d.conf", i, j)] = strings.Repeat("SSLProtocol -all +TLSv1.2 # a line of a file\n", 50)
		}
	}
	dir := folder(b, files)
	for b.Loop() {
		for i := range 1000 {
			tree, err := conftree.OpenDir(filepath.Join(dir, fmt.Sprintf("host%04d", i)), conftree.Options{})
			if err != nil {
				b.Fatal(err)
			}
			names, _ := tree.Files()
			for _, name := range names {
				if _, err := tree.Read(name); err != nil {
					b.Fatal(err)
				}
			}
			if len(names) != 5 {
				b.Fatal(names)
			}
		}
	}
}

func link(t testing.TB, target, name string) {
	t.Helper()
	if err := os.Symlink(target, name); err != nil {
		t.Fatal(err)
	}
}

func asInput(err error, input **audit.InputError) bool { return errors.As(err, input) }

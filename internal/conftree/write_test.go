package conftree_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tlsaudit/audit"
	"tlsaudit/internal/conftree"
)

var written = time.Date(2026, 11, 21, 10, 20, 30, 0, time.UTC)

// names lists a folder with what its files hold.
func names(t *testing.T, dir string) map[string]string {
	t.Helper()
	list := map[string]string{}
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if e.Type().IsRegular() {
			b, err := os.ReadFile(filepath.Join(dir, e.Name()))
			if err != nil {
				t.Fatal(err)
			}
			list[e.Name()] = string(b)
		}
	}
	return list
}

func TestWrite(t *testing.T) {
	dir := folder(t, map[string]string{"f.conf": "# gr\xfcn\r\na\r\n", "enabled/f": "->../g.conf"})
	if err := os.WriteFile(filepath.Join(dir, "g.conf"), []byte("g\n"), 0o640); err != nil {
		t.Fatal(err)
	}
	tree := open(t, dir, conftree.Options{})
	f, err := tree.Read("f.conf")
	if err != nil {
		t.Fatal(err)
	}
	backup, err := tree.Write(f, "# grün\r\nä\r\n", written)
	if err != nil || backup != filepath.ToSlash(dir)+"/.f.conf.tlsaudit-20261121102030.bak" {
		t.Fatalf("%s, %v", backup, err)
	}
	if diff := cmp.Diff(map[string]string{"f.conf": "# gr\xfcn\r\n\xe4\r\n", ".f.conf.tlsaudit-20261121102030.bak": "# gr\xfcn\r\na\r\n", "g.conf": "g\n"}, names(t, dir)); diff != "" {
		t.Error(diff)
	}
	// it is read anew, and can be written again in the same second
	again, err := tree.Read("f.conf")
	if err != nil || again.Text != "# grün\r\nä\r\n" {
		t.Fatalf("%+v, %v", again, err)
	}
	if backup, err = tree.Write(again, "x", written); err != nil || filepath.Base(backup) != ".f.conf.tlsaudit-20261121102030-2.bak" {
		t.Errorf("%s, %v", backup, err)
	}
	// through a link the file itself is written, and stays a file with its mode
	g, err := tree.Read("enabled/f")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := tree.Write(g, "G\n", written); err != nil {
		t.Fatal(err)
	}
	if target, err := os.Readlink(filepath.Join(dir, "enabled/f")); err != nil || target != "../g.conf" {
		t.Errorf("the link is %s, %v", target, err)
	}
	for _, name := range []string{"g.conf", ".g.conf.tlsaudit-20261121102030.bak"} {
		if info, err := os.Lstat(filepath.Join(dir, name)); err != nil || info.Mode() != 0o640 {
			t.Errorf("%s: %v, %v", name, info, err)
		}
	}
	if got := names(t, dir)["g.conf"]; got != "G\n" {
		t.Errorf("the file is %q", got)
	}
	// what a product includes by a pattern does not get more by it
	if list, err := tree.Glob("*"); err != nil || strings.Join(list, " ") != "f.conf g.conf" {
		t.Errorf("%v, %v", list, err)
	}
}

func TestWriteRefuses(t *testing.T) {
	outside := folder(t, map[string]string{"shared": "x\n"})
	dir := folder(t, map[string]string{
		"changed": "x\n", "longer": "x\n", "gone": "x\n", "readonly": "x\n", "twice": "x\n", "other": "->" + outside + "/shared", "bad": "\xff\xfea\x00\x00\xd8", "latin": "\xfc\n", "pipe": "x\n", "swapped": "x\n",
	})
	at := func(name string) string { return filepath.Join(dir, name) }
	tree := open(t, dir, conftree.Options{})
	files := map[string]*conftree.File{}
	for _, name := range []string{"changed", "longer", "gone", "readonly", "twice", "bad", "latin", "swapped"} {
		f, err := tree.Read(name)
		if err != nil {
			t.Fatal(err)
		}
		files[name] = f
	}
	for _, err := range []error{
		os.WriteFile(at("changed"), []byte("y\n"), 0o644), os.WriteFile(at("longer"), []byte("x\nmore\n"), 0o644), os.Remove(at("gone")), os.Chmod(at("readonly"), 0o444), os.Link(at("twice"), at("second")),
		os.Remove(at("swapped")), os.Symlink(outside+"/shared", at("swapped")),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	files["none"] = conftree.NewFile("none", "none", "x", conftree.Encoding{Charset: "utf-8"})
	files["../x"] = conftree.NewFile("../x", "../x", "x", conftree.Encoding{Charset: "utf-8"})
	files["other"] = conftree.NewFile("other", "other", "x\n", conftree.Encoding{Charset: "utf-8"})
	before := names(t, dir)
	for name, want := range map[string]string{
		"changed": "has changed", "longer": "has changed", "gone": "no such file", "readonly": "write-protected", "twice": "second name", "bad": "would be lost", "latin": "no character '€'",
		"none": "no such file", "../x": "outside of the root", "other": "outside of the root", "swapped": "outside of the root",
	} {
		_, err := tree.Write(files[name], "€\n", written)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %s", name, err, want)
		}
	}
	if diff := cmp.Diff(before, names(t, dir)); diff != "" {
		t.Errorf("something was written: %s", diff)
	}
	if b, err := os.ReadFile(outside + "/shared"); err != nil || string(b) != "x\n" {
		t.Errorf("%q, %v", b, err)
	}

	named := open(t, at("other"), conftree.Options{})
	f, err := named.Read(named.Main())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := named.Write(f, "y", written); err == nil || !strings.Contains(err.Error(), "outside of the root") {
		t.Errorf("a link out that the user named: %v", err)
	}
	if _, err := conftree.FromTexts(map[string]string{"a": "b"}).Write(conftree.NewFile("a", "a", "b", conftree.Encoding{}), "c", written); err == nil {
		t.Error("a tree of texts was written")
	}
}

// TestWriteIsWhole takes away the right to make files beside the file.
func TestWriteIsWhole(t *testing.T) {
	if os.Geteuid() == 0 {
		// root may do everything: a name that is taken stands for a full disk
		dir := folder(t, map[string]string{"f": "x\n"})
		for _, n := range []string{"", "-2", "-3", "-4", "-5", "-6", "-7", "-8", "-9"} {
			if err := os.WriteFile(filepath.Join(dir, ".f.tlsaudit-20261121102030"+n+".tmp"), nil, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		refusedWhole(t, dir)
		return
	}
	dir := folder(t, map[string]string{"f": "x\n"})
	if err := os.Chmod(dir, 0o500); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.Chmod(dir, fs.FileMode(0o700)) })
	refusedWhole(t, dir)
}

func refusedWhole(t *testing.T, dir string) {
	t.Helper()
	tree := open(t, dir, conftree.Options{})
	f, err := tree.Read("f")
	if err != nil {
		t.Fatal(err)
	}
	before := names(t, dir)
	_, err = tree.Write(f, "y\n", written)
	var input *audit.InputError
	if err == nil || strings.Contains(err.Error(), dir+"/.f") || !asInput(err, &input) {
		t.Errorf("error %v", err)
	}
	if diff := cmp.Diff(before, names(t, dir)); diff != "" {
		t.Error(diff)
	}
}

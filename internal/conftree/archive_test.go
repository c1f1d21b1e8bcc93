package conftree_test

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tlsaudit/internal/conftree"
)

// tarOf packs headers whose Linkname is the content of regular files.
func tarOf(t testing.TB, headers ...tar.Header) []byte {
	t.Helper()
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for _, h := range headers {
		content := ""
		if h.Typeflag == 0 {
			h.Typeflag = tar.TypeReg
		}
		if h.Typeflag == tar.TypeReg {
			content, h.Linkname = h.Linkname, ""
			h.Size = int64(len(content))
		}
		h.Mode = 0o644
		if err := w.WriteHeader(&h); err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(w, content); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func zipOf(t testing.TB, files ...string) []byte {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for i := 0; i < len(files); i += 2 {
		f, err := w.Create(files[i])
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(f, files[i+1]); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func gzipped(t testing.TB, b []byte) []byte {
	t.Helper()
	var out bytes.Buffer
	w := gzip.NewWriter(&out)
	if _, err := w.Write(b); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// stored writes bytes to a file and returns its name.
func stored(t testing.TB, name string, b []byte) string {
	t.Helper()
	name = filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(name, b, 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

// bzipped is a tar with one file, a.conf, that holds "x\n".
const bzipped = "QlpoOTFBWSZTWfw1FA0AAHB7hMmQAEBAAXeAABBpAZ5AAACACCAAVDSh6mgNHoj9UZPSCSTU0aDIAAdfb3u6EEopIRRmsKXSiYMkggHsH7gcPF" +
	"JCqCeDGJWBuGkzStWF4bOjqHe0ERAPxdyRThQkPw1FA0A="

func TestArchives(t *testing.T) {
	packed := tarOf(t, tar.Header{Name: "./etc/", Typeflag: tar.TypeDir}, tar.Header{Name: "./etc/a.conf", Linkname: "# gr\xfcn\n"}, tar.Header{Name: "etc/conf.d/b.conf", Linkname: "b\n"}, tar.Header{Name: "etc/k.pem", Linkname: "canary"})
	for name, b := range map[string][]byte{
		"x.tar": packed, "x.tar.gz": gzipped(t, packed), "x.tgz": gzipped(t, packed), "no-ending": gzipped(t, packed),
		"x.zip": zipOf(t, "etc/a.conf", "# gr\xfcn\n", `etc\conf.d\b.conf`, "b\n", "etc/", "", "etc/k.pem", "canary"),
	} {
		arg := stored(t, name, b)
		tree, err := conftree.Open(arg, conftree.Options{})
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		files, skipped := tree.Files()
		if diff := cmp.Diff([]string{"etc/a.conf", "etc/conf.d/b.conf"}, files); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
		if diff := cmp.Diff([]conftree.Skipped{{Name: arg + "/etc/k.pem", Reason: conftree.ErrKeyStore.Error(), Ignored: true}}, skipped); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
		f, err := tree.Read("etc/a.conf")
		if err != nil || f.Text != "# grün\n" || f.Name != arg+"/etc/a.conf" {
			t.Errorf("%s: %+v, %v", name, f, err)
		}
		if p, err := tree.Resolve("etc", "/etc/conf.d/*"); err != nil || p != "etc/conf.d/*" {
			t.Errorf("%s: %s, %v", name, p, err)
		}
		if _, err := tree.Read("etc/k.pem"); !errors.Is(err, conftree.ErrKeyStore) || tree.Exists("etc/k.pem") != "file" {
			t.Errorf("%s: a key: %v", name, err)
		}
		if _, err := tree.Write(f, "x", time.Unix(0, 0)); err == nil || !strings.Contains(err.Error(), "not on disk") {
			t.Errorf("%s: written: %v", name, err)
		}
	}
	b, err := base64.StdEncoding.DecodeString(bzipped)
	if err != nil {
		t.Fatal(err)
	}
	tree, err := conftree.Open(stored(t, "x.tar.bz2", b), conftree.Options{Name: "web1"})
	if err != nil {
		t.Fatal(err)
	}
	if f, err := tree.Read("a.conf"); err != nil || f.Text != "x\n" || f.Name != "web1/a.conf" {
		t.Errorf("bzip2: %+v, %v", f, err)
	}
}

// TestArchivesThatLeadOut packs what must never be followed.
func TestArchivesThatLeadOut(t *testing.T) {
	arg := stored(t, "x.tar", tarOf(t,
		tar.Header{Name: "ok.conf", Linkname: "ok"}, tar.Header{Name: "../up.conf", Linkname: "x"}, tar.Header{Name: "a/../../up.conf", Linkname: "x"}, tar.Header{Name: "/abs.conf", Linkname: "x"},
		tar.Header{Name: "link.conf", Typeflag: tar.TypeSymlink, Linkname: "/etc/passwd"}, tar.Header{Name: "hard.conf", Typeflag: tar.TypeLink, Linkname: "ok.conf"},
		tar.Header{Name: "pipe", Typeflag: tar.TypeFifo}, tar.Header{Name: "zero", Typeflag: tar.TypeChar, Devmajor: 1, Devminor: 5},
		tar.Header{Name: "dir", Typeflag: tar.TypeSymlink, Linkname: "/etc"}, tar.Header{Name: "dir/passwd", Linkname: "inside"},
		tar.Header{Name: "ok.conf", Linkname: "second"}, tar.Header{Name: "C:/x.conf", Linkname: "x"}, tar.Header{Name: strings.Repeat("d/", 100) + "x", Linkname: "x"}, tar.Header{Name: "x.png", Linkname: "x"},
	))
	tree := open(t, arg, conftree.Options{Name: "x"})
	files, skipped := tree.Files()
	if diff := cmp.Diff([]string{"dir/passwd", "ok.conf"}, files); diff != "" {
		t.Error(diff)
	}
	var told []string
	for _, s := range skipped {
		if len(s.Name) > 60 {
			s.Name = s.Name[:6]
		}
		told = append(told, fmt.Sprint(s.Name, " | ", s.Reason, " | ", s.Ignored))
	}
	if diff := cmp.Diff([]string{
		"x/dir | a link in an archive, not followed: not a regular file | false",
		"x/hard.conf | a link in an archive, not followed: not a regular file | false", "x/link.conf | a link in an archive, not followed: not a regular file | false",
		"x/pipe | no file but a device, a pipe or the like: not a regular file | false", "x/x.png | no configuration text | true", "x/zero | no file but a device, a pipe or the like: not a regular file | false",
		`x: ../up.conf | a name with ".." in an archive: refused | false`, "x: /abs.conf | an absolute name in an archive: refused | false", "x: C:/x.conf | an absolute name in an archive: refused | false",
		`x: a/../../up.conf | a name with ".." in an archive: refused | false`, "x: d/d | the name is too long: refused | false", "x: ok.conf | twice in the archive: the later one counts | false",
	}, told); diff != "" {
		t.Error(diff)
	}
	for name, want := range map[string]string{"dir/passwd": "inside", "ok.conf": "second"} {
		if f, err := tree.Read(name); err != nil || f.Text != want {
			t.Errorf("%s: %+v, %v", name, f, err)
		}
	}
	if _, err := tree.Read("link.conf"); !errors.Is(err, conftree.ErrNotRegular) {
		t.Errorf("a link: %v", err)
	}
	if list, err := tree.Glob("*.conf"); err != nil || strings.Join(list, " ") != "hard.conf link.conf ok.conf" {
		t.Errorf("%v, %v", list, err)
	}
}

func TestArchiveLimits(t *testing.T) {
	logs := stored(t, "x.tar", tarOf(t, tar.Header{Name: "a.log", Linkname: strings.Repeat("0123456789", 2000)}))
	texts := stored(t, "y.tar", tarOf(t, tar.Header{Name: "a", Linkname: "0123456789"}, tar.Header{Name: "b", Linkname: "0123456789"}))
	zipped := stored(t, "z.zip", zipOf(t, "a", "0123456789", "b", "0123456789"))
	for _, c := range []struct {
		name, arg string
		limits    conftree.Limits
		want      error
	}{
		{"what is run through", logs, conftree.Limits{TreeBytes: 5000}, conftree.ErrLimit},
		{"what fits", logs, conftree.Limits{TreeBytes: 6000}, nil},
		{"what is kept", zipped, conftree.Limits{TreeBytes: 19}, conftree.ErrLimit},
		{"what may be kept", zipped, conftree.Limits{TreeBytes: 20}, nil},
		{"entries", texts, conftree.Limits{Files: 1}, nil},
		{"a file", texts, conftree.Limits{FileBytes: 9}, nil},
	} {
		tree, err := conftree.Open(c.arg, conftree.Options{Limits: c.limits})
		if !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", c.name, err, c.want)
		}
		if c.limits.FileBytes > 0 && err == nil {
			if _, err := tree.Read("a"); !errors.Is(err, conftree.ErrLimit) {
				t.Errorf("%s: %v", c.name, err)
			}
		}
	}
}

// overlapping is a zip whose n entries are all packed in the same bytes.
func overlapping(t *testing.T, n int, content string) []byte {
	b := zipOf(t, "a", content)
	end := len(b) - 22
	at := int(binary.LittleEndian.Uint32(b[end+16:]))
	entry := bytes.Clone(b[at:end])
	b = b[:at]
	for range n {
		b = append(b, entry...)
	}
	tail := make([]byte, 22)
	copy(tail, "PK\x05\x06")
	binary.LittleEndian.PutUint16(tail[8:], uint16(n))
	binary.LittleEndian.PutUint16(tail[10:], uint16(n))
	binary.LittleEndian.PutUint32(tail[12:], uint32(n*len(entry)))
	binary.LittleEndian.PutUint32(tail[16:], uint32(at))
	return append(b, tail...)
}

func TestDamagedArchives(t *testing.T) {
	good := gzipped(t, tarOf(t, tar.Header{Name: "a", Linkname: strings.Repeat("abc\n", 1000)}))
	for name, b := range map[string][]byte{
		"cut gzip": good[:len(good)-10], "cut tar": tarOf(t, tar.Header{Name: "a", Linkname: strings.Repeat("x", 2000)})[:1500], "gzip of a text": gzipped(t, []byte("SSLProtocol all\n")),
		"cut zip": zipOf(t, "a", "x")[:30], "xz": []byte("\xfd7zXZ\x00abc"),
	} {
		if _, err := conftree.Open(stored(t, "x", b), conftree.Options{}); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	for _, name := range []string{"x.conf", "empty"} {
		if _, err := conftree.OpenArchive(stored(t, name, []byte("SSLProtocol all\n")), conftree.Options{}); err == nil || !strings.Contains(err.Error(), "neither a tar nor a zip") {
			t.Errorf("%s: %v", name, err)
		}
	}
	// encrypted entries are there and cannot be read
	b := zipOf(t, "a.conf", "x")
	at := bytes.Index(b, []byte("PK\x01\x02"))
	b[at+8] |= 1
	tree := open(t, stored(t, "x.zip", b), conftree.Options{})
	if _, err := tree.Read("a.conf"); err == nil || !strings.Contains(err.Error(), "encrypted") {
		t.Errorf("encrypted: %v", err)
	}
}

func FuzzArchive(f *testing.F) {
	f.Add(tarOf(f, tar.Header{Name: "a/b.conf", Linkname: "x"}, tar.Header{Name: "../c", Linkname: "y"}, tar.Header{Name: "l", Typeflag: tar.TypeSymlink, Linkname: "/etc"}))
	f.Add(gzipped(f, tarOf(f, tar.Header{Name: "a", Linkname: "x"})))
	f.Add(zipOf(f, "a/b.conf", "x", `c\..\d`, "y"))
	dir := f.TempDir()
	f.Fuzz(func(t *testing.T, b []byte) {
		arg := filepath.Join(dir, fmt.Sprint("x", os.Getpid()))
		if err := os.WriteFile(arg, b, 0o600); err != nil {
			t.Fatal(err)
		}
		tree, err := conftree.OpenArchive(arg, conftree.Options{Limits: conftree.Limits{FileBytes: 1 << 20, TreeBytes: 4 << 20, Files: 1000}})
		if err != nil {
			return
		}
		files, _ := tree.Files()
		for _, name := range files {
			if filepath.IsAbs(name) || strings.HasPrefix(name, "..") || strings.Contains(name, "/../") {
				t.Fatalf("name %q", name)
			}
			if tree.Exists(name) != "file" {
				t.Fatalf("%q is listed and not there", name)
			}
			if _, err := tree.Read(name); err != nil && !errors.Is(err, conftree.ErrLimit) {
				t.Fatalf("%q: %v", name, err)
			}
		}
	})
}

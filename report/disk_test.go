package report

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// fullDisk is a disk with room for so many bytes more.
type fullDisk struct {
	io.Writer
	room int
}

func (f *fullDisk) Write(b []byte) (int, error) {
	if len(b) <= f.room {
		f.room -= len(b)
		return f.Writer.Write(b)
	}
	n, _ := f.Writer.Write(b[:f.room])
	f.room = 0
	return n, syscall.ENOSPC
}

// TestFullDisk: wherever the disk is full, a format says so, and the report that
// was there before is as it was.
func TestFullDisk(t *testing.T) {
	r := fullReport()
	for _, f := range Formats {
		t.Run(f.Name, func(t *testing.T) {
			dir := t.TempDir()
			path := filepath.Join(dir, "report"+f.Ext)
			if err := WriteFile(path, put("the old one")); err != nil {
				t.Fatal(err)
			}
			whole := len(write(t, f, r, Options{}))
			for _, room := range []int{0, 1, whole / 2, whole - 1} {
				err := WriteFile(path, func(w io.Writer) error { return f.Write(&fullDisk{w, room}, r, Options{}) })
				if !errors.Is(err, syscall.ENOSPC) {
					t.Errorf("with room for %d of %d bytes: %v", room, whole, err)
				}
				if got, _ := os.ReadFile(path); string(got) != "the old one" {
					t.Fatalf("with room for %d of %d bytes the old report became %.60q", room, whole, got)
				}
			}
			only(t, dir, "report"+f.Ext)
			if err := WriteFile(path, func(w io.Writer) error { return f.Write(&fullDisk{w, whole}, r, Options{}) }); err != nil {
				t.Errorf("with room for all of it: %v", err)
			}
		})
	}
}

// TestReadOnlyTarget: what somebody protects from being written to is kept.
func TestReadOnlyTarget(t *testing.T) {
	for _, f := range Formats {
		dir := t.TempDir()
		path := filepath.Join(dir, "report"+f.Ext)
		if err := os.WriteFile(path, []byte("the old one"), 0o400); err != nil {
			t.Fatal(err)
		}
		err := WriteFile(path, func(w io.Writer) error { return f.Write(w, zooReport(), Options{}) })
		if err == nil || !strings.Contains(err.Error(), "read-only") {
			t.Errorf("%s: %v", f.Name, err)
		}
		if got, _ := os.ReadFile(path); string(got) != "the old one" {
			t.Errorf("%s: the old report became %.60q", f.Name, got)
		}
		only(t, dir, "report"+f.Ext)
	}
}

// TestNoNewFile: where no file may be made beside it, the old report stays. Modes
// do not hold off everybody, names that are too long do.
func TestNoNewFile(t *testing.T) {
	for _, f := range Formats {
		dir := t.TempDir()
		path := filepath.Join(dir, strings.Repeat("x", 250-len(f.Ext))+f.Ext)
		if err := errors.Join(os.WriteFile(path, []byte("the old one"), 0o600), os.Chmod(dir, 0o500)); err != nil {
			t.Fatal(err)
		}
		err := WriteFile(path, func(w io.Writer) error { return f.Write(w, zooReport(), Options{}) })
		if !errors.Is(err, syscall.ENAMETOOLONG) && !errors.Is(err, os.ErrPermission) {
			t.Errorf("%s: %v", f.Name, err)
		}
		if got, _ := os.ReadFile(path); string(got) != "the old one" {
			t.Errorf("%s: the old report became %.60q", f.Name, got)
		}
		if err := os.Chmod(dir, 0o700); err != nil { // so that it can be removed
			t.Fatal(err)
		}
	}
}

package conftree

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"tlsaudit/audit"
)

// Options say how a tree is opened. The zero value is fine.
type Options struct {
	// Root is a folder that holds the files of another machine as they lie
	// there: nothing outside of it is opened, and absolute paths are meant from it
	// on. Empty: the folder itself, or the folder a file is in.
	Root string
	// Limits bound what is read; what is 0 is that of DefaultLimits.
	Limits Limits
	// Ignore are patterns of the kind .gitignore files have, applied by Files
	// after DefaultIgnore.
	Ignore []string
	// Name is what people call the folder or archive; empty: as it was given.
	Name string
}

func (o Options) limits() Limits {
	d := DefaultLimits
	return Limits{
		FileBytes: cmp.Or(o.Limits.FileBytes, d.FileBytes), TreeBytes: cmp.Or(o.Limits.TreeBytes, d.TreeBytes),
		Files: cmp.Or(o.Limits.Files, d.Files), LineBytes: cmp.Or(o.Limits.LineBytes, d.LineBytes),
	}
}

// listed is how many names are looked at in all, for each file that may be read.
const listed = 5

// Open opens what a path names: a folder, an archive, or a file, which Main
// then names.
func Open(name string, o Options) (*Tree, error) {
	info, err := os.Stat(name)
	if err != nil {
		return nil, argumentFault(name, err)
	}
	if info.IsDir() {
		return OpenDir(name, o)
	}
	file, err := openRegular(name)
	if err != nil {
		return nil, argumentFault(name, err)
	}
	head := make([]byte, 512)
	n, err := io.ReadFull(file, head)
	file.Close()
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return nil, argumentFault(name, err)
	}
	if archiveKind(head[:n]) != "" {
		return OpenArchive(name, o)
	}
	return OpenFile(name, o)
}

// OpenDir returns the tree below a folder, or the tree below o.Root of which
// Files lists those in the folder.
func OpenDir(dir string, o Options) (*Tree, error) {
	if o.Root == "" {
		return openRoot(dir, o, "")
	}
	t, err := openRoot(o.Root, o, dir)
	if err != nil {
		return nil, err
	}
	if t.top, err = t.named(dir); err == nil && t.Exists(t.top) != "dir" {
		err = fmt.Errorf("no such folder below %s: %w", o.Root, fs.ErrNotExist)
	}
	if err != nil {
		return nil, argumentFault(dir, err)
	}
	return t, nil
}

// OpenFile returns the tree that a file named by the user lies in, rooted at its
// folder or at o.Root. Main is the file's path. A link that the user names is
// followed; one that a file names has to stay inside the root.
func OpenFile(name string, o Options) (*Tree, error) {
	root := cmp.Or(o.Root, filepath.Dir(name))
	t, err := openRoot(root, o, "")
	if err != nil {
		return nil, err
	}
	if o.Root != "" {
		t.main, err = t.named(name)
	} else {
		t.main = filepath.Base(name)
	}
	if err == nil {
		err = t.pin(name, o.Root == "")
	}
	if err != nil {
		return nil, argumentFault(name, err)
	}
	return t, nil
}

// pin looks whether the main file is there; if it is a link out of the root,
// and that is allowed, the tree remembers where it leads.
func (t *Tree) pin(name string, follow bool) error {
	k, err := t.kind(t.main)
	switch {
	case k == aFile:
		return nil
	case k == aFolder:
		return fmt.Errorf("a folder, %w", ErrNotRegular)
	case !follow || !errors.Is(err, ErrOutside):
		return err
	}
	file, err := openRegular(name)
	if err != nil {
		return err
	}
	file.Close()
	if d, ok := t.source.(*disk); ok {
		d.pinned, d.pin = t.main, name
	}
	return nil
}

// openRoot opens a folder as a root. argument is the folder below it that was
// named, if another one was.
func openRoot(dir string, o Options, argument string) (*Tree, error) {
	// a pipe must not be opened even to learn that it is no folder
	info, err := os.Stat(dir)
	if err == nil && !info.IsDir() {
		err = errors.New("not a folder")
	}
	if err != nil {
		return nil, argumentFault(dir, err)
	}
	t := newTree(nil, o.limits())
	folder := &disk{dir: dir, inside: t.inside, entries: listed * t.limits.Files}
	now, err := folder.open()
	if err != nil {
		return nil, argumentFault(dir, err)
	}
	now.close()
	t.source = folder
	t.chroot = o.Root != ""
	t.prefix = filepath.ToSlash(cmp.Or(o.Name, dir))
	t.ignore = ignoreRules(slices.Concat(DefaultIgnore, o.Ignore))
	absolute, err := filepath.Abs(dir)
	if err != nil {
		return nil, argumentFault(cmp.Or(argument, dir), err)
	}
	t.bases = []string{filepath.ToSlash(absolute)}
	if real, err := filepath.EvalSymlinks(absolute); err == nil && real != absolute {
		t.bases = append(t.bases, filepath.ToSlash(real))
	}
	return t, nil
}

// named returns the path in the tree of a file the user named: by its own path,
// or as it is called on the machine the files are from.
func (t *Tree) named(name string) (string, error) {
	absolute, err := filepath.Abs(name)
	if err != nil {
		return "", err
	}
	absolute = filepath.ToSlash(absolute)
	for _, base := range t.bases {
		if rest, ok := strings.CutPrefix(absolute, strings.TrimSuffix(base, "/")); ok && (rest == "" || rest[0] == '/') {
			return path.Clean(strings.TrimPrefix(rest, "/")), nil
		}
	}
	if inner, err := t.Resolve(".", filepath.ToSlash(name)); err == nil && t.Exists(inner) != "" {
		return inner, nil
	}
	return "", fmt.Errorf("it does not lie below %s: %w", t.prefix, ErrOutside)
}

func argumentFault(name string, err error) error {
	t := &Tree{}
	return t.fault(filepath.ToSlash(name), err)
}

// FromTexts returns a tree of files by path, for tests.
func FromTexts(texts map[string]string) *Tree {
	return newTree(nil, DefaultLimits).With(texts)
}

// FromBytes returns a tree of files by path that are decoded as those of a
// folder are, for tests.
func FromBytes(files map[string][]byte) *Tree {
	m := map[string]packed{}
	for name, b := range files {
		m[path.Clean(name)] = packed{bytes: bytes.Clone(b)}
	}
	t := newTree(newMemory(m), DefaultLimits)
	t.ignore = ignoreRules(DefaultIgnore)
	return t
}

// tooMuch is the error of an archive that is not unpacked as a whole.
func tooMuch(name, why string) error {
	return &audit.InputError{
		Place: audit.Place{File: filepath.ToSlash(name)}, Cause: why, Err: ErrLimit,
		Hint: "unpack it yourself and name the folder",
	}
}

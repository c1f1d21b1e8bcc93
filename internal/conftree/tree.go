package conftree

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
	"sync"
)

// The faults a reader of formats may want to tell apart; all of them mean that
// what a file says beyond this point is not known.
var (
	// ErrOutside: the path leads out of the root, by itself or by a link.
	ErrOutside = errors.New("outside of the root")
	// ErrNotRegular: not a regular file.
	ErrNotRegular = errors.New("not a regular file")
	// ErrLimit: the file, or the tree, is larger than is read.
	ErrLimit = errors.New("larger than is read")
)

// Limits bound what is read.
type Limits struct {
	FileBytes, TreeBytes int64
	Files                int
	LineBytes            int
}

// DefaultLimits suit configuration files written by people and products.
var DefaultLimits = Limits{FileBytes: 32 << 20, TreeBytes: 64 << 20, Files: 10000, LineBytes: 1 << 20}

// Tree is a set of files below one root. Methods may be called by several
// goroutines.
type Tree struct {
	source  source
	ledger  *ledger
	limits  Limits
	overlay map[string]*File
	// bases are the absolute paths of the root on this machine, as it was named
	// and without links; none if there is none.
	bases []string
	// chroot is set if absolute paths in files are meant from the root on.
	chroot bool
	// prefix is what names begin with, top the folder Files looks in, and main
	// the file that was named.
	prefix, top, main string
	ignore            []ignoreRule
	notes             []Skipped
}

// ledger is what all trees of one root share: what was read so far.
type ledger struct {
	mu      sync.Mutex
	files   map[string]*File
	folders map[string][]entry
	bytes   int64
}

func newTree(s source, l Limits) *Tree {
	return &Tree{source: s, limits: l, top: ".", ledger: &ledger{files: map[string]*File{}, folders: map[string][]entry{}}}
}

// name is what people call a file of the tree.
func (t *Tree) name(p string) string { return path.Join(t.prefix, p) }

// Main is the path of the file that was named when the tree was opened, empty
// if that was a folder or an archive.
func (t *Tree) Main() string { return t.main }

// Read opens one file of the tree. The error is an [*audit.InputError] that
// wraps fs.ErrNotExist, ErrOutside, ErrNotRegular, ErrKeyStore or ErrLimit where
// one of them is the reason. A file that was read before is returned again.
func (t *Tree) Read(path string) (*File, error) {
	f, err := t.read(path)
	return f, t.fault(path, err)
}

func (t *Tree) read(name string) (*File, error) {
	name, err := within(name)
	if err != nil {
		return nil, err
	}
	if f, ok := t.overlay[name]; ok {
		return f, nil
	}
	if t.source == nil {
		return nil, fs.ErrNotExist
	}
	t.ledger.mu.Lock()
	defer t.ledger.mu.Unlock()
	if f, ok := t.ledger.files[name]; ok {
		return f, nil
	}
	if keyStore(name) {
		if k, err := t.source.kind(name); k == nothing {
			return nil, err
		}
		return nil, ErrKeyStore
	}
	if len(t.ledger.files) >= t.limits.Files {
		return nil, fmt.Errorf("more than %d files, %w", t.limits.Files, ErrLimit)
	}
	left := t.limits.TreeBytes - t.ledger.bytes
	b, err := t.source.read(name, min(t.limits.FileBytes, left))
	if err != nil {
		return nil, err
	}
	f := fileOf(name, t.name(name), b)
	if f.longest() > t.limits.LineBytes {
		return nil, fmt.Errorf("a line of more than %d bytes, %w", t.limits.LineBytes, ErrLimit)
	}
	t.ledger.bytes += int64(len(b))
	t.ledger.files[name] = f
	return f, nil
}

// within returns a path without detours, and refuses one that leads out.
func within(name string) (string, error) {
	clean := path.Clean(name)
	if path.IsAbs(clean) || clean == ".." || strings.HasPrefix(clean, "../") || strings.ContainsRune(clean, 0) {
		return "", ErrOutside
	}
	return clean, nil
}

// Exists says what the path is: "file", "dir", or "" if there is nothing that
// may be opened.
func (t *Tree) Exists(path string) string {
	path, err := within(path)
	if err != nil {
		return ""
	}
	switch k, _ := t.kind(path); k {
	case aFile:
		return "file"
	case aFolder:
		return "dir"
	}
	return ""
}

// kind says what a path is, changed files included.
func (t *Tree) kind(name string) (kind, error) {
	if _, ok := t.overlay[name]; ok {
		return aFile, nil
	}
	err := fs.ErrNotExist
	k := nothing
	if t.source != nil {
		k, err = t.source.kind(name)
	}
	if k == nothing {
		for other := range t.overlay {
			if name == "." || strings.HasPrefix(other, name+"/") {
				return aFolder, nil
			}
		}
	}
	return k, err
}

// list returns the names in a folder, changed files included.
func (t *Tree) list(folder string) ([]entry, error) {
	var list []entry
	if t.source != nil {
		t.ledger.mu.Lock()
		defer t.ledger.mu.Unlock()
		known, ok := t.ledger.folders[folder]
		if !ok {
			var err error
			if known, err = t.source.list(folder); err != nil && !errors.Is(err, fs.ErrNotExist) {
				return nil, err
			}
			t.ledger.folders[folder] = known
		}
		list = known
	}
	if len(t.overlay) == 0 {
		return list, nil
	}
	return merged(list, t.overlay, folder), nil
}

// merged adds the names that files of an overlay have in a folder.
func merged(known []entry, overlay map[string]*File, folder string) []entry {
	var list []entry
	for name := range overlay {
		rest, ok := name, true
		if folder != "." {
			rest, ok = strings.CutPrefix(name, folder+"/")
		}
		if !ok {
			continue
		}
		e := entry{name: rest, kind: aFile}
		if first, _, deeper := strings.Cut(rest, "/"); deeper {
			e = entry{name: first, kind: aFolder}
		}
		list = append(list, e)
	}
	// of equal names the file of the overlay comes first, being what is read
	list = append(list, known...)
	slices.SortStableFunc(list, func(a, b entry) int { return strings.Compare(a.name, b.name) })
	return slices.CompactFunc(list, func(a, b entry) bool { return a.name == b.name })
}

// With returns a tree in which some files have other text, by path; everything
// else is as in t. A changed file keeps its encoding.
func (t *Tree) With(texts map[string]string) *Tree {
	c := *t
	c.overlay = make(map[string]*File, len(t.overlay)+len(texts))
	for name, f := range t.overlay {
		c.overlay[name] = f
	}
	for name, text := range texts {
		changed := NewFile(name, t.name(name), text, Encoding{Charset: utf8Name})
		if f, err := t.read(name); err == nil {
			changed.Encoding, changed.inexact = f.Encoding, f.inexact
		}
		c.overlay[name] = changed
	}
	return &c
}

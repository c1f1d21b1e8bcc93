package conftree

import (
	"fmt"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"

	"tlsaudit/audit"
)

// FromTexts returns a tree of files by path, for tests.
func FromTexts(texts map[string]string) *Tree {
	return &Tree{overlay: texts, limits: DefaultLimits}
}

// OpenDir returns the tree below a folder.
func OpenDir(dir string) (*Tree, error) {
	return &Tree{fsys: os.DirFS(dir), limits: DefaultLimits}, nil
}

func (t *Tree) read(name string) (*File, error) {
	if text, ok := t.overlay[name]; ok {
		return NewFile(name, t.prefix+name, text, Encoding{Charset: "utf-8"}), nil
	}
	if t.fsys == nil {
		return nil, &audit.InputError{Place: audit.Place{File: name}, Cause: "no such file", Err: fs.ErrNotExist}
	}
	b, err := fs.ReadFile(t.fsys, name)
	if err != nil {
		return nil, &audit.InputError{Place: audit.Place{File: name}, Cause: err.Error(), Err: err}
	}
	return NewFile(name, t.prefix+name, string(b), Encoding{Charset: "utf-8"}), nil
}

func (t *Tree) glob(pattern string) ([]string, error) {
	var list []string
	for name := range t.overlay {
		if ok, _ := path.Match(pattern, name); ok {
			list = append(list, name)
		}
	}
	if t.fsys != nil {
		more, err := fs.Glob(t.fsys, pattern)
		if err != nil {
			return nil, fmt.Errorf("pattern %q: %w", pattern, err)
		}
		list = append(list, more...)
	}
	slices.Sort(list)
	return slices.Compact(list), nil
}

func (t *Tree) exists(name string) string {
	if _, ok := t.overlay[name]; ok {
		return "file"
	}
	if t.fsys != nil {
		if info, err := fs.Stat(t.fsys, name); err == nil {
			if info.IsDir() {
				return "dir"
			}
			return "file"
		}
	}
	for other := range t.overlay {
		if strings.HasPrefix(other, name+"/") {
			return "dir"
		}
	}
	return ""
}

func (t *Tree) resolve(folder, target string) (string, error) {
	if path.IsAbs(target) {
		return "", &audit.InputError{Cause: fmt.Sprintf("%q is an absolute path", target), Err: ErrOutside}
	}
	p := path.Join(folder, target)
	if p == ".." || strings.HasPrefix(p, "../") {
		return "", &audit.InputError{Cause: fmt.Sprintf("%q leads out of the root", target), Err: ErrOutside}
	}
	return p, nil
}

func (t *Tree) with(texts map[string]string) *Tree {
	c := *t
	c.overlay = map[string]string{}
	for k, v := range t.overlay {
		c.overlay[k] = v
	}
	for k, v := range texts {
		c.overlay[k] = v
	}
	return &c
}

package conftree

import (
	"cmp"
	"fmt"
	"io/fs"
	"path"
	"slices"
)

// memory is a set of files that were unpacked, or made by a test.
type memory struct {
	files map[string]packed
	// folders are the names in every folder; the root is ".".
	folders map[string][]entry
}

// packed is one file of an archive: its bytes, or why there are none.
type packed struct {
	bytes   []byte
	refusal error
}

func newMemory(files map[string]packed) *memory {
	m := &memory{files, map[string][]entry{".": nil}}
	for name, f := range files {
		e := entry{name: path.Base(name), kind: aFile}
		if f.refusal != nil {
			e.kind = refused
		}
		for at := path.Dir(name); ; at = path.Dir(at) {
			_, known := m.folders[at]
			m.folders[at] = append(m.folders[at], e)
			if known {
				break
			}
			e = entry{name: path.Base(at), kind: aFolder}
		}
	}
	for _, list := range m.folders {
		slices.SortFunc(list, func(a, b entry) int { return cmp.Compare(a.name, b.name) })
	}
	return m
}

func (m *memory) kind(name string) (kind, error) {
	if f, ok := m.files[name]; ok {
		if f.refusal != nil {
			return refused, f.refusal
		}
		return aFile, nil
	}
	if _, ok := m.folders[name]; ok {
		return aFolder, nil
	}
	return nothing, fs.ErrNotExist
}

func (m *memory) read(name string, limit int64) ([]byte, error) {
	f, ok := m.files[name]
	switch {
	case !ok && m.folders[name] != nil:
		return nil, fmt.Errorf("a folder, %w", ErrNotRegular)
	case !ok:
		return nil, fs.ErrNotExist
	case f.refusal != nil:
		return nil, f.refusal
	case int64(len(f.bytes)) > limit:
		return nil, tooLarge(limit)
	}
	return f.bytes, nil
}

func (m *memory) list(name string) ([]entry, error) {
	list, ok := m.folders[name]
	if !ok {
		return nil, fs.ErrNotExist
	}
	return list, nil
}

func (m *memory) real(name string) (string, error) {
	_, err := m.kind(name)
	return name, err
}

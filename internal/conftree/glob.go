package conftree

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
)

// Glob returns the paths of the files that match a pattern in any of its
// elements, in lexical order. The signs are those of path.Match and "[!...]";
// as everywhere, a name that begins with a dot is matched only by a pattern
// that does. No match is no error; a pattern that leads out of the root is
// ErrOutside, and one that matches too much ErrLimit.
//
// What matches but is refused, such as a pipe or a link out of the root, is
// among the paths: a product would follow it, so that whoever reads it must
// learn that it is there.
func (t *Tree) Glob(pattern string) ([]string, error) {
	found, err := t.glob(pattern)
	return found, t.fault(shorten(pattern), err)
}

func hasMeta(s string) bool { return strings.ContainsAny(s, `*?[\`) }

func (t *Tree) glob(pattern string) ([]string, error) {
	pattern, err := within(pattern)
	if err != nil {
		return nil, err
	}
	found := []string{"."}
	elements := strings.Split(strings.ReplaceAll(pattern, "[!", "[^"), "/")
	for i, element := range elements {
		if _, err := path.Match(element, ""); err != nil {
			return nil, fmt.Errorf("pattern %q: %w", shorten(pattern), err)
		}
		last := i == len(elements)-1
		wanted := func(k kind) bool { return last && (k == aFile || k == refused) || !last && k == aFolder }
		var next []string
		for _, folder := range found {
			names, err := t.match(folder, element, wanted)
			if err != nil {
				return nil, err
			}
			if next = append(next, names...); len(next) > t.limits.Files {
				return nil, fmt.Errorf("pattern %q matches more than %d names, %w", shorten(pattern), t.limits.Files, ErrLimit)
			}
		}
		found = next
	}
	slices.Sort(found)
	return found, nil
}

// match returns the names in a folder that match one element of a pattern.
func (t *Tree) match(folder, element string, wanted func(kind) bool) (found []string, err error) {
	if !hasMeta(element) {
		name := path.Join(folder, element)
		if k, _ := t.kind(name); wanted(k) {
			found = append(found, name)
		}
		return found, nil
	}
	list, err := t.list(folder)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	for _, e := range list {
		if strings.HasPrefix(e.name, ".") && element[0] != '.' || !wanted(e.kind) {
			continue
		}
		if ok, _ := path.Match(element, e.name); ok {
			found = append(found, path.Join(folder, e.name))
		}
	}
	return found, nil
}

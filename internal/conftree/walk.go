package conftree

import (
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"

	"tlsaudit/audit"
)

// Skipped is something below the folder that was named that is not looked at.
type Skipped struct {
	// Name is what people call it, Reason why it is left out.
	Name, Reason string
	// Ignored is set if it was left out on purpose: by a pattern, as a store of
	// keys, as no text, or since it is listed under another name. All else is
	// something the user expected to be looked at.
	Ignored bool
	// Single is set for one name that is no file: a link to elsewhere, a pipe, a
	// device. It is of interest only if its name is.
	Single bool
}

// Files returns the paths of the files below the folder that was named, or the
// one file that was, and what is left out, both in lexical order. A file that
// several names lead to is listed once, by the name without links.
func (t *Tree) Files() (files []string, skipped []Skipped) {
	if t.main != "" {
		return []string{t.main}, nil
	}
	w := walk{tree: t, seen: map[string]bool{}, skipped: slices.Clone(t.notes)}
	w.folder(t.top)
	for len(w.later) > 0 && w.more {
		next := w.later[0]
		w.later = w.later[1:]
		w.folder(next)
	}
	slices.Sort(w.files)
	slices.SortFunc(w.skipped, func(a, b Skipped) int { return strings.Compare(a.Name+"\x00"+a.Reason, b.Name+"\x00"+b.Reason) })
	return slices.Compact(w.files), slices.Compact(w.skipped)
}

type walk struct {
	tree    *Tree
	files   []string
	skipped []Skipped
	seen    map[string]bool
	// later are the folders still to be looked at; more is unset when a limit
	// was reached.
	later []string
	more  bool
}

func (w *walk) skip(name, reason string, ignored bool) {
	w.skipped = append(w.skipped, Skipped{Name: w.tree.name(name), Reason: reason, Ignored: ignored})
}

func (w *walk) folder(name string) {
	w.more = true
	if w.seen[name] {
		return
	}
	w.seen[name] = true
	if w.tree.source != nil {
		if real, err := w.tree.source.real(name); err == nil && real != name {
			// listed under its real name, which also ends circles of links
			w.later = append(w.later, real)
			return
		}
	}
	list, err := w.tree.list(name)
	if err != nil {
		w.skip(name, cause(w.tree.fault(name, err)), false)
		w.more = !errors.Is(err, ErrLimit)
		return
	}
	for _, e := range list {
		if !w.entry(path.Join(name, e.name), e) {
			w.more = false
			return
		}
	}
}

// entry takes one name; it returns false if no more may be taken.
func (w *walk) entry(name string, e entry) bool {
	below := name
	if w.tree.top != "." {
		below = strings.TrimPrefix(name, w.tree.top+"/")
	}
	switch {
	case ignored(w.tree.ignore, below, e.kind == aFolder):
		w.skip(name, "ignored by a pattern", true)
	case e.kind == aFolder:
		w.later = append(w.later, name)
	case keyStore(name):
		w.skip(name, ErrKeyStore.Error(), true)
	case hasEnding(strings.ToLower(e.name), binaries):
		w.skip(name, "no configuration text", true)
	case e.kind == refused:
		_, err := w.tree.kind(name)
		if err == nil {
			err = ErrNotRegular
		}
		w.skip(name, cause(w.tree.fault(name, err)), false)
		w.skipped[len(w.skipped)-1].Single = true
	case e.link:
		real, err := w.tree.source.real(name)
		switch {
		case err != nil:
			w.skip(name, cause(w.tree.fault(name, err)), false)
			w.skipped[len(w.skipped)-1].Single = true
		case keyStore(real):
			w.skip(name, ErrKeyStore.Error(), true)
		default:
			w.skip(name, "a link to "+w.tree.name(real), true)
			w.files = append(w.files, real)
		}
	default:
		w.files = append(w.files, name)
	}
	if len(w.files) > w.tree.limits.Files || len(w.skipped) > 2*w.tree.limits.Files {
		w.skip(name, fmt.Sprintf("more than %d files: neither this one nor those behind it are looked at", w.tree.limits.Files), false)
		w.files = w.files[:min(len(w.files), w.tree.limits.Files)]
		return false
	}
	return true
}

// cause is what an error says without the place.
func cause(err error) string {
	var input *audit.InputError
	if errors.As(err, &input) {
		return input.Cause
	}
	return err.Error()
}

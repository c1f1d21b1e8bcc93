package conftree

import (
	"fmt"
	"path"
	"regexp"
	"strings"

	"tlsaudit/audit"
)

// drive matches how absolute paths of Windows begin.
var drive = regexp.MustCompile(`^[A-Za-z]:[\\/]`)

// Resolve returns the path inside the tree that a file means by target:
// relative to folder, a path of this tree, or absolute. An absolute path is
// taken from the root on if the tree is a copy of another machine's (--root, or
// an archive), otherwise it has to lie below the root on this machine; a path
// that lies in a folder above the root until its last elements, such as
// /opt/x/conf/a of the root /opt/x/conf, is therefore best joined before it is
// resolved. The path may hold the signs of a pattern. "." is the root. The
// error wraps ErrOutside.
func (t *Tree) Resolve(folder, target string) (string, error) {
	outside := func(why string) (string, error) {
		return "", &audit.InputError{
			Cause: fmt.Sprintf("%q %s", shorten(target), why), Err: ErrOutside,
			Hint: "copy the files of the machine into one folder as they lie there, and name it with --root",
		}
	}
	switch {
	case strings.ContainsRune(target, 0):
		return outside("is no path")
	case strings.HasPrefix(target, "//"), strings.HasPrefix(target, `\\`), drive.MatchString(target):
		return outside("is a path of another machine")
	case path.IsAbs(target):
		inner, ok := t.inside(target)
		if !ok {
			return outside("is an absolute path outside of the root")
		}
		folder, target = ".", inner
	}
	at, err := within(folder)
	if err != nil {
		return outside("is meant from a folder outside of the root")
	}
	for element := range strings.SplitSeq(target, "/") {
		switch element {
		case "", ".":
		case "..":
			if at == "." {
				return outside("leads out of the root")
			}
			at = path.Dir(t.behind(at))
		default:
			at = path.Join(at, element)
		}
	}
	return at, nil
}

// behind returns where a folder really is, if links lead to it: ".." is meant
// from there.
func (t *Tree) behind(folder string) string {
	if t.source != nil && !hasMeta(folder) {
		if real, err := t.source.real(folder); err == nil {
			return real
		}
	}
	return folder
}

// inside returns what an absolute path means below the root.
func (t *Tree) inside(target string) (string, bool) {
	if t.chroot {
		// nothing is above the root
		return strings.TrimPrefix(path.Clean(target), "/"), true
	}
	for _, base := range t.bases {
		if rest, ok := strings.CutPrefix(target, base); ok && (rest == "" || rest[0] == '/' || base == "/") {
			return strings.TrimLeft(rest, "/"), true
		}
	}
	// with detours it may still lie below
	clean := path.Clean(target)
	for _, base := range t.bases {
		if clean == base || strings.HasPrefix(clean, strings.TrimSuffix(base, "/")+"/") {
			return strings.TrimPrefix(clean[len(base):], "/"), true
		}
	}
	return "", false
}

// Real returns the path of a file without links in it, to tell whether two
// paths are one file.
func (t *Tree) Real(path string) (string, error) {
	path, err := within(path)
	if err != nil {
		return "", t.fault(path, err)
	}
	if _, ok := t.overlay[path]; ok || t.source == nil {
		return path, nil
	}
	real, err := t.source.real(path)
	return real, t.fault(path, err)
}

func shorten(s string) string {
	if len(s) > 200 {
		return strings.ToValidUTF8(s[:200], "") + "..."
	}
	return s
}

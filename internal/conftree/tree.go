package conftree

import (
	"errors"
	"io/fs"
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
	fsys    fs.FS
	limits  Limits
	overlay map[string]string
	// base is the root's absolute path on this machine, empty if there is none.
	base string
	// chroot is set if absolute paths in files are meant from the root on.
	chroot bool
	// prefix is what names begin with.
	prefix string
}

// Read opens one file of the tree. The error is an [*audit.InputError] that
// wraps fs.ErrNotExist, ErrOutside, ErrNotRegular or ErrLimit where one of them
// is the reason. A file that was read before is returned again.
func (t *Tree) Read(path string) (*File, error) { return t.read(path) }

// Glob returns the paths of the regular files that match a pattern with the
// signs of path.Match in any of its elements, in lexical order. No match is no
// error; a pattern that leads out of the root is ErrOutside.
func (t *Tree) Glob(pattern string) ([]string, error) { return t.glob(pattern) }

// Exists says what the path is: "file", "dir", or "" if there is nothing that
// may be opened.
func (t *Tree) Exists(path string) string { return t.exists(path) }

// Resolve returns the path inside the tree that a file means by target:
// relative to folder, a path of this tree, or absolute. An absolute path is
// taken from the root on if the tree is a copy of another machine's (--root),
// otherwise it has to lie below the root on this machine. The path may hold
// the signs of a pattern. The error wraps ErrOutside.
func (t *Tree) Resolve(folder, target string) (string, error) { return t.resolve(folder, target) }

// With returns a tree in which some files have other text, by path; everything
// else is as in t.
func (t *Tree) With(texts map[string]string) *Tree { return t.with(texts) }

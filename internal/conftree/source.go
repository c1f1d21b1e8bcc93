package conftree

import (
	"errors"
	"io/fs"
	"syscall"

	"tlsaudit/audit"
)

// kind says what a name of a source is, links followed.
type kind uint8

const (
	nothing kind = iota
	aFile
	aFolder
	// refused is something that is there and is never opened: a device, a pipe, a
	// link that leads out of the root or nowhere.
	refused
)

// entry is one name in a folder.
type entry struct {
	name string
	kind kind
	// link is set for a link that is followed.
	link bool
}

// source is where the bytes of a tree come from. Names are clean, relative and
// use slashes; "." is the root. Links are followed only inside the root.
type source interface {
	// kind says what a name is; the error why it is refused.
	kind(name string) (kind, error)
	// read returns the bytes of a regular file of at most limit bytes.
	read(name string, limit int64) ([]byte, error)
	// list returns the names in a folder, in lexical order.
	list(name string) ([]entry, error)
	// real returns the name without links in it.
	real(name string) (string, error)
}

// ErrKeyStore is told of a file that may hold a private key and
// is never opened.
var ErrKeyStore = errors.New("may hold a private key, is never opened")

// fault makes the error of a name that people know: what is wrong, in words
// that tell nothing about the machine.
func (t *Tree) fault(name string, err error) error {
	if err == nil {
		return nil
	}
	var input *audit.InputError
	if errors.As(err, &input) {
		return input
	}
	cause := err.Error()
	var system *fs.PathError
	switch {
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, syscall.ENOTDIR):
		cause, err = "no such file", fs.ErrNotExist
	case errors.Is(err, fs.ErrPermission):
		cause = "may not be read: permission denied"
	case errors.As(err, &system):
		cause = "cannot be read: " + system.Err.Error()
	}
	return &audit.InputError{Place: audit.Place{File: t.name(name)}, Cause: cause, Err: err}
}

package conftree

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"
	"syscall"
)

// disk is a folder of this machine. It is opened anew for each access: an audit
// may name more folders than a process can hold open.
type disk struct {
	dir string
	// inside returns the name below the root that an absolute path means.
	inside func(target string) (string, bool)
	// entries is how many names may still be listed.
	entries int
	// pinned is a name that stands for a file the user named and that is a link
	// out of the root; pin is its path on this machine.
	pinned, pin string
}

// open returns the folder for one access.
func (d *disk) open() (opened, error) {
	root, err := os.OpenRoot(d.dir)
	return opened{d, root}, err
}

func (d *disk) kind(name string) (kind, error) {
	o, err := d.open()
	if err != nil {
		return refused, err
	}
	defer o.close()
	return o.kind(name)
}

func (d *disk) read(name string, limit int64) ([]byte, error) {
	o, err := d.open()
	if err != nil {
		return nil, err
	}
	defer o.close()
	return o.read(name, limit)
}

func (d *disk) list(name string) ([]entry, error) {
	o, err := d.open()
	if err != nil {
		return nil, err
	}
	defer o.close()
	return o.list(name)
}

func (d *disk) real(name string) (string, error) {
	o, err := d.open()
	if err != nil {
		return "", err
	}
	defer o.close()
	return o.real(name)
}

// opened is a disk during one access. All of it goes through [os.Root], so that
// a link that changes under our hands cannot lead out either.
type opened struct {
	*disk
	root *os.Root
}

func (o opened) close() { _ = o.root.Close() } // nothing is written through it

// maxLinks is how many links one name may lead through.
const maxLinks = 40

func (o opened) real(name string) (string, error) {
	todo, at := strings.Split(name, "/"), "."
	for links := 0; len(todo) > 0; {
		element := todo[0]
		todo = todo[1:]
		switch element {
		case "", ".":
			continue
		case "..":
			if at == "." {
				return "", fmt.Errorf("a link leads %w", ErrOutside)
			}
			at = path.Dir(at)
			continue
		}
		next := path.Join(at, element)
		info, err := o.root.Lstat(next)
		if err != nil {
			return "", err
		}
		if info.Mode()&fs.ModeSymlink == 0 {
			at = next
			continue
		}
		if links++; links > maxLinks {
			return "", fmt.Errorf("links in a circle: %w", ErrNotRegular)
		}
		target, err := o.root.Readlink(next)
		if err != nil {
			return "", err
		}
		if path.IsAbs(target) {
			inner, ok := o.inside(target)
			if !ok {
				return "", fmt.Errorf("a link leads %w", ErrOutside)
			}
			target, at = inner, "."
		}
		todo = append(strings.Split(target, "/"), todo...)
	}
	return at, nil
}

// look returns what a name is behind links, and its name without them where
// there are any.
func (o opened) look(name string) (string, fs.FileInfo, error) {
	info, err := o.root.Lstat(name)
	if err == nil && info.Mode()&fs.ModeSymlink == 0 {
		return name, info, nil
	}
	if name, err = o.real(name); err != nil {
		return name, nil, err
	}
	info, err = o.root.Lstat(name)
	return name, info, err
}

func (o opened) kind(name string) (kind, error) {
	if name == o.pinned && o.pin != "" {
		return aFile, nil
	}
	_, info, err := o.look(name)
	switch {
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, syscall.ENOTDIR):
		if link, err := o.root.Lstat(name); err == nil && link.Mode()&fs.ModeSymlink != 0 {
			return refused, fmt.Errorf("a link that leads nowhere: %w", fs.ErrNotExist)
		}
		return nothing, err
	case err != nil:
		return refused, err
	case info.IsDir():
		return aFolder, nil
	case info.Mode().IsRegular():
		return aFile, nil
	}
	return refused, notRegular(info)
}

func notRegular(info fs.FileInfo) error {
	what := "a device"
	switch m := info.Mode(); {
	case m.IsDir():
		what = "a folder"
	case m&fs.ModeNamedPipe != 0:
		what = "a pipe"
	case m&fs.ModeSocket != 0:
		what = "a socket"
	}
	return fmt.Errorf("%s, %w", what, ErrNotRegular)
}

// read looks before it opens, since opening a pipe waits for a writer and
// opening a device may do anything; and looks again at what it has opened.
func (o opened) read(name string, limit int64) ([]byte, error) {
	var file *os.File
	if name == o.pinned && o.pin != "" {
		f, err := openRegular(o.pin)
		if err != nil {
			return nil, err
		}
		file = f
	} else {
		name, info, err := o.look(name)
		if err != nil {
			return nil, err
		}
		if !info.Mode().IsRegular() {
			return nil, notRegular(info)
		}
		if keyStore(name) {
			return nil, ErrKeyStore // by a link of another name
		}
		if file, err = o.root.OpenFile(name, os.O_RDONLY|nonblock, 0); err != nil {
			return nil, err
		}
	}
	defer file.Close()
	return readRegular(file, limit)
}

// openRegular opens a file that the user named by its own path.
func openRegular(name string) (*os.File, error) {
	info, err := os.Stat(name)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, notRegular(info)
	}
	return os.OpenFile(name, os.O_RDONLY|nonblock, 0)
}

func readRegular(file *os.File, limit int64) ([]byte, error) {
	info, err := file.Stat()
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, notRegular(info)
	}
	if info.Size() > limit {
		return nil, tooLarge(limit)
	}
	b := make([]byte, 0, info.Size()+512)
	for {
		n, err := file.Read(b[len(b):cap(b)])
		b = b[:len(b)+n]
		if int64(len(b)) > limit {
			return nil, tooLarge(limit)
		}
		if errors.Is(err, io.EOF) {
			return b, nil
		}
		if err != nil {
			return nil, err
		}
		if len(b) == cap(b) {
			b = slices.Grow(b, len(b))
		}
	}
}

func tooLarge(limit int64) error { return fmt.Errorf("more than %d bytes, %w", limit, ErrLimit) }

func (o opened) list(name string) ([]entry, error) {
	name, info, err := o.look(name)
	if err != nil {
		return nil, err
	}
	if !info.IsDir() {
		return nil, fmt.Errorf("no folder: %w", fs.ErrNotExist)
	}
	folder, err := o.root.OpenFile(name, os.O_RDONLY|nonblock, 0)
	if err != nil {
		return nil, err
	}
	defer folder.Close()
	var list []entry
	for {
		some, err := folder.ReadDir(256)
		for _, e := range some {
			list = append(list, o.entry(name, e))
		}
		if o.entries -= len(some); o.entries < 0 {
			return nil, fmt.Errorf("more names than are looked at, %w", ErrLimit)
		}
		if errors.Is(err, io.EOF) || err == nil && len(some) == 0 {
			break
		}
		if err != nil {
			return nil, err
		}
	}
	slices.SortFunc(list, func(a, b entry) int { return cmp.Compare(a.name, b.name) })
	return list, nil
}

func (o opened) entry(folder string, e fs.DirEntry) entry {
	switch {
	case e.Type().IsRegular():
		return entry{name: e.Name(), kind: aFile}
	case e.IsDir():
		return entry{name: e.Name(), kind: aFolder}
	case e.Type()&fs.ModeSymlink != 0:
		if k, err := o.kind(path.Join(folder, e.Name())); err == nil {
			return entry{e.Name(), k, true}
		}
	}
	return entry{name: e.Name(), kind: refused}
}

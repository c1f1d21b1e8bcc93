package conftree

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"strings"
	"time"

	"tlsaudit/audit"
)

// Write puts text in the place of a file on disk, in the file's own encoding,
// and returns the name of the copy of what was there, which now dates. The file
// is replaced as a whole or not at all; it keeps its mode and, where that is
// allowed, its owner. What else a file system may attach to a file, such as an
// access list, is not kept.
//
// The copy's name begins with a dot: in a folder of which a product reads
// everything, it must not be read as one more file.
//
// It is an error, and nothing is changed, if the file is not as it was when it
// was read, is of an archive, is a link that leads out of the root, has a
// second name, or may not be written.
func (t *Tree) Write(before *File, text string, now time.Time) (backup string, err error) {
	backup, err = t.write(before, text, now)
	if err != nil {
		var input *audit.InputError
		if !errors.As(err, &input) {
			err = &audit.InputError{Place: audit.Place{File: before.Name}, Cause: "not written: " + reason(err), Err: err}
		}
		return "", err
	}
	return t.name(backup), nil
}

// reason is what the system says, without names of this machine.
func reason(err error) string {
	var system *fs.PathError
	var link *os.LinkError
	switch {
	case errors.As(err, &system):
		return system.Op + ": " + system.Err.Error()
	case errors.As(err, &link):
		return link.Op + ": " + link.Err.Error()
	}
	return err.Error()
}

func (t *Tree) write(before *File, text string, now time.Time) (backup string, err error) {
	d, ok := t.source.(*disk)
	if !ok {
		return "", errors.New("the file is not on disk; unpack the archive first")
	}
	was, err := before.Encode(before.Text)
	if err != nil {
		return "", err
	}
	will, err := before.Encode(text)
	if err != nil {
		return "", err
	}
	name, err := within(before.Path)
	if err != nil {
		return "", err
	}
	o, err := d.open()
	if err != nil {
		return "", err
	}
	defer o.close()
	if name, err = o.real(name); err != nil {
		return "", err
	}
	r := replacement{opened: o, name: name, was: was}
	if r.info, err = o.root.Lstat(name); err != nil {
		return "", err
	}
	if err := r.check(); err != nil {
		return "", err
	}
	backup, err = r.run(will, now.UTC().Format("20060102150405"))
	if err == nil {
		t.ledger.mu.Lock()
		defer t.ledger.mu.Unlock()
		clear(t.ledger.files)
		t.ledger.bytes = 0
	}
	return backup, err
}

// replacement is one file that is to have other bytes.
type replacement struct {
	opened
	// name is without links; was are the bytes it should still have.
	name string
	was  []byte
	info fs.FileInfo
}

// check says whether the file may be replaced and is still what it was.
func (r replacement) check() error {
	switch {
	case !r.info.Mode().IsRegular():
		return notRegular(r.info)
	case r.info.Mode().Perm()&0o222 == 0:
		return errors.New("the file is write-protected")
	case secondName(r.info):
		return errors.New("the file has a second name (hard link) that would keep the old text")
	}
	file, err := r.root.OpenFile(r.name, os.O_RDWR|nonblock, 0)
	if err != nil {
		return err
	}
	defer file.Close()
	now, err := readRegular(file, int64(len(r.was)))
	if errors.Is(err, ErrLimit) || err == nil && !bytes.Equal(now, r.was) {
		return errors.New("the file has changed since it was read")
	}
	return err
}

// run copies the file to a backup, writes the new bytes beside it, and moves
// them into its place.
func (r replacement) run(will []byte, stamp string) (backup string, err error) {
	folder, base := path.Split(r.name)
	base = strings.TrimPrefix(base, ".")
	if backup, err = r.create(folder+"."+base+".tlsaudit-"+stamp, ".bak", r.was); err != nil {
		return "", err
	}
	fresh, err := r.create(folder+"."+base+".tlsaudit-"+stamp, ".tmp", will)
	if err == nil {
		if err = r.check(); err == nil {
			err = r.root.Rename(fresh, r.name)
		}
		if err != nil {
			_ = r.root.Remove(fresh) // what counts is why it failed
		}
	}
	if err != nil {
		_ = r.root.Remove(backup)
		return "", err
	}
	r.settle(folder)
	return backup, nil
}

// create writes a new file with the mode and owner of the old one; a name that
// is taken gets a number.
func (r replacement) create(stem, ending string, content []byte) (name string, err error) {
	var file *os.File
	for n := 1; ; n++ {
		name = stem + ending
		if n > 1 {
			name = fmt.Sprintf("%s-%d%s", stem, n, ending)
		}
		// nobody else may read it until it has the mode of the old one
		file, err = r.root.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
		if err == nil {
			break
		}
		if !errors.Is(err, fs.ErrExist) || n == 9 {
			return "", err
		}
	}
	_, err = file.Write(content)
	if err == nil {
		sameOwner(file, r.info)
		err = file.Chmod(r.info.Mode().Perm())
	}
	if err == nil {
		err = file.Sync()
	}
	err = errors.Join(err, file.Close())
	if err != nil {
		_ = r.root.Remove(name) // what counts is why it failed
		return "", err
	}
	return name, nil
}

// settle makes the new name last. The file is replaced by now, so that a file
// system that cannot is no reason to say it was not.
func (r replacement) settle(folder string) {
	if dir, err := r.root.Open(path.Clean(folder)); err == nil {
		_ = dir.Sync()
		dir.Close()
	}
}

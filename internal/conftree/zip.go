package conftree

import (
	"archive/zip"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"
)

// maxDirectory is how many bytes of a zip may be read to learn what is in it.
const maxDirectory = 8 << 20

// zip takes the files of a zip. Entries that share bytes would unpack to more
// than there is: what they are packed into may not be more than the archive.
func (u *unpacker) zip(file *os.File) error {
	at := &frugal{file, maxDirectory}
	r, err := zip.NewReader(at, u.size)
	if err != nil && !errors.Is(err, zip.ErrInsecurePath) {
		return damaged(err)
	}
	at.left = 1 << 62 // what is unpacked is counted by itself
	var taken uint64
	for _, f := range r.File {
		// programs of Windows have written either
		name := strings.ReplaceAll(f.Name, `\`, "/")
		if strings.HasSuffix(name, "/") {
			if err := u.entry(); err != nil {
				return err
			}
			continue
		}
		if taken += f.CompressedSize64; taken > uint64(u.size) {
			return fmt.Errorf("its entries overlap, %w", ErrLimit)
		}
		if err := u.zipped(f, name); err != nil {
			return err
		}
	}
	return nil
}

func (u *unpacker) zipped(f *zip.File, name string) error {
	var refusal error
	switch mode := f.Mode(); {
	case mode&fs.ModeSymlink != 0:
		refusal = fmt.Errorf("a link in an archive, not followed: %w", ErrNotRegular)
	case !mode.IsRegular():
		refusal = fmt.Errorf("no file but a device, a pipe or the like: %w", ErrNotRegular)
	case f.Flags&1 != 0:
		refusal = errors.New("encrypted, cannot be read")
	}
	content := &lazily{open: f.Open}
	defer func() { _ = content.Close() }() // it was read only
	size := int64(min(f.UncompressedSize64, 1<<62))
	return u.add(name, size, counted{content, u}, refusal)
}

// lazily is a reader that opens what it reads when it is first read.
type lazily struct {
	open func() (io.ReadCloser, error)
	io.ReadCloser
}

func (l *lazily) Read(p []byte) (int, error) {
	if l.ReadCloser == nil {
		r, err := l.open()
		if err != nil {
			return 0, err
		}
		l.ReadCloser = r
	}
	return l.ReadCloser.Read(p)
}

func (l *lazily) Close() error {
	if l.ReadCloser == nil {
		return nil
	}
	return l.ReadCloser.Close()
}

// frugal is a reader that gives only so many bytes.
type frugal struct {
	io.ReaderAt
	left int64
}

func (f *frugal) ReadAt(p []byte, offset int64) (int, error) {
	if f.left -= int64(len(p)); f.left < 0 {
		return 0, fmt.Errorf("it has more entries than are looked at, %w", ErrLimit)
	}
	return f.ReaderAt.ReadAt(p, offset)
}

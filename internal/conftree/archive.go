package conftree

import (
	"archive/tar"
	"bytes"
	"compress/bzip2"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"unicode/utf8"
)

const (
	// maxRatio is how many times larger than the archive what is in it may be,
	// where it is more than fewBytes at all.
	maxRatio = 200
	fewBytes = 8 << 20
	// skimmed is how many times the bytes of a tree may be run through for the
	// sake of those that are kept.
	skimmed = 4
)

// archiveKind says by its first bytes what kind of archive a file is, or "".
func archiveKind(head []byte) string {
	switch {
	case bytes.HasPrefix(head, []byte("\x1f\x8b")):
		return "gzip"
	case bytes.HasPrefix(head, []byte("BZh")):
		return "bzip2"
	case bytes.HasPrefix(head, []byte("PK\x03\x04")), bytes.HasPrefix(head, []byte("PK\x05\x06")):
		return "zip"
	case bytes.HasPrefix(head, []byte("\xfd7zXZ\x00")):
		return "xz"
	case len(head) >= 262 && string(head[257:262]) == "ustar":
		return "tar"
	}
	return ""
}

// OpenArchive returns the tree of the files in a tar, plain or compressed with
// gzip or bzip2, or in a zip. Absolute paths in files are meant from its root
// on. Nothing is written to disk. Links, devices and names that lead out are
// never followed: what has such a name is refused, and told by Files.
func OpenArchive(name string, o Options) (*Tree, error) {
	file, err := openRegular(name)
	if err != nil {
		return nil, argumentFault(name, err)
	}
	defer file.Close()
	t := newTree(nil, o.limits())
	t.chroot = true
	t.prefix = filepath.ToSlash(o.Name)
	if t.prefix == "" {
		t.prefix = filepath.ToSlash(name)
	}
	t.ignore = ignoreRules(slices.Concat(DefaultIgnore, o.Ignore))
	u := &unpacker{tree: t, files: map[string]packed{}}
	if err := u.unpack(file); err != nil {
		if errors.Is(err, ErrLimit) {
			return nil, tooMuch(name, err.Error())
		}
		return nil, argumentFault(name, err)
	}
	t.source = newMemory(u.files)
	return t, nil
}

// unpacker collects the files of an archive.
type unpacker struct {
	tree  *Tree
	files map[string]packed
	// size is that of the archive; entries and kept are counted against the
	// limits, run counts the bytes unpacked.
	size, kept, run int64
	entries         int
}

func (u *unpacker) unpack(file *os.File) error {
	info, err := file.Stat()
	if err != nil {
		return err
	}
	u.size = info.Size()
	head := make([]byte, 512)
	n, err := file.ReadAt(head, 0)
	if err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	switch archiveKind(head[:n]) {
	case "tar":
		return u.tar(file)
	case "gzip":
		plain, err := gzip.NewReader(file)
		if err != nil {
			return fmt.Errorf("damaged archive: %w", err)
		}
		return u.tar(plain)
	case "bzip2":
		return u.tar(bzip2.NewReader(file))
	case "zip":
		return u.zip(file)
	case "xz":
		return errors.New("archives compressed with xz are not read: use gzip")
	}
	return errors.New("neither a tar nor a zip archive")
}

// count adds up the bytes that are unpacked; it is the guard against archives
// that unpack to much more than they are.
func (u *unpacker) count(n int) error {
	u.run += int64(n)
	if u.run > fewBytes && u.run/maxRatio > u.size {
		return fmt.Errorf("it unpacks to more than %d times its size, %w", maxRatio, ErrLimit)
	}
	if u.run > skimmed*u.tree.limits.TreeBytes {
		return fmt.Errorf("it unpacks to more than %d bytes, %w", skimmed*u.tree.limits.TreeBytes, ErrLimit)
	}
	return nil
}

// counted is a reader whose bytes are counted.
type counted struct {
	io.Reader
	u *unpacker
}

func (c counted) Read(p []byte) (int, error) {
	n, err := c.Reader.Read(p)
	if over := c.u.count(n); over != nil {
		return n, over
	}
	return n, err
}

func (u *unpacker) tar(plain io.Reader) error {
	plain = counted{plain, u}
	r := tar.NewReader(plain)
	for {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			// the checksum of what is compressed comes last
			if _, err := io.Copy(io.Discard, plain); err != nil {
				return damaged(err)
			}
			return nil
		}
		if err != nil && !errors.Is(err, tar.ErrInsecurePath) {
			return damaged(err)
		}
		var refusal error
		switch h.Typeflag {
		case tar.TypeReg:
		case tar.TypeDir:
			if err := u.entry(); err != nil {
				return err
			}
			continue
		case tar.TypeXGlobalHeader:
			continue
		case tar.TypeSymlink, tar.TypeLink:
			refusal = fmt.Errorf("a link in an archive, not followed: %w", ErrNotRegular)
		default:
			refusal = fmt.Errorf("no file but a device, a pipe or the like: %w", ErrNotRegular)
		}
		if err := u.add(h.Name, h.Size, r, refusal); err != nil {
			return err
		}
	}
}

func damaged(err error) error {
	if errors.Is(err, ErrLimit) {
		return err
	}
	return fmt.Errorf("damaged archive: %w", err)
}

func (u *unpacker) entry() error {
	if u.entries++; u.entries > listed*u.tree.limits.Files {
		return fmt.Errorf("it has more than %d entries, %w", listed*u.tree.limits.Files, ErrLimit)
	}
	return nil
}

// add takes one file of the archive, or notes why it is not taken. The error
// says that the archive as a whole cannot be read.
func (u *unpacker) add(name string, size int64, content io.Reader, refusal error) error {
	if err := u.entry(); err != nil {
		return err
	}
	clean, err := u.inside(name)
	if err != nil {
		u.note(name, err.Error())
		return nil
	}
	if _, twice := u.files[clean]; twice {
		u.note(name, "twice in the archive: the later one counts")
	}
	base := strings.ToLower(path.Base(clean))
	limits := u.tree.limits
	switch {
	case refusal != nil:
	case keyStore(clean):
		u.files[clean] = packed{} // Read refuses it by its name
		return nil
	case hasEnding(base, binaries):
		refusal = errors.New("no configuration text, not unpacked")
	case size > limits.FileBytes:
		refusal = tooLarge(limits.FileBytes)
	}
	if refusal != nil {
		u.files[clean] = packed{refusal: refusal}
		return nil
	}
	b, err := io.ReadAll(io.LimitReader(content, limits.FileBytes+1))
	if err != nil {
		return damaged(err)
	}
	if u.kept += int64(len(b)); u.kept > limits.TreeBytes {
		return fmt.Errorf("it holds more than %d bytes of text, %w", limits.TreeBytes, ErrLimit)
	}
	u.files[clean] = packed{bytes: b}
	return nil
}

// inside returns the path in the tree of a name in an archive.
func (u *unpacker) inside(name string) (string, error) {
	switch {
	case !utf8.ValidString(name) || strings.ContainsRune(name, 0):
		return "", errors.New("the name is no text: refused")
	case len(name) > 1024 || strings.Count(name, "/") > 64:
		return "", errors.New("the name is too long: refused")
	case path.IsAbs(name) || drive.MatchString(name):
		return "", errors.New("an absolute name in an archive: refused")
	case slices.Contains(strings.Split(name, "/"), ".."):
		return "", errors.New(`a name with ".." in an archive: refused`)
	}
	if name = path.Clean(name); name == "." {
		return "", errors.New("a name without a name: refused")
	}
	return name, nil
}

// note remembers what is not taken, a bounded number of times.
func (u *unpacker) note(name, why string) {
	if len(u.tree.notes) < 100 {
		u.tree.notes = append(u.tree.notes, Skipped{Name: u.tree.prefix + ": " + shorten(strings.ToValidUTF8(name, "?")), Reason: why})
	}
}

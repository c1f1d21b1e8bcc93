package report

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// WriteFile writes a file with all or nothing: a reader sees what was there
// before or the finished document, and a failure leaves no trace. The bytes go
// to a new file with mode 0600 in the same directory (reports name weaknesses),
// are flushed to the disk, and take the name of path in one step.
//
// A path that is a symbolic link, a directory or a device is refused, so that
// nobody who may write to the directory can aim a report at another file, and so
// is a file nobody may write to: somebody means to keep it. Every error names
// path.
func WriteFile(path string, write func(io.Writer) error) error { return writeFile(path, 0o600, write) }

// WriteShared is WriteFile for a file that other users read, such as the textfile
// collector of the node exporter: it has mode 0644 before it takes its name, so
// that there is no moment at which it cannot be read.
func WriteShared(path string, write func(io.Writer) error) error {
	return writeFile(path, 0o644, write)
}

func writeFile(path string, mode os.FileMode, write func(io.Writer) error) (err error) {
	defer func() {
		if err != nil {
			err = fmt.Errorf("writing report %s: %w", path, err)
		}
	}()
	switch info, err := os.Lstat(path); {
	case errors.Is(err, fs.ErrNotExist):
	case err != nil:
		return err
	case info.Mode()&fs.ModeSymlink != 0:
		return errors.New("it is a symbolic link; give the name of the file itself")
	case !info.Mode().IsRegular():
		return fmt.Errorf("it is not a regular file (%s)", info.Mode().Type())
	case info.Mode().Perm()&0o222 == 0:
		return errors.New("it is read-only; make it writable to replace it")
	}

	dir, base := filepath.Split(path)
	if dir == "" {
		dir = "."
	}
	// CreateTemp opens with O_EXCL and mode 0600: a link planted under the
	// temporary name is never followed.
	temp, err := os.CreateTemp(dir, "."+base+".*.tmp")
	if err != nil {
		return err
	}
	done := false
	defer func() {
		if !done { // also when write panics
			_ = temp.Close()
			_ = os.Remove(temp.Name())
		}
	}()
	if err := write(temp); err != nil {
		return err
	}
	if mode != 0o600 {
		if err := temp.Chmod(mode); err != nil {
			return err
		}
	}
	if err := temp.Sync(); err != nil {
		return err
	}
	if err := temp.Close(); err != nil {
		return err
	}
	// Rename replaces a link put there meanwhile instead of following it.
	if err := os.Rename(temp.Name(), path); err != nil {
		return err
	}
	done = true
	return syncDir(dir)
}

// syncDir makes a rename survive a power cut. Some file systems cannot flush a
// directory; the report itself is whole by then, so that is no failure.
func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return nil // a directory may be writable without being readable
	}
	_ = d.Sync()
	return d.Close()
}

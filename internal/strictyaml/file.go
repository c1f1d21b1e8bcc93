package strictyaml

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	"tlsaudit/audit"
)

// ReadFile reads a file of at most max bytes, and one byte more of a larger one,
// so that Parse sees its excess and no more than that is held. The error is that
// of the operating system, see Unreadable and Reason.
func ReadFile(name string, max int) ([]byte, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, int64(max)+1))
}

// TooLargeError says that a file is larger than what it is to hold.
type TooLargeError struct {
	Name string
	// Max is how large it may be, in bytes.
	Max int
}

// Error names file and bound.
func (e *TooLargeError) Error() string {
	return fmt.Sprintf("%s is larger than %d bytes", e.Name, e.Max)
}

// ReadWhole reads a file of at most max bytes. A larger one is a *TooLargeError:
// the beginning of a key or of a list of authorities would be taken for all of it.
func ReadWhole(name string, max int) ([]byte, error) {
	data, err := ReadFile(name, max)
	if err != nil {
		return nil, err
	}
	if len(data) > max {
		return nil, &TooLargeError{Name: name, Max: max}
	}
	return data, nil
}

// Unreadable is the error about a file that cannot be read; what says what it was
// to hold, such as "the waivers".
func Unreadable(name, what, hint string, err error) error {
	return &audit.InputError{Place: audit.Place{File: name}, Cause: "cannot read " + what + ": " + Reason(err), Hint: hint, Err: err}
}

// Reason is what an error of the operating system says, without the operation and
// the path that the message around it names already.
func Reason(err error) string {
	if p := (*fs.PathError)(nil); errors.As(err, &p) {
		return p.Err.Error()
	}
	return err.Error()
}

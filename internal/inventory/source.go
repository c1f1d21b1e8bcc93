package inventory

import (
	"bytes"
	"fmt"
	"io"
	"os"
)

// maxPiped bounds what is kept of a source that can be read only once, in bytes.
const maxPiped = 64 << 20

// source is a file, a pipe or standard input, to be opened as often as needed.
type source struct {
	// name is the path as written; "stdin" for "-".
	name  string
	stdin io.Reader
	// kept holds what came through a pipe, once it has been read.
	kept []byte
	read bool
}

func newSource(path string, stdin io.Reader) *source {
	if path == "-" {
		return &source{name: "stdin", stdin: stdin}
	}
	return &source{name: path}
}

// open begins at the first byte. What is not a regular file yields its bytes
// only once, so they are kept.
func (s *source) open() (io.ReadCloser, error) {
	if s.stdin != nil {
		return s.keep(s.stdin)
	}
	if s.read {
		return io.NopCloser(bytes.NewReader(s.kept)), nil
	}
	f, err := os.Open(s.name)
	if err != nil {
		return nil, err
	}
	info, err := f.Stat()
	if err != nil || info.Mode().IsRegular() {
		return f, err
	}
	defer f.Close()
	return s.keep(f)
}

func (s *source) keep(r io.Reader) (io.ReadCloser, error) {
	if !s.read {
		data, err := io.ReadAll(io.LimitReader(r, maxPiped+1))
		if err != nil {
			return nil, err
		}
		if len(data) > maxPiped {
			return nil, fmt.Errorf("more than %d MiB came through the pipe", maxPiped>>20)
		}
		s.kept, s.read = data, true
	}
	return io.NopCloser(bytes.NewReader(s.kept)), nil
}

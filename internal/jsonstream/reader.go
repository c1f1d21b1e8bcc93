package jsonstream

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"reflect"
	"strconv"
	"strings"

	"tlsaudit/audit"
)

// The bounds of what is read.
const (
	// MaxValue is the size in bytes of one decoded value. The scanner keeps far
	// less of one endpoint; see audit.Certificate.DER.
	MaxValue = 4 << 20
	// MaxDepth is the nesting of lists and objects.
	MaxDepth = 64
	// MaxMembers is the number of members of an object that is walked.
	MaxMembers = 1000
)

// chunk is how much is read at once.
const chunk = 64 << 10

// Reader is a place in a document. It is used by one goroutine.
type Reader struct {
	file string
	in   *bufio.Reader
	// line and col are of the next byte, from 1.
	line, col int
	// path is what is being read, such as ["evidence", "[12]"].
	path []string
	// pending is set while the value at hand has not been read.
	pending bool
	// depth counts the objects and lists being walked.
	depth int
	value []byte
}

// NewReader reads a document; the name of its file is used in errors only.
func NewReader(file string, in io.Reader) *Reader {
	r := &Reader{file: file, in: bufio.NewReaderSize(in, chunk), line: 1, col: 1, pending: true}
	if mark, _ := r.in.Peek(3); bytes.Equal(mark, []byte("\xef\xbb\xbf")) {
		_, _ = r.in.Discard(3) // some editors begin a file with it
	}
	return r
}

// Place is where the next byte stands.
func (r *Reader) Place() audit.Place { return audit.Place{File: r.file, Line: r.line, Col: r.col} }

// hint is given where a document is not what this program writes.
const hint = "use the file as tlsaudit wrote it; this one was cut off, edited, or is something else"

// Fault returns the error that something is wrong at the place, prefixed with
// what is being read.
func (r *Reader) Fault(place audit.Place, format string, args ...any) *audit.InputError {
	cause := fmt.Sprintf(format, args...)
	if path := strings.ReplaceAll(strings.Join(r.path, "."), ".[", "["); path != "" {
		cause = path + ": " + cause
	}
	return &audit.InputError{Place: place, Cause: cause, Hint: hint}
}

// broken returns the error that reading failed here.
func (r *Reader) broken(err error) error {
	fault := r.Fault(r.Place(), "cannot read on: %v", err)
	fault.Hint = "check the disk or the connection the file comes from"
	if errors.Is(err, io.EOF) {
		fault = r.Fault(r.Place(), "the file ends here, in the middle of the document")
		err = io.ErrUnexpectedEOF
	}
	fault.Err = err
	return fault
}

// buffered returns bytes to look at, at least one.
func (r *Reader) buffered() ([]byte, error) {
	if r.in.Buffered() == 0 {
		if _, err := r.in.Peek(1); err != nil {
			return nil, r.broken(err)
		}
	}
	return r.in.Peek(r.in.Buffered())
}

// consume moves behind bytes that buffered returned.
func (r *Reader) consume(b []byte) {
	if n := bytes.Count(b, []byte("\n")); n > 0 {
		r.line += n
		r.col = len(b) - bytes.LastIndexByte(b, '\n')
	} else {
		r.col += len(b)
	}
	_, _ = r.in.Discard(len(b))
}

// peek skips white space and returns the byte behind it.
func (r *Reader) peek() (byte, error) {
	for {
		b, err := r.buffered()
		if err != nil {
			return 0, err
		}
		rest := bytes.TrimLeft(b, " \t\r\n")
		r.consume(b[:len(b)-len(rest)])
		if len(rest) > 0 {
			return rest[0], nil
		}
	}
}

// take skips white space and takes the byte behind it, which must be one of
// those wanted.
func (r *Reader) take(wanted string) (byte, error) {
	c, err := r.peek()
	if err != nil {
		return 0, err
	}
	if strings.IndexByte(wanted, c) < 0 {
		return 0, r.Fault(r.Place(), "not valid JSON: %s where %s is wanted", strconv.QuoteRune(rune(c)), spell(wanted))
	}
	r.consume([]byte{c})
	return c, nil
}

// spell lists the bytes of take for a reader.
func spell(wanted string) string {
	var list []string
	for _, c := range wanted {
		list = append(list, strconv.QuoteRune(c))
	}
	return strings.Join(list, " or ")
}

// Decode stores the value at hand in v, as json.Unmarshal does: members that v
// does not know are passed over.
func (r *Reader) Decode(v any) error {
	if _, err := r.peek(); err != nil {
		return err
	}
	start := r.Place()
	raw, err := r.raw(MaxValue)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(raw, v); err != nil {
		return r.undecodable(start, raw, v, err)
	}
	return nil
}

// Text returns the JSON of the value Decode read last. It is valid until the
// next call of any other method.
func (r *Reader) Text() []byte { return r.value }

// undecodable says where in a value encoding/json stumbled that was to be
// stored in v.
func (r *Reader) undecodable(start audit.Place, raw []byte, v any, err error) error {
	var syntax *json.SyntaxError
	if !errors.As(err, &syntax) {
		m := misfit{r: r, path: r.path, place: start, raw: raw, want: reflect.TypeOf(v), err: err}
		m.narrow()
		return m.fault()
	}
	read := raw[:max(0, min(syntax.Offset-1, int64(len(raw))))]
	place := start
	if n := bytes.Count(read, []byte("\n")); n > 0 {
		place.Line += n
		place.Col = len(read) - bytes.LastIndexByte(read, '\n')
	} else {
		place.Col += len(read)
	}
	fault := r.Fault(place, "not valid JSON: %s", syntax)
	fault.Err = err
	return fault
}

// End reports what stands behind the document, if anything does.
func (r *Reader) End() error {
	c, err := r.peek()
	if errors.Is(err, io.ErrUnexpectedEOF) {
		return nil
	}
	if err != nil {
		return err
	}
	return r.Fault(r.Place(), "%s stands behind the end of the document", strconv.QuoteRune(rune(c)))
}

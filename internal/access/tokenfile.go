package access

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"runtime"
	"slices"
	"sync"
	"time"

	"tlsaudit/audit"
)

// TokenFile is a file of tokens that is read again when it changes, so that a
// token taken out of it stops to hold without a restart. Several goroutines may
// use it.
type TokenFile struct {
	path string
	now  func() time.Time
	logf func(format string, args ...any)

	mu      sync.Mutex // guards what follows
	tokens  []Token
	stamp   stamp
	fault   string // what was told last; empty where all is well
	checked time.Time
}

// recheck is how long a file is taken as it was read.
const recheck = 2 * time.Second

// stamp tells whether a file has changed, or who may write it.
type stamp struct {
	modified time.Time
	size     int64
	mode     fs.FileMode
}

func stampOf(path string) (stamp, error) {
	info, err := os.Stat(path)
	if err != nil {
		return stamp{}, err
	}
	return stamp{info.ModTime(), info.Size(), info.Mode()}, nil
}

// OpenTokens reads a file of tokens. What goes wrong with it later is told to
// logf, and until it is mended no token holds.
func OpenTokens(path string, now func() time.Time, logf func(format string, args ...any)) (*TokenFile, error) {
	f := &TokenFile{path: path, now: now, logf: logf}
	var err error
	if f.stamp, err = stampOf(path); err == nil {
		f.tokens, err = readTokens(path)
	}
	if errors.Is(err, fs.ErrNotExist) {
		return nil, &audit.InputError{Place: audit.Place{File: path}, Cause: "there is no such file of tokens", Hint: "make the first token: tlsaudit serve token NAME --role operator --tokens " + path, Err: err}
	}
	if err != nil {
		return nil, err
	}
	f.checked = now()
	return f, nil
}

// readTokens reads the file, and refuses one that others may write: who can add
// a line to it is an operator.
func readTokens(path string) ([]Token, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, unreadable(path, err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, unreadable(path, err)
	}
	if runtime.GOOS != "windows" && info.Mode().Perm()&0o022 != 0 {
		return nil, &audit.InputError{Place: audit.Place{File: path}, Cause: fmt.Sprintf("others may write the file of tokens (mode %04o)", info.Mode().Perm()), Hint: "chmod 600 " + path}
	}
	data, err := io.ReadAll(io.LimitReader(f, MaxTokenFile+1))
	if err != nil {
		return nil, unreadable(path, err)
	}
	return ParseTokens(path, data)
}

// unreadable says what a service needs that runs as a user of its own.
func unreadable(path string, err error) error {
	cause := err
	if p := (*fs.PathError)(nil); errors.As(err, &p) {
		cause = p.Err
	}
	return &audit.InputError{Place: audit.Place{File: path}, Cause: "cannot read the tokens: " + cause.Error(),
		Hint: "the user that serves has to be able to read it; it holds digests, so that chmod 644 does no harm", Err: err}
}

// current returns the tokens as the file has them now.
func (f *TokenFile) current() []Token {
	f.mu.Lock()
	defer f.mu.Unlock()
	now := f.now()
	if now.Sub(f.checked) < recheck && !now.Before(f.checked) {
		return f.tokens
	}
	f.checked = now
	is, err := stampOf(f.path)
	// What was wrong may be mended without a trace in the stamp (an owner, a
	// directory on the way): as long as it is wrong it is read each time.
	if err == nil && is == f.stamp && f.fault == "" {
		return f.tokens
	}
	f.stamp = is
	if err == nil {
		f.tokens, err = readTokens(f.path)
	}
	f.tell(err)
	return f.tokens
}

// tell says once what is wrong with the file, and that it no longer is; the caller
// holds mu.
func (f *TokenFile) tell(err error) {
	was := f.fault
	if f.fault = ""; err != nil {
		f.tokens, f.fault = nil, err.Error()
	}
	switch f.fault {
	case was:
	case "":
		f.logf("the tokens of %s hold again", f.path)
	default:
		f.logf("no token holds until this is mended: %s", f.fault)
	}
}

// Len is how many tokens there are that have not run out.
func (f *TokenFile) Len() (n int) {
	now := f.now()
	for _, t := range f.current() {
		if t.holds(now) {
			n++
		}
	}
	return n
}

// find returns the token of a secret.
func (f *TokenFile) find(secret string) (Token, bool) {
	if f == nil {
		return Token{}, false
	}
	return find(f.current(), secret, f.now())
}

// has reports whether a token still stands in the file as it did.
func (f *TokenFile) has(t Token) bool {
	if f == nil {
		return false
	}
	now := f.now()
	return slices.ContainsFunc(f.current(), func(o Token) bool { return o == t && o.holds(now) })
}

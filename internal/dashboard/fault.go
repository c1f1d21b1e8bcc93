package dashboard

import (
	"context"
	"errors"
	"net/http"

	"tlsaudit/audit"
	"tlsaudit/internal/history"
)

// fault is an error as a reader is told it: one sentence, and what to do.
type fault struct {
	status      int
	cause, hint string
	err         error
}

// Error returns the sentence, with what lies behind it.
func (f *fault) Error() string {
	if f.err != nil {
		return f.cause + ": " + f.err.Error()
	}
	return f.cause
}

// Unwrap returns what lies behind.
func (f *fault) Unwrap() error { return f.err }

// Status is the number of the answer, Cause and Hint are for the reader.
func (f *fault) Status() int { return f.status }

// Cause is the sentence.
func (f *fault) Cause() string { return f.cause }

// Hint says what to do.
func (f *fault) Hint() string { return f.hint }

func notFound(cause, hint string) *fault {
	return &fault{status: http.StatusNotFound, cause: cause, hint: hint}
}

func badRequest(cause, hint string) *fault {
	return &fault{status: http.StatusBadRequest, cause: cause, hint: hint}
}

// asFault words any error for a reader.
func asFault(err error) *fault {
	var f *fault
	var input *audit.InputError
	switch {
	case errors.As(err, &f):
		return f
	case errors.As(err, &input): // a mark in the address that no list gave out
		return &fault{status: http.StatusBadRequest, cause: "The address asks for something there is not: " + input.Cause + ".", hint: input.Hint, err: err}
	case errors.Is(err, history.ErrNotFound):
		return &fault{status: http.StatusNotFound, cause: "The history does not have this.", hint: "It may have been pruned. The lists show what is kept.", err: err}
	case errors.Is(err, context.DeadlineExceeded):
		return &fault{status: http.StatusServiceUnavailable, cause: "The history took too long to answer.", hint: "Narrow the filter, or try again in a minute.", err: err}
	}
	return &fault{status: http.StatusInternalServerError, cause: "The page could not be made.", hint: "The log of the server says why. \"tlsaudit history verify\" checks the history.", err: err}
}

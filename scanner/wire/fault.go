package wire

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
)

// fault is an error with the outcome it stands for.
type fault struct {
	outcome Outcome
	err     error
}

func (e *fault) Error() string { return e.err.Error() }
func (e *fault) Unwrap() error { return e.err }

func malformed(format string, args ...any) error {
	return &fault{Malformed, fmt.Errorf(format, args...)}
}

func tooLarge(format string, args ...any) error {
	return &fault{TooLarge, fmt.Errorf(format, args...)}
}

func unsupported(format string, args ...any) error {
	return &fault{Unsupported, fmt.Errorf(format, args...)}
}

// outcomeOf classifies an error of reading or writing.
func outcomeOf(ctx context.Context, err error) Outcome {
	var f *fault
	var n net.Error
	switch {
	case errors.As(err, &f):
		return f.outcome
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, io.ErrClosedPipe):
		return Closed
	case errors.Is(err, net.ErrClosed):
		return Cancelled
	case errors.Is(err, os.ErrDeadlineExceeded), errors.As(err, &n) && n.Timeout():
		// Cancelling works by moving the deadline into the past.
		if errors.Is(ctx.Err(), context.Canceled) {
			return Cancelled
		}
		return Timeout
	}
	return Reset
}

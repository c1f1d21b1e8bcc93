package notify

import (
	"errors"
	"time"
)

// certainty says what is known about a message that could not be sent.
type certainty int

const (
	// unclear: nobody knows whether it arrived. It is not sent again.
	unclear certainty = iota
	// refused: it did not arrive, and will not as things are.
	refused
	// later: it did not arrive, and may when it is tried again.
	later
)

// failure is why a message was not sent.
type failure struct {
	certainty certainty
	// after is how long the receiver asks to be left alone.
	after time.Duration
	err   error
}

// Error returns the reason.
func (f *failure) Error() string { return f.err.Error() }

// Unwrap returns the reason.
func (f *failure) Unwrap() error { return f.err }

// certaintyOf takes an error nobody classified for unclear: rather one message
// less than one twice.
func certaintyOf(err error) (certainty, time.Duration) {
	var f *failure
	if errors.As(err, &f) {
		return f.certainty, f.after
	}
	return unclear, 0
}

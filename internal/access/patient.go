package access

import (
	"net/http"
	"time"
)

// patient gives every part of an answer its own time, so that a long one may
// take long and a client that reads nothing may not.
type patient struct {
	http.ResponseWriter
	control *http.ResponseController
	now     func() time.Time
	stall   time.Duration
}

// Write implements io.Writer.
func (p *patient) Write(b []byte) (int, error) {
	_ = p.control.SetWriteDeadline(p.now().Add(p.stall)) // a connection without deadlines has the server's
	return p.ResponseWriter.Write(b)
}

// Unwrap lets http.ResponseController find what it needs.
func (p *patient) Unwrap() http.ResponseWriter { return p.ResponseWriter }

// Flush implements http.Flusher. Nothing is under way behind it, and a stream may
// be quiet for long.
func (p *patient) Flush() {
	_ = p.control.Flush() // what cannot flush writes when it is done
	_ = p.control.SetWriteDeadline(time.Time{})
}

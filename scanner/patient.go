package scanner

import (
	"errors"
	"net"
	"sync"
	"time"
)

// patientConn waits for the first byte only until by, and for each further one
// no longer than gap, within the deadline its user sets. A peer that drips is
// bounded by that deadline alone.
type patientConn struct {
	net.Conn
	began time.Time
	gap   time.Duration

	mu    sync.Mutex
	by    time.Time
	until time.Time // the user's
	heard bool
	first time.Duration // when the first byte came, counted from began
}

// newPatientConn begins to wait.
func newPatientConn(c net.Conn, first, gap time.Duration) *patientConn {
	now := time.Now()
	return &patientConn{Conn: c, began: now, gap: gap, by: now.Add(first)}
}

// SetDeadline implements net.Conn.
func (p *patientConn) SetDeadline(t time.Time) error {
	return errors.Join(p.Conn.SetWriteDeadline(t), p.SetReadDeadline(t))
}

// SetReadDeadline implements net.Conn.
func (p *patientConn) SetReadDeadline(t time.Time) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.until = t
	return p.bound()
}

// bound needs p.mu.
func (p *patientConn) bound() error {
	if p.until.IsZero() || p.by.Before(p.until) {
		return p.Conn.SetReadDeadline(p.by)
	}
	return p.Conn.SetReadDeadline(p.until)
}

// relax leaves it to the user alone how long to wait from now on: the first
// flight has come, and what is waited for next may rightly never come.
func (p *patientConn) relax() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.gap = time.Hour
	p.by = time.Now().Add(p.gap)
}

// Read implements net.Conn.
func (p *patientConn) Read(b []byte) (int, error) {
	n, err := p.Conn.Read(b)
	if n > 0 {
		p.mu.Lock()
		defer p.mu.Unlock()
		now := time.Now()
		if !p.heard {
			p.heard, p.first = true, now.Sub(p.began)
		}
		p.by = now.Add(p.gap)
		_ = p.bound()
	}
	return n, err
}

// waited returns how long the first byte took, or how long it was waited for.
func (p *patientConn) waited() time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.heard {
		return p.first
	}
	return time.Since(p.began)
}

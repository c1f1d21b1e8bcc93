package scanner

import (
	"errors"
	"fmt"
	"net"
	"sync/atomic"
	"time"

	"tlsaudit/audit"
)

// cost counts what a scan spends.
type cost struct {
	began                       time.Time
	connections, sent, received atomic.Int64
}

// write puts the count into an observation.
func (c *cost) write(o *audit.Observation) {
	o.Connections = int(c.connections.Load())
	o.Cost = &audit.Cost{
		BytesSent: c.sent.Load(), BytesReceived: c.received.Load(),
		Milliseconds: time.Since(c.began).Milliseconds(),
	}
}

// countedConn counts the bytes of a connection for the scan it belongs to.
type countedConn struct {
	net.Conn
	cost *cost
}

func (c *countedConn) Read(b []byte) (int, error) {
	n, err := c.Conn.Read(b)
	c.cost.received.Add(int64(n))
	return n, err
}

func (c *countedConn) Write(b []byte) (int, error) {
	n, err := c.Conn.Write(b)
	c.cost.sent.Add(int64(n))
	return n, err
}

// spentError says that no further connection may be opened.
type spentError struct {
	most int
	// what the bound is of, such as "this address".
	what string
}

func (s *spentError) Error() string {
	return fmt.Sprintf("the budget of %d connections to %s is spent", s.most, s.what)
}

// outOfBudget reports whether err says that the budget of connections is spent.
func outOfBudget(err error) bool {
	var spent *spentError
	return errors.As(err, &spent)
}

// spend ends the questions of a scan because its connections are used up: the
// answers it lacks stay unknown for that reason.
func (e *endpoint) spend(err error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.gone = err
	e.addNote(err.Error() + "; what was not established by then is undetermined")
}

// isSpent reports whether the scan ended for want of connections.
func (e *endpoint) isSpent() bool { return outOfBudget(e.goneFor()) }

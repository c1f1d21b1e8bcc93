package wire

import (
	"io"
	"net"
	"time"
)

// fakeConn plays an answer in pieces of at most step bytes and then fails with
// end, without a network in between.
type fakeConn struct {
	net.Conn
	answer  []byte
	step    int
	end     error
	sent    []byte
	sendErr error
}

func (c *fakeConn) Read(b []byte) (int, error) {
	if len(c.answer) == 0 {
		if c.end == nil {
			return 0, io.EOF
		}
		return 0, c.end
	}
	n := len(c.answer)
	if c.step > 0 {
		n = min(n, c.step)
	}
	n = copy(b, c.answer[:n])
	c.answer = c.answer[n:]
	return n, nil
}

func (c *fakeConn) Write(b []byte) (int, error) {
	c.sent = append(c.sent, b...)
	return len(b), c.sendErr
}

func (c *fakeConn) SetDeadline(time.Time) error     { return nil }
func (c *fakeConn) SetReadDeadline(time.Time) error { return nil }

package access

import (
	"container/list"
	"net"
	"net/netip"
	"sync"
)

// The bounds on connections that are open at once: in all, and from one client.
// A trusted proxy speaks for many clients, so the second does not hold for it.
const (
	maxConnections = 512
	maxEach        = 64
)

// crowd is a listener with bounds on its connections. Whoever comes is let in: it
// is the oldest connection of the client that has most that goes. So nobody can
// keep others out by holding connections, and who watches the process gets in.
type crowd struct {
	net.Listener
	most, each int
	origin     origin

	mu    sync.Mutex                  // guards what follows
	came  uint64                      // how many have come
	count int                         // how many are there
	open  map[netip.Prefix]*list.List // of *guest, the oldest first
}

// guest is one connection.
type guest struct {
	net.Conn
	crowd *crowd
	key   netip.Prefix
	// number counts those that came; at is nil once it is gone.
	number uint64
	at     *list.Element
}

// eldest is the oldest connection of a client.
func eldest(own *list.List) *guest { return own.Front().Value.(*guest) }

func newCrowd(l net.Listener, most, each int, o origin) *crowd {
	return &crowd{Listener: l, most: most, each: each, origin: o, open: map[netip.Prefix]*list.List{}}
}

// Accept implements net.Listener.
func (c *crowd) Accept() (net.Conn, error) {
	conn, err := c.Listener.Accept()
	if err != nil {
		return nil, err
	}
	var from netip.Addr
	if at, ok := conn.RemoteAddr().(*net.TCPAddr); ok {
		from = at.AddrPort().Addr()
	}
	g := &guest{Conn: conn, crowd: c, key: clientKey(from)}
	if leaves := c.enter(g, c.origin.trusted(from)); leaves != nil {
		_ = leaves.Close() // whoever had it finds out
	}
	return g, nil
}

// enter notes a connection, and returns the one that has to go; nil if there is
// room.
func (c *crowd) enter(g *guest, spokesman bool) (leaves *guest) {
	c.mu.Lock()
	defer c.mu.Unlock()
	own := c.open[g.key]
	if own == nil {
		own = list.New()
		c.open[g.key] = own
	}
	c.came++
	c.count++
	g.number, g.at = c.came, own.PushBack(g)
	switch {
	case own.Len() > c.each && !spokesman:
		return eldest(own)
	case c.count > c.most:
		return eldest(c.greatest())
	}
	return nil
}

// greatest is the connections of the client that has most, of several the one
// that came first; the caller holds mu.
func (c *crowd) greatest() (most *list.List) {
	for _, own := range c.open {
		if most == nil || own.Len() > most.Len() || own.Len() == most.Len() && eldest(own).number < eldest(most).number {
			most = own
		}
	}
	return most
}

// leave takes note that a connection is gone.
func (c *crowd) leave(g *guest) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if g.at == nil {
		return
	}
	own := c.open[g.key]
	own.Remove(g.at)
	g.at = nil
	c.count--
	if own.Len() == 0 {
		delete(c.open, g.key)
	}
}

// Close implements net.Conn.
func (g *guest) Close() error {
	g.crowd.leave(g)
	return g.Conn.Close()
}

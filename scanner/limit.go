package scanner

import (
	"context"
	"fmt"
	"net/netip"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// recovery is the number of answers in a row after which a host that showed
// strain is trusted with one more connection at a time.
const recovery = 16

// hosts holds a limiter for each address being scanned, shared by all targets
// behind it: virtual hosts are one server.
type hosts struct {
	mu sync.Mutex
	m  map[netip.AddrPort]*host
	// spent holds the connections opened to each address. It outlives the
	// limiters, and is kept only where their number is bounded.
	spent map[netip.AddrPort]int
}

// enter returns the limiter of addr, which allows most connections in all if
// most is not 0; leave must be called when done with it.
func (h *hosts) enter(addr netip.AddrPort, most, perHost int, perSecond float64) *host {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.m == nil {
		h.m = map[netip.AddrPort]*host{}
	}
	l := h.m[addr]
	if l == nil {
		l = &host{max: perHost, limit: perHost, free: make(chan struct{}, 1)}
		if perSecond > 0 {
			l.rate = rate.NewLimiter(rate.Limit(perSecond), perHost)
		}
		if most > 0 {
			l.most, l.spent = most, h.spent[addr]
		}
		h.m[addr] = l
	}
	l.users++
	return l
}

// leave forgets the limiter with its last user, so that memory does not grow
// with the number of addresses seen.
func (h *hosts) leave(addr netip.AddrPort) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if l := h.m[addr]; l != nil {
		if l.users--; l.users == 0 {
			if l.most > 0 {
				if h.spent == nil {
					h.spent = map[netip.AddrPort]int{}
				}
				h.spent[addr] = l.spent
			}
			delete(h.m, addr)
		}
	}
}

// host limits connections to one address: additive increase, multiplicative
// decrease of their number, a rate, and pauses.
type host struct {
	max   int
	users int           // guarded by hosts.mu
	rate  *rate.Limiter // nil if unbounded
	free  chan struct{} // holds a token when a place may be free

	mu        sync.Mutex
	limit     int
	most      int // connections in all, 0 if unbounded
	spent     int // of them
	inFlight  int
	good      int
	notBefore time.Time
}

// acquire waits for a place. It fails only with the context.
func (h *host) acquire(ctx context.Context) error {
	for {
		wait, ok := h.try(time.Now())
		if ok {
			if h.rate == nil {
				return nil
			}
			if err := h.rate.Wait(ctx); err != nil {
				h.release()
				return fmt.Errorf("waiting for the connection rate: %w", err)
			}
			return nil
		}
		// Without a pause only a released place helps; the timer then merely
		// guards against a lost token.
		if wait <= 0 {
			wait = time.Second
		}
		timer := time.NewTimer(wait)
		select {
		case <-ctx.Done():
			timer.Stop()
			return context.Cause(ctx)
		case <-h.free:
		case <-timer.C:
		}
		timer.Stop()
	}
}

func (h *host) try(now time.Time) (wait time.Duration, ok bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if wait := h.notBefore.Sub(now); wait > 0 {
		return wait, false
	}
	if h.inFlight >= h.limit {
		return 0, false
	}
	h.inFlight++
	if h.inFlight < h.limit {
		h.signal()
	}
	return 0, true
}

// spend takes one connection from the budget of the address.
func (h *host) spend() error {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.most == 0 {
		return nil
	}
	if h.spent >= h.most {
		return &spentError{h.most, "this address"}
	}
	h.spent++
	return nil
}

// release gives a place back.
func (h *host) release() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.inFlight--
	h.signal()
}

func (h *host) signal() {
	select {
	case h.free <- struct{}{}:
	default:
	}
}

// answered notes that the peer kept up.
func (h *host) answered() {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.good++; h.good >= recovery && h.limit < h.max {
		h.limit++
		h.good = 0
		h.signal()
	}
}

// strained notes that a connection went unanswered, and if the peer asked for
// a pause, grants it to all.
func (h *host) strained(pause time.Duration) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.good = 0
	h.limit = max(1, h.limit/2)
	if until := time.Now().Add(pause); pause > 0 && until.After(h.notBefore) {
		h.notBefore = until
	}
}

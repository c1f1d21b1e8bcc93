package access

import (
	"container/list"
	"net/netip"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// buckets bound how often each client may do something. The table is bounded:
// the client that was quiet for longest is forgotten first.
type buckets struct {
	every rate.Limit
	burst int
	most  int

	mu    sync.Mutex // guards what follows
	byKey map[netip.Prefix]*list.Element
	order *list.List // of *bucket, the latest first
}

type bucket struct {
	key     netip.Prefix
	limiter *rate.Limiter
}

func newBuckets(every rate.Limit, burst, most int) *buckets {
	return &buckets{every: every, burst: burst, most: most, byKey: map[netip.Prefix]*list.Element{}, order: list.New()}
}

// clientKey is whom an address stands for: who has one IPv6 address has a
// network of them.
func clientKey(a netip.Addr) netip.Prefix {
	a = a.Unmap().WithZone("")
	bits := a.BitLen()
	if a.Is6() {
		bits = 64
	}
	p, _ := a.Prefix(bits) // the zero address gives the zero prefix, which is a client too
	return p
}

func (b *buckets) of(a netip.Addr) *rate.Limiter {
	key := clientKey(a)
	b.mu.Lock()
	defer b.mu.Unlock()
	if e := b.byKey[key]; e != nil {
		b.order.MoveToFront(e)
		return e.Value.(*bucket).limiter
	}
	if b.order.Len() >= b.most {
		last := b.order.Back()
		delete(b.byKey, last.Value.(*bucket).key)
		b.order.Remove(last)
	}
	one := &bucket{key, rate.NewLimiter(b.every, b.burst)}
	b.byKey[key] = b.order.PushFront(one)
	return one.limiter
}

// take takes one turn of a client, if there is one.
func (b *buckets) take(a netip.Addr, now time.Time) bool { return b.of(a).AllowN(now, 1) }

// spent reports whether a client has no turn left.
func (b *buckets) spent(a netip.Addr, now time.Time) bool { return b.of(a).TokensAt(now) < 1 }

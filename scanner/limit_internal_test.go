package scanner

import (
	"context"
	"net/netip"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

var (
	testTime = time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)
	testAddr = netip.MustParseAddrPort("192.0.2.1:443")
)

// peak runs n connections of one second each and returns the most that were
// open at a time, and how long all took.
func peak(h *host, n int) (most int, took time.Duration) {
	var mu sync.Mutex
	var wg sync.WaitGroup
	open, start := 0, time.Now()
	for range n {
		wg.Go(func() {
			if h.acquire(context.Background()) != nil {
				return
			}
			mu.Lock()
			open++
			most = max(most, open)
			mu.Unlock()
			time.Sleep(time.Second)
			mu.Lock()
			open--
			mu.Unlock()
			h.release()
		})
	}
	wg.Wait()
	return most, time.Since(start)
}

func TestHostConcurrency(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var all hosts
		h := all.enter(testAddr, 0, 3, 0)
		if all.enter(testAddr, 0, 3, 0) != h {
			t.Error("two limiters for one address")
		}
		if most, took := peak(h, 9); most != 3 || took != 3*time.Second {
			t.Errorf("%d at a time, %s", most, took)
		}
		h.strained(0)
		if most, _ := peak(h, 4); most != 1 {
			t.Errorf("under strain %d at a time", most)
		}
		for range recovery {
			h.answered()
		}
		if most, _ := peak(h, 6); most != 2 {
			t.Errorf("recovering %d at a time", most)
		}
		for range 10 * recovery {
			h.answered()
		}
		if most, _ := peak(h, 9); most != 3 {
			t.Errorf("recovered %d at a time", most)
		}
		all.leave(testAddr)
		all.leave(testAddr)
		if len(all.m) != 0 {
			t.Errorf("%d limiters left", len(all.m))
		}
	})
}

func TestHostRate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var all hosts
		h := all.enter(testAddr, 0, 2, 4)
		start := time.Now()
		for range 10 {
			if err := h.acquire(t.Context()); err != nil {
				t.Fatal(err)
			}
			h.release()
		}
		if took := time.Since(start); took != 2*time.Second {
			t.Errorf("10 connections at 4 per second, 2 at once, took %s", took)
		}
	})
}

func TestHostPauseAndCancel(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var all hosts
		h := all.enter(testAddr, 0, 2, 0)
		h.strained(5 * time.Second)
		start := time.Now()
		if err := h.acquire(t.Context()); err != nil || time.Since(start) != 5*time.Second {
			t.Errorf("%v after %s", err, time.Since(start))
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		if err := h.acquire(ctx); err == nil {
			t.Error("a second place under strain")
		}
		h.release()
		if err := h.acquire(t.Context()); err != nil {
			t.Error(err)
		}
	})
}

func TestTiming(t *testing.T) {
	full := newTiming(2*time.Minute, 0)
	if full.budget != 2*time.Minute || full.hello != 8*time.Second {
		t.Errorf("%+v", full)
	}
	if long := newTiming(2*time.Minute, time.Hour); long.budget != time.Hour || long.hello != 8*time.Second {
		t.Errorf("a longer budget must not lengthen the waits: hello %s", long.hello)
	}
	short := newTiming(2*time.Minute, 30*time.Second)
	if short.hello != 2*time.Second || short.connect != 1250*time.Millisecond {
		t.Errorf("hello %s, connect %s", short.hello, short.connect)
	}
	for range 3 {
		if got := full.patience(full.hello, false); got != full.hello {
			t.Errorf("adapted to %s too early", got)
		}
		full.observe(500 * time.Millisecond)
	}
	if got := full.patience(full.hello, false); got != 2*time.Second {
		t.Errorf("adapted to %s", got)
	}
	if got := full.patience(full.hello, true); got != full.hello {
		t.Errorf("the last try waits %s", got)
	}
	for range 40 {
		full.observe(time.Millisecond)
	}
	if got := full.patience(full.hello, false); got != time.Second {
		t.Errorf("adapted below the floor: %s", got)
	}
}

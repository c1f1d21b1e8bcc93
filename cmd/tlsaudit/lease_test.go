package main

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"tlsaudit/internal/history"
)

// shelf is one lease in memory. The heartbeat and the test share it.
type shelf struct {
	mu sync.Mutex
	slip
}

// slip is what a shelf holds.
type slip struct {
	holder string
	until  time.Time
	// fails is what the database answers instead.
	fails  error
	beaten int
}

// read returns what the shelf holds now.
func (s *shelf) read() slip {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.slip
}

func (s *shelf) Acquire(_ context.Context, _, holder string, ttl time.Duration) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.holder != "" && s.holder != holder && time.Now().Before(s.until) {
		return fmt.Errorf("acquiring: %w", &history.HeldError{Holder: s.holder, Until: s.until})
	}
	s.holder, s.until = holder, time.Now().Add(ttl)
	return nil
}

func (s *shelf) Renew(_ context.Context, _, holder string, ttl time.Duration) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.beaten++
	if s.fails != nil {
		return s.fails
	}
	if s.holder != holder {
		return &history.HeldError{Holder: s.holder, Until: s.until}
	}
	s.until = time.Now().Add(ttl)
	return nil
}

func (s *shelf) Release(_ context.Context, _, holder string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.holder == holder {
		s.holder = ""
	}
	return nil
}

// TestLease: it is renewed while it is held, for as long as that takes, and free
// when it is released.
func TestLease(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &shelf{}
		l, err := takeLease(t.Context(), s, "audits.db", time.Now)
		if err != nil {
			t.Fatal(err)
		}
		time.Sleep(10*leaseTime + time.Second)
		synctest.Wait()
		if until := s.read().until; time.Now().After(until) || l.fault() != nil {
			t.Errorf("the lease ended at %s, and it is %s (%v)", until, time.Now(), l.fault())
		}
		if _, err := takeLease(t.Context(), s, "audits.db", time.Now); codeOf(err) != exitBusy || !errors.Is(err, history.ErrHeld) {
			t.Errorf("a second one: %v", err)
		}
		if err := l.release(t.Context()); err != nil || s.read().holder != "" {
			t.Errorf("released: %v, held by %q", err, s.read().holder)
		}
		beaten := s.read().beaten
		time.Sleep(leaseTime)
		if s.read().beaten != beaten {
			t.Error("it is renewed behind its end")
		}
	})
}

// TestLeaseInterrupted: the end of the run's context does not end the lease: what
// was gathered is still to be written.
func TestLeaseInterrupted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &shelf{}
		ctx, cancel := context.WithCancel(t.Context())
		l, err := takeLease(ctx, s, "audits.db", time.Now)
		if err != nil {
			t.Fatal(err)
		}
		cancel()
		time.Sleep(2 * leaseTime)
		if time.Now().After(s.read().until) {
			t.Error("the lease ended with the context")
		}
		if err := l.release(ctx); err != nil || s.read().holder != "" {
			t.Errorf("released: %v, held by %q", err, s.read().holder)
		}
	})
}

// TestLeaseLost: a lease that somebody else has, or that could not be renewed in
// time, is lost; one failure is not enough. What is lost is not released.
func TestLeaseLost(t *testing.T) {
	for name, c := range map[string]struct {
		harm func(*slip, sync.Locker)
		lost time.Duration // 0: it is not
	}{
		"taken over": {func(s *slip, _ sync.Locker) { s.holder, s.until = "another", time.Now().Add(time.Hour) }, leaseBeat},
		"no answer":  {func(s *slip, _ sync.Locker) { s.fails = errors.New("no connection") }, leaseTime},
		"no answer once": {func(s *slip, mu sync.Locker) {
			s.fails = errors.New("no connection")
			time.AfterFunc(leaseBeat+time.Second, func() {
				mu.Lock()
				defer mu.Unlock()
				s.fails = nil
			})
		}, 0},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := &shelf{}
				l, err := takeLease(t.Context(), s, "audits.db", time.Now)
				if err != nil {
					t.Fatal(err)
				}
				s.mu.Lock()
				c.harm(&s.slip, &s.mu)
				s.mu.Unlock()
				holder := s.read().holder
				time.Sleep(max(c.lost, leaseBeat) - time.Second)
				synctest.Wait()
				if l.fault() != nil {
					t.Errorf("lost too early: %v", l.fault())
				}
				time.Sleep(2 * time.Second)
				synctest.Wait()
				if lost := l.fault() != nil; lost != (c.lost > 0) {
					t.Errorf("lost: %v", l.fault())
				}
				time.Sleep(leaseTime)
				if err := l.release(t.Context()); err != nil {
					t.Error(err)
				}
				if now := s.read().holder; c.lost > 0 && now != holder {
					t.Errorf("a lease that is not its own was released: it is held by %q", now)
				}
			})
		})
	}
}

// TestLeaseStale: what nobody renews is taken over when its time is past.
func TestLeaseStale(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &shelf{slip: slip{holder: "a process on another machine", until: time.Now().Add(leaseTime)}}
		if _, err := takeLease(t.Context(), s, "audits.db", time.Now); codeOf(err) != exitBusy {
			t.Fatalf("taken over at once: %v", err)
		}
		time.Sleep(leaseTime + time.Second)
		l, err := takeLease(t.Context(), s, "audits.db", time.Now)
		if err != nil {
			t.Fatal(err)
		}
		if err := l.release(t.Context()); err != nil {
			t.Error(err)
		}
	})
}

package notify

import (
	"context"
	"errors"
	"math/rand/v2"
	"slices"
	"testing"
	"time"
)

// errKilled ends a simulated process.
var errKilled = errors.New("killed")

// mortal is a history whose caller dies when its time has come: before or after
// a claim is kept.
type mortal struct {
	h     *fakeHistory
	steps int
	after bool
}

func (m *mortal) Claim(ctx context.Context, key string, now time.Time) (bool, error) {
	if m.steps == 0 {
		if m.after {
			m.h.Claim(ctx, key, now)
		}
		return false, errKilled
	}
	m.steps--
	return m.h.Claim(ctx, key, now)
}

// TestOutboxAtMostOnce starts a program again and again that is killed at any
// claim, or between sending and recording, or cannot send: a message arrives at
// most once, and what arrived is never sent again.
func TestOutboxAtMostOnce(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	arrivedOnce, never := 0, 0
	for range 20000 {
		h := &fakeHistory{}
		arrived := 0
		for range 8 {
			m := &mortal{h: h, steps: random.IntN(12), after: random.IntN(2) == 0}
			o := outbox{claims: m, base: "x", now: func() time.Time { return today }}
			try, err := o.next(t.Context(), random.IntN(4) > 0)
			if err != nil || try == 0 {
				continue
			}
			if random.IntN(2) == 0 {
				arrived++ // and nothing is recorded, killed or not
				continue
			}
			_ = o.failed(t.Context(), try) // killed perhaps
		}
		switch arrived {
		case 0:
			never++
		case 1:
			arrivedOnce++
		default:
			t.Fatalf("it arrived %d times", arrived)
		}
	}
	if arrivedOnce < 5000 || never == 0 {
		t.Errorf("arrived %d, never %d: the simulation simulates nothing", arrivedOnce, never)
	}
}

// TestOutboxRetries walks the ways a message can go over several starts.
func TestOutboxRetries(t *testing.T) {
	const down, up, killed = "down", "up", "killed"
	tests := []struct {
		name   string
		starts []string // what happens to a try, at each start
		want   []int    // the try each start makes
	}{
		{"sent at once", []string{up, up, up, up, up, up}, []int{1, 0, 0, 0, 0, 0}},
		{"down, then up", []string{down, up, up, up}, []int{1, 2, 0, 0}},
		{"down twice", []string{down, down, up, up, up}, []int{1, 2, 3, 0, 0}},
		{"down for long", slices.Repeat([]string{down}, 14), []int{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 0, 0}},
		{"killed while sending", []string{killed, up, up, up, up, up}, []int{1, 0, 0, 0, 0, 0}},
		{"killed at the second try", []string{down, killed, up, up, up}, []int{1, 2, 0, 0, 0}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			o := outbox{claims: &fakeHistory{}, base: "x", now: func() time.Time { return today }}
			for i, what := range tt.starts {
				try, err := o.next(t.Context(), true)
				if err != nil {
					t.Fatal(err)
				}
				if try != tt.want[i] {
					t.Fatalf("start %d makes try %d, want %d", i+1, try, tt.want[i])
				}
				if try > 0 && what == down {
					if err := o.failed(t.Context(), try); err != nil {
						t.Fatal(err)
					}
				}
			}
		})
	}
}

// TestOutboxOld: a message nobody tried is not begun for an old run, then or
// later; one that failed is.
func TestOutboxOld(t *testing.T) {
	h := &fakeHistory{}
	untold := outbox{claims: h, base: "untold", now: func() time.Time { return today }}
	for range 3 {
		if try, err := untold.next(t.Context(), false); try != 0 || err != nil {
			t.Errorf("try %d, %v", try, err)
		}
	}
	if try, _ := untold.next(t.Context(), true); try != 0 {
		t.Error("what was given up is begun after all")
	}
	down := outbox{claims: h, base: "down", now: func() time.Time { return today }}
	down.next(t.Context(), true)
	down.failed(t.Context(), 1)
	if try, _ := down.next(t.Context(), false); try != 2 {
		t.Errorf("try %d, want 2", try)
	}
}

package scanner

import (
	"context"
	"slices"
	"sync"
	"testing"

	"tlsaudit/audit"
	"tlsaudit/scanner/wire"
)

// chooser is a server reduced to its choice: an order, a bound on lists, and
// questions it refuses for no reason.
type chooser struct {
	order    []uint16
	limit    int
	spurious map[int]wire.Outcome

	mu    sync.Mutex
	asked int
}

func (c *chooser) ask(_ context.Context, list []uint16) (uint16, reply, verdict) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.asked++
	r := reply{ended: uint64(c.asked)}
	if outcome, ok := c.spurious[c.asked]; ok {
		r.Outcome = outcome
		return 0, r, none
	}
	if c.limit == 0 || len(list) <= c.limit {
		for _, code := range c.order {
			if slices.Contains(list, code) {
				r.Outcome = wire.ServerHello
				return code, r, taken
			}
		}
	}
	r.Outcome = wire.Alert
	return 0, r, none
}

func byLength(list []uint16) [][]uint16 { return slices.Collect(slices.Chunk(list, maxChunk)) }

func count(n int) []uint16 {
	list := make([]uint16, n)
	for i := range list {
		list[i] = uint16(i + 1)
	}
	return list
}

func TestElimination(t *testing.T) {
	for _, c := range []struct {
		name  string
		list  int
		order []uint16
		limit int
		most  int // questions
	}{
		{"three of many", 288, []uint16{7, 3, 200}, 0, 7},
		{"none", 288, nil, 0, 4},
		{"all of few", 3, []uint16{3, 2, 1}, 0, 3},
		{"limited", 288, []uint16{280, 3, 200, 4}, 128, 20},
		{"limited to the chunk", 288, count(140), 126, 500},
	} {
		s := &chooser{order: c.order, limit: c.limit}
		el := elimination{e: &endpoint{}, ask: s.ask, split: byLength}
		complete := el.run(t.Context(), count(c.list))
		if !complete || !slices.Equal(codes(el.found), c.order) && c.limit == 0 || len(el.found) != len(c.order) || s.asked > c.most {
			t.Errorf("%s: complete %v, found %v in %d questions", c.name, complete, codes(el.found), s.asked)
		}
		if el.limited != (c.limit > 0) || el.unstable {
			t.Errorf("%s: limited %v, unstable %v", c.name, el.limited, el.unstable)
		}
	}
}

// TestEliminationDoubts refuses any two questions for no reason, unless one
// follows the other directly, and expects the truth or no claim.
func TestEliminationDoubts(t *testing.T) {
	truth := []uint16{9, 2, 5, 130, 1}
	for _, outcome := range []wire.Outcome{wire.Reset, wire.Alert} {
		for first := 1; first < 12; first++ {
			for second := first + 2; second < 24; second++ {
				s := &chooser{order: truth, spurious: map[int]wire.Outcome{first: outcome, second: outcome}}
				// One chunk at a time, so that the questions have an order.
				el := elimination{e: &endpoint{}, ask: s.ask, split: byLength}
				if complete := el.run(t.Context(), count(120)); complete && len(el.found) != 4 {
					t.Errorf("%s at %d and %d: called complete with %v", outcome, first, second, codes(el.found))
				}
				// A word taken back is a contradiction; a lost connection is not.
				if first <= 4 && el.unstable != (outcome == wire.Alert) {
					t.Errorf("%s at %d and %d: unstable %v", outcome, first, second, el.unstable)
				}
			}
		}
	}
}

// TestVerdictOnSilence: silence counts only for hellos of a length that was
// answered, and only if the peer answers afterwards.
func TestVerdictOnSilence(t *testing.T) {
	silence := reply{Flight: wire.Flight{Outcome: wire.Reset}, ended: 5}
	for _, c := range []struct {
		longest  int
		lastGood uint64
		want     verdict
	}{{200, 6, none}, {200, 4, open}, {199, 6, dropped}} {
		e := &endpoint{longest: c.longest, lastGood: c.lastGood}
		if got := e.verdict(t.Context(), question{hello: make([]byte, 200)}, &silence, audit.TLSv12, 0, []uint16{1}); got != c.want {
			t.Errorf("longest %d, last good %d: %d, want %d", c.longest, c.lastGood, got, c.want)
		}
	}
}

package scanner

import (
	"context"
	"fmt"
	"slices"
	"sync"

	"tlsaudit/scanner/wire"
)

// elimination finds all members of a list a server accepts, and the order in
// which it prefers them, by taking out what it chose until it refuses. It
// serves suites and groups alike.
type elimination struct {
	e *endpoint
	// ask offers a list and returns the chosen member.
	ask func(ctx context.Context, list []uint16) (uint16, reply, verdict)
	// lead puts another member in front of a list that shows the server's order;
	// nil where any may stand there.
	lead func(list []uint16) []uint16
	// split cuts a list into chunks of at most most for the doubt at the end.
	// The higher the level, the finer the chunks.
	split func(list []uint16, most, level int) [][]uint16
	// found holds the members in the order chosen.
	found []hit
	// most is the number of members in a chunk, cut down when the server balks.
	most int
	// limited: the server refused a whole list and took from a part of it; set
	// in advance if that is known.
	limited bool
	// level is how finely chunks are cut by now; depth the level that must be
	// gone to before the end is believed, at most deepest.
	level, depth, deepest int
	// mixed: chunks were refused in different ways; sure are then those refused
	// by alert 40 in small chunks, not to be cut further.
	mixed bool
	sure  []uint16
	// alertEnds: alert 40 to the whole list is believed at once, where one
	// chunk holds it and asking again would be the same question. Suites are
	// doubted all the same: too much hangs on them.
	alertEnds bool
	// unstable: the server refused a list and then took from the same list.
	unstable bool
	// inferred: the last refusal was silence or an alert that may mean
	// anything, a refusal only by inference; doubts counts rounds that must
	// still find nothing.
	inferred bool
	failure  bool // the last refusal was alert 40
	doubts   int
	reason   string
	negative uint64
}

// run eliminates list. It reports whether the result is proven complete.
func (x *elimination) run(ctx context.Context, list []uint16) (complete bool) {
	left := slices.Clone(list)
	for _, h := range x.found {
		left = without(left, h.code)
	}
	if !x.limited && !x.greedy(ctx, &left) {
		return false
	}
	// The end is doubted: offered in chunks, nothing may be taken. Each round
	// that goes on makes left shorter, or chunks smaller, so this ends.
	for {
		chunks := x.split(left, x.most, x.level)
		if x.alertEnds && x.failure && len(chunks) < 2 {
			return true
		}
		heads, v := x.heads(ctx, chunks)
		if v == balked {
			continue
		}
		if v == open {
			return false
		}
		if !slices.ContainsFunc(heads, func(h *hit) bool { return h != nil }) {
			if x.finer(chunks) {
				left = slices.DeleteFunc(left, func(code uint16) bool { return slices.Contains(x.sure, code) })
				continue
			}
			if x.doubts--; x.doubts < 0 {
				return !x.unstable
			}
			continue
		}
		if x.level > usual {
			x.hint(x.level + 1)
		}
		before := len(left)
		if !x.limited && !x.unstable {
			x.classify(ctx, &left)
		}
		if len(left) == before || x.limited {
			if !x.tournament(ctx, chunks, heads, &left) {
				return false
			}
			x.finer(chunks)
		} else if !x.greedy(ctx, &left) {
			return false
		}
	}
}

// greedy offers everything left until it is refused.
func (x *elimination) greedy(ctx context.Context, left *[]uint16) bool {
	for len(*left) > 0 {
		list := *left
		if x.lead != nil {
			list = x.lead(list)
		}
		code, r, v := x.ask(ctx, list)
		switch v {
		case open:
			x.reason = r.text()
			return false
		case none, dropped:
			x.negative, x.inferred = r.ended, !r.refusal()
			x.failure = r.failure()
			return true
		case balked:
			x.balk(len(*left))
			return true
		}
		x.take(code, r, left)
	}
	return true
}

func (x *elimination) take(code uint16, r reply, left *[]uint16) {
	x.found = append(x.found, x.e.keep(code, &r))
	*left = without(*left, code)
}

// classify tells, when a chunk was taken from although the whole was refused,
// a server that cannot deal with the whole from one that changes its mind.
func (x *elimination) classify(ctx context.Context, left *[]uint16) {
	again := false
	for range 3 {
		code, r, v := x.ask(ctx, *left)
		if v == balked {
			x.balk(len(*left))
			return
		}
		if v == taken {
			x.take(code, r, left)
			again = true
			break
		}
	}
	switch {
	case !again:
		x.limited = true
		x.hint(halves)
	case x.inferred:
		// No word was broken: what looked like a refusal was a lost connection.
		x.e.sawFlaky()
		x.doubts = 2
	default:
		x.unstable = true
		x.reason = "a list was refused and then taken from"
		x.e.sawTorn()
	}
}

// heads offers all chunks and returns what was taken from each. The verdict is
// none unless there is no telling (open), or a chunk was too long (balked).
func (x *elimination) heads(ctx context.Context, chunks [][]uint16) (heads []*hit, v verdict) {
	heads = make([]*hit, len(chunks))
	replies := make([]reply, len(chunks))
	verdicts := make([]verdict, len(chunks))
	var wg sync.WaitGroup
	for i, chunk := range chunks {
		wg.Go(func() {
			defer x.e.contain("a confirmation round", func() { verdicts[i] = open })
			code, r, v := x.ask(ctx, chunk)
			if v == taken {
				h := x.e.keep(code, &r)
				heads[i] = &h
			}
			r.Flight = wire.Flight{Outcome: r.Outcome, Alert: r.Alert, Err: r.Err, First: r.First}
			replies[i], verdicts[i] = r, v
		})
	}
	wg.Wait()
	var odd []*reply // refused by anything but alert 40
	for i := range chunks {
		r := &replies[i]
		switch verdicts[i] {
		case open, dropped:
			x.reason = unanswered(*r, verdicts[i])
			return heads, open
		case balked:
			x.balk(len(chunks[i]))
			v = balked
		case none:
			x.negative = max(x.negative, r.ended)
			if !r.failure() {
				odd = append(odd, r)
			} else if x.level >= halves {
				x.sure = append(x.sure, chunks[i]...)
			}
		}
	}
	x.weigh(chunks, odd)
	if v == balked {
		return heads, balked
	}
	return heads, none
}

// tournament eliminates chunk by chunk: the heads of all chunks are offered
// together to find the one preferred, whose chunk is then asked for the next.
func (x *elimination) tournament(ctx context.Context, chunks [][]uint16, heads []*hit, left *[]uint16) bool {
	for {
		var codes []uint16
		for _, h := range heads {
			if h != nil {
				codes = append(codes, h.code)
			}
		}
		if len(codes) == 0 {
			return true
		}
		best := codes[0]
		// More than the server takes at a time have no common order here.
		if len(codes) > 1 && len(codes) <= x.most {
			code, r, v := x.ask(ctx, codes)
			if v == taken {
				best = code
			} else {
				x.unstable = true
				x.reason = "suites taken one by one were refused together: " + r.text()
			}
		}
		i := slices.IndexFunc(heads, func(h *hit) bool { return h != nil && h.code == best })
		x.found = append(x.found, *heads[i])
		*left = without(*left, best)
		chunks[i] = without(chunks[i], best)
		heads[i] = nil
		if len(chunks[i]) == 0 {
			continue
		}
		code, r, v := x.ask(ctx, chunks[i])
		switch v {
		case balked:
			x.balk(len(chunks[i]))
			return true // all that was not taken yet is asked again in smaller chunks
		case open, dropped:
			x.reason = unanswered(r, v)
			return false
		case taken:
			h := x.e.keep(code, &r)
			heads[i] = &h
		case none:
			x.negative = max(x.negative, r.ended)
		}
	}
}

// without returns list without v, as a new slice.
func without(list []uint16, v uint16) []uint16 {
	out := make([]uint16, 0, len(list))
	for _, w := range list {
		if w != v {
			out = append(out, w)
		}
	}
	return out
}

// contain is deferred where a probe runs on its own: a panic there becomes a
// note and whatever lost does, never the end of the program.
func (e *endpoint) contain(what string, lost func()) {
	if p := recover(); p != nil {
		e.note(fmt.Sprintf("internal error in %s: %v", what, p))
		if lost != nil {
			lost()
		}
	}
}

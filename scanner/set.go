package scanner

import (
	"cmp"
	"context"
	"slices"
	"sync"

	"tlsaudit/scanner/wire"
)

// set finds the suites of a version without their order: whatever is disjoint
// is offered at the same time. It knows one way only, that of a server without
// any peculiarity: each list is either taken from, or refused by alert 40.
// Whatever else happens makes it odd; what was found is then a start for the
// elimination, which is slower and knows how to deal with it.
//
// Each suite that is not found was refused twice when the search ends: in a
// list of its own kind, which no other kind can poison and which no bound on
// the length of lists concerns, and in the list of everything that is left.
type set struct {
	e *endpoint
	x *version
	// ask offers a list and returns the chosen member.
	ask func(ctx context.Context, list []uint16) (uint16, reply, verdict)

	wg sync.WaitGroup

	mu    sync.Mutex
	found []hit
	// claimed are the suites found, being asked about alone, or refused alone.
	claimed map[uint16]bool
	// families are the key exchanges with their certificates of which a suite
	// was found, first that of the first one; ciphers what the suites found
	// protect data with. Reasons to guess are being asked about for the first
	// time, proved right, or proved wrong.
	families, ciphers, asking, right, wrong traitSet
	first                                   trait
	// missed counts the guesses that were wrong.
	missed int
	// long: the server was seen to read a list to its end that is longer than
	// any bound known.
	long bool
	// yields counts the groups taken from; held is a guess kept to put it at the
	// end of a long list, and why its reason.
	yields int
	held   uint16
	why    trait
	// holding: one was held already.
	holding bool
	// probed is the suite offered in front of the server's first choice, later
	// one that is to be asked about when the groups were.
	probed, later uint16
	// turned are the lists taken from, and ordered is set by one of which the
	// last was chosen.
	turned  []turned
	ordered bool
	// odd says what made the elimination necessary, if it is.
	odd *reply
	// negative is when the last refusal came.
	negative uint64
}

// take notes a suite found. It needs s.mu.
func (s *set) take(h hit) {
	if slices.ContainsFunc(s.found, func(f hit) bool { return f.code == h.code }) {
		return
	}
	suite := suiteTraits().of(h.code)
	s.found = append(s.found, h)
	s.claimed[h.code] = true
	s.first = cmp.Or(s.first, suite.family)
	s.families[suite.family], s.ciphers[suite.exact], s.ciphers[suite.cipher] = true, true, true
}

// run searches list, of which the server chose the first suite in s.found
// already; hints are suites another version accepts. It reports whether what
// was found is proven complete.
func (s *set) run(ctx context.Context, list, hints []uint16) bool {
	start := s.found
	s.found, s.claimed = nil, map[uint16]bool{}
	for _, h := range start {
		s.take(h)
	}
	s.mu.Lock()
	groups, known := groups(kindsFor(s.x.Version), hints)
	for _, code := range hints {
		if !s.claimed[code] && slices.Contains(list, code) {
			s.alone(ctx, code, list, len(known) > maxChunk)
		}
	}
	s.lead(ctx, list)
	s.guess(ctx, list)
	s.mu.Unlock()
	s.pool(ctx, known, list)
	var pool []uint16
	for _, group := range groups {
		s.start(func() {
			if s.foundIn(group) || s.offer(ctx, group, list) {
				s.mu.Lock()
				defer s.mu.Unlock()
				s.yields++
				pool = append(pool, group...)
			}
		})
	}
	s.wg.Wait()
	s.follow(ctx, list)
	slices.SortFunc(pool, func(a, b uint16) int { return cmp.Compare(slices.Index(list, a), slices.Index(list, b)) })
	s.pool(ctx, pool, list)
	s.wg.Wait()
	s.pool(ctx, nil, list)
	s.wg.Wait()
	complete := !s.isOdd() && s.doubt(ctx, list) && !s.isOdd()
	s.decide(list)
	return complete
}

// pool offers what is left of kinds that are no poison, together: in lists no
// longer than servers with a bound take, or all at once if this one has none.
// That is seen if it takes the last of such a list, for which a guess is held.
func (s *set) pool(ctx context.Context, kinds, list []uint16) {
	s.mu.Lock()
	held := s.held
	s.held = 0
	s.mu.Unlock()
	s.start(func() {
		left := s.unclaimed(kinds)
		switch {
		case held != 0 && len(left) > longest && !s.long:
			s.stretch(ctx, left, held, list)
		case held != 0:
			s.mu.Lock()
			s.asking[s.why] = false
			s.single(ctx, held, list)
			s.mu.Unlock()
		}
		left = s.unclaimed(left)
		most := maxChunk
		s.mu.Lock()
		if s.long {
			most = len(list)
		}
		s.mu.Unlock()
		for part := range slices.Chunk(left, most) {
			s.start(func() {
				for s.offer(ctx, part, list) {
				}
			})
		}
	})
}

// longest is the bound of servers that read only the beginning of a list.
const longest = 128

// stretch eliminates a list that is longer than any bound, with a guess behind
// it, until the guess is taken or the list is shorter.
func (s *set) stretch(ctx context.Context, kinds []uint16, held uint16, list []uint16) {
	for {
		left := s.unclaimed(kinds)
		if len(left) <= longest || s.isOdd() {
			s.mu.Lock()
			defer s.mu.Unlock()
			s.single(ctx, held, list)
			return
		}
		code, r, v := s.ask(ctx, append(left, held))
		if v != taken {
			s.spoil(&r)
			return
		}
		s.mu.Lock()
		s.take(s.e.keep(code, &r))
		if s.long = code == held; s.long {
			s.asking[s.why], s.right[s.why] = false, true
		}
		s.guess(ctx, list)
		s.mu.Unlock()
		if code == held {
			return
		}
	}
}

// foundIn reports whether a suite of group was found.
func (s *set) foundIn(group []uint16) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.yields == 0 {
		return false // there is nothing yet to put the rest of it with
	}
	return slices.ContainsFunc(s.found, func(h hit) bool { return slices.Contains(group, h.code) })
}

// start runs f beside the rest.
func (s *set) start(f func()) {
	s.wg.Go(func() {
		defer s.e.contain("the search for suites", func() { s.spoil(&reply{}) })
		f()
	})
}

// groups are the lists to offer at the same time: each kind by itself, but for
// kinds of which hints are known, which are no poison.
func groups(kinds [][]uint16, hints []uint16) (groups [][]uint16, known []uint16) {
	for _, kind := range kinds {
		if slices.ContainsFunc(kind, func(code uint16) bool { return slices.Contains(hints, code) }) {
			known = append(known, kind...)
		} else {
			groups = append(groups, kind)
		}
	}
	return groups, known
}

// unclaimed returns what of list nobody else asks about.
func (s *set) unclaimed(list []uint16) []uint16 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.DeleteFunc(slices.Clone(list), func(code uint16) bool { return s.claimed[code] })
}

// offer offers what is left of group, the likeliest last, which may show who
// decides. It reports whether a suite was taken.
func (s *set) offer(ctx context.Context, group, list []uint16) bool {
	left := s.unclaimed(group)
	if len(left) == 0 || s.isOdd() {
		return false
	}
	slices.Reverse(left)
	code, r, v := s.ask(ctx, left)
	switch {
	case v == taken:
		s.mu.Lock()
		defer s.mu.Unlock()
		s.turned = append(s.turned, turned{left, code})
		s.ordered = s.ordered || len(left) > 1 && code == left[len(left)-1]
		s.take(s.e.keep(code, &r))
		s.guess(ctx, list)
		return true
	case v == none && r.failure():
		s.refused(&r)
	default:
		s.spoil(&r)
	}
	return false
}

// doubt offers once more everything that was refused. It reports whether that
// was refused again.
func (s *set) doubt(ctx context.Context, list []uint16) bool {
	left := slices.DeleteFunc(slices.Clone(list), func(code uint16) bool {
		return slices.ContainsFunc(s.found, func(h hit) bool { return h.code == code })
	})
	if len(left) == 0 {
		return true
	}
	code, r, v := s.ask(ctx, left)
	switch {
	case v == none && r.failure():
		s.refused(&r)
		return true
	case v == taken:
		s.mu.Lock()
		s.take(s.e.keep(code, &r))
		s.mu.Unlock()
	}
	s.spoil(&r)
	return false
}

func (s *set) refused(r *reply) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.negative = max(s.negative, r.ended)
}

func (s *set) spoil(r *reply) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.note(r)
}

// note is spoil for who has s.mu.
func (s *set) note(r *reply) {
	if s.odd == nil {
		s.odd = &reply{Flight: wire.Flight{Outcome: r.Outcome, Alert: r.Alert, Err: r.Err}, ended: r.ended}
	}
}

func (s *set) isOdd() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.odd != nil
}

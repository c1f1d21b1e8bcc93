package scanner

import (
	"cmp"
	"context"
	"slices"

	"tlsaudit/audit"
)

// This file holds how a search for suites shows in passing who decides between
// them.

// turned is a list offered with the likeliest last, and what was chosen of it.
type turned struct {
	list   []uint16
	chosen uint16
}

// lead offers the first guesses in one list: ChaCha20, another suite of the
// kind of the server's first choice, and this one again. Whatever is chosen says
// something about order, and a suite is found unless it is the last. It needs
// s.mu.
func (s *set) lead(ctx context.Context, list []uint16) {
	var chacha, other uint16
	for _, code := range s.guesses(list) {
		switch {
		case other == 0 && s.probes(code):
			other = code
		case chacha == 0 && s.x.spared(code):
			chacha = code
		}
	}
	if other != 0 {
		s.claimed[other] = true
		if chacha != 0 {
			s.claimed[chacha] = true
		}
		s.probe(ctx, chacha, other, list)
	}
}

// probes reports whether code is worth offering in front of the server's first
// choice: both are of a kind, and code stood behind it before. Once is enough,
// and it is too much where a list has probably shown the order, or at TLS 1.3,
// where a question that is put later can tell. It needs s.mu.
func (s *set) probes(code uint16) bool {
	return s.probed == 0 && !s.ordered && s.x.Version < audit.TLSv13 && s.x.chosenBefore(code)
}

// probe offers chacha, if it is not 0, and other in front of the server's first
// choice. It needs s.mu.
func (s *set) probe(ctx context.Context, chacha, other uint16, list []uint16) {
	s.probed = other
	first := s.x.reply.Suite
	offer := []uint16{other, first}
	if chacha != 0 {
		offer = []uint16{chacha, other, first}
	}
	s.start(func() {
		if s.isOdd() {
			return
		}
		chosen, r, v := s.ask(ctx, offer)
		s.mu.Lock()
		defer s.mu.Unlock()
		if v != taken {
			s.note(&r) // what was taken before is refused
			return
		}
		if chosen != first {
			s.take(s.e.keep(chosen, &r))
		}
		if chacha != 0 {
			s.x.spare = choice{first: chacha, second: first, chosen: chosen}
		}
		if chosen == chacha && chacha != 0 {
			// This says nothing about the other two.
			s.probed, s.later = 0, other
			return
		}
		s.x.decided = choice{other, first, chosen, chacha != 0}
		for _, code := range offer[:len(offer)-1] {
			if code != chosen {
				s.single(ctx, code, list)
			}
		}
		s.guess(ctx, list)
	})
}

// follow asks about the suite that waited for the answers to the groups, which
// may have shown who decides.
func (s *set) follow(ctx context.Context, list []uint16) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.later != 0 {
		s.single(ctx, s.later, list)
	}
}

// decide draws the conclusion, when it is known which suites are accepted.
func (s *set) decide(list []uint16) {
	s.mu.Lock()
	defer s.mu.Unlock()
	found := codes(s.found)
	if !slices.Contains(found, s.x.decided.first) {
		s.x.decided = choice{}
	}
	if s.odd != nil {
		return // there may be several servers, each with suites of its own
	}
	own := s.own(list, found)
	switch d := s.x.decided; d.chosen {
	case 0:
		s.x.decided = own
	case d.first:
		s.x.mixed = own
	}
}

// own returns a choice that shows an order of the server's own, if there is one:
// of those that are found, a client's order chooses the first. It needs s.mu.
func (s *set) own(list, found []uint16) choice {
	// Which list was answered first is chance, so they are looked at in the order
	// of what was chosen.
	slices.SortFunc(s.turned, func(a, b turned) int {
		return cmp.Compare(slices.Index(list, a.chosen), slices.Index(list, b.chosen))
	})
	for _, t := range s.turned {
		front := t.list[:min(maxChunk, slices.Index(t.list, t.chosen))]
		for _, code := range slices.Backward(front) {
			if slices.Contains(found, code) && ofAKind(code, t.chosen) {
				return choice{code, t.chosen, t.chosen, true}
			}
		}
	}
	return choice{}
}

// turnedSuites are the suites of x for the question about its groups: the
// server's first choice behind another of its kind, if it is not known yet who
// decides.
func (x *version) turnedSuites() []uint16 {
	suites := codes(x.hits)
	better, worse, alike := x.pair()
	if x.SuitesUnordered && x.decided.chosen == 0 && alike && better == x.reply.Suite && x.behind(worse, better) {
		x.decided = choice{first: worse, second: better, among: len(suites) > 2}
		suites = append([]uint16{worse}, without(suites, worse)...)
	}
	return suites
}

// sawPair notes what was chosen of turnedSuites.
func (x *version) sawPair(r *reply) {
	if d := &x.decided; d.chosen == 0 && r.is(x.Version) && (r.Suite == d.first || r.Suite == d.second) {
		d.chosen = r.Suite
	}
}

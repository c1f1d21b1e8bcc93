package scanner

import "context"

// This file holds the guesses of a search for suites: what is likely to be
// accepted is asked about alone, beside everything else.

// maxMissed is the number of wrong guesses after which none is made any more:
// each costs a connection.
const maxMissed = 6

// guesses returns the suites that are likely to be accepted, by those that
// are: the same cipher with another key exchange, or another length of key.
// It needs s.mu.
func (s *set) guesses(list []uint16) (likely []uint16) {
	if s.missed > maxMissed {
		return nil
	}
	table := suiteTraits()
	for _, code := range list {
		suite := table.of(code)
		if !suite.likely || !s.families[suite.family] || s.claimed[code] {
			continue
		}
		if reason := s.reason(suite); reason != 0 && !s.wrong[reason] {
			likely = append(likely, code)
		}
	}
	return likely
}

// reason is the guess that a suite is accepted, 0 if there is none. It needs
// s.mu.
func (s *set) reason(suite traits) trait {
	switch {
	case s.ciphers[suite.exact]:
		return suite.exact
	case s.ciphers[suite.cipher]:
		return suite.cipher
	case suite.chacha && suite.family == s.first && s.ciphers[suiteTraits().gcm]:
		return suite.cipher // AES-GCM and ChaCha20 come together more often than not
	}
	return 0
}

// guess asks about what is likely. It needs s.mu.
func (s *set) guess(ctx context.Context, list []uint16) {
	for _, code := range s.guesses(list) {
		s.alone(ctx, code, list, s.yields > 1)
	}
}

// alone asks about one suite, or holds it if one is wanted. It needs s.mu.
func (s *set) alone(ctx context.Context, code uint16, list []uint16, hold bool) {
	s.claimed[code] = true
	if hold && s.held == 0 && !s.long && !s.holding {
		s.held, s.holding = code, true
		return
	}
	s.single(ctx, code, list)
}

// single asks about one suite. It needs s.mu.
func (s *set) single(ctx context.Context, code uint16, list []uint16) {
	behind, reason := s.front(code), s.reason(suiteTraits().of(code))
	s.start(func() {
		if s.isOdd() {
			return
		}
		offer := []uint16{code}
		if behind != 0 {
			offer = append(offer, behind)
		}
		chosen, r, v := s.ask(ctx, offer)
		if behind != 0 && v == none {
			s.spoil(&r) // what was taken before is refused
			return
		}
		if behind != 0 && v == taken {
			first := chosen
			if chosen == behind {
				chosen, r, v = s.ask(ctx, offer[:1])
			}
			if v == taken {
				s.x.decided = choice{code, behind, first}
			}
		}
		switch {
		case v == taken:
			s.mu.Lock()
			defer s.mu.Unlock()
			s.take(s.e.keep(chosen, &r))
			s.guess(ctx, list)
		case v == none && r.failure():
			s.refused(&r)
			s.mu.Lock()
			defer s.mu.Unlock()
			s.missed++
			s.wrong[reason] = true
		default:
			s.spoil(&r)
		}
	})
}

// front returns the server's first choice if it says who decides to offer it
// behind code: both are of a kind, and code stood behind it before. Once is
// enough. It needs s.mu.
func (s *set) front(code uint16) uint16 {
	if s.probed != 0 || !s.x.chosenBefore(code) {
		return 0
	}
	s.probed = code
	return s.x.reply.Suite
}

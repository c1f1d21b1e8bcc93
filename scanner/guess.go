package scanner

import "context"

// This file holds the guesses of a search for suites: what is likely to be
// accepted is asked about alone, beside everything else.

// maxMissed is the number of wrong guesses after which none is made any more:
// each costs a connection.
const maxMissed = 6

// fewKinds is the number of groups taken from up to which one guess is made for
// a reason.
const fewKinds = 2

// guesses returns the suites that are likely to be accepted, by those that
// are: the same cipher with another key exchange, or another length of key. Of
// several with the same reason one shows first whether it is a good one, where
// few kinds are taken: with many, what is left unasked makes more lists, which
// costs more than a wrong guess. It needs s.mu.
func (s *set) guesses(list []uint16) (likely []uint16) {
	if s.missed > maxMissed {
		return nil
	}
	table, asking := suiteTraits(), s.asking
	for _, code := range list {
		suite := table.of(code)
		if !suite.likely || !s.families[suite.family] || s.claimed[code] {
			continue
		}
		if reason := s.reason(suite); reason != 0 && !(asking[reason] && s.yields <= fewKinds) && !s.wrong[reason] {
			asking[reason] = !s.right[reason]
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
		s.held, s.holding, s.why = code, true, s.reason(suiteTraits().of(code))
		s.asking[s.why] = !s.right[s.why]
		return
	}
	s.single(ctx, code, list)
}

// single asks about one suite. It needs s.mu.
func (s *set) single(ctx context.Context, code uint16, list []uint16) {
	if s.probes(code) {
		s.probe(ctx, 0, code, list)
		return
	}
	reason := s.reason(suiteTraits().of(code))
	s.asking[reason] = !s.right[reason]
	s.start(func() {
		if s.isOdd() {
			return
		}
		chosen, r, v := s.ask(ctx, []uint16{code})
		s.mu.Lock()
		defer s.mu.Unlock()
		s.asking[reason] = false
		switch {
		case v == taken:
			s.right[reason] = true
			s.take(s.e.keep(chosen, &r))
			s.guess(ctx, list)
		case v == none && r.failure():
			s.negative = max(s.negative, r.ended)
			s.missed++
			s.wrong[reason] = true
		default:
			s.note(&r)
		}
	})
}

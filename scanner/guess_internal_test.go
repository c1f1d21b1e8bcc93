package scanner

import (
	"slices"
	"testing"

	"tlsaudit/audit"
)

// TestGuesses: what comes with a suite that was found is guessed, and nothing is
// any more for a reason that proved wrong.
func TestGuesses(t *testing.T) {
	list := candidatesFor(audit.TLSv12)
	const found, other = 0xC027, 0xC028 // ECDHE_RSA with AES_128_CBC_SHA256 and AES_256_CBC_SHA384
	s := &set{claimed: map[uint16]bool{}}
	s.take(hit{code: found})
	if got := s.guesses(list); !slices.Contains(got, other) || slices.Contains(got, found) {
		t.Fatalf("guesses beside %04X: %04X", found, got)
	}
	s.wrong[s.reason(suiteTraits().of(other))] = true
	if got := s.guesses(list); slices.Contains(got, other) {
		t.Errorf("guessed for a reason that proved wrong: %04X", got)
	}
	s = &set{claimed: map[uint16]bool{}, missed: maxMissed + 1}
	s.take(hit{code: found})
	if got := s.guesses(list); got != nil {
		t.Errorf("guessed after %d wrong guesses: %04X", s.missed, got)
	}
}

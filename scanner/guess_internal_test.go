package scanner

import (
	"slices"
	"testing"

	"tlsaudit/audit"
)

// TestGuessesOneAtATime: a kind of guess of which nothing is known yet is tried
// with one suite; the others like it follow when it was right, and never when it
// was wrong.
func TestGuessesOneAtATime(t *testing.T) {
	list := candidatesFor(audit.TLSv12)
	const (
		ecdheSHA256, ecdheSHA384 = 0xC027, 0xC028 // ECDHE_RSA with AES_128_CBC_SHA256 and AES_256_CBC_SHA384
		rsaSHA256, rsaAES256     = 0x003C, 0x003D // RSA with AES_128_CBC_SHA256 and AES_256_CBC_SHA256
	)
	start := func() *set {
		s := &set{claimed: map[uint16]bool{}}
		for _, code := range []uint16{ecdheSHA256, rsaSHA256} {
			s.take(hit{code: code})
		}
		return s
	}
	others := func(codes []uint16) (n int) {
		for _, code := range codes {
			if code == ecdheSHA384 || code == rsaAES256 {
				n++
			}
		}
		return n
	}
	s := start()
	first := s.guesses(list)
	reason := map[uint16]trait{}
	for _, code := range first {
		reason[code] = s.reason(suiteTraits().of(code))
	}
	kinds := map[trait]int{}
	for code, r := range reason {
		if r != suiteTraits().of(code).exact {
			kinds[r]++
		}
	}
	for r, n := range kinds {
		if n > 1 {
			t.Errorf("kind %d is tried with %d suites at once: %04X", r, n, first)
		}
	}
	if others(first) == 0 {
		t.Fatalf("the other length of key is not guessed: %04X", first)
	}
	again := s.guesses(list)
	if others(again) > 0 && slices.ContainsFunc(again, func(code uint16) bool {
		r := s.reason(suiteTraits().of(code))
		return kinds[r] > 0 && r != suiteTraits().of(code).exact
	}) {
		t.Errorf("a kind is tried again before the first answer: %04X", again)
	}
	for r := range kinds {
		s.wrong[r] = true
	}
	if more := s.guesses(list); others(more) > 0 {
		t.Errorf("guessed after the kind proved wrong: %04X", more)
	}
	s = start()
	s.guesses(list)
	for r := range kinds {
		s.right[r] = true
	}
	if more := s.guesses(list); others(more) == 0 {
		t.Errorf("nothing follows a kind that proved right: %04X", more)
	}
}

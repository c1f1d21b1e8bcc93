package scanner

import (
	"testing"

	"tlsaudit/audit"
	"tlsaudit/scanner/wire"
)

// BenchmarkAsk is one question with its answer, over a connection in memory:
// what the scanner adds to the work of the network.
func BenchmarkAsk(b *testing.B) {
	for name, answer := range map[string][]byte{"taken": chosenOne, "refused": {21, 3, 3, 0, 2, 2, 40}} {
		b.Run(name, func(b *testing.B) {
			e := inferring(4096, func(int) []byte { return answer })
			suites := candidatesFor(audit.TLSv12)
			b.ReportAllocs()
			for b.Loop() {
				q := e.offer(audit.TLSv12, stylePlain, suites)
				q.until = wire.UntilServerHello
				if r := e.ask(b.Context(), q); !r.tls() {
					b.Fatal(r.text())
				}
			}
		})
	}
}

// BenchmarkGuesses is what a suite found leads to: the others it makes likely.
func BenchmarkGuesses(b *testing.B) {
	list := candidatesFor(audit.TLSv12)
	s := set{claimed: map[uint16]bool{}}
	s.take(hit{code: 0xC02F})
	if len(s.guesses(list)) == 0 {
		b.Fatal("nothing is likely")
	}
	b.ReportAllocs()
	for b.Loop() {
		s.guesses(list)
	}
}

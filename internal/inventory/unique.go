package inventory

import (
	"crypto/sha256"
	"fmt"
	"iter"

	"tlsaudit/audit"
)

// unique joins sequences and refuses a subject that comes a second time. It
// remembers 16 bytes of hash and a place per target, not the target.
func unique(sequences ...iter.Seq2[audit.Target, error]) iter.Seq2[audit.Target, error] {
	return func(yield func(audit.Target, error) bool) {
		seen := map[[16]byte]audit.Place{}
		for _, sequence := range sequences {
			for t, err := range sequence {
				if err != nil {
					yield(audit.Target{}, err)
					return
				}
				var place audit.Place
				if t.Place != nil {
					place = *t.Place
				}
				sum := sha256.Sum256([]byte(t.Subject()))
				key := [16]byte(sum[:16])
				if first, ok := seen[key]; ok {
					yield(audit.Target{}, &audit.InputError{
						Place: place,
						Cause: fmt.Sprintf("%s is listed a second time; the first is at %s", t.Subject(), first),
						Hint:  "remove one of the two; two views of one endpoint differ in sni= or ip=",
					})
					return
				}
				seen[key] = place
				if !yield(t, nil) {
					return
				}
			}
		}
	}
}

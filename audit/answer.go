package audit

import "fmt"

// Answer says what is known about one yes-or-no question put to a peer.
// The five answers are different and must never be folded into each other.
type Answer uint8

const (
	// NotAsked is the zero value: the question was never put.
	NotAsked Answer = iota
	// Undetermined means the question was put and no answer can be trusted:
	// timeouts, resets, throttling, or a negative no control probe confirmed.
	Undetermined
	// Accepted means the peer did what was asked of it.
	Accepted
	// Refused means the peer declined, and it was shown to be alive and
	// answering at that time.
	Refused
	// Latent means the peer's configuration allows it but its library does not
	// carry it out today (an OpenSSL 3 security level answers such a hello
	// with alert 80): a change elsewhere would turn it into Accepted.
	Latent
)

var answerNames = [...]string{"not-asked", "undetermined", "accepted", "refused", "latent"}

// String returns the JSON name of the answer.
func (a Answer) String() string { return nameOf(answerNames[:], a) }

// Known reports whether the peer's behaviour is established.
func (a Answer) Known() bool { return a == Accepted || a == Refused || a == Latent }

// MarshalText implements encoding.TextMarshaler. Like all enumerations of this
// package an answer is written only if UnmarshalText can read it.
func (a Answer) MarshalText() ([]byte, error) { return writeName("answer", answerNames[:], a) }

// UnmarshalText implements encoding.TextUnmarshaler.
func (a *Answer) UnmarshalText(b []byte) error { return parseName("answer", answerNames[:], b, a) }

// nameOf and parseName serve all the small enumerations of this package, whose
// names are indexed by value.
func nameOf[T ~uint8](names []string, v T) string {
	if int(v) < len(names) {
		return names[v]
	}
	return fmt.Sprintf("invalid(%d)", uint8(v))
}

func writeName[T ~uint8](kind string, names []string, v T) ([]byte, error) {
	if int(v) >= len(names) {
		return nil, &WordError{Word: nameOf(names, v), Kind: kind, Known: names}
	}
	return []byte(names[v]), nil
}

func parseName[T ~uint8](kind string, names []string, b []byte, v *T) error {
	for i, name := range names {
		if name == string(b) {
			*v = T(i)
			return nil
		}
	}
	return &WordError{Word: string(b), Kind: kind, Known: names}
}

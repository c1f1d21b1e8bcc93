package audit

import (
	"fmt"
	"slices"
	"strings"
)

// The enumerations that are words in Go too are written and read back as
// strictly as those that are numbers: evidence is judged again, and a word this
// program does not know would pass for one that means no harm. The empty word
// is what a value left out is, which claims nothing.
var (
	reaches          = []Reach{ReachUnknown, ReachUnreachable, ReachNoTLS, ReachTLS, ReachDNS}
	preferences      = []Preference{PreferenceServer, PreferenceClient, PreferenceUndetermined}
	sametimeVerdicts = []SametimeVerdict{SametimeTLSOnly, SametimeLegacyOnly, SametimeBoth, SametimeNeither, SametimeUndetermined}
	waiverStates     = []WaiverState{WaiverActive, WaiverExpiring, WaiverExpired, WaiverUnused}
	lookupOutcomes   = []LookupOutcome{LookupFound, LookupNoName, LookupNoData, LookupBogus, LookupTimeout, LookupFailed}
)

// MarshalText implements encoding.TextMarshaler.
func (r Reach) MarshalText() ([]byte, error) { return writeWord("reach", reaches, r) }

// UnmarshalText implements encoding.TextUnmarshaler.
func (r *Reach) UnmarshalText(b []byte) error { return parseWord("reach", reaches, b, r) }

// MarshalText implements encoding.TextMarshaler.
func (p Preference) MarshalText() ([]byte, error) { return writeWord("preference", preferences, p) }

// UnmarshalText implements encoding.TextUnmarshaler.
func (p *Preference) UnmarshalText(b []byte) error { return parseWord("preference", preferences, b, p) }

// MarshalText implements encoding.TextMarshaler.
func (v SametimeVerdict) MarshalText() ([]byte, error) {
	return writeWord("Sametime verdict", sametimeVerdicts, v)
}

// UnmarshalText implements encoding.TextUnmarshaler.
func (v *SametimeVerdict) UnmarshalText(b []byte) error {
	return parseWord("Sametime verdict", sametimeVerdicts, b, v)
}

// MarshalText implements encoding.TextMarshaler.
func (l Level) MarshalText() ([]byte, error) { return writeWord("level", Levels, l) }

// UnmarshalText implements encoding.TextUnmarshaler.
func (l *Level) UnmarshalText(b []byte) error { return parseWord("level", Levels, b, l) }

// MarshalText implements encoding.TextMarshaler.
func (s WaiverState) MarshalText() ([]byte, error) { return writeWord("waiver state", waiverStates, s) }

// UnmarshalText implements encoding.TextUnmarshaler.
func (s *WaiverState) UnmarshalText(b []byte) error {
	return parseWord("waiver state", waiverStates, b, s)
}

// MarshalText implements encoding.TextMarshaler.
func (o LookupOutcome) MarshalText() ([]byte, error) {
	return writeWord("outcome of a look-up", lookupOutcomes, o)
}

// UnmarshalText implements encoding.TextUnmarshaler.
func (o *LookupOutcome) UnmarshalText(b []byte) error {
	return parseWord("outcome of a look-up", lookupOutcomes, b, o)
}

func writeWord[T ~string](kind string, words []T, w T) ([]byte, error) {
	if err := oneOf(kind, words, w); err != nil {
		return nil, err
	}
	return []byte(w), nil
}

func parseWord[T ~string](kind string, words []T, b []byte, v *T) error {
	w := T(b)
	if err := oneOf(kind, words, w); err != nil {
		return err
	}
	*v = w
	return nil
}

// oneOf returns an error unless w is one of words, or empty.
func oneOf[T ~string](kind string, words []T, w T) error {
	if w == "" || slices.Contains(words, w) {
		return nil
	}
	known := make([]string, len(words))
	for i, word := range words {
		known[i] = string(word)
	}
	return &WordError{Word: string(w), Kind: kind, Known: known}
}

// WordError says that a word is none of those an enumeration has.
type WordError struct {
	// Word is what was read: foreign text of any length.
	Word string
	// Kind is what the enumeration is of, such as "answer".
	Kind string
	// Known are the words there are.
	Known []string
}

// Error names the word, cut short if it is long, and what is allowed.
func (e *WordError) Error() string {
	const most = 60
	word, article := e.Word, "a"
	if r := []rune(word); len(r) > most {
		word = string(r[:most]) + "…"
	}
	if e.Kind != "" && strings.ContainsRune("aeiou", rune(e.Kind[0])) {
		article = "an"
	}
	return fmt.Sprintf("%q is not %s %s: one of %s", word, article, e.Kind, strings.Join(e.Known, ", "))
}

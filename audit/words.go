package audit

import (
	"fmt"
	"slices"
	"strings"
)

// The enumerations that are words in Go too are read back as strictly as those
// that are numbers: evidence is judged again, and a word this program does not
// know would pass for one that means no harm. The empty word is what a value
// left out is, which claims nothing.

// UnmarshalText implements encoding.TextUnmarshaler.
func (r *Reach) UnmarshalText(b []byte) error {
	return parseWord("reach", []Reach{ReachUnknown, ReachUnreachable, ReachNoTLS, ReachTLS, ReachDNS}, b, r)
}

// UnmarshalText implements encoding.TextUnmarshaler.
func (p *Preference) UnmarshalText(b []byte) error {
	return parseWord("preference", []Preference{PreferenceServer, PreferenceClient, PreferenceUndetermined}, b, p)
}

// UnmarshalText implements encoding.TextUnmarshaler.
func (v *SametimeVerdict) UnmarshalText(b []byte) error {
	return parseWord("Sametime verdict", []SametimeVerdict{SametimeTLSOnly, SametimeLegacyOnly, SametimeBoth, SametimeNeither, SametimeUndetermined}, b, v)
}

// UnmarshalText implements encoding.TextUnmarshaler.
func (l *Level) UnmarshalText(b []byte) error { return parseWord("level", Levels, b, l) }

// UnmarshalText implements encoding.TextUnmarshaler.
func (s *WaiverState) UnmarshalText(b []byte) error {
	return parseWord("waiver state", []WaiverState{WaiverActive, WaiverExpiring, WaiverExpired, WaiverUnused}, b, s)
}

func parseWord[T ~string](kind string, words []T, b []byte, v *T) error {
	if w := T(b); w == "" || slices.Contains(words, w) {
		*v = w
		return nil
	}
	known := make([]string, len(words))
	for i, word := range words {
		known[i] = string(word)
	}
	return &WordError{Word: string(b), Kind: kind, Known: known}
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

// UnmarshalText implements encoding.TextUnmarshaler.
func (o *LookupOutcome) UnmarshalText(b []byte) error {
	return parseWord("outcome of a look-up", []LookupOutcome{"", LookupFound, LookupNoName, LookupNoData, LookupBogus, LookupTimeout, LookupFailed}, b, o)
}

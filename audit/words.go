package audit

import (
	"fmt"
	"slices"
)

// The enumerations that are words in Go too are read back as strictly as those
// that are numbers: evidence is judged again, and a word this program does not
// know would pass for one that means no harm. The empty word is what a value
// left out is, which claims nothing.

// UnmarshalText implements encoding.TextUnmarshaler.
func (r *Reach) UnmarshalText(b []byte) error {
	return parseWord("reach", []Reach{ReachUnknown, ReachUnreachable, ReachNoTLS, ReachTLS}, b, r)
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
	return fmt.Errorf("%q is not a %s: one of %q", b, kind, words)
}

package audit

import (
	"encoding/json"
	"strings"
	"testing"
)

// TestUnknownWordsAreRefused: evidence with a word of a later program, or of
// nobody, is not taken for something harmless.
func TestUnknownWordsAreRefused(t *testing.T) {
	for _, in := range []string{
		`{"reach":"sort-of"}`, `{"reach":"TLS"}`, `{"versions":[{"preference":"both"}]}`, `{"versions":[{"answer":"maybe"}]}`,
		`{"versions":[{"version":"TLSv9"}]}`, `{"sametime":{"verdict":"fine"}}`, `{"groups":[{"id":"29"}]}`,
		`{"chains_answer":"pass"}`, `{"handshake":{"completed":"yes"}}`,
	} {
		var o Observation
		if err := json.Unmarshal([]byte(in), &o); err == nil {
			t.Errorf("%s is read as %+v", in, o)
		} else if !strings.Contains(err.Error(), " is not a ") {
			t.Errorf("%s: %v", in, err)
		}
	}
	var f Finding
	for _, in := range []string{`{"verdict":"ok"}`, `{"severity":"worst"}`, `{"level":"perhaps"}`} {
		if json.Unmarshal([]byte(in), &f) == nil {
			t.Errorf("%s is read as %+v", in, f)
		}
	}
	var s WaiverStatus
	if json.Unmarshal([]byte(`{"state":"asleep"}`), &s) == nil {
		t.Errorf("read as %+v", s)
	}
}

// TestWordsComeBack: what is written is read.
func TestWordsComeBack(t *testing.T) {
	for _, r := range []Reach{"", ReachUnknown, ReachUnreachable, ReachNoTLS, ReachTLS} {
		for _, p := range []Preference{"", PreferenceServer, PreferenceClient, PreferenceUndetermined} {
			o := Observation{Reach: r, Posture: Posture{Versions: []VersionFact{{Version: TLSv12, Preference: p}}}}
			b, err := json.Marshal(&o)
			if err != nil {
				t.Fatal(err)
			}
			var got Observation
			if err := json.Unmarshal(b, &got); err != nil || got.Reach != r || got.Versions[0].Preference != p {
				t.Errorf("%q and %q come back as %+v: %v", r, p, got, err)
			}
		}
	}
	for _, l := range Levels {
		var got Level
		if err := got.UnmarshalText([]byte(l)); err != nil || got != l {
			t.Errorf("%q comes back as %q: %v", l, got, err)
		}
	}
}

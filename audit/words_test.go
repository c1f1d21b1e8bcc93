package audit

import (
	"encoding/json"
	"fmt"
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
		} else if !strings.Contains(err.Error(), " is not a ") && !strings.Contains(err.Error(), " is not an ") {
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

// TestWordError: what is wrong is quoted, cut short, beside what is allowed.
func TestWordError(t *testing.T) {
	for in, want := range map[string]string{
		"ACCEPTED":               `"ACCEPTED" is not an answer: one of not-asked, undetermined, accepted, refused, latent`,
		strings.Repeat("é", 100): `"` + strings.Repeat("é", 60) + `…" is not an answer: one of not-asked, undetermined, accepted, refused, latent`,
	} {
		if err := new(Answer).UnmarshalText([]byte(in)); err == nil || err.Error() != want {
			t.Errorf("got %v, want %s", err, want)
		}
	}
	const want = `"good" is not a reach: one of unknown, unreachable, no-tls, tls, dns`
	if err := new(Reach).UnmarshalText([]byte("good")); err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
	long := strings.Repeat("x", 1<<20)
	for _, err := range []error{new(Code).UnmarshalText([]byte(long)), new(Version).UnmarshalText([]byte(long))} {
		if err == nil || len(err.Error()) > 300 {
			t.Errorf("an error of %d bytes", len(fmt.Sprint(err)))
		}
	}
}

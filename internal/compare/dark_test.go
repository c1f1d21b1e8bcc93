package compare

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tlsaudit/audit"
)

// TestDark: an endpoint that is added and was not reached is told as such, and so
// are its rules; what was unknown and is stays in sight.
func TestDark(t *testing.T) {
	before := []*audit.Record{found("https://a.example.com:443", map[string]audit.Verdict{"R1": audit.Unknown})}
	now := []*audit.Record{
		found("https://a.example.com:443", map[string]audit.Verdict{"R1": audit.Unknown}),
		found("https://b.example.com:443", map[string]audit.Verdict{"R1": audit.Unknown, "R2": audit.Unknown}),
		found("https://c.example.com:443", nil),
		found("https://d.example.com:443", nil),
	}
	now[1].Evidence.Observed = &audit.Observation{Reach: audit.ReachUnreachable, Reason: "the plug was pulled"}
	now[2].Evidence.Observed = &audit.Observation{Reach: audit.ReachUnknown}
	c := Comparison{Unchanged: true}
	for _, err := range c.Walk(sequence(nil, before...), sequence(nil, now...)) {
		if err != nil {
			t.Fatal(err)
		}
	}
	var got []string
	for _, ch := range c.Changes().List {
		got = append(got, strings.TrimSpace(fmt.Sprintf("%s %s %s %s", ch.Kind, ch.Subject[8:9], ch.Rule, ch.Message)))
	}
	want := []string{
		"undecided b R1 R1 is unknown",
		"undecided b R2 R2 is unknown",
		"added b  the endpoint is new to the report, and was not reached: the plug was pulled",
		"added c  the endpoint is new to the report, and was not reached: no reason was recorded",
		"added d  the endpoint is new to the report",
		"unchanged a R1 R1 is unknown",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if c.Unreached() != 2 || c.Open() != 0 || c.Lost() != 0 {
		t.Errorf("%d not reached, %d open, %d lost", c.Unreached(), c.Open(), c.Lost())
	}
}

// TestLost: what was open and is not asked any more, or went with its endpoint,
// is counted; what was waived or in order is not, nor a rule that does not apply.
func TestLost(t *testing.T) {
	before := []*audit.Record{
		found("https://a.example.com:443", map[string]audit.Verdict{"R1": audit.Fail, "R2": audit.Pass, "R3": audit.Waived, "R4": audit.Fail, "R5": audit.Warn}),
		found("https://b.example.com:443", map[string]audit.Verdict{"R1": audit.Fail, "R2": audit.Warn, "R3": audit.Waived, "R4": audit.Unknown}),
	}
	now := []*audit.Record{found("https://a.example.com:443", map[string]audit.Verdict{"R4": audit.NotApplicable, "R5": audit.Pass})}
	var c Comparison
	for _, err := range c.Walk(sequence(nil, before...), sequence(nil, now...)) {
		if err != nil {
			t.Fatal(err)
		}
	}
	if c.Lost() != 3 || c.Unreached() != 0 {
		t.Errorf("%d lost, %d not reached, want R1 of a, and R1 and R2 of b", c.Lost(), c.Unreached())
	}
}

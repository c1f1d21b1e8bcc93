package wire

import (
	"strings"
	"testing"
)

func TestOutcomeNames(t *testing.T) {
	seen := map[string]bool{}
	for o := range DialFailed + 1 {
		if name := o.String(); name == "" || strings.HasPrefix(name, "invalid") || seen[name] {
			t.Errorf("outcome %d is called %q", uint8(o), name)
		}
		seen[o.String()] = true
	}
	if got := DialFailed.String() + ", " + (DialFailed + 1).String(); got != "dial-failed, invalid(15)" {
		t.Error(got)
	}
}

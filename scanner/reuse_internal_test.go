package scanner

import (
	"testing"

	"tlsaudit/audit"
	"tlsaudit/scanner/wire"
)

// Public values of different groups, or over different primes, cannot be
// equal: that they differ shows nothing.
func TestReuseTakesTheSameGroup(t *testing.T) {
	ecdhe := func(group uint16, public string) wire.Flight {
		return wire.Flight{Version: 0x0303, Group: group, Public: []byte(public)}
	}
	dhe := func(prime, public string) wire.Flight {
		return wire.Flight{Version: 0x0303, DHBits: 2048, DHPrime: []byte(prime), Public: []byte(public)}
	}
	for name, c := range map[string]struct {
		seen []wire.Flight
		want audit.Answer
	}{
		"two curves":         {[]wire.Flight{ecdhe(29, "a"), ecdhe(23, "b"), ecdhe(24, "c")}, audit.Undetermined},
		"one curve":          {[]wire.Flight{ecdhe(29, "a"), ecdhe(23, "b"), ecdhe(29, "c")}, audit.Refused},
		"one curve, one key": {[]wire.Flight{ecdhe(29, "a"), ecdhe(23, "b"), ecdhe(29, "a")}, audit.Accepted},
		"two primes":         {[]wire.Flight{dhe("p", "a"), dhe("q", "b")}, audit.Undetermined},
		"one prime":          {[]wire.Flight{dhe("p", "a"), dhe("p", "b")}, audit.Refused},
	} {
		e := &endpoint{}
		for i := range c.seen {
			e.sawValue(&c.seen[i])
		}
		facts := e.reuses(newVersion(audit.TLSv12))
		if len(facts) != 1 || facts[0].Answer != c.want {
			t.Errorf("%s: %+v, want %s", name, facts, c.want)
		}
	}
}

package audit_test

import (
	"testing"

	"tlsaudit/audit"
)

// TestCoversTellsChainsApart: a server that sends the trust anchor at one
// version and only its leaf at another has two chains with one leaf, of which a
// record of usage 2 covers one.
func TestCoversTellsChainsApart(t *testing.T) {
	leaf, anchor := audit.Certificate{SHA256: "7d"}, audit.Certificate{SHA256: "8e"}
	chains := []audit.Chain{{Certificates: []audit.Certificate{leaf, anchor}}, {Certificates: []audit.Certificate{leaf}}}
	d := &audit.DANE{Records: []audit.TLSARecord{{Usage: audit.UsageDANETA, Matches: []audit.TLSAMatch{
		{Leaf: "7d", Answer: audit.Accepted, Position: 1, Name: audit.Accepted}, {Leaf: "7d", Answer: audit.Refused},
	}}}}
	for i, want := range []audit.Answer{audit.Accepted, audit.Refused} {
		if got, _ := d.Covers(chains, i); got != want {
			t.Errorf("chain %d is %s, want %s", i, got, want)
		}
	}
	// Evidence that does not fit together proves nothing.
	d.Records[0].Matches[1].Leaf = "00"
	if got, _ := d.Covers(chains, 1); got != audit.NotAsked {
		t.Errorf("a comparison with another leaf: %s", got)
	}
	d.Records[0].Matches = d.Records[0].Matches[:1]
	if got, _ := d.Covers(chains, 1); got != audit.NotAsked {
		t.Errorf("a comparison that is missing: %s", got)
	}
}

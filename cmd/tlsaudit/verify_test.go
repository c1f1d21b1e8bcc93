package main

import (
	"testing"

	"tlsaudit/internal/attest"
)

// TestProven: a signature is what was verified as one, and no file that has the
// name of one.
func TestProven(t *testing.T) {
	for _, test := range []struct {
		lines []attest.Line
		want  string
	}{
		{[]attest.Line{{Kind: attest.OfOther, What: "other.intoto.json", OK: true}}, ""},
		{[]attest.Line{{Kind: attest.OfArtefact, What: attest.ChainName, OK: true}}, ""},
		{[]attest.Line{{Kind: attest.OfSignature, What: "m.intoto.json"}, {Kind: attest.OfChain, What: attest.ChainName, OK: true}}, ", the chain"},
		{[]attest.Line{{Kind: attest.OfSignature, What: "m.intoto.json", OK: true}}, ", the signature"},
	} {
		if got := proven(test.lines); got != test.want {
			t.Errorf("%+v: %q, want %q", test.lines, got, test.want)
		}
	}
}

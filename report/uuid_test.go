package report

import (
	"encoding/hex"
	"strings"
	"testing"
)

// TestUUID5 has the example of RFC 9562 appendix A.4: "www.example.com" in the
// DNS namespace.
func TestUUID5(t *testing.T) {
	dns := [16]byte{0x6b, 0xa7, 0xb8, 0x10, 0x9d, 0xad, 0x11, 0xd1, 0x80, 0xb4, 0x00, 0xc0, 0x4f, 0xd4, 0x30, 0xc8}
	if got := uuid5(dns, "www.example.com"); got != "2ed6657d-e927-568b-95e1-2665a8aea6a2" {
		t.Errorf("the UUID of www.example.com is %s", got)
	}
	if want := strings.ReplaceAll(uuid5(dns, "tlsaudit"), "-", ""); hex.EncodeToString(uuidSpace[:]) != want {
		t.Errorf("the namespace is not %s", want)
	}
	if nameUUID("a", "bc") == nameUUID("ab", "c") {
		t.Error("the parts of a name run together")
	}
}

func TestRunUUID(t *testing.T) {
	r := fullReport()
	first := runUUID(r, "sarif")
	r.Generated = r.Generated.Local()
	if runUUID(r, "sarif") != first {
		t.Error("the identity of a run depends on the zone its time is told in")
	}
	if runUUID(r, "oscal") == first {
		t.Error("two documents have one identity")
	}
	r.Summary.Fail++
	if runUUID(r, "sarif") == first {
		t.Error("two runs have one identity")
	}
}

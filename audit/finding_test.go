package audit

import (
	"encoding/json"
	"testing"
)

// TestFindingFingerprint pins the identity of findings: waivers and baselines
// hold it over releases.
func TestFindingFingerprint(t *testing.T) {
	if got := FindingFingerprint("p", "R", "https://www.example.com:443"); got != "6a5a775739ca59fe065de38025b10d79" {
		t.Errorf("the fingerprint changed to %s", got)
	}
	odd := "gateway:corp/outbound/1:B\xe4nk \xff\xfe"
	var read string
	text, err := json.Marshal(odd)
	if err == nil {
		err = json.Unmarshal(text, &read)
	}
	if err != nil || read == odd || FindingFingerprint("p", "R", read) != FindingFingerprint("p", "R", odd) {
		t.Errorf("%q comes back from JSON as %q (%v) with another fingerprint", odd, read, err)
	}
	if FindingFingerprint("p", "R", "x") == FindingFingerprint("p", "", "Rx") || FindingFingerprint("a", "b", "c") == FindingFingerprint("ab", "", "c") {
		t.Error("parts run into each other")
	}
}

package scanner

import (
	"testing"

	"tlsaudit/audit"
)

// TestAllChains: a version without an answer may have certificates of its own.
func TestAllChains(t *testing.T) {
	tls12, tls13 := newVersion(audit.TLSv12), newVersion(audit.TLSv13)
	tls13.Answer, tls13.certified = audit.Accepted, true
	for answer, want := range map[audit.Answer]audit.Answer{
		audit.Refused: audit.Accepted, audit.Latent: audit.Accepted,
		audit.Undetermined: audit.Undetermined, audit.NotAsked: audit.Undetermined,
	} {
		tls12.Answer = answer
		if got, why := new(endpoint).allChains([]*version{tls12, tls13}); got != want {
			t.Errorf("TLS 1.2 %s: %s %s", answer, got, why)
		}
	}
}

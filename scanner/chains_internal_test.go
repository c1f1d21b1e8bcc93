package scanner

import (
	"context"
	"testing"

	"tlsaudit/audit"
)

// TestAllChainsInterrupted: the versions a scan did not get to may have had
// certificates of their own.
func TestAllChainsInterrupted(t *testing.T) {
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	tls12, tls13 := newVersion(audit.TLSv12), newVersion(audit.TLSv13)
	tls13.Answer, tls13.certified = audit.Accepted, true
	for _, c := range []struct {
		ctx  context.Context
		tls  audit.Answer
		want audit.Answer
	}{
		{t.Context(), audit.Undetermined, audit.Accepted},
		{ended, audit.Refused, audit.Accepted},
		{ended, audit.Undetermined, audit.Undetermined},
		{ended, audit.NotAsked, audit.Undetermined},
	} {
		tls12.Answer = c.tls
		if got, why := new(endpoint).allChains(c.ctx, []*version{tls12, tls13}); got != c.want {
			t.Errorf("TLS 1.2 %s, interrupted %v: %s %s", c.tls, c.ctx.Err(), got, why)
		}
	}
}

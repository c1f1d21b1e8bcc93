package scanner_test

import (
	"context"
	"net"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"tlsaudit/audit"
	"tlsaudit/scanner"
)

// TestBackEndsDisagreeLate: whenever it is noticed that back ends are unequal,
// nothing is refused or complete, also not what was found out before.
func TestBackEndsDisagreeLate(t *testing.T) {
	t.Parallel()
	noticed := 0
	for after := int64(18); after < 48; after += 10 {
		good, bad := usual(t), usual(t)
		bad.Suites = map[audit.Version][]audit.Code{audit.TLSv12: {0x002F}, audit.TLSv13: {0x1303}}
		first, second := good.Handler(), bad.Handler()
		var served atomic.Int64
		server := serve(t, func(ctx context.Context, c net.Conn) {
			h := first
			if served.Add(1) > after {
				h = second
			}
			h(ctx, c)
		})
		o := scan(t, "https", server.Addr(), scanner.Options{Timeout: 40 * time.Second})
		if !strings.Contains(strings.Join(o.Notes, "\n"), "inconsistent back ends") {
			continue
		}
		noticed++
		for _, f := range o.Versions {
			if f.Answer == audit.Refused || f.SuitesAnswer == audit.Accepted && f.Version != audit.SSLv2 || f.GroupsAnswer == audit.Accepted {
				t.Errorf("other after %d: %s is %s, suites %s, groups %s", after, f.Version, f.Answer, f.SuitesAnswer, f.GroupsAnswer)
			}
		}
		for _, g := range o.Groups {
			if g.Answer == audit.Refused {
				t.Errorf("other after %d: %s at %s is refused", after, g.Name, g.Version)
			}
		}
		for _, f := range o.Features {
			if f.Answer == audit.Refused || f.Answer == audit.Accepted && f.Name == audit.FeatureSignatureAlgorithms {
				t.Errorf("other after %d: %s at %s is %s", after, f.Name, f.Version, f.Answer)
			}
		}
	}
	if noticed == 0 {
		t.Error("it was never noticed")
	}
}

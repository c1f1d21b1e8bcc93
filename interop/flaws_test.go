//go:build interop

package interop

import (
	"slices"
	"testing"
	"time"

	"tlsaudit/audit"
)

// flawNames are the flaws that are probed for.
var flawNames = []audit.Feature{
	audit.FeatureHeartbleed, audit.FeatureCCSInjection, audit.FeatureROBOT, audit.FeatureTicketbleed, audit.FeaturePOODLETLS, audit.FeaturePaddingOracle,
}

// TestNoFlaws: maintained servers have none of the flaws, and nearly each probe
// gets an answer from them.
func TestNoFlaws(t *testing.T) {
	t.Parallel()
	k := makeKeys(t)
	for _, s := range []struct {
		name  string
		start func(*testing.T, *keys) endpoint
		// asked are the flaws that are probed for: the others cannot be there.
		asked []audit.Feature
	}{
		{"openssl", opensslPlain(), withoutHeartbeat},
		{"openssl-1.2", opensslPlain("-no_tls1_3"), withoutHeartbeat},
		{"openssl-1.0", opensslPlain("-tls1"), withoutHeartbeat},
		{"nginx", nginxEverything, withoutHeartbeat},
		{"nginx-hardened", nginxHardened, []audit.Feature{audit.FeatureCCSInjection, audit.FeatureTicketbleed}},
		{"apache", apacheLatent, nil},
		{"haproxy", haproxyLegacy, withoutHeartbeat},
		{"postfix", postfixSTARTTLS, withoutHeartbeat},
		{"dovecot", dovecotIMAPS, nil},
		{"gnutls", gnutlsHeartbeat, flawNames},
		{"jsse", jsseServer, nil},
		{"go", goServer, withoutHeartbeat},
	} {
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			o := scanDeep(t, s.start(t, k))
			var asked []audit.Feature
			for _, f := range o.Features {
				if !slices.Contains(flawNames, f.Name) {
					continue
				}
				t.Logf("%s at %s: %s: %s", f.Name, f.Version, f.Answer, f.Evidence)
				if f.Answer != audit.Refused {
					t.Errorf("%s at %s is %s: %s", f.Name, f.Version, f.Answer, f.Evidence)
				}
				asked = append(asked, f.Name)
			}
			t.Logf("%d connections, %s", o.Connections, o.Finished.Sub(o.Started).Round(time.Millisecond))
			if s.asked != nil && !slices.Equal(asked, s.asked) {
				t.Errorf("asked about %v, want %v", asked, s.asked)
			}
			if len(asked) == 0 {
				t.Error("nothing was asked")
			}
		})
	}
}

// withoutHeartbeat are the flaws of a server that knows no heartbeat.
var withoutHeartbeat = flawNames[1:]

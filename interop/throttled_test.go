//go:build interop

package interop

import (
	"slices"
	"testing"

	"tlsaudit/audit"
)

// TestThrottledPostfix scans a Postfix whose anvil sends clients away with 421:
// from the twentieth connection in a minute on, or all but one at a time. What
// the scanner claims to know has to be true of an unthrottled twin; with patience
// the second kind gives away everything, of the first kind it must be said that
// something is missing.
func TestThrottledPostfix(t *testing.T) {
	t.Parallel()
	k := makeKeys(t)
	want := truth(t, []force{opensslClient(t, k, postfixSTARTTLS(t, k))}, old...)
	for _, c := range []struct {
		name, limit string
		complete    bool
	}{
		{"rate", "smtpd_client_connection_rate_limit = 20", false},
		{"one at a time", "smtpd_client_connection_count_limit = 1", true},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			port := postfix(t, k, "smtpd_tls_security_level = may\n"+c.limit+"\nsmtpd_client_event_limit_exceptions =", "")
			o := scan(t, k, endpoint{Protocol: "smtp", Port: port, Upgrade: "smtp"})
			complete := true
			for version, seen := range observed(o) {
				is := want[version]
				fact := o.Version(must(audit.ParseVersion(version))(t))
				switch {
				case !fact.Answer.Known():
					complete = false
				case fact.Answer != is.Answer:
					t.Errorf("%s is %s, scanner says %s: %s", version, is.Answer, fact.Answer, fact.Evidence)
				case fact.Answer == audit.Accepted && fact.SuitesAnswer != audit.Accepted:
					complete = false
				case fact.Answer == audit.Accepted && !slices.Equal(seen.Suites, is.Suites):
					t.Errorf("%s: %d of %d suites, claimed complete", version, len(seen.Suites), len(is.Suites))
				}
			}
			if complete != c.complete {
				t.Errorf("complete: %v, after %d connections", complete, o.Connections)
			}
			if !complete && len(o.Notes) == 0 {
				t.Error("no note tells the reader about the throttling")
			}
			t.Logf("%d connections, %s: %v %q", o.Connections, o.Reach, observed(o), o.Notes)
		})
	}
}

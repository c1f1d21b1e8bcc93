//go:build interop

package interop

import (
	"slices"
	"testing"

	"tlsaudit/audit"
)

// TestThrottledPostfix scans a Postfix that answers 421 from the twentieth
// connection in a minute on. The scanner cannot see everything, and must not
// say it did: what it claims to know has to be true of an unthrottled twin.
func TestThrottledPostfix(t *testing.T) {
	t.Parallel()
	k := makeKeys(t)
	want := truth(t, []force{opensslClient(t, k, postfixSTARTTLS(t, k))}, old...)
	port := postfix(t, k, `smtpd_tls_security_level = may
smtpd_client_connection_rate_limit = 20
smtpd_client_event_limit_exceptions =`, "")
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
	if complete {
		t.Errorf("everything was found in %d connections: the server did not throttle", o.Connections)
	}
	if len(o.Notes) == 0 {
		t.Error("no note tells the reader about the throttling")
	}
	t.Logf("%d connections, %s: %v %q", o.Connections, o.Reach, observed(o), o.Notes)
}

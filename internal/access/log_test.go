package access

import (
	"context"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tlsaudit/internal/history"
)

// dropping is an audit log that keeps nothing of a request nobody waits for, as a
// database does.
type dropping struct{ *kept }

func (d dropping) Log(ctx context.Context, e history.AuditEntry) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	return d.kept.Log(ctx, e)
}

// TestLogHangUp: who hangs up at once is kept all the same.
func TestLogHangUp(t *testing.T) {
	k := &kept{}
	j := newJournal(dropping{k}, time.Now, k.logf)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	j.denied(ctx, Identity{}, ActionLoginRefused, "a token that does not hold", netip.MustParseAddr("192.0.2.7"))
	if err := j.did(ctx, Identity{Name: "vera", Via: viaToken}, "download", "", netip.Addr{}); err != nil {
		t.Error(err)
	}
	if diff := cmp.Diff([]string{": login refused", "vera: download"}, k.actions()); diff != "" || len(k.told) > 0 {
		t.Errorf("%s, told %q", diff, k.told)
	}
}

// TestLogDetail: an entry says what was asked for and how it is known who did,
// whatever names people give themselves.
func TestLogDetail(t *testing.T) {
	for _, tt := range []struct {
		who          Identity
		detail, want string
	}{
		{Identity{Name: "alice", Via: viaBearer}, "GET /", "GET / [bearer]"},
		{Identity{Name: "alice", Via: viaOIDC, Subject: "24-7"}, "GET /", "GET / [oidc, subject 24-7]"},
		{Identity{Name: "alice", Via: viaToken}, "", "[token]"},
		{Identity{}, "GET /", "GET /"},
		{Identity{Via: viaOIDC, Subject: "a\nb"}, strings.Repeat("x", 600), strings.Repeat("x", maxDetail-len(" [oidc, subject a?b]")-3) + "... [oidc, subject a?b]"},
	} {
		if got := detailed(tt.who, tt.detail); got != tt.want || len(got) > maxDetail {
			t.Errorf("got %q", got)
		}
	}
	s := newStage(t, staged{change: func(c *Config, _ *stage) {
		c.Proxies = []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")}
		c.Action = func(r *http.Request) (string, string) {
			return "audit asked for", "system " + r.PostFormValue("system")
		}
	}})
	s.ask(s.browser(), "POST", "/audit", url.Values{"system": {"Web shop"}}, "Authorization", "Bearer "+s.tokens["otto"], "X-Forwarded-For", "203.0.113.9, 198.51.100.4")
	want := history.AuditEntry{Actor: "otto", Role: "operator", Action: "audit asked for", Detail: "POST /audit system Web shop [bearer]", Remote: "198.51.100.4"}
	if len(s.log.entries) != 1 {
		t.Fatalf("%+v", s.log.entries)
	}
	s.log.entries[0].At = time.Time{}
	if diff := cmp.Diff(want, s.log.entries[0]); diff != "" {
		t.Error(diff)
	}
}

package maildomain

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"testing"
	"time"

	"tlsaudit/audit"
	"tlsaudit/internal/dnsq"
)

// zone is a Resolver that knows two addresses of every name, and texts.
type zone struct {
	Resolver
	texts   []string
	clipped bool
}

func (z zone) A(_ context.Context, name string) (audit.Lookup, []netip.Addr) {
	return audit.Lookup{Name: name, Type: "A", Outcome: audit.LookupFound}, []netip.Addr{netip.MustParseAddr("127.0.0.1"), netip.MustParseAddr("127.0.0.2")}
}

func (z zone) TXT(_ context.Context, name string) (audit.Lookup, []string, bool) {
	return audit.Lookup{Name: name, Type: "TXT", Outcome: audit.LookupFound}, z.texts, z.clipped
}

var _ Resolver = (*dnsq.Resolver)(nil)

// TestFetchEnds: a connection that is still being opened when the request was
// given up writes nothing into facts that are told already.
func TestFetchEnds(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	release, again := make(chan struct{}), make(chan struct{})
	l := New(Options{Resolver: zone{}, Now: time.Now, Dial: func(_ context.Context, _, addr string) (net.Conn, error) {
		if addr == "127.0.0.1:443" {
			cancel()
			<-release
		} else {
			close(again)
		}
		return nil, errors.New("no")
	}})
	f, _ := l.fetch(ctx, "mta-sts.example.com")
	was := *f
	close(release)
	<-again
	if f.Address != was.Address || f.Answer != audit.Undetermined || was.Address.String() != "127.0.0.1:443" {
		t.Errorf("told %+v, later %+v", was, f)
	}
}

// TestTooManyTexts: of two records that begin alike neither counts, and one
// that was left out may be the second.
func TestTooManyTexts(t *testing.T) {
	for _, c := range []struct {
		texts   []string
		clipped bool
		want    bool
	}{
		{[]string{"v=STSv1; id=1"}, false, true}, {[]string{"v=STSv1; id=1"}, true, false}, {[]string{"v=spf1"}, true, false}, {[]string{"v=STSv1; id=1", "v=STSv1; id=2"}, true, true},
	} {
		look, _, _ := New(Options{Resolver: zone{texts: c.texts, clipped: c.clipped}}).texts(t.Context(), "_mta-sts.example.com", "v=STSv1")
		if look.Answered() != c.want || !c.want && look.Reason == "" {
			t.Errorf("%q, clipped: %t: %+v", c.texts, c.clipped, look)
		}
	}
}

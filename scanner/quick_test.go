package scanner_test

import (
	"context"
	"fmt"
	"net"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tlsaudit/audit"
	"tlsaudit/fixtures"
	"tlsaudit/internal/tlsreg"
	"tlsaudit/scanner"
)

// quickly scans at depth quick for somebody who asks q.
func quickly(t *testing.T, h fixtures.Handler, q *audit.Questions, opt scanner.Options) *audit.Observation {
	t.Helper()
	at := serve(t, h).Addr()
	opt.Depth, opt.Now = scanner.DepthQuick, func() time.Time { return now }
	if testing.Verbose() {
		opt.Logf = t.Logf
	}
	o := scanner.New(opt).ScanFor(t.Context(), audit.Target{Protocol: "https", Host: "www.example.com", Port: at.Port(), IP: at.Addr()}, q)
	clean(t, o)
	return o
}

// inQuestion asks about some suites of TLS 1.2, one of TLS 1.3 and two groups.
func inQuestion(suites ...audit.Code) *audit.Questions {
	q := new(audit.Questions)
	q.AskSuites(audit.TLSv12, suites...)
	q.AskSuites(audit.TLSv13, 0x1303)
	q.AskGroups(audit.TLSv13, 29, 30)
	return q
}

// TestQuick: what is in question has an answer, and nothing else has.
func TestQuick(t *testing.T) {
	t.Parallel()
	s := usual(t)
	o := quickly(t, s.Handler(), inQuestion(0x0005, 0x002F, 0x0035, 0x009F), scanner.Options{})
	f12, f13 := o.Version(audit.TLSv12), o.Version(audit.TLSv13)
	if diff := cmp.Diff([]audit.Code{0x0005, 0x0035}, f12.SuitesRefused); diff != "" {
		t.Errorf("refused at TLS 1.2: %s", diff)
	}
	found := suiteCodes(f12)
	slices.Sort(found)
	if diff := cmp.Diff([]audit.Code{0x002F, 0x009F, 0xC02F}, found); diff != "" {
		t.Errorf("accepted at TLS 1.2: %s", diff)
	}
	if f12.SuitesAnswer != audit.NotAsked || f12.SuitesOffered != 4 || f12.GroupsAnswer != audit.NotAsked || f12.Preference != "" {
		t.Errorf("%+v", f12)
	}
	if i := slices.IndexFunc(f12.Suites, func(s audit.Suite) bool { return s.ID == 0x009F }); f12.Suites[i].DHBits != 1024 {
		t.Errorf("prime of %d bits", f12.Suites[i].DHBits)
	}
	if diff := cmp.Diff([]audit.Code{0x1301, 0x1303}, suiteCodes(f13)); diff != "" || f13.SuitesRefused != nil {
		t.Errorf("TLS 1.3: %s, refused %v", diff, f13.SuitesRefused)
	}
	groups := map[audit.Code]audit.Answer{}
	for _, g := range o.Groups {
		groups[g.ID] = g.Answer
	}
	if diff := cmp.Diff(map[audit.Code]audit.Answer{29: audit.Accepted, 30: audit.Refused}, groups); diff != "" || f13.GroupsAnswer != audit.NotAsked {
		t.Errorf("groups %s, the list %s", diff, f13.GroupsAnswer)
	}
	if gap := o.Lacks(audit.NeedSuites); !strings.Contains(gap, "--depth standard") {
		t.Errorf("the whole list: %q", gap)
	}
}

// TestQuickWithoutQuestions asks about no suite.
func TestQuickWithoutQuestions(t *testing.T) {
	t.Parallel()
	o := quickly(t, usual(t).Handler(), nil, scanner.Options{})
	for _, f := range o.Versions {
		if len(f.Suites)+len(f.SuitesRefused)+f.SuitesOffered > 0 {
			t.Errorf("%+v", f)
		}
	}
	if o.Lacks(audit.NeedChains) == "" { // the script has none at TLS 1.3
		t.Error("all chains are said to have been read")
	}
}

// TestQuickOldVersions: one hello asks for three versions where the answer is
// about all of them, and each is asked for by itself where it is not.
func TestQuickOldVersions(t *testing.T) {
	t.Parallel()
	suites := []audit.Code{0x002F}
	for _, c := range []struct {
		name   string
		spoken []audit.Version
		latent []audit.Version
		alert  uint8
		old    int32 // hellos for a version before TLS 1.2
	}{
		{"none", nil, nil, 0, 1},
		{"none, in other words", nil, nil, 40, 3},
		{"SSLv3 alone", []audit.Version{audit.SSLv3}, nil, 0, 3},
		{"TLS 1.0", []audit.Version{audit.TLSv10}, nil, 0, 3},
		{"TLS 1.1", []audit.Version{audit.TLSv11}, nil, 0, 3},
		{"all", []audit.Version{audit.SSLv3, audit.TLSv10, audit.TLSv11}, nil, 0, 3},
		{"latent", nil, []audit.Version{audit.TLSv10, audit.TLSv11}, 0, 3},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := usual(t)
			s.Latent, s.VersionAlert = c.latent, c.alert
			for _, v := range c.spoken {
				s.Suites[v] = suites
			}
			var old atomic.Int32
			inner := s.Handler()
			o := quickly(t, func(ctx context.Context, conn net.Conn) {
				in, b := peekHello(conn)
				if len(b) > 10 && b[0] == 22 && b[9] == 3 && b[10] < 3 {
					old.Add(1)
				}
				inner(ctx, &peeked{conn, in})
			}, nil, scanner.Options{})
			for _, v := range audit.Versions {
				if want, _ := s.Truth(v); o.Version(v).Answer != want {
					t.Errorf("%s is %s (%s), in truth %s", v, o.Version(v).Answer, o.Version(v).Evidence, want)
				}
			}
			if n := old.Load(); c.old == 1 && n != 1 || n < c.old {
				t.Errorf("%d hellos for old versions, want %d", n, c.old)
			}
		})
	}
}

// TestQuickPoison: a suite the server chooses and fails with hides none that is
// in question.
func TestQuickPoison(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name   string
		poison uint16
		alert  byte // 0 hangs up
	}{
		{"no ECDSA certificate", 0xC02C, 40}, {"internal error", 0xC02B, 80}, {"no ECDH certificate", 0xC02E, 40}, {"no DHE parameters", 0x009F, 40},
		{"hangs up", 0xC018, 0}, {"Camellia", 0x0041, 40}, {"NULL", 0x0001, 47},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := usual(t)
			s.Suites = map[audit.Version][]audit.Code{audit.TLSv12: {0xC030, 0xC02F, 0x0035, 0x002F}}
			inner := s.Handler()
			q := new(audit.Questions)
			var all []audit.Code
			for _, suite := range tlsreg.Askable(audit.TLSv12) {
				if suite.Code != 0xC030 {
					all = append(all, suite.Code)
				}
			}
			q.AskSuites(audit.TLSv12, all...)
			o := quickly(t, func(ctx context.Context, conn net.Conn) {
				in, b := peekHello(conn)
				offered := offers(b)
				if !slices.Contains(offered, c.poison) || slices.Contains(offered, 0xC030) {
					inner(ctx, &peeked{conn, in})
				} else if c.alert > 0 {
					_, _ = conn.Write([]byte{21, 3, 3, 0, 2, 2, c.alert})
				}
			}, q, scanner.Options{})
			f := o.Version(audit.TLSv12)
			found := suiteCodes(f)
			slices.Sort(found)
			if diff := cmp.Diff([]audit.Code{0x002F, 0x0035, 0xC02F, 0xC030}, found); diff != "" || f.SuitesAnswer != audit.NotAsked {
				t.Errorf("%s %s, notes %q", diff, f.SuitesAnswer, o.Notes)
			}
			if len(f.SuitesRefused) != len(all)-3 {
				t.Errorf("%d suites refused of %d", len(f.SuitesRefused), len(all))
			}
		})
	}
}

// TestQuickDies: a peer that stops answering, or says no to everything from some
// connection on, has refused nothing.
func TestQuickDies(t *testing.T) {
	t.Parallel()
	for _, last := range []string{"", "\x15\x03\x03\x00\x02\x02\x28"} {
		for limit := int32(1); limit <= 14; limit++ {
			t.Run(fmt.Sprintf("%d, then %q", limit, last), func(t *testing.T) {
				t.Parallel()
				s := usual(t)
				inner := s.Handler()
				var served atomic.Int32
				o := quickly(t, func(ctx context.Context, conn net.Conn) {
					if served.Add(1) <= limit {
						inner(ctx, conn)
					} else if last != "" {
						_, _ = peekHello(conn)
						_, _ = conn.Write([]byte(last))
					}
				}, inQuestion(0x0005, 0x002F, 0x0035, 0x009F, 0xC02B), scanner.Options{PerHost: 1, Timeout: 20 * time.Second})
				for _, f := range o.Versions {
					if len(f.SuitesRefused) > 0 && f.SuitesAnswer != audit.NotAsked {
						t.Errorf("%s: %s, refused %v", f.Version, f.SuitesAnswer, f.SuitesRefused)
					}
					_, truth := s.Truth(f.Version)
					for _, code := range f.SuitesRefused {
						if slices.Contains(truth, code) {
							t.Errorf("%s is called refused", code)
						}
					}
				}
				if o.Version(audit.TLSv12).Answer == audit.Accepted && o.Lacks(audit.NeedChains) == "" {
					t.Error("all chains are said to have been read")
				}
			})
		}
	}
}

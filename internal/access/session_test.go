package access

import (
	"fmt"
	"io"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"testing"
	"time"
)

func prefixes(t *testing.T, list ...string) (all []netip.Prefix) {
	t.Helper()
	for _, text := range list {
		p, err := netip.ParsePrefix(text)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, p)
	}
	return all
}

// TestSessionEnds: without use, after its time, and when the clock is set back.
func TestSessionEnds(t *testing.T) {
	for _, tt := range []struct {
		name  string
		moves []time.Duration
		want  bool
	}{
		{"at once", nil, true},
		{"used now and then", []time.Duration{50 * time.Minute, 50 * time.Minute, 50 * time.Minute}, true},
		{"not used", []time.Duration{61 * time.Minute}, false},
		{"used all day", []time.Duration{50 * time.Minute, 50 * time.Minute, 50 * time.Minute, 50 * time.Minute, 50 * time.Minute}, false},
		{"the clock was set back", []time.Duration{-2 * time.Hour}, false},
	} {
		c := &clock{}
		s := newSessions(c.now, time.Hour, 4*time.Hour, 10, 5)
		secret := s.start(Identity{Name: "vera", Role: Viewer, Via: viaToken}, Token{})
		ok := true
		for _, move := range append(tt.moves, 0) {
			c.move(move)
			_, ok = s.use(secret)
		}
		if ok != tt.want {
			t.Errorf("%s: %v", tt.name, ok)
		}
		if !ok && s.len() != 0 {
			t.Errorf("%s: it is kept", tt.name)
		}
	}
}

// TestSessionBounds: one name cannot push others out, and the table is bounded.
func TestSessionBounds(t *testing.T) {
	c := &clock{}
	s := newSessions(c.now, time.Hour, time.Hour, 10, 3)
	otto := s.start(Identity{Name: "otto", Role: Operator, Via: viaToken}, Token{})
	for range 20 {
		c.move(time.Second)
		s.start(Identity{Name: "vera", Role: Viewer, Via: viaToken}, Token{})
	}
	if s.len() != 4 {
		t.Errorf("%d sessions, want one of otto and three of vera", s.len())
	}
	if _, ok := s.use(otto); !ok {
		t.Error("vera pushed otto out")
	}
	for i := range 50 {
		c.move(time.Second)
		s.start(Identity{Name: fmt.Sprint("guest", i), Role: Viewer, Via: viaOIDC}, Token{})
	}
	if s.len() != 10 {
		t.Errorf("%d sessions, want 10", s.len())
	}
	c.move(2 * time.Hour)
	s.start(Identity{Name: "otto", Role: Operator, Via: viaToken}, Token{})
	if s.len() != 1 {
		t.Errorf("%d sessions, want those that ran out gone", s.len())
	}
	for _, secret := range []string{"", strings.Repeat("A", 43), strings.Repeat("A", 1<<20)} {
		if _, ok := s.use(secret); ok {
			t.Errorf("%.50q is a session", secret)
		}
	}
}

// TestStreamEnds: what is under way ends with the right to it, within seconds:
// the session that is ended or runs out, and the token that is taken out or gets
// to its last day.
func TestStreamEnds(t *testing.T) {
	for _, tt := range []struct {
		name   string
		bearer bool
		ends   func(*testing.T, *stage, *http.Client)
		stays  bool
	}{
		{"signed out", false, func(_ *testing.T, s *stage, b *http.Client) {
			s.ask(b, "POST", "/logout", url.Values{"csrf": {s.formToken(b)}})
		}, false},
		{"not used for long", false, func(_ *testing.T, s *stage, _ *http.Client) { s.clock.move(2 * time.Hour) }, false},
		{"its token was taken out", false, func(t *testing.T, s *stage, _ *http.Client) {
			writeFile(t, s.file, "# nobody\n")
			s.clock.move(recheck)
		}, false},
		{"the token was taken out", true, func(t *testing.T, s *stage, _ *http.Client) {
			writeFile(t, s.file, "# nobody\n")
			s.clock.move(recheck)
		}, false},
		{"a session in use", false, func(*testing.T, *stage, *http.Client) {}, true},
		{"a token that holds", true, func(_ *testing.T, s *stage, _ *http.Client) { s.clock.move(48 * time.Hour) }, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := newStage(t, staged{})
			b := s.browser()
			r, err := http.NewRequestWithContext(t.Context(), "GET", s.base+"/stream", nil)
			if err != nil {
				t.Fatal(err)
			}
			if tt.bearer {
				r.Header.Set("Authorization", "Bearer "+s.tokens["vera"])
			} else {
				s.login(b, "vera")
			}
			answer, err := b.Do(r)
			if err != nil {
				t.Fatal(err)
			}
			defer answer.Body.Close()
			first := make([]byte, 6)
			if _, err := io.ReadFull(answer.Body, first); err != nil || string(first) != "begin\n" {
				t.Fatalf("%q %v", first, err)
			}
			tt.ends(t, s, b)
			ended := make(chan error, 1)
			go func() {
				_, err := io.ReadAll(answer.Body)
				ended <- err
			}()
			select {
			case err := <-ended:
				if tt.stays || err != nil {
					t.Errorf("the stream ended: %v", err)
				}
			case <-time.After(3 * watched):
				if !tt.stays {
					t.Error("the stream goes on")
				}
			}
		})
	}
}

// TestStreamLasts: a stream may be quiet for longer than a client may stall.
func TestStreamLasts(t *testing.T) {
	s := newStage(t, staged{tls: true, change: func(c *Config, _ *stage) { c.LocalRole, c.Bounds.Stall = Viewer, 50*time.Millisecond }})
	answer, text := s.ask(s.browser(), "GET", "/quiet", nil)
	if text != "begin\nended: <nil>" || answer.ProtoMajor != 2 {
		t.Errorf("%q by %s", text, answer.Proto)
	}
}

// TestRateLimit: a client that asks too often waits, others do not.
func TestRateLimit(t *testing.T) {
	s := newStage(t, staged{change: func(c *Config, _ *stage) {
		c.Proxies = prefixes(t, "127.0.0.1/32")
		c.Bounds.Requests, c.Bounds.RequestBurst = 1, 5
		c.Bounds.Clients = 100
	}})
	b := s.browser()
	get := func(client string) int {
		answer, _ := s.ask(b, "GET", "/login", nil, "X-Forwarded-For", client)
		if answer.StatusCode == http.StatusTooManyRequests && answer.Header.Get("Retry-After") == "" {
			t.Error("nothing says when to come back")
		}
		return answer.StatusCode
	}
	for range 5 {
		get("203.0.113.1")
	}
	if got := get("203.0.113.1"); got != http.StatusTooManyRequests {
		t.Errorf("the sixth request gets %d", got)
	}
	if got := get("203.0.113.2"); got != http.StatusOK {
		t.Errorf("another client gets %d", got)
	}
	s.clock.move(2 * time.Second)
	if got := get("203.0.113.1"); got != http.StatusOK {
		t.Errorf("two seconds later it gets %d", got)
	}
	for i := range 6 {
		get(fmt.Sprintf("2001:db8::%x", i))
	}
	if got := get("2001:db8::ffff"); got != http.StatusTooManyRequests {
		t.Errorf("another address of the same network gets %d", got)
	}
	for i := range 300 {
		get(fmt.Sprintf("198.51.%d.%d", i/200, i%200))
	}
	if n := s.gate.requests.order.Len(); n != 100 || len(s.gate.requests.byKey) != 100 {
		t.Errorf("the table has %d clients", n)
	}
}

// TestLoginLimit: tokens are tried a few times only, and what strangers do does
// not fill the log.
func TestLoginLimit(t *testing.T) {
	s := newStage(t, staged{})
	b := s.browser()
	form := s.loginForm(b)
	statuses := map[int]int{}
	for range 20 {
		answer, _ := s.ask(b, "POST", "/login", url.Values{"csrf": {form}, "token": {"wrong"}})
		statuses[answer.StatusCode]++
	}
	if statuses[401] != 5 || statuses[429] != 15 {
		t.Errorf("20 tries: %v", statuses)
	}
	if answer, _ := s.ask(b, "GET", "/", nil, "Authorization", "Bearer "+s.tokens["vera"]); answer.StatusCode != http.StatusTooManyRequests {
		t.Errorf("a bearer after that gets %s", answer.Status)
	}
	if got := len(s.log.actions()); got != 5 {
		t.Errorf("%d entries in the audit log", got)
	}
	s.clock.move(10 * time.Second)
	if answer, _ := s.ask(b, "POST", "/login", url.Values{"csrf": {form}, "token": {s.tokens["vera"]}}); answer.StatusCode != http.StatusSeeOther {
		t.Errorf("ten seconds later the right one gets %s", answer.Status)
	}
	j := newJournal(s.log, s.clock.now, s.log.logf)
	before := len(s.log.actions())
	for range 1000 {
		j.denied(t.Context(), Identity{}, ActionRefused, "x", netip.Addr{})
	}
	s.clock.move(time.Hour)
	j.denied(t.Context(), Identity{}, ActionRefused, "x\x1b[2J\n"+strings.Repeat("y", 9000), netip.Addr{})
	if got := len(s.log.actions()) - before; got < refusalBurst || got > refusalBurst+10 {
		t.Errorf("%d refusals kept", got)
	}
	last := s.log.entries[len(s.log.entries)-1].Detail
	if len(last) > maxDetail || strings.ContainsFunc(last, func(r rune) bool { return r < ' ' }) {
		t.Errorf("%q", last)
	}
}

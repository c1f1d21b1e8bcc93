package access

import (
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// TestLogin walks in with a token, looks around and leaves.
func TestLogin(t *testing.T) {
	s := newStage(t, staged{})
	b := s.browser()
	answer, _ := s.ask(b, "GET", "/runs?after=x", nil, "Accept", "text/html")
	if answer.StatusCode != http.StatusSeeOther || answer.Header.Get("Location") != "/login?next="+url.QueryEscape("/runs?after=x") {
		t.Errorf("a stranger gets %s to %q", answer.Status, answer.Header.Get("Location"))
	}
	answer, _ = s.ask(b, "GET", "/runs", nil, "Accept", "application/json")
	if answer.StatusCode != http.StatusUnauthorized || !strings.HasPrefix(answer.Header.Get("WWW-Authenticate"), "Bearer") {
		t.Errorf("a program gets %s", answer.Status)
	}
	form := s.loginForm(b)
	answer, _ = s.ask(b, "POST", "/login", url.Values{"csrf": {form}, "token": {"tlsaudit_wrong"}})
	if answer.StatusCode != http.StatusUnauthorized {
		t.Errorf("a wrong token gets %s", answer.Status)
	}
	answer, _ = s.ask(b, "POST", "/login", url.Values{"csrf": {form}, "token": {s.tokens["otto"]}, "next": {"/runs?after=x"}})
	if answer.StatusCode != http.StatusSeeOther || answer.Header.Get("Location") != "/runs?after=x" {
		t.Errorf("the right token gets %s to %q", answer.Status, answer.Header.Get("Location"))
	}
	if _, page := s.ask(b, "GET", "/", nil); !strings.HasPrefix(page, "GET otto operator token form=") {
		t.Errorf("the page says %q", page)
	}
	answer, _ = s.ask(b, "POST", "/logout", url.Values{"csrf": {"wrong"}})
	if answer.StatusCode != http.StatusForbidden {
		t.Errorf("a forged logout gets %s", answer.Status)
	}
	at, _ := url.Parse(s.base)
	cookies := b.Jar.Cookies(at)
	answer, _ = s.ask(b, "POST", "/logout", url.Values{"csrf": {s.formToken(b)}})
	if answer.StatusCode != http.StatusSeeOther || s.gate.sessions.len() != 0 {
		t.Errorf("logout gets %s, and %d sessions are left", answer.Status, s.gate.sessions.len())
	}
	b.Jar.SetCookies(at, cookies) // somebody kept the cookie
	answer, _ = s.ask(b, "GET", "/", nil)
	if answer.StatusCode != http.StatusUnauthorized {
		t.Errorf("the cookie of an ended session gets %s", answer.Status)
	}
	want := []string{": login refused", "otto: login", "otto: request refused", "otto: logout"}
	if diff := cmp.Diff(want, s.log.actions()); diff != "" {
		t.Errorf("audit log: %s", diff)
	}
	for name, secret := range s.tokens {
		if strings.Contains(s.log.everything(), secret) {
			t.Errorf("the token of %s is in a log", name)
		}
	}
}

// TestCookieFlags looks at the cookies themselves.
func TestCookieFlags(t *testing.T) {
	for _, secure := range []bool{false, true} {
		s := newStage(t, staged{tls: secure})
		b := s.browser()
		answer, _ := s.ask(b, "POST", "/login", url.Values{"csrf": {s.loginForm(b)}, "token": {s.tokens["vera"]}})
		i := slices.IndexFunc(answer.Cookies(), func(c *http.Cookie) bool { return strings.HasSuffix(c.Name, sessionCookie) })
		if i < 0 {
			t.Fatalf("no session: %s %v", answer.Status, answer.Header)
		}
		c := answer.Cookies()[i]
		if !c.HttpOnly || c.SameSite != http.SameSiteLaxMode || c.Path != "/" || c.Domain != "" || c.Secure != secure || strings.HasPrefix(c.Name, "__Host-") != secure || c.MaxAge != 0 || !c.Expires.IsZero() || len(c.Value) != 43 {
			t.Errorf("TLS %v: %s", secure, c.Raw)
		}
		if hsts := answer.Header.Get("Strict-Transport-Security"); (hsts != "") != secure {
			t.Errorf("TLS %v: HSTS is %q", secure, hsts)
		}
		if secure && answer.ProtoMajor != 2 {
			t.Errorf("a browser speaks %s", answer.Proto)
		}
	}
}

// TestSessionFixation: a session that somebody else chose is never used, and
// signing in again changes it.
func TestSessionFixation(t *testing.T) {
	s := newStage(t, staged{})
	b := s.browser()
	at, _ := url.Parse(s.base)
	planted := &http.Cookie{Name: sessionCookie, Value: strings.Repeat("A", 43), Path: "/"}
	b.Jar.SetCookies(at, []*http.Cookie{planted})
	value := func() string {
		for _, c := range b.Jar.Cookies(at) {
			if c.Name == sessionCookie {
				return c.Value
			}
		}
		return ""
	}
	s.login(b, "vera")
	first := value()
	if first == planted.Value || first == "" {
		t.Fatalf("the session is %q", first)
	}
	s.login(b, "otto")
	if second := value(); second == first || s.gate.sessions.len() != 1 {
		t.Errorf("signing in again keeps the session, or leaves the old one: %d", s.gate.sessions.len())
	}
	for _, stale := range []string{planted.Value, first} {
		answer, _ := s.ask(s.browser(), "GET", "/", nil, "Cookie", sessionCookie+"="+stale)
		if answer.StatusCode != http.StatusUnauthorized {
			t.Errorf("an old or foreign session gets %s", answer.Status)
		}
	}
	// A second cookie of the same name is somebody else's; neither counts.
	answer, _ := s.ask(s.browser(), "GET", "/", nil, "Cookie", sessionCookie+"="+value()+"; "+sessionCookie+"=x")
	if answer.StatusCode != http.StatusUnauthorized {
		t.Errorf("two sessions get %s", answer.Status)
	}
}

// TestBearer sends tokens as programs do.
func TestBearer(t *testing.T) {
	s := newStage(t, staged{change: func(c *Config, _ *stage) { c.Bounds.Logins = 100 }})
	for _, tt := range []struct {
		name, method, header string
		want                 int
	}{
		{"viewer reads", "GET", "Bearer " + s.tokens["vera"], 200},
		{"scheme in any case", "GET", "bearer " + s.tokens["vera"], 200},
		{"viewer starts", "POST", "Bearer " + s.tokens["vera"], 403},
		{"operator starts, without a form", "POST", "Bearer " + s.tokens["otto"], 200},
		{"wrong", "GET", "Bearer tlsaudit_" + strings.Repeat("A", 43), 401},
		{"empty", "GET", "Bearer ", 401},
		{"another scheme", "GET", "Basic " + s.tokens["vera"], 401},
		{"one character less", "GET", "Bearer " + s.tokens["vera"][:50], 401},
		{"with a space", "GET", "Bearer  " + s.tokens["vera"], 401},
		{"long", "GET", "Bearer " + strings.Repeat("A", 9000), 401},
		{"a session's cookie as a token", "GET", "Bearer " + s.gate.sessions.start(Identity{Name: "vera", Role: Viewer, Via: viaToken}, Token{}), 401},
	} {
		t.Run(tt.name, func(t *testing.T) {
			answer, text := s.ask(s.browser(), tt.method, "/metrics", nil, "Authorization", tt.header)
			if answer.StatusCode != tt.want {
				t.Errorf("%s, want %d: %s", answer.Status, tt.want, text)
			}
		})
	}
	answer, _ := s.ask(s.browser(), "GET", "/", nil, "Authorization", "Bearer "+s.tokens["vera"], "Authorization", "Bearer "+s.tokens["otto"])
	if answer.StatusCode != http.StatusBadRequest {
		t.Errorf("two tokens get %s", answer.Status)
	}
	b := s.browser()
	s.login(b, "otto")
	answer, _ = s.ask(b, "GET", "/", nil, "Authorization", "Bearer nonsense")
	if answer.StatusCode != http.StatusUnauthorized {
		t.Errorf("a token that does not hold beside a session gets %s", answer.Status)
	}
}

// TestRevoked: a token that is taken out of the file ends what began with it.
func TestRevoked(t *testing.T) {
	s := newStage(t, staged{})
	b := s.browser()
	s.login(b, "otto")
	writeFile(t, s.file, "# nobody\n")
	s.clock.move(recheck)
	if answer, _ := s.ask(b, "GET", "/", nil); answer.StatusCode != http.StatusUnauthorized {
		t.Errorf("the session of a revoked token gets %s", answer.Status)
	}
	if answer, _ := s.ask(s.browser(), "GET", "/", nil, "Authorization", "Bearer "+s.tokens["otto"]); answer.StatusCode != http.StatusUnauthorized {
		t.Errorf("a revoked token gets %s", answer.Status)
	}
}

// TestRoles: a viewer changes nothing.
func TestRoles(t *testing.T) {
	s := newStage(t, staged{change: func(c *Config, _ *stage) {
		c.Needs = func(r *http.Request) Role {
			if r.Method == http.MethodPost || r.URL.Path == "/log" {
				return Operator
			}
			return Viewer
		}
	}})
	for _, tt := range []struct {
		name, method, path string
		want               int
	}{
		{"vera", "GET", "/", 200}, {"vera", "HEAD", "/", 200}, {"vera", "GET", "/log", 403}, {"vera", "POST", "/audit", 403},
		{"otto", "GET", "/", 200}, {"otto", "GET", "/log", 200}, {"otto", "POST", "/audit", 200},
		{"otto", "DELETE", "/audit", 405}, {"otto", "PUT", "/audit", 405}, {"otto", "OPTIONS", "/audit", 405}, {"otto", "TRACE", "/audit", 405},
	} {
		b := s.browser()
		s.login(b, tt.name)
		s.clock.move(time.Minute) // time for another login
		var form url.Values
		if tt.method == "POST" {
			form = url.Values{"csrf": {s.formToken(b)}}
		}
		if answer, text := s.ask(b, tt.method, tt.path, form); answer.StatusCode != tt.want {
			t.Errorf("%s %s by %s: %s, want %d: %s", tt.method, tt.path, tt.name, answer.Status, tt.want, text)
		}
	}
	if Viewer.May(Operator) || Nobody.May(Viewer) || Role("admin").May(Viewer) || Operator.May("admin") || !Operator.May(Viewer) {
		t.Error("the order of roles is wrong")
	}
}

// TestCSRF sends what pages of other sites can make a browser send.
func TestCSRF(t *testing.T) {
	s := newStage(t, staged{})
	b := s.browser()
	s.login(b, "otto")
	own := s.formToken(b)
	other := s.browser()
	s.login(other, "otto")
	foreign := s.formToken(other)
	for _, tt := range []struct {
		name    string
		form    url.Values
		headers []string
		want    int
	}{
		{"own form", url.Values{"csrf": {own}}, []string{"Sec-Fetch-Site", "same-origin", "Origin", s.base}, 200},
		{"own form, old browser", url.Values{"csrf": {own}}, []string{"Origin", s.base}, 200},
		{"no form token", url.Values{}, nil, 403},
		{"empty form token", url.Values{"csrf": {""}}, nil, 403},
		{"another session's", url.Values{"csrf": {foreign}}, nil, 403},
		{"another site, with the token", url.Values{"csrf": {own}}, []string{"Sec-Fetch-Site", "cross-site"}, 403},
		{"another port", url.Values{"csrf": {own}}, []string{"Sec-Fetch-Site", "same-site"}, 403},
		{"another origin, old browser", url.Values{"csrf": {own}}, []string{"Origin", "https://evil.example.com"}, 403},
		{"an origin without a name", url.Values{"csrf": {own}}, []string{"Origin", "null"}, 403},
		{"two origins", url.Values{"csrf": {own}}, []string{"Origin", s.base, "Origin", "https://evil.example.com"}, 400},
		{"method override", url.Values{"csrf": {own}}, []string{"X-HTTP-Method-Override", "GET"}, 400},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if answer, text := s.ask(b, "POST", "/audit", tt.form, tt.headers...); answer.StatusCode != tt.want {
				t.Errorf("%s, want %d: %s", answer.Status, tt.want, text)
			}
		})
	}
	if answer, _ := s.ask(b, "POST", "/audit?csrf="+url.QueryEscape(own), url.Values{}); answer.StatusCode != http.StatusForbidden {
		t.Errorf("a form token in the address gets %s", answer.Status)
	}
	t.Run("login", func(t *testing.T) { // nobody is signed in by another site
		victim := s.browser()
		attacker := s.browser()
		form := url.Values{"csrf": {s.loginForm(attacker)}, "token": {s.tokens["vera"]}}
		if answer, _ := s.ask(victim, "POST", "/login", form); answer.StatusCode != http.StatusForbidden {
			t.Errorf("without a cookie: %s", answer.Status)
		}
		s.loginForm(victim)
		s.clock.move(time.Minute)
		if answer, _ := s.ask(victim, "POST", "/login", form); answer.StatusCode != http.StatusForbidden {
			t.Errorf("with the form of another browser: %s", answer.Status)
		}
	})
}

// TestLocal: without a way to sign in, who is on this machine reads, and does
// no more unless told so.
func TestLocal(t *testing.T) {
	for _, tt := range []struct {
		role       Role
		read, post int
	}{{"", 200, 403}, {Viewer, 200, 403}, {Operator, 200, 200}, {Nobody, 401, 401}} {
		s := newStage(t, staged{change: func(c *Config, _ *stage) { c.Tokens, c.LocalRole = nil, tt.role }})
		b := s.browser()
		if answer, _ := s.ask(b, "GET", "/", nil); answer.StatusCode != tt.read {
			t.Errorf("role %q: reading gets %s", tt.role, answer.Status)
		}
		form := url.Values{}
		if tt.read == 200 {
			form.Set("csrf", s.formToken(b))
		}
		if answer, _ := s.ask(b, "POST", "/audit", form); answer.StatusCode != tt.post {
			t.Errorf("role %q: starting gets %s", tt.role, answer.Status)
		}
		if tt.role == Operator {
			if answer, _ := s.ask(b, "POST", "/audit", url.Values{}); answer.StatusCode != http.StatusForbidden {
				t.Errorf("without a form token: %s", answer.Status)
			}
		}
		if answer, _ := s.ask(b, "GET", "/login", nil); answer.StatusCode != http.StatusNotFound {
			t.Errorf("the login page gets %s", answer.Status)
		}
	}
}

// TestSignInIsOffered: who may read without signing in learns where to do so, where
// one can.
func TestSignInIsOffered(t *testing.T) {
	for name, tt := range map[string]struct {
		change func(*Config)
		want   string
	}{
		"there is a way": {func(c *Config) { c.LocalRole = Viewer }, loginPath},
		"there is none":  {func(c *Config) { c.Tokens = nil }, ""},
	} {
		s := newStage(t, staged{change: func(c *Config, _ *stage) { tt.change(c) }})
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "/", nil)
		if err != nil {
			t.Fatal(err)
		}
		who, status := s.gate.identify(r, netip.MustParseAddr("127.0.0.1"))
		if got := SignIn(withGranted(t.Context(), who)); status != 0 || got != tt.want {
			t.Errorf("%s: %q, %d", name, got, status)
		}
	}
}

// TestOpen: what programs on this machine ask for needs no token, unless a
// proxy may stand between.
func TestOpen(t *testing.T) {
	for _, tt := range []struct {
		name   string
		change func(*Config)
		want   int
	}{
		{"loopback", func(*Config) {}, 200},
		{"behind a proxy", func(c *Config) { c.Proxies = []netip.Prefix{netip.MustParsePrefix("192.0.2.1/32")} }, 401},
		{"under another name", func(c *Config) { c.Hosts = []string{"audit.example.com"} }, 401},
	} {
		s := newStage(t, staged{change: func(c *Config, _ *stage) { c.Open = []string{"/metrics"}; tt.change(c) }})
		if answer, _ := s.ask(s.browser(), "GET", "/metrics", nil); answer.StatusCode != tt.want {
			t.Errorf("%s: %s", tt.name, answer.Status)
		}
		if answer, _ := s.ask(s.browser(), "GET", "/metrics/more", nil); answer.StatusCode != http.StatusUnauthorized {
			t.Errorf("%s: another path gets %s", tt.name, answer.Status)
		}
	}
}

// TestAuditLogDown: what cannot be kept is not done.
func TestAuditLogDown(t *testing.T) {
	s := newStage(t, staged{change: func(c *Config, _ *stage) {
		c.Action = func(r *http.Request) (string, string) {
			if strings.HasPrefix(r.URL.Path, "/download") {
				return "download", ""
			}
			return "", ""
		}
	}})
	b := s.browser()
	s.login(b, "vera")
	if answer, _ := s.ask(b, "GET", "/download/report.json?x=1", nil); answer.StatusCode != 200 {
		t.Errorf("a download gets %s", answer.Status)
	}
	if want := []string{"vera: login", "vera: download"}; cmp.Diff(want, s.log.actions()) != "" || s.log.entries[1].Detail != "GET /download/report.json?x=1 [token]" || s.log.entries[1].Remote != "127.0.0.1" || s.log.entries[1].Role != "viewer" {
		t.Errorf("audit log: %+v", s.log.entries)
	}
	s.log.breakIt()
	if answer, _ := s.ask(b, "GET", "/download/report.json", nil); answer.StatusCode != http.StatusServiceUnavailable {
		t.Errorf("a download that cannot be kept gets %s", answer.Status)
	}
	if answer, _ := s.ask(b, "GET", "/", nil); answer.StatusCode != 200 {
		t.Errorf("reading gets %s", answer.Status)
	}
	other := s.browser()
	answer, _ := s.ask(other, "POST", "/login", url.Values{"csrf": {s.loginForm(other)}, "token": {s.tokens["vera"]}})
	if answer.StatusCode != http.StatusServiceUnavailable || len(answer.Cookies()) != 0 {
		t.Errorf("a login that cannot be kept gets %s", answer.Status)
	}
}

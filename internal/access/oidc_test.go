package access

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/google/go-cmp/cmp"
)

// organised is a stage whose people sign in at an issuer.
func organised(t *testing.T) (*stage, *issuer) {
	i := newIssuer(t)
	s := newStage(t, staged{change: func(c *Config, s *stage) {
		c.Tokens = nil
		c.Bounds.Logins = 1000
		c.OIDC = &OIDC{
			Issuer: i.url, ClientID: i.client, ClientSecret: "client-secret", Redirect: "http://localhost:8980" + callbackPath, Scopes: []string{"openid", "groups"},
			Viewers: []string{"tls-viewers"}, Operators: []string{"tls-operators"}, Client: IssuerClient(http.DefaultTransport), Now: s.clock.now,
		}
	}})
	return s, i
}

// TestOIDC signs in at an issuer, and tries every way not to.
func TestOIDC(t *testing.T) {
	ghost, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	set := func(name string, value any) func(*issuer, url.Values) {
		return func(i *issuer, _ url.Values) { i.claims = func(c map[string]any) { c[name] = value } }
	}
	without := func(name string) func(*issuer, url.Values) {
		return func(i *issuer, _ url.Values) { i.claims = func(c map[string]any) { delete(c, name) } }
	}
	sign := func(with func(i *issuer, p []byte) string) func(*issuer, url.Values) {
		return func(i *issuer, _ url.Values) { i.sign = func(p []byte) string { return with(i, p) } }
	}
	back := func(name, value string) func(*issuer, url.Values) {
		return func(_ *issuer, q url.Values) { q.Set(name, value) }
	}
	for _, tt := range []struct {
		name string
		bend func(*issuer, url.Values)
		role Role
		log  string // part of the reason in the audit log
	}{
		{"an operator", nil, Operator, ""},
		{"a viewer", set("groups", []string{"tls-viewers"}), Viewer, ""},
		{"a viewer of one group", set("groups", "tls-viewers"), Viewer, ""},
		{"in no group that may", set("groups", []string{"staff"}), Nobody, "in no group that may"},
		{"a group called *", set("groups", []string{"*"}), Nobody, "in no group that may"},
		{"groups are a number", set("groups", 7), Nobody, "neither a list"},
		{"no groups", without("groups"), Nobody, "in no group"},
		{"too many groups", set("groups", strings.Split(strings.Repeat("g,", 3000), ",")), Nobody, "more than"},
		{"another nonce", set("nonce", "x"), Nobody, "nonce differs"},
		{"no nonce", without("nonce"), Nobody, "nonce differs"},
		{"another audience", set("aud", "another"), Nobody, "audience"},
		{"two audiences", set("aud", []string{"tlsaudit", "another"}), Nobody, "issued to another client"},
		{"issued to another", set("azp", "another"), Nobody, "issued to another client"},
		{"expired", set("exp", time.Now().Add(-time.Minute).Unix()), Nobody, "expired"},
		{"no end", without("exp"), Nobody, "expired"},
		{"not yet", set("nbf", time.Now().Add(time.Hour).Unix()), Nobody, "nbf"},
		{"another issuer", set("iss", "https://evil.example.com"), Nobody, "different provider"},
		{"nobody", set("sub", ""), Nobody, "names nobody"},
		{"a hash of another access token", set("at_hash", "AAAAAAAAAAAAAAAAAAAAAA"), Nobody, "access token"},
		{"alg none", sign(func(_ *issuer, p []byte) string { return plain(`{"alg":"none"}`, p) }), Nobody, "malformed jwt"},
		{"alg None", sign(func(_ *issuer, p []byte) string { return plain(`{"alg":"None","kid":"one"}`, p) }), Nobody, "malformed jwt"},
		{"signed with the shared secret", sign(func(i *issuer, p []byte) string {
			return signed(i.t, jose.HS256, []byte("client-secret-client-secret-client"), "one", p)
		}), Nobody, "malformed jwt"},
		{"signed with another key", sign(func(i *issuer, p []byte) string { return signed(i.t, jose.ES256, ghost, "one", p) }), Nobody, "failed to verify"},
		{"signed with an unknown key", sign(func(i *issuer, p []byte) string { return signed(i.t, jose.ES256, ghost, "two", p) }), Nobody, "failed to verify"},
		{"signed with another kind of key", sign(func(i *issuer, p []byte) string { return signed(i.t, jose.RS256, otherKey(i.t), "one", p) }), Nobody, "failed to verify"},
		{"changed behind the signature", sign(func(i *issuer, p []byte) string {
			parts := strings.Split(signed(i.t, jose.ES256, i.key, "one", p), ".")
			forged := strings.Split(plain("{}", []byte(strings.Replace(string(p), "subject-1", "subject-2", 1))), ".")
			return parts[0] + "." + forged[1] + "." + parts[2]
		}), Nobody, "failed to verify"},
		{"no token", sign(func(*issuer, []byte) string { return "" }), Nobody, "malformed jwt"},
		{"a token that is too long", sign(func(*issuer, []byte) string { return strings.Repeat("a", maxIDToken+1) }), Nobody, "reasonable size"},
		{"an answer that is too long", func(i *issuer, _ url.Values) {
			i.answer = func(w http.ResponseWriter, _ string) bool {
				fmt.Fprintf(w, `{"access_token":"x","id_token":%q}`, strings.Repeat("a", 2*maxAnswer))
				return true
			}
		}, Nobody, "redeeming the code"},
		{"a redirect", func(i *issuer, _ url.Values) {
			i.answer = func(w http.ResponseWriter, _ string) bool {
				w.Header().Set("Location", "http://127.0.0.1:1/")
				w.WriteHeader(http.StatusTemporaryRedirect)
				return true
			}
		}, Nobody, "the issuer answered 307"},
		{"another state", back("state", "x"), Nobody, "state differs"},
		{"no state", func(_ *issuer, q url.Values) { q.Del("state") }, Nobody, "state differs"},
		{"two states", func(_ *issuer, q url.Values) { q.Add("state", q.Get("state")) }, Nobody, "state differs"},
		{"no code", func(_ *issuer, q url.Values) { q.Del("code") }, Nobody, "sent no code"},
		{"another code", back("code", "made-up"), Nobody, "the issuer answered 400 invalid_grant"},
		{"refused there", back("error", "access_denied\x1b[2J"), Nobody, "the issuer refused: access_denied?[2J"},
		{"an answer of another issuer", back("iss", "https://evil.example.com"), Nobody, "of another issuer"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s, i := organised(t)
			b := s.browser()
			answer, _ := s.ask(b, "GET", "/login/oidc?next=/runs", nil)
			q := i.authorize(answer.Header.Get("Location"))
			if tt.bend != nil {
				tt.bend(i, q)
			}
			defer func() {
				if i.asked["/token"] > 1 {
					t.Errorf("the code was sent %d times", i.asked["/token"])
				}
			}()
			answer, text := s.ask(b, "GET", callbackPath+"?"+q.Encode(), nil)
			last := s.log.entries[len(s.log.entries)-1]
			if tt.role == Nobody {
				if answer.StatusCode < 400 || s.gate.sessions.len() != 0 || !strings.Contains(last.Detail, tt.log) || last.Action != ActionLoginRefused {
					t.Errorf("%s, %d sessions, %+v", answer.Status, s.gate.sessions.len(), last)
				}
				if strings.Contains(text, "nonce") || strings.Contains(text, tt.log) && tt.log != "in no group" && tt.log != "in no group that may" {
					t.Errorf("the page tells strangers why: %s", text)
				}
				return
			}
			if answer.StatusCode != http.StatusSeeOther || answer.Header.Get("Location") != "/runs" || last.Actor != "ada" || last.Role != string(tt.role) || !strings.Contains(last.Detail, "subject-1") {
				t.Errorf("%s to %s, %+v", answer.Status, answer.Header.Get("Location"), last)
			}
			if _, page := s.ask(b, "GET", "/", nil); !strings.HasPrefix(page, "GET ada "+string(tt.role)+" oidc") {
				t.Errorf("the page says %q", page)
			}
			if again, _ := s.ask(b, "GET", callbackPath+"?"+q.Encode(), nil); again.StatusCode < 400 {
				t.Errorf("the same answer once more gets %s", again.Status)
			}
			if strings.Contains(s.log.everything(), "client-secret") || strings.Contains(s.log.everything(), "an-access-token") {
				t.Error("a secret is in a log")
			}
		})
	}
}

// TestOIDCBrowser: an answer is good in the browser that asked, for ten minutes.
func TestOIDCBrowser(t *testing.T) {
	s, i := organised(t)
	b := s.browser()
	begin := func(b *http.Client) url.Values {
		answer, _ := s.ask(b, "GET", oidcPath, nil)
		return i.authorize(answer.Header.Get("Location"))
	}
	q := begin(b)
	if answer, _ := s.ask(s.browser(), "GET", callbackPath+"?"+q.Encode(), nil); answer.StatusCode != http.StatusUnauthorized {
		t.Errorf("in another browser: %s", answer.Status)
	}
	other := s.browser()
	begin(other)
	if answer, _ := s.ask(other, "GET", callbackPath+"?"+q.Encode(), nil); answer.StatusCode != http.StatusUnauthorized {
		t.Errorf("in a browser with a login of its own: %s", answer.Status)
	}
	s.clock.move(journeyTime + time.Second)
	if answer, _ := s.ask(b, "GET", callbackPath+"?"+q.Encode(), nil); answer.StatusCode != http.StatusUnauthorized {
		t.Errorf("after ten minutes: %s", answer.Status)
	}
	for _, forged := range []string{"", "x", strings.Repeat("A", 100), s.gate.seal(&journey{})[1:]} {
		if _, err := s.gate.open(forged); err == nil {
			t.Errorf("%.20q opens", forged)
		}
	}
	if i.asked["/.well-known/openid-configuration"] != 1 || i.asked["/token"] != 0 {
		t.Errorf("the issuer was asked %v", i.asked)
	}
}

// TestOIDCDiscovery: an issuer that is down or another one does not stop the
// server, and is asked again.
func TestOIDCDiscovery(t *testing.T) {
	for name, bend := range map[string]func(map[string]any){
		"another issuer":    func(d map[string]any) { d["issuer"] = "https://evil.example.com" },
		"a script":          func(d map[string]any) { d["authorization_endpoint"] = "javascript:alert(1)" },
		"plain HTTP":        func(d map[string]any) { d["token_endpoint"] = "http://evil.example.com/token" },
		"an endless string": func(d map[string]any) { d["x"] = strings.Repeat("a", 2*maxAnswer) },
	} {
		s, i := organised(t)
		i.discovery = bend
		answer, page := s.ask(s.browser(), "GET", oidcPath, nil)
		if answer.StatusCode != http.StatusBadGateway || strings.Contains(page, "evil") || !strings.Contains(strings.Join(s.log.told, ""), "discovering") {
			t.Errorf("%s: %s, told %q", name, answer.Status, s.log.told)
		}
		i.mu.Lock()
		i.discovery = nil
		i.mu.Unlock()
		if answer, _ = s.ask(s.browser(), "GET", oidcPath, nil); answer.StatusCode != http.StatusSeeOther {
			t.Errorf("%s: when it is mended: %s", name, answer.Status)
		}
	}
}

// TestOIDCSettle refuses what cannot work or is unsafe before the server starts.
func TestOIDCSettle(t *testing.T) {
	good := func() *OIDC {
		return &OIDC{Issuer: "https://login.example.com/realm", ClientID: "x", Redirect: "https://audit.example.com" + callbackPath, Viewers: []string{"*"}}
	}
	for _, tt := range []struct {
		name  string
		bend  func(*OIDC)
		fault string
	}{
		{"good", func(*OIDC) {}, ""},
		{"plain issuer", func(o *OIDC) { o.Issuer = "http://login.example.com" }, "issuer"},
		{"issuer with a password", func(o *OIDC) { o.Issuer = "https://a:b@login.example.com" }, "issuer"},
		{"issuer with a query", func(o *OIDC) { o.Issuer = "https://login.example.com?x=y" }, "issuer"},
		{"no issuer", func(o *OIDC) { o.Issuer = "" }, "issuer"},
		{"no client", func(o *OIDC) { o.ClientID = "" }, "client_id"},
		{"another path", func(o *OIDC) { o.Redirect = "https://audit.example.com/" }, "redirect_url"},
		{"plain redirect", func(o *OIDC) { o.Redirect = "http://audit.example.com" + callbackPath }, "redirect_url"},
		{"nobody may", func(o *OIDC) { o.Viewers = nil }, "no group"},
		{"everybody operates", func(o *OIDC) { o.Operators = []string{"*"} }, "everybody as an operator"},
	} {
		o := good()
		tt.bend(o)
		err := o.settle()
		if (err == nil) != (tt.fault == "") || err != nil && (!strings.Contains(err.Error(), tt.fault) || !strings.Contains(err.Error(), "hint:")) {
			t.Errorf("%s: %v", tt.name, err)
		}
	}
}

// TestPerson: what a person is called in the log, of what an issuer says.
func TestPerson(t *testing.T) {
	for _, tt := range []struct {
		p    person
		want string
	}{
		{person{Subject: "s", Email: "ada@example.com", Username: "ada"}, "ada@example.com"},
		{person{Subject: "s", Username: " ada "}, "ada"},
		{person{Subject: "s", Username: "\x1b[2J\u202e"}, "?[2J?"},
		{person{Subject: "s"}, "s"},
		{person{Subject: "s", Username: strings.Repeat("a", 500)}, strings.Repeat("a", maxName-3) + "..."},
	} {
		if got := tt.p.name(); got != tt.want {
			t.Errorf("%+v is called %q", tt.p, got)
		}
	}
	for claim, want := range map[string][]string{`["a","","b"]`: {"a", "b"}, `"a"`: {"a"}, ``: nil, `null`: {""}} {
		p := &person{}
		if err := p.readGroups(json.RawMessage(claim)); err != nil || claim != "null" && cmp.Diff(want, p.Groups) != "" {
			t.Errorf("%s: %v %v", claim, p.Groups, err)
		}
	}
}

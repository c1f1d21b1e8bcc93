package access

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"time"

	"golang.org/x/time/rate"
)

// Gate lets requests in, or not.
type Gate struct {
	Config
	local    bool // the listener is on loopback
	origin   origin
	hosts    hosts
	sessions *sessions
	requests *buckets
	logins   *buckets
	journal  *journal
	cross    *http.CrossOriginProtection
	// key makes what is derived within this process.
	key   [32]byte
	own   map[string]http.HandlerFunc
	pulse pulse
}

// New checks a configuration and returns the gate it asks for. It refuses to
// guard less than it opens.
func New(c Config) (*Gate, error) {
	if c.Log == nil || c.Now == nil || c.Logf == nil {
		return nil, errors.New("a gate needs a log, a clock and somebody to tell of faults")
	}
	local, err := c.settle()
	if err != nil {
		return nil, err
	}
	b := c.Bounds.usual()
	c.Bounds = b
	g := &Gate{
		Config: c, local: local, origin: origin{c.Proxies}, hosts: c.Hosts,
		sessions: newSessions(c.Now, b.Idle, b.Absolute, b.Sessions, b.SessionsEach),
		requests: newBuckets(rate.Limit(b.Requests), b.RequestBurst, b.Clients),
		logins:   newBuckets(rate.Every(b.LoginEvery), b.Logins, b.Clients),
		journal:  newJournal(c.Log, c.Now, c.Logf),
		cross:    http.NewCrossOriginProtection(),
	}
	_, _ = rand.Read(g.key[:]) // it never fails
	if c.OIDC != nil {
		if err := c.OIDC.settle(); err != nil {
			return nil, err
		}
	}
	g.own = g.routes()
	return g, nil
}

// derived returns a secret of this process for a purpose.
func (g *Gate) derived(purpose, of string) string {
	m := hmac.New(sha256.New, g.key[:])
	_, _ = fmt.Fprintf(m, "%s\x00%s", purpose, of) // a hash takes everything
	return base64.RawURLEncoding.EncodeToString(m.Sum(nil))
}

// Handler guards pages.
func (g *Gate) Handler(pages http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		setHeaders(w.Header(), g.origin.secure(r))
		if status, why := malformed(r); status != 0 {
			w.Header().Set("Connection", "close") // what follows on it cannot be told apart
			if status == http.StatusMethodNotAllowed {
				w.Header().Set("Allow", "GET, HEAD, POST")
			}
			refuse(w, status, why)
			return
		}
		w = &patient{ResponseWriter: w, control: http.NewResponseController(w), now: g.Now, stall: g.Bounds.Stall}
		if r.URL.Path == "/healthz" || r.URL.Path == "/readyz" {
			g.health(w, r) // before any bound: strangers may stand behind one address with who watches
			return
		}
		client := g.origin.client(r)
		if !g.requests.take(client, g.Now()) {
			w.Header().Set("Retry-After", "1")
			refuse(w, http.StatusTooManyRequests, "too many requests: wait a moment")
			return
		}
		if !g.hosts.allow(r.Host) {
			refuse(w, http.StatusMisdirectedRequest, "this server does not go by that name")
			return
		}
		r.Body = http.MaxBytesReader(w, r.Body, g.Bounds.Body)
		if err := g.cross.Check(r); err != nil {
			g.journal.denied(r.Context(), Identity{}, ActionRefused, "sent by a page of another site: "+r.URL.Path, client)
			refuse(w, http.StatusForbidden, "this was sent by a page of another site")
			return
		}
		if own := g.own[r.Method+" "+r.URL.Path]; own != nil {
			own(w, r)
			return
		}
		g.admit(w, r, client, pages)
	})
}

// admit finds out who asks, whether that is allowed, and keeps what is to be
// kept, before the page is served.
func (g *Gate) admit(w http.ResponseWriter, r *http.Request, client netip.Addr, pages http.Handler) {
	who, status := g.identify(r, client)
	if status != 0 {
		g.challenge(w, r, status)
		return
	}
	ctx, release := who.within(r.Context())
	defer release()
	needs := Viewer
	switch {
	case g.Needs != nil:
		needs = g.Needs(r)
	case r.Method == http.MethodPost:
		needs = Operator
	}
	if !who.Role.May(needs) {
		g.journal.denied(ctx, who.Identity, ActionRefused, r.Method+" "+r.URL.Path+" is for the role "+string(needs), client)
		refuse(w, http.StatusForbidden, "this is for the role "+string(needs)+"; you are "+string(who.Role))
		return
	}
	if who.Via == viaBearer {
		vouch(r, who.form)
	} else if r.Method == http.MethodPost && !g.genuine(r, who.form) {
		g.journal.denied(ctx, who.Identity, ActionRefused, "no or a wrong form token: "+r.URL.Path, client)
		refuse(w, http.StatusForbidden, "the form is of another session, or too old: go back, load the page again and send it once more")
		return
	}
	if g.Action != nil {
		if action, detail := g.Action(r); action != "" {
			if err := g.journal.did(ctx, who.Identity, action, strings.TrimSpace(r.Method+" "+r.URL.RequestURI()+" "+detail), client); err != nil {
				refuse(w, http.StatusServiceUnavailable, "this is kept in the audit log, which cannot be written now")
				return
			}
		}
	}
	pages.ServeHTTP(w, r.WithContext(withGranted(ctx, who)))
}

// How an identity came to be known.
const (
	viaToken  = "token"
	viaBearer = "bearer"
	viaOIDC   = "oidc"
	viaLocal  = "local"
)

// identify returns who asks; status says why nobody does. A bearer token that
// does not hold is refused even where a session would have done.
func (g *Gate) identify(r *http.Request, client netip.Addr) (who granted, status int) {
	if header := r.Header.Get("Authorization"); header != "" {
		if g.logins.spent(client, g.Now()) {
			return who, http.StatusTooManyRequests
		}
		scheme, secret, _ := strings.Cut(header, " ")
		if token, ok := g.Tokens.find(secret); ok && strings.EqualFold(scheme, "Bearer") {
			id := Identity{Name: token.Name, Role: token.Role, Via: viaBearer}
			return granted{Identity: id, form: g.derived("bearer", secret), holds: func() bool { return g.Tokens.has(token) }}, 0
		}
		g.logins.take(client, g.Now())
		g.journal.denied(r.Context(), Identity{}, ActionLoginRefused, "a bearer token that does not hold: "+r.URL.Path, client)
		return who, http.StatusUnauthorized
	}
	if secret := g.cookie(r, sessionCookie); secret != "" {
		if one, ok := g.sessions.use(secret); ok {
			holds := func() bool { return g.sessions.live(secret) && (one.Via != viaToken || g.Tokens.has(one.token)) }
			if holds() {
				return granted{Identity: one.Identity, form: one.form, session: true, holds: holds}, 0
			}
			g.sessions.end(secret) // its token was taken out
		}
	}
	if g.LocalRole != Nobody || slices.Contains(g.Open, r.URL.Path) && g.Exempt() {
		role := g.LocalRole
		if role == Nobody {
			role = Viewer
		}
		who = granted{Identity: Identity{Name: "local", Role: role, Via: viaLocal}, form: g.derived("form", "local")}
		if g.Tokens != nil || g.OIDC != nil {
			who.signIn = loginPath
		}
		return who, 0
	}
	return who, http.StatusUnauthorized
}

// Exempt reports whether the listener is reached from this machine alone, so
// that Config.Open holds.
func (g *Gate) Exempt() bool {
	return g.local && len(g.Proxies) == 0 && g.hosts.loopback()
}

// genuine reports whether a form carries the token of its session.
func (g *Gate) genuine(r *http.Request, form string) bool {
	sent := r.PostFormValue(FormField)
	return form != "" && subtle.ConstantTimeCompare([]byte(sent), []byte(form)) == 1
}

// vouch puts the form token into a request that needs none, since no page can
// make a browser send a bearer token: pages then find what they look for.
func vouch(r *http.Request, form string) {
	if err := r.ParseForm(); err == nil && r.Method == http.MethodPost {
		r.PostForm.Set(FormField, form)
		r.Form.Set(FormField, form)
	}
}

// challenge asks a person to sign in, and a program for its token.
func (g *Gate) challenge(w http.ResponseWriter, r *http.Request, status int) {
	if status == http.StatusTooManyRequests {
		g.slowDown(w)
		return
	}
	if r.Method == http.MethodGet && strings.Contains(r.Header.Get("Accept"), "text/html") && r.Header.Get("Authorization") == "" {
		target := loginPath
		if next := localPath(r.URL.RequestURI()); next != "/" {
			target += "?next=" + escape(next)
		}
		http.Redirect(w, r, target, http.StatusSeeOther)
		return
	}
	w.Header().Set("WWW-Authenticate", `Bearer realm="tlsaudit"`)
	refuse(w, status, "sign in, or send Authorization: Bearer and a token")
}

func (g *Gate) slowDown(w http.ResponseWriter) {
	w.Header().Set("Retry-After", fmt.Sprint(int(g.Bounds.LoginEvery/time.Second)))
	refuse(w, http.StatusTooManyRequests, "too many tries: wait "+g.Bounds.LoginEvery.String())
}

// refuse answers with a line of plain text.
func refuse(w http.ResponseWriter, status int, why string) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.WriteHeader(status)
	fmt.Fprintln(w, why)
}

package access

import (
	"context"
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
	key [32]byte
	own map[string]http.HandlerFunc
	// ready says whether the server can do its work; nil if it always can.
	ready func(context.Context) error
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

// Ready sets what /readyz asks. It is called before the gate is used.
func (g *Gate) Ready(ready func(context.Context) error) { g.ready = ready }

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
		client := g.origin.client(r)
		if !g.requests.take(client, g.Now()) {
			w.Header().Set("Retry-After", "1")
			refuse(w, http.StatusTooManyRequests, "too many requests: wait a moment")
			return
		}
		w = &patient{ResponseWriter: w, control: http.NewResponseController(w), now: g.Now, stall: g.Bounds.Stall}
		if r.URL.Path == "/healthz" || r.URL.Path == "/readyz" {
			g.health(w, r)
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
	who, ctx, release, status := g.identify(r, client)
	defer release()
	if status != 0 {
		g.challenge(w, r, status)
		return
	}
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
		if action := g.Action(r); action != "" {
			if err := g.journal.did(ctx, who.Identity, action, r.Method+" "+r.URL.RequestURI(), client); err != nil {
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
func (g *Gate) identify(r *http.Request, client netip.Addr) (who granted, ctx context.Context, release func(), status int) {
	ctx, release = r.Context(), func() {}
	if header := r.Header.Get("Authorization"); header != "" {
		if g.logins.spent(client, g.Now()) {
			return who, ctx, release, http.StatusTooManyRequests
		}
		scheme, secret, _ := strings.Cut(header, " ")
		if token, ok := g.Tokens.find(secret); ok && strings.EqualFold(scheme, "Bearer") {
			return granted{Identity: Identity{token.Name, token.Role, viaBearer}, form: g.derived("bearer", secret)}, ctx, release, 0
		}
		g.logins.take(client, g.Now())
		g.journal.denied(ctx, Identity{}, ActionLoginRefused, "a bearer token that does not hold: "+r.URL.Path, client)
		return who, ctx, release, http.StatusUnauthorized
	}
	if secret := g.cookie(r, sessionCookie); secret != "" {
		if one, within, done, ok := g.sessions.use(ctx, secret); ok {
			if one.Via != viaToken || g.Tokens.has(one.token) {
				return granted{Identity: one.Identity, form: one.form, session: true}, within, done, 0
			}
			done()
		}
	}
	if g.LocalRole != Nobody || slices.Contains(g.Open, r.URL.Path) && g.Exempt() {
		role := g.LocalRole
		if role == Nobody {
			role = Viewer
		}
		return granted{Identity: Identity{"local", role, viaLocal}, form: g.derived("form", "local")}, ctx, release, 0
	}
	return who, ctx, release, http.StatusUnauthorized
}

// Exempt reports whether the listener is reached from this machine alone, so
// that Config.Open holds.
func (g *Gate) Exempt() bool {
	return g.local && len(g.Proxies) == 0 && g.hosts.loopback()
}

// genuine reports whether a form carries the token of its session.
func (g *Gate) genuine(r *http.Request, form string) bool {
	sent := r.Header.Get(FormHeader)
	if sent == "" {
		sent = r.PostFormValue(FormField)
	}
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

// health answers those who watch the process. It tells strangers nothing but
// yes and no.
func (g *Gate) health(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path == "/readyz" && g.ready != nil {
		if err := g.ready(r.Context()); err != nil {
			g.Logf("not ready: %v", err)
			refuse(w, http.StatusServiceUnavailable, "not ready")
			return
		}
	}
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	fmt.Fprintln(w, "ok")
}

// refuse answers with a line of plain text.
func refuse(w http.ResponseWriter, status int, why string) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.WriteHeader(status)
	fmt.Fprintln(w, why)
}

// patient gives every part of an answer its own time, so that a long one may
// take long and a client that reads nothing may not.
type patient struct {
	http.ResponseWriter
	control *http.ResponseController
	now     func() time.Time
	stall   time.Duration
}

// Write implements io.Writer.
func (p *patient) Write(b []byte) (int, error) {
	_ = p.control.SetWriteDeadline(p.now().Add(p.stall)) // a connection without deadlines has the server's
	return p.ResponseWriter.Write(b)
}

// Unwrap lets http.ResponseController find what it needs.
func (p *patient) Unwrap() http.ResponseWriter { return p.ResponseWriter }

// Flush implements http.Flusher. Nothing is under way behind it, and a stream may
// be quiet for long.
func (p *patient) Flush() {
	_ = p.control.Flush() // what cannot flush writes when it is done
	_ = p.control.SetWriteDeadline(time.Time{})
}

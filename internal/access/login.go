package access

import (
	_ "embed"
	"html/template"
	"io"
	"net/http"
	"net/netip"
	"net/url"
	"sync"
)

// The paths of the gate itself.
const (
	loginPath    = "/login"
	logoutPath   = "/logout"
	stylePath    = "/login/style.css"
	oidcPath     = "/login/oidc"
	callbackPath = "/login/oidc/callback"
)

//go:embed login.html
var loginHTML string

//go:embed login.css
var loginCSS string

// loginTemplate reads the page once.
var loginTemplate = sync.OnceValue(func() *template.Template { return template.Must(template.New("login").Parse(loginHTML)) })

// escape makes text part of a query.
func escape(text string) string { return url.QueryEscape(text) }

// routes are the paths the gate answers itself.
func (g *Gate) routes() map[string]http.HandlerFunc {
	own := map[string]http.HandlerFunc{
		"GET " + loginPath:   g.loginForm,
		"POST " + logoutPath: g.logout,
		"GET " + stylePath:   style,
	}
	if g.Tokens != nil {
		own["POST "+loginPath] = g.login
	}
	if g.OIDC != nil {
		own["GET "+oidcPath] = g.leave
		own["GET "+callbackPath] = g.comeBack
	}
	return own
}

func style(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/css; charset=utf-8")
	_, _ = io.WriteString(w, loginCSS) // the reader may be gone
}

// loginPage is what the template shows.
type loginPage struct {
	Tokens, OIDC bool
	Form, Next   string
	OIDCLink     string
	Fault        string
}

// loginForm shows the ways to sign in.
func (g *Gate) loginForm(w http.ResponseWriter, r *http.Request) {
	if g.Tokens == nil && g.OIDC == nil {
		refuse(w, http.StatusNotFound, "nobody needs to sign in here, and nobody can: the server was started without --tokens")
		return
	}
	g.showLogin(w, r, http.StatusOK, localPath(r.URL.Query().Get("next")), "")
}

// showLogin writes the page. The form carries a value that follows from a cookie
// only this server and this browser know, so that no other site can sign
// somebody in as somebody else.
func (g *Gate) showLogin(w http.ResponseWriter, r *http.Request, status int, next, fault string) {
	tie := g.cookie(r, formCookie)
	if tie == "" || len(tie) > maxSecret {
		tie = random()
		g.setCookie(w, r, formCookie, tie, 0, http.SameSiteStrictMode)
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	page := loginPage{Tokens: g.Tokens != nil, OIDC: g.OIDC != nil, Form: g.derived("login", tie), Next: next, OIDCLink: oidcPath + "?next=" + escape(next), Fault: fault}
	if err := loginTemplate().Execute(w, page); err != nil {
		g.Logf("writing the login page: %v", err)
	}
}

// login takes a token from the form.
func (g *Gate) login(w http.ResponseWriter, r *http.Request) {
	client := g.origin.client(r)
	if !g.logins.take(client, g.Now()) {
		g.slowDown(w)
		return
	}
	next := localPath(r.PostFormValue("next"))
	tie := g.cookie(r, formCookie)
	if tie == "" || !g.genuine(r, g.derived("login", tie)) {
		g.journal.denied(r.Context(), Identity{}, ActionLoginRefused, "no or a wrong form token", client)
		g.showLogin(w, r, http.StatusForbidden, next, "The form was too old, or your browser does not keep cookies. Try again.")
		return
	}
	token, ok := g.Tokens.find(r.PostFormValue("token"))
	if !ok {
		g.journal.denied(r.Context(), Identity{}, ActionLoginRefused, "a token that does not hold", client)
		g.showLogin(w, r, http.StatusUnauthorized, next, "This token does not hold here, or no longer.")
		return
	}
	if g.signIn(w, r, Identity{Name: token.Name, Role: token.Role, Via: viaToken}, token, "", client) {
		http.Redirect(w, r, next, http.StatusSeeOther)
	}
}

// signIn begins a session with a new secret; one the browser had before ends.
// It has answered the request where it returns false.
func (g *Gate) signIn(w http.ResponseWriter, r *http.Request, id Identity, token Token, how string, client netip.Addr) bool {
	if err := g.journal.did(r.Context(), id, ActionLogin, how, client); err != nil {
		refuse(w, http.StatusServiceUnavailable, "signing in is kept in the audit log, which cannot be written now")
		return false
	}
	if old := g.cookie(r, sessionCookie); old != "" {
		g.sessions.end(old)
	}
	// Lax, so that a link in a mail finds its reader signed in; what is sent from
	// elsewhere does not carry it, and changes nothing anyhow.
	g.setCookie(w, r, sessionCookie, g.sessions.start(id, token), 0, http.SameSiteLaxMode)
	g.setCookie(w, r, formCookie, "", -1, http.SameSiteStrictMode)
	return true
}

// logout ends the session that sends the form.
func (g *Gate) logout(w http.ResponseWriter, r *http.Request) {
	client := g.origin.client(r)
	who, _ := g.identify(r, client)
	if who.session {
		if !g.genuine(r, who.form) {
			g.journal.denied(r.Context(), who.Identity, ActionRefused, "no or a wrong form token: "+logoutPath, client)
			refuse(w, http.StatusForbidden, "the form is of another session: go back, load the page again and send it once more")
			return
		}
		g.sessions.end(g.cookie(r, sessionCookie))
		// That somebody is out must not depend on whether it can be written down.
		_ = g.journal.did(r.Context(), who.Identity, ActionLogout, "", client)
	}
	g.setCookie(w, r, sessionCookie, "", -1, http.SameSiteLaxMode)
	w.Header().Set("Clear-Site-Data", `"cache"`)
	http.Redirect(w, r, loginPath, http.StatusSeeOther)
}

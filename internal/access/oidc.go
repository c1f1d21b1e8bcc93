package access

import (
	"cmp"
	"context"
	"crypto/subtle"
	"errors"
	"fmt"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"tlsaudit/audit"
)

// OIDC is an OpenID Connect issuer whose people may sign in.
type OIDC struct {
	// Issuer is its URL, by which it is discovered when somebody first signs in.
	Issuer                 string
	ClientID, ClientSecret string
	// Redirect is the address of this server's callbackPath as browsers reach it.
	Redirect string
	// Scopes are asked for; openid always is. GroupsClaim is the claim that lists
	// the groups somebody is in ("groups").
	Scopes      []string
	GroupsClaim string
	// Viewers and Operators are the groups that may; "*" in Viewers stands for
	// everybody the issuer vouches for.
	Viewers, Operators []string
	// Client speaks to the issuer; see IssuerClient.
	Client *http.Client
	Now    func() time.Time

	mu       sync.Mutex // guards what follows
	provider *oidc.Provider
}

// algorithms are the signatures taken on an ID token: none that an issuer and a
// client would share a key for, and never none.
var algorithms = []string{oidc.RS256, oidc.RS384, oidc.RS512, oidc.PS256, oidc.PS384, oidc.PS512, oidc.ES256, oidc.ES384, oidc.ES512, oidc.EdDSA}

// settle checks what can be checked without the issuer.
func (o *OIDC) settle() error {
	refuse := func(hint, format string, args ...any) error {
		return &audit.InputError{Cause: fmt.Sprintf("access.oidc: "+format, args...), Hint: hint}
	}
	back, err := url.Parse(o.Redirect)
	switch {
	case !webURL(o.Issuer):
		return refuse("write the URL the issuer gives itself, such as https://login.example.com/realm", "the issuer %.200q is not an https:// URL", o.Issuer)
	case o.ClientID == "":
		return refuse("register this server with the issuer", "there is no client_id")
	case err != nil || !webURL(o.Redirect) || back.Path != callbackPath:
		return refuse("write https://NAME:PORT"+callbackPath+", and register the same with the issuer", "the redirect_url %.200q is not an https:// URL that ends in %s", o.Redirect, callbackPath)
	case len(o.Viewers)+len(o.Operators) == 0:
		return refuse(`name them under viewers and operators; "*" in viewers stands for everybody`, "no group may do anything")
	case slices.Contains(o.Operators, "*"):
		return refuse("name the groups that may start audits", "everybody as an operator")
	}
	o.GroupsClaim = cmp.Or(o.GroupsClaim, "groups")
	return nil
}

// webURL reports whether a URL speaks TLS, or stays on this machine.
func webURL(text string) bool {
	u, err := url.Parse(text)
	if err != nil || u.Host == "" || u.User != nil || u.Fragment != "" || u.RawQuery != "" {
		return false
	}
	return u.Scheme == "https" || u.Scheme == "http" && hosts{u.Hostname()}.loopback()
}

// discover asks the issuer for its addresses and keys, once.
func (o *OIDC) discover(ctx context.Context) (*oidc.Provider, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.provider != nil {
		return o.provider, nil
	}
	// Whoever comes first must not break it off for those who come later.
	p, err := oidc.NewProvider(oidc.ClientContext(context.WithoutCancel(ctx), o.Client), o.Issuer)
	if err != nil {
		return nil, fmt.Errorf("discovering %s: %w", o.Issuer, err)
	}
	if e := p.Endpoint(); !webURL(strings.SplitN(e.AuthURL, "?", 2)[0]) || !webURL(e.TokenURL) {
		return nil, fmt.Errorf("discovering %s: its addresses are not https:// URLs", o.Issuer)
	}
	o.provider = p
	return p, nil
}

// style is how the issuer is told the client's secret. It is not found out by
// trying: a code that is sent twice is a code somebody may have stolen.
func (o *OIDC) style(p *oidc.Provider) oauth2.AuthStyle {
	var said struct {
		Methods []string `json:"token_endpoint_auth_methods_supported"`
	}
	err := p.Claims(&said)
	if o.ClientSecret == "" || err == nil && len(said.Methods) > 0 && !slices.Contains(said.Methods, "client_secret_basic") {
		return oauth2.AuthStyleInParams
	}
	return oauth2.AuthStyleInHeader
}

func (o *OIDC) config(p *oidc.Provider) *oauth2.Config {
	scopes, endpoint := []string{oidc.ScopeOpenID}, p.Endpoint()
	endpoint.AuthStyle = o.style(p)
	for _, s := range o.Scopes {
		if s != oidc.ScopeOpenID {
			scopes = append(scopes, s)
		}
	}
	return &oauth2.Config{ClientID: o.ClientID, ClientSecret: o.ClientSecret, Endpoint: endpoint, RedirectURL: o.Redirect, Scopes: scopes}
}

// exchange turns a code into somebody, whose token has been verified: signed by
// the issuer, for this client, for this very login, and not run out.
func (o *OIDC) exchange(ctx context.Context, code string, j *journey) (*person, error) {
	p, err := o.discover(ctx)
	if err != nil {
		return nil, err
	}
	ctx = oidc.ClientContext(ctx, o.Client)
	answer, err := o.config(p).Exchange(ctx, code, oauth2.VerifierOption(j.Verifier))
	if err != nil {
		return nil, fmt.Errorf("redeeming the code: %w", unquoted(err))
	}
	raw, ok := answer.Extra("id_token").(string)
	if !ok || len(raw) > maxIDToken {
		return nil, errors.New("the issuer sent no ID token of a reasonable size")
	}
	token, err := p.Verifier(&oidc.Config{ClientID: o.ClientID, SupportedSigningAlgs: algorithms, Now: o.Now}).Verify(ctx, raw)
	if err != nil {
		return nil, fmt.Errorf("verifying the ID token: %w", err)
	}
	if subtle.ConstantTimeCompare([]byte(token.Nonce), []byte(j.Nonce)) != 1 {
		return nil, errors.New("the ID token is of another login: its nonce differs")
	}
	if token.AccessTokenHash != "" {
		if err := token.VerifyAccessToken(answer.AccessToken); err != nil {
			return nil, fmt.Errorf("verifying the ID token: %w", err)
		}
	}
	who := &person{Subject: token.Subject}
	if err := who.read(token, o); err != nil {
		return nil, err
	}
	return who, nil
}

// unquoted leaves off what the issuer answered: it may repeat what it was sent.
func unquoted(err error) error {
	var refused *oauth2.RetrieveError
	if errors.As(err, &refused) && refused.Response != nil {
		return fmt.Errorf("the issuer answered %d %s", refused.Response.StatusCode, clean(refused.ErrorCode, maxName))
	}
	return err
}

// roleOf is the greatest role one of the groups has; Nobody if none has one.
func (o *OIDC) roleOf(groups []string) Role {
	in := func(list []string) bool {
		return slices.ContainsFunc(groups, func(g string) bool { return g != "*" && slices.Contains(list, g) })
	}
	switch {
	case in(o.Operators):
		return Operator
	case slices.Contains(o.Viewers, "*") || in(o.Viewers):
		return Viewer
	}
	return Nobody
}

// leave sends a browser to the issuer.
func (g *Gate) leave(w http.ResponseWriter, r *http.Request) {
	client := g.origin.client(r)
	if !g.logins.take(client, g.Now()) {
		g.slowDown(w)
		return
	}
	p, err := g.OIDC.discover(r.Context())
	if err != nil {
		g.Logf("signing in: %v", err)
		g.showLogin(w, r, http.StatusBadGateway, "/", "The issuer of accounts does not answer as it should. Whoever runs this server finds the reason in its log.")
		return
	}
	j := &journey{State: random(), Nonce: random(), Verifier: oauth2.GenerateVerifier(), Next: localPath(r.URL.Query().Get("next")), Until: g.Now().Add(journeyTime)}
	g.setCookie(w, r, oidcCookie, g.seal(j), int(journeyTime/time.Second), http.SameSiteLaxMode)
	http.Redirect(w, r, g.OIDC.config(p).AuthCodeURL(j.State, oidc.Nonce(j.Nonce), oauth2.S256ChallengeOption(j.Verifier)), http.StatusSeeOther)
}

// comeBack takes what the issuer sent a browser back with.
func (g *Gate) comeBack(w http.ResponseWriter, r *http.Request) {
	client := g.origin.client(r)
	if g.logins.spent(client, g.Now()) {
		g.slowDown(w)
		return
	}
	who, next, err := g.arrive(r)
	g.setCookie(w, r, oidcCookie, "", -1, http.SameSiteLaxMode)
	if err != nil {
		g.refuseArrival(w, r, client, err)
		return
	}
	role := g.OIDC.roleOf(who.Groups)
	id := Identity{Name: who.name(), Role: role, Via: viaOIDC, Subject: clean(who.Subject, maxName)}
	if role == Nobody {
		g.journal.denied(r.Context(), id, ActionLoginRefused, "in no group that may, by "+g.OIDC.Issuer, client)
		g.showLogin(w, r, http.StatusForbidden, "/", "You are known, but in no group that may see this.")
		return
	}
	if g.signIn(w, r, id, Token{}, "by "+g.OIDC.Issuer, client) {
		http.Redirect(w, r, next, http.StatusSeeOther)
	}
}

func (g *Gate) refuseArrival(w http.ResponseWriter, r *http.Request, client netip.Addr, err error) {
	g.logins.take(client, g.Now())
	g.Logf("signing in: %s", clean(err.Error(), maxDetail))
	g.journal.denied(r.Context(), Identity{}, ActionLoginRefused, "by "+g.OIDC.Issuer+": "+err.Error(), client)
	g.showLogin(w, r, http.StatusUnauthorized, "/", "Signing in did not work. Try again; whoever runs this server finds the reason in its log.")
}

// arrive checks that a browser comes back from where it was sent to, and learns
// who it is.
func (g *Gate) arrive(r *http.Request) (who *person, next string, err error) {
	q := r.URL.Query()
	j, err := g.open(g.cookie(r, oidcCookie))
	switch {
	case err != nil:
		return nil, "", err
	case len(q["state"]) != 1 || subtle.ConstantTimeCompare([]byte(q.Get("state")), []byte(j.State)) != 1:
		return nil, "", errors.New("the browser comes back from another login: its state differs")
	case q.Has("iss") && q.Get("iss") != g.OIDC.Issuer:
		return nil, "", errors.New("the answer is of another issuer")
	case q.Has("error"):
		return nil, "", fmt.Errorf("the issuer refused: %s", clean(q.Get("error"), maxName))
	case len(q["code"]) != 1 || q.Get("code") == "":
		return nil, "", errors.New("the issuer sent no code")
	}
	who, err = g.OIDC.exchange(r.Context(), q.Get("code"), j)
	return who, j.Next, err
}

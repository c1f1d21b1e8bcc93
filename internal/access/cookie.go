package access

import "net/http"

// The cookies of the gate.
const (
	sessionCookie = "tlsaudit-session" // a session
	formCookie    = "tlsaudit-login"   // ties a login form to the browser it was given to
	oidcCookie    = "tlsaudit-oidc"    // what the way to the issuer and back takes along
)

// cookieName adds __Host- where the client speaks TLS: browsers then take the
// cookie from this host only, and neither another host nor plain HTTP sets it.
func (g *Gate) cookieName(r *http.Request, name string) string {
	if g.origin.secure(r) {
		return "__Host-" + name
	}
	return name
}

// setCookie sends a cookie that no script sees and no plain connection carries.
// Without an age it ends with the browser; a negative one removes it.
func (g *Gate) setCookie(w http.ResponseWriter, r *http.Request, name, value string, age int, same http.SameSite) {
	http.SetCookie(w, &http.Cookie{
		Name: g.cookieName(r, name), Value: value, Path: "/", MaxAge: age,
		Secure: g.origin.secure(r), HttpOnly: true, SameSite: same,
	})
}

// cookie returns the value of a cookie; empty if it is not there, or there
// twice: then one of them is somebody else's.
func (g *Gate) cookie(r *http.Request, name string) string {
	found := r.CookiesNamed(g.cookieName(r, name))
	if len(found) != 1 {
		return ""
	}
	return found[0].Value
}

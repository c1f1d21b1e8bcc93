package access

import (
	"context"
	"slices"
)

// Role is what somebody may do.
type Role string

// The roles. An operator may do all a viewer may, and start things.
const (
	Nobody   Role = "none"
	Viewer   Role = "viewer"
	Operator Role = "operator"
)

// Roles lists what a token may be made for, the lesser first.
var Roles = []Role{Viewer, Operator}

// May reports whether the role suffices where another is asked for. A role that
// is not listed suffices for nothing.
func (r Role) May(wanted Role) bool {
	return slices.Contains(Roles, r) && slices.Index(Roles, r) >= slices.Index(Roles, wanted) && slices.Contains(Roles, wanted)
}

// Identity is who asks.
type Identity struct {
	// Name is the token's name, or what the issuer calls the person; bounded and
	// printable.
	Name string
	Role Role
	// Via is how it is known: a session begun with a "token" or by "oidc", a
	// "bearer" token, or "local".
	Via string
	// Subject is what the issuer calls the person by for ever; empty for others.
	Subject string
}

// granted is what the gate found out about a request.
type granted struct {
	Identity
	// form is what forms of this person must carry; empty for bearers.
	form string
	// session says that there is one to end.
	session bool
	// signIn is where there is a way to sign in, if there is one left to take.
	signIn string
	// holds says whether it still is so; nil where nothing can end it.
	holds func() bool
}

type grantedKey struct{}

func withGranted(ctx context.Context, g granted) context.Context {
	return context.WithValue(ctx, grantedKey{}, g)
}

// Who returns who makes the request of a context; false outside a gate.
func Who(ctx context.Context) (Identity, bool) {
	g, ok := ctx.Value(grantedKey{}).(granted)
	return g.Identity, ok
}

// FormToken is the value a form of a page must send back in the field FormField.
func FormToken(ctx context.Context) string {
	g, _ := ctx.Value(grantedKey{}).(granted)
	return g.form
}

// SignedIn reports whether the request belongs to a session that can be ended.
func SignedIn(ctx context.Context) bool {
	g, _ := ctx.Value(grantedKey{}).(granted)
	return g.session
}

// SignIn is where who has not signed in could; empty where nobody can, or has.
func SignIn(ctx context.Context) string {
	g, _ := ctx.Value(grantedKey{}).(granted)
	return g.signIn
}

// FormField is where a form token is sent.
const FormField = "csrf"

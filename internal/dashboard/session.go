package dashboard

import "fmt"

// Role is what somebody may do.
type Role int

// The roles, the lesser first.
const (
	Viewer Role = iota
	Operator
)

// String names the role.
func (r Role) String() string {
	switch r {
	case Viewer:
		return "viewer"
	case Operator:
		return "operator"
	}
	return fmt.Sprintf("role %d", int(r))
}

// Session says who asks. The layer in front of the pages makes it.
type Session struct {
	// Name is how the person is called; empty for nobody in particular.
	Name string
	Role Role
	// CSRF is the token that forms send back in the field "csrf". Without one no
	// form is taken.
	CSRF string
	// SignIn is where who has not signed in can; empty where nobody can, or has.
	SignIn string
	// SignOut is where a form ends the session; empty if there is none to end.
	SignOut string
}

package access

import (
	"cmp"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"time"

	"tlsaudit/audit"
)

// Config says who may come in and how.
type Config struct {
	// Listen is the address, HOST:PORT, where HOST is an IP address, localhost, or
	// empty for all addresses of the machine.
	Listen string
	// TLS says that the listener speaks TLS.
	TLS bool
	// Hosts are the names the server is asked by, beside those of loopback where it
	// listens on loopback.
	Hosts []string
	// Proxies are whose X-Forwarded-For and X-Forwarded-Proto are believed.
	Proxies []netip.Prefix
	// LocalRole is what anybody on this machine may do without signing in, on a
	// loopback listener only. Empty means Viewer where there is no way to sign
	// in, and Nobody where there is one.
	LocalRole Role
	// Tokens and OIDC are the ways to sign in; nil if there is none.
	Tokens *TokenFile
	OIDC   *OIDC
	// Log keeps who did what, and Logf tells the operator of faults.
	Log  Log
	Logf func(format string, args ...any)
	Now  func() time.Time
	// Open are paths that are served without signing in on a loopback listener
	// that no proxy stands before, such as /metrics.
	Open []string
	// Needs, if set, returns the role a request asks for. Without it reading asks
	// for a viewer, and anything else for an operator.
	Needs func(*http.Request) Role
	// Action, if set, names what a request does if that is to be kept, such as
	// "download", with what of its form is to be kept; empty if not.
	Action func(*http.Request) (action, detail string)
	Bounds Bounds
}

// Bounds are the limits of a gate; zero values mean the usual.
type Bounds struct {
	// Idle and Absolute end a session (1 h without use, 12 h in all).
	Idle, Absolute time.Duration
	// Sessions is how many there may be, and SessionsEach for one name (1000, 20).
	Sessions, SessionsEach int
	// Requests per second of one client, and how many at once (50, 300).
	Requests, RequestBurst int
	// Logins is how many tries one client has at once, and LoginEvery after which
	// time there is one more (5, 10 s).
	Logins     int
	LoginEvery time.Duration
	// Clients bounds the table of clients (10000).
	Clients int
	// Body bounds a request's body in bytes (1 MiB).
	Body int64
	// Stall is how long a client may take no byte of an answer (1 min).
	Stall time.Duration
}

func (b Bounds) usual() Bounds {
	return Bounds{
		Idle: cmp.Or(b.Idle, time.Hour), Absolute: cmp.Or(b.Absolute, 12*time.Hour),
		Sessions: cmp.Or(b.Sessions, 1000), SessionsEach: cmp.Or(b.SessionsEach, 20),
		Requests: cmp.Or(b.Requests, 50), RequestBurst: cmp.Or(b.RequestBurst, 300),
		Logins: cmp.Or(b.Logins, 5), LoginEvery: cmp.Or(b.LoginEvery, 10*time.Second),
		Clients: cmp.Or(b.Clients, 10000), Body: cmp.Or(b.Body, 1<<20), Stall: cmp.Or(b.Stall, time.Minute),
	}
}

// Loopback reports whether an address to listen on can be reached from this
// machine alone.
func Loopback(listen string) (bool, error) {
	host, port, err := net.SplitHostPort(listen)
	if err != nil || strings.Trim(port, "0123456789") != "" || port == "" {
		return false, &audit.InputError{Cause: fmt.Sprintf("%.100q is not an address to listen on", listen), Hint: "write ADDRESS:PORT, such as 127.0.0.1:8980 or [::1]:8980", Err: err}
	}
	if strings.EqualFold(host, "localhost") {
		return true, nil
	}
	if host == "" {
		return false, nil
	}
	a, err := netip.ParseAddr(host)
	if err != nil {
		return false, &audit.InputError{Cause: fmt.Sprintf("%.100q is not an IP address to listen on", host), Hint: "a name may stand for several addresses: write the one that is meant, such as 127.0.0.1:" + port, Err: err}
	}
	return a.Unmap().IsLoopback(), nil
}

// settle fills in what follows from the rest, and refuses to open more than is
// guarded.
func (c *Config) settle() (local bool, err error) {
	local, err = Loopback(c.Listen)
	if err != nil {
		return false, err
	}
	signIn := c.Tokens != nil || c.OIDC != nil
	refuse := func(hint, format string, args ...any) (bool, error) {
		return false, &audit.InputError{Cause: fmt.Sprintf(format, args...), Hint: hint}
	}
	const makeToken = "make a token with tlsaudit serve token NAME --role operator, and name its file with --tokens; or set up access.oidc in the configuration"
	outside := ""
	switch {
	case !local:
		outside = "listening on " + c.Listen
	case len(c.Proxies) > 0:
		outside = "standing behind a proxy"
	case !hosts(c.Hosts).loopback():
		outside = "being asked by the name " + strings.Join(c.Hosts, ", ")
	}
	switch {
	case outside != "" && !signIn:
		return refuse(makeToken+"; without either it listens on 127.0.0.1 for this machine alone", "%s takes a way to sign in, and there is none", outside)
	case outside != "" && c.LocalRole != "" && c.LocalRole != Nobody:
		return refuse("leave off --local-role", "%s does not go with a role for who has not signed in", outside)
	case !local && !c.TLS:
		return refuse("give --tls-cert and --tls-key, or listen on 127.0.0.1 behind a proxy that speaks TLS", "%s takes TLS, or tokens would be sent in the clear", outside)
	case !local && len(c.Hosts) == 0:
		return refuse("give the names it is asked by with --host", "%s takes the names browsers know the server by", outside)
	case c.Tokens != nil && c.OIDC == nil && c.Tokens.Len() == 0 && outside != "":
		return refuse(makeToken, "the file of tokens has none that holds: nobody could sign in")
	case c.OIDC != nil && local && len(c.Proxies) == 0 && !c.TLS && !hosts(c.Hosts).loopback():
		return refuse("give --tls-cert and --tls-key", "signing in over plain HTTP is for loopback only")
	}
	for _, h := range c.Hosts {
		if h == "" || strings.ContainsAny(h, "*/ ") || strings.HasSuffix(h, ".") {
			return refuse("write a name as browsers send it, without port or wildcard: audit.example.com", "%.100q is not a host name", h)
		}
	}
	for _, p := range c.Proxies {
		if p.Bits() == 0 {
			return refuse("name the proxy's own address, such as 127.0.0.1/32", "trusting %s as a proxy believes everybody", p)
		}
	}
	if c.LocalRole == "" {
		c.LocalRole = Nobody
		if !signIn {
			c.LocalRole = Viewer
		}
	}
	if c.LocalRole != Nobody && !c.LocalRole.May(Viewer) {
		return refuse("give none, viewer or operator", "%.80q is not a role", string(c.LocalRole))
	}
	if local {
		c.Hosts = append(append([]string{}, LoopbackHosts...), c.Hosts...)
	}
	return local, nil
}

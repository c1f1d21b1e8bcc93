// Package access stands between the network and the pages of a server: who may
// come in, what they may do, and what is kept of it.
//
// A Gate wraps a handler. In this order it refuses what is malformed, what asks
// for another host (DNS rebinding), who asks too often, and what another site
// made a browser send; then it finds out who asks, by a bearer token, a session
// or, on a loopback listener without either, by being on this machine; and what
// that person's role allows. Pages learn it from the context: Who and FormToken.
//
// Tokens are 256 random bits; a file keeps their names, roles and digests. A
// session is a random cookie that means something to this process alone. OpenID
// Connect is spoken by a library; what it leaves to the caller (state, nonce,
// who the token is for, groups, bounds) is here. The listener's TLS is the
// product's own: version 1.3, nothing to tune.
//
// The package opens no database and knows no page. What happened is told to a
// Log; what could not be told does not happen. It has no clock but the one it is
// given.
//
// Invariants: nothing that a request says about itself (X-Forwarded-For, Host,
// a cookie's age) is believed without a reason; no secret is kept or logged as
// it is; every table is bounded; a file that cannot be read grants nothing.
package access

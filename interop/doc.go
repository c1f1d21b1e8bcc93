// Package interop holds no product code. Its tests, behind the build tag
// "interop", compare what the scanner says with real servers on loopback:
// Apache httpd, nginx, Postfix, Dovecot, HAProxy, OpenSSL, GnuTLS, JSSE and
// Go.
//
// For each server the truth is established without the scanner: clients of
// other TLS libraries offer one cipher suite at one protocol version in each
// connection (force), as far as those libraries can still express it; where
// they cannot, the truth is the server's own configuration and is written in
// the test. The scanner must then agree exactly: versions, suites, and the
// server's order. A second opinion comes from nmap's ssl-enum-ciphers; every
// disagreement with it must be explained in the test, and every explanation
// must be needed.
//
// Invariants: servers run on free loopback ports with all their files in a
// folder the test owns, and only they are ended by it. A missing program is a
// failure, never a skip; the CI script installs what is needed.
package interop

// Package tlsreg holds the IANA TLS registries as data: cipher suites, named
// groups, signature schemes and alerts, with the names the common libraries and
// products give them (OpenSSL, GnuTLS, JSSE, GSKit).
//
// It says what a code point is called and made of. It does not say whether it
// is good: that is for policies. It opens no file; the tables are embedded
// (data/README.md has their sources) and parsed once, on first use.
//
// Invariants: every registered name is unique, and every code but 0x0000, which
// an SSLv2 cipher kind shares; a lookup by name ignores case and resolves every
// vendor's spelling to one code; where a name or code means a TLS suite and an
// SSLv2 cipher kind (RC4-MD5), it means the TLS suite.
// The slices returned are shared and must not be modified.
package tlsreg

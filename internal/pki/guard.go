package pki

import (
	"fmt"
	"unicode/utf8"
)

// Limits on foreign certificates. The cost of RSA grows with the cube of the
// size and no deadline interrupts it, so size is the only guard there is.
const (
	// maxDER is the largest certificate read at all, in bytes: the bound that
	// crypto/tls sets for a whole Certificate message.
	maxDER = 256 << 10
	// maxKeptDER is the largest encoding kept in evidence and shown to zcrypto.
	maxKeptDER = 64 << 10
	// maxModulusBits and maxExponentBits bound the RSA keys that are used for
	// verification or shown to zcrypto, which verifies while it parses.
	// Above largeModulusBits only exponents as large as the usual 65537 are
	// used, so that the dearest check takes about 10 ms.
	maxModulusBits   = 16384
	maxExponentBits  = 31
	largeModulusBits = 8192
	usualExponent    = 17
	// maxDSABits and maxDSAOrderBits bound P and Q of the DSA keys shown to
	// zcrypto; FIPS 186-4 ends at 3072 and 256.
	maxDSABits      = 3072
	maxDSAOrderBits = 512
	// maxPresented is the number of certificates kept of one chain.
	maxPresented = 32
	// maxSANs is the number of names listed; all are compared.
	maxSANs = 250
	// maxList is the number of entries kept of any other list.
	maxList = 32
	// maxExtensions is the number of extensions listed; certificates in use have
	// about ten.
	maxExtensions = 64
	// maxMilliseconds is the last millisecond of the year 9999, the last one
	// that JSON can write.
	maxMilliseconds = 253402300799999
	// maxText is the longest text kept of any single field, in bytes.
	maxText = 2048
	// maxEffort bounds the signatures verified for one chain outside
	// crypto/x509, which has a bound of 100 of its own: checks with keys of up
	// to 4096 bits count 1, others by the square of the size.
	maxEffort = 64
	// maxLargeIssuers is how many issuers with keys above largeModulusBits are
	// shown to crypto/x509, whose bound does not regard size.
	maxLargeIssuers = 4
)

// clip cuts text at maxText bytes, on a rune boundary, and marks the cut.
func clip(s string) string {
	if len(s) <= maxText {
		return s
	}
	cut := maxText
	for cut > maxText-utf8.UTFMax && !utf8.RuneStart(s[cut]) {
		cut--
	}
	return s[:cut] + "…"
}

// recovered turns a panic of a parser into an error of the certificate at hand.
// It must be deferred directly.
func recovered(err *error) {
	if r := recover(); r != nil {
		*err = fmt.Errorf("the parser failed: %v", r)
	}
}

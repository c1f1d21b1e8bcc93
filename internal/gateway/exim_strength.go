package gateway

import (
	"errors"
	"strings"

	"tlsaudit/internal/cipherstring"
	"tlsaudit/internal/tlsreg"
)

// usualBits is what either library offers at least where nothing is set, and
// the least suite of TLS 1.3.
const usualBits = 128

// eximStrength is the strength of the weakest suite tls_require_ciphers lets
// in. The file does not say which library Exim was built with, so the string is
// read in every language in which it selects something, and the weakest reading
// counts. Only priority strings of GnuTLS limit TLS 1.3 too. 0 if it cannot be
// told.
func eximStrength(text string) int {
	if text = strings.TrimSpace(text); text == "" {
		return usualBits
	}
	if strings.Contains(text, "$") {
		return 0
	}
	least, read := 0, false
	take := func(suites []tlsreg.Suite, most int, err error) bool {
		if errors.Is(err, cipherstring.ErrSystem) || errors.Is(err, cipherstring.ErrTooLong) {
			return false
		}
		if err != nil || len(suites) == 0 {
			return true // this library refuses the string, so it is not the one in use
		}
		for _, s := range suites {
			most = min(most, s.StrengthBits)
		}
		if !read || most < least {
			least, read = most, true
		}
		return true
	}
	priority, err := cipherstring.GnuTLS(text)
	if !take(priority.Suites, 256, err) {
		return 0
	}
	for _, version := range cipherstring.OpenSSLVersions {
		selected, err := version.Ciphers(text)
		if !take(selected.Suites, usualBits, err) {
			return 0
		}
	}
	return least
}

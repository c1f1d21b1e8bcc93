package cipherstring

import (
	"fmt"
	"strings"

	"tlsaudit/audit"
	"tlsaudit/internal/tlsreg"
)

// DefaultCiphersuites are the TLS 1.3 suites of OpenSSL where no list is set.
const DefaultCiphersuites = "TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256:TLS_AES_128_GCM_SHA256"

// Ciphersuites evaluates a list of TLS 1.3 suites (SSL_CTX_set_ciphersuites,
// -ciphersuites, Ciphersuites of a configuration command): IANA names in order,
// separated by colons only, with blanks around them allowed. The empty
// string turns TLS 1.3 off. From 3.0 on unknown names are passed over as long as one
// is known; before, one unknown name is an error. Version 1.0.2 has no TLS 1.3.
func (v OpenSSLVersion) Ciphersuites(s string) (Selection, error) {
	var sel Selection
	if err := tooLong(s); err != nil {
		return sel, err
	}
	if v == OpenSSL102 {
		return sel, &Error{Cause: "OpenSSL 1.0.2 has no TLS 1.3 and no list of ciphersuites", Err: ErrSyntax}
	}
	var chosen set
	offset := 0
	for part := range strings.SplitSeq(s, ":") {
		name := strings.TrimSpace(part)
		at := offset + strings.Index(part, name)
		offset += len(part) + 1
		if name == "" {
			continue
		}
		if suite, ok := v.tls13(name); ok {
			chosen.add(suite)
			continue
		}
		if !v.since(OpenSSL30) {
			return Selection{}, &Error{
				Offset: at, Text: name, Err: ErrNoMatch,
				Cause: fmt.Sprintf("%q is not a TLS 1.3 suite of OpenSSL %s", oneLine(name), v), Hint: ciphersuitesHint,
			}
		}
		sel.Ignored = append(sel.Ignored, Word{Text: name, Offset: at, Reason: "not a TLS 1.3 suite of OpenSSL"})
	}
	sel.Suites = chosen.list
	if len(sel.Suites) == 0 && s != "" {
		return sel, &Error{Cause: fmt.Sprintf("the list of ciphersuites %q names no TLS 1.3 suite", oneLine(s)), Hint: ciphersuitesHint, Err: ErrNoMatch}
	}
	return sel, nil
}

const ciphersuitesHint = "write IANA names with colons between them, such as " + DefaultCiphersuites

// tls13 finds a TLS 1.3 suite the library has; case matters.
func (v OpenSSLVersion) tls13(name string) (tlsreg.Suite, bool) {
	s, ok := tlsreg.SuiteByName(name)
	return s, ok && s.Name == name && s.Min == audit.TLSv13 && s.Code >= 0x1301 && s.Code <= 0x1305
}

package cipherstring

import (
	"fmt"
	"slices"
	"strings"

	"tlsaudit/audit"
)

// OpenSSLVersion is a class of OpenSSL versions that read cipher strings alike.
type OpenSSLVersion string

// The classes. Each means the default build of the upstream project: without
// weak-ssl-ciphers, without GOST engine, and from 3.0 on without the legacy
// provider, so that RC4, SEED and IDEA are not there.
const (
	// OpenSSL102 is 1.0.2g and later: no SSLv2, EXPORT and LOW suites, but RC4,
	// 3DES and static (EC)DH. Derived from its documentation, not proven.
	OpenSSL102 OpenSSLVersion = "1.0.2"
	// OpenSSL111 is 1.1.1, and 1.1.0 but for ARIA and TLS 1.3. Derived: the
	// rules of 3.0 with IDEA and SEED.
	OpenSSL111 OpenSSLVersion = "1.1.1"
	// OpenSSL30 is 3.0 and 3.1, proven equal to 3.0.19.
	OpenSSL30 OpenSSLVersion = "3.0"
	// OpenSSL32 is 3.2 and later 3.x: it also reads IANA names, and counts CCM-8
	// suites as 64 bits strong. Derived.
	OpenSSL32 OpenSSLVersion = "3.2"
)

// OpenSSLVersions lists the classes, oldest first.
var OpenSSLVersions = []OpenSSLVersion{OpenSSL102, OpenSSL111, OpenSSL30, OpenSSL32}

// ParseOpenSSLVersion returns the class of a version such as "1.0.2k", "1.1.1",
// "3" or "3.0.19". A major version alone means its first class.
func ParseOpenSSLVersion(s string) (OpenSSLVersion, error) {
	minor, is3 := strings.CutPrefix(s, "3.")
	minor, _, _ = strings.Cut(minor, ".")
	switch {
	case strings.HasPrefix(s, "1.0.2"):
		return OpenSSL102, nil
	case strings.HasPrefix(s, "1.1."):
		return OpenSSL111, nil
	case s == "3", is3 && (minor == "0" || minor == "1"):
		return OpenSSL30, nil
	case is3 && minor != "" && strings.Trim(minor, "0123456789") == "":
		return OpenSSL32, nil
	}
	return "", &audit.InputError{
		Cause: fmt.Sprintf("%q is not a version of OpenSSL whose cipher strings are known: one of 1.0.2, 1.1.1, 3.0, 3.2", oneLine(s)),
		Hint:  "openssl version prints the installed one",
	}
}

// since reports whether v is the given class or a later one.
func (v OpenSSLVersion) since(first OpenSSLVersion) bool {
	return slices.Index(OpenSSLVersions, v) >= slices.Index(OpenSSLVersions, first)
}

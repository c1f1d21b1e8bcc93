package cipherstring

import (
	"fmt"
	"strings"

	"tlsaudit/audit"
	"tlsaudit/internal/tlsreg"
)

const tls12 = audit.TLSv12

// OpenSSLSelection is what a cipher string of OpenSSL selects.
type OpenSSLSelection struct {
	Selection
	// Level is the security level set by @SECLEVEL, or -1 if the string sets
	// none and the level of the build or the system holds. Suites are not yet
	// filtered by it: see [OpenSSLVersion.Usable].
	Level int
	// SuiteB is the word that put the library into Suite B mode, such as
	// "SUITEB128": then the rest of the string does not count, and curves and
	// signatures are restricted too. Otherwise empty.
	SuiteB string
}

// Ciphers evaluates a cipher string: the suites up to TLS 1.2, in order of
// preference. The language is that of openssl-ciphers(1):
//
//   - words joined by ":", ",", ";" or a blank are applied from left to right;
//   - a word is a keyword such as HIGH, or the name of a suite; case matters;
//     "A+B" selects what is both; unknown words are passed over;
//   - a plain word appends, "-" removes, "!" removes for good, "+" moves to the
//     end what is already selected;
//   - @STRENGTH sorts by key length, @SECLEVEL=n (0 to 5, since 1.1.0) sets the
//     security level;
//   - DEFAULT has a meaning at the very start only, and SUITEB128, SUITEB128ONLY,
//     SUITEB128C2 and SUITEB192 there replace the whole string.
//
// TLS 1.3 suites are not selected here: see [OpenSSLVersion.Ciphersuites].
//
// The error is an [*Error]: ErrSyntax where the library reports an invalid
// command, ErrNoMatch where nothing is left, ErrSystem for
// PROFILE=SYSTEM, a word of Red Hat's builds. What was evaluated up to then is
// returned with ErrNoMatch, so that the ignored words can be shown.
func (v OpenSSLVersion) Ciphers(s string) (OpenSSLSelection, error) {
	sel := OpenSSLSelection{Level: -1}
	if err := tooLong(s); err != nil {
		return sel, err
	}
	if strings.HasPrefix(s, "PROFILE=SYSTEM") {
		return sel, &Error{
			Text: "PROFILE=SYSTEM", Err: ErrSystem,
			Cause: "PROFILE=SYSTEM stands for the crypto policy of the system, on builds of Red Hat; elsewhere it selects nothing",
			Hint:  "openssl ciphers on that machine lists what its policy selects",
		}
	}
	r := rules{version: v, list: v.initial(), selection: &sel}
	rest, offset := s, 0
	if word, meaning := v.suiteB(s); word != "" {
		sel.SuiteB = word
		if tail := strings.TrimLeft(s[len(word):], ":,; "); tail != "" {
			sel.Ignored = append(sel.Ignored, Word{Text: tail, Offset: len(s) - len(tail), Reason: word + " at the start replaces the whole string"})
		}
		rest = meaning
	} else if after, ok := strings.CutPrefix(s, "DEFAULT"); ok {
		defaults := "ALL:!COMPLEMENTOFDEFAULT:!eNULL"
		if v == OpenSSL102 {
			defaults = "ALL:!EXPORT:!LOW:!aNULL:!eNULL:!SSLv2"
		}
		if err := r.apply(defaults, 0); err != nil {
			return sel, err
		}
		sel.Ignored = nil // not written by anybody
		rest = strings.TrimPrefix(after, ":")
		offset = len(s) - len(rest)
	}
	if err := r.apply(rest, offset); err != nil {
		return sel, err
	}
	sel.Suites = r.list.suites()
	if len(sel.Suites) == 0 {
		return sel, &Error{
			Cause: fmt.Sprintf("the cipher string %q selects no suite of OpenSSL %s", oneLine(s), v),
			Hint:  "tlsaudit suites --openssl HIGH lists what a string selects; names and keywords are case-sensitive",
			Err:   ErrNoMatch,
		}
	}
	return sel, nil
}

// suiteB returns the Suite B word a string starts with, and what it means.
func (v OpenSSLVersion) suiteB(s string) (word, meaning string) {
	const aes128, aes256 = "ECDHE-ECDSA-AES128-GCM-SHA256", "ECDHE-ECDSA-AES256-GCM-SHA384"
	for _, w := range [][2]string{{"SUITEB128ONLY", aes128}, {"SUITEB128C2", aes256}, {"SUITEB128", aes128 + ":" + aes256}, {"SUITEB192", aes256}} {
		if strings.HasPrefix(s, w[0]) {
			return w[0], w[1]
		}
	}
	return "", ""
}

// Usable reports whether security level 0 to 5 lets a suite be negotiated, by
// strength, authentication, MAC and forward secrecy (SSL_CTX_set_security_level
// of OpenSSL). Levels say more, about keys, groups, signatures and versions,
// which is not decided here. Version 1.0.2 has no levels and uses everything.
func (v OpenSSLVersion) Usable(s tlsreg.Suite, level int) bool {
	if level <= 0 || v == OpenSSL102 {
		return true
	}
	minimum := [...]int{80, 112, 128, 192, 256}[min(level, 5)-1]
	if s.Min == audit.TLSv13 {
		bits := s.StrengthBits
		if v.since(OpenSSL32) && s.Mode == "CCM-8" {
			bits = 64
		}
		return bits >= minimum
	}
	t, ok := v.traits(s)
	switch {
	case !ok, t.bits < minimum, t.auth == aNULL, t.mac == mMD5,
		minimum > 160 && t.mac == mSHA1,
		level >= 2 && t.enc == eRC4,
		level >= 3 && t.key&(kDHE|kECDHE|kDHEPSK|kECDHEPSK) == 0:
		return false
	}
	return true
}

// AtLevel returns the suites that security level 0 to 5 leaves usable.
func (v OpenSSLVersion) AtLevel(suites []tlsreg.Suite, level int) []tlsreg.Suite {
	var usable []tlsreg.Suite
	for _, s := range suites {
		if v.Usable(s, level) {
			usable = append(usable, s)
		}
	}
	return usable
}

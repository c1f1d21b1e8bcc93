package cipherstring

import (
	"fmt"
	"slices"
	"strings"
	"unicode"

	"tlsaudit/audit"
	"tlsaudit/internal/tlsreg"
)

// JSSE evaluates a list of enabled suites of Java: names of the JSSE provider
// separated by commas or blanks, in order of preference, as in enabledCiphers
// of WebSphere Liberty, jdk.tls.client.cipherSuites or a connector's ciphers.
//
// Both spellings are read, that of OpenJDK and that of IBM, which writes SSL_
// for TLS_ in every suite before TLS 1.3; a provider reads its own only, so
// that a list may enable more here than there. Names that are not JSSE's are in
// Ignored: some settings pass over them, setEnabledCipherSuites throws.
//
// The error is an [*Error], ErrNoMatch if no name is known. What
// jdk.tls.disabledAlgorithms takes away is a second step: see [Disabled].
func JSSE(list string) (Selection, error) {
	var sel Selection
	if err := tooLong(list); err != nil {
		return sel, err
	}
	var chosen set
	for offset := 0; offset < len(list); {
		rest := list[offset:]
		if strings.IndexFunc(rest, notListSeparator) != 0 {
			offset += max(1, strings.IndexFunc(rest+"x", notListSeparator))
			continue
		}
		n := strings.IndexFunc(rest, isListSeparator)
		if n < 0 {
			n = len(rest)
		}
		name := rest[:n]
		if s, ok := jsseSuite(name); ok {
			chosen.add(s)
		} else {
			sel.Ignored = append(sel.Ignored, Word{Text: name, Offset: offset, Reason: jsseReason(name)})
		}
		offset += n
	}
	sel.Suites = chosen.list
	if len(sel.Suites) == 0 {
		return sel, &Error{
			Cause: fmt.Sprintf("the list %q names no suite of Java", oneLine(list)),
			Hint:  "write names such as TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384, separated by commas or blanks",
			Err:   ErrNoMatch,
		}
	}
	return sel, nil
}

// javaBlank is what String.trim of Java takes away: a no-break space stays, and
// makes an entry nobody knows of "\u00a0TLSv1".
func javaBlank(r rune) bool { return r <= ' ' }

func isListSeparator(r rune) bool  { return r == ',' || unicode.IsSpace(r) }
func notListSeparator(r rune) bool { return !isListSeparator(r) }

// jsseSuite finds a suite by a name of JSSE; case matters there.
func jsseSuite(name string) (tlsreg.Suite, bool) {
	s, ok := tlsreg.SuiteByName(name)
	return s, ok && s.JSSE != "" && (name == s.JSSE || name == s.IBMJSSE() || name == s.Name)
}

func jsseReason(name string) string {
	s, ok := tlsreg.SuiteByName(name)
	switch {
	case ok && s.JSSE != "" && strings.EqualFold(name, s.JSSE):
		return "case matters: " + s.JSSE
	case ok && s.JSSE != "":
		return "not a name of Java, which calls the suite " + s.JSSE
	}
	return "unknown suite"
}

// Disabled is the value of jdk.tls.disabledAlgorithms, or of another property
// of that syntax, as far as it is about suites and versions. Entries with a
// constraint, such as "DH keySize < 1024", depend on keys and certificates and
// take no suite away.
type Disabled struct {
	names []string // lower case
	// Patterns are entries such as "TLS_RSA_*", which match names of suites from
	// JDK 24 on and in later updates of older versions; JDK 17.0.15 passes over
	// them. They do not count in Permits: see PatternsPermit.
	Patterns []string
	// Constraints are the entries that depend on more than names.
	Constraints []string
}

// ParseDisabled reads a value such as "SSLv3, RC4, DES, DH keySize < 1024,
// TLS_RSA_*, anon". Entries are separated by commas; case is ignored. The
// syntax has no errors: what nobody knows disables nothing.
func ParseDisabled(value string) Disabled {
	var d Disabled
	if len(value) > maxLength {
		value = value[:maxLength]
	}
	value = strings.TrimFunc(value, javaBlank)
	if len(value) > 1 && strings.HasPrefix(value, `"`) && strings.HasSuffix(value, `"`) {
		value = value[1 : len(value)-1]
	}
	for entry := range strings.SplitSeq(value, ",") {
		entry = strings.TrimFunc(entry, javaBlank)
		lower := strings.ToLower(entry)
		switch {
		case entry == "":
		case strings.ContainsAny(entry, " \t"):
			d.Constraints = append(d.Constraints, entry)
		case strings.HasPrefix(lower, "tls_") && strings.Contains(entry, "*"):
			d.Patterns = append(d.Patterns, entry)
		default:
			d.names = append(d.names, lower)
		}
	}
	return d
}

// Permits reports whether the property leaves a suite usable, by its name and
// by what it is made of, such as "RC4", "3DES_EDE_CBC", "ECDH", "anon", "SHA1".
func (d Disabled) Permits(s tlsreg.Suite) bool {
	for _, name := range append(components(s), s.JSSE) {
		if slices.Contains(d.names, strings.ToLower(name)) {
			return false
		}
	}
	return true
}

// PatternsPermit reports whether a version of Java that reads patterns leaves a
// suite usable, as far as they go. Derived from the documentation, not proven.
func (d Disabled) PatternsPermit(s tlsreg.Suite) bool {
	return !slices.ContainsFunc(d.Patterns, func(p string) bool {
		return s.JSSE != "" && glob(strings.ToLower(p), strings.ToLower(s.JSSE))
	})
}

// PermitsVersion reports whether the property leaves a version usable.
func (d Disabled) PermitsVersion(v audit.Version) bool {
	name := map[audit.Version]string{audit.SSLv2: "sslv2hello", audit.TLSv10: "tlsv1"}[v]
	if name == "" {
		name = strings.ToLower(v.String())
	}
	return !slices.Contains(d.names, name)
}

// Filter returns the suites that Permits leaves usable.
func (d Disabled) Filter(suites []tlsreg.Suite) []tlsreg.Suite {
	var permitted []tlsreg.Suite
	for _, s := range suites {
		if d.Permits(s) {
			permitted = append(permitted, s)
		}
	}
	return permitted
}

// glob matches a name against a pattern with stars.
func glob(pattern, name string) bool {
	parts := strings.Split(pattern, "*")
	name, ok := strings.CutPrefix(name, parts[0])
	if !ok || len(parts) == 1 {
		return ok && name == ""
	}
	last := parts[len(parts)-1]
	for _, part := range parts[1 : len(parts)-1] {
		i := strings.Index(name, part)
		if i < 0 {
			return false
		}
		name = name[i+len(part):]
	}
	return strings.HasSuffix(name, last)
}

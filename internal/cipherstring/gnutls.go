package cipherstring

import (
	"fmt"
	"slices"
	"strings"

	"tlsaudit/audit"
	"tlsaudit/internal/tlsreg"
)

// GnuTLSSelection is what a priority string of GnuTLS selects.
type GnuTLSSelection struct {
	// Suites are those gnutls-cli --list --priority prints, in order: usable in
	// at least one enabled version of TLS or DTLS. See [GnuTLSSelection.In].
	Selection
	// Versions are the TLS versions enabled, in order of preference.
	Versions []audit.Version
	// Protocols are those and the versions of DTLS, as GnuTLS names them.
	Protocols []string
	// Ciphers, MACs and KeyExchanges are the lists the suites are composed of.
	Ciphers, MACs, KeyExchanges []string
	// Groups are the key-exchange groups in order of preference, as GnuTLS lists
	// them; GC256A, GC256C, GC256D, GC512B and GC512C are never negotiated.
	Groups []tlsreg.Group
	// Signatures are signature algorithms as GnuTLS names them, some of which
	// occur in certificates only; Schemes are those with a number in TLS.
	Signatures []string
	Schemes    []tlsreg.Scheme
	// Options are the words behind percent signs, such as "SERVER_PRECEDENCE",
	// in the order of the string.
	Options []string
}

// In returns the suites that can be negotiated in one version of TLS.
func (s GnuTLSSelection) In(v audit.Version) []tlsreg.Suite {
	if !slices.Contains(s.Versions, v) {
		return nil
	}
	var list []tlsreg.Suite
	for _, suite := range s.Suites {
		entry := gnutlsByCode()[suite.Code]
		if (v == audit.TLSv13) == (entry.tls == audit.TLSv13) && entry.tls <= v {
			list = append(list, suite)
		}
	}
	return list
}

// GnuTLS evaluates a priority string (GnuTLS manual, "Priority strings"), such
// as NORMAL:-VERS-ALL:+VERS-TLS1.3:%SERVER_PRECEDENCE, by the rules of 3.7:
//
//   - words are separated by colons; names ignore case, options do not;
//   - the first may be a level (NORMAL, PERFORMANCE, PFS, LEGACY, SECURE128,
//     SECURE192, SECURE256, SUITEB128, SUITEB192) or NONE; further levels add;
//   - "+" adds, "-" and "!" remove a version (VERS-TLS1.3, VERS-TLS-ALL), cipher,
//     MAC, key exchange, group (GROUP-X25519, CURVE-...), signature (SIGN-...),
//     certificate type (CTYPE-...), or all of a kind (CIPHER-ALL, MAC-ALL ...);
//     COMP-... is accepted and has no effect;
//   - "%" sets an option.
//
// Suites are composed in the order key exchange, cipher, MAC, those of TLS 1.3
// first. One wrong word makes the whole string invalid.
//
// The error is an [*Error]: ErrSyntax for a wrong word, ErrNoMatch where no
// version or suite is left, ErrSystem for @KEYWORD, which the configuration of
// the system defines. PERFORMANCE is that of a processor with AES instructions;
// an allow-list or system-wide restriction of the machine is not seen here.
func GnuTLS(s string) (GnuTLSSelection, error) {
	var sel GnuTLSSelection
	if err := tooLong(s); err != nil {
		return sel, err
	}
	p := priority{input: s, selection: &sel}
	if err := p.parse(); err != nil {
		return sel, err
	}
	if err := p.settle(); err != nil {
		return sel, err
	}
	p.fill()
	if len(sel.Protocols) == 0 || len(sel.Suites) == 0 {
		return sel, noPriorities(s)
	}
	return sel, nil
}

func noPriorities(s string) *Error {
	return &Error{
		Cause: fmt.Sprintf("the priority string %q leaves no version or no suite", oneLine(s)),
		Hint:  "start with NORMAL, or after NONE add versions, ciphers, MACs, key exchanges, groups and signatures",
		Err:   ErrNoMatch,
	}
}

// priority is a priority string being evaluated.
type priority struct {
	input     string
	selection *GnuTLSSelection
	gnutlsLists
}

// parse applies the words.
func (p *priority) parse() error {
	rest := strings.TrimLeft(p.input, " \t\n\v\f\r")
	if strings.HasPrefix(rest, "@") {
		return &Error{
			Offset: len(p.input) - len(rest), Text: rest, Err: ErrSystem,
			Cause: fmt.Sprintf("%q stands for a priority string in the configuration of the system", oneLine(rest)),
			Hint:  "gnutls-cli --list --priority '" + oneLine(rest) + "' on that machine lists what it selects",
		}
	}
	started := false // a level has been read: further ones add to it
	for first := true; ; first = false {
		word, after, more := strings.Cut(rest, ":")
		at := len(p.input) - len(rest)
		switch {
		case first && strings.EqualFold(word, "NONE"):
			started = true
		default:
			if first {
				p.versions = slices.Clone(gnutlsVersions)
				p.signatures = slices.Clone(gnutlsSigns)
				p.groups = slices.Clone(gnutlsNormal.groups)
			}
			if level, ok := gnutlsLevels[strings.ToUpper(word)]; ok {
				p.level(level, started)
				started = true
			} else if problem := p.word(word, at); problem != "" {
				return &Error{Offset: at, Text: word, Cause: fmt.Sprintf("GnuTLS refuses the priority string at %q: %s", oneLine(word), problem), Hint: "gnutls-cli --list names everything there is", Err: ErrSyntax}
			}
		}
		if !more {
			return nil
		}
		rest = strings.TrimLeft(after, " ")
	}
}

// level adds the lists of a level, or starts with them.
func (p *priority) level(l gnutlsLists, add bool) {
	for _, pair := range []struct{ to, from *[]string }{
		{&p.versions, &l.versions}, {&p.ciphers, &l.ciphers}, {&p.macs, &l.macs}, {&p.kx, &l.kx}, {&p.groups, &l.groups}, {&p.signatures, &l.signatures},
	} {
		switch {
		case *pair.from == nil: // most levels leave the versions alone
		case add:
			addTo(pair.to, *pair.from...)
		default:
			*pair.to = slices.Clone(*pair.from)
		}
	}
}

func addTo(list *[]string, names ...string) {
	for _, name := range names {
		if !slices.Contains(*list, name) {
			*list = append(*list, name)
		}
	}
}

func removeFrom(list *[]string, names ...string) {
	*list = slices.DeleteFunc(*list, func(name string) bool { return slices.Contains(names, name) })
}

// named finds a name in a list of canonical spellings.
func named(name string, list []string) (string, bool) {
	i := slices.IndexFunc(list, func(n string) bool { return strings.EqualFold(n, name) })
	if i < 0 {
		return "", false
	}
	return list[i], true
}

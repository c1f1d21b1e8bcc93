package cipherstring

import (
	"fmt"
	"slices"
	"strings"

	"tlsaudit/audit"
	"tlsaudit/internal/tlsreg"
)

// IHSList is what SSLCipherSpec says about one protocol version.
type IHSList struct {
	Version audit.Version
	// Suites are those named, in order.
	Suites []tlsreg.Suite
	// Defaults is true if the built-in list of the server holds too: it depends
	// on the fix pack and is not known here. Then Suites come on top of it, and
	// Removed are taken from it.
	Defaults bool
	Removed  []tlsreg.Suite
}

// IHSSelection is what the SSLCipherSpec directives of one scope select.
type IHSSelection struct {
	// Suites are all suites named for any version, oldest version first.
	Selection
	// Lists holds every version, oldest first.
	Lists []IHSList
}

// IHS evaluates SSLCipherSpec of IBM HTTP Server (mod_ibm_ssl): the arguments
// of each directive of one scope, in order. The forms are
//
//	NAME
//	PROTOCOL|ALL [+|-]NAME ...
//	PROTOCOL|ALL NONE
//
// PROTOCOL is SSLv2, SSLv3, TLSv10, TLSv11, TLSv12 or TLSv13. NAME is a long
// name such as TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256 or SSL_RSA_WITH_RC4_128_SHA,
// or a short code such as 3A or 35b. A plain name starts a list of its own for
// the versions it is about, "+" adds to what there is, "-" takes away, NONE
// clears; directives add up. Case is ignored. ALL, or no protocol, means every
// version in which the suite is defined.
//
// The error is an [*Error] with the offset in the arguments joined by line
// feeds. It is ErrSyntax for what the server does not read: unknown names,
// commas, cipher strings of mod_ssl, and protocols such as TLSv1.2, which are
// seen in the wild and which nobody has proven to work; ErrNoMatch if every
// version is left without suites.
//
// All of this is derived from IBM's documentation and not proven by a run, and
// most short codes are unconfirmed: apachectl -t -D DUMP_SSL_CONFIG shows what a
// server really uses.
func IHS(directives ...string) (IHSSelection, error) {
	if err := tooLong(strings.Join(directives, "\n")); err != nil {
		return IHSSelection{}, err
	}
	var e ihs
	for _, v := range audit.Versions {
		e.lists = append(e.lists, IHSList{Version: v, Defaults: true})
	}
	offset := 0
	for _, d := range directives {
		if err := e.directive(d, offset); err != nil {
			return IHSSelection{}, err
		}
		offset += len(d) + 1
	}
	result := IHSSelection{Selection: Selection{Ignored: e.ignored}, Lists: e.lists}
	var every set
	empty := true
	for _, l := range e.lists {
		every.add(l.Suites...)
		empty = empty && len(l.Suites) == 0 && !l.Defaults
	}
	result.Suites = every.list
	if empty {
		return result, &Error{Cause: "SSLCipherSpec leaves no suite in any version", Hint: "SSLCipherSpec ALL +TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384", Err: ErrNoMatch}
	}
	return result, nil
}

type ihs struct {
	lists   []IHSList
	ignored []Word
}

var ihsProtocols = map[string]audit.Version{
	"SSLV2": audit.SSLv2, "SSLV3": audit.SSLv3, "TLSV10": audit.TLSv10, "TLSV11": audit.TLSv11, "TLSV12": audit.TLSv12, "TLSV13": audit.TLSv13,
}

// directive applies the arguments of one directive, which start at offset.
func (e *ihs) directive(args string, offset int) error {
	var only audit.Version // 0: all
	for i, field := range fieldsOf(args) {
		at := offset + field.Offset
		upper := strings.ToUpper(field.Text)
		if i == 0 {
			version, isProtocol := ihsProtocols[upper]
			if isProtocol || upper == "ALL" {
				only = version
				continue
			}
		}
		if upper == "NONE" {
			for j := range e.lists {
				if only == 0 || e.lists[j].Version == only {
					e.lists[j] = IHSList{Version: e.lists[j].Version}
				}
			}
			continue
		}
		sign, name := byte(0), field.Text
		if name[0] == '+' || name[0] == '-' {
			sign, name = name[0], name[1:]
		}
		suite, ok := ihsSuite(name)
		if !ok {
			return ihsUnknown(field.Text, name, at)
		}
		if !e.apply(suite, sign, only) {
			e.ignored = append(e.ignored, Word{Text: field.Text, Offset: at, Reason: fmt.Sprintf("%s is not a suite of %s", suite.Name, only)})
		}
	}
	return nil
}

// fieldsOf splits at blanks and keeps the offsets.
func fieldsOf(s string) []Word {
	var words []Word
	at := 0
	for _, field := range strings.Fields(s) {
		at += strings.Index(s[at:], field)
		words = append(words, Word{Text: field, Offset: at})
		at += len(field)
	}
	return words
}

// apply changes the lists a suite is about; false if there are none.
func (e *ihs) apply(s tlsreg.Suite, sign byte, only audit.Version) bool {
	found := false
	for i := range e.lists {
		l := &e.lists[i]
		if only != 0 && l.Version != only || !definedIn(s, l.Version) {
			continue
		}
		found = true
		is := func(other tlsreg.Suite) bool { return other.Code == s.Code }
		if sign == '-' {
			l.Suites = slices.DeleteFunc(l.Suites, is)
			if l.Defaults && !slices.ContainsFunc(l.Removed, is) {
				l.Removed = append(l.Removed, s)
			}
			continue
		}
		if sign == 0 {
			l.Defaults, l.Removed = false, nil
		}
		l.Removed = slices.DeleteFunc(l.Removed, is)
		if !slices.ContainsFunc(l.Suites, is) {
			l.Suites = append(l.Suites, s)
		}
	}
	return found
}

// definedIn reports whether a suite belongs to a version.
func definedIn(s tlsreg.Suite, v audit.Version) bool {
	switch {
	case s.Status == "sslv2" || v == audit.SSLv2:
		return s.Status == "sslv2" && v == audit.SSLv2
	case s.Min == audit.TLSv13 || v == audit.TLSv13:
		return s.Min == v
	case s.Min == audit.TLSv12:
		return v == audit.TLSv12
	}
	// Servers go further back than the documents: AES in SSL 3.0.
	return s.Max == 0 || v <= s.Max
}

// ihsSuite finds a suite by a name mod_ibm_ssl reads.
func ihsSuite(name string) (tlsreg.Suite, bool) {
	for _, s := range tlsreg.Suites() {
		if s.IHSShort != "" && strings.EqualFold(name, s.IHSShort) {
			return s, true
		}
	}
	s, ok := tlsreg.SuiteByName(name)
	for _, known := range []string{s.GSKit, s.Name, s.JSSE, s.IBMJSSE()} {
		if ok && known != "" && strings.EqualFold(name, known) {
			return s, s.Status != "grease" && s.Status != "scsv"
		}
	}
	return tlsreg.Suite{}, false
}

func ihsUnknown(text, name string, at int) *Error {
	e := &Error{
		Offset: at, Text: text, Err: ErrSyntax,
		Cause: fmt.Sprintf("%q is not a cipher or protocol SSLCipherSpec is known to read", oneLine(text)),
		Hint:  "SSLCipherSpec ALL +TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384; apachectl -t -D DUMP_SSL_CONFIG shows what the server reads",
	}
	s, ok := tlsreg.SuiteByName(name)
	switch {
	case strings.ContainsAny(text, ",:!@"):
		e.Hint = "names are separated by blanks; cipher strings of mod_ssl mean nothing to mod_ibm_ssl"
	case ok && s.GSKit != "":
		e.Hint = "IBM HTTP Server calls the suite " + s.GSKit
	case ok:
		e.Hint = "write the long name: " + s.Name
	case strings.HasPrefix(strings.ToUpper(text), "TLS") || strings.HasPrefix(strings.ToUpper(text), "SSLV"):
		e.Hint = "the protocols are SSLv3, TLSv10, TLSv11, TLSv12, TLSv13 and ALL, and come first"
	}
	return e
}

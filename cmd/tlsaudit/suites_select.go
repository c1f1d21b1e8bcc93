package main

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"tlsaudit/audit"
	"tlsaudit/internal/cipherstring"
	"tlsaudit/internal/tlsreg"
)

// selection is what a string selects, and what is to be said about it.
type selection struct {
	rows    []tlsreg.Suite
	ignored []cipherstring.Word
	// facts are further results, by name, for JSON; notes are the same in
	// sentences, for standard error.
	facts map[string]any
	notes []string
}

// keep leaves only the suites that are among the given.
func (s *selection) keep(found []tlsreg.Suite) {
	s.rows = slices.DeleteFunc(slices.Clone(s.rows), func(row tlsreg.Suite) bool {
		return !slices.ContainsFunc(found, func(f tlsreg.Suite) bool { return f.Code == row.Code })
	})
}

func (s *selection) fact(name string, value any, note string, args ...any) {
	s.facts[name] = value
	s.notes = append(s.notes, fmt.Sprintf(note, args...))
}

// selected evaluates the string on the command line, and says on standard
// error what had no effect.
func (a *app) selected(f *suitesFlags) (*selection, error) {
	s := &selection{facts: map[string]any{}}
	flag, err := s.evaluate(f)
	w := cleaner{a.stderr}
	for _, word := range s.ignored {
		fmt.Fprintf(w, "tlsaudit: ignored: %q at %d: %s\n", word.Text, word.Offset+1, word.Reason)
	}
	var fault *cipherstring.Error
	if errors.As(err, &fault) {
		return nil, withCode(exitUsage, fault.At(audit.Place{File: flag, Line: 1, Col: 1}))
	}
	if err != nil {
		return nil, err
	}
	for _, note := range s.notes {
		fmt.Fprintf(w, "tlsaudit: note: %s\n", note)
	}
	return s, nil
}

// evaluate fills the selection; it returns the flag that was evaluated last.
func (s *selection) evaluate(f *suitesFlags) (flag string, err error) {
	switch {
	case f.given("gnutls"):
		return "--gnutls", s.gnutls(f.gnutls)
	case f.given("jsse"):
		return "--jsse", s.jsse(f)
	case f.given("ihs"):
		return "--ihs", s.ihs(f.ihs)
	}
	v, err := cipherstring.ParseOpenSSLVersion(f.version)
	if err != nil {
		return "", withCode(exitUsage, err)
	}
	s.facts["openssl_version"] = string(v)
	if f.given("ciphersuites") || v != cipherstring.OpenSSL102 {
		list, err := v.Ciphersuites(f.ciphersuites)
		s.rows, s.ignored = list.Suites, list.Ignored
		if err != nil {
			return "--ciphersuites", err
		}
	}
	if f.given("openssl") {
		if err := s.openssl(v, f); err != nil {
			return "--openssl", err
		}
	}
	if f.given("seclevel") {
		s.rows = v.AtLevel(s.rows, f.level)
		s.facts["security_level"] = f.level
	}
	return "", nil
}

func (s *selection) openssl(v cipherstring.OpenSSLVersion, f *suitesFlags) error {
	list, err := v.Ciphers(f.openssl)
	s.ignored = append(s.ignored, list.Ignored...)
	if err != nil {
		return err
	}
	s.rows = slices.Concat(s.rows, list.Suites)
	if list.SuiteB != "" {
		s.fact("suite_b", list.SuiteB, "%s also restricts curves and signatures", list.SuiteB)
	}
	if list.Level >= 0 {
		s.fact("security_level", list.Level, "the string sets security level %d, which leaves %d of %d suites usable: --seclevel %d lists those",
			list.Level, len(v.AtLevel(s.rows, list.Level)), len(s.rows), list.Level)
	}
	if v != cipherstring.OpenSSL30 {
		s.notes = append(s.notes, fmt.Sprintf("the rules of OpenSSL %s are derived from its documentation; only those of 3.0 are compared with the program", v))
	}
	return nil
}

func (s *selection) gnutls(in string) error {
	list, err := cipherstring.GnuTLS(in)
	s.rows, s.ignored = list.Suites, list.Ignored
	if err != nil {
		return err
	}
	s.fact("protocols", list.Protocols, "versions: %s", strings.Join(list.Protocols, ", "))
	var groups, schemes []string
	for _, g := range list.Groups {
		groups = append(groups, g.Name)
	}
	for _, scheme := range list.Schemes {
		schemes = append(schemes, scheme.Name)
	}
	s.fact("groups", groups, "groups: %s", strings.Join(groups, ", "))
	s.fact("signature_schemes", schemes, "signature schemes: %s", strings.Join(schemes, ", "))
	if len(list.Options) > 0 {
		s.fact("options", list.Options, "options: %s", strings.Join(list.Options, ", "))
	}
	return nil
}

func (s *selection) jsse(f *suitesFlags) error {
	list, err := cipherstring.JSSE(f.jsse)
	s.rows, s.ignored = list.Suites, list.Ignored
	if err != nil || !f.given("disabled") {
		return err
	}
	d := cipherstring.ParseDisabled(f.disabled)
	s.rows = d.Filter(list.Suites)
	if len(d.Patterns) > 0 {
		s.fact("patterns", d.Patterns, "%s: patterns count from JDK 24 on and in late updates of older versions only; they are not applied here", strings.Join(d.Patterns, ", "))
	}
	if len(d.Constraints) > 0 {
		s.fact("constraints", d.Constraints, "%s: depends on keys and certificates, not on suites", strings.Join(d.Constraints, ", "))
	}
	if len(s.rows) == 0 {
		return usageError("--disabled takes away all suites of --jsse", "leave --disabled out to see them")
	}
	return nil
}

func (s *selection) ihs(directives []string) error {
	list, err := cipherstring.IHS(directives...)
	s.rows, s.ignored = list.Suites, list.Ignored
	if err != nil {
		return err
	}
	versions := map[string]any{}
	for _, l := range list.Lists {
		entry := map[string]any{"defaults": l.Defaults, "suites": codesOf(l.Suites), "removed": codesOf(l.Removed)}
		versions[l.Version.String()] = entry
		words := fmt.Sprintf("%d suites", len(l.Suites))
		if l.Defaults {
			words = fmt.Sprintf("the defaults of the server, and %d suites more, %d less", len(l.Suites), len(l.Removed))
		}
		s.notes = append(s.notes, fmt.Sprintf("%s: %s", l.Version, words))
	}
	s.facts["versions"] = versions
	s.notes = append(s.notes, "derived from IBM's documentation: apachectl -t -D DUMP_SSL_CONFIG shows what the server uses")
	return nil
}

func codesOf(list []tlsreg.Suite) []string {
	codes := []string{}
	for _, s := range list {
		codes = append(codes, s.Code.String())
	}
	return codes
}

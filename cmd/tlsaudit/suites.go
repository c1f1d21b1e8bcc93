package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"tlsaudit/internal/cipherstring"
	"tlsaudit/internal/strictyaml"
	"tlsaudit/internal/tlsreg"
)

// suitesFlags are the flags of the suites command.
type suitesFlags struct {
	openssl, ciphersuites, version, gnutls, jsse, disabled string
	ihs                                                    []string
	level                                                  int
	groups, schemes                                        bool
	format                                                 string
	// given are the flags on the command line, by name.
	given func(name string) bool
}

func suitesCommand(a *app) *cobra.Command {
	var f suitesFlags
	c := &cobra.Command{
		Use:   "suites [PATTERN]",
		Short: "Look up cipher suites by any name, or list what a cipher string selects",
		Long: `Prints the registry of cipher suites with the names of IANA, OpenSSL, GnuTLS,
Java, GSKit and IBM HTTP Server. PATTERN is a part of a name, a glob with * and
?, or a number; case does not matter. A single match is shown in full.

With --openssl, --ciphersuites, --gnutls, --jsse or --ihs it lists what a string
of a configuration file selects, in order of preference. What the product would
pass over in silence is named on standard error.`,
		Example: `  tlsaudit suites ECDHE-RSA-AES128-GCM-SHA256
  tlsaudit suites 0xC02F
  tlsaudit suites --openssl 'HIGH:!aNULL:@STRENGTH'
  tlsaudit suites --openssl 'DEFAULT@SECLEVEL=2' --openssl-version 1.1.1 -f csv
  tlsaudit suites --gnutls 'NORMAL:-VERS-ALL:+VERS-TLS1.3'
  tlsaudit suites --ihs 'ALL NONE' --ihs 'TLSv12 +TLS_RSA_WITH_AES_128_GCM_SHA256'
  tlsaudit suites --groups mlkem`,
		Args: func(c *cobra.Command, args []string) error {
			if len(args) > 1 {
				return usageError("tlsaudit suites takes one PATTERN, got more: "+args[1], "quote a string with blanks; tlsaudit suites --help")
			}
			return nil
		},
		ValidArgsFunction: cobra.NoFileCompletions,
		RunE: func(c *cobra.Command, args []string) error {
			f.given = c.Flags().Changed
			return a.suites(&f, strings.Join(args, ""))
		},
	}
	flags := c.Flags()
	flags.StringVar(&f.openssl, "openssl", "", "what this cipher `STRING` of OpenSSL selects, TLS 1.3 suites first")
	flags.StringVar(&f.ciphersuites, "ciphersuites", cipherstring.DefaultCiphersuites, "what this `LIST` of OpenSSL's TLS 1.3 suites selects")
	flags.StringVar(&f.version, "openssl-version", "3.0", "read them as this `VERSION` does: "+joinOr(opensslVersions()))
	flags.IntVar(&f.level, "seclevel", -1, "list only what this OpenSSL security `LEVEL`, 0 to 5, leaves usable")
	flags.StringVar(&f.gnutls, "gnutls", "", "what this priority `STRING` of GnuTLS selects")
	flags.StringVar(&f.jsse, "jsse", "", "what this `LIST` of Java's or IBM Java's suites selects")
	flags.StringVar(&f.disabled, "disabled", "", "take away from --jsse what jdk.tls.disabledAlgorithms=`VALUE` does")
	flags.StringArrayVar(&f.ihs, "ihs", nil, "what these `ARGUMENTS` of IBM HTTP Server's SSLCipherSpec select (repeatable)")
	flags.BoolVar(&f.groups, "groups", false, "key-exchange groups instead of suites")
	flags.BoolVar(&f.schemes, "schemes", false, "signature schemes instead of suites")
	flags.StringVarP(&f.format, "format", "f", "table", "format on standard output: "+joinOr(suiteFormats))
	completeFrom(c, "format", suiteFormats)
	completeFrom(c, "openssl-version", opensslVersions())
	return c
}

func opensslVersions() []string {
	var names []string
	for _, v := range cipherstring.OpenSSLVersions {
		names = append(names, string(v))
	}
	return names
}

// suites prints what was asked for.
func (a *app) suites(f *suitesFlags, pattern string) error {
	if err := f.check(); err != nil {
		return err
	}
	switch {
	case f.groups:
		found := tlsreg.SearchGroups(pattern)
		if len(found) == 0 {
			return noSuchName(pattern, "group", allNames(tlsreg.Groups(), tlsreg.Group.Names), "--groups ")
		}
		return printRegistry(a, f, groupColumns, found, nil)
	case f.schemes:
		found := tlsreg.SearchSchemes(pattern)
		if len(found) == 0 {
			return noSuchName(pattern, "signature scheme", allNames(tlsreg.Schemes(), func(s tlsreg.Scheme) []string { return []string{s.Name} }), "--schemes ")
		}
		return printRegistry(a, f, schemeColumns, found, nil)
	}
	found := tlsreg.Search(pattern)
	if len(found) == 0 {
		return noSuchName(pattern, "suite", allNames(tlsreg.Suites(), tlsreg.Suite.Names), "")
	}
	if !f.selects() {
		return printRegistry(a, f, suiteColumns, found, nil)
	}
	chosen, err := a.selected(f)
	if err != nil {
		return err
	}
	if pattern != "" {
		chosen.keep(found)
		if len(chosen.rows) == 0 {
			return usageError(fmt.Sprintf("the string selects no suite that matches %q", pattern), "leave the pattern out to see all it selects")
		}
	}
	return printRegistry(a, f, suiteColumns, chosen.rows, chosen)
}

// selectors are the flags that select suites, of which one may be given;
// --ciphersuites may accompany --openssl.
var selectors = []string{"openssl", "gnutls", "jsse", "ihs"}

func (f *suitesFlags) selects() bool {
	return len(f.selectorsGiven()) > 0 || f.given("ciphersuites")
}

func (f *suitesFlags) selectorsGiven() []string {
	var given []string
	for _, name := range selectors {
		if f.given(name) {
			given = append(given, "--"+name)
		}
	}
	return given
}

// check refuses flags that make no sense together.
func (f *suitesFlags) check() error {
	given := f.selectorsGiven()
	if f.given("ciphersuites") && !f.given("openssl") {
		given = append(given, "--ciphersuites")
	}
	for _, name := range []string{"groups", "schemes"} {
		if f.given(name) {
			given = append(given, "--"+name)
		}
	}
	isOpenSSL := f.given("openssl") || f.given("ciphersuites")
	switch {
	case len(given) > 1:
		return usageError(strings.Join(given, " and ")+" are different questions", "ask one at a time: tlsaudit suites "+given[0]+" ...")
	case f.given("openssl-version") && !isOpenSSL, f.given("seclevel") && !isOpenSSL:
		return usageError("--openssl-version and --seclevel are about --openssl or --ciphersuites", "tlsaudit suites --openssl DEFAULT --seclevel 2")
	case f.given("seclevel") && (f.level < 0 || f.level > 5):
		return usageError(fmt.Sprintf("--seclevel %d is not a security level: 0 to 5", f.level), "tlsaudit suites --openssl DEFAULT --seclevel 2")
	case f.given("disabled") && !f.given("jsse"):
		return usageError("--disabled is about --jsse", "tlsaudit suites --jsse TLS_RSA_WITH_AES_128_CBC_SHA --disabled 'RC4, TLS_RSA_*'")
	}
	if !slices.Contains(suiteFormats, f.format) {
		return usageError(fmt.Sprintf("--format %q is not a format of this command: one of %s", f.format, joinOr(suiteFormats)), "tlsaudit suites -f json")
	}
	return nil
}

func allNames[T any](all []T, names func(T) []string) []string {
	var list []string
	for _, entry := range all {
		list = append(list, names(entry)...)
	}
	return list
}

// noSuchName reports a pattern without a match, with what is near.
func noSuchName(pattern, what string, known []string, flag string) error {
	hint := "a pattern is a part of a name, a glob such as '*CHACHA20*', or a number such as 0xC02F"
	if near := nearestNames(pattern, known); len(near) > 0 {
		hint = "did you mean: tlsaudit suites " + flag + strings.Join(near, ", ")
	}
	return usageError(fmt.Sprintf("no %s matches %q", what, pattern), hint)
}

// nearestNames returns up to three names like the pattern, nearest first.
func nearestNames(pattern string, known []string) []string {
	var near []string
	for range 3 {
		name := strictyaml.Nearest(pattern, known)
		if name == "" {
			break
		}
		near = append(near, name)
		known = slices.DeleteFunc(slices.Clone(known), func(k string) bool { return k == name })
	}
	return near
}

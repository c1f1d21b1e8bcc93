package tlsreg

import (
	"path"
	"slices"
	"strings"
)

// Names returns every spelling of a suite, the registered one first, without
// repetitions.
func (s Suite) Names() []string {
	return distinct(append([]string{s.Name, s.OpenSSL, s.GnuTLS, s.JSSE, s.IBMJSSE(), s.GSKit, s.IHSShort}, s.OpenSSLAliases...))
}

// Names returns every spelling of a group, the registered one first.
func (g Group) Names() []string { return distinct(append([]string{g.Name}, g.OpenSSL...)) }

func distinct(names []string) []string {
	var list []string
	for _, name := range names {
		if name != "" && !slices.Contains(list, name) {
			list = append(list, name)
		}
	}
	return list
}

// Search returns the suites of which a name matches the pattern: a number as
// ParseCode reads it, a glob with * and ? that must match a whole name, or
// a part of a name. Case is ignored. The empty pattern matches everything.
func Search(pattern string) []Suite {
	return search(pattern, Suites(), Suite.Names, func(s Suite) uint32 { return uint32(s.Code) })
}

// SearchGroups does for groups what Search does for suites.
func SearchGroups(pattern string) []Group {
	return search(pattern, Groups(), Group.Names, func(g Group) uint32 { return uint32(g.Code) })
}

// SearchSchemes does for signature schemes what Search does for suites.
func SearchSchemes(pattern string) []Scheme {
	return search(pattern, Schemes(), func(s Scheme) []string { return []string{s.Name} }, func(s Scheme) uint32 { return uint32(s.Code) })
}

func search[T any](pattern string, all []T, names func(T) []string, code func(T) uint32) []T {
	matches := matcher(pattern)
	number, err := ParseCode(pattern)
	var found []T
	for _, entry := range all {
		if err == nil && code(entry) == uint32(number) || err != nil && slices.ContainsFunc(names(entry), matches) {
			found = append(found, entry)
		}
	}
	return found
}

// matcher returns the test of one name. A pattern that is no glob, such as one
// with an open bracket, is a part of a name.
func matcher(pattern string) func(string) bool {
	pattern = strings.ToUpper(strings.TrimSpace(pattern))
	if strings.ContainsAny(pattern, "*?") {
		return func(name string) bool {
			ok, err := path.Match(pattern, strings.ToUpper(name))
			return err == nil && ok
		}
	}
	return func(name string) bool { return strings.Contains(strings.ToUpper(name), pattern) }
}

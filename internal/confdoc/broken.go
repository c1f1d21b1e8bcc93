package confdoc

import (
	"fmt"
	"strings"

	"tlsaudit/audit"
	"tlsaudit/internal/cipherstring"
	"tlsaudit/internal/tlsreg"
)

// broken reports whether a suite protects nothing, or not for long: after enough
// traffic blocks of 64 bits give the text away.
func broken(s tlsreg.Suite) bool {
	switch strings.ToUpper(s.Enc) {
	case "NULL", "RC4", "RC2", "DES", "3DES", "IDEA":
		return true
	}
	return s.Export || strings.EqualFold(s.Auth, "anon") || strings.EqualFold(s.Auth, "NULL")
}

// preShared reports whether a suite takes keys shared beforehand.
func preShared(s tlsreg.Suite) bool {
	return strings.Contains(s.KX+s.Auth, "PSK") || strings.Contains(s.KX+s.Auth, "SRP")
}

// brokenIn returns the suites selected that protect nothing.
func brokenIn(class cipherstring.OpenSSLVersion, selected cipherstring.OpenSSLSelection) (names []string) {
	suites := selected.Suites
	if selected.Level > 0 {
		suites = class.AtLevel(suites, selected.Level)
	}
	for _, s := range suites {
		if broken(s) && !preShared(s) {
			names = append(names, s.Name)
		}
	}
	return names
}

// Broken judges whether the cipher string of a listener selects suites that
// protect nothing, in every version of OpenSSL that may be meant; o is nil if
// the listener has no strings.
func (s *CipherStrings) Broken(l *Listener, o *OpenSSL) []Result {
	if o == nil || o.Ciphers == nil {
		return nil
	}
	text, place := o.Ciphers.Text, o.Ciphers.Place
	upTo12 := false
	for _, fact := range l.Versions {
		upTo12 = upTo12 || fact.Version < audit.TLSv13 && fact.Answer != audit.Refused
	}
	if !upTo12 {
		return nil // the string is about versions nobody speaks here
	}
	found := s.study(text)
	names := found.broken
	if found.unknown {
		return []Result{Undecided(place, "the cipher string was not worked out")}
	}
	if len(names) == 0 {
		return nil
	}
	shown := strings.Join(names[:min(3, len(names))], ", ")
	if len(names) > 3 {
		shown += fmt.Sprintf(" and %d more", len(names)-3)
	}
	if !found.all {
		return []Result{Undecided(place, fmt.Sprintf("OpenSSL %s would allow %s; which version it is is not known", found.by, shown))}
	}
	return []Result{Violated(place, "the cipher string allows "+shown).Wants(audit.Want{ForbidSuites: names})}
}

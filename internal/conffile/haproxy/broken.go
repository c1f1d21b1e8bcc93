package haproxy

import (
	"fmt"
	"strings"

	"tlsaudit/audit"
	"tlsaudit/internal/cipherstring"
	"tlsaudit/internal/confdoc"
	"tlsaudit/internal/tlsreg"
)

// broken reports whether a suite protects nothing.
func broken(s tlsreg.Suite) bool {
	switch strings.ToUpper(s.Enc) {
	case "NULL", "RC4", "RC2", "DES", "IDEA":
		return true
	}
	return s.Export || strings.EqualFold(s.Auth, "anon") || strings.EqualFold(s.Auth, "NULL")
}

// helpless reports whether a suite takes keys shared beforehand, which the
// product has no setting for.
func helpless(s tlsreg.Suite) bool {
	return strings.Contains(s.KX+s.Auth, "PSK") || strings.Contains(s.KX+s.Auth, "SRP")
}

// brokenIn returns the suites selected that protect nothing.
func brokenIn(class cipherstring.OpenSSLVersion, selected cipherstring.OpenSSLSelection) (names []string) {
	suites := selected.Suites
	if selected.Level > 0 {
		suites = class.AtLevel(suites, selected.Level)
	}
	for _, s := range suites {
		if broken(s) && !helpless(s) {
			names = append(names, s.Name)
		}
	}
	return names
}

// brokenSuites asks every version of OpenSSL that may be meant.
func brokenSuites(c *confdoc.Case) []confdoc.Result {
	if c.Listener.TLS == audit.Refused {
		return confdoc.Moot("no TLS is spoken here")
	}
	p := c.Doc.Syntax.(*parser)
	o := stringsOf(c.Listener)
	if o == nil || o.Ciphers == nil {
		return nil
	}
	text, place := o.Ciphers.Text, o.Ciphers.Place
	upTo12 := false
	for _, fact := range c.Listener.Versions {
		upTo12 = upTo12 || fact.Version < audit.TLSv13 && fact.Answer != audit.Refused
	}
	if !upTo12 {
		return nil // the string is about versions nobody speaks here
	}
	found := p.studyOf(text)
	names := found.broken
	if found.unknown {
		return []confdoc.Result{confdoc.Undecided(place, "the cipher string was not worked out")}
	}
	if len(names) == 0 {
		return nil
	}
	shown := strings.Join(names[:min(3, len(names))], ", ")
	if len(names) > 3 {
		shown += fmt.Sprintf(" and %d more", len(names)-3)
	}
	if !found.all {
		return []confdoc.Result{confdoc.Undecided(place, fmt.Sprintf("OpenSSL %s would allow %s; which version it is is not known", found.by, shown))}
	}
	return []confdoc.Result{confdoc.Violated(place, "the cipher string allows "+shown).Wants(audit.Want{ForbidSuites: names})}
}

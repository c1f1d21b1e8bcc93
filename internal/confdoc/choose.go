package confdoc

import (
	"slices"
	"strings"

	"tlsaudit/audit"
	"tlsaudit/internal/tlsreg"
)

// StrongSuites are suites up to TLS 1.2 with forward secrecy and authenticated
// encryption, by OpenSSL's names: for where none of those in force is left.
var StrongSuites = []string{
	"ECDHE-ECDSA-AES128-GCM-SHA256", "ECDHE-RSA-AES128-GCM-SHA256", "ECDHE-ECDSA-AES256-GCM-SHA384", "ECDHE-RSA-AES256-GCM-SHA384",
	"ECDHE-ECDSA-CHACHA20-POLY1305", "ECDHE-RSA-CHACHA20-POLY1305",
}

// Choose returns those of the suites in force that are wanted, in their order,
// by OpenSSL's names, and whether others are in force too; if none is left,
// those wanted of otherwise or of the list allowed. Suites for DSS certificates
// are left out, unless no other is wanted: nobody has such a certificate any
// more. It is about TLS 1.3 or about the versions below it. Nothing changes where
// a listener has no strings, or speaks none of these versions.
func (s *CipherStrings) Choose(l *Listener, o *OpenSSL, want audit.Want, tls13 bool, otherwise []string) (names []string, changed bool) {
	if o == nil || !slices.ContainsFunc(l.Spoken(), func(f *audit.VersionFact) bool { return (f.Version == audit.TLSv13) == tls13 }) {
		return nil, false
	}
	seen := map[string]bool{}
	var dss []string
	take := func(s tlsreg.Suite) {
		if s.OpenSSL == "" || seen[s.OpenSSL] || (s.Min == audit.TLSv13) != tls13 {
			return
		}
		seen[s.OpenSSL] = true
		if s.Auth == "DSS" {
			dss = append(dss, s.OpenSSL)
			return
		}
		names = append(names, s.OpenSSL)
	}
	fact := s.newest(*o, tls13)
	if fact.SuitesAnswer != audit.Accepted && !tls13 {
		changed = true
	}
	for _, s := range fact.Suites {
		r, ok := tlsreg.SuiteByCode(s.ID)
		if ok && preShared(r) {
			continue
		}
		if !ok || !fits(r, want) {
			changed = true
			continue
		}
		take(r)
	}
	if changed && len(names) == 0 {
		for _, name := range slices.Concat(otherwise, want.AllowSuites, want.TLS13Suites) {
			if r, ok := tlsreg.SuiteByName(name); ok && fits(r, want) {
				take(r)
			}
		}
	}
	if len(names) == 0 {
		names = dss
	}
	return names, changed
}

// newest returns what the strings select at the newest version they are about,
// whichever versions a listener speaks of those: a string serves several
// listeners, and all must have the same change.
func (s *CipherStrings) newest(o OpenSSL, tls13 bool) audit.VersionFact {
	v := audit.TLSv12
	if tls13 {
		v = audit.TLSv13
	}
	o.Enabled = map[audit.Version]Fact{v: {Answer: audit.Accepted}}
	posture, _ := o.Posture(s.r)
	return posture.Version(v)
}

// AboutSuites reports whether a want says anything that is to be written as a
// cipher string.
func AboutSuites(w audit.Want) bool {
	return len(w.AllowSuites) > 0 || len(w.ForbidSuites) > 0 || w.Strong || w.MinDHBits > 0
}

// fits reports whether a suite is wanted.
func fits(s tlsreg.Suite, w audit.Want) bool {
	has := func(list []string) bool { return slices.Contains(list, s.Name) }
	switch {
	case has(w.ForbidSuites), w.Strong && !strong(s), broken(s) && !has(w.AllowSuites), w.MinDHBits > 0 && s.KX == "DHE",
		len(w.AllowSuites) > 0 && !has(w.AllowSuites) && !has(w.TLS13Suites):
		return false
	}
	return true
}

// strong reports whether a suite has forward secrecy and authenticated
// encryption of the usual kinds.
func strong(s tlsreg.Suite) bool {
	return s.AEAD && s.PFS && s.Auth != "DSS" && (s.Mode == "GCM" && s.Enc == "AES" || strings.HasPrefix(s.Enc, "CHACHA20") || s.Min == audit.TLSv13 && s.StrengthBits >= 128 && s.Mode != "CCM-8")
}

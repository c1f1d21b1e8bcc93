package cipherstring

import (
	"slices"
	"strings"

	"tlsaudit/audit"
	"tlsaudit/internal/tlsreg"
)

func isDTLS(version string) bool { return strings.HasPrefix(version, "DTLS") }

// settle takes out what cannot go together, as the library does once the words
// are read.
func (p *priority) settle() error {
	has := func(list []string, names ...string) bool {
		return slices.ContainsFunc(names, func(n string) bool { return slices.Contains(list, n) })
	}
	// TLS 1.3 cannot do NULL, SRP, RSA-PSK, or go without extensions.
	if has(p.ciphers, "NULL") || has(p.kx, "SRP", "SRP-RSA", "SRP-DSS", "RSA-PSK") || has(p.selection.Options, "NO_EXTENSIONS") {
		removeFrom(&p.versions, "TLS1.3")
	}
	if len(p.versions) == 0 {
		return noPriorities(p.input)
	}
	has13 := has(p.versions, "TLS1.3")
	hasPSK := has(p.kx, "PSK", "DHE-PSK", "ECDHE-PSK")
	// With TLS 1.3 alone no key exchange is chosen by suites.
	if has13 && len(p.versions) == 1 && !hasPSK {
		p.kx = nil
	}
	without12, older := !has(p.versions, "TLS1.2"), has(p.versions, "TLS1.0", "TLS1.1")
	if !p.signs() {
		removeFrom(&p.versions, "TLS1.3", "TLS1.2", "DTLS1.2")
	}
	if len(p.versions) == 0 || len(p.compose(nil)) == 0 {
		return noPriorities(p.input)
	}
	// A server without TLS 1.3 would answer such a hello with TLS 1.2.
	hasGroup := slices.ContainsFunc(p.groups, func(name string) bool { return !slices.Contains(gnutlsNameOnly, name) })
	if has13 && (!hasPSK && !hasGroup || without12 && older) {
		removeFrom(&p.versions, "TLS1.3")
	}
	return nil
}

// signs reports whether a signature is left that one of the versions knows.
func (p *priority) signs() bool {
	before13, in13 := false, false
	for _, v := range p.versions {
		if v == "TLS1.3" {
			in13 = true
		} else {
			before13 = true
		}
	}
	return slices.ContainsFunc(p.signatures, func(name string) bool {
		s := gnutlsSchemes[name]
		return s.before13 && before13 || s.in13 && in13
	})
}

// compose builds the suites from their parts; keep may be nil.
func (p *priority) compose(keep func(gnutlsSuite) bool) []tlsreg.Suite {
	var chosen set
	for _, kx := range append([]string{""}, p.kx...) {
		for _, cipher := range p.ciphers {
			for _, mac := range p.macs {
				if s, ok := gnutlsSuites()[gnutlsParts{kx, cipher, mac}]; ok && (keep == nil || keep(s)) {
					chosen.add(s.suite)
				}
			}
		}
	}
	return chosen.list
}

// fill writes the result.
func (p *priority) fill() {
	s := p.selection
	s.Protocols, s.Ciphers, s.MACs, s.KeyExchanges, s.Signatures = p.versions, p.ciphers, p.macs, p.kx, p.signatures
	var newest audit.Version
	newestDTLS := 0
	for _, name := range p.versions {
		if isDTLS(name) {
			newestDTLS = max(newestDTLS, map[string]int{"DTLS0.9": 9, "DTLS1.0": 10, "DTLS1.2": 12}[name])
			continue
		}
		v := map[string]audit.Version{"TLS1.0": audit.TLSv10, "TLS1.1": audit.TLSv11, "TLS1.2": audit.TLSv12, "TLS1.3": audit.TLSv13}[name]
		newest = max(newest, v)
		s.Versions = append(s.Versions, v)
	}
	s.Suites = p.compose(func(entry gnutlsSuite) bool {
		return entry.tls <= newest || entry.dtls != 0 && entry.dtls <= newestDTLS
	})
	for _, name := range p.groups {
		if g, ok := tlsreg.GroupByName(name); ok {
			s.Groups = append(s.Groups, g)
		}
	}
	seen := map[audit.Code]bool{}
	for _, name := range p.signatures {
		scheme, ok := tlsreg.SchemeByCode(gnutlsSchemes[name].code)
		if ok && !seen[scheme.Code] {
			seen[scheme.Code] = true
			s.Schemes = append(s.Schemes, scheme)
		}
	}
}

package remedy

import (
	"slices"
	"strings"

	"tlsaudit/audit"
	"tlsaudit/internal/tlsreg"
)

// wanted is a posture with the questions dialects ask of it.
type wanted struct{ audit.Want }

// versions returns the versions to allow, oldest first; nil for no demand.
func (w *wanted) versions() []audit.Version {
	if len(w.Versions) > 0 {
		return slices.Sorted(slices.Values(w.Versions))
	}
	if w.MinVersion == 0 {
		return nil
	}
	return slices.DeleteFunc(slices.Clone(audit.Versions), func(v audit.Version) bool { return v < w.MinVersion })
}

// unwanted returns the versions to switch off.
func (w *wanted) unwanted() []audit.Version {
	allowed := w.versions()
	if allowed == nil {
		return nil
	}
	return slices.DeleteFunc(slices.Clone(audit.Versions), func(v audit.Version) bool { return slices.Contains(allowed, v) })
}

// suites returns the suites to allow, those of TLS 1.3 apart; both empty for
// no demand. A name no registry has is left out.
func (w *wanted) suites() (upTo12, tls13 []tlsreg.Suite) {
	list := w.AllowSuites
	if len(list) == 0 && (w.Strong || len(w.ForbidSuites) > 0) {
		list = tlsreg.Usual
	}
	for _, s := range resolve(list) {
		if s.Min == audit.TLSv13 {
			tls13 = append(tls13, s)
		} else {
			upTo12 = append(upTo12, s)
		}
	}
	return upTo12, tls13
}

// forbidden returns the suites to switch off by name.
func (w *wanted) forbidden() []tlsreg.Suite { return resolve(w.ForbidSuites) }

func resolve(suites []string) []tlsreg.Suite {
	var list []tlsreg.Suite
	for _, name := range suites {
		if s, ok := tlsreg.SuiteByName(name); ok {
			list = append(list, s)
		}
	}
	return list
}

// groups returns the groups to allow by their OpenSSL names.
func (w *wanted) groups() []string {
	curves, finite := w.groupsByKind()
	return append(curves, finite...)
}

// groupsByKind tells elliptic curves and hybrids from the finite-field groups
// of RFC 7919, which some products take in a setting of their own.
func (w *wanted) groupsByKind() (curves, finite []string) {
	for _, name := range w.Groups {
		g, ok := tlsreg.GroupByName(name)
		if ok && len(g.OpenSSL) > 0 {
			name = g.OpenSSL[0]
		}
		if g.Kind == "ffdhe" {
			finite = append(finite, name)
		} else {
			curves = append(curves, name)
		}
	}
	return curves, finite
}

// spell renders suites in a product's spelling, leaving out those it has no
// name for.
func spell(suites []tlsreg.Suite, name func(tlsreg.Suite) string) []string {
	var list []string
	for _, s := range suites {
		if n := name(s); n != "" && !slices.Contains(list, n) {
			list = append(list, n)
		}
	}
	return list
}

func openssl(s tlsreg.Suite) string { return s.OpenSSL }
func iana(s tlsreg.Suite) string    { return s.Name }

// ciphers is a list in OpenSSL's syntax.
func ciphers(suites []tlsreg.Suite) string { return strings.Join(spell(suites, openssl), ":") }

// words renders versions with one name per version, each after prefix.
func words(versions []audit.Version, prefix string, name map[audit.Version]string) string {
	var list []string
	for _, v := range versions {
		if n := name[v]; n != "" {
			list = append(list, prefix+n)
		}
	}
	return strings.Join(list, " ")
}

// opensslVersions are the tokens of OpenSSL-based products.
var opensslVersions = map[audit.Version]string{
	audit.SSLv3: "SSLv3", audit.TLSv10: "TLSv1", audit.TLSv11: "TLSv1.1", audit.TLSv12: "TLSv1.2", audit.TLSv13: "TLSv1.3",
}

// onOff is the spelling of a switch.
func onOff(on bool, yes, no string) string {
	if on {
		return yes
	}
	return no
}

package checks

import (
	"slices"
	"sync"

	"tlsaudit/audit"
	"tlsaudit/internal/tlsreg"
)

// askableSuites holds, for each version, what a server can be asked about there,
// in the form in which accepted suites are judged. Nobody writes to it.
var askableSuites = sync.OnceValue(func() map[audit.Version][]seenSuite {
	all := map[audit.Version][]seenSuite{}
	for _, v := range audit.Versions {
		for _, reg := range tlsreg.Askable(v) {
			all[v] = append(all[v], seenSuite{
				Suite:    &audit.Suite{ID: reg.Code, Name: reg.Name, OpenSSL: reg.OpenSSL, Bits: reg.StrengthBits},
				Versions: []audit.Version{v}, Reg: &reg, Listed: true, code: reg.Code.String(),
			})
		}
	}
	return all
})

// askSuites adds the suites that make a difference, at the versions given, or
// at all of them if there are none.
func askSuites(q *audit.Questions, versions []audit.Version, differs func(*seenSuite) bool) {
	for v, suites := range askableSuites() {
		if len(versions) > 0 && !slices.Contains(versions, v) {
			continue
		}
		for i := range suites {
			if differs(&suites[i]) {
				q.AskSuites(v, suites[i].ID)
			}
		}
	}
}

// askPrimes adds what shows finite-field primes below low bits: suites whose
// prime the server picks, and the groups of TLS 1.3 that are too small.
func askPrimes(q *audit.Questions, low int) {
	askSuites(q, nil, (*seenSuite).ephemeral)
	for _, g := range tlsreg.Groups() {
		if size := ffdheBits(g.Code); size > 0 && size < low && g.TLS13 {
			q.AskGroups(audit.TLSv13, g.Code)
		}
	}
}

// ephemeral reports ephemeral Diffie-Hellman over a finite field.
func (s *seenSuite) ephemeral() bool { return s.FiniteField() }

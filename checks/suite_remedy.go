package checks

import (
	"slices"
	"sync"

	"tlsaudit/audit"
	"tlsaudit/internal/tlsreg"
)

// keepSuites is the remedy of a suite check. It lists, up to TLS 1.2 and for
// TLS 1.3 apart, the accepted suites the check has nothing against; of these
// only those with forward secrecy and authenticated encryption, so that the
// remedies of all suite rules about one endpoint come to the same line. Where
// there are none, the usual suites stand in, and where the check rules out
// those too, whatever else it lets pass.
func keepSuites(c *audit.Case, good func(*seenSuite) bool) audit.Want {
	var want audit.Want
	accepted := acceptedSuites(c)
	for _, modern := range []bool{false, true} {
		var best, fair []string
		dropped := false
		for _, s := range accepted {
			if (s.Reg.Min == audit.TLSv13) != modern || slices.Equal(s.Versions, []audit.Version{audit.SSLv2}) {
				continue // SSLv2 kinds go with the version
			}
			switch {
			case !s.Listed || !good(&s) || weakness(&s) != "":
				dropped = true
				want.ForbidSuites = append(want.ForbidSuites, s.Name)
			case s.Reg.PFS && s.Reg.AEAD:
				best = append(best, s.Name)
			default:
				fair = append(fair, s.Name)
			}
		}
		if len(best) == 0 && (dropped || len(fair) > 0) {
			best = usualSuites(modern, good)
		}
		if len(best) == 0 {
			best = fair
		}
		if modern && len(best) == 0 {
			// not offered yet; another rule may ask for it
			want.TLS13Suites = usualSuites(modern, good)
		}
		want.AllowSuites = append(want.AllowSuites, best...)
	}
	want.Strong = len(want.AllowSuites) == 0
	return want
}

// usualSuites returns the usual suites of a generation that a check lets pass.
func usualSuites(modern bool, good func(*seenSuite) bool) []string {
	var list []string
	for i := range usual() {
		if s := &usual()[i]; (s.Reg.Min == audit.TLSv13) == modern && good(s) {
			list = append(list, tlsreg.Usual[i])
		}
	}
	return list
}

// usual are the usual suites as if they had been seen, never written to.
var usual = sync.OnceValue(func() []seenSuite {
	list := make([]seenSuite, len(tlsreg.Usual))
	for i, name := range tlsreg.Usual {
		reg, _ := tlsreg.SuiteByName(name)
		list[i] = seenSuite{Suite: &audit.Suite{ID: reg.Code, Name: reg.Name}, Reg: &reg, Listed: true}
	}
	return list
})

// strongSuites is the remedy of a suite check where no observation is at hand.
func strongSuites(any) audit.Want { return audit.Want{Strong: true} }

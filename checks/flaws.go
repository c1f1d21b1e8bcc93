package checks

import (
	"slices"

	"tlsaudit/audit"
	"tlsaudit/internal/tlsreg"
)

// probed judges a flaw that the scanner probes for at depth deep. Where there is
// no fact about it, derive says why there can be no flaw, or is the empty string.
// One probe speaks for all versions: the flaws are in libraries.
func probed(o *audit.Observation, name audit.Feature, what string, derive func() string) []audit.Outcome {
	var out []audit.Outcome
	for _, f := range o.Features {
		if f.Name != name || f.Answer == audit.NotAsked {
			continue
		}
		switch f.Answer {
		case audit.Accepted, audit.Latent:
			shown := what
			if f.Value != "" {
				shown += " (" + f.Value + ")"
			}
			out = append(out, violated(f.Evidence, "probed at %s: %s", f.Version, shown))
		case audit.Refused:
			out = append(out, met(f.Evidence, "probed at %s: no %s", f.Version, what))
		default:
			out = append(out, undecided(f.Evidence, "probed at %s, and whether there is %s stayed open", f.Version, what))
		}
	}
	if out != nil {
		return out
	}
	if why := derive(); why != "" {
		return []audit.Outcome{met("", "%s", why)}
	}
	if gap := o.NotAskedAt("the probe for "+what, audit.DepthDeep); gap != "" {
		return []audit.Outcome{undecided("", "%s", gap)}
	}
	return []audit.Outcome{undecided("", "the probe for %s was not made: %s", what, unprobed(o))}
}

// unprobed says what kept the scanner from probing.
func unprobed(o *audit.Observation) string {
	for _, v := range []audit.Version{audit.TLSv12, audit.TLSv11, audit.TLSv10} {
		switch f := o.Version(v); {
		case f.Answer == audit.Accepted:
			return "it was not come to, or no accepted suite is one it can be made with"
		case !f.Answer.Known():
			return v.String() + " is " + f.Answer.String()
		}
	}
	return "it takes TLS 1.0, 1.1 or 1.2"
}

// newOnly says that only TLS 1.3 is accepted, or nothing.
func newOnly(o *audit.Observation, what string) string {
	if !noneOlder(o) || o.Version(audit.TLSv13).Answer != audit.Accepted {
		return ""
	}
	return "derived: only TLS 1.3 is accepted, which " + what
}

// noneLike says that no accepted suite is of a kind, provided that all are
// known, or nothing.
func noneLike(o *audit.Observation, what string, is func(v audit.Version, s *tlsreg.Suite) bool) string {
	if o.Lacks(audit.NeedSuites) != "" {
		return ""
	}
	for _, f := range o.Versions {
		if f.Answer == audit.Accepted && slices.ContainsFunc(f.Suites, func(s audit.Suite) bool {
			reg, listed := suiteRegistry()[s.ID]
			return !listed || is(f.Version, reg)
		}) {
			return ""
		}
	}
	return "derived: no suite with " + what + " is accepted"
}

// neverDone says that a feature is refused wherever it could be used, or nothing.
func neverDone(o *audit.Observation, name audit.Feature, what string) string {
	asked := false
	for _, v := range older {
		switch f := o.Version(v); {
		case f.Answer == audit.Refused, !o.Askable(v):
			continue
		case !f.Answer.Known():
			return ""
		}
		switch o.Feature(name, v).Answer {
		case audit.Refused:
			asked = true
		case audit.NotAsked: // it is asked for at the newest of these only
			if !asked && v > audit.SSLv3 {
				return ""
			}
		default:
			return ""
		}
	}
	if !asked {
		return ""
	}
	return "derived: " + what
}

// likeSuites judges a flaw that is derived from the accepted suites.
func likeSuites(is func(*seenSuite) bool, what string) func(*audit.Case) []audit.Outcome {
	return func(c *audit.Case) []audit.Outcome {
		return eachSuite(c, func(s *seenSuite) string {
			if is(s) {
				return what
			}
			return ""
		})
	}
}

// lacking is the remedy of such a check.
func lacking(is func(*seenSuite) bool) func(*audit.Case) audit.Want {
	return func(c *audit.Case) audit.Want { return keepSuites(c, func(s *seenSuite) bool { return !is(s) }) }
}

// deep makes an example one of a scan at depth deep.
func deep(o *audit.Observation) { o.Depth = audit.DepthDeep }

// standard makes an example one of a scan at depth standard.
func standard(o *audit.Observation) { o.Depth = audit.DepthStandard }

package checks

import (
	"slices"

	"tlsaudit/audit"
)

var protocolOnly = &audit.Check{
	ID:       "protocol.only",
	Declared: audit.AspectVersions,
	Title:    "No protocol version is accepted besides those listed",
	Doc:      "A list of versions to speak is safer than a list of versions to avoid: whatever a later library adds is off until somebody allows it.",
	Detect:   "Every version is asked for in a handshake of its own; a latent one outside the list is a warning. Unknown if a version outside the list has no clear answer, or if none is accepted at all.",
	Severity: audit.High,
	Refs:     []string{"RFC 9325 section 3.1.1"},
	Needs:    []audit.Need{audit.NeedTLS},
	Params: func(in map[string]any) (any, error) {
		r := read(in)
		versions := r.versions("versions")
		r.require("versions")
		return versions, r.done()
	},
	ParamsDoc: map[string]string{"versions": "the protocol versions that may be offered"},
	Run: func(c *audit.Case) []audit.Outcome {
		allowed := c.Params.([]audit.Version)
		return onlyVersions(c.Observation, func(v audit.Version) bool { return slices.Contains(allowed, v) })
	},
	Want: func(params any) audit.Want {
		versions := slices.Sorted(slices.Values(params.([]audit.Version)))
		return audit.Want{MinVersion: versions[0], Versions: versions}
	},
	Examples: []audit.Example{
		example("TLS 1.2 besides 1.3", audit.Fail, map[string]any{"versions": []any{"TLSv1.3"}}),
		example("both allowed", audit.Pass, map[string]any{"versions": []any{"TLSv1.2", "TLSv1.3"}}),
		example("TLS 1.1 without a clear answer", audit.Unknown, map[string]any{"versions": []any{"TLSv1.2", "TLSv1.3"}},
			answers(audit.TLSv11, audit.Undetermined, "timeout")),
		example("alerts to every version", audit.Unknown, map[string]any{"versions": []any{"TLSv1.2", "TLSv1.3"}},
			answers(audit.TLSv12, audit.Refused, "alert 40 handshake_failure"), answers(audit.TLSv13, audit.Refused, "alert 40 handshake_failure")),
		example("unreachable", audit.Unknown, map[string]any{"versions": []any{"TLSv1.3"}}, unreachable),
	},
}

// onlyVersions objects to every version outside allowed that is not refused,
// and does not let an endpoint that accepted none pass for empty.
func onlyVersions(o *audit.Observation, allowed func(audit.Version) bool) []audit.Outcome {
	var forbidden []audit.Version
	accepted := []audit.Version{}
	for _, v := range audit.Versions {
		if !allowed(v) && o.Askable(v) {
			forbidden = append(forbidden, v)
		}
		if o.Version(v).Answer == audit.Accepted {
			accepted = append(accepted, v)
		}
	}
	out := slices.DeleteFunc(mustNotOffer(o, forbidden), func(x audit.Outcome) bool { return x.Kind == audit.Met })
	if len(accepted) == 0 {
		return append(out, undecided("", "no protocol version was accepted"))
	}
	return append(out, met("", "accepts %s only", names(accepted)))
}

package checks

import (
	"slices"

	"tlsaudit/audit"
)

type offeredParams struct {
	versions []audit.Version
	any      bool
}

var protocolOffered = graded(&audit.Check{
	ID:       "protocol.offered",
	Declared: audit.AspectVersions,
	Title:    "The protocol versions named are offered, or not offered, as demanded",
	Doc: "Old protocol versions have broken key derivation, MACs and padding; a listener that still answers them can be used by an attacker who " +
		"controls the connection. New ones are demanded so that peers need not fall back.",
	Detect: "Each version is asked for in a handshake of its own. Under must_not and should_not, an accepted version violates the rule and a latent one " +
		"(allowed by the configuration, refused by the library of today) is a warning; under every other level (a prohibition that an override lowered to may stays one) a version that is not accepted violates it. " +
		"A version without a trustworthy answer is unknown. SSLv2 is never put to a Sametime port and does not apply there.",
	Severity: audit.High,
	Refs:     []string{"RFC 6176", "RFC 7568", "RFC 8996", "RFC 9325 section 3.1.1"},
	Needs:    []audit.Need{audit.NeedTLS},
	Params: func(in map[string]any) (any, error) {
		r := read(in)
		p := offeredParams{versions: r.versions("versions"), any: r.bool("any", false)}
		r.require("versions")
		return p, r.done()
	},
	Forbids: always,
	ParamsDoc: map[string]string{
		"versions": "protocol versions, SSLv2 to TLSv1.3",
		"any":      "when they must be offered: one of them is enough (default false: all)",
	},
	Run: func(c *audit.Case) []audit.Outcome {
		p := c.Params.(offeredParams)
		if c.Forbids {
			return mustNotOffer(c.Observation, p.versions)
		}
		return mustOffer(c.Observation, p.versions, p.any)
	},
	Want: func(params any) audit.Want {
		p := params.(offeredParams)
		return wantVersions(func(v audit.Version) bool { return v >= audit.TLSv12 || slices.Contains(p.versions, v) })
	},
	WantFor: func(c *audit.Case) audit.Want {
		p := c.Params.(offeredParams)
		if c.Forbids {
			return wantVersions(func(v audit.Version) bool { return !slices.Contains(p.versions, v) })
		}
		return wantVersions(func(v audit.Version) bool { return v >= audit.TLSv12 || slices.Contains(p.versions, v) })
	},
	Examples: []audit.Example{
		at(audit.MustNot, example("TLS 1.0 accepted", audit.Fail, map[string]any{"versions": []any{"TLSv1.0"}},
			accepts(audit.TLSv10, "TLS_RSA_WITH_AES_128_CBC_SHA"))),
		at(audit.MustNot, example("TLS 1.0 allowed by configuration, unusable today", audit.Warn, map[string]any{"versions": []any{"TLSv1.0"}},
			answers(audit.TLSv10, audit.Latent, "alert 80 internal_error"))),
		at(audit.MustNot, example("TLS 1.0 refused", audit.Pass, map[string]any{"versions": []any{"TLSv1.0", "TLSv1.1"}})),
		at(audit.MustNot, example("TLS 1.0 without a clear answer", audit.Unknown, map[string]any{"versions": []any{"TLSv1.0"}},
			answers(audit.TLSv10, audit.Undetermined, "reset after ClientHello; control probe failed"))),
		at(audit.MustNot, example("SSLv2 on Sametime", audit.NotApplicable, map[string]any{"versions": []any{"SSLv2"}},
			chat(audit.SametimeTLSOnly, audit.Refused, audit.Accepted))),
		example("TLS 1.3 missing", audit.Fail, map[string]any{"versions": []any{"TLSv1.3"}}, answers(audit.TLSv13, audit.Refused, "alert 70 protocol_version")),
		example("one of two is enough", audit.Pass, map[string]any{"versions": []any{"TLSv1.2", "TLSv1.3"}, "any": true},
			answers(audit.TLSv13, audit.Refused, "alert 70 protocol_version")),
	},
}, special{"best_only", "the same as cap, where no newer version than those named is accepted", func(c *audit.Case) bool {
	newest := slices.Max(c.Params.(offeredParams).versions)
	return !slices.ContainsFunc(audit.Versions, func(v audit.Version) bool { return v > newest && c.Observation.Version(v).Answer != audit.Refused })
}})

// always is Check.Forbids of a check that says what must not be whatever its
// parameters are.
func always(any) bool { return true }

// mustNotOffer objects to every listed version that is accepted.
func mustNotOffer(o *audit.Observation, versions []audit.Version) []audit.Outcome {
	var out []audit.Outcome
	for _, v := range versions {
		f := o.Version(v)
		switch {
		case !o.Askable(v):
			out = append(out, moot("%s is not part of the protocol on a Sametime port", v))
		case f.Answer == audit.Accepted:
			out = append(out, violated(f.Evidence, "%s is accepted", v))
		case f.Answer == audit.Latent:
			out = append(out, advice(f.Evidence, "%s is allowed by the configuration, though unusable today", v))
		case f.Answer == audit.Refused:
			out = append(out, met(f.Evidence, "%s is refused", v))
		default:
			out = append(out, undecided(f.Evidence, "%s is %s", v, f.Answer))
		}
	}
	return out
}

// mustOffer objects to every listed version that is not accepted; with any,
// only if none is.
func mustOffer(o *audit.Observation, versions []audit.Version, any bool) []audit.Outcome {
	var good, bad, open []audit.Outcome
	for _, v := range versions {
		f := o.Version(v)
		switch f.Answer {
		case audit.Accepted:
			good = append(good, met(f.Evidence, "%s is offered", v))
		case audit.Refused, audit.Latent:
			bad = append(bad, violated(f.Evidence, "%s is not offered", v))
		default:
			open = append(open, undecided(f.Evidence, "%s is %s", v, f.Answer))
		}
	}
	switch {
	case any && len(good) > 0:
		return good
	case any && len(open) > 0:
		return open
	}
	return slices.Concat(bad, open, good)
}

// wantVersions asks for exactly the versions that are allowed, out of those a
// server should speak today, or for the newest one if none of them is.
func wantVersions(allowed func(audit.Version) bool) audit.Want {
	var versions []audit.Version
	for _, v := range audit.Versions {
		if v >= audit.TLSv12 && allowed(v) {
			versions = append(versions, v)
		}
	}
	if len(versions) == 0 {
		versions = []audit.Version{audit.TLSv13}
	}
	return audit.Want{MinVersion: versions[0], Versions: versions}
}

package checks

import (
	"fmt"
	"slices"

	"tlsaudit/audit"
	"tlsaudit/internal/tlsreg"
)

// older are the versions with session features to negotiate, newest first.
// TLS 1.3 has built the good ones in and dropped the others.
var older = []audit.Version{audit.TLSv12, audit.TLSv11, audit.TLSv10, audit.SSLv3, audit.SSLv2}

// eachOlder judges every accepted version before TLS 1.3. A version without an
// answer is undecided: nobody knows what it would do. spoken reports whether
// there is, or may be, any.
func eachOlder(o *audit.Observation, judge func(f audit.VersionFact) []audit.Outcome) (out []audit.Outcome, spoken bool) {
	for _, v := range older {
		f := o.Version(v)
		switch {
		case f.Answer == audit.Accepted:
			spoken = true
			out = append(out, judge(f)...)
		case o.Askable(v) && !f.Answer.Known():
			spoken = true
			out = append(out, undecided(f.Evidence, "%s is %s", v, f.Answer))
		}
	}
	return out, spoken
}

// only13 is the outcome where no older version is accepted: what says why the
// demand holds in TLS 1.3, provided that it is accepted.
func only13(o *audit.Observation, kind audit.OutcomeKind, what string) []audit.Outcome {
	if f := o.Version(audit.TLSv13); f.Answer != audit.Accepted {
		return []audit.Outcome{undecided(f.Evidence, "no version was accepted: %s is %s", f.Version, f.Answer)}
	}
	return []audit.Outcome{{Kind: kind, Message: "only TLS 1.3 is accepted, which " + what}}
}

// demanded is the outcome for a protection that must be there at version v.
func demanded(o *audit.Observation, name audit.Feature, what string, v audit.Version) []audit.Outcome {
	f := o.Feature(name, v)
	switch {
	case f.Answer == audit.Accepted:
		return []audit.Outcome{met(f.Evidence, "%s at %s", what, v)}
	case f.Answer == audit.Refused:
		return []audit.Outcome{violated(f.Evidence, "no %s at %s", what, v)}
	case v == audit.SSLv2, v == audit.SSLv3 && name != audit.FeatureSecureRenegotiation:
		return []audit.Outcome{violated("", "%s is accepted, which has no %s", v, what)}
	}
	return []audit.Outcome{unanswered(o, f, fmt.Sprintf("%s at %s", what, v))}
}

// unanswered is the outcome for a feature without an answer; what names it. It
// says which depth would have asked, where that is the reason.
func unanswered(o *audit.Observation, f audit.FeatureFact, what string) audit.Outcome {
	if why := o.NotAskedAt(what, audit.DepthStandard); f.Answer == audit.NotAsked && why != "" {
		return undecided("", "%s", why)
	}
	return undecided(f.Evidence, "%s is %s", what, f.Answer)
}

// prohibited judges a feature that must not be there. It is asked for at the
// newest older version; what was learnt about others counts as well.
func prohibited(o *audit.Observation, name audit.Feature, what string) []audit.Outcome {
	newest := true
	out, spoken := eachOlder(o, func(v audit.VersionFact) []audit.Outcome {
		if v.Version == audit.SSLv2 || v.Version == audit.SSLv3 && name != audit.FeatureCompression {
			return []audit.Outcome{met("", "%s has no %s", v.Version, what)}
		}
		f, first := o.Feature(name, v.Version), newest
		newest = false
		switch {
		case f.Answer == audit.Accepted || f.Answer == audit.Latent:
			if f.Value != "" {
				return []audit.Outcome{violated(f.Evidence, "%s (%s) at %s", what, f.Value, v.Version)}
			}
			return []audit.Outcome{violated(f.Evidence, "%s at %s", what, v.Version)}
		case f.Answer == audit.Refused:
			return []audit.Outcome{met(f.Evidence, "no %s at %s", what, v.Version)}
		case f.Answer == audit.NotAsked && !first:
			return nil
		}
		return []audit.Outcome{unanswered(o, f, fmt.Sprintf("%s at %s", what, v.Version))}
	})
	if spoken {
		return out
	}
	return only13(o, audit.Met, "has no "+what)
}

// notAsked is the outcome where there is no fact at all.
func notAsked(o *audit.Observation, what string) audit.Outcome {
	if why := o.NotAskedAt(what, audit.DepthStandard); why != "" {
		return undecided("", "%s", why)
	}
	return undecided("", "%s was not asked", what)
}

// isEC reports a suite whose key exchange is over elliptic curves.
func isEC(s tlsreg.Suite) bool { return s.KX == "ECDHE" || s.KX == "ECDH" }

func isCBC(s tlsreg.Suite) bool { return s.Mode == "CBC" }

// isSigned reports a suite in which the server signs its key exchange.
func isSigned(s tlsreg.Suite) bool {
	return (s.KX == "ECDHE" || s.KX == "DHE") && (s.Auth == "RSA" || s.Auth == "ECDSA" || s.Auth == "DSS")
}

// accepted reports whether one of the suites of a version is of a kind.
func accepted(f audit.VersionFact, is func(tlsreg.Suite) bool) bool {
	return slices.ContainsFunc(f.Suites, func(s audit.Suite) bool {
		reg, _ := tlsreg.SuiteByCode(s.ID)
		return is(reg)
	})
}

// onlyIf reads the "if" of a profile, which only says in words what the
// check does anyway.
func (r *reader) onlyIf(text string) { r.word("if", "", text) }

// otherWant is a remedy no common configuration line establishes.
func otherWant(text string) func(any) audit.Want {
	return func(any) audit.Want { return audit.Want{Other: text} }
}

// featured gives an example the session features of a well-kept server.
func featured(o *audit.Observation) {
	for _, name := range []audit.Feature{audit.FeatureSecureRenegotiation, audit.FeatureExtendedMasterSecret, audit.FeatureSessionTicket, audit.FeatureALPN} {
		feature(name, audit.TLSv12, audit.Accepted, "")(o)
	}
	feature(audit.FeaturePointFormats, audit.TLSv12, audit.Accepted, "uncompressed")(o)
	for _, name := range []audit.Feature{
		audit.FeatureCompression, audit.FeatureHeartbeat, audit.FeatureTruncatedHMAC, audit.FeatureClientCertificateURL, audit.FeatureStatusRequestV2,
		audit.FeatureSignsMD5, audit.FeatureSignsSHA1, audit.FeatureSignsSHA224,
	} {
		feature(name, audit.TLSv12, audit.Refused, "")(o)
	}
	feature(audit.FeatureFallbackSCSV, audit.TLSv12, audit.Accepted, "")(o)
}

// feature sets one fact.
func feature(name audit.Feature, v audit.Version, a audit.Answer, value string) change {
	return func(o *audit.Observation) {
		o.Features = slices.DeleteFunc(o.Features, func(f audit.FeatureFact) bool { return f.Name == name && f.Version == v })
		o.Features = append(o.Features, audit.FeatureFact{Name: name, Version: v, Answer: a, Value: value, Evidence: "ServerHello " + v.String()})
	}
}

// not12 makes the endpoint one of TLS 1.3 alone.
func not12(o *audit.Observation) {
	answers(audit.TLSv12, audit.Refused, "alert 70 protocol_version")(o)
	o.Features = nil
}

// featureless is an observation of before features were asked about.
func featureless(o *audit.Observation) { o.Features = nil }

package checks

import (
	"tlsaudit/audit"
)

// unclear is the outcome for a feature without a known answer; depth is the
// shallowest one at which it is asked about.
func unclear(o *audit.Observation, f audit.FeatureFact, what, depth string) audit.Outcome {
	if f.Answer == audit.NotAsked {
		if text := o.NotAskedAt(what, depth); text != "" {
			return undecided("", "%s", text)
		}
	}
	return undecided(f.Evidence, "%s at %s is %s", what, f.Version, f.Answer)
}

// lacks13 is the outcome for a feature of TLS 1.3 where that is not accepted,
// or not known to be; ok reports that it is accepted.
func lacks13(o *audit.Observation, kind audit.OutcomeKind, what string) (out []audit.Outcome, ok bool) {
	f := o.Version(audit.TLSv13)
	switch {
	case f.Answer == audit.Accepted:
		return nil, true
	case !f.Answer.Known():
		return []audit.Outcome{undecided(f.Evidence, "%s is %s", f.Version, f.Answer)}, false
	}
	return []audit.Outcome{{Kind: kind, Message: "TLS 1.3 is not accepted, " + what, Evidence: f.Evidence}}, false
}

// sessions gives an example what a server does with sessions by default.
func sessions(o *audit.Observation) {
	featured(o)
	for _, name := range []audit.Feature{audit.FeatureClientRenegotiation, audit.FeatureSessionIDResumption, audit.FeatureRawPublicKey} {
		feature(name, audit.TLSv12, audit.Refused, "")(o)
	}
	feature(audit.FeatureServerName, audit.TLSv12, audit.Accepted, "")(o)
	for _, v := range []audit.Version{audit.TLSv12, audit.TLSv13} {
		feature(audit.FeatureSessionTicket, v, audit.Accepted, "")(o)
		feature(audit.FeatureTicketResumption, v, audit.Accepted, "")(o)
		feature(audit.FeatureTicketLifetime, v, audit.Accepted, "7200")(o)
	}
	feature(audit.FeatureEarlyData, audit.TLSv13, audit.Refused, "")(o)
}

// scanned sets the depth of an example.
func scanned(depth string) change {
	return func(o *audit.Observation) { o.Depth = depth }
}

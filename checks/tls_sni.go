package checks

import (
	"strings"

	"tlsaudit/audit"
)

var tlsSNI = &audit.Check{
	ID:    "tls.sni",
	Title: "The server heeds the name the client asks for (SNI)",
	Doc: "One address serves many names. A server that does not heed which one is asked for presents a certificate for another, and can be made to take the sessions of one service for those " +
		"of another (ALPACA).",
	Detect: "The server says so itself, with server_name in its ServerHello or EncryptedExtensions. Where it does not, a hello without a name and one with a name that cannot exist (asked at depth " +
		"deep) tell: a refusal or another certificate shows that the name is heeded. The same certificate each time, and not one for the name asked for, shows that it is not; if it is, nobody can tell.",
	Severity: audit.Medium,
	Refs:     []string{"RFC 6066 section 3", "RFC 9325 section 3.7"},
	Needs:    []audit.Need{audit.NeedTLS},
	Params:   noParams,
	Run: func(c *audit.Case) []audit.Outcome {
		o := c.Observation
		var said, told []audit.FeatureFact
		for _, f := range o.Features {
			switch f.Name {
			case audit.FeatureServerName:
				said = append(said, f)
			case audit.FeatureNoServerName, audit.FeatureUnknownServerName:
				told = append(told, f)
			}
		}
		same := 0
		for _, f := range append(said, told...) {
			what := map[audit.Feature]string{audit.FeatureNoServerName: "without a name", audit.FeatureUnknownServerName: "with an unknown name"}[f.Name]
			switch {
			case f.Name == audit.FeatureServerName && f.Answer == audit.Accepted:
				return []audit.Outcome{met(f.Evidence, "the name is heeded at %s%s", f.Version, stranger(o))}
			case f.Name == audit.FeatureServerName:
			case f.Answer == audit.Refused:
				return []audit.Outcome{met(f.Evidence, "the name is heeded: a hello %s is refused at %s", what, f.Version)}
			case strings.HasPrefix(f.Value, "other"):
				return []audit.Outcome{met(f.Evidence, "the name is heeded: a hello %s is answered with another certificate at %s", what, f.Version)}
			case f.Value != "":
				same++
			}
		}
		switch {
		case len(said) == 0 && len(told) == 0:
			return []audit.Outcome{unclear(o, audit.FeatureFact{Version: audit.TLSv12}, "what a server name changes", audit.DepthStandard)}
		case same == 2 && unnamed(o):
			return []audit.Outcome{violated(told[0].Evidence, "the same certificate is presented for every name, and it is not for the one asked for")}
		case same == 2:
			return []audit.Outcome{undecided(told[0].Evidence, "the same certificate is presented for every name; whether there is another does not show")}
		case len(told) == 0 && o.NotAskedAt("", audit.DepthDeep) != "":
			return []audit.Outcome{undecided(said[0].Evidence, "the server does not say whether it heeds the name; %s", o.NotAskedAt("what it does for other names", audit.DepthDeep))}
		}
		return []audit.Outcome{undecided("", "whether the server heeds the name stayed without a clear answer")}
	},
	Want: otherWant("Give each name a virtual host with its own certificate, and let the default one refuse: \"ssl_reject_handshake on\" in nginx, \"SSLStrictSNIVHostCheck on\" in Apache httpd, \"strict-sni\" in HAProxy; in Postfix tls_server_sni_maps."),
	Examples: []audit.Example{
		example("one certificate, for another name", audit.Fail, nil, sessions, feature(audit.FeatureServerName, audit.TLSv12, audit.Refused, ""), sameForAll, misnamed),
		example("the server says so", audit.Pass, nil, sessions),
		example("unknown names are refused", audit.Pass, nil, sessions, feature(audit.FeatureServerName, audit.TLSv12, audit.Refused, ""), sameForAll, feature(audit.FeatureUnknownServerName, audit.TLSv12, audit.Refused, "")),
		example("another certificate without a name", audit.Pass, nil, sessions, feature(audit.FeatureServerName, audit.TLSv12, audit.Refused, ""), sameForAll,
			feature(audit.FeatureNoServerName, audit.TLSv12, audit.Accepted, "other certificate, SHA-256 00ff")),
		example("one certificate, for the name asked for", audit.Unknown, nil, sessions, feature(audit.FeatureServerName, audit.TLSv12, audit.Refused, ""), sameForAll),
		example("not asked at this depth", audit.Unknown, nil, sessions, feature(audit.FeatureServerName, audit.TLSv12, audit.Refused, ""), scanned(audit.DepthStandard)),
		example("not asked", audit.Unknown, nil, featureless, scanned(audit.DepthQuick)),
	},
}

// stranger says what is done for a name the server cannot know, if that was
// asked.
func stranger(o *audit.Observation) string {
	for _, f := range o.Features {
		switch {
		case f.Name != audit.FeatureUnknownServerName:
		case f.Answer == audit.Refused:
			return "; an unknown one is refused"
		case f.Answer == audit.Accepted && f.Value != "":
			return "; an unknown one is answered with the " + strings.SplitN(f.Value, ",", 2)[0]
		}
	}
	return ""
}

// unnamed reports whether no chain is for the name asked for.
func unnamed(o *audit.Observation) bool {
	for _, c := range o.Chains {
		if c.Names.SAN != audit.Refused || c.Names.CN == audit.Accepted {
			return false
		}
	}
	return len(o.Chains) > 0
}

func sameForAll(o *audit.Observation) {
	for _, name := range []audit.Feature{audit.FeatureNoServerName, audit.FeatureUnknownServerName} {
		feature(name, audit.TLSv12, audit.Accepted, "same certificate")(o)
	}
}

func misnamed(o *audit.Observation) {
	for i := range o.Chains {
		o.Chains[i].Names.SAN, o.Chains[i].Names.CN = audit.Refused, audit.Refused
	}
}

package checks

import "tlsaudit/audit"

var tlsRawPublicKey = &audit.Check{
	ID:    "tls.raw_public_key",
	Title: "A certificate is presented, never a bare key",
	Doc:   "A raw public key (RFC 7250) says nothing of whose it is and how long it is good, and cannot be revoked: who accepts it must know it beforehand.",
	Detect: "A hello offers to take a raw public key, at the newest version before TLS 1.3, or at TLS 1.3 if it is the only one. The server's choice in server_certificate_type decides; " +
		"without one, it presents a certificate.",
	Severity: audit.High,
	Refs:     []string{"RFC 7250"},
	Needs:    []audit.Need{audit.NeedTLS},
	Params:   noParams,
	Forbids:  always,
	Run: func(c *audit.Case) []audit.Outcome {
		var out []audit.Outcome
		for _, f := range c.Observation.Features {
			switch {
			case f.Name != audit.FeatureRawPublicKey:
			case f.Answer == audit.Accepted:
				out = append(out, violated(f.Evidence, "a raw public key is presented at %s to clients that take one", f.Version))
			case f.Answer == audit.Refused:
				out = append(out, met(f.Evidence, "no raw public key is presented at %s", f.Version))
			default:
				out = append(out, unclear(c.Observation, f, "a raw public key", audit.DepthStandard))
			}
		}
		if out == nil {
			return []audit.Outcome{unclear(c.Observation, audit.FeatureFact{Version: audit.TLSv12}, "a raw public key", audit.DepthStandard)}
		}
		return out
	},
	Want: otherWant("Take raw public keys out of the server's settings: no SSL_CTX_set1_server_cert_type (or -enable_server_rpk) in OpenSSL, no CTYPE-SRV-RAWPK in GnuTLS priorities."),
	Examples: []audit.Example{
		at(audit.MustNot, example("presented", audit.Fail, nil, sessions, feature(audit.FeatureRawPublicKey, audit.TLSv12, audit.Accepted, ""))),
		at(audit.MustNot, example("a certificate", audit.Pass, nil, sessions)),
		at(audit.MustNot, example("not asked", audit.Unknown, nil, featureless, scanned(audit.DepthQuick))),
		at(audit.MustNot, example("no clear answer", audit.Unknown, nil, sessions, feature(audit.FeatureRawPublicKey, audit.TLSv12, audit.Undetermined, ""))),
	},
}

package checks

import (
	"cmp"

	"tlsaudit/audit"
	"tlsaudit/internal/tlsreg"
)

var kxKeyReuse = &audit.Check{
	ID:    "kx.key_reuse",
	Title: "Key exchanges do not reuse their keys",
	Doc: "Forward secrecy lasts as long as the private value of a key exchange is kept. A server that uses one for many connections keeps it in memory for as long: who gets at it there reads " +
		"all of them, and flaws in the arithmetic can be tried out on it again and again.",
	Detect: "The public values of all key exchanges of a scan are compared, at every accepted version and for Diffie-Hellman over finite fields and elliptic curves. The same value twice is a key used twice. " +
		"If at least two exchanges of a kind were seen and all differ, the check passes: what happens over longer times is not looked at. Unknown where fewer were seen. " +
		"Does not apply where no ephemeral key exchange is accepted.",
	Severity: audit.High,
	Refs:     []string{"RFC 9325 section 7.4", "RFC 7919 section 5.1", "CVE-2016-0701", "CVE-2020-1968"},
	Needs:    []audit.Need{audit.NeedTLS, audit.NeedSuites},
	Params:   noParams,
	Forbids:  always, // "must not: reuse"
	Run: func(c *audit.Case) []audit.Outcome {
		var out []audit.Outcome
		for _, f := range c.Observation.Versions {
			if f.Answer != audit.Accepted {
				continue
			}
			if f.Version >= audit.TLSv13 {
				out = append(out, reuse13(c.Observation, f.Version)...)
				continue
			}
			for _, kind := range []struct {
				feature  audit.Feature
				kx, what string
			}{{audit.FeatureReusesDHE, "DHE", "Diffie-Hellman"}, {audit.FeatureReusesECDHE, "ECDHE", "elliptic-curve Diffie-Hellman"}} {
				if accepted(f, func(s tlsreg.Suite) bool { return s.KX == kind.kx }) {
					out = append(out, reuse(c.Observation, kind.feature, kind.what, f.Version))
				}
			}
		}
		if len(out) == 0 {
			return []audit.Outcome{moot("no ephemeral key exchange is accepted")}
		}
		return out
	},
	Want: otherWant("Let the server make a new key for each connection: OpenSSL 1.1.0 and newer always do, older ones with SSL_OP_SINGLE_DH_USE and SSL_OP_SINGLE_ECDH_USE; " +
		"update the TLS library or the firmware, or switch off what caches the keys."),
	Examples: []audit.Example{
		at(audit.MustNot, example("the same point twice", audit.Fail, nil, feature(audit.FeatureReusesECDHE, audit.TLSv12, audit.Accepted, "secp256r1"))),
		at(audit.MustNot, example("a prime's public value twice", audit.Fail, nil, fresh, dhe(2048), feature(audit.FeatureReusesDHE, audit.TLSv12, audit.Accepted, "prime of 2048 bits"))),
		at(audit.MustNot, example("all different", audit.Pass, nil, fresh)),
		at(audit.MustNot, example("finite-field exchanges not compared", audit.Unknown, nil, fresh, dhe(2048))),
		at(audit.MustNot, example("not asked", audit.Unknown, nil, featureless)),
		at(audit.MustNot, example("a single exchange at TLS 1.3", audit.Unknown, nil, fresh, feature(audit.FeatureReusesECDHE, audit.TLSv13, audit.Undetermined, ""))),
		at(audit.MustNot, example("key transport alone", audit.NotApplicable, nil, answers(audit.TLSv13, audit.Refused, "alert 70"), accepts(audit.TLSv12, "TLS_RSA_WITH_AES_128_GCM_SHA256"))),
	},
}

// reuse judges one kind of key exchange at one version.
func reuse(o *audit.Observation, name audit.Feature, what string, v audit.Version) audit.Outcome {
	switch f := o.Feature(name, v); f.Answer {
	case audit.Accepted:
		return violated(f.Evidence, "%s at %s uses the same key for more than one connection (%s)", what, v, cmp.Or(f.Value, "the group is not known"))
	case audit.Refused:
		return met(f.Evidence, "%s at %s uses another key for each connection", what, v)
	default:
		why := cmp.Or(o.NotAskedAt("the reuse of keys", audit.DepthStandard), "whether "+what+" at "+v.String()+" reuses its keys is "+f.Answer.String())
		return undecided(f.Evidence, "%s", why)
	}
}

// reuse13 judges TLS 1.3, in which any exchange may be of either kind: it takes
// one that was compared.
func reuse13(o *audit.Observation, v audit.Version) (out []audit.Outcome) {
	for _, name := range []audit.Feature{audit.FeatureReusesDHE, audit.FeatureReusesECDHE} {
		if o.Feature(name, v).Answer.Known() {
			out = append(out, reuse(o, name, "the key exchange", v))
		}
	}
	if out == nil {
		out = append(out, reuse(o, audit.FeatureReusesECDHE, "the key exchange", v))
	}
	return out
}

// fresh makes the key exchanges of an example all different.
func fresh(o *audit.Observation) {
	feature(audit.FeatureReusesECDHE, audit.TLSv12, audit.Refused, "")(o)
	feature(audit.FeatureReusesECDHE, audit.TLSv13, audit.Refused, "")(o)
}

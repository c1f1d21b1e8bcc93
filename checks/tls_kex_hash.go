package checks

import (
	"fmt"
	"slices"

	"tlsaudit/audit"
	"tlsaudit/internal/tlsreg"
)

// hashParams are the hashes that violate a rule and those that warn. unlisted
// violate as well, but servers are not asked for them.
type hashParams struct {
	bad, warn, unlisted []string
	// prohibition: the rule names just what must not be.
	prohibition bool
}

// legacyHashes are those a server is asked for.
var (
	legacyHashes = []string{"md5", "sha1", "sha224"}
	modernHashes = []string{"sha256", "sha384", "sha512"}
)

var signsWith = map[string]audit.Feature{
	"md5": audit.FeatureSignsMD5, "sha1": audit.FeatureSignsSHA1, "sha224": audit.FeatureSignsSHA224,
}

var tlsKexHash = &audit.Check{
	ID:    "tls.kex_hash",
	Title: "The key exchange is not signed with a hash ruled out",
	Doc: "The server's signature over its key exchange is what ties the session keys to its certificate. With MD5, and soon with SHA-1, collisions can be computed in the time a handshake takes, " +
		"and let an attacker pass off a signature given for one purpose as one for another (SLOTH).",
	Detect: "At TLS 1.2 hellos offer signatures with MD5, SHA-1 and SHA-224 only: the one in the ServerKeyExchange decides, and a refusal in words is a refusal. Signatures seen elsewhere count too. " +
		"A server may refuse such a hello for the sake of its certificate, whose signature is not among them: then no client gets such a signature either. " +
		"Older versions always sign with MD5 and SHA-1 or SHA-1 alone, TLS 1.3 never. Does not apply where no suite with a signed key exchange is accepted.",
	Severity: audit.High,
	Refs:     []string{"RFC 9155", "RFC 5246 section 7.4.3", "CVE-2015-7575"},
	Needs:    []audit.Need{audit.NeedTLS, audit.NeedSuites},
	Params: func(in map[string]any) (any, error) {
		r := read(in)
		p := hashParams{bad: r.words("forbid", legacyHashes...), warn: r.words("phase_out", legacyHashes...)}
		insufficient := r.words("insufficient", legacyHashes...)
		good := r.words("good", "sha224", "sha256", "sha384", "sha512")
		r.require("forbid", "insufficient", "phase_out", "good")
		if p.bad != nil && (insufficient != nil || p.warn != nil || good != nil) {
			r.fail("parameter %q stands alone: the others sort hashes into tiers", "forbid")
		}
		p.prohibition = p.bad != nil
		if p.bad = append(p.bad, insufficient...); p.bad == nil && p.warn == nil {
			p.bad, p.unlisted = without(legacyHashes, good), without(modernHashes, good)
		}
		for _, hash := range p.warn {
			if slices.Contains(p.bad, hash) || slices.Contains(good, hash) {
				r.fail("parameter %q: %q is in another tier as well", "phase_out", hash)
			}
		}
		return p, r.done()
	},
	ParamsDoc: map[string]string{
		"forbid":       "hashes that must not be used: md5, sha1, sha224",
		"insufficient": "the same, beside other tiers",
		"phase_out":    "hashes whose use warns: md5, sha1, sha224",
		"good":         "hashes that may be used: sha224, sha256, sha384, sha512; alone, no other may, beside other tiers it documents",
	},
	Forbids: func(params any) bool { return params.(hashParams).prohibition },
	Run: func(c *audit.Case) []audit.Outcome {
		p, o := c.Params.(hashParams), c.Observation
		out, spoken := eachOlder(o, func(f audit.VersionFact) []audit.Outcome {
			switch {
			case !accepted(f, isSigned):
				return nil
			case f.Version < audit.TLSv12:
				if hash := firstOf([]string{"sha1", "md5"}, slices.Concat(p.bad, p.warn)); hash != "" {
					return []audit.Outcome{p.objection(hash, f.Evidence, fmt.Sprintf("%s always signs its key exchange with SHA-1 or MD5 and SHA-1", f.Version))}
				}
				return nil
			}
			var out []audit.Outcome
			for _, hash := range slices.Concat(p.bad, p.warn) {
				s := o.Feature(signsWith[hash], f.Version)
				switch {
				case s.Answer == audit.Accepted:
					out = append(out, p.objection(hash, s.Evidence, fmt.Sprintf("the key exchange is signed with %s at %s", hash, f.Version)))
				case s.Answer != audit.Refused:
					out = append(out, unanswered(o, s, fmt.Sprintf("whether the key exchange is signed with %s at %s", hash, f.Version)))
				default:
					out = append(out, met(s.Evidence, "no signature with %s at %s", hash, f.Version))
				}
			}
			return append(out, p.unasked(o, f)...)
		})
		if !spoken {
			return only13(o, audit.Met, "signs with SHA-256 or better")
		}
		return append(out, moot("no suite with a signed key exchange is accepted"))
	},
	Want: func(any) audit.Want {
		return audit.Want{MinVersion: audit.TLSv12, Other: "Limit the signature algorithms to SHA-256 and better: \"SSLOpenSSLConfCmd SignatureAlgorithms RSA+SHA256:...\" in Apache httpd, " +
			"\"ssl_conf_command SignatureAlgorithms ...\" in nginx, security level 2 in OpenSSL 3, jdk.tls.disabledAlgorithms with \"SHA1 usage HandshakeSignature\" in Java."}
	},
	Examples: []audit.Example{
		at(audit.MustNot, example("SHA-1", audit.Fail, map[string]any{"forbid": []any{"md5", "sha1"}}, featured, feature(audit.FeatureSignsSHA1, audit.TLSv12, audit.Accepted, ""))),
		at(audit.MustNot, example("TLS 1.0", audit.Fail, map[string]any{"forbid": []any{"md5", "sha1"}}, featured, accepts(audit.TLSv10, "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA"))),
		example("SHA-224 in its tier", audit.Warn, map[string]any{"good": []any{"sha256", "sha384", "sha512"}, "phase_out": []any{"sha224"}, "insufficient": []any{"sha1", "md5"}},
			featured, feature(audit.FeatureSignsSHA224, audit.TLSv12, audit.Accepted, "")),
		example("SHA-224 off the list", audit.Fail, map[string]any{"good": []any{"sha256", "sha384", "sha512"}}, featured, feature(audit.FeatureSignsSHA224, audit.TLSv12, audit.Accepted, "")),
		example("as listed", audit.Pass, map[string]any{"good": []any{"sha256", "sha384", "sha512"}}, featured),
		example("a better hash that was not asked for", audit.Unknown, map[string]any{"good": []any{"sha384", "sha512"}}, featured),
		at(audit.MustNot, example("SHA-2 only", audit.Pass, map[string]any{"forbid": []any{"md5", "sha1"}}, featured)),
		at(audit.MustNot, example("TLS 1.3 alone", audit.Pass, map[string]any{"forbid": []any{"md5", "sha1"}}, not12)),
		at(audit.MustNot, example("not asked", audit.Unknown, map[string]any{"forbid": []any{"md5", "sha1"}}, featureless)),
		at(audit.MustNot, example("key transport alone", audit.NotApplicable, map[string]any{"forbid": []any{"md5", "sha1"}}, answers(audit.TLSv13, audit.Refused, "alert 70"),
			accepts(audit.TLSv12, "TLS_RSA_WITH_AES_128_GCM_SHA256"))),
	},
}

// unasked judges the hashes that show only where a server uses them by itself.
func (p hashParams) unasked(o *audit.Observation, f audit.VersionFact) (out []audit.Outcome) {
	for _, hash := range p.unlisted {
		i := slices.IndexFunc(f.Suites, func(s audit.Suite) bool {
			scheme, ok := tlsreg.SchemeByName(s.SigScheme)
			return ok && scheme.Hash == hash
		})
		if i >= 0 {
			out = append(out, violated(f.Suites[i].ID.String(), "the key exchange is signed with %s at %s", hash, f.Version))
		} else {
			out = append(out, undecided("", "whether the key exchange is signed with %s at %s for clients that ask for it was not asked", hash, f.Version))
		}
	}
	return out
}

// without returns list without the members of other.
func without(list, other []string) (rest []string) {
	for _, s := range list {
		if !slices.Contains(other, s) {
			rest = append(rest, s)
		}
	}
	return rest
}

// objection violates or warns, depending on the tier of the hash.
func (p hashParams) objection(hash, evidence, what string) audit.Outcome {
	if slices.Contains(p.bad, hash) {
		return violated(evidence, "%s", what)
	}
	return advice(evidence, "%s", what)
}

// firstOf returns the first of list that is in other.
func firstOf(list, other []string) string {
	for _, s := range list {
		if slices.Contains(other, s) {
			return s
		}
	}
	return ""
}

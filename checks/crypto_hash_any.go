package checks

import (
	"slices"
	"strings"

	"tlsaudit/audit"
	"tlsaudit/internal/tlsreg"
)

var cryptoHashAny = &audit.Check{
	ID:    "crypto.hash.any",
	Title: "No forbidden hash is in use anywhere",
	Doc:   "Where a hash is withdrawn for every purpose, HMAC constructions and key derivation count too, though they are not broken by collisions.",
	Detect: "Looked at are the signatures of certificates, the MAC of accepted suites, the scheme of handshake signatures where one was read, whether the server was seen to sign with a hash when it was asked to, and the key derivation of versions " +
		"before TLS 1.2, which is built on MD5 and SHA-1. Where that was not asked, other signature schemes are not covered: tls.kex_hash tells.",
	Severity: audit.Medium,
	Refs:     []string{"NIST SP 800-131A", "RFC 9155"},
	Needs:    []audit.Need{audit.NeedTLS, audit.NeedSuites, audit.NeedChains},
	Params: func(in map[string]any) (any, error) {
		r := read(in)
		forbid := r.words("forbid", "md5", "sha1", "sha224", "sha256")
		r.require("forbid")
		return forbid, r.done()
	},
	Forbids:   always,
	ParamsDoc: map[string]string{"forbid": "hashes that must not be used: md5, sha1, sha224, sha256"},
	Run: func(c *audit.Case) []audit.Outcome {
		forbid, o := c.Params.([]string), c.Observation
		has := func(hash string) bool { return slices.Contains(forbid, strings.ToLower(hash)) }
		out := eachLeaf(c, func(l *leaf) []audit.Outcome { return forbiddenHash(c, l, forbid) })
		out = append(out, eachSuite(c, func(s *seenSuite) string {
			if has(s.Reg.MAC) {
				return s.Reg.MAC + " message authentication"
			}
			return ""
		})...)
		for _, s := range suitesByVersion(c) {
			if s.SigScheme == "" {
				continue
			}
			if scheme, ok := tlsreg.SchemeByName(s.SigScheme); ok && has(scheme.Hash) {
				out = append(out, violated(s.ID.String(), "handshake signed with %s at %s", s.SigScheme, s.Version))
			}
		}
		for _, signs := range []struct {
			hash    string
			feature audit.Feature
		}{{"md5", audit.FeatureSignsMD5}, {"sha1", audit.FeatureSignsSHA1}, {"sha224", audit.FeatureSignsSHA224}} {
			if f := o.Feature(signs.feature, audit.TLSv12); f.Answer == audit.Accepted && has(signs.hash) {
				out = append(out, violated(f.Evidence, "handshakes are signed with %s for a client that knows nothing else", signs.hash))
			}
		}
		for _, f := range o.Versions {
			if f.Answer == audit.Accepted && f.Version < audit.TLSv12 && (has("md5") || has("sha1")) {
				out = append(out, violated(f.Evidence, "%s derives its keys with MD5 and SHA-1", f.Version))
			}
		}
		return out
	},
	Want: func(any) audit.Want { return audit.Want{MinVersion: audit.TLSv12, Strong: true} },
	WantFor: func(c *audit.Case) audit.Want {
		forbid := c.Params.([]string)
		w := keepSuites(c, func(s *seenSuite) bool {
			return !slices.Contains(forbid, strings.ToLower(s.Reg.MAC)) && strongEnough(s)
		})
		w.MinVersion = audit.TLSv12
		w.Certificate = "a certificate, and intermediate certificates, not signed with " + strings.Join(forbid, " or ")
		return w
	},
	Examples: []audit.Example{
		example("HMAC-SHA1 suite", audit.Fail, map[string]any{"forbid": []any{"sha1"}}, accepts(audit.TLSv12, "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA")),
		example("SHA-1 certificate", audit.Fail, map[string]any{"forbid": []any{"sha1"}},
			withLeaf(func(c *audit.Certificate) { c.Signature, c.SignatureHash = "rsa+sha1", "sha1" })),
		example("handshake signed with SHA-1", audit.Fail, map[string]any{"forbid": []any{"sha1"}},
			accepts(audit.TLSv12, "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256"), accepts(audit.TLSv13, "TLS_AES_128_GCM_SHA256"),
			func(o *audit.Observation) {
				fact(o, audit.TLSv13).Suites[0].SigScheme = "rsa_pss_rsae_sha256"
				fact(o, audit.TLSv12).Suites[0].SigScheme = "rsa_pkcs1_sha1"
			}),
		example("SHA-2 only", audit.Pass, map[string]any{"forbid": []any{"sha1", "sha224"}}),
		example("enumeration broke off", audit.Unknown, map[string]any{"forbid": []any{"sha1"}}, cutShort(audit.TLSv12)),
	},
}

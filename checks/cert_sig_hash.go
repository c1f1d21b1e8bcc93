package checks

import (
	"slices"
	"strings"

	"tlsaudit/audit"
)

type sigParams struct{ allow, forbid []string }

var certSigHash = &audit.Check{
	ID:    "cert.sig.hash",
	Title: "Certificates are signed with an allowed algorithm and hash",
	Doc:   "Collisions in MD5 and SHA-1 can be found at will; a CA that signs with them may unknowingly sign a second, forged certificate.",
	Detect: "`forbid` lists hashes and is applied to the leaf and to every intermediate certificate sent, self-signed ones excepted: nobody relies on the signature of " +
		"a root. `allow` lists pairs such as rsa+sha256 and is applied to leaves. An algorithm that is not known is unknown.",
	Severity: audit.High,
	Refs:     []string{"RFC 9155", "RFC 9325 section 4.5", "CA/Browser Forum Baseline Requirements section 7.1.3.2"},
	Needs:    []audit.Need{audit.NeedTLS, audit.NeedChains},
	Params: func(in map[string]any) (any, error) {
		r := read(in)
		p := sigParams{forbid: r.words("forbid", "md2", "md4", "md5", "sha1", "sha224", "sha256", "sha384", "sha512")}
		for _, pair := range r.words("allow") {
			p.allow = append(p.allow, r.signature(pair))
		}
		r.require("allow", "forbid")
		return p, r.done()
	},
	Forbids: func(params any) bool { return len(params.(sigParams).allow) == 0 },
	ParamsDoc: map[string]string{
		"allow":  "signature algorithms a leaf may be signed with, as pairs: rsa+sha256, rsa-pss+sha256, ecdsa+sha384, ed25519",
		"forbid": "hashes nothing may be signed with: md2, md4, md5, sha1, sha224 ...",
	},
	Run: func(c *audit.Case) []audit.Outcome {
		p := c.Params.(sigParams)
		return eachLeaf(c, func(l *leaf) []audit.Outcome {
			var out []audit.Outcome
			switch {
			case len(p.allow) == 0 || slices.Contains(p.allow, strings.ToLower(l.Signature)):
			case l.Signature == "":
				out = append(out, undecided(l.evidence(), "%s: the signature algorithm could not be read", l.Label))
			default:
				out = append(out, violated(l.evidence(), "%s: signed with %s, which is not allowed", l.Label, l.Signature))
			}
			if len(p.forbid) > 0 {
				out = append(out, forbiddenHash(l, p.forbid)...)
			}
			return out
		})
	},
	Want: func(params any) audit.Want {
		if p := params.(sigParams); len(p.allow) > 0 {
			return audit.Want{Certificate: "a certificate signed with " + strings.Join(p.allow, " or ")}
		}
		return audit.Want{Certificate: "a certificate, and intermediate certificates, signed with SHA-256 or better"}
	},
	Examples: []audit.Example{
		example("SHA-1", audit.Fail, map[string]any{"forbid": []any{"md5", "sha1"}},
			withLeaf(func(c *audit.Certificate) { c.Signature, c.SignatureHash = "rsa+sha1", "sha1" })),
		example("SHA-1 in an intermediate certificate", audit.Fail, map[string]any{"forbid": []any{"sha1"}},
			withChain(func(c *audit.Chain) {
				c.Certificates[1].Signature, c.Certificates[1].SignatureHash = "rsa+sha1", "sha1"
			})),
		example("SHA-1 in a root sent along", audit.Pass, map[string]any{"forbid": []any{"sha1"}},
			withChain(func(c *audit.Chain) {
				c.Certificates[1].Signature, c.Certificates[1].SignatureHash, c.Certificates[1].SelfSigned = "rsa+sha1", "sha1", true
			})),
		example("SHA-1 in a self-signed leaf", audit.Fail, map[string]any{"forbid": []any{"sha1"}},
			withLeaf(func(c *audit.Certificate) { c.Signature, c.SignatureHash, c.SelfSigned = "rsa+sha1", "sha1", true })),
		example("pair not on the list", audit.Fail, map[string]any{"allow": []any{"ecdsa+sha256"}}),
		example("SHA-256", audit.Pass, map[string]any{"allow": []any{"rsa+sha256", "ecdsa+sha256"}, "forbid": []any{"sha1"}}),
		example("more certificates than are kept", audit.Unknown, map[string]any{"forbid": []any{"sha1"}}, truncated),
		example("unknown algorithm", audit.Unknown, map[string]any{"forbid": []any{"sha1"}},
			withLeaf(func(c *audit.Certificate) { c.Signature, c.SignatureHash = "1.2.3.4", "" })),
	},
}

// forbiddenHash judges every signature of the chain somebody relies on.
func forbiddenHash(l *leaf, forbid []string) []audit.Outcome {
	out := wholeChain(l)
	for i := range l.Chain.Certificates {
		c := &l.Chain.Certificates[i]
		name := l.Label
		if i > 0 {
			name += ": intermediate " + c.Subject
		}
		switch {
		case i > 0 && c.SelfSigned:
		case slices.Contains(forbid, c.SignatureHash):
			out = append(out, violated(l.evidence(), "%s: signed with %s", name, c.SignatureHash))
		case c.SignatureHash == "":
			out = append(out, undecided(l.evidence(), "%s: the hash of signature algorithm %q is not known", name, c.Signature))
		}
	}
	return out
}

// signature validates a signature pair.
func (r *reader) signature(pair string) string {
	pair = strings.ToLower(pair)
	algorithm, hash, found := strings.Cut(pair, "+")
	known := slices.Contains([]string{"rsa", "rsa-pss", "ecdsa", "dsa"}, algorithm) &&
		slices.Contains([]string{"md5", "sha1", "sha224", "sha256", "sha384", "sha512"}, hash)
	if !known && (found || pair != "ed25519" && pair != "ed448") {
		r.fail("parameter \"allow\": %q is not a signature such as rsa+sha256, rsa-pss+sha256, ecdsa+sha384 or ed25519", pair)
	}
	return pair
}

package checks

import (
	"slices"
	"strings"

	"tlsaudit/audit"
)

type sigParams struct {
	allow                      []sigForm
	forbid, hashes, algorithms []string
	// chain applies allow to intermediate certificates too.
	chain bool
	// versions, if any, are the protocol versions the rule is about.
	versions []audit.Version
}

var certSigHash = graded(&audit.Check{
	ID:    "cert.sig.hash",
	Title: "Certificates are signed with an allowed algorithm and hash",
	Doc:   "Collisions in MD5 and SHA-1 can be found at will; a CA that signs with them may unknowingly sign a second, forged certificate.",
	Detect: "`forbid` lists hashes and is applied to the leaf and to every intermediate certificate sent, self-signed ones excepted: nobody relies on the signature of " +
		"a root. So are the lists `hashes` and `algorithms`, outside which nothing may be signed. `allow` lists pairs such as rsa+sha256 and is applied to leaves, with `chain` to the others too; " +
		"without it, they may have any signature but one with a hash broken for signatures (MD2, MD4, MD5, SHA-1) that is not on the list. " +
		"A curve or key size in a pair is that of the issuer's key: unknown if the issuer was not sent. An algorithm that is not known is unknown.",
	Severity: audit.High,
	Refs:     []string{"RFC 9155", "RFC 9325 section 4.5", "CA/Browser Forum Baseline Requirements section 7.1.3.2"},
	Needs:    []audit.Need{audit.NeedTLS, audit.NeedChains},
	Params: func(in map[string]any) (any, error) {
		r := read(in)
		p := &sigParams{
			forbid: r.words("forbid", sigHashes...), hashes: r.words("hashes", sigHashes...), algorithms: r.words("algorithms", sigAlgorithms...), chain: r.bool("chain", false),
			versions: r.versions("versions"),
		}
		for _, item := range r.list("allow") {
			p.allow = append(p.allow, r.sigForm("allow", item))
		}
		r.require("allow", "forbid", "hashes", "algorithms")
		return p, r.done()
	},
	Forbids: func(params any) bool {
		p := params.(*sigParams)
		return len(p.allow)+len(p.hashes)+len(p.algorithms) == 0
	},
	ParamsDoc: map[string]string{
		"allow": "signatures allowed, as pairs: rsa+sha256, rsa-pss+sha256, \"rsa_pss+sha256 (salt 32)\", ecdsa+sha384, \"ecdsa P-256+sha256\", \"rsa>=3072+sha384\", ed25519, " +
			"as names of TLS signature schemes, or as mappings {name, from, until}",
		"forbid":     "hashes nothing may be signed with: md2, md4, md5, sha1, sha224 ...",
		"hashes":     "hashes something may be signed with; EdDSA and ML-DSA, which have their own, are left to algorithms",
		"algorithms": "algorithms something may be signed with: rsa (of both paddings), ecdsa, eddsa, dsa, ml-dsa",
		"chain":      "true: allow is applied to intermediate certificates too (default false: they are only held to a hash that is not broken)",
		"versions":   "protocol versions the rule is about: it does not apply where none of them is accepted (default: all)",
	},
	Run: func(c *audit.Case) []audit.Outcome {
		p := c.Params.(*sigParams)
		if out := p.elsewhere(c.Observation); out != nil {
			return out
		}
		return eachLeaf(c, func(l *leaf) []audit.Outcome {
			out := p.listed(c, l)
			if len(p.forbid) > 0 {
				out = append(out, forbiddenHash(c, l, p.forbid)...)
			}
			return out
		})
	},
	Turns: func(c *audit.Case) (list []audit.Turn) {
		p := c.Params.(*sigParams)
		for i := range p.allow {
			list = policyTurns(list, p.allow[i].from, p.allow[i].after)
		}
		return list
	},
	Want: func(params any) audit.Want {
		p := params.(*sigParams)
		if len(p.allow) == 0 {
			return audit.Want{Certificate: "a certificate, and intermediate certificates, signed with SHA-256 or better"}
		}
		var list []string
		for i := range p.allow {
			list = append(list, p.allow[i].text)
		}
		return audit.Want{Certificate: "a certificate signed with " + strings.Join(list, " or ")}
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
		example("SHA-1 in an intermediate certificate, where pairs are listed for the leaf", audit.Fail, map[string]any{"allow": []any{"rsa+sha256"}},
			withChain(func(c *audit.Chain) {
				c.Certificates[1].Signature, c.Certificates[1].SignatureHash = "rsa+sha1", "sha1"
			})),
		example("another pair in an intermediate certificate, with a good hash", audit.Pass, map[string]any{"allow": []any{"rsa+sha256"}},
			withChain(func(c *audit.Chain) {
				c.Certificates[1].Signature, c.Certificates[1].SignatureHash = "ecdsa+sha384", "sha384"
			})),
		example("SHA-1 in an intermediate certificate, and on the list", audit.Pass, map[string]any{"allow": []any{"rsa+sha256", "rsa+sha1"}},
			withChain(func(c *audit.Chain) {
				c.Certificates[1].Signature, c.Certificates[1].SignatureHash = "rsa+sha1", "sha1"
			})),
		example("intermediate certificate not readable, where pairs are listed", audit.Unknown, map[string]any{"allow": []any{"rsa+sha256"}},
			withChain(func(c *audit.Chain) {
				c.Certificates[1] = audit.Certificate{SHA256: c.Certificates[1].SHA256, Error: "RSA modulus of 65536 bits refused"}
			})),
		example("P-256 where the list wants it, issuer not sent", audit.Unknown, map[string]any{"allow": []any{"ecdsa P-256+sha256"}}, withChain(func(c *audit.Chain) {
			c.Certificates = c.Certificates[:1]
			c.Certificates[0].Signature = "ecdsa+sha256"
		})),
		example("RSA issuer large enough", audit.Pass, map[string]any{"allow": []any{"rsa>=3072+sha256"}}),
		example("pair listed until yesterday", audit.Fail, map[string]any{"allow": []any{map[string]any{"name": "rsa_pkcs1_sha256", "until": "2026-11-19"}}}),
		example("hash not on the list", audit.Fail, map[string]any{"hashes": []any{"sha384"}}),
		example("RSA where ECDSA is wanted", audit.Fail, map[string]any{"algorithms": []any{"ecdsa"}}),
		example("SHA-256", audit.Pass, map[string]any{"allow": []any{"rsa+sha256", "ecdsa+sha256"}, "forbid": []any{"sha1"}}),
		example("more certificates than are kept", audit.Unknown, map[string]any{"forbid": []any{"sha1"}}, truncated),
		example("pair not on a list for TLS 1.3", audit.Fail, map[string]any{"allow": []any{"ecdsa+sha256"}, "versions": []any{"TLSv1.3"}}),
		example("list for TLS 1.3, which is refused", audit.NotApplicable, map[string]any{"allow": []any{"ecdsa+sha256"}, "versions": []any{"TLSv1.3"}},
			answers(audit.TLSv13, audit.Refused, "alert 70")),
		example("list for TLS 1.3, which is undetermined", audit.Unknown, map[string]any{"allow": []any{"ecdsa+sha256"}, "versions": []any{"TLSv1.3"}},
			answers(audit.TLSv13, audit.Undetermined, "timed out")),
		example("unknown algorithm", audit.Unknown, map[string]any{"forbid": []any{"sha1"}},
			withLeaf(func(c *audit.Certificate) { c.Signature, c.SignatureHash = "1.2.3.4", "" })),
	},
})

// elsewhere says that none of the versions the rule is about is accepted, or
// that this is not known; nil where one is.
func (p *sigParams) elsewhere(o *audit.Observation) []audit.Outcome {
	open := false
	for _, v := range p.versions {
		switch a := o.Version(v).Answer; {
		case a == audit.Accepted:
			return nil
		case !a.Known():
			open = true
		}
	}
	switch {
	case open:
		return []audit.Outcome{undecided("", "it is not known whether %s is accepted, which the rule is about", names(p.versions))}
	case len(p.versions) > 0:
		return []audit.Outcome{moot("none of %s is accepted", names(p.versions))}
	}
	return nil
}

// brokenHashes are those for which collisions can be found: no list of pairs
// that leaves them out means to admit them further up the chain.
var brokenHashes = []string{"md2", "md4", "md5", "sha1"}

// listed judges what the lists allow, certificate by certificate.
func (p *sigParams) listed(c *audit.Case, l *leaf) []audit.Outcome {
	var out []audit.Outcome
	whole := len(p.allow)+len(p.hashes)+len(p.algorithms) > 0
	if whole {
		out = wholeChain(l)
	}
	for i := range l.Chain.Certificates {
		cert := &l.Chain.Certificates[i]
		if i > 0 && (!whole || cert.SelfSigned) {
			continue
		}
		name := certName(l, i)
		if cert.Error != "" || cert.Signature == "" {
			out = append(out, undecided(l.evidence(), "%s: the signature algorithm could not be read", name))
			continue
		}
		if i > 0 && len(p.allow) > 0 && !p.chain && cert.SignatureHash == "" {
			out = append(out, undecided(l.evidence(), "%s: the hash of signature algorithm %q is not known", name, cert.Signature))
		} else if len(p.allow) > 0 && (i == 0 || p.chain || slices.Contains(brokenHashes, cert.SignatureHash)) {
			switch answer := p.allowed(c.Now, l.Chain, i); answer {
			case audit.Refused:
				out = append(out, violated(l.evidence(), "%s: signed with %s, which is not on the list of %s", name, cert.Signature, c.Clause("signatures allowed")))
			case audit.Undetermined:
				out = append(out, undecided(l.evidence(), "%s: signed with %s, which is on the list for some keys; the issuer's is not known", name, cert.Signature))
			}
		}
		switch hash := cert.SignatureHash; {
		case len(p.hashes) == 0 || hash == "intrinsic" || slices.Contains(p.hashes, hash):
		case hash == "":
			out = append(out, undecided(l.evidence(), "%s: the hash of signature algorithm %q is not known", name, cert.Signature))
		default:
			out = append(out, violated(l.evidence(), "%s: signed with %s, which is not on the list of %s", name, hash, c.Clause("hashes allowed")))
		}
		switch family := sigFamily(cert.Signature); {
		case len(p.algorithms) == 0 || slices.Contains(p.algorithms, family):
		case family == "":
			out = append(out, undecided(l.evidence(), "%s: signature algorithm %q is not known", name, cert.Signature))
		default:
			out = append(out, violated(l.evidence(), "%s: signed with %s, which is not on the list of %s", name, family, c.Clause("algorithms allowed")))
		}
	}
	return out
}

// certName names a certificate of a chain.
func certName(l *leaf, i int) string {
	if i == 0 {
		return l.Label
	}
	return l.Label + ": intermediate " + l.Chain.Certificates[i].Subject
}

// forbiddenHash judges every signature of the chain somebody relies on.
func forbiddenHash(c *audit.Case, l *leaf, forbid []string) []audit.Outcome {
	out := wholeChain(l)
	for i := range l.Chain.Certificates {
		cert := &l.Chain.Certificates[i]
		switch {
		case i > 0 && cert.SelfSigned:
		case slices.Contains(forbid, cert.SignatureHash):
			message := certName(l, i) + ": signed with " + cert.SignatureHash
			if c.Clause("") != "" {
				message += ", which is " + deniedBy(c, "")
			}
			out = append(out, violated(l.evidence(), "%s", message))
		case cert.SignatureHash == "":
			out = append(out, undecided(l.evidence(), "%s: the hash of signature algorithm %q is not known", certName(l, i), cert.Signature))
		}
	}
	return out
}

package checks

import (
	"slices"
	"strings"

	"tlsaudit/audit"
)

// keyUsageNames are the bits of RFC 5280 section 4.2.1.3. nonRepudiation is
// the old name of contentCommitment.
var keyUsageNames = []string{"digitalSignature", "contentCommitment", "nonRepudiation", "keyEncipherment", "dataEncipherment", "keyAgreement",
	"keyCertSign", "cRLSign", "encipherOnly", "decipherOnly"}

type usageDemand struct{ any, must, should, notRecommended, forbid []string }

type keyUsageParams struct {
	usageDemand
	rsa, ec *usageDemand
}

var certKeyUsage = &audit.Check{
	ID:    "cert.key_usage",
	Title: "The key usage fits a server certificate",
	Doc:   "Every TLS 1.3 handshake, and every one with forward secrecy, has the server sign; strict clients refuse a certificate whose key usage does not allow that.",
	Detect: "The key usage of each leaf, for all keys or by key type (`rsa`, `ec`). Without parameters, digitalSignature is wanted. A leaf without the extension " +
		"lacks whatever is wanted.",
	Severity: audit.Medium,
	Refs:     []string{"RFC 5280 section 4.2.1.3", "RFC 9846 section 4.5.2"},
	Needs:    []audit.Need{audit.NeedTLS, audit.NeedChains},
	Params: func(in map[string]any) (any, error) {
		r := read(in)
		p := keyUsageParams{usageDemand: r.usageDemand(), rsa: r.nestedUsage("rsa"), ec: r.nestedUsage("ec")}
		if len(in) == 0 {
			p.must = []string{"digitalSignature"}
		}
		return p, r.done()
	},
	ParamsDoc: map[string]string{
		"any":             "usages of which one must be set",
		"must":            "usages that must all be set",
		"should":          "usages whose absence warns",
		"not_recommended": "usages whose presence warns",
		"forbid":          "usages that must not be set",
		"may":             "usages that may be set; documents, and demands nothing",
		"rsa":             "the same keys, for RSA keys only",
		"ec":              "the same keys, for elliptic-curve keys only",
	},
	Run: func(c *audit.Case) []audit.Outcome {
		p := c.Params.(keyUsageParams)
		return eachLeaf(c, func(l *leaf) []audit.Outcome {
			out := p.judge(l)
			if l.Key.Type == "" && (p.rsa != nil || p.ec != nil) {
				out = append(out, undecided(l.evidence(), "%s: the key type could not be read", l.Label))
			}
			if p.rsa != nil && l.Key.Type == "rsa" {
				out = append(out, p.rsa.judge(l)...)
			}
			if p.ec != nil && (l.Key.Type == "ecdsa" || oneSize(l.Key.Type)) {
				out = append(out, p.ec.judge(l)...)
			}
			return out
		})
	},
	Want: certificate("a certificate with key usage digitalSignature"),
	Examples: []audit.Example{
		example("signature not allowed", audit.Fail, map[string]any{"any": []any{"digitalSignature", "keyAgreement"}},
			withLeaf(func(c *audit.Certificate) { c.KeyUsage = []string{"keyEncipherment"} })),
		example("may sign certificates", audit.Fail, map[string]any{"rsa": map[string]any{"forbid": []any{"keyCertSign"}}},
			withLeaf(func(c *audit.Certificate) { c.KeyUsage = []string{"digitalSignature", "keyCertSign"} })),
		example("may sign", audit.Pass, nil),
		example("certificate not readable", audit.Unknown, nil, unreadable),
	},
}

func (d *usageDemand) judge(l *leaf) []audit.Outcome {
	has := func(usage string) bool { return slices.Contains(l.KeyUsage, usage) }
	var out []audit.Outcome
	if len(d.any) > 0 && !slices.ContainsFunc(d.any, has) {
		out = append(out, violated(l.evidence(), "%s: key usage has none of %s", l.Label, strings.Join(d.any, ", ")))
	}
	for _, usage := range d.must {
		if !has(usage) {
			out = append(out, violated(l.evidence(), "%s: key usage lacks %s", l.Label, usage))
		}
	}
	for _, usage := range d.forbid {
		if has(usage) {
			out = append(out, violated(l.evidence(), "%s: key usage %s is not allowed", l.Label, usage))
		}
	}
	for _, usage := range d.should {
		if !has(usage) {
			out = append(out, advice(l.evidence(), "%s: key usage should have %s", l.Label, usage))
		}
	}
	for _, usage := range d.notRecommended {
		if has(usage) {
			out = append(out, advice(l.evidence(), "%s: key usage %s is not recommended", l.Label, usage))
		}
	}
	return out
}

func (r *reader) usageDemand() usageDemand {
	usages := func(key string) []string {
		list := r.words(key, keyUsageNames...)
		for i, usage := range list {
			if usage == "nonRepudiation" {
				list[i] = "contentCommitment"
			}
		}
		return list
	}
	usages("may")
	return usageDemand{any: usages("any"), must: usages("must"), should: usages("should"), notRecommended: usages("not_recommended"), forbid: usages("forbid")}
}

func (r *reader) nestedUsage(key string) *usageDemand {
	v, ok := r.get(key)
	if !ok {
		return nil
	}
	in, ok := v.(map[string]any)
	if !ok || len(in) == 0 {
		r.fail("parameter %q: %v is not a mapping of demands", key, v)
		return nil
	}
	inner := read(in)
	d := inner.usageDemand()
	if err := inner.done(); err != nil {
		r.fail("parameter %q: %w", key, err)
	}
	return &d
}

package checks

import (
	"regexp"
	"slices"
	"strings"
	"sync"

	"tlsaudit/audit"
)

type policyParams struct {
	oids []string
	// labels are the entries as written, for messages.
	labels []string
	// exactly demands one and no more.
	exactly bool
}

var certPolicyOID = &audit.Check{
	ID:    "cert.policy_oid",
	Title: "The certificate names the policy it was issued under",
	Doc: "Public CAs state how they validated the subscriber by one of four policy identifiers: domain, organisation, individual or extended validation. A certificate with none, or with " +
		"two that contradict each other, was not issued by the rules.",
	Detect:   "The identifiers of the certificatePolicies extension of each leaf are compared with those listed. Unknown for evidence recorded without them.",
	Severity: audit.Low,
	Refs:     []string{"RFC 5280 section 4.2.1.4", "CA/Browser Forum Baseline Requirements section 7.1.6.1"},
	Needs:    []audit.Need{audit.NeedTLS, audit.NeedChains},
	Params: func(in map[string]any) (any, error) {
		r := read(in)
		p := &policyParams{exactly: r.has("exactly_one_of")}
		for _, key := range []string{"exactly_one_of", "any"} {
			for _, word := range r.words(key) {
				oid, _, _ := strings.Cut(word, " ")
				if !oidPattern().MatchString(oid) {
					r.fail("parameter %q: %q does not begin with an object identifier such as 2.23.140.1.2.1", key, word)
				}
				p.oids, p.labels = append(p.oids, oid), append(p.labels, word)
			}
		}
		r.require("exactly_one_of", "any")
		if r.has("exactly_one_of") && r.has("any") {
			r.fail("parameters \"exactly_one_of\" and \"any\" exclude each other")
		}
		return p, r.done()
	},
	ParamsDoc: map[string]string{
		"exactly_one_of": "policy identifiers of which one and no more must be present, each with a name behind it if you like: \"2.23.140.1.2.1 DV\"",
		"any":            "policy identifiers of which at least one must be present",
	},
	Run: func(c *audit.Case) []audit.Outcome {
		p := c.Params.(*policyParams)
		return eachLeaf(c, func(l *leaf) []audit.Outcome {
			var found []string
			for i, oid := range p.oids {
				if slices.Contains(l.Policies, oid) {
					found = append(found, p.labels[i])
				}
			}
			switch {
			case p.exactly && len(found) > 1:
				return []audit.Outcome{violated(l.evidence(), "%s: policies %s, of which one only may be present", l.Label, strings.Join(found, " and "))}
			case audit.Clipped(l.Policies) && (p.exactly || len(found) == 0):
				return []audit.Outcome{undecided(l.evidence(), "%s: too many policies to list", l.Label)}
			case len(found) > 0:
				return []audit.Outcome{met(l.evidence(), "%s: policy %s", l.Label, strings.Join(found, ", "))}
			case !l.HasExtensions():
				return []audit.Outcome{undecided(l.evidence(), "%s: the policies were not recorded", l.Label)}
			}
			return []audit.Outcome{violated(l.evidence(), "%s: none of the policies %s", l.Label, strings.Join(p.labels, ", "))}
		})
	},
	Want: func(params any) audit.Want {
		return audit.Want{Certificate: "a certificate issued under one of the policies " + strings.Join(params.(*policyParams).labels, ", ")}
	},
	Examples: []audit.Example{
		example("no policy", audit.Fail, forumPolicies, withLeaf(func(c *audit.Certificate) { c.Policies = nil })),
		example("two that exclude each other", audit.Fail, forumPolicies, withLeaf(func(c *audit.Certificate) { c.Policies = []string{"2.23.140.1.2.1", "2.23.140.1.2.2"} })),
		example("one, beside the CA's own", audit.Pass, forumPolicies, withLeaf(func(c *audit.Certificate) { c.Policies = []string{"1.3.6.1.4.1.99999.1", "2.23.140.1.2.1"} })),
		example("policies not recorded", audit.Unknown, forumPolicies, withLeaf(func(c *audit.Certificate) { c.Policies, c.Extensions = nil, nil })),
		example("certificate not readable", audit.Unknown, forumPolicies, unreadable),
	},
}

// forumPolicies are the reserved policy identifiers of the CA/Browser Forum.
var forumPolicies = map[string]any{"exactly_one_of": []any{"2.23.140.1.2.1 DV", "2.23.140.1.2.2 OV", "2.23.140.1.2.3 IV", "2.23.140.1.1 EV"}}

var oidPattern = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^[0-2](\.[0-9]+)+$`) })

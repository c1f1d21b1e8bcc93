package checks

import "tlsaudit/audit"

var vulnCRIME = &audit.Check{
	ID:       "vuln.crime",
	Declared: audit.AspectFeatures,
	Title:    "Records are not compressed (CRIME)",
	Doc: "The length of a compressed record tells what it has in common with something an attacker can choose; that reads session cookies byte by byte. Compression inside HTTP has the same effect on " +
		"what a page repeats (BREACH): it does not show in TLS and is not decided here.",
	Detect:   "Derived from the features: DEFLATE is offered at the newest version before TLS 1.3, and must not be chosen. Not asked at depth quick. BREACH cannot be derived; it takes a look at the application.",
	Severity: audit.High,
	Refs:     []string{"CVE-2012-4929", "RFC 9325 section 3.3"},
	Needs:    []audit.Need{audit.NeedTLS},
	Params:   noParams,
	Forbids:  always,
	Run: func(c *audit.Case) []audit.Outcome {
		return prohibited(c.Observation, audit.FeatureCompression, "TLS compression")
	},
	Want: tlsCompression.Want,
	Examples: []audit.Example{
		at(audit.MustNot, example("DEFLATE", audit.Fail, nil, featured, feature(audit.FeatureCompression, audit.TLSv12, audit.Accepted, "DEFLATE"))),
		at(audit.MustNot, example("none", audit.Pass, nil, featured)),
		at(audit.MustNot, example("not asked", audit.Unknown, nil, featureless)),
	},
}

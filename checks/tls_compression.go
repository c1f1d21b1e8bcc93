package checks

import (
	"maps"
	"slices"

	"tlsaudit/audit"
)

var tlsCompression = graded(&audit.Check{
	ID:       "tls.compression",
	Declared: audit.AspectFeatures,
	Title:    "Records are not compressed",
	Doc: "The length of compressed data tells what it has in common with something an attacker can choose: that is enough to read session cookies (CRIME). " +
		"TLS 1.3 removed compression.",
	Detect: "A hello at the newest version before TLS 1.3 offers DEFLATE; the method in the ServerHello decides. A server that refuses such a hello in words, and takes it without, " +
		"does not compress. Compression inside the application protocol is not looked at.",
	Severity: audit.High,
	Refs:     []string{"RFC 9325 section 3.3", "RFC 3749", "CVE-2012-4929"},
	Needs:    []audit.Need{audit.NeedTLS},
	Params: func(in map[string]any) (any, error) {
		r := read(in)
		r.word("directive", "", "SSLCompression off")
		r.tiers(map[string]string{"good": "none", "sufficient": "application-level", "insufficient": "TLS-level"})
		return nil, r.done()
	},
	ParamsDoc: map[string]string{
		"directive": "\"SSLCompression off\": the setting a benchmark names; documents, and demands nothing more",
		"tiers":     "good: none, sufficient: application-level, insufficient: TLS-level; documents, the last is what violates",
	},
	Forbids: always,
	Run: func(c *audit.Case) []audit.Outcome {
		return prohibited(c.Observation, audit.FeatureCompression, "TLS compression")
	},
	Want: otherWant("Switch compression of TLS records off: \"SSLCompression off\" in Apache httpd, \"tls_ssl_options = NO_COMPRESSION\" in Postfix, \"Options = -Compression\" in an OpenSSL configuration, or a library built without zlib."),
	Examples: []audit.Example{
		at(audit.MustNot, example("DEFLATE", audit.Fail, map[string]any{"directive": "SSLCompression off"}, featured, feature(audit.FeatureCompression, audit.TLSv12, audit.Accepted, "DEFLATE"))),
		at(audit.MustNot, example("none", audit.Pass, nil, featured)),
		at(audit.MustNot, example("TLS 1.3 alone", audit.Pass, nil, not12)),
		at(audit.MustNot, example("not asked", audit.Unknown, nil, featureless)),
		at(audit.MustNot, example("no clear answer", audit.Unknown, nil, featured, feature(audit.FeatureCompression, audit.TLSv12, audit.Undetermined, ""))),
	},
})

// tiers reads a mapping of tier to what belongs into it, which must say just
// what the check does.
func (r *reader) tiers(want map[string]string) {
	v, ok := r.get("tiers")
	if !ok {
		return
	}
	given, isMap := v.(map[string]any)
	for _, tier := range slices.Sorted(maps.Keys(given)) {
		if text, ok := given[tier].(string); !ok || want[tier] != text {
			r.fail("parameter %q: %s: %v is not what this check can tell: %v", "tiers", tier, given[tier], want)
			return
		}
	}
	if !isMap || len(given) != len(want) {
		r.fail("parameter %q: %v is not the mapping %v", "tiers", v, want)
	}
}

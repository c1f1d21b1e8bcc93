package checks_test

import (
	"testing"

	"tlsaudit/audit"
	"tlsaudit/checks"
	"tlsaudit/internal/tlsreg"
)

// richEndpoint answers in every version, with a hundred suites and two chains.
func richEndpoint(b *testing.B) *audit.Observation {
	o := clonedExample(b, "crypto.strength.min_bits", "RSA 3072 and P-256 reach 128")
	for i := range o.Versions {
		f := &o.Versions[i]
		if f.Version < audit.TLSv10 || f.Version == audit.TLSv13 {
			continue
		}
		f.Answer, f.SuitesAnswer, f.GroupsAnswer, f.Preference = audit.Accepted, audit.Accepted, audit.Accepted, audit.PreferenceServer
		f.Suites = nil
		for _, s := range tlsreg.Suites() {
			if s.Status == "iana" && s.OpenSSL != "" && s.Min <= f.Version && len(f.Suites) < 60 {
				f.Suites = append(f.Suites, audit.Suite{ID: s.Code, Name: s.Name, Bits: s.StrengthBits, Group: "x25519", DHBits: 2048})
			}
		}
	}
	return o
}

func clonedExample(b *testing.B, check, name string) *audit.Observation {
	for _, e := range checks.ByID(check).Examples {
		if e.Name == name {
			o := *e.Observe()
			o.Versions = append([]audit.VersionFact(nil), o.Versions...)
			return &o
		}
	}
	b.Fatalf("%s has no example %q", check, name)
	return nil
}

// BenchmarkRun runs every check with the parameters of each of its examples,
// some 400 rules, on one endpoint, without the engine: what a rule costs by
// itself.
func BenchmarkRun(b *testing.B) {
	type rule struct {
		check  *audit.Check
		params any
	}
	var rules []rule
	for _, c := range checks.All {
		for _, e := range c.Examples {
			params, err := c.Params(e.Params)
			if err != nil {
				b.Fatal(err)
			}
			rules = append(rules, rule{c, params})
		}
	}
	o := richEndpoint(b)
	b.ReportAllocs()
	said := 0
	for b.Loop() {
		var memo any
		for _, r := range rules {
			said += len(r.check.Run(&audit.Case{Target: &o.Target, Observation: o, Level: audit.Must, Params: r.params, Memo: &memo}))
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(len(rules)), "ns/rule")
	if said == 0 {
		b.Fatal("nothing was said")
	}
}

package checks

import (
	"slices"
	"strings"

	"tlsaudit/audit"
	"tlsaudit/internal/tlsreg"
)

// Before TLS 1.3 a DHE suite does not name its group: the server sends a prime.
// A list of groups speaks about it all the same. A prime whose size no listed
// group has is certainly none of them; of one that has, nobody knows unless the
// evidence names the group (RFC 7919), which is then judged like any other.

// finiteField judges the primes of DHE suites by the list.
func (p *groupParams) finiteField(c *audit.Case) []audit.Outcome {
	if !p.speaksOfPrimes(c) {
		return nil
	}
	var said remarks
	suites := suitesByVersion(c)
	for i := range suites {
		s := &suites[i]
		if !slices.Contains(p.versions, s.Version) || !s.unnamed() {
			continue
		}
		if kind, what := p.prime(c, s.DHBits); what != "" {
			said.add(kind, what, &seenSuite{Suite: s.Suite, Versions: []audit.Version{s.Version}, code: s.ID.String()})
		}
	}
	out := said.outcomes()
	for _, v := range p.versions {
		// what was not seen may be a DHE suite
		if gap := c.LacksSuites(v); gap != "" && v < audit.TLSv13 && c.Observation.Version(v).Answer == audit.Accepted {
			out = append(out, undecided("", "%s, so that primes may be missing", gap))
		}
	}
	return out
}

// speaksOfPrimes reports whether the list rules out any prime.
func (p *groupParams) speaksOfPrimes(c *audit.Case) bool {
	return !p.elsewhere && (!p.allow.empty() || len(finiteGroups(p.deny.current(c.Now))) > 0)
}

// unnamed reports whether the suite uses a prime of which the evidence does not
// say what group it is.
func (s *seenAt) unnamed() bool {
	if s.Version >= audit.TLSv13 || !s.FiniteField() {
		return false
	}
	g, ok := tlsreg.GroupByName(s.Group)
	return !ok || g.Kind != "ffdhe"
}

// prime says what there is to say about a prime of so many bits; 0 means it was
// not read.
func (p *groupParams) prime(c *audit.Case, size int) (kind audit.OutcomeKind, what string) {
	if !p.allow.empty() {
		listed := finiteGroups(p.allow.current(c.Now))
		near := ofSize(listed, size)
		switch {
		case len(listed) == 0:
			return audit.Violated, "finite-field Diffie-Hellman, which is " + notListedBy(c, "groups allowed")
		case size == 0:
			return audit.Undecided, "the Diffie-Hellman prime was not read"
		case len(near) == 0:
			return audit.Violated, "Diffie-Hellman prime of " + bits(size) + ", the size of no group " + strings.TrimPrefix(notListedBy(c, "groups allowed"), "not ")
		default:
			return audit.Undecided, "Diffie-Hellman prime of " + bits(size) + ", which may be that of " + groupNames(near) + " or another"
		}
	}
	if near := ofSize(finiteGroups(p.deny.current(c.Now)), size); len(near) > 0 {
		if size == 0 {
			return audit.Undecided, "the Diffie-Hellman prime was not read"
		}
		return audit.Undecided, "Diffie-Hellman prime of " + bits(size) + ", which may be that of " + groupNames(near) + ", " + deniedBy(c, "name")
	}
	return 0, ""
}

// maybeGroups are the groups that primes of DHE suites may be those of.
func (p *groupParams) maybeGroups(c *audit.Case) (maybe []audit.Code) {
	suites := suitesByVersion(c)
	for i := range suites {
		if s := &suites[i]; slices.Contains(p.versions, s.Version) && s.unnamed() {
			maybe = append(maybe, ofSize(finiteGroups(slices.Concat(p.any.order, p.all.order)), s.DHBits)...)
		}
	}
	return maybe
}

// finiteGroups are those of the groups that are over a finite field.
func finiteGroups(codes []audit.Code) []audit.Code {
	return slices.DeleteFunc(codes, func(code audit.Code) bool { return ffdheBits(code) == 0 })
}

// ofSize are the groups of so many bits; of any size, where that is 0.
func ofSize(codes []audit.Code, size int) []audit.Code {
	return slices.DeleteFunc(slices.Clone(codes), func(code audit.Code) bool { return size > 0 && ffdheBits(code) != size })
}

// at12 makes the parameters of an example about TLS 1.2.
func at12(params map[string]any) map[string]any {
	params["versions"] = []any{"TLSv1.2"}
	return params
}

// dhe adds a DHE suite at TLS 1.2 with a prime of so many bits.
func dhe(size int) change {
	return func(o *audit.Observation) {
		f := fact(o, audit.TLSv12)
		f.Suites = append(f.Suites, audit.Suite{ID: 0x009E, Name: "TLS_DHE_RSA_WITH_AES_128_GCM_SHA256", OpenSSL: "DHE-RSA-AES128-GCM-SHA256", Bits: 128, DHBits: size})
	}
}

// primeOf says what group the prime of the last suite of TLS 1.2 is of.
func primeOf(group string) change {
	return func(o *audit.Observation) {
		f := fact(o, audit.TLSv12)
		f.Suites[len(f.Suites)-1].Group = group
	}
}

package report

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"tlsaudit/audit"
	"tlsaudit/internal/tlsreg"
)

// flaw is what makes the facts about an endpoint no facts.
type flaw struct {
	// at leads from the piece of evidence to what is wrong.
	at    []string
	cause string
	// newer: a later program may have meant something by it.
	newer bool
}

// under puts a flaw below the steps; nil stays nil.
func (f *flaw) under(steps ...string) *flaw {
	if f != nil {
		f.at = slices.Concat(steps, f.at)
	}
	return f
}

// mostFacts bounds what is compared with one another: some hundred groups, or
// features, are known at each of six versions.
const mostFacts = 2000

func index(i int) string { return fmt.Sprintf("[%d]", i) }

// contradicts says what makes the facts about one endpoint no facts: what is
// missing reads as a zero, and a zero is on no list of what is forbidden. It
// asks of evidence only what the scanner holds for every peer there is.
func contradicts(subject string, o *audit.Observation) *flaw {
	if target := o.Target.Subject(); target != subject {
		return &flaw{at: []string{"observed", "target"}, cause: fmt.Sprintf("the evidence of %q was taken of %q", clipped(subject), clipped(target))}
	}
	if n := len(o.Groups); n > mostFacts {
		return &flaw{at: []string{"observed", "groups"}, cause: fmt.Sprintf("%d groups are more than there can be", n)}
	}
	if n := len(o.Features); n > mostFacts {
		return &flaw{at: []string{"observed", "features"}, cause: fmt.Sprintf("%d features are more than there can be", n)}
	}
	if n := len(o.Schemes); n > mostFacts {
		return &flaw{at: []string{"observed", "schemes"}, cause: fmt.Sprintf("%d signature schemes are more than there can be", n)}
	}
	for i := range o.Schemes {
		if f := schemeFlaw(&o.Schemes[i]); f != nil {
			return f.under("observed", "schemes", index(i))
		}
	}
	for i := range o.Versions {
		if f := versionFlaw(o, i); f != nil {
			return f.under("observed", "versions", index(i))
		}
	}
	for i := range o.Groups {
		if f := groupFlaw(o.Groups, i); f != nil {
			return f.under("observed", "groups", index(i))
		}
	}
	for i := range o.Features {
		if f := featureFlaw(o.Features, i); f != nil {
			return f.under("observed", "features", index(i))
		}
	}
	for i := range o.Chains {
		if f := chainFlaw(&o.Target, &o.Chains[i]); f != nil {
			return f.under("observed", "chains", index(i))
		}
	}
	return nil
}

// versionFlaw looks at the facts about a version, and at what they say about
// its groups.
func versionFlaw(o *audit.Observation, i int) *flaw {
	v := &o.Versions[i]
	switch {
	case !slices.Contains(audit.Versions, v.Version):
		return &flaw{at: []string{"version"}, newer: true, cause: fmt.Sprintf("%q is not a protocol version that is judged here", v.Version)}
	case slices.ContainsFunc(o.Versions[:i], func(f audit.VersionFact) bool { return f.Version == v.Version }):
		return &flaw{at: []string{"version"}, cause: fmt.Sprintf("two answers about %s", v.Version)}
	case len(v.Suites) > 0 && (v.Answer == audit.Refused || v.Answer == audit.NotAsked):
		return &flaw{at: []string{"suites"}, cause: fmt.Sprintf("cipher suites are listed, but the answer about %s is %q", v.Version, v.Answer)}
	case len(v.Suites) == 0 && v.Answer == audit.Accepted && v.SuitesAnswer == audit.Accepted && v.Version != audit.SSLv2: // whose hello may name none
		return &flaw{at: []string{"suites"}, cause: fmt.Sprintf("%s is accepted and its list of cipher suites is said to be complete, but holds none", v.Version)}
	case len(v.SuitesRefused) > 0 && (v.Answer != audit.Accepted || v.SuitesAnswer == audit.Accepted):
		return &flaw{at: []string{"suites_refused"}, cause: fmt.Sprintf("cipher suites refused are listed, but %s is %q and the answer about all its suites %q", v.Version, v.Answer, v.SuitesAnswer)}
	case !slices.IsSorted(v.SuitesRefused) || len(slices.Compact(slices.Clone(v.SuitesRefused))) < len(v.SuitesRefused):
		return &flaw{at: []string{"suites_refused"}, cause: "the suites refused are not in the order of their numbers, each once"}
	case v.GroupsAnswer == audit.Accepted && !slices.ContainsFunc(o.Groups, func(g audit.GroupFact) bool { return g.Version == v.Version }):
		return &flaw{at: []string{"groups_answer"}, cause: fmt.Sprintf("the list of groups is said to be complete at %s, but holds none of it", v.Version)}
	}
	for i := range v.Suites {
		if f := suiteFlaw(&v.Suites[i]); f != nil {
			return f.under("suites", index(i))
		}
		if slices.Contains(v.SuitesRefused, v.Suites[i].ID) {
			return &flaw{at: []string{"suites", index(i)}, cause: fmt.Sprintf("%s is both accepted and refused", clipped(v.Suites[i].Name))}
		}
	}
	return nil
}

func suiteFlaw(s *audit.Suite) *flaw {
	reg, known := tlsreg.SuiteByCode(s.ID)
	if s.Name != reg.Name || !known { // else it is the name the scanner gave it
		named, taken := tlsreg.SuiteByName(s.Name)
		if f := nameFlaw("cipher suite", s.ID, s.Name, known, reg.Name, taken, named.Code); f != nil {
			return f
		}
	}
	if known && s.Bits > reg.StrengthBits {
		return &flaw{at: []string{"bits"}, cause: fmt.Sprintf("%d bits are more than the %d of %s", s.Bits, reg.StrengthBits, reg.Name)}
	}
	return nil
}

func groupFlaw(list []audit.GroupFact, i int) *flaw {
	g := &list[i]
	reg, known := tlsreg.GroupByCode(g.ID)
	if g.Name != reg.Name || !known {
		named, taken := tlsreg.GroupByName(g.Name)
		if f := nameFlaw("group", g.ID, g.Name, known, reg.Name, taken, named.Code); f != nil {
			return f
		}
	}
	switch {
	case !slices.Contains(audit.Versions, g.Version):
		return &flaw{at: []string{"version"}, newer: true, cause: fmt.Sprintf("%q is not a protocol version that is judged here", g.Version)}
	case g.Answer == audit.NotAsked:
		return &flaw{at: []string{"answer"}, cause: fmt.Sprintf("there is no answer about %s", clipped(g.Name))}
	case known && g.Bits > reg.StrengthBits:
		return &flaw{at: []string{"bits"}, cause: fmt.Sprintf("%d bits are more than the %d of %s", g.Bits, reg.StrengthBits, reg.Name)}
	}
	for k := range list[:i] {
		if before := &list[k]; before.ID == g.ID && before.Version == g.Version && before.Answer != g.Answer {
			return &flaw{at: []string{"answer"}, cause: fmt.Sprintf("two answers about %s at %s", clipped(g.Name), g.Version)}
		}
	}
	return nil
}

func schemeFlaw(s *audit.SchemeFact) *flaw {
	reg, known := tlsreg.SchemeByCode(s.ID)
	if s.Name != reg.Name || !known {
		named, taken := tlsreg.SchemeByName(s.Name)
		if f := nameFlaw("signature scheme", s.ID, s.Name, known, reg.Name, taken, named.Code); f != nil {
			return f
		}
	}
	switch {
	case !slices.Contains(audit.Versions, s.Version):
		return &flaw{at: []string{"version"}, newer: true, cause: fmt.Sprintf("%q is not a protocol version that is judged here", s.Version)}
	case s.Answer == audit.NotAsked:
		return &flaw{at: []string{"answer"}, cause: fmt.Sprintf("there is no answer about %s", clipped(s.Name))}
	}
	return nil
}

// nameFlaw compares a number with the name beside it. A number without a name
// in the registries bears any name but one that is another's.
func nameFlaw(kind string, id audit.Code, name string, known bool, registered string, taken bool, owner audit.Code) *flaw {
	switch {
	case name == "":
		return &flaw{at: []string{"name"}, cause: fmt.Sprintf("%s %s has no name", kind, id)}
	case taken && owner == id: // an alias, or a name the registry had before
		return nil
	case taken:
		return &flaw{at: []string{"id"}, cause: fmt.Sprintf("%s is not the number of %s %q, which is %s", id, kind, clipped(name), owner)}
	case known:
		return &flaw{at: []string{"name"}, newer: true, cause: fmt.Sprintf("%q is not the name of %s %s, which is %q", clipped(name), kind, id, registered)}
	}
	return nil
}

func featureFlaw(list []audit.FeatureFact, i int) *flaw {
	f := &list[i]
	for k := range list[:i] {
		if before := &list[k]; before.Version == f.Version && before.Name == f.Name && before.Answer != f.Answer {
			return &flaw{at: []string{"answer"}, cause: fmt.Sprintf("two answers about %q at %s", clipped(string(f.Name)), f.Version)}
		}
	}
	return nil
}

func chainFlaw(target *audit.Target, c *audit.Chain) *flaw {
	switch {
	case len(c.Certificates) == 0:
		return &flaw{at: []string{"certificates"}, cause: "a chain without certificates"}
	case !strings.EqualFold(c.Names.Reference, target.Name()):
		return &flaw{at: []string{"names", "reference"}, cause: fmt.Sprintf("the certificate was compared with %q, but the name of the endpoint is %q", clipped(c.Names.Reference), clipped(target.Name()))}
	}
	for i := range c.Certificates {
		if f := certificateFlaw(&c.Certificates[i]); f != nil {
			return f.under("certificates", index(i))
		}
	}
	return nil
}

// isOID reports whether an algorithm is written by its number, for want of a
// name; a long one is cut.
func isOID(s string) bool {
	s = strings.TrimSuffix(s, "…")
	return strings.Contains(s, ".") && strings.Trim(s, "0123456789.") == ""
}

// hashes are those a pair of key and hash may end in.
var hashes = []string{"md2", "md4", "md5", "sha1", "sha224", "sha256", "sha384", "sha512", "sha3-224", "sha3-256", "sha3-384", "sha3-512"}

// intrinsic are the signatures whose hash is part of them.
var intrinsic = []string{"ed25519", "ed448", "ml-dsa-44", "ml-dsa-65", "ml-dsa-87"}

// certificateFlaw looks at what a certificate has wherever it could be read.
func certificateFlaw(c *audit.Certificate) *flaw {
	want := ""
	_, hash, pair := strings.Cut(c.Signature, "+")
	switch {
	case pair && slices.Contains(hashes, hash):
		want = hash
	case slices.Contains(intrinsic, c.Signature):
		want = "intrinsic"
	case pair || c.Signature == "" && c.Error == "" || c.Signature != "" && !isOID(c.Signature):
		return &flaw{at: []string{"signature"}, newer: true, cause: fmt.Sprintf("%q is not a signature algorithm that is judged here", clipped(c.Signature))}
	}
	switch {
	case c.SignatureHash != want:
		return &flaw{at: []string{"signature_hash"}, cause: fmt.Sprintf("%q is not the hash of signature %q, which is %q", clipped(c.SignatureHash), clipped(c.Signature), want)}
	case c.Error != "": // only what was readable is there
		return nil
	case c.Key.Type == "":
		return &flaw{at: []string{"key", "type"}, cause: "the key has no type"}
	}
	return nil
}

// dates is what tells a date that is zero from one that is missing.
type dates struct {
	Observed struct {
		Chains []struct {
			Certificates []struct {
				NotBefore *json.RawMessage `json:"not_before"`
				NotAfter  *json.RawMessage `json:"not_after"`
			} `json:"certificates"`
		} `json:"chains"`
	} `json:"observed"`
}

// undated returns what leads to the date a certificate lacks, nil if none does.
// A peer may send a date that is zero, so that the text decides.
func undated(text []byte, chains []audit.Chain) []string {
	if !slices.ContainsFunc(chains, func(c audit.Chain) bool {
		return slices.ContainsFunc(c.Certificates, func(c audit.Certificate) bool {
			return c.Error == "" && (c.NotBefore.IsZero() || c.NotAfter.IsZero())
		})
	}) {
		return nil
	}
	var d dates
	if err := json.Unmarshal(text, &d); err != nil || len(d.Observed.Chains) != len(chains) {
		return []string{"observed", "chains"}
	}
	for i := range chains {
		known := d.Observed.Chains[i].Certificates
		if len(known) != len(chains[i].Certificates) {
			return []string{"observed", "chains", index(i), "certificates"}
		}
		for k := range known {
			c, missing := &chains[i].Certificates[k], ""
			switch {
			case c.Error != "":
			case c.NotBefore.IsZero() && known[k].NotBefore == nil:
				missing = "not_before"
			case c.NotAfter.IsZero() && known[k].NotAfter == nil:
				missing = "not_after"
			}
			if missing != "" {
				return []string{"observed", "chains", index(i), "certificates", index(k), missing}
			}
		}
	}
	return nil
}

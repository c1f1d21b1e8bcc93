package checks

import (
	"fmt"
	"slices"
	"strings"
	"sync"

	"tlsaudit/audit"
	"tlsaudit/internal/tlsreg"
)

// seenSuite is one suite the endpoint accepts, with the versions in which it
// does and what the registry says about it. What was read in its handshakes is
// that of the newest version only: see suitesByVersion for all of it.
type seenSuite struct {
	*audit.Suite
	Versions []audit.Version
	// Reg is the registry entry; Listed is false for a number that is in no
	// registry, about which nothing can be said.
	Reg    *tlsreg.Suite
	Listed bool
	// code is the number as evidence writes it.
	code string
}

// where names the suite and the versions it was seen in.
func (s *seenSuite) where() string { return s.Name + " at " + names(s.Versions) }

func (s *seenSuite) evidence() string { return s.code }

// at reports whether the suite is accepted at one of the versions.
func (s *seenSuite) at(versions ...audit.Version) bool {
	return slices.ContainsFunc(s.Versions, func(v audit.Version) bool { return slices.Contains(versions, v) })
}

// suiteRegistry is the registry by number, shared and never written to.
var suiteRegistry = sync.OnceValue(func() map[audit.Code]*tlsreg.Suite {
	index := map[audit.Code]*tlsreg.Suite{}
	for _, s := range tlsreg.Suites() {
		if _, ok := index[s.Code]; !ok {
			index[s.Code] = &s
		}
	}
	return index
})

// unlisted is what the registry has about a number it does not have.
func unlisted() *tlsreg.Suite { return &tlsreg.Suite{} }

// acceptedSuites lists each accepted suite once, newest version first, in the
// order the observation has them.
func acceptedSuites(c *audit.Case) []seenSuite {
	d := derivedFrom(c)
	if d.suites == nil {
		d.suites = seenSuites(c.Observation)
	}
	return d.suites
}

func seenSuites(o *audit.Observation) []seenSuite {
	list := []seenSuite{}
	index := map[audit.Code]int{}
	for _, f := range slices.Backward(o.Versions) {
		if f.Answer != audit.Accepted {
			continue
		}
		for k := range f.Suites {
			s := &f.Suites[k]
			if i, ok := index[s.ID]; ok {
				if !slices.Contains(list[i].Versions, f.Version) {
					list[i].Versions = append(list[i].Versions, f.Version)
				}
				continue
			}
			reg, listed := suiteRegistry()[s.ID]
			if !listed {
				reg = unlisted()
			}
			index[s.ID] = len(list)
			list = append(list, seenSuite{Suite: s, Versions: []audit.Version{f.Version}, Reg: reg, Listed: listed, code: s.ID.String()})
		}
	}
	return list
}

// seenAt is one suite at one version. What was read in the handshake, such as
// the group or the prime, may differ from version to version.
type seenAt struct {
	*audit.Suite
	Version audit.Version
}

// where names the suite and the version.
func (s *seenAt) where() string { return s.Name + " at " + s.Version.String() }

// suitesByVersion lists every accepted suite once per version, newest first.
func suitesByVersion(c *audit.Case) []seenAt {
	d := derivedFrom(c)
	if d.byVersion != nil {
		return d.byVersion
	}
	d.byVersion = []seenAt{}
	for _, f := range slices.Backward(c.Observation.Versions) {
		if f.Answer != audit.Accepted {
			continue
		}
		for i := range f.Suites {
			d.byVersion = append(d.byVersion, seenAt{&f.Suites[i], f.Version})
		}
	}
	return d.byVersion
}

// eachSuite asks objection about every accepted suite; a non-empty answer says
// what is wrong with it. A suite no registry knows is left undecided.
func eachSuite(c *audit.Case, objection func(*seenSuite) string) []audit.Outcome {
	var said remarks
	accepted := acceptedSuites(c)
	for i := range accepted {
		s := &accepted[i]
		if !s.Listed {
			said.add(audit.Undecided, "in no registry", s)
		} else if what := objection(s); what != "" {
			said.add(audit.Violated, what, s)
		}
	}
	return said.outcomes()
}

// remarks collects what there is to say about suites, so that suites of which
// the same is said share one outcome.
type remarks []*remark

type remark struct {
	kind     audit.OutcomeKind
	what     string
	suites   []string
	codes    []string
	versions []audit.Version
}

func (r *remarks) add(kind audit.OutcomeKind, what string, s *seenSuite) {
	i := slices.IndexFunc(*r, func(m *remark) bool { return m.kind == kind && m.what == what })
	if i < 0 {
		i = len(*r)
		*r = append(*r, &remark{kind: kind, what: what})
	}
	m := (*r)[i]
	m.suites, m.codes = append(m.suites, s.Name), append(m.codes, s.code)
	for _, v := range s.Versions {
		if !slices.Contains(m.versions, v) {
			m.versions = append(m.versions, v)
		}
	}
}

// named is how many suites a message spells out; the evidence has all.
const named = 4

// outcomes renders "no forward secrecy: A, B, C, +3 more at TLSv1.1, TLSv1.2".
func (r *remarks) outcomes() []audit.Outcome {
	var out []audit.Outcome
	for _, m := range *r {
		list := strings.Join(m.suites, ", ")
		if len(m.suites) > named+1 {
			list = fmt.Sprintf("%s, +%d more", strings.Join(m.suites[:named], ", "), len(m.suites)-named)
		}
		slices.Sort(m.versions)
		out = append(out, audit.Outcome{
			Kind:     m.kind,
			Message:  fmt.Sprintf("%s: %s at %s", m.what, list, names(m.versions)),
			Evidence: "accepted: " + strings.Join(m.codes, " "),
		})
	}
	return out
}

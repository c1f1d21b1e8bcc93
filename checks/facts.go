package checks

import (
	"fmt"
	"slices"
	"strings"

	"tlsaudit/audit"
	"tlsaudit/internal/tlsreg"
)

func violated(evidence, format string, args ...any) audit.Outcome {
	return audit.Outcome{Kind: audit.Violated, Message: fmt.Sprintf(format, args...), Evidence: evidence}
}

func advice(evidence, format string, args ...any) audit.Outcome {
	return audit.Outcome{Kind: audit.Advice, Message: fmt.Sprintf(format, args...), Evidence: evidence}
}

func undecided(evidence, format string, args ...any) audit.Outcome {
	return audit.Outcome{Kind: audit.Undecided, Message: fmt.Sprintf(format, args...), Evidence: evidence}
}

func met(evidence, format string, args ...any) audit.Outcome {
	return audit.Outcome{Kind: audit.Met, Message: fmt.Sprintf(format, args...), Evidence: evidence}
}

func moot(format string, args ...any) audit.Outcome {
	return audit.Outcome{Kind: audit.Moot, Message: fmt.Sprintf(format, args...)}
}

// names joins the names of anything that has one.
func names[T fmt.Stringer](list []T) string {
	words := make([]string, len(list))
	for i, v := range list {
		words[i] = v.String()
	}
	return strings.Join(words, ", ")
}

// seenSuite is one suite the endpoint accepts, with the versions in which it
// does and what the registry says about it.
type seenSuite struct {
	audit.Suite
	Versions []audit.Version
	// Reg is the registry entry; Listed is false for a number that is in no
	// registry, about which nothing can be said.
	Reg    tlsreg.Suite
	Listed bool
}

// where names the suite and the versions it was seen in.
func (s *seenSuite) where() string { return s.Name + " at " + names(s.Versions) }

func (s *seenSuite) evidence() string {
	return fmt.Sprintf("%s accepted at %s", s.ID, names(s.Versions))
}

// acceptedSuites lists each accepted suite once, newest version first, in the
// order the observation has them.
func acceptedSuites(o *audit.Observation) []seenSuite {
	var list []seenSuite
	index := map[audit.Code]int{}
	for _, f := range slices.Backward(o.Versions) {
		if f.Answer != audit.Accepted {
			continue
		}
		for _, s := range f.Suites {
			if i, ok := index[s.ID]; ok {
				if !slices.Contains(list[i].Versions, f.Version) {
					list[i].Versions = append(list[i].Versions, f.Version)
				}
				continue
			}
			reg, listed := tlsreg.SuiteByCode(s.ID)
			index[s.ID] = len(list)
			list = append(list, seenSuite{Suite: s, Versions: []audit.Version{f.Version}, Reg: reg, Listed: listed})
		}
	}
	return list
}

// eachSuite asks objection about every accepted suite; a non-empty answer says
// what is wrong with it. A suite no registry knows is left undecided.
func eachSuite(o *audit.Observation, objection func(*seenSuite) string) []audit.Outcome {
	var out []audit.Outcome
	for _, s := range acceptedSuites(o) {
		if !s.Listed {
			out = append(out, undecided(s.evidence(), "suite %s is in no registry", s.ID))
			continue
		}
		if what := objection(&s); what != "" {
			out = append(out, violated(s.evidence(), "%s: %s", s.where(), what))
		}
	}
	return out
}

// usual are the suites suggested where nothing that is accepted may stay: with
// forward secrecy and authenticated encryption, and implemented everywhere.
var usual = []string{
	"TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384", "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384",
	"TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256", "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
	"TLS_AES_256_GCM_SHA384", "TLS_AES_128_GCM_SHA256",
}

// keepSuites is the remedy of a suite check: keep what is accepted and good.
// Where nothing of a generation (up to TLS 1.2, or TLS 1.3) is good, the usual
// suites take its place if the check has nothing against them.
func keepSuites(o *audit.Observation, good func(*seenSuite) bool) audit.Want {
	var want audit.Want
	kept, dropped := map[bool]bool{}, map[bool]bool{}
	for _, s := range acceptedSuites(o) {
		modern := s.Reg.Min == audit.TLSv13
		switch {
		case slices.Equal(s.Versions, []audit.Version{audit.SSLv2}):
			// goes with the version
		case s.Listed && good(&s):
			kept[modern] = true
			want.AllowSuites = append(want.AllowSuites, s.Name)
		default:
			dropped[modern] = true
			want.ForbidSuites = append(want.ForbidSuites, s.Name)
		}
	}
	for _, name := range usual {
		reg, _ := tlsreg.SuiteByName(name)
		modern := reg.Min == audit.TLSv13
		s := seenSuite{Suite: audit.Suite{ID: reg.Code, Name: reg.Name}, Reg: reg, Listed: true}
		if dropped[modern] && !kept[modern] && good(&s) {
			want.AllowSuites = append(want.AllowSuites, name)
		}
	}
	want.Strong = len(want.AllowSuites) == 0
	return want
}

// strongSuites is the remedy of a suite check where no observation is at hand.
func strongSuites(any) audit.Want { return audit.Want{Strong: true} }

// noTLS reports whether it is established, not merely unseen, that the
// endpoint offers no TLS: a complete EHLO without STARTTLS, or a Sametime port
// that answers the legacy dialect and not TLS.
func noTLS(o *audit.Observation) (reason string, proven bool) {
	switch {
	case o.Reach == audit.ReachTLS:
		return "", false
	case o.StartTLS != nil && o.StartTLS.Offered == audit.Refused:
		return "STARTTLS is not offered", true
	case o.Sametime != nil && o.Sametime.Verdict == audit.SametimeLegacyOnly:
		return "the port speaks the legacy Virtual Places protocol only", true
	}
	return "", false
}

// bits renders a number of bits.
func bits(n int) string { return fmt.Sprintf("%d bits", n) }

package audit

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

var needNames = [...]string{
	"tls", "versions", "suites", "preference", "chains", "trust", "groups", "starttls", "sametime", "key-exchange",
}

// String returns a short name for messages.
func (n Need) String() string { return nameOf(needNames[:], n) }

// Lacks says in one line what the observation is short of for n, or returns
// the empty string if the need is met. It is the only place that decides
// whether evidence is complete; the engine and the checks both ask here.
func (o *Observation) Lacks(n Need) string {
	switch n {
	case NeedStartTLS:
		return o.lacksStartTLS()
	case NeedSametime:
		return o.lacksSametime()
	}
	if o.Reach != ReachTLS {
		return o.lacksTLS()
	}
	switch n {
	case NeedTLS:
		return ""
	case NeedVersions:
		return o.lacksVersions()
	case NeedSuites:
		return o.lacksSuites(nil)
	case NeedPreference:
		return o.lacksPreference()
	case NeedChains:
		return o.lacksChains()
	case NeedTrust:
		return o.lacksTrust()
	case NeedGroups:
		return o.LacksGroups(TLSv13)
	case NeedKeyExchange:
		return o.lacksKeyExchange(nil)
	}
	return fmt.Sprintf("need %s cannot be met", n)
}

func (o *Observation) lacksTLS() string {
	what := "nothing was learnt"
	switch o.Reach {
	case ReachUnreachable:
		what = "unreachable"
	case ReachNoTLS:
		what = "no TLS was offered"
	}
	return withReason(what, o.Reason)
}

func (o *Observation) lacksStartTLS() string {
	switch {
	case o.StartTLS != nil && o.StartTLS.Offered.Known():
		return ""
	case o.StartTLS != nil:
		return withReason("the upgrade dialogue stayed without a clear answer", cmp.Or(o.StartTLS.Reason, o.Reason))
	case o.Reach == ReachUnreachable || o.Reach == ReachNoTLS:
		return o.lacksTLS()
	}
	return withReason("no upgrade dialogue took place", o.Reason)
}

func (o *Observation) lacksSametime() string {
	switch {
	case o.Sametime != nil && o.Sametime.Legacy.Known():
		return ""
	case o.Sametime != nil:
		return withReason("the Virtual Places probe stayed without a clear answer", cmp.Or(o.Sametime.Reason, o.Reason))
	case o.Reach == ReachUnreachable:
		return o.lacksTLS()
	}
	return withReason("no Virtual Places probe was made", o.Reason)
}

// Askable reports whether v is ever put to the target. An SSLv2 hello looks
// like a Virtual Places keep-alive and is never sent to a Sametime port, whose
// documented range of versions starts at SSLv3.
func (o *Observation) Askable(v Version) bool {
	return v != SSLv2 || o.Target.Protocol != "sametime"
}

func (o *Observation) lacksVersions() string {
	var open []string
	for _, v := range Versions {
		if f := o.Version(v); o.Askable(v) && !f.Answer.Known() {
			open = append(open, withReason(fmt.Sprintf("%s is %s", v, f.Answer), f.Evidence))
		}
	}
	return strings.Join(open, "; ")
}

// lacksSuites counts a version without an answer as a gap too: the suites it
// might accept have not been seen. Where q is not nil, the suites it asks about
// are all that is wanted.
func (o *Observation) lacksSuites(q *Questions) string {
	if gap := o.lacksVersions(); gap != "" {
		return gap
	}
	accepted := 0
	for _, f := range o.Versions {
		if f.Answer != Accepted {
			continue
		}
		accepted++
		if gap := o.lacksSuitesOf(&f, q); gap != "" {
			return gap
		}
	}
	if accepted == 0 {
		return "no protocol version was accepted"
	}
	return ""
}

func (o *Observation) lacksPreference() string {
	if gap := o.lacksSuites(nil); gap != "" {
		return gap
	}
	for _, f := range o.Versions {
		if f.Answer == Accepted && len(f.Suites) > 1 && f.Preference != PreferenceServer && f.Preference != PreferenceClient {
			return withReason(fmt.Sprintf("who decides the %s suite was not found out", f.Version), f.PreferenceEvidence)
		}
	}
	return ""
}

// lacksChains wants every chain the listener can present: a server with a good
// RSA certificate and an ECDSA certificate nobody read is not in order.
func (o *Observation) lacksChains() string {
	readable, reason := false, ""
	for _, c := range o.Chains {
		switch {
		case len(c.Certificates) == 0:
		case c.Certificates[0].Error == "":
			readable = true
		default:
			reason = c.Certificates[0].Error
		}
	}
	switch {
	case !readable:
		return withReason("no certificate was read", reason)
	case o.ChainsAnswer != Accepted:
		return withReason("not every certificate the listener can present was read", o.ChainsEvidence)
	}
	return ""
}

func (o *Observation) lacksTrust() string {
	if gap := o.lacksChains(); gap != "" {
		return gap
	}
	for _, c := range o.Chains {
		switch {
		case c.Trust.Answer == NotAsked:
			return "no trust anchors were configured"
		case !c.Trust.Answer.Known():
			return withReason("trust was not decided", c.Trust.Reason)
		}
	}
	return ""
}

// LacksGroups says in one line why the key-exchange groups accepted at v are
// not all known, or returns the empty string: also for a version that is known
// not to be accepted, and before TLS 1.3 where no suite uses a group.
// Finite-field parameters of those versions are NeedKeyExchange.
func (o *Observation) LacksGroups(v Version) string {
	f := o.Version(v)
	switch {
	case !f.Answer.Known() && o.Askable(v):
		return withReason(fmt.Sprintf("%s is %s", v, f.Answer), f.Evidence)
	case f.Answer != Accepted:
		return ""
	}
	if v < TLSv13 && f.SuitesAnswer == Accepted && len(f.Suites) > 0 && !slices.ContainsFunc(f.Suites, Suite.usesGroup) {
		return ""
	}
	accepted := false
	for _, g := range o.Groups {
		if g.Version != v {
			continue
		}
		if !g.Answer.Known() {
			return fmt.Sprintf("group %s at %s is %s", g.Name, g.Version, g.Answer)
		}
		accepted = accepted || g.Answer == Accepted
	}
	switch {
	case f.GroupsAnswer != Accepted:
		return o.incomplete(f.GroupsAnswer, fmt.Sprintf("the list of %s key-exchange groups", v), groupsDepth(v))
	case !accepted:
		return fmt.Sprintf("no %s key-exchange group was learnt", v)
	}
	return ""
}

// usesGroup reports whether the suite's key exchange is over a negotiated
// elliptic curve.
func (s Suite) usesGroup() bool {
	return strings.Contains(s.Name, "_ECDHE_") || strings.Contains(s.Name, "_ECDH_anon_")
}

// lacksKeyExchange wants the parameters of every suite with ephemeral
// finite-field Diffie-Hellman, at every version. One prime says nothing about
// another suite's: servers keep one of their own for export suites, choose it by
// the size of the certificate's key, or by the groups the client offered.
func (o *Observation) lacksKeyExchange(q *Questions) string {
	if gap := o.lacksSuites(q); gap != "" {
		return gap
	}
	for _, f := range o.Versions {
		if f.Answer != Accepted {
			continue
		}
		for i := range f.Suites {
			if s := &f.Suites[i]; s.FiniteField() && s.DHBits == 0 && !strings.HasPrefix(s.Group, "ffdhe") {
				return fmt.Sprintf("the Diffie-Hellman parameters of %s at %s were not read", s.Name, f.Version)
			}
		}
	}
	return ""
}

// FiniteField reports whether the suite's key exchange is ephemeral
// Diffie-Hellman over a finite field, whose prime the server picks.
func (s *Suite) FiniteField() bool {
	return strings.Contains(s.Name, "_DHE_") || strings.Contains(s.Name, "_DH_anon_")
}

func withReason(what, reason string) string {
	if reason == "" {
		return what
	}
	return what + ": " + reason
}

package compare

import (
	"fmt"
	"slices"
	"strings"

	"tlsaudit/audit"
)

// endpoint compares what was observed of one endpoint.
func (c *Comparison) endpoint(before, now *audit.Evidence) {
	was, is := before.Observed, now.Observed
	if was == nil || is == nil {
		return
	}
	note := func(k audit.ChangeKind, message string) {
		if message != "" {
			c.changes.add(audit.Change{Kind: k, Subject: now.Subject, Message: message})
		}
	}
	switch answered, answers := reached(was), reached(is); {
	case answered && is.Reach == audit.ReachUnreachable:
		note(audit.ChangeUnreachable, "the endpoint answered, and does not any more: "+reason(is))
	case was.Reach == audit.ReachUnreachable && answers:
		note(audit.ChangeReachable, "the endpoint did not answer, and does: "+reason(was)+" before")
	case answered && answers:
		note(audit.ChangePosture, posture(was, is))
		note(audit.ChangeCertificate, certificates(&was.Posture, &is.Posture))
	}
}

// reached reports whether the endpoint answered, in TLS or without.
func reached(o *audit.Observation) bool {
	return o.Reach == audit.ReachTLS || o.Reach == audit.ReachNoTLS || o.Reach == audit.ReachDNS
}

// reason says why an endpoint was not reached.
func reason(o *audit.Observation) string {
	if o.Reason == "" {
		return "no reason was recorded"
	}
	return o.Reason
}

// posture says on one line what is accepted now and was not, and the other way
// round; empty if nothing is known to differ.
func posture(was, is *audit.Observation) string {
	var parts []string
	if was.Reach != is.Reach {
		if is.Reach == audit.ReachTLS {
			parts = append(parts, "TLS is to be had, and was not")
		} else {
			parts = append(parts, "TLS was to be had, and is not any more: "+reason(is))
		}
	}
	if a, b := was.Sametime, is.Sametime; a != nil && b != nil && a.Verdict != b.Verdict && settled(a.Verdict) && settled(b.Verdict) {
		parts = append(parts, fmt.Sprintf("Sametime %s, was %s", b.Verdict, a.Verdict))
	}
	var answers, lists []string
	for _, v := range audit.Versions {
		a, b := was.Version(v), is.Version(v)
		if a.Answer.Known() && b.Answer.Known() && a.Answer != b.Answer {
			answers = append(answers, fmt.Sprintf("%s %s, was %s", v, b.Answer, a.Answer))
		}
		if a.Answer != audit.Accepted || b.Answer != audit.Accepted {
			continue
		}
		if text := differ(suiteNames(a.Suites), suiteNames(b.Suites), a.SuitesAnswer == audit.Accepted, b.SuitesAnswer == audit.Accepted); text != "" {
			lists = append(lists, fmt.Sprintf("%s suites %s", v, text))
		}
		if text := differ(groupNames(was, v), groupNames(is, v), a.GroupsAnswer == audit.Accepted, b.GroupsAnswer == audit.Accepted); text != "" {
			lists = append(lists, fmt.Sprintf("%s groups %s", v, text))
		}
	}
	return strings.Join(slices.Concat(parts, answers, lists), "; ")
}

func settled(v audit.SametimeVerdict) bool { return v != "" && v != audit.SametimeUndetermined }

func suiteNames(suites []audit.Suite) (names []string) {
	for i := range suites {
		names = append(names, suites[i].Name)
	}
	return names
}

// groupNames are the groups accepted at a version.
func groupNames(o *audit.Observation, v audit.Version) (names []string) {
	for i := range o.Groups {
		if g := &o.Groups[i]; g.Version == v && g.Answer == audit.Accepted {
			names = append(names, g.Name)
		}
	}
	return names
}

// maxNamed bounds the names of a message in each direction.
const maxNamed = 6

// differ writes what is there now and was not with a plus, and what is not any
// more with a minus. What a list does not hold is known to be absent only if the
// list is whole.
func differ(was, is []string, wasWhole, isWhole bool) string {
	var parts []string
	if wasWhole {
		parts = append(parts, marked("+", without(is, was))...)
	}
	if isWhole {
		parts = append(parts, marked("-", without(was, is))...)
	}
	return strings.Join(parts, " ")
}

// without is what of a list is not in the other, sorted and once each.
func without(list, other []string) (rest []string) {
	for _, name := range list {
		if !slices.Contains(other, name) {
			rest = append(rest, name)
		}
	}
	slices.Sort(rest)
	return slices.Compact(rest)
}

func marked(sign string, names []string) (parts []string) {
	for i, name := range names {
		if i == maxNamed {
			return append(parts, fmt.Sprintf("%s%d more", sign, len(names)-i))
		}
		parts = append(parts, sign+name)
	}
	return parts
}

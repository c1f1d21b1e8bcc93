package dashboard

import (
	"fmt"
	"slices"
	"strings"

	"tlsaudit/audit"
)

// versionFact is what is known about one protocol version, in words.
type versionFact struct {
	audit.VersionFact
	Class  string
	Groups string
}

// Versions are the protocol versions of the subject, the newest first.
func (d *subjectData) Versions() []versionFact {
	var list []versionFact
	for _, v := range slices.Backward(d.O.Versions) {
		fact := versionFact{VersionFact: v, Class: answerClass(v.Answer)}
		var groups []string
		for _, g := range d.O.Groups {
			if g.Version == v.Version && g.Answer == audit.Accepted {
				groups = append(groups, g.Name)
			}
		}
		fact.Groups = strings.Join(groups, ", ")
		list = append(list, fact)
	}
	return list
}

// answerClass is a colour for an answer: that a version is accepted is neither
// good nor bad by itself.
func answerClass(a audit.Answer) string {
	switch a {
	case audit.Accepted, audit.Latent:
		return "k waived"
	case audit.Refused:
		return "k moot"
	}
	return "unknown"
}

// Strength says what is known of a suite beside its name.
func (v versionFact) Strength(s audit.Suite) string {
	var parts []string
	if s.Bits > 0 {
		parts = append(parts, fmt.Sprintf("%d bits", s.Bits))
	}
	if s.Group != "" {
		parts = append(parts, s.Group)
	}
	if s.DHBits > 0 {
		parts = append(parts, fmt.Sprintf("DH %d bits", s.DHBits))
	}
	if s.SigScheme != "" {
		parts = append(parts, s.SigScheme)
	}
	return strings.Join(parts, ", ")
}

// Complete says how complete the list of suites is, and who orders it.
func (v versionFact) Complete() string {
	text := "list complete: " + holds(v.SuitesAnswer)
	if v.Preference != "" {
		text += "; order decided by: " + string(v.Preference)
	}
	return text
}

// certificateFact is one certificate of a chain, in words.
type certificateFact struct {
	audit.Certificate
	Leaf bool
}

// chainFact is one chain, in words.
type chainFact struct {
	audit.Chain
	Number int
}

// Certificates are those of the chain, the leaf first.
func (c chainFact) Certificates() []certificateFact {
	var list []certificateFact
	for i := range c.Chain.Certificates {
		list = append(list, certificateFact{c.Chain.Certificates[i], i == 0})
	}
	return list
}

// Facts are what was found out about the chain as a whole.
func (c chainFact) Facts() []string {
	list := []string{"trusted: " + holds(c.Trust.Answer) + inBrackets(c.Trust.Reason), "complete: " + holds(c.Complete), "in order: " + holds(c.Order)}
	if c.Names.Reference != "" {
		list = append(list, "matches "+c.Names.Reference+": "+holds(c.Names.SAN))
	}
	staple := "OCSP response stapled: " + holds(c.Stapled.Answer)
	if c.Stapled.Status != "" {
		staple += ", " + c.Stapled.Status
	}
	return append(list, staple)
}

func inBrackets(s string) string {
	if s == "" {
		return ""
	}
	return " (" + s + ")"
}

// Chains are the chains the subject presents.
func (d *subjectData) Chains() []chainFact {
	var list []chainFact
	for i, c := range d.O.Chains {
		list = append(list, chainFact{c, i + 1})
	}
	return list
}

// Address is what was dialled; empty if nothing was.
func (d *subjectData) Address() string {
	if !d.O.Address.IsValid() {
		return ""
	}
	return d.O.Address.String()
}

// RemedyTrust says what a remedy is worth.
func (s subjectFinding) RemedyTrust() string {
	switch {
	case s.Remedy == nil:
		return ""
	case s.Remedy.Proven:
		return "proven: applied to a copy and judged again, the finding was gone and no other had come"
	case s.Remedy.Confidence == "inferred":
		return "inferred, not documented: check it before use"
	}
	return s.Remedy.Confidence
}

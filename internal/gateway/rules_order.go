package gateway

import (
	"strings"

	"tlsaudit/audit"
)

var shadowedRow = &Rule{
	ID: "FP-05", Check: "gateway.shadowed",
	Title: "Every row can be reached",
	Doc:   "The first row that matches wins. A row behind one that is as wide does nothing, though the table reads as if it did.",
	Detect: "A row fails when an earlier row of its direction is for any peer, or when earlier rows together contain every address and domain it lists: networks by their prefix, " +
		"`*.example.com` contains `a.example.com` and `*.a.example.com`, all IPv4 and all IPv6 addresses together any peer. Unknown where rows of the same priority are among them. " +
		"Rulesets of Sendmail are looked up beside each other and shadow nobody in another. That the first match wins is inferred from the order the console keeps.",
	Level: audit.Must, Severity: audit.High,
	Remedy: audit.Remedy{Product: "generic", Confidence: "inferred", Text: tablePage + ": give the more specific entry the lower priority number (inferred: the first match wins), or remove it"},
	Refs:   []string{vendorRef},
	judge: func(s *survey, i int) result {
		by := s.shadows[i].sure
		if len(by) == 0 && len(s.shadows[i].possible) > 0 {
			return unknown("rows of the same priority, among others, take all this one is for: which of them comes first is not known")
		}
		if len(by) == 0 {
			return pass("no earlier row takes all this one is for")
		}
		var names []string
		weaker := false
		for _, k := range by {
			names = append(names, named(&s.t.Rows[k]))
			weaker = weaker || !same(&s.t.Rows[k], &s.t.Rows[i])
		}
		message := "never reached: shadowed by " + few(names)
		if !weaker {
			message += ", which demands the same"
		}
		return fail(message)
	},
}

var ambiguousRow = &Rule{
	ID: "FP-06", Check: "gateway.ambiguous",
	Title: "Rows have a priority of their own, members, and no member in common with a row of another level",
	Doc:   "Two rows that claim the same priority or the same peer with different levels leave it to chance which of them protects the mail. A group without members protects nobody.",
	Detect: "Fails for a priority used twice in a direction, a group without members, and a domain or network that stands in two rows with different level or strength. " +
		"A network inside another one of a row with a different level is a warning, and so is a domain below a pattern of one where priorities decide: it may be meant as an exception.",
	Level: audit.Must, Severity: audit.Medium,
	Remedy: audit.Remedy{Product: "generic", Confidence: "documented", Text: tablePage + ": give each entry a priority of its own; list each member in one group, and no group without members"},
	Refs:   []string{vendorRef},
	judge: func(s *survey, i int) result {
		r, c := &s.t.Rows[i], s.clashes[i]
		var faults []string
		if c.priority != "" {
			faults = append(faults, "the priority is also that of "+c.priority)
		}
		if r.Match.Empty() && r.Undecided == "" {
			faults = append(faults, "the group has no members: the row is for nobody")
		}
		if c.member != "" {
			faults = append(faults, "another level for the same peer: "+c.member)
		}
		switch {
		case len(faults) > 0:
			return fail(strings.Join(faults, "; "))
		case c.overlap != "":
			return warn("another level for some of the peers: " + c.overlap)
		case r.Match.Partial || r.Match.Empty():
			return unknown("the file does not tell all the row is for: " + r.Undecided)
		}
		return pass("priority and members are the row's own")
	},
}

package audit

import (
	"slices"
	"strings"
)

// ProfileVerdict is one cell of the compliance matrix: the worst verdict of a
// subject under one profile, and the findings counted by verdict.
type ProfileVerdict struct {
	Profile       string  `json:"profile"`
	Verdict       Verdict `json:"verdict"`
	Fail          int     `json:"fail"`
	Warn          int     `json:"warn"`
	Unknown       int     `json:"unknown"`
	Pass          int     `json:"pass"`
	Waived        int     `json:"waived"`
	NotApplicable int     `json:"not_applicable"`
}

// Compliance sums the findings of one subject by profile, in order of profile
// ids. A profile with a failed rule fails; otherwise an undecided rule makes
// it unknown; then warnings, waived findings and passes count in this order.
func Compliance(findings []Finding) []ProfileVerdict {
	var cells []ProfileVerdict
	for i := range findings {
		f := &findings[i]
		at := slices.IndexFunc(cells, func(c ProfileVerdict) bool { return c.Profile == f.Profile })
		if at < 0 {
			at = len(cells)
			cells = append(cells, ProfileVerdict{Profile: f.Profile})
		}
		cells[at].count(f.Verdict)
	}
	for i := range cells {
		cells[i].Verdict = cells[i].worst()
	}
	slices.SortFunc(cells, func(a, b ProfileVerdict) int { return strings.Compare(a.Profile, b.Profile) })
	return cells
}

func (c *ProfileVerdict) count(v Verdict) {
	switch v {
	case Fail:
		c.Fail++
	case Warn:
		c.Warn++
	case Pass:
		c.Pass++
	case Waived:
		c.Waived++
	case NotApplicable:
		c.NotApplicable++
	default:
		c.Unknown++
	}
}

func (c *ProfileVerdict) worst() Verdict {
	switch {
	case c.Fail > 0:
		return Fail
	case c.Unknown > 0:
		return Unknown
	case c.Warn > 0:
		return Warn
	case c.Waived > 0:
		return Waived
	case c.Pass > 0:
		return Pass
	case c.NotApplicable > 0:
		return NotApplicable
	}
	return Unknown
}

package report

import (
	"fmt"

	"tlsaudit/audit"
	"tlsaudit/internal/hypertext"
)

// share is one part of a whole: a segment of a bar and a line of the table
// beside it.
type share struct {
	// Word names it, Class is the name of its colour and pattern.
	Word, Class string
	// Meaning is one line for the legend.
	Meaning string
	N       int
	// X and Width are thousandths of the bar.
	X, Width int
	// Percent is rounded down, and "under 1 %" for what would be none.
	Percent string
	// Verdict and Severity are what the lists are filtered by; empty for none.
	Verdict, Severity string
}

// shares lays out numbers side by side.
func shares(parts []share) []share {
	numbers := make([]int, len(parts))
	for i := range parts {
		numbers[i] = parts[i].N
	}
	for i, at := range hypertext.Bar(numbers...) {
		parts[i].X, parts[i].Width, parts[i].Percent = at.X, at.Width, at.Percent
	}
	return parts
}

// className is the class of a verdict in the style.
func className(v audit.Verdict) string {
	if v == audit.NotApplicable {
		return "moot"
	}
	return v.String()
}

// Verdicts is the chart of all findings.
func (p *page) Verdicts() []share {
	parts := make([]share, 0, len(allVerdicts))
	for i, v := range allVerdicts {
		s := share{Word: word(v), Class: className(v), Meaning: meaning[v], N: findingsOf(&p.Report.Summary, v)}
		if v != audit.Pass && v != audit.NotApplicable {
			s.Verdict = fmt.Sprint(i)
		}
		parts = append(parts, s)
	}
	return shares(parts)
}

// Coverage is the chart of the endpoints by their worst verdict.
func (p *page) Coverage() []share {
	parts := make([]share, 0, len(p.Tally.Worst))
	for i, n := range p.Tally.Worst {
		if i == len(allVerdicts) {
			parts = append(parts, share{Word: "not judged", Class: "moot", N: n})
			break
		}
		parts = append(parts, share{Word: word(allVerdicts[i]), Class: className(allVerdicts[i]), N: n})
	}
	return shares(parts)
}

// ProfileShares is the chart of the endpoints under one profile.
func (p *page) ProfileShares(s audit.ProfileSummary) []share {
	parts := make([]share, 0, len(allVerdicts))
	for i, n := range []int{s.Fail, s.Unknown, s.Warn, s.Waived, s.Pass, s.NotApplicable} { // as allVerdicts
		parts = append(parts, share{Word: word(allVerdicts[i]), Class: className(allVerdicts[i]), N: n})
	}
	return shares(parts)
}

// Severities is the chart of what failed, gravest first; Width compares each
// with the greatest.
func (p *page) Severities() []share {
	var parts []share
	most := 0
	for g := int(audit.Critical); g >= int(audit.Info); g-- {
		name := audit.Severity(g).String()
		n := p.Report.Summary.FailBySeverity[name]
		most = max(most, n)
		parts = append(parts, share{Word: name, Class: name, N: n, Severity: fmt.Sprint(g), Percent: hypertext.ShareText(n, p.Report.Summary.Fail)})
	}
	for i := range parts {
		if parts[i].N > 0 {
			parts[i].Width = max(int(int64(parts[i].N)*1000/int64(most)), 8)
		}
	}
	return parts
}

// gauge is the ring of the score.
type gauge struct {
	Score audit.Score
	// Parts are weights: what is kept, what is not known, and what is broken,
	// waived or the lost half of a warning.
	Parts []share
}

// Gauge is the score with what it leaves open.
func (p *page) Gauge() gauge {
	s, open := p.Report.Summary.Score, p.Tally.Undecided.Of
	lost := max(s.Of-s.Points-open, 0)
	return gauge{s, shares([]share{{Word: "kept", Class: "pass", N: s.Points}, {Word: "not decided", Class: "unknown", N: open}, {Word: "not kept", Class: "lost", N: lost}})}
}

// word is a verdict as a word of a sentence.
func word(v audit.Verdict) string {
	if v == audit.NotApplicable {
		return "not applicable"
	}
	return v.String()
}

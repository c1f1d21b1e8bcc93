package report

import (
	"fmt"

	"tlsaudit/audit"
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

// shares lays out numbers side by side. A part that is there is seen: it takes
// at least four thousandths, at the cost of the largest.
func shares(parts []share) []share {
	total, largest := 0, 0
	for i, s := range parts {
		total += s.N
		if s.N > parts[largest].N {
			largest = i
		}
	}
	left := 1000
	for i := range parts {
		s := &parts[i]
		s.Percent = shareText(s.N, total)
		if s.N > 0 && i != largest {
			s.Width = max(int(int64(s.N)*1000/int64(total)), 4)
			left -= s.Width
		}
	}
	if total > 0 {
		parts[largest].Width = left
	}
	x := 0
	for i := range parts {
		parts[i].X = x
		x += parts[i].Width
	}
	return parts
}

func shareText(n, total int) string {
	switch {
	case n == 0 || total == 0:
		return "0 %"
	case n*100 < total:
		return "under 1 %"
	}
	return fmt.Sprintf("%d %%", int64(n)*100/int64(total))
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
		parts = append(parts, share{Word: name, Class: name, N: n, Severity: fmt.Sprint(g), Percent: shareText(n, p.Report.Summary.Fail)})
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

package dashboard

import (
	"tlsaudit/audit"
	"tlsaudit/internal/hypertext"
)

// share is one part of a whole: a segment of a bar, and a line of the table
// beside it.
type share struct {
	// Word names it, Class is the name of its colour.
	Word, Class string
	N           int
	// X and Width are thousandths of the bar.
	X, Width int
	Percent  string
	// Link leads to what is counted; empty for none.
	Link href
}

// whole is something in its parts.
type whole struct {
	Total int
	Parts []share
}

// Says words the parts for whoever does not see the bar.
func (w whole) Says() string {
	text := ""
	for i, p := range w.Parts {
		if i > 0 {
			text += ", "
		}
		text += num(p.N) + " " + p.Word
	}
	return text
}

// shares lays out parts side by side.
func shares(parts ...share) whole {
	numbers, total := make([]int, len(parts)), 0
	for i := range parts {
		numbers[i] = parts[i].N
		total += parts[i].N
	}
	for i, at := range hypertext.Bar(numbers...) {
		parts[i].X, parts[i].Width, parts[i].Percent = at.X, at.Width, at.Percent
	}
	return whole{Total: total, Parts: parts}
}

// scaled lengthens bars that are compared with the greatest of them.
func scaled(n, most int) int {
	if n <= 0 || most <= 0 {
		return 0
	}
	return max(int(int64(n)*1000/int64(most)), 8)
}

// byVerdict is the chart of things counted by their worst verdict.
func byVerdict(fail, unknown, warn, waived, pass int) whole {
	parts := []share{{Word: "fail", N: fail}, {Word: "unknown", N: unknown}, {Word: "warn", N: warn}, {Word: "waived", N: waived}, {Word: "pass", N: pass}}
	for i := range parts {
		parts[i].Class = parts[i].Word
	}
	return shares(parts...)
}

// findingShares is the chart of all findings of a run.
func findingShares(s *audit.Summary) whole {
	w := byVerdict(s.Fail, s.UnknownFindings, s.Warn, s.Waived, s.Pass)
	return w
}

// severityNames lists the severities, gravest first.
var severityNames = []string{audit.Critical.String(), audit.High.String(), audit.Medium.String(), audit.Low.String(), audit.Info.String()}

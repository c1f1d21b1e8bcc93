package dashboard

import (
	"fmt"

	"tlsaudit/audit"
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

// shares lays out parts side by side. One that is there is seen: it takes at
// least four thousandths, at the cost of the largest.
func shares(parts ...share) whole {
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
	return whole{Total: total, Parts: parts}
}

// shareText is a percentage, rounded down: only what is whole is 100 %, and what
// is there is never 0 %.
func shareText(n, total int) string {
	switch {
	case n == 0 || total <= 0:
		return "0 %"
	case n*100 < total:
		return "under 1 %"
	}
	return fmt.Sprintf("%d %%", int64(n)*100/int64(total))
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

package report

import (
	"fmt"
	"slices"
	"strings"

	"tlsaudit/audit"
)

// peerTally counts, for every level and strength, the peers by verdict.
type peerTally struct {
	peers int
	cells map[[2]string]*[3]int // ok, no, not known
}

func (p *peerTally) add(w *audit.WhatIf) {
	p.peers++
	if p.cells == nil {
		p.cells = map[[2]string]*[3]int{}
		eachCell(func(level, strength string) { p.cells[[2]string{level, strength}] = &[3]int{} })
	}
	eachCell(func(level, strength string) {
		p.cells[[2]string{level, strength}][cellRank(cellOf(w, level, strength).Verdict)]++
	})
}

// eachCell calls f for every level and strength, in the order of a report.
func eachCell(f func(level, strength string)) {
	for _, level := range audit.WhatIfLevels {
		for _, strength := range audit.WhatIfStrengths {
			f(level, strength)
		}
	}
}

// cellOf returns the answer of a peer for a level and strength. One that is not
// there is not known.
func cellOf(w *audit.WhatIf, level, strength string) audit.WhatIfCell {
	for _, c := range w.Cells {
		if c.Level == level && c.Strength == strength {
			return c
		}
	}
	return audit.WhatIfCell{Level: level, Strength: strength, Why: "not decided"}
}

// cellRank is 0 for a peer that would keep receiving mail, 1 for one whose mail
// would queue and 2 where that is not known.
func cellRank(v audit.Verdict) int {
	switch v {
	case audit.Pass:
		return 0
	case audit.Fail:
		return 1
	}
	return 2
}

// cellWords are the words of a workbook for cellRank, cellMarks those of a
// terminal.
var (
	cellWords = [...]string{"ok", "no", "unknown"}
	cellMarks = [...]string{"ok", "no", "?"}
)

// met says whether a peer satisfies what its rows demand now, all of them: yes,
// no or unknown; empty if no row governs it.
func met(w *audit.WhatIf) string {
	if w.Demands == "" {
		return ""
	}
	worst := 0
	for demand := range strings.SplitSeq(w.Demands, ", ") {
		switch metRank(w, demand) {
		case 1:
			return "no"
		case 2:
			worst = 2
		}
	}
	return [...]string{"yes", "no", "unknown"}[worst]
}

// metRank is the cellRank of one demand. A row without a strength takes less
// than medium: a peer that lacks medium may still do. Other demands than levels,
// such as a fingerprint, nobody asked about.
func metRank(w *audit.WhatIf, demand string) int {
	level, strength, ok := strings.Cut(demand, "/")
	switch {
	case ok:
		return cellRank(cellOf(w, level, strength).Verdict)
	case demand == "opportunistic" || demand == "none": // nothing is enforced
		return 0
	case cellRank(cellOf(w, demand, "medium").Verdict) == 0:
		return 0
	}
	return 2
}

// highest names the strongest cells that hold.
func highest(w *audit.WhatIf) string {
	if len(w.Highest) > 0 {
		return strings.Join(w.Highest, ", ")
	}
	if slices.ContainsFunc(w.Cells, func(c audit.WhatIfCell) bool { return cellRank(c.Verdict) == 2 }) || len(w.Cells) == 0 {
		return "not known"
	}
	return "none"
}

// reasons says why cells do not hold: each reason once, behind the cells it is
// about. The parts of a cell's reason are separated by semicolons.
func reasons(w *audit.WhatIf) []string {
	var order []string
	about := map[string][]audit.WhatIfCell{}
	for _, c := range w.Cells {
		if c.Verdict == audit.Pass || c.Why == "" {
			continue
		}
		for why := range strings.SplitSeq(c.Why, "; ") {
			if why == "" {
				continue
			}
			if about[why] == nil {
				order = append(order, why)
			}
			if at := about[why]; len(at) == 0 || at[len(at)-1] != c {
				about[why] = append(at, c)
			}
		}
	}
	var list []string
	at := map[string]int{}
	for _, why := range order {
		cells := cellNames(about[why])
		if i, ok := at[cells]; ok {
			list[i] += "; " + why
			continue
		}
		at[cells] = len(list)
		list = append(list, cells+": "+why)
	}
	return list
}

// cellNames names cells: a level with all its strengths by its name alone, and
// all levels together.
func cellNames(cells []audit.WhatIfCell) string {
	var names []string
	strengths := map[string]int{}
	for _, level := range audit.WhatIfLevels {
		var found []string
		for _, c := range cells {
			if c.Level == level {
				found = append(found, level+"/"+c.Strength)
				strengths[c.Strength]++
			}
		}
		if len(found) == len(audit.WhatIfStrengths) {
			found = []string{level}
		}
		names = append(names, found...)
	}
	switch levels := len(audit.WhatIfLevels); {
	case len(cells) == levels*len(audit.WhatIfStrengths):
		return "any level"
	case len(cells) == levels && strengths[cells[0].Strength] == levels:
		return "any level/" + cells[0].Strength
	}
	return strings.Join(names, ", ")
}

// consequence is what raising a row to some cells would do, where that is the same
// for all of them.
type consequence struct {
	cells []audit.WhatIfCell
	audit.RowBreak
}

// consequences joins the cells of a row that break the same peers for the same
// reasons. The first is the one that breaks nothing, if there is one.
func consequences(row *audit.RowImpact) []consequence {
	var list []consequence
	for _, b := range row.Cells {
		at := slices.IndexFunc(list, func(o consequence) bool {
			return o.Breaks == b.Breaks && o.Unknown == b.Unknown && slices.Equal(o.BreaksNamed, b.BreaksNamed) && slices.Equal(o.UnknownNamed, b.UnknownNamed)
		})
		if at < 0 {
			at = len(list)
			list = append(list, consequence{RowBreak: b})
		}
		list[at].cells = append(list[at].cells, audit.WhatIfCell{Level: b.Level, Strength: b.Strength})
	}
	return list
}

// nothingMore is said of a row that cannot be raised.
const nothingMore = "demands the most there is"

// says words what happens to the peers of a row.
func (o *consequence) says() string {
	switch {
	case o.Breaks == 0 && o.Unknown == 0:
		return "breaks no peer"
	case o.Unknown == 0:
		return "breaks " + plural(o.Breaks, "peer", "peers")
	case o.Breaks == 0:
		return fmt.Sprintf("breaks no peer that is known; %d not known", o.Unknown)
	}
	return fmt.Sprintf("breaks %s; %d not known", plural(o.Breaks, "peer", "peers"), o.Unknown)
}

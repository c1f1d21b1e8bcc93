package report

import (
	"cmp"
	"fmt"
	"strings"

	"tlsaudit/audit"
)

// maxBroken is the number of peers named per outcome where the report is about
// more than what-if.
const maxBroken = 3

// wideEnough is the width from which what is said about a peer stands beside its
// cells and not below its name.
const wideEnough = 120

// peers shows what every mail peer satisfies today, for every level and
// strength a row of the gateway's table could demand.
func (t *terminal) peers(r *audit.Report) error {
	if !t.whatIf && t.seen.peers == 0 {
		return nil
	}
	t.section("WHAT IF A ROW DEMANDED MORE OF A PEER")
	t.line("", "M and H are the strengths medium and high. ok: mail keeps flowing; no: mail to the peer would queue; ?: that could not be told.")
	var tally peerTally
	hidden := 0
	grid, add := t.peerGrid()
	err := each(r.Records.Findings(), func(record *audit.Record) error {
		if record.WhatIf == nil {
			return nil
		}
		tally.add(record.WhatIf)
		if t.limit >= 0 && tally.peers > t.limit {
			hidden++
			return nil
		}
		return add(record)
	})
	if err != nil {
		return err
	}
	if err := grid.close(); err != nil {
		return err
	}
	switch {
	case tally.peers == 0:
		t.line("", "None of the endpoints is a mail peer.")
		return nil
	case hidden > 0:
		t.line("", t.paint(bold, fmt.Sprintf("NOT SHOWN: %s. The json and xlsx reports hold all of them.", plural(hidden, "peer", "peers"))))
	}
	return t.totals(&tally)
}

// peerGrid opens the table of peers. Where there is room, what is said about a
// peer beside its cells has a column of its own.
func (t *terminal) peerGrid() (*grid, func(*audit.Record) error) {
	header, widths := []string{"PEER"}, []int{0}
	for _, level := range audit.WhatIfLevels {
		base, cn, _ := strings.Cut(strings.ToUpper(level), "+")
		if cn != "" {
			cn = "+" + cn
		}
		header, widths = append(header, base+"\n"+cn+"\nM   H"), append(widths, len("encrypt"))
	}
	used := 0
	for _, w := range widths {
		used += w
	}
	wide := t.width >= wideEnough
	if wide {
		header, widths = append(header, "HIGHEST, AND WHY NOT MORE"), append(widths, 0)
	}
	free := t.width - used - gridWidth(len(header))
	widths[0] = free
	if wide {
		widths[0] = min(free*2/5, 48)
		widths[len(widths)-1] = free - widths[0]
	}
	g := t.grid(header, widths)
	g.ruled = true
	return g, func(record *audit.Record) error {
		cells := []string{strings.Join(wrap(clean(record.Evidence.Subject, 300), widths[0]), "\n")}
		for _, level := range audit.WhatIfLevels {
			var marks []string
			for _, strength := range audit.WhatIfStrengths {
				mark := cellRank(cellOf(record.WhatIf, level, strength).Verdict)
				marks = append(marks, t.paint([...]string{green, bold + ";" + red, bold + ";" + magenta}[mark], cellMarks[mark])+strings.Repeat(" ", 2-len(cellMarks[mark])))
			}
			cells = append(cells, strings.TrimRight(strings.Join(marks, "  "), " "))
		}
		if wide {
			return g.add(append(cells, strings.Join(t.peerNotes(record.WhatIf, widths[len(widths)-1]), "\n")))
		}
		cells[0] += "\n" + strings.Join(t.peerNotes(record.WhatIf, widths[0]), "\n")
		return g.add(cells)
	}
}

// peerNotes are wrapped lines: the highest cells, the row, and the reasons.
func (t *terminal) peerNotes(w *audit.WhatIf, width int) []string {
	lines := wrap("highest "+clean(highest(w), 200), width)
	row := "no row governs it"
	if w.Row != "" || w.RowSubject != "" {
		row = fmt.Sprintf("row %s demands %s now: ", quoted(cmp.Or(w.Row, w.RowSubject)), clean(w.Demands, 40))
		switch met(w) {
		case "yes":
			row += "met"
		case "no":
			row += "NOT MET"
		default:
			row += "not known whether met"
		}
	}
	lines = append(lines, t.each(dim, wrap(row, width))...)
	if t.whatIf || t.verbose {
		for _, why := range reasons(w) {
			lines = append(lines, wrap(clean(why, 400), width)...)
		}
	}
	return lines
}

// totals counts the peers of every cell.
func (t *terminal) totals(tally *peerTally) error {
	if tally.peers < 2 {
		return nil
	}
	_, _ = fmt.Fprintln(t)
	t.line("", fmt.Sprintf("All %d peers:", tally.peers))
	g := t.grid([]string{"DEMAND", "OK", "NO", "NOT KNOWN"}, []int{len("encrypt+cn/medium"), 7, 7, 9})
	var err error
	eachCell(func(level, strength string) {
		n := tally.cells[[2]string{level, strength}]
		if err == nil {
			err = g.add([]string{level + "/" + strength, fmt.Sprint(n[0]), fmt.Sprint(n[1]), fmt.Sprint(n[2])})
		}
	})
	if err != nil {
		return err
	}
	return g.close()
}

// impact says, row by row, whose mail would queue if the row demanded more.
func (t *terminal) impact(r *audit.Report) error {
	if len(r.Impact) == 0 {
		if t.whatIf {
			t.section("WHO BREAKS WHEN A ROW IS RAISED")
			t.line("", "No gateway table was given, so that there is no row to raise.")
		}
		return nil
	}
	t.section("WHO BREAKS WHEN A ROW IS RAISED")
	for i := range r.Impact {
		row := &r.Impact[i]
		_, _ = fmt.Fprintln(t)
		t.line("", t.paint(bold, clean(row.Direction, 20)+" row ")+fmt.Sprintf("%s, demands %s now, governs %s", quoted(cmp.Or(row.Row, row.RowSubject)), clean(row.Demands, 40), plural(row.Peers, "peer", "peers")))
		if row.Peers == 0 {
			continue
		}
		if len(row.Cells) == 0 {
			t.line("  ", nothingMore)
		}
		for _, o := range consequences(row) {
			says := o.says()
			switch {
			case o.Breaks > 0:
				says = t.paint(bold+";"+red, says)
			case o.Unknown > 0:
				says = t.paint(bold+";"+magenta, says)
			default:
				says = t.paint(green, says)
			}
			t.line("  ", cellNames(o.cells)+": "+says)
			t.named("    breaks   ", o.BreaksNamed, o.Breaks)
			t.named("    unknown  ", o.UnknownNamed, o.Unknown)
		}
	}
	return nil
}

// named lists peers with their reasons, and says how many more there are.
func (t *terminal) named(prefix string, names []string, total int) {
	if !t.whatIf && !t.verbose {
		names = names[:min(len(names), maxBroken)]
	}
	for _, name := range names {
		t.line(prefix, clean(name, 400))
	}
	if more := total - len(names); more > 0 {
		t.line(prefix, fmt.Sprintf("and %d more", more))
	}
}

package report

import (
	"cmp"
	"strings"

	"tlsaudit/audit"
)

var gatewayColumns = []column{
	{"Row", 34, leads}, {"Configured", 13, short}, {"In effect", 13, short}, {"Strength", 10, short}, {"Worst verdict", 14, verdict}, {"What was found", 60, text},
	{"Direction", 11, short}, {"Priority", 9, number}, {"Name", 22, text}, {"For", 40, text}, {"Fail", 7, number}, {"Unknown", 10, number}, {"Warn", 7, number},
	{"Waived", 8, number}, {"Pass", 7, number}, {"Peers", 8, number}, {"Matched peers", 44, text}, {"Read from", 14, text}, {"Declared at", 24, text},
}

// maxFound is the number of findings named beside a row; all of them are on the
// sheet Findings.
const maxFound = 20

// keepConnection keeps a row of the gateway's table until the peers it governs
// are known. There are as many as the table has.
func (b *book) keepConnection(record *audit.Record) error {
	if record.Evidence.Connection != nil {
		b.connections = append(b.connections, record)
		return nil
	}
	b.governed.add(record)
	return nil
}

// addConnections lists the rows of the gateway's table.
func (b *book) addConnections() error {
	for _, record := range b.connections {
		if err := b.addConnection(record); err != nil {
			return err
		}
		b.homes.add(record.Evidence.Subject, b.gateway.here())
	}
	return nil
}

// addConnection lists a row of the gateway's table with what is wrong with it.
func (b *book) addConnection(record *audit.Record) error {
	c := record.Evidence.Connection
	worst, numbers := worstOf(record.Findings)
	var found lines
	for i := range record.Findings {
		f := &record.Findings[i]
		if f.Verdict == audit.Pass || f.Verdict == audit.NotApplicable {
			continue
		}
		if len(found) == maxFound {
			found = append(found, "…")
			break
		}
		found = append(found, verdictText(f)+" "+f.Rule+": "+f.Message)
	}
	declared := ""
	if c.Place != nil {
		declared = c.Place.String()
	}
	peers, named := b.governed.of(record)
	return b.gateway.add(b.toFindings(record), c.Security, cmp.Or(c.Effective, "not known"), c.Strength, worst, found, c.Direction, c.Priority, c.Name, c.Match,
		numbers[rank(audit.Fail)], numbers[rank(audit.Unknown)], numbers[rank(audit.Warn)], numbers[rank(audit.Waived)], numbers[rank(audit.Pass)],
		peers, named, c.Source, declared)
}

// peerColumns has a column for every level and strength.
func peerColumns() []column {
	columns := []column{{"Peer", 40, text}}
	eachCell(func(level, strength string) {
		columns = append(columns, column{levelTitle(level) + " " + strength, 12, outcome})
	})
	return append(columns, []column{
		{"Highest", 20, text}, {"Row", 22, text}, {"Demanded now", 18, short}, {"Met now", 10, outcome}, {"Why not more", 60, text},
		{"Direction", 11, short}, {"System", 16, text}, {"Owner", 22, text},
	}...)
}

// levelTitle writes a level as the console of a gateway does: Encrypt+CN.
func levelTitle(level string) string {
	return strings.ToUpper(level[:1]) + strings.ReplaceAll(level[1:], "+cn", "+CN")
}

// addPeer lists what a mail peer satisfies today.
func (b *book) addPeer(record *audit.Record) error {
	w := record.WhatIf
	if w == nil {
		return nil
	}
	b.tally.peers.add(w)
	row := []any{record.Evidence.Subject}
	eachCell(func(level, strength string) {
		row = append(row, cellWords[cellRank(cellOf(w, level, strength).Verdict)])
	})
	o := observed(record)
	return b.peers.add(append(row, highest(w), cmp.Or(w.Row, w.RowSubject), w.Demands, met(w), lines(reasons(w)), w.Direction, o.Target.System, o.Target.Owner)...)
}

var impactColumns = []column{
	{"Row", 26, text}, {"Direction", 11, short}, {"Demanded now", 18, short}, {"Peers", 8, number}, {"Raised to", 13, short}, {"Strength", 10, short},
	{"Mail keeps flowing", 12, outcome}, {"Breaks", 8, number}, {"Not known", 9, number}, {"Who breaks, and why", 70, text}, {"Who is not known, and why", 60, text}, {"Row in full", 34, text},
}

// addImpact lists what raising each row to each level and strength would break.
// The word is ok only if every peer of the row is known to satisfy the cell.
func (b *book) addImpact() error {
	for _, r := range b.report.Impact {
		if len(r.Cells) == 0 {
			if err := b.impact.add(cmp.Or(r.Row, r.RowSubject), r.Direction, r.Demands, r.Peers, nil, nil, nil, nil, nil, nothingMore, nil, r.RowSubject); err != nil {
				return err
			}
		}
		for _, c := range r.Cells {
			word := "ok"
			switch {
			case c.Breaks > 0:
				word = "no"
			case c.Unknown > 0:
				word = "unknown"
			case r.Peers == 0:
				word = "" // nobody was asked
			}
			if err := b.impact.add(cmp.Or(r.Row, r.RowSubject), r.Direction, r.Demands, r.Peers, levelTitle(c.Level), c.Strength, word, c.Breaks, c.Unknown,
				named(c.BreaksNamed, c.Breaks), named(c.UnknownNamed, c.Unknown), r.RowSubject); err != nil {
				return err
			}
		}
	}
	return nil
}

// named says how many more there are than are named.
func named(names []string, total int) lines {
	if more := total - len(names); more > 0 {
		return append(append(lines{}, names...), "and "+plural(more, "more", "more"))
	}
	return names
}

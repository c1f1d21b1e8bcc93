package gateway

import (
	"slices"
	"strings"
	"sync"
	"time"

	"tlsaudit/audit"
)

// Preview tells for every peer what it satisfies, and collects for every row
// what raising it would break. It may be used by several goroutines.
type Preview struct {
	now    time.Time
	tables []previewTable

	mu sync.Mutex
}

type previewTable struct {
	table    *Table
	governor *governor
	subjects []string
	rows     []impact
}

// impact collects for one row; breaks and unknown are by cell.
type impact struct {
	peers           int
	breaks, unknown [8]names
}

// names counts, and keeps the first audit.MaxNamed in order of the alphabet, so
// that it does not matter in which order peers come.
type names struct {
	count int
	kept  []string
}

func (n *names) add(s string) {
	n.count++
	at, _ := slices.BinarySearch(n.kept, s)
	if n.kept = slices.Insert(n.kept, at, s); len(n.kept) > audit.MaxNamed {
		n.kept = n.kept[:audit.MaxNamed]
	}
}

// NewPreview looks at the tables as they are in effect at a time.
func NewPreview(tables []*Table, now time.Time) *Preview {
	p := &Preview{now: now}
	for _, t := range tables {
		p.tables = append(p.tables, previewTable{t, t.governor(), t.Subjects(), make([]impact, len(t.Rows))})
	}
	return p
}

// Peer makes the what-if of one endpoint of the findings of the probe rules,
// and counts it for the rows that govern it. It returns nil for what is no mail
// endpoint. Call it once per endpoint.
func (p *Preview) Peer(o *audit.Observation, findings []audit.Finding) *audit.WhatIf {
	w := Cells(findings)
	if w == nil {
		return nil
	}
	own := *w
	c := candidates{&own, Cells(withOtherNames(findings))}
	for _, direction := range []string{Outbound, Inbound} {
		if o.Target.Direction != "" && o.Target.Direction != direction {
			continue
		}
		for i := range p.tables {
			p.row(&p.tables[i], direction, o, w, c)
		}
	}
	if w.Direction == "" {
		w.Direction = o.Target.Direction
	}
	return w
}

// withOtherNames returns the findings of a peer whose certificate may carry
// names that are not the host's: the check of the host's name decides nothing.
func withOtherNames(findings []audit.Finding) []audit.Finding {
	list := slices.Clone(findings)
	for i := range list {
		if f := &list[i]; f.Rule == partName && f.Verdict != audit.NotApplicable {
			f.Verdict, f.Message = audit.Unknown, "not judged: the row accepts other names than the host's"
		}
	}
	return list
}

// candidates are the answers for rows that compare the host's own name, and for
// those that compare others.
type candidates struct{ own, other *audit.WhatIf }

// otherNames reports whether a row compares names other than the host's.
func (r *Row) otherNames() bool { return r.Level.CN() && len(r.Names) > 0 }

// row names the rows of one table that govern the endpoint. A row of the first
// direction found is the one the what-if speaks of; all are counted. Where
// one compares other names, the cells are those for such rows.
func (p *Preview) row(t *previewTable, direction string, o *audit.Observation, w *audit.WhatIf, c candidates) {
	rows, _ := t.governor.governing(direction, &o.Target, o)
	for _, i := range rows {
		r := &t.table.Rows[i]
		word, cells := p.demands(t.table, r), c.own
		if r.otherNames() {
			cells, w.Cells, w.Highest = c.other, c.other.Cells, c.other.Highest
		}
		switch {
		case w.RowSubject == "":
			w.Direction, w.Row, w.RowSubject, w.Demands = direction, r.Name, t.subjects[i], word
		case w.Direction == direction:
			w.Row += ", " + r.Name
			if !slices.Contains(strings.Split(w.Demands, ", "), word) {
				w.Demands += ", " + word
			}
		}
		p.mu.Lock()
		t.rows[i].add(o.Target.Subject(), cells)
		p.mu.Unlock()
	}
}

// demands is what a row demands now; what is not known is named as configured.
func (p *Preview) demands(t *Table, r *Row) string {
	level, known := t.Effective(r, p.now)
	if !known {
		return demands(r.Level, r.Strength()) + " (as configured)"
	}
	return demands(level, r.Strength())
}

func (i *impact) add(subject string, w *audit.WhatIf) {
	i.peers++
	for k, c := range w.Cells {
		line := subject + ": " + c.Why
		switch c.Verdict {
		case audit.Fail:
			i.breaks[k].add(line)
		case audit.Unknown:
			i.unknown[k].add(line)
		}
	}
}

// Impact says for each row that could be raised what that would break, among
// the peers seen so far.
func (p *Preview) Impact() []audit.RowImpact {
	p.mu.Lock()
	defer p.mu.Unlock()
	list := []audit.RowImpact{}
	for _, t := range p.tables {
		for i := range t.table.Rows {
			r := &t.table.Rows[i]
			if r.Disabled {
				continue
			}
			level, known := t.table.Effective(r, p.now)
			if !known {
				level = r.Level
			}
			one := audit.RowImpact{Row: r.Name, RowSubject: t.subjects[i], Direction: r.Direction, Demands: p.demands(t.table, r), Peers: t.rows[i].peers, Cells: []audit.RowBreak{}}
			for k, c := range cells() {
				if !c.exceeds(level, r.Strength()) {
					continue
				}
				broken, open := &t.rows[i].breaks[k], &t.rows[i].unknown[k]
				one.Cells = append(one.Cells, audit.RowBreak{Level: string(c.level), Strength: c.strength, Breaks: broken.count, Unknown: open.count,
					BreaksNamed: append([]string{}, broken.kept...), UnknownNamed: append([]string{}, open.kept...)})
			}
			list = append(list, one)
		}
	}
	return list
}

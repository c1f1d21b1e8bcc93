package report

import (
	"bytes"
	"fmt"
	"slices"
	"strings"

	"tlsaudit/audit"
)

// maxLinks is the number of links a worksheet can have (Excel 2007 and later).
// Beyond it the cells stay, without a link.
const maxLinks = 65_529

// spot is a row of a data sheet; the zero value is none.
type spot struct {
	part *part
	row  int
}

// cell is where a link to the cell in a column leads, within the workbook.
func (s spot) cell(column string) string { return cellIn(s.part.name, column, s.row) }

// cellIn names a cell as links do. Sheets have names of our own, without
// apostrophes.
func cellIn(sheet, column string, row int) string {
	return fmt.Sprintf("'%s'!%s%d", sheet, column, row)
}

// link makes the cell in a column of a row lead to another row. All links lead
// to places in the workbook: one that left it could be made from data.
func (s spot) link(column string, to spot) {
	if s.part == nil || to.part == nil || s.part.linked == maxLinks {
		return
	}
	s.part.linked++
	fmt.Fprintf(&s.part.links, `<hyperlink ref="%s%d" location="%s"/>`, column, s.row, to.cell("A"))
}

// hyperlinks is the element with the links of a part, nothing if it has none.
func (p *part) hyperlinks() []byte {
	if p.linked == 0 {
		return nil
	}
	return bytes.Join([][]byte{[]byte("<hyperlinks>"), p.links.Bytes(), []byte("</hyperlinks>")}, nil)
}

// homes says for each subject in which row of which sheet it is told of. It
// holds as many subjects as a sheet can have links.
type homes map[string]spot

func (h homes) add(subject string, at spot) {
	if len(h) < maxLinks {
		h[strings.Clone(subject)] = at
	}
}

// unlinked is text in a column of links that leads nowhere, and looks so.
type unlinked string

// leading is the name of a subject in a sheet: as a link if there is a row to
// lead to, and room for one link more.
func (s *sheet) leading(subject string) any {
	if _, ok := s.book.homes[subject]; !ok || s.part != nil && s.linked == maxLinks {
		return unlinked(subject)
	}
	return subject
}

// toFindings is the name of a subject where it is at home: as a link if there
// are findings to lead to.
func (b *book) toFindings(record *audit.Record) any {
	open := slices.ContainsFunc(record.Findings, func(f audit.Finding) bool { return f.Verdict != audit.Pass && f.Verdict != audit.NotApplicable })
	if b.whatIf || !open || len(b.homes) == maxLinks {
		return unlinked(record.Evidence.Subject)
	}
	return record.Evidence.Subject
}

// evidenceWord is what the cell says that leads to the evidence.
const evidenceWord = "show"

// lead links a row about a finding to the row about its subject, and that row to
// the first finding.
func (b *book) lead(from spot, column string, subject string, first bool) {
	home, ok := b.homes[subject]
	if !ok {
		return
	}
	from.link(column, home)
	if first {
		home.link("A", from)
	}
}

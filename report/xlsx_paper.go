package report

import (
	"fmt"

	"github.com/xuri/excelize/v2"
)

// paper is a sheet that is read rather than filtered: rows of different shapes,
// written from top to bottom. It keeps the first error.
type paper struct {
	*book
	name   string
	stream *excelize.StreamWriter
	widths []float64 // of the columns, in characters
	row    int
	err    error
}

// openPaper makes the sheet, in the place of the one every new workbook has if
// that is still there.
func (b *book) openPaper(name string, portrait bool, widths ...float64) (*paper, error) {
	p := &paper{book: b, name: name, widths: widths}
	if b.GetSheetList()[0] == "Sheet1" {
		p.check(b.SetSheetName("Sheet1", name))
	} else if _, err := b.NewSheet(name); err != nil {
		p.check(err)
	}
	p.check(b.page(name, 0, 0))
	if portrait {
		upright := "portrait"
		p.check(b.SetPageLayout(name, &excelize.PageLayoutOptions{Orientation: &upright}))
	}
	off := false
	p.check(b.SetSheetView(name, 0, &excelize.ViewOptions{ShowGridLines: &off}))
	stream, err := b.NewStreamWriter(name)
	p.check(err)
	if p.stream = stream; p.err == nil {
		for i, w := range widths {
			p.check(stream.SetColWidth(i+1, i+1, w))
		}
	}
	return p, p.err
}

func (p *paper) check(err error) {
	if p.err == nil && err != nil {
		p.err = fmt.Errorf("sheet %s: %w", p.name, err)
	}
}

func (p *paper) cells(height float64, cells ...any) {
	p.row++
	if p.err == nil {
		p.check(p.stream.SetRow(fmt.Sprintf("A%d", p.row), cells, excelize.RowOpts{Height: height}))
	}
}

func (p *paper) merge(from, to string) {
	if p.err == nil {
		p.check(p.stream.MergeCell(fmt.Sprintf("%s%d", from, p.row), fmt.Sprintf("%s%d", to, p.row)))
	}
}

// to makes the cell in a column of the last row lead to a place in the workbook.
func (p *paper) to(column, location string) {
	if p.err == nil {
		p.check(p.SetCellHyperLink(p.name, fmt.Sprintf("%s%d", column, p.row), location, "Location"))
	}
}

func styled(style int, value any) excelize.Cell {
	return excelize.Cell{StyleID: style, Value: cellValue(value)}
}

// banner is one text over the whole width.
func (p *paper) banner(style int, height float64, text string) {
	cells, width := []any{styled(style, text)}, p.widths[0]
	for i := 1; i < len(p.widths); i++ {
		cells, width = append(cells, styled(style, nil)), width+p.widths[i]
	}
	if n := linesIn(cells[0].(excelize.Cell).Value, 0.7*width); n > 1 { // the font is larger
		height = max(height, 16*float64(min(n, 6))+8)
	}
	p.cells(height, cells...)
	p.merge("A", letters(len(p.widths))[len(p.widths)-1])
}

func (p *paper) section(title string) {
	p.cells(0)
	p.banner(p.styles.section, 22, title)
}

// fact is a label and a value.
func (p *paper) fact(label string, style int, value any) {
	cell := styled(style, value)
	high := 1
	if style == p.styles.wrapped {
		high = linesIn(cell.Value, p.widths[1])
	}
	p.cells(rowHeight(high), styled(p.styles.label, label), cell)
}

// prose is a label and text over the rest of the width.
func (p *paper) prose(label, text string) {
	cells, width := []any{styled(p.styles.label, label), styled(p.styles.wrapped, text)}, p.widths[1]
	for _, w := range p.widths[2:] {
		cells, width = append(cells, styled(p.styles.wrapped, nil)), width+w
	}
	p.cells(rowHeight(linesIn(cells[1].(excelize.Cell).Value, 1.15*width)), cells...)
	p.merge("B", letters(len(p.widths))[len(p.widths)-1])
}

// line is a row of a small table.
func (p *paper) line(style int, values ...any) {
	cells, high := make([]any, len(values)), 1
	for i, v := range values {
		cell := styled(style, v)
		cells[i], high = cell, max(high, linesIn(cell.Value, p.widths[i]))
	}
	p.cells(rowHeight(high), cells...)
}

// hashed names a file, or what else is known by the hash of its content.
func (p *paper) hashed(label string, about any, version, sum string) {
	name, third := styled(p.styles.wrapped, about), styled(p.styles.wrapped, version)
	high := max(linesIn(name.Value, p.widths[1]), linesIn(third.Value, p.widths[2]))
	cells := []any{styled(p.styles.label, label), name, third, styled(p.styles.fine, sum)}
	for len(cells) < len(p.widths) {
		cells = append(cells, styled(p.styles.fine, nil))
	}
	p.cells(rowHeight(max(high, linesIn(cells[0].(excelize.Cell).Value, p.widths[0]))), cells...)
	if len(p.widths) > 4 {
		p.merge("D", letters(len(p.widths))[len(p.widths)-1])
	}
}

// colour lets words in some cells of a column have their colours.
func (p *paper) colour(column string, first, last int) {
	if p.err == nil && first <= last {
		p.check(p.SetConditionalFormat(p.name, fmt.Sprintf("%s%d:%s%d", column, first, column, last), p.styles.tags))
	}
}

// named gives the cell in a column of the last row a name in the workbook.
func (p *paper) named(name, column string) {
	p.names = append(p.names, excelize.DefinedName{Name: name, RefersTo: fmt.Sprintf("'%s'!$%s$%d", p.name, column, p.row)})
}

func (p *paper) close() error {
	if p.err == nil {
		p.check(p.stream.Flush())
	}
	return p.err
}

package report

import (
	"fmt"
	"math"
	"strings"

	"github.com/xuri/excelize/v2"
)

// perPage is the width, in characters, that stays readable on one landscape
// page of A4.
const perPage = 180

// page prepares a sheet for printing: landscape, on as many pages side by side
// as its width needs. The header row and the first keep columns are repeated on
// each; with keep 0 nothing is.
func (b *book) page(sheet string, width float64, keep int) error {
	landscape, a4, high, yes := "landscape", 9, 0, true
	wide := max(1, int(math.Ceil(width/perPage)))
	margin, narrow := 0.5, 0.4
	for _, err := range []error{
		b.SetSheetProps(sheet, &excelize.SheetPropsOptions{FitToPage: &yes}),
		b.SetPageLayout(sheet, &excelize.PageLayoutOptions{Orientation: &landscape, Size: &a4, FitToWidth: &wide, FitToHeight: &high}),
		b.SetPageMargins(sheet, &excelize.PageLayoutMarginsOptions{Left: &narrow, Right: &narrow, Top: &margin, Bottom: &margin}),
		b.SetHeaderFooter(sheet, &excelize.HeaderFooterOptions{OddFooter: "&L&8" + b.title() + ", judged as of " + stamp(b.report.Now) + "&C&8&A&R&8page &P of &N"}),
	} {
		if err != nil {
			return fmt.Errorf("page set-up: %w", err)
		}
	}
	if keep > 0 {
		b.titles = append(b.titles, printTitles{sheet, keep})
	}
	return nil
}

// printTitles are the columns, and with them the first row, to repeat on every
// page of a sheet.
type printTitles struct {
	sheet string
	keep  int
}

// repeat declares the print titles of all sheets. The names are bound to the
// place of a sheet among the tabs, so that it comes when none moves any more.
func (b *book) repeat() error {
	for _, t := range b.titles {
		last, err := excelize.ColumnNumberToName(t.keep)
		if err != nil {
			return err
		}
		if err := b.SetDefinedName(&excelize.DefinedName{
			Name: "_xlnm.Print_Titles", Scope: t.sheet, RefersTo: fmt.Sprintf("'%[1]s'!$A:$%[2]s,'%[1]s'!$1:$1", t.sheet, last),
		}); err != nil {
			return fmt.Errorf("print titles of %s: %w", t.sheet, err)
		}
	}
	for i := range b.names {
		if err := b.SetDefinedName(&b.names[i]); err != nil {
			return fmt.Errorf("the name %s: %w", b.names[i].Name, err)
		}
	}
	return nil
}

// linesIn guesses how many lines a wrapped cell needs, whose font is a tenth
// smaller than the one widths are measured in. Not every program fits the height
// of rows by itself when it opens a file.
func linesIn(value any, width float64) int {
	s, ok := value.(string)
	if !ok {
		return 1
	}
	n := 0
	for line := range strings.SplitSeq(s, "\n") {
		n += max(1, int(math.Ceil(float64(columns(line))/(1.1*width))))
	}
	return n
}

// headHeight is the height of a header in points: titles are wrapped.
func headHeight(columns []column) float64 {
	high := 2
	for _, c := range columns {
		high = max(high, linesIn(clean(c.title, 120), 0.8*(c.width-3))) // bold, and beside the button of the filter
	}
	return 15*float64(min(high, 5)) + 2
}

// The height of rows in points. Past the greatest the cell is cut in view, not
// in content: a list of a thousand names must not push the next row out of
// sight.
const (
	lineHeight  = 13.5
	mostInSight = 14
)

// rowHeight returns 0, the default, for one line.
func rowHeight(lines int) float64 {
	if lines < 2 {
		return 0
	}
	return lineHeight*float64(min(lines, mostInSight)) + 2
}

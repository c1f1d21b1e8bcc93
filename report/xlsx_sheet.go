package report

import (
	"fmt"
	"slices"
	"strings"

	"github.com/xuri/excelize/v2"
)

// maxRows is the number of rows a worksheet can have (ECMA-376; Excel 2007 and
// later). A longer list goes on in a sheet of its own.
const maxRows = 1_048_576

// column describes one column of a data sheet.
type column struct {
	title string
	width float64 // in characters of the default font
	kind  kind
}

// kind says what a column holds, and so how it looks.
type kind uint8

const (
	text    kind = iota // wrapped
	short               // one line
	number              // centred
	date                // a day and a time of day, UTC
	verdict             // coloured by value
	answer              // coloured by value
	days                // number, coloured when it runs out
	outcome             // what would become of mail, coloured by value
	state               // of a waiver, a rule or a finding, coloured by value
)

// sheet is a data sheet being streamed: a frozen, filterable header over rows.
type sheet struct {
	book    *book
	name    string // of the first part
	columns []column
	keep    int // columns that stay in view and on every printed page
	limit   int // rows of a part, header included

	part    int
	current string
	stream  *excelize.StreamWriter
	rows    int
}

// sheet declares a sheet, which does not exist before it is started.
func (b *book) sheet(name string, keep int, columns []column) *sheet {
	return &sheet{book: b, name: name, columns: columns, keep: keep, limit: maxRows}
}

// start creates the sheet in its place among the tabs, if it is not there yet.
func (s *sheet) start() error {
	if s.started() {
		return nil
	}
	if err := s.wrap(s.next()); err != nil {
		return err
	}
	for _, behind := range s.book.tabs[min(slices.Index(s.book.tabs, s)+1, len(s.book.tabs)):] {
		if behind.started() && behind != s {
			return s.wrap(s.book.MoveSheet(s.name, behind.name))
		}
	}
	return nil
}

// started reports whether the workbook has the sheet.
func (s *sheet) started() bool { return s.part > 0 }

func (s *sheet) wrap(err error) error {
	if err != nil {
		return fmt.Errorf("sheet %s: %w", s.current, err)
	}
	return nil
}

// next starts the first or another part of the sheet.
func (s *sheet) next() error {
	before := s.current
	s.part++
	s.current, s.rows = s.name, 0
	if s.part > 1 {
		s.current = fmt.Sprintf("%s (%d)", s.name, s.part)
	}
	f := s.book.File
	if _, err := f.NewSheet(s.current); err != nil {
		return err
	}
	if before != "" { // the parts stand together
		tabs := f.GetSheetList()
		if i := slices.Index(tabs, before) + 1; i < len(tabs) && tabs[i] != s.current {
			if err := f.MoveSheet(s.current, tabs[i]); err != nil {
				return err
			}
		}
	}
	total := 0.0
	for _, c := range s.columns {
		total += c.width
	}
	if err := s.book.page(s.current, total, s.keep); err != nil {
		return err
	}
	corner, err := excelize.CoordinatesToCellName(s.keep+1, 2)
	if err != nil {
		return err
	}
	if s.stream, err = f.NewStreamWriter(s.current); err != nil {
		return err
	}
	for i, c := range s.columns {
		if err := s.stream.SetColWidth(i+1, i+1, c.width); err != nil {
			return err
		}
	}
	if err := s.stream.SetPanes(&excelize.Panes{Freeze: true, XSplit: s.keep, YSplit: 1, TopLeftCell: corner, ActivePane: "bottomRight"}); err != nil {
		return err
	}
	header := make([]any, len(s.columns))
	for i, title := range titles(s.columns) {
		header[i] = excelize.Cell{StyleID: s.book.styles.header, Value: title}
	}
	return s.write(header, 30)
}

// titles returns the cleaned titles of columns. Excel takes no table in which
// two are equal but for case, nor one longer than 255 characters.
func titles(columns []column) []string {
	list, seen := make([]string, len(columns)), map[string]bool{}
	for i, c := range columns {
		list[i] = clean(c.title, 120)
		for n := 2; seen[strings.ToLower(list[i])]; n++ {
			list[i] = fmt.Sprintf("%s (%d)", clean(c.title, 120), n)
		}
		seen[strings.ToLower(list[i])] = true
	}
	return list
}

func (s *sheet) write(cells []any, height float64) error {
	s.rows++
	return s.stream.SetRow(fmt.Sprintf("A%d", s.rows), cells, excelize.RowOpts{Height: height})
}

// add appends a row. Strings are cleaned here and nowhere else; nil leaves a
// cell empty.
func (s *sheet) add(values ...any) error {
	if err := s.start(); err != nil {
		return err
	}
	if s.rows == s.limit {
		if err := s.finish(); err != nil {
			return s.wrap(err)
		}
		if err := s.next(); err != nil {
			return s.wrap(err)
		}
	}
	cells, high := make([]any, len(s.columns)), 1
	for i, c := range s.columns {
		value := cellValue(values[i])
		if c.kind == text {
			high = max(high, linesIn(value, c.width))
		}
		cells[i] = excelize.Cell{StyleID: s.book.styles.cell[c.kind], Value: value}
	}
	return s.wrap(s.write(cells, rowHeight(high)))
}

// close ends the sheet. A list with nothing in it says so: an empty table could
// be an accident.
func (s *sheet) close() error {
	if !s.started() {
		return nil
	}
	if s.rows == 1 && s.part == 1 {
		values := make([]any, len(s.columns))
		values[0] = "none"
		if err := s.add(values...); err != nil {
			return err
		}
	}
	return s.wrap(s.finish())
}

// finish completes a part. The order of the calls is the library's: formats and
// table after the rows, before Flush.
func (s *sheet) finish() error {
	for i, c := range s.columns {
		name, err := excelize.ColumnNumberToName(i + 1)
		if err != nil {
			return err
		}
		if rules := s.book.styles.rules[c.kind]; len(rules) > 0 {
			if err := s.book.SetConditionalFormat(s.current, fmt.Sprintf("%s2:%s%d", name, name, s.rows), rules); err != nil {
				return err
			}
		}
	}
	last, err := excelize.CoordinatesToCellName(len(s.columns), s.rows)
	if err != nil {
		return err
	}
	table := strings.NewReplacer(" ", "", "-", "").Replace(s.name) + "Table"
	if s.part > 1 {
		table += fmt.Sprint(s.part)
	}
	plain := false
	if err := s.stream.AddTable(&excelize.Table{Range: "A1:" + last, Name: table, StyleName: "TableStyleLight1", ShowRowStripes: &plain}); err != nil {
		return err
	}
	return s.stream.Flush()
}

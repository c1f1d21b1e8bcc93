package report

import (
	"bytes"
	"fmt"
	"slices"
	"strings"

	"github.com/xuri/excelize/v2"
)

// maxRows is the number of rows a worksheet can have (ECMA-376; Excel 2007 and
// later). A longer list goes on in a sheet of its own.
const maxRows = 1_048_576

// maxPart is the number of bytes of XML a worksheet may have: from 4 GiB on, an
// archive needs an extension that not all readers have.
const maxPart = 2 << 30

// column describes one column of a data sheet.
type column struct {
	title string
	width float64 // in characters of the default font
	kind  kind
}

// kind says what a column holds, and so how it looks.
type kind uint8

const (
	text       kind = iota // wrapped
	short                  // one line
	number                 // centred
	date                   // a day and a time of day, UTC
	verdict                // coloured by value
	answer                 // coloured by value
	days                   // number, coloured when it runs out
	outcome                // what would become of mail, coloured by value
	state                  // of a waiver, a rule or a finding, coloured by value
	leads                  // wrapped text that leads to another row
	link                   // one word that leads to another row
	ratio                  // of a score
	input                  // for a person to fill in
	inputDay               // a day for a person to fill in
	inputState             // one of a list for a person to choose, coloured by value
)

// sheet is a data sheet being streamed: a frozen, filterable header over rows.
type sheet struct {
	book    *book
	name    string // of the first part
	columns []column
	keep    int // columns that stay in view and on every printed page
	limit   int // rows of a part, header included
	// finishing, where set, adds to a part what only this sheet has.
	finishing func(p *part) error

	parts []*part
	*part // the last

	letters []string // the names of the columns
	values  []any    // of the row being added
	line    []byte   // the same as XML
}

// part is one worksheet. The library makes all of it but the rows below the
// header, which would cost it memory, and its links.
type part struct {
	name   string
	number int
	stream *excelize.StreamWriter
	rows   int // header included
	body   body
	links  bytes.Buffer
	linked int
}

// sheet declares a sheet, which does not exist before it is started.
func (b *book) sheet(name string, keep int, columns []column) *sheet {
	return &sheet{book: b, name: name, columns: columns, keep: keep, limit: maxRows, letters: letters(len(columns))}
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
func (s *sheet) started() bool { return len(s.parts) > 0 }

func (s *sheet) wrap(err error) error {
	if err != nil {
		return fmt.Errorf("sheet %s: %w", s.name, err)
	}
	return nil
}

// next starts the first or another part of the sheet.
func (s *sheet) next() error {
	before := s.part
	p := &part{name: s.name, number: len(s.parts) + 1}
	if p.number > 1 {
		p.name = fmt.Sprintf("%s (%d)", s.name, p.number)
	}
	s.part, s.parts = p, append(s.parts, p)
	f := s.book.File
	if _, err := f.NewSheet(p.name); err != nil {
		return err
	}
	if before != nil { // the parts stand together
		tabs := f.GetSheetList()
		if i := slices.Index(tabs, before.name) + 1; i < len(tabs) && tabs[i] != p.name {
			if err := f.MoveSheet(p.name, tabs[i]); err != nil {
				return err
			}
		}
	}
	return s.head()
}

// head prepares the page of a part and writes its header.
func (s *sheet) head() error {
	total := 0.0
	for _, c := range s.columns {
		total += c.width
	}
	if err := s.book.page(s.part.name, total, s.keep); err != nil {
		return err
	}
	corner, err := excelize.CoordinatesToCellName(s.keep+1, 2)
	if err != nil {
		return err
	}
	if s.stream, err = s.book.NewStreamWriter(s.part.name); err != nil {
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
	s.rows = 1
	return s.stream.SetRow("A1", header, excelize.RowOpts{Height: headHeight(s.columns)})
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

// add appends a row. Strings are cleaned here and nowhere else; nil leaves a
// cell empty.
func (s *sheet) add(values ...any) error {
	if err := s.start(); err != nil {
		return err
	}
	if s.rows == s.limit || s.body.size > maxPart {
		if err := s.finish(); err != nil {
			return s.wrap(err)
		}
		if err := s.next(); err != nil {
			return s.wrap(err)
		}
	}
	s.rows++
	high := 1
	s.values = s.values[:0]
	for i, c := range s.columns {
		value := cellValue(values[i])
		if c.kind == text || c.kind == leads {
			high = max(high, linesIn(value, c.width))
		}
		s.values = append(s.values, value)
	}
	s.line = appendRow(s.line[:0], s.rows, rowHeight(high))
	for i, c := range s.columns {
		kind := c.kind
		if _, ok := values[i].(unlinked); ok {
			kind = text
		}
		s.line = appendCell(s.line, s.letters[i], s.rows, s.book.styles.cell[kind], s.values[i])
	}
	s.line = append(s.line, "</row>"...)
	_, err := s.body.Write(s.line)
	return s.wrap(err)
}

// here is the row that was added last.
func (s *sheet) here() spot { return spot{s.part, s.rows} }

// close ends the sheet. A list with nothing in it says so: an empty table could
// be an accident.
func (s *sheet) close() error {
	if !s.started() {
		return nil
	}
	if s.rows == 1 && s.number == 1 {
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
		if rules := s.book.styles.rules[c.kind]; len(rules) > 0 {
			if err := s.book.SetConditionalFormat(s.part.name, s.cells(i), rules); err != nil {
				return err
			}
		}
	}
	if s.finishing != nil {
		if err := s.finishing(s.part); err != nil {
			return err
		}
	}
	table := strings.NewReplacer(" ", "", "-", "").Replace(s.name) + "Table"
	if s.number > 1 {
		table += fmt.Sprint(s.number)
	}
	plain := false
	last := fmt.Sprintf("%s%d", s.letters[len(s.columns)-1], s.rows)
	if err := s.stream.AddTable(&excelize.Table{Range: "A1:" + last, Name: table, StyleName: "TableStyleLight1", ShowRowStripes: &plain}); err != nil {
		return err
	}
	if err := s.body.end(); err != nil {
		return err
	}
	return s.stream.Flush()
}

// cells is the range of the cells of a column, without its title.
func (s *sheet) cells(column int) string {
	name := s.letters[column]
	return fmt.Sprintf("%s2:%s%d", name, name, s.rows)
}

package gateway

import (
	"encoding/csv"
	"errors"
	"io"
	"slices"
	"strings"
)

var enforcedCSV = &Format{
	Name: "enforced-tls-csv", Title: "Table of enforced TLS connections, CSV with a header row", Product: Forcepoint, UTF16: true,
	Detect: func(file, text string) bool {
		head, _, _ := strings.Cut(text, "\n")
		return strings.Contains(head, "security_level") || fileNamed(file, "*.csv")
	},
	read: readEnforcedCSV,
}

// readEnforcedCSV reads the CSV form. What office programs make of it is taken:
// semicolons or tabs for commas, and any kind of line end. Members are separated
// by "|". The facts beside the rows are not in it.
func readEnforcedCSV(s *source) (*Table, error) {
	if !strings.Contains(s.text, "\n") {
		s.text = strings.ReplaceAll(s.text, "\r", "\n") // one byte for one: positions stay
	}
	head, _, _ := strings.Cut(s.text, "\n")
	r := csv.NewReader(strings.NewReader(s.text))
	r.FieldsPerRecord = -1
	for _, comma := range ";\t" {
		if strings.Count(head, string(comma)) > strings.Count(head, string(r.Comma)) {
			r.Comma = comma
		}
	}
	columnOf, err := s.csvHeader(r)
	if err != nil {
		return nil, err
	}
	t := &Table{}
	for {
		record, err := r.Read()
		if errors.Is(err, io.EOF) && len(t.Rows) == 0 {
			return nil, s.fault(at{1, 1}, "collect the table again; one without rows protects nobody", "a header row and no rows behind it")
		}
		if errors.Is(err, io.EOF) {
			return t, nil
		}
		if err != nil {
			return nil, s.csvError(err)
		}
		if err := s.csvRow(t, r, record, columnOf); err != nil {
			return nil, err
		}
	}
}

func (s *source) csvHeader(r *csv.Reader) (map[string]int, error) {
	header, err := r.Read()
	if err != nil {
		return nil, s.csvError(err)
	}
	columnOf := map[string]int{}
	for i, name := range header {
		p := s.field(r, i)
		name = strings.ToLower(strings.TrimSpace(name))
		if err := s.choose(p, "column", name, columns); err != nil {
			return nil, err
		}
		if _, twice := columnOf[name]; twice {
			return nil, s.fault(p, "keep one of the two", "the column %s stands here a second time", quote(name))
		}
		columnOf[name] = i
	}
	for _, c := range columns {
		if _, ok := columnOf[c]; !ok {
			return nil, s.fault(at{1, 1}, "the header row is "+strings.Join(columns, ","), "the column %s is missing", quote(c))
		}
	}
	return columnOf, nil
}

func (s *source) csvRow(t *Table, r *csv.Reader, record []string, columnOf map[string]int) error {
	start := s.field(r, 0)
	if len(record) > len(columnOf) && slices.ContainsFunc(record[len(columnOf):], func(c string) bool { return strings.TrimSpace(c) != "" }) ||
		len(record) < len(columnOf) {
		if strings.TrimSpace(strings.Join(record, "")) == "" {
			return nil
		}
		return s.fault(start, "put a value that contains the separator in double quotes", "%d values for %d columns", len(record), len(columnOf))
	}
	if strings.TrimSpace(strings.Join(record, "")) == "" {
		return nil // a row of separators only, as office programs append them
	}
	get := func(column string) cellText {
		return cellText{record[columnOf[column]], s.field(r, columnOf[column])}
	}
	var members []cellText
	if all := get("target_members"); strings.TrimSpace(all.text) != "" {
		for m := range strings.SplitSeq(all.text, "|") {
			members = append(members, cellText{m, all.at})
		}
	}
	return s.enforcedRow(t, start, get, members)
}

// field is the position of a value of the record read last.
func (s *source) field(r *csv.Reader, i int) at { return s.inCharacters(r.FieldPos(i)) }

// inCharacters turns a position that counts bytes into one that counts
// characters, as all others do.
func (s *source) inCharacters(line, col int) at {
	if s.starts == nil {
		s.starts = []int{0}
		for i := range len(s.text) {
			if s.text[i] == '\n' {
				s.starts = append(s.starts, i+1)
			}
		}
	}
	if line < 1 || line > len(s.starts) {
		return at{line, col}
	}
	text := s.text[s.starts[line-1]:]
	return at{line, column(text, min(col-1, len(text)))}
}

func (s *source) csvError(err error) error {
	var parse *csv.ParseError
	if errors.As(err, &parse) {
		return s.fault(s.inCharacters(parse.Line, max(parse.Column, 1)), "check the quotes of this row", "not valid CSV: %v", parse.Err)
	}
	return s.fault(at{1, 1}, "the header row is "+strings.Join(columns, ","), "no header row")
}

package inventory

import (
	"fmt"
	"io"
	"iter"
	"slices"
	"strings"

	"tlsaudit/audit"
)

// columns are the names a CSV header may use, besides label.NAME.
var columns = append([]string{"host", "port", "protocol", "labels"}, settings...)

// readCSV reads a table whose first line names the columns, in any order:
// host (required), port, protocol, sni, ip, direction, product, system, owner,
// environment, labels ("env=prod|tier=dmz") and label.NAME. What is left out
// is derived as in ParseTarget. As spreadsheets write it, the table may begin
// with a byte order mark, end its lines in CRLF and separate by semicolons.
func readCSV(file string, r io.Reader, protocols []audit.Protocol) iter.Seq2[audit.Target, error] {
	return func(yield func(audit.Target, error) bool) {
		table := table{file: file, protocols: protocols}
		for l, err := range lines(file, r) {
			if err != nil {
				yield(audit.Target{}, err)
				return
			}
			if strings.Trim(l.text, ",; \t") == "" {
				continue
			}
			if table.header == nil {
				if err := table.readHeader(l); err != nil {
					yield(audit.Target{}, err)
					return
				}
				continue
			}
			if t, err := table.readRow(l); !yield(t, err) || err != nil {
				return
			}
		}
	}
}

type table struct {
	file      string
	protocols []audit.Protocol
	delimiter byte
	header    []string
}

func (t *table) at(l line, col int, err error) error {
	return at(audit.Place{File: t.file, Line: l.number, Col: col}, err)
}

func (t *table) readHeader(l line) error {
	t.delimiter = ','
	if strings.Contains(l.text, ";") && !strings.Contains(l.text, ",") {
		t.delimiter = ';'
	}
	cells, col, err := splitRecord(l.text, t.delimiter)
	if err != nil {
		return t.at(l, col, err)
	}
	header := make([]string, 0, len(cells))
	for _, c := range cells {
		name := strings.ToLower(c.text)
		if strings.HasPrefix(name, "label.") {
			name = "label." + c.text[len("label."):] // label names keep their case
		} else if !slices.Contains(columns, name) {
			hint := didYouMean(name, columns)
			if hint == "" {
				hint = "the first line names the columns, such as host,port,protocol"
			}
			return t.at(l, c.col, &fault{fmt.Sprintf("unknown column %q; known columns: %s, label.NAME", clip(c.text), strings.Join(columns, ", ")), hint})
		}
		if slices.Contains(header, name) {
			return t.at(l, c.col, &fault{fmt.Sprintf("the column %q stands here a second time", name), "keep one of the two"})
		}
		header = append(header, name)
	}
	if !slices.Contains(header, "host") {
		return t.at(l, 1, &fault{`the column "host" is missing`, "the first line names the columns, such as host,port,protocol"})
	}
	t.header = header
	return nil
}

func (t *table) readRow(l line) (audit.Target, error) {
	cells, col, err := splitRecord(l.text, t.delimiter)
	if err != nil {
		return audit.Target{}, t.at(l, col, err)
	}
	if len(cells) > len(t.header) {
		return audit.Target{}, t.at(l, cells[len(t.header)].col, &fault{fmt.Sprintf("%d fields, but the header names %d columns", len(cells), len(t.header)), "put text that holds the separator in quotes"})
	}
	d := draft{protocols: t.protocols}
	for i, c := range cells {
		set := func() error { return d.set(t.header[i], c.text) }
		if t.header[i] == "labels" {
			set = func() error { return d.setLabels(c.text) }
		}
		if err := set(); err != nil {
			return audit.Target{}, t.at(l, c.col, err)
		}
	}
	if d.Host == "" {
		return audit.Target{}, t.at(l, 1, &fault{"the host is missing", "every row names one"})
	}
	if err := d.finish(); err != nil {
		return audit.Target{}, t.at(l, 1, err)
	}
	d.Place = &audit.Place{File: t.file, Line: l.number, Col: 1}
	return d.Target, nil
}

// setLabels reads "env=prod|tier=dmz".
func (d *draft) setLabels(text string) error {
	for pair := range strings.SplitSeq(text, "|") {
		if strings.TrimSpace(pair) == "" {
			continue
		}
		key, value, ok := strings.Cut(pair, "=")
		if !ok {
			return &fault{fmt.Sprintf("%q is not a label", clip(pair)), "write name=value, several joined by |"}
		}
		if err := d.setLabel(strings.TrimSpace(key), value); err != nil {
			return err
		}
	}
	return nil
}

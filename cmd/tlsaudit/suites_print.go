package main

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"
)

// suiteFormats are the formats of the suites command.
var suiteFormats = []string{"table", "json", "csv"}

// printRegistry writes entries in the format asked for. With a selection, the
// order is that of preference.
func printRegistry[T any](a *app, f *suitesFlags, columns []column[T], rows []T, s *selection) error {
	switch f.format {
	case "json":
		return printJSON(a.stdout, columns, rows, s)
	case "csv":
		return printCSV(a.stdout, columns, rows)
	}
	if len(rows) == 1 && s == nil {
		printCard(a.stdout, columns, rows[0])
		return nil
	}
	width := a.width()
	if width == 0 {
		width = wide
	}
	printTable(a.stdout, columns, rows, width, s != nil)
	return nil
}

func printJSON[T any](w io.Writer, columns []column[T], rows []T, s *selection) error {
	list := make([]map[string]any, 0, len(rows))
	for _, row := range rows {
		entry := map[string]any{}
		for _, c := range columns {
			value := c.value(row)
			if names, ok := value.([]string); ok && names == nil {
				value = []string{}
			}
			entry[c.key] = value
		}
		list = append(list, entry)
	}
	var document any = list
	if s != nil {
		ignored := []map[string]any{}
		for _, word := range s.ignored {
			ignored = append(ignored, map[string]any{"text": word.Text, "offset": word.Offset, "reason": word.Reason})
		}
		document = map[string]any{"suites": list, "ignored": ignored, "facts": s.facts}
	}
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	return e.Encode(document)
}

func printCSV[T any](w io.Writer, columns []column[T], rows []T) error {
	out := csv.NewWriter(w)
	record := make([]string, len(columns))
	for i, c := range columns {
		record[i] = c.key
	}
	if err := out.Write(record); err != nil {
		return err
	}
	for _, row := range rows {
		for i, c := range columns {
			record[i] = plain(c.value(row))
		}
		if err := out.Write(record); err != nil {
			return err
		}
	}
	out.Flush()
	return out.Error()
}

// printCard shows one entry in full; what is unknown or does not apply is left
// out.
func printCard[T any](w io.Writer, columns []column[T], row T) {
	var title []string
	longest := 0
	for _, c := range columns {
		if c.about == "" {
			title = append(title, plain(c.value(row)))
		}
		longest = max(longest, len(c.about))
	}
	fmt.Fprintf(w, "%s\n", strings.Join(title, "  "))
	for _, c := range columns {
		if text := plain(c.value(row)); c.about != "" && text != "" {
			fmt.Fprintf(w, "  %-*s  %s\n", longest, c.about, text)
		}
	}
}

// longName is the width up to which a column of the table grows; a longer name
// pushes the rest of its line to the right.
const longName = 46

// printTable writes the columns that fit into the width, numbered if the order
// means something.
func printTable[T any](w io.Writer, columns []column[T], rows []T, width int, numbered bool) {
	var shown []column[T]
	for _, c := range columns {
		if c.width > 0 && (c.width <= width || c.width == narrow) {
			shown = append(shown, c)
		}
	}
	lines := [][]string{nil}
	for _, c := range shown {
		lines[0] = append(lines[0], c.title)
	}
	for _, row := range rows {
		var line []string
		for _, c := range shown {
			line = append(line, plain(c.value(row)))
		}
		lines = append(lines, line)
	}
	widths := make([]int, len(shown))
	for _, line := range lines {
		for i, text := range line {
			if n := utf8.RuneCountInString(text); n <= longName {
				widths[i] = max(widths[i], n)
			}
		}
	}
	digits := len(fmt.Sprint(len(rows)))
	for n, line := range lines {
		var b strings.Builder
		switch {
		case numbered && n == 0:
			fmt.Fprintf(&b, "%*s ", digits, "#")
		case numbered:
			fmt.Fprintf(&b, "%*d ", digits, n)
		}
		for i, text := range line {
			fmt.Fprintf(&b, "%-*s ", widths[i], text)
		}
		fmt.Fprintln(w, strings.TrimRight(b.String(), " "))
	}
}

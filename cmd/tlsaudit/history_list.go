package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"tlsaudit/internal/history"
	"tlsaudit/report"
)

// historyFormats are the formats of the lists.
var historyFormats = []string{"table", "json"}

// pageLength is how many entries a list is asked for at once.
const pageLength = 500

// listFlags are the flags of a list.
type listFlags struct {
	historyFlags
	format string
	limit  int
	after  string
}

func (f *listFlags) register(c *cobra.Command) {
	f.historyFlags.register(c)
	c.Flags().StringVarP(&f.format, "format", "f", "table", "`FORMAT`: "+joinOr(historyFormats))
	c.Flags().IntVar(&f.limit, "limit", 50, "list at most this `NUMBER`; 0 lists all")
	c.Flags().StringVar(&f.after, "after", "", "go on behind what a list before ended with: its `CURSOR`")
	completeFrom(c, "format", historyFormats)
}

func (f *listFlags) validate() error {
	switch {
	case f.format != "table" && f.format != "json":
		return usageError(fmt.Sprintf("--format %q is not a format: one of %s", f.format, joinOr(historyFormats)), "tlsaudit history export writes whole runs in the formats of reports")
	case f.limit < 0:
		return usageError(fmt.Sprintf("--limit %d is negative", f.limit), "0 lists all")
	}
	return nil
}

// list writes what ask yields, page by page, to the limit.
func list[T any](a *app, c *cobra.Command, f *listFlags, key string, columns []column[T], ask func(context.Context, *history.Store, history.Page) ([]T, string, error)) error {
	if err := f.validate(); err != nil {
		return err
	}
	return f.with(a, c, func(ctx context.Context, s *history.Store) error {
		var rows []T
		next := f.after
		for {
			page := history.Page{After: next, Limit: pageLength}
			if f.limit > 0 {
				page.Limit = min(pageLength, f.limit-len(rows))
			}
			more, behind, err := ask(ctx, s, page)
			if err != nil {
				return err
			}
			rows = append(rows, more...)
			if next = behind; next == "" || len(more) == 0 || f.limit > 0 && len(rows) >= f.limit {
				break
			}
		}
		return printList(a, f, key, columns, rows, next)
	})
}

// printList writes entries as a table for a person, or as JSON with every column.
func printList[T any](a *app, f *listFlags, key string, columns []column[T], rows []T, next string) error {
	if f.format == "json" {
		return printHistoryJSON(a, key, columns, rows, next)
	}
	if len(rows) == 0 {
		fmt.Fprintf(a.stderr, "there are no %s of that kind in the history\n", key)
		return nil
	}
	width := a.width()
	if width == 0 {
		width = wide
	}
	// What peers and files say is hostile until it is cleaned.
	clean := make([]column[T], len(columns))
	for i, one := range columns {
		clean[i] = one
		clean[i].value = func(row T) any { return report.Clean(cell(one.value(row))) }
	}
	printTable(a.stdout, clean, rows, width, false)
	if next != "" {
		fmt.Fprintf(cleaner{a.stderr}, "there are more: --limit 0 lists all, --after %s goes on\n", shellWord(next))
	}
	return nil
}

// cell is a value as a table shows it: a time to the minute, nothing for none.
func cell(value any) string {
	switch v := value.(type) {
	case time.Time:
		if v.IsZero() {
			return "-"
		}
		return v.UTC().Format("2006-01-02 15:04")
	case string:
		if v == "" {
			return "-"
		}
	}
	return plain(value)
}

// printHistoryJSON writes a list with the name of what it lists, and where the next
// one goes on. Times are RFC 3339 in UTC, and null where there is none. Nothing in
// it acts upon a terminal.
func printHistoryJSON[T any](a *app, key string, columns []column[T], rows []T, next string) error {
	entries := make([]map[string]any, 0, len(rows))
	for _, row := range rows {
		entry := map[string]any{}
		for _, c := range columns {
			value := c.value(row)
			if t, ok := value.(time.Time); ok {
				if value = nil; !t.IsZero() {
					value = t.UTC().Format(time.RFC3339)
				}
			}
			entry[c.key] = value
		}
		entries = append(entries, entry)
	}
	document := map[string]any{key: entries, "next": nil}
	if next != "" {
		document["next"] = next
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(document); err != nil {
		return err
	}
	for line := range bytes.Lines(b.Bytes()) {
		if _, err := a.stdout.Write(append(report.EscapeJSON(line[:len(line)-1]), '\n')); err != nil {
			return err
		}
	}
	return nil
}

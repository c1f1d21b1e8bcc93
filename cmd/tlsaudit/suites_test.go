package main

import (
	"encoding/csv"
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"

	"tlsaudit/internal/tlsreg"
)

// A table stays within the width it was made for, but for names that fit into
// no column.
func TestSuitesTableWidth(t *testing.T) {
	for _, width := range []int{narrow, wide, wider, widest} {
		var b strings.Builder
		printTable(&b, suiteColumns, tlsreg.Suites(), width, true)
		lines := strings.Split(strings.TrimSuffix(b.String(), "\n"), "\n")
		if len(lines) != len(tlsreg.Suites())+1 {
			t.Errorf("%d lines for %d suites", len(lines), len(tlsreg.Suites()))
		}
		for i, line := range lines[1:] {
			s := tlsreg.Suites()[i]
			if n := utf8.RuneCountInString(line); n > width && len(s.Name) <= longName {
				t.Fatalf("%d columns at a width of %d: %s", n, width, line)
			}
			if !strings.Contains(line, s.Name) {
				t.Errorf("%s is cut: %s", s.Name, line)
			}
		}
	}
}

// CSV and JSON hold every column of every kind.
func TestSuitesFormats(t *testing.T) {
	var text strings.Builder
	if err := printCSV(&text, suiteColumns, tlsreg.Suites()); err != nil {
		t.Fatal(err)
	}
	records, err := csv.NewReader(strings.NewReader(text.String())).ReadAll()
	if err != nil || len(records) != len(tlsreg.Suites())+1 || len(records[0]) != len(suiteColumns) {
		t.Errorf("%d records of CSV, %v", len(records), err)
	}
	var out strings.Builder
	if err := printJSON(&out, schemeColumns, tlsreg.Schemes(), nil); err != nil {
		t.Fatal(err)
	}
	var list []map[string]any
	if err := json.Unmarshal([]byte(out.String()), &list); err != nil || len(list) != len(tlsreg.Schemes()) || len(list[0]) != len(schemeColumns) {
		t.Errorf("%d schemes in JSON, %v", len(list), err)
	}
	keys := map[string]bool{}
	for _, c := range suiteColumns {
		if keys[c.key] || c.key == "" || c.width > 0 && c.title == "" || c.value == nil {
			t.Errorf("column %+v is not well-formed", c.key)
		}
		keys[c.key] = true
	}
}

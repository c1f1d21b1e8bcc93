//go:build interop

package report

import (
	"bytes"
	"context"
	"encoding/csv"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"
)

// TestLibreOfficeReadsWorkbook has another program open the workbook and write
// every sheet as CSV, and compares each cell with what stands in the file. It
// fails, rather than passing by, where there is no such program.
func TestLibreOfficeReadsWorkbook(t *testing.T) {
	for name, workbook := range map[string][]byte{
		"full": write(t, Workbook, fullReport(), Options{}), "audit": write(t, Workbook, auditReport(), Options{}), "what-if": write(t, Workbook, fullReport(), Options{WhatIf: true}), "parts": inParts(t),
	} {
		t.Run(name, func(t *testing.T) {
			sheets := exported(t, workbook)
			compare(t, sheets, open(t, workbook))
			if name == "full" {
				literal(t, sheets)
			}
		})
	}
}

// inParts is a workbook whose sheets are split as if Excel had room for ten rows.
func inParts(t *testing.T) []byte {
	t.Helper()
	b := newBook(fullReport(), Options{})
	defer b.close()
	if err := b.open(); err != nil {
		t.Fatal(err)
	}
	for _, s := range b.tabs {
		s.limit = 10
	}
	var out bytes.Buffer
	if err := b.fill(); err != nil {
		t.Fatal(err)
	}
	if err := b.canonical(&out); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// exported are the rows of each sheet as LibreOffice reads them.
func exported(t *testing.T, workbook []byte) map[string][][]string {
	t.Helper()
	office, err := exec.LookPath("soffice")
	if err != nil {
		t.Fatalf("%v\nhint: install LibreOffice Calc (Debian: libreoffice-calc-nogui)", err)
	}
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "report.xlsx"), workbook, 0o600); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
	defer cancel()
	// 44 = comma, 34 = quote, 76 = UTF-8, "false,true" = not as shown but with
	// formats (dates become ISO dates, so they are dates), -1 = every sheet into a file of its own.
	command := exec.CommandContext(ctx, office, "-env:UserInstallation=file://"+filepath.Join(dir, "profile"), "--headless",
		"--convert-to", "csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,true,false,false,false,-1", "--outdir", dir, filepath.Join(dir, "report.xlsx"))
	if out, err := command.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	files, err := filepath.Glob(filepath.Join(dir, "report-*.csv"))
	if err != nil {
		t.Fatal(err)
	}
	sheets := map[string][][]string{}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		rows := csv.NewReader(bytes.NewReader(text))
		rows.FieldsPerRecord = -1
		all, err := rows.ReadAll()
		if err != nil {
			t.Errorf("%s: %v", file, err)
		}
		sheets[strings.TrimSuffix(strings.TrimPrefix(filepath.Base(file), "report-"), ".csv")] = all
	}
	return sheets
}

// compare fails for each cell that is not what the workbook holds.
func compare(t *testing.T, sheets map[string][][]string, f *excelize.File) {
	t.Helper()
	names, cells := f.GetSheetList(), 0
	if len(sheets) != len(names) {
		t.Errorf("%d sheets, want %d", len(sheets), len(names))
	}
	for _, name := range names {
		got := sheets[name]
		want, err := f.GetRows(name, excelize.Options{RawCellValue: true})
		if err != nil || len(want) == 0 {
			t.Fatalf("%s: %d rows, %v", name, len(want), err)
		}
		for row := range max(len(got), len(want)) {
			for column := range max(width(got, row), width(want, row)) {
				is, ought := at(got, row, column), at(want, row, column)
				if ought != "" {
					cells++
				}
				if !sameCell(is, ought) {
					t.Errorf("%s, row %d, column %d: %q, want %q", name, row+1, column+1, is, ought)
				}
			}
		}
	}
	t.Logf("%d cells of %d sheets", cells, len(names))
	if cells < 200 {
		t.Errorf("%d cells compared", cells)
	}
}

func width(rows [][]string, row int) int {
	if row < len(rows) {
		return len(rows[row])
	}
	return 0
}

func at(rows [][]string, row, column int) string {
	if column < width(rows, row) {
		return rows[row][column]
	}
	return ""
}

// sameCell compares a cell as LibreOffice writes it with the raw value of it:
// a number is a number in either notation, and a date is the number of its day.
func sameCell(is, ought string) bool {
	if is == ought {
		return true
	}
	number, err := strconv.ParseFloat(ought, 64)
	if err != nil {
		return false
	}
	for _, layout := range []string{time.DateTime, "2006-01-02 15:04", time.DateOnly} {
		if day, err := time.Parse(layout, is); err == nil {
			return math.Abs(serial(day)-number) < 0.6/86400
		}
	}
	if share, ok := strings.CutSuffix(is, "%"); ok {
		percent, err := strconv.ParseFloat(share, 64)
		return err == nil && math.Abs(percent/100-number) < 0.0005
	}
	other, err := strconv.ParseFloat(is, 64)
	return err == nil && other == number
}

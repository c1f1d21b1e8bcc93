package report

import (
	"archive/zip"
	"bytes"
	"encoding/xml"
	"errors"
	"html"
	"io"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"
)

// TestWorkbookIsHarmless looks at the XML itself, not through the library that
// wrote it.
func TestWorkbookIsHarmless(t *testing.T) {
	workbook := write(t, Workbook, auditReport(), Options{})
	archive, err := zip.NewReader(bytes.NewReader(workbook), int64(len(workbook)))
	if err != nil {
		t.Fatal(err)
	}
	for _, member := range archive.File {
		r, err := member.Open()
		if err != nil {
			t.Fatal(err)
		}
		content, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		if i := strings.IndexFunc(string(content), harmful); i >= 0 {
			t.Errorf("%s: harmful character in %q", member.Name, content[max(0, i-40):i+10])
		}
		if member.Name == contentTypes {
			entries := contentType.FindAllString(string(content), -1)
			if !slices.IsSorted(entries) || len(slices.Compact(entries)) != len(entries) || strings.Count(string(content), "worksheet+xml") != len(sheetNames)+3 {
				t.Errorf("content types: %q", entries)
			}
		}
		harmless(t, member.Name, content)
		if member.Modified.Year() >= 1980 {
			t.Errorf("%s carries a time", member.Name)
		}
	}
	f := open(t, workbook)
	leadsSomewhere(t, f, workbook)
	cn := `CN==cmd|'/c calc'!A1 \x1b[2J\x1b]0;owned\x07 <script>alert(1)</script> \u202egpj.exe\u202c _x0041_ \x00\x9b1m\u200b\ufeff\u2028 "q" \x0a::error::x \xff |` + "`"
	if got, _ := f.GetCellValue("Certificates", "D2"); got != cn {
		t.Errorf("subject %q, want %q", got, cn)
	}
	for _, cell := range [][2]string{{"Endpoints", "B3"}, {"Matrix", "B3"}, {"Gateway", "I2"}, {"Gateway", "J2"}, {"Row impact", "A18"}, {"Waivers", "A3"}, {"Waivers", "F3"}, {"Waivers", "G3"},
		{"Waivers", "J3"}, {"Waivers", "O3"}, {"Conflicts", "A3"}, {"Conflicts", "D3"}, {"Not automated", "F5"}} {
		if got, _ := f.GetCellValue(cell[0], cell[1]); got != cn[3:] {
			t.Errorf("%s %q, want %q", cell, got, cn[3:])
		}
	}
	// Wherever else the text stands it stands whole, and it does on every sheet
	// that shows what peers and files say.
	seen := map[string]int{}
	for _, sheet := range f.GetSheetList() {
		for _, row := range rowsOf(t, f, sheet) {
			for _, cell := range row {
				if n := strings.Count(cell, "owned"); n > 0 {
					seen[sheet] += n
					// Snippets have lines of their own, and what would be a command to a
					// build server at the start of one is escaped there.
					if strings.Count(strings.NewReplacer("\n\\x3a:", `\x0a::`, "\n", `\x0a`).Replace(cell), cn[3:]) != n {
						t.Errorf("%s: %q", sheet, cell)
					}
				}
			}
		}
	}
	for _, sheet := range []string{"Scorecard", "Matrix", "Findings", "Remediation", "Gateway", "What-if", "Row impact", "Waivers", "Conflicts", "Endpoints", "Certificates", "Cipher inventory",
		"Ciphers", "Controls", "Inconclusive", "Evidence", "Changes", "Config files", "Drift", "Not automated", "Lists", "Cover", "Summary"} {
		if seen[sheet] == 0 {
			t.Errorf("%s: the hostile text is not on it", sheet)
		}
	}
}

var (
	ownRange  = regexp.MustCompile(`^'(Summary|Calendar)'!\$[A-Z]+\$\d+(:\$[A-Z]+\$\d+)?$`)
	ownPlace  = regexp.MustCompile(`^'([^'!]+)'!([A-Z]+)(\d+)$`)
	condition = regexp.MustCompile(`^("[^"]*"|-?\d+)$`)
)

// harmless fails if a part holds a formula, a link out of the workbook or a program.
// Charts, conditions and lists to choose from name cells and words of our own.
func harmless(t *testing.T, name string, content []byte) {
	t.Helper()
	if strings.Contains(strings.ToLower(name), "vba") || strings.Contains(name, "externalLink") {
		t.Errorf("the workbook has a part %s", name)
	}
	decoder := xml.NewDecoder(bytes.NewReader(content))
	var inside []string
	for {
		token, err := decoder.Token()
		if errors.Is(err, io.EOF) {
			return
		}
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		switch e := token.(type) {
		case xml.StartElement:
			inside = append(inside, e.Name.Local)
			switch e.Name.Local {
			case "externalReference", "oleObject", "control", "webPublishItem":
				t.Errorf("%s holds a <%s>", name, e.Name.Local)
			case "f":
				if !strings.HasPrefix(name, "xl/charts/") {
					t.Errorf("%s holds a <%s>", name, e.Name.Local)
				}
			}
			for _, a := range e.Attr {
				if a.Name.Local == "TargetMode" || e.Name.Local == "hyperlink" && a.Name.Local != "ref" && a.Name.Local != "location" || e.Name.Local == "hyperlink" && a.Name.Local == "location" && !ownPlace.MatchString(a.Value) {
					t.Errorf("%s: a link with %s=%q", name, a.Name.Local, a.Value)
				}
			}
		case xml.EndElement:
			inside = inside[:len(inside)-1]
		case xml.CharData:
			if text := string(e); len(inside) > 0 {
				switch inside[len(inside)-1] {
				case "f":
					if !ownRange.MatchString(text) {
						t.Errorf("%s: a chart of %q", name, text)
					}
				case "formula", "formula1", "formula2":
					if !condition.MatchString(text) && text != ownersName {
						t.Errorf("%s: a condition %q", name, text)
					}
				}
			}
		}
	}
}

// leadsSomewhere fails if a link leads to a row that is not there, and if there
// is a sheet no link leads to.
func leadsSomewhere(t *testing.T, f *excelize.File, workbook []byte) {
	t.Helper()
	rows, reached, links := map[string]int{}, map[string]bool{}, 0
	for _, sheet := range f.GetSheetList() {
		rows[sheet] = len(rowsOf(t, f, sheet))
	}
	for name, content := range membersOf(t, workbook) {
		if !strings.HasPrefix(name, "xl/worksheets/sheet") {
			continue
		}
		for _, found := range regexp.MustCompile(`<hyperlink ref="[A-Z]+(\d+)" location="'([^'!]+)'!([A-Z]+)(\d+)"`).FindAllStringSubmatch(html.UnescapeString(content), -1) {
			row, _ := strconv.Atoi(found[4])
			if row < 1 || row > rows[found[2]] {
				t.Errorf("%s: a link to row %d of %s, which has %d", name, row, found[2], rows[found[2]])
			}
			reached[found[2]] = true
			links++
		}
	}
	for sheet := range rows {
		if !reached[sheet] && sheet != coverName && sheet != summaryName {
			t.Errorf("no link leads to the sheet %s", sheet)
		}
	}
	if links < 100 {
		t.Errorf("%d links", links)
	}
}

// membersOf unpacks a workbook.
func membersOf(t *testing.T, workbook []byte) map[string]string {
	t.Helper()
	archive, err := zip.NewReader(bytes.NewReader(workbook), int64(len(workbook)))
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]string{}
	for _, member := range archive.File {
		r, err := member.Open()
		if err != nil {
			t.Fatal(err)
		}
		content, err := io.ReadAll(r) // checks the CRC too
		if err != nil {
			t.Fatalf("%s: %v", member.Name, err)
		}
		all[member.Name] = string(content)
	}
	return all
}

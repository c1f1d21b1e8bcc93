package report

import (
	"encoding/xml"
	"fmt"
	"html"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// bookElements are the parts of a worksheet in the order of ECMA-376 part 1, section
// 18.3.1.99: Excel offers to repair a sheet in which they stand otherwise.
var bookElements = strings.Fields(`sheetPr dimension sheetViews sheetFormatPr cols sheetData sheetCalcPr sheetProtection protectedRanges scenarios autoFilter sortState
	dataConsolidate customSheetViews mergeCells phoneticPr conditionalFormatting dataValidations hyperlinks printOptions pageMargins pageSetup headerFooter rowBreaks
	colBreaks customProperties cellWatches ignoredErrors smartTags drawing legacyDrawing legacyDrawingHF picture oleObjects controls webPublishItems tableParts extLst`)

// TestWorkbookNeedsNoRepair holds the parts against the rules of Excel that no
// other program insists on.
func TestWorkbookNeedsNoRepair(t *testing.T) {
	all := membersOf(t, write(t, Workbook, auditReport(), Options{}))
	styles, _ := strconv.Atoi(regexp.MustCompile(`<cellXfs count="(\d+)"`).FindStringSubmatch(all["xl/styles.xml"])[1])
	for name, text := range all {
		if strings.HasPrefix(name, "xl/worksheets/sheet") {
			inOrder(t, name, text, styles)
		}
	}
	names := map[string]bool{}
	for name, text := range all {
		if !strings.HasPrefix(name, "xl/tables/") {
			continue
		}
		var table struct {
			ID     int    `xml:"id,attr"`
			Name   string `xml:"displayName,attr"`
			Ref    string `xml:"ref,attr"`
			Filter struct {
				Ref string `xml:"ref,attr"`
			} `xml:"autoFilter"`
			Columns []struct {
				Name string `xml:"name,attr"`
			} `xml:"tableColumns>tableColumn"`
		}
		if err := xml.Unmarshal([]byte(text), &table); err != nil {
			t.Fatal(err)
		}
		id := fmt.Sprint(table.ID)
		if names[id] || names[strings.ToLower(table.Name)] || !regexp.MustCompile(`^[A-Za-z][A-Za-z0-9]*$`).MatchString(table.Name) {
			t.Errorf("%s: a table %d, %q", name, table.ID, table.Name)
		}
		names[id], names[strings.ToLower(table.Name)] = true, true
		last := letters(len(table.Columns))[len(table.Columns)-1]
		if !regexp.MustCompile(`^A1:`+last+`\d+$`).MatchString(table.Ref) || table.Filter.Ref != table.Ref {
			t.Errorf("%s: %d columns in %s, filtered in %s", name, len(table.Columns), table.Ref, table.Filter.Ref)
		}
		seen := map[string]bool{}
		for _, c := range table.Columns {
			if title := strings.ToLower(c.Name); seen[title] || title == "" {
				t.Errorf("%s: a column %q", name, c.Name)
			} else {
				seen[title] = true
			}
		}
	}
	if len(names) != 2*(len(sheetNames)+3-len(papers)) {
		t.Errorf("%d tables", len(names)/2)
	}
}

func inOrder(t *testing.T, name, text string, styles int) {
	t.Helper()
	var sheet struct {
		Parts []struct {
			XMLName xml.Name
			Rows    []struct {
				Number int     `xml:"r,attr"`
				Height float64 `xml:"ht,attr"`
				Cells  []struct {
					Ref   string `xml:"r,attr"`
					Style int    `xml:"s,attr"`
					Type  string `xml:"t,attr"`
					Value string `xml:"v"`
					Text  string `xml:"is>t"`
				} `xml:"c"`
			} `xml:"row"`
			Links []struct {
				Ref string `xml:"ref,attr"`
			} `xml:"hyperlink"`
		} `xml:",any"`
	}
	if err := xml.Unmarshal([]byte(text), &sheet); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	before, linked := -1, map[string]bool{}
	for _, p := range sheet.Parts {
		at := slices.Index(bookElements, p.XMLName.Local)
		if at < before || at < 0 || at == before && p.XMLName.Local != "conditionalFormatting" {
			t.Errorf("%s: <%s> behind <%s>", name, p.XMLName.Local, bookElements[before])
		}
		before = at
		for i, row := range p.Rows {
			if row.Number < 1 || i > 0 && row.Number <= p.Rows[i-1].Number || row.Height > 409 {
				t.Errorf("%s: row %d, %v points high", name, row.Number, row.Height)
			}
			column := ""
			for _, c := range row.Cells {
				letters := strings.TrimRight(c.Ref, "0123456789")
				if c.Ref != fmt.Sprint(letters, row.Number) || len(letters) < len(column) || len(letters) == len(column) && letters <= column || c.Style >= styles {
					t.Errorf("%s: cell %s in row %d with style %d of %d", name, c.Ref, row.Number, c.Style, styles)
				}
				if c.Type == "" && c.Value != "" {
					if _, err := strconv.ParseFloat(c.Value, 64); err != nil {
						t.Errorf("%s: %s is no number: %q", name, c.Ref, c.Value)
					}
				}
				if units := len([]rune(html.UnescapeString(c.Text))); units > 32_767 || strings.Count(c.Text, "\n") > 253 {
					t.Errorf("%s: %s has %d characters", name, c.Ref, units)
				}
				column = letters
			}
		}
		for _, l := range p.Links {
			if linked[l.Ref] {
				t.Errorf("%s: two links in %s", name, l.Ref)
			}
			linked[l.Ref] = true
		}
	}
}

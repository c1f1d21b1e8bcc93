package report

import (
	"strings"
	"testing"
)

// TestNotices: what a reader has to know about a run is in every format, as
// text that does no harm.
func TestNotices(t *testing.T) {
	r := zooReport()
	r.Notices = []string{"pci-dss-4.0.1 spoke about no endpoint of this run\x1b[2J"}
	data := write(t, JSON, r, Options{})
	validate(t, data)
	if !strings.Contains(string(data), `"notices": ["pci-dss-4.0.1 spoke about no endpoint`) {
		t.Errorf("the notice is not in the JSON report: %.2000s", data)
	}
	table := string(write(t, Table, r, Options{}))
	if !strings.Contains(table, "NOTE: pci-dss-4.0.1 spoke about no endpoint of this run") || strings.ContainsRune(table, '\x1b') {
		t.Errorf("the notice is not in the table, or not cleaned: %.2000s", table)
	}
	var cells []string
	for _, row := range rowsOf(t, open(t, write(t, Workbook, r, Options{})), "Summary") {
		cells = append(cells, strings.Join(row, "|"))
	}
	if sheet := strings.Join(cells, "\n"); !strings.Contains(sheet, "NOTE: pci-dss-4.0.1 spoke about no endpoint") || strings.ContainsRune(sheet, '\x1b') {
		t.Errorf("the notice is not in the workbook, or not cleaned: %.2000s", sheet)
	}
	r.Notices = nil
	if strings.Contains(string(write(t, JSON, r, Options{})), `"notices"`) || strings.Contains(string(write(t, Table, r, Options{})), "NOTE:") {
		t.Error("notices where there are none")
	}
}

package report

import (
	"bufio"
	"fmt"
	"io"
	"slices"
	"strings"

	"tlsaudit/audit"
)

// Markdown is a summary for the page of a job: the verdict, how much of the
// world it covers, the worst findings, how to repair them, what could not be
// decided, what is waived and what changed. Tables are those of GitHub Flavored
// Markdown, with a header row, and read well where there are none.
//
// Foreign text is shown and never acted upon, see markdownText. The document
// stays below 1 MiB, where GitHub would drop it; whatever is left out, for that
// or for Options.Limit, is counted.
var Markdown = Format{Name: "markdown", Ext: ".md", Type: "text/markdown; charset=utf-8", Title: "a summary in Markdown, for the page of a job", Write: writeMarkdown}

// The bounds of the document: bytes in all, and what they leave for the last
// lines; rows of a section; bytes of a text in a row.
const (
	markdownLimit   = 1_000_000
	markdownReserve = 8_000
	markdownRows    = 100
	markdownLong    = 600
	markdownShort   = 200
)

// markdown is the state of one document being written.
type markdown struct {
	w    *bufio.Writer
	room int // bytes left
	cut  int // blocks there was no room for

	report  *audit.Report
	options Options
	seen    markdownSeen
}

func writeMarkdown(w io.Writer, r *audit.Report, o Options) error {
	m := &markdown{w: bufio.NewWriter(w), room: markdownLimit - markdownReserve, report: r, options: o}
	if err := m.read(); err != nil {
		return err
	}
	m.heading()
	m.findings()
	m.remedies()
	m.undecided()
	m.changes()
	m.waived()
	m.waivers()
	m.people()
	m.about()
	if m.cut > 0 {
		m.room = markdownReserve
		m.block(fmt.Sprintf("\n**Cut: %s left out, for the document must stay below 1 MiB. The json and xlsx reports hold them.**\n", plural(m.cut, "row or block was", "rows and blocks were")))
	}
	if text := incompleteText(r); text != "" {
		m.room = max(m.room, markdownReserve)
		m.block("\n> **" + markdownText(text, markdownLong) + "**\n")
	}
	return m.w.Flush()
}

// block writes text as a whole or, if there is no room, not at all.
func (m *markdown) block(s string) bool {
	if len(s) > m.room {
		m.cut++
		return false
	}
	m.room -= len(s)
	_, _ = m.w.WriteString(s)
	return true
}

// table writes a section with a table, and below it how many rows more there
// are. Cells are Markdown already.
func (m *markdown) table(title string, header []string, rows [][]string, more int) {
	if len(rows) == 0 {
		return
	}
	head := "\n## " + title + "\n\n" + markdownRow(header) + strings.Repeat("| --- ", len(header)) + "|\n"
	if !m.block(head) {
		m.cut += len(rows) - 1
		return
	}
	for _, row := range rows {
		m.block(markdownRow(row))
	}
	if more > 0 {
		m.block(fmt.Sprintf("\n%d more are not shown; the json and xlsx reports hold them.\n", more))
	}
}

func markdownRow(cells []string) string { return "| " + strings.Join(cells, " | ") + " |\n" }

// heading says what came of it, above all else.
func (m *markdown) heading() {
	r := m.report
	m.block("# TLS audit: " + overall(r) + "\n\n")
	if text := incompleteText(r); text != "" {
		m.block("> **" + markdownText(text, markdownLong) + "**\n\n")
	}
	for _, line := range summaryLines(&audit.Report{Complete: true, Summary: r.Summary, Baseline: r.Baseline, Changes: r.Changes}, m.seen.openRows) {
		m.block("- " + markdownText(line, markdownLong) + "\n")
	}
	for _, n := range r.Notices {
		m.block("- **NOTE:** " + markdownText(n, markdownLong) + "\n")
	}
	var rows [][]string
	for _, p := range r.Summary.Profiles {
		row := []string{markdownCode(p.Profile, markdownShort)}
		for _, n := range []int{p.Fail, p.Unknown, p.Warn, p.Waived, p.Pass, p.NotApplicable} { // as allVerdicts
			row = append(row, fmt.Sprint(n))
		}
		rows = append(rows, row)
	}
	m.table("Endpoints by profile", []string{"Profile", "Fail", "Unknown", "Warn", "Waived", "Pass", "Not applicable"}, rows, 0)
}

// overall is the verdict on the whole, in capitals. What is waived or unknown
// is no pass, and neither is a report that found nothing to judge.
func overall(r *audit.Report) string {
	s := &r.Summary
	switch {
	case s.Fail > 0:
		return "FAIL"
	case !r.Complete:
		return "INCOMPLETE"
	case s.Unknown+s.UnknownFindings > 0:
		return "UNKNOWN"
	case s.Warn > 0:
		return "WARN"
	case s.Waived > 0:
		return "WAIVED"
	case s.Pass > 0:
		return "PASS"
	}
	return "NOTHING WAS JUDGED"
}

// wanted reports whether the reader asked for findings with a verdict.
func (m *markdown) wanted(v audit.Verdict) bool {
	return len(m.options.Only) == 0 || slices.Contains(m.options.Only, v)
}

package report

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/xuri/excelize/v2"

	"tlsaudit/audit"
)

const (
	summaryName = "Summary"
	topRules    = 15
)

// summaryWidths are the columns of the summary, in characters.
var summaryWidths = []float64{30, 46, 24, 11, 11, 11, 28}

// openSummary creates the first sheet. Its rows are written last, when all
// findings have passed by.
func (b *book) openSummary() (*excelize.StreamWriter, error) {
	if err := b.SetSheetName("Sheet1", summaryName); err != nil {
		return nil, fmt.Errorf("sheet %s: %w", summaryName, err)
	}
	if err := b.page(summaryName, 0, 0); err != nil {
		return nil, err
	}
	off := false
	if err := b.SetSheetView(summaryName, 0, &excelize.ViewOptions{ShowGridLines: &off}); err != nil {
		return nil, fmt.Errorf("sheet %s: %w", summaryName, err)
	}
	s, err := b.NewStreamWriter(summaryName)
	if err != nil {
		return nil, fmt.Errorf("sheet %s: %w", summaryName, err)
	}
	for i, w := range summaryWidths {
		if err := s.SetColWidth(i+1, i+1, w); err != nil {
			return nil, fmt.Errorf("sheet %s: %w", summaryName, err)
		}
	}
	return s, nil
}

// page1 writes the rows of the summary and keeps the first error.
type page1 struct {
	*book
	row int
	err error
}

func (p *page1) cells(height float64, cells ...any) {
	p.row++
	if p.err != nil {
		return
	}
	p.err = p.summary.SetRow(fmt.Sprintf("A%d", p.row), cells, excelize.RowOpts{Height: height})
}

func (p *page1) merge(from, to string) {
	if p.err == nil {
		p.err = p.summary.MergeCell(fmt.Sprintf("%s%d", from, p.row), fmt.Sprintf("%s%d", to, p.row))
	}
}

func styled(style int, value any) excelize.Cell {
	return excelize.Cell{StyleID: style, Value: cellValue(value)}
}

// banner is one text over the whole width.
func (p *page1) banner(style int, height float64, text string) {
	cells := []any{styled(style, text)}
	for len(cells) < len(summaryWidths) {
		cells = append(cells, styled(style, nil))
	}
	p.cells(height, cells...)
	p.merge("A", "G")
}

func (p *page1) section(title string) {
	p.cells(0)
	p.banner(p.styles.section, 22, title)
}

// fact is a label and a value.
func (p *page1) fact(label string, style int, value any) {
	p.cells(0, styled(p.styles.label, label), styled(style, value))
}

// line is a row of a small table; head styles it as its header.
func (p *page1) line(style int, values ...any) {
	cells, high := make([]any, len(values)), 1
	for i, v := range values {
		cell := styled(style, v)
		cells[i], high = cell, max(high, linesIn(cell.Value, summaryWidths[i]))
	}
	p.cells(rowHeight(high), cells...)
}

func (b *book) writeSummary() error {
	p := &page1{book: b}
	r, s := b.report, &b.report.Summary
	p.banner(b.styles.title, 38, b.title())
	if r.Complete {
		p.banner(b.styles.complete, 24, "COMPLETE: every endpoint was scanned to the end and every automated rule was decided.")
	} else {
		p.banner(b.styles.incomplete, 40, "INCOMPLETE: "+cmp.Or(r.Incomplete, "not every endpoint could be judged")+". What is not listed is not thereby in order; "+b.hint())
	}

	for _, n := range r.Notices {
		p.banner(b.styles.incomplete, 40, "NOTE: "+n)
	}

	p.section("Scope and coverage")
	p.fact("Endpoints", b.styles.count, s.Subjects)
	p.fact("   judged in full", b.styles.count, s.Judged)
	p.fact("   not judged in full", b.styles.count, s.Unknown)
	p.fact("Coverage", b.styles.value, percent(s.Judged, s.Subjects))
	if s.Rows > 0 {
		p.fact("Rows of the gateway table", b.styles.count, s.Rows)
	}
	if s.Files > 0 {
		p.fact("Configuration files", b.styles.count, s.Files)
		p.fact("Listeners and clients in them", b.styles.count, s.Listeners)
	}
	if !b.whatIf {
		manual, off := byKind(r.Unautomated)
		p.fact("Protocols", b.styles.wrapped, b.protocols())
		p.fact("Rules for a person to judge", b.styles.count, manual)
		p.fact("Rules switched off", b.styles.count, off)
		p.fact("Scan began (UTC)", b.styles.when, b.tally.from)
		p.fact("Scan ended (UTC)", b.styles.when, b.tally.to)
	}
	p.fact("Judged as of (UTC)", b.styles.when, r.Now)
	p.fact("Report made (UTC)", b.styles.when, r.Generated)
	p.fact("Made by", b.styles.value, r.Tool.Name+" "+r.Tool.Version)
	p.fact("Connections opened", b.styles.count, s.Connections)

	p.section("Judged against")
	p.line(b.styles.head, "Policy or profile", "Title, and how sure it is", "Version", "SHA-256", nil, nil, nil)
	for _, ref := range r.Policies {
		about := lines{ref.Title}
		if ref.Confidence != "" {
			about = append(about, "confidence: "+ref.Confidence)
		}
		title, version := styled(b.styles.wrapped, about), styled(b.styles.wrapped, ref.Version)
		high := max(linesIn(title.Value, summaryWidths[1]), linesIn(version.Value, summaryWidths[2]))
		fine := styled(b.styles.fine, nil)
		p.cells(rowHeight(high), styled(b.styles.label, ref.ID), title, version, styled(b.styles.fine, ref.SHA256), fine, fine, fine)
		p.merge("D", "G")
	}

	if b.whatIf {
		p.whatIf()
		p.guide()
		return p.finish(0, 0)
	}
	first := p.row + 3
	p.section("Result")
	p.line(b.styles.head, "Verdict", "Meaning", "Findings")
	for _, v := range allVerdicts {
		p.cells(0, styled(b.styles.cell[verdict], verdictLabel(v)), styled(b.styles.wrapped, meaning[v]), styled(b.styles.count, findingsOf(s, v)))
	}
	p.cells(0)
	p.line(b.styles.head, "Failed, by severity", nil, "Findings")
	for g := int(audit.Critical); g >= int(audit.Info); g-- {
		name := audit.Severity(g).String()
		p.cells(0, styled(b.styles.cell[verdict], name), styled(b.styles.value, nil), styled(b.styles.count, s.FailBySeverity[name]))
	}
	last := p.row

	p.byProfile()
	p.exceptions()
	if b.tally.peers.peers > 0 {
		p.whatIf()
	}
	p.section("Rules broken most")
	p.line(b.styles.head, "Profile", "Rule", "Control", "Fail", "Warn", "Unknown")
	worst := b.tally.worst(topRules)
	for _, t := range worst {
		p.line(b.styles.wrapped, t.profile, t.rule, t.control, t.fail, t.warn, t.unknown)
	}
	if len(worst) == 0 {
		p.line(b.styles.wrapped, "none", nil, nil, nil, nil, nil)
	}

	p.guide()
	p.section("Sign-off")
	for _, who := range []string{"Prepared by, date", "Reviewed by, date"} {
		p.cells(26, styled(b.styles.label, who), styled(b.styles.blank, nil))
	}
	return p.finish(first, last)
}

// guide lists the sheets there are.
func (p *page1) guide() {
	p.section("What the sheets hold")
	for _, sheet := range p.tabs {
		if sheet.started() {
			p.cells(0, styled(p.styles.label, sheet.name), styled(p.styles.value, guide[sheet.name]))
		}
	}
}

// finish colours the verdicts between two rows and ends the sheet.
func (p *page1) finish(first, last int) error {
	if p.err != nil {
		return p.err
	}
	if first > 0 {
		if err := p.SetConditionalFormat(summaryName, fmt.Sprintf("A%d:A%d", first, last), p.styles.tags); err != nil {
			return err
		}
	}
	return p.summary.Flush()
}

// title is the name of the document.
func (b *book) title() string {
	if b.whatIf {
		return "TLS what-if report"
	}
	return "TLS compliance report"
}

// hint says where in the workbook the gaps are told.
func (b *book) hint() string {
	if b.whatIf {
		return "what could not be told says unknown."
	}
	return "see the sheet Not judged."
}

// byKind counts the rules for a person and those the policy switched off.
func byKind(rules []audit.Unautomated) (manual, off int) {
	for _, u := range rules {
		if u.Disabled {
			off++
		} else {
			manual++
		}
	}
	return manual, off
}

// meaning is the legend of the verdicts.
var meaning = map[audit.Verdict]string{
	audit.Fail:          "a must or must not is broken",
	audit.Unknown:       "could not be decided; never to be read as a pass",
	audit.Warn:          "a should is broken, or a must holds but barely",
	audit.Waived:        "broken, and accepted in the policy for a time",
	audit.Pass:          "decided on complete evidence, and in order",
	audit.NotApplicable: "the rule does not speak about this endpoint",
}

func findingsOf(s *audit.Summary, v audit.Verdict) int {
	return map[audit.Verdict]int{audit.Fail: s.Fail, audit.Unknown: s.UnknownFindings, audit.Warn: s.Warn,
		audit.Waived: s.Waived, audit.Pass: s.Pass, audit.NotApplicable: s.NotApplicable}[v]
}

func (b *book) protocols() string {
	var parts []string
	for _, name := range slices.Sorted(maps.Keys(b.tally.protocols)) {
		parts = append(parts, fmt.Sprintf("%s %d", name, b.tally.protocols[name]))
	}
	return strings.Join(parts, ", ")
}

// percent rounds down: 100 % means all.
func percent(part, whole int) string {
	if whole == 0 {
		return "nothing was audited"
	}
	return fmt.Sprintf("%d %%", part*100/whole)
}

package report

import (
	"fmt"
	"strings"

	"github.com/olekukonko/tablewriter"
	"github.com/olekukonko/tablewriter/renderer"
	"github.com/olekukonko/tablewriter/tw"

	"tlsaudit/audit"
)

// endpoint prints the findings of one subject under its name, as far as the
// limit allows, and takes note of its remedies in any case.
func (t *terminal) endpoint(record *audit.Record) error {
	var tally [len(allVerdicts)]int
	var show []audit.Finding
	for _, f := range record.Findings {
		tally[rank(f.Verdict)]++
		if t.verbose || f.Verdict != audit.Pass && f.Verdict != audit.NotApplicable {
			show = append(show, f)
		}
		if f.Verdict == audit.Fail || f.Verdict == audit.Warn {
			t.remedies.add(&f)
		}
	}
	switch {
	case len(show) > 0:
	case tally[rank(audit.Pass)] == 0:
		t.hidden.silent++
		return nil
	default:
		t.hidden.clean++
		return nil
	}
	rows := fold(show)
	if t.limit >= 0 {
		if len(rows) > t.limit {
			t.hidden.endpoints++
			for _, r := range rows[t.limit:] {
				t.hidden.findings[rank(r.first.Verdict)] += r.count
			}
			rows = rows[:t.limit]
		}
		t.limit -= len(rows)
	}
	if len(rows) == 0 {
		return nil
	}
	_, _ = fmt.Fprintln(t)
	for i, l := range wrap(Clean(record.Evidence.Subject), t.width) {
		if i > 0 {
			l = "  " + l
		}
		_, _ = fmt.Fprintln(t, t.paint(bold, l))
	}
	if about := about(record); about != "" {
		t.line("  ", about)
	}
	t.line("  ", counts(tally[:]))
	return t.rows(rows)
}

// about says whose endpoint it is, from the inventory.
func about(record *audit.Record) string {
	o := observed(record)
	var parts []string
	for _, p := range []struct{ name, value string }{
		{"system ", o.Target.System}, {"owner ", o.Target.Owner}, {"environment ", o.Target.Environment}, {"product ", o.Target.Product}, {"", o.Target.Direction},
	} {
		if p.value != "" {
			parts = append(parts, p.name+clean(p.value, 60))
		}
	}
	if o.Target.Place != nil {
		parts = append(parts, clean(o.Target.Place.String(), 120))
	}
	return strings.Join(parts, ", ")
}

// row is one line of the table: a finding, or several unknown ones that have
// the same cause.
type row struct {
	first *audit.Finding
	count int
}

// fold joins unknown findings with the same message: an endpoint that cannot
// be reached is one thing to act on, not one for every rule.
func fold(findings []audit.Finding) []row {
	var rows []row
	at := map[string]int{}
	for i := range findings {
		f := &findings[i]
		if f.Verdict == audit.Unknown {
			if k, ok := at[f.Message]; ok {
				rows[k].count++
				continue
			}
			at[f.Message] = len(rows)
		}
		rows = append(rows, row{f, 1})
	}
	return rows
}

// narrow is the width below which the severity moves under the verdict, to
// leave room for the message.
const narrow = 100

// rows draws the table below the name of an endpoint. The columns are as wide
// for every endpoint, so that the tables read as one.
func (t *terminal) rows(rows []row) error {
	header, widths := []string{"VERDICT", "SEVERITY", "RULE", "MESSAGE"}, []int{len("verdict"), len("critical")}
	if t.width < narrow {
		header, widths = []string{"VERDICT", "RULE", "MESSAGE"}, []int{len("critical")}
	}
	free := t.width - 3*len(header) - 1 // borders and padding
	for _, w := range widths {
		free -= w
	}
	rule := min(free*2/5+2, 48)
	widths = append(widths, rule, free-rule)
	byColumn := tw.NewMapper[int, int]()
	for i, w := range widths {
		byColumn.Set(i, w+2)
	}
	table := tablewriter.NewTable(t,
		tablewriter.WithRenderer(renderer.NewBlueprint(tw.Rendition{Symbols: tw.NewSymbols(tw.StyleLight)})),
		tablewriter.WithEastAsian(tw.Off), // the locale must not change the report
		tablewriter.WithColumnWidths(byColumn),
		tablewriter.WithRowAutoWrap(tw.WrapNone), // wrapped below, where names may be split
		tablewriter.WithRowAlignment(tw.AlignLeft),
		tablewriter.WithHeaderAlignment(tw.AlignLeft),
		tablewriter.WithHeader(header),
	)
	for _, r := range rows {
		if err := table.Append(t.cells(r, rule, free-rule)); err != nil {
			return fmt.Errorf("table row: %w", err)
		}
	}
	if err := table.Render(); err != nil {
		return fmt.Errorf("table: %w", err)
	}
	return nil
}

// cells returns the wrapped cells of a row: the last two columns are rule and
// message columns wide.
func (t *terminal) cells(r row, rule, message int) []string {
	f := r.first
	cells := []string{t.paint(verdictColor(f.Verdict), verdictLabel(f.Verdict)), t.paint(severityColor(f.Severity), f.Severity.String())}
	if t.width < narrow {
		cells = []string{strings.Join(cells, "\n")}
	}
	return append(cells, strings.Join(t.names(r, rule), "\n"), strings.Join(wrap(clean(f.Message, 1000), message), "\n"))
}

// names says which rule of which profile was judged, and which clause or row of
// a table it stands for.
func (t *terminal) names(r row, width int) []string {
	f := r.first
	lines := []string{Clean(f.Profile + "/" + f.Rule)}
	if columns(lines[0]) > width {
		lines = append(wrap(Clean(f.Profile)+"/", width), wrap(Clean(f.Rule), width)...)
	}
	var more string
	switch {
	case r.count > 1:
		more = fmt.Sprintf("and %s", plural(r.count-1, "more rule", "more rules"))
	case f.Control != "" && f.Control != f.Rule:
		more = "(" + clean(f.Control, 200) + ")"
	default:
		return lines
	}
	if last := &lines[len(lines)-1]; columns(*last)+1+columns(more) <= width {
		*last += " " + t.paint(dim, more)
		return lines
	}
	return append(lines, t.each(dim, wrap(more, width))...)
}

// each paints every line of a cell apart: a colour must not cross a border.
func (p palette) each(code string, lines []string) []string {
	for i := range lines {
		lines[i] = p.paint(code, lines[i])
	}
	return lines
}

package report

import (
	"fmt"
	"strings"

	"tlsaudit/audit"
)

// subject prints the findings of one endpoint or row of the gateway's table
// under its name, as far as the limit allows, and takes note of its remedies in
// any case.
func (t *terminal) subject(record *audit.Record) error {
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
	case tally[rank(audit.Pass)] == 0 && !record.Evidence.Endpoint() && len(record.Findings) > 0:
		t.hidden.moot++
		return nil
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
			t.hidden.subjects++
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
	if c := record.Evidence.Connection; c != nil {
		t.connection(c)
	} else if isConfiguration(record) && len(record.Evidence.Declared) == 1 {
		if is := declared(&record.Evidence.Declared[0]); is != "" {
			t.line("  ", is)
		}
	} else if about := about(record); about != "" {
		t.line("  ", about)
	}
	text := counts(tally[:])
	if n := newOnes(record.Findings); n > 0 {
		text += fmt.Sprintf("; %d new", n)
	}
	t.line("  ", text)
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
	header, widths := []string{"VERDICT", "SEVERITY", "RULE", "MESSAGE"}, []int{len("waived (fail)"), len("critical")}
	if t.width < narrow {
		header, widths = []string{"VERDICT", "RULE", "MESSAGE"}, []int{len("critical")}
	}
	free := t.width - gridWidth(len(header))
	for _, w := range widths {
		free -= w
	}
	rule := min(free*2/5+2, 48)
	widths = append(widths, rule, free-rule)
	table := t.grid(header, widths)
	for _, r := range rows {
		if err := table.add(t.cells(r, rule, free-rule)); err != nil {
			return err
		}
	}
	return table.close()
}

// cells returns the wrapped cells of a row: the last two columns are rule and
// message columns wide.
func (t *terminal) cells(r row, rule, message int) []string {
	f := r.first
	severity := t.paint(severityColor(f.Severity), f.Severity.String())
	label := verdictText(f)
	cells := []string{t.paint(verdictColor(f.Verdict), label), severity}
	if t.width < narrow {
		label = strings.Join(t.each(verdictColor(f.Verdict), wrap(label, len("critical"))), "\n")
		cells = []string{label + "\n" + severity}
	}
	if word := statusWords[f.Status]; word != "" {
		cells[0] += "\n" + t.paint(bold, word)
	}
	text := wrap(clean(f.Message, 1000), message)
	if at := where(f); at != "" {
		text = append(text, t.each(dim, wrap(at, message))...)
	}
	for _, note := range notes(f) {
		text = append(text, t.each(dim, wrap(clean(note, 600), message))...)
	}
	return append(cells, strings.Join(t.names(r, rule), "\n"), strings.Join(text, "\n"))
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

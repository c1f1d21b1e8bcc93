package report

import (
	"fmt"
	"slices"
	"strings"

	"tlsaudit/audit"
	"tlsaudit/internal/grade"
)

// subject prints the findings of one endpoint or row of the gateway's table
// under its name, as far as the limit allows, and takes note of its remedies in
// any case.
func (t *terminal) subject(record *audit.Record) error {
	tally, show := t.chosen(record)
	listed := t.grades && record.Evidence.Endpoint() && len(t.only) == 0
	switch {
	case len(show) > 0 || listed && len(record.Findings) > 0:
	case len(t.only) > 0 && len(record.Findings) > 0:
		t.hidden.other++
		return nil
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
		if len(show) == 0 && t.limit == 0 { // a line about it is as much as a row
			t.hidden.clean++
			return nil
		}
		if len(rows) > t.limit {
			t.hidden.subjects++
			for _, r := range rows[t.limit:] {
				t.hidden.findings[rank(r.first.Verdict)] += r.count
			}
			rows = rows[:t.limit]
		}
		t.limit -= max(len(rows), 1)
		t.limit = max(t.limit, 0)
	}
	if len(rows) == 0 && len(show) > 0 {
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
	if t.grades && record.Evidence.Endpoint() {
		t.grade(record)
	}
	if len(rows) == 0 {
		return nil
	}
	return t.rows(rows)
}

// chosen are the findings of a record to be listed, and how many there are of
// each verdict. The remedies of what is listed are noted, shown or not.
func (t *terminal) chosen(record *audit.Record) (tally [len(allVerdicts)]int, show []audit.Finding) {
	for _, f := range record.Findings {
		tally[rank(f.Verdict)]++
		listed := t.verbose || f.Verdict != audit.Pass && f.Verdict != audit.NotApplicable
		if len(t.only) > 0 {
			listed = slices.Contains(t.only, f.Verdict)
		}
		if listed {
			show = append(show, f)
		}
		if listed && (f.Verdict == audit.Fail || f.Verdict == audit.Warn) {
			t.remedies.add(&f)
		}
	}
	return tally, show
}

// grade says which letter the endpoint has, and why not a better one.
func (t *terminal) grade(record *audit.Record) {
	g := grade.Of(record.Evidence.Observed, t.now)
	text := t.paint(bold+";"+gradeColor(g), "grade "+g.String())
	if g.Letter != grade.None {
		text += fmt.Sprintf(", score %d", g.Score)
	}
	if len(g.Caps) > 0 {
		text += ": " + strings.Join(g.Caps, "; ")
	}
	t.line("  ", text)
	if len(g.Open) > 0 {
		t.line("  ", t.paint(dim, "not known for the grade: "+strings.Join(g.Open, "; ")))
	}
}

func gradeColor(g grade.Grade) string {
	switch g.Letter {
	case "A", "A-":
		return green
	case "B", "C":
		return yellow
	case grade.None:
		return magenta
	}
	return red
}

// about says whose endpoint it is, from the inventory; its system stands above.
func about(record *audit.Record) string {
	o := observed(record)
	var parts []string
	for _, p := range []struct{ name, value string }{
		{"owner ", o.Target.Owner}, {"environment ", o.Target.Environment}, {"product ", o.Target.Product}, {"", o.Target.Direction},
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
	message := free - rule
	if t.wide {
		rule, message = t.natural(rows)
	}
	widths = append(widths, rule, message)
	table := t.grid(header, widths)
	for _, r := range rows {
		if err := table.add(t.cells(r, rule, message)); err != nil {
			return err
		}
	}
	return table.close()
}

// unbounded is wider than any text.
const unbounded = 1 << 20

// natural is how wide the columns of rule and message have to be to hold their
// text without a break.
func (t *terminal) natural(rows []row) (rule, message int) {
	plain := *t
	plain.palette = false
	widest := func(cell string) (n int) {
		for line := range strings.SplitSeq(cell, "\n") {
			n = max(n, columns(line))
		}
		return n
	}
	rule, message = len("RULE"), len("MESSAGE")
	for _, r := range rows {
		cells := plain.cells(r, unbounded, unbounded)
		rule, message = max(rule, widest(cells[len(cells)-2])), max(message, widest(cells[len(cells)-1]))
	}
	return rule, message
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
	text := wrap(clean(f.Message, t.longest(1000)), message)
	if at := where(f); at != "" {
		text = append(text, t.each(dim, wrap(at, message))...)
	}
	for _, note := range notes(f) {
		text = append(text, t.each(dim, wrap(clean(note, t.longest(600)), message))...)
	}
	return append(cells, strings.Join(t.names(r, rule), "\n"), strings.Join(text, "\n"))
}

// longest is how much of a text is shown, in bytes.
func (t *terminal) longest(usual int) int {
	if t.wide {
		return maxText
	}
	return usual
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

package report

import (
	"bufio"
	"cmp"
	"fmt"
	"io"
	"iter"
	"strings"
	"time"

	"tlsaudit/audit"
)

// Table is the document for a terminal: what must be acted on first comes
// first, system by system and endpoint by endpoint, then how to repair it, then how much of the
// world the report covers. Findings about the rows of a mail gateway's table
// stand together below those about endpoints.
var Table = Format{Name: "table", Ext: ".txt", Type: "text/plain; charset=utf-8", Title: "findings and remedies for a terminal", Write: writeTable}

// The defaults of Options.
const (
	defaultWidth = 80
	leastWidth   = 60
	greatWidth   = 200 // lines longer than this are hard to read
	defaultLimit = 500
)

// terminal is the state of one table being written.
type terminal struct {
	*bufio.Writer
	palette
	width   int
	wide    bool // rows are as wide as their text
	verbose bool
	whatIf  bool
	grades  bool
	only    []audit.Verdict // what to list; empty means what is usual
	limit   int             // rows left to print; negative means all
	now     time.Time       // of judgement

	seen     struct{ endpoints, rows, openRows, peers int }
	hidden   hidden
	remedies remedies
}

// hidden counts what was folded away.
type hidden struct {
	clean    int // subjects without anything to print
	silent   int // subjects nothing was found out about, not even a pass
	moot     int // rows no rule applies to, such as those switched off
	other    int // subjects without anything of what is to be listed
	subjects int // subjects beyond the limit
	findings [len(allVerdicts)]int
}

var allVerdicts = [...]audit.Verdict{audit.Fail, audit.Unknown, audit.Warn, audit.Waived, audit.Pass, audit.NotApplicable}

func writeTable(w io.Writer, r *audit.Report, o Options) error {
	t := &terminal{
		Writer: bufio.NewWriter(w), palette: palette(o.Color), verbose: o.Verbose, whatIf: o.WhatIf,
		wide: o.Wide, grades: o.Grades, only: o.Only, now: r.Now,
		width:    min(max(cmp.Or(o.Width, defaultWidth), leastWidth), greatWidth),
		limit:    cmp.Or(o.Limit, defaultLimit),
		remedies: remedies{limit: maxRemedies, subjects: maxRemedySubjects},
	}
	steps := []func(*audit.Report) error{t.changes, t.endpoints, t.configuration, t.gateway, t.repairs, t.peers, t.impact, t.matrix, t.policy, t.summary}
	if o.WhatIf {
		steps = []func(*audit.Report) error{t.peers, t.impact, t.coverage}
	}
	if o.Wide {
		t.width = greatWidth
	}
	t.heading(r)
	for _, step := range steps {
		if err := step(r); err != nil {
			return err
		}
	}
	return t.Flush()
}

// each calls f for every record and says what was read when that fails.
func each(records iter.Seq2[*audit.Record, error], f func(*audit.Record) error) error {
	for record, err := range records {
		if err != nil {
			return fmt.Errorf("reading the findings: %w", err)
		}
		if err := f(record); err != nil {
			return err
		}
	}
	return nil
}

// endpoints prints the findings about endpoints, and notes what else there is.
func (t *terminal) endpoints(r *audit.Report) error {
	limit, systems := t.limit, t.systems()
	err := each(r.Records.WorstFirst(), func(record *audit.Record) error {
		if record.Evidence.Connection != nil {
			t.seen.rows++
			if openRow(record) {
				t.seen.openRows++
			}
			return nil
		}
		if isConfiguration(record) {
			return nil
		}
		t.seen.endpoints++
		if record.WhatIf != nil {
			t.seen.peers++
		}
		return systems.add(record)
	})
	systems.print()
	t.folded("endpoint", "endpoints")
	t.limit = limit
	return err
}

func (t *terminal) repairs(*audit.Report) error {
	t.remedies.print(t)
	return nil
}

// line writes text wrapped to the width, below a prefix.
func (t *terminal) line(prefix, text string) {
	_, _ = t.WriteString(indent(prefix, wrap(text, t.width-columns(prefix))))
}

// section writes a title.
func (t *terminal) section(title string) {
	_, _ = fmt.Fprintf(t, "\n%s\n", t.paint(bold, title))
}

// heading says what was judged, by what, and as of when.
func (t *terminal) heading(r *audit.Report) {
	t.line("", Clean(fmt.Sprintf("%s %s, judged as of %s", r.Tool.Name, r.Tool.Version, stamp(r.Now))))
	for _, p := range r.Policies {
		text := strings.TrimSpace(p.ID + " " + p.Version)
		if p.Title != "" {
			text += ": " + p.Title
		}
		if len(p.SHA256) > 12 {
			text += " (sha256 " + p.SHA256[:12] + ")"
		}
		t.line("policy ", Clean(text))
	}
	t.incomplete(r)
	t.selection()
}

// selection says what the reader chose not to see.
func (t *terminal) selection() {
	if len(t.only) == 0 {
		return
	}
	var names []string
	for _, v := range t.only {
		names = append(names, v.String())
	}
	_, _ = fmt.Fprintln(t)
	t.line("", t.paint(bold, "ONLY "+strings.Join(names, ", ")+" is listed, and what to do about it; the counts are those of all findings."))
}

// incomplete says loudly that the report must not be read as a clean bill.
func (t *terminal) incomplete(r *audit.Report) {
	for _, n := range r.Notices {
		_, _ = fmt.Fprintln(t)
		for _, l := range wrap("NOTE: "+Clean(n), t.width) {
			_, _ = fmt.Fprintln(t, t.paint(bold, l))
		}
	}
	if r.Complete {
		return
	}
	_, _ = fmt.Fprintln(t)
	for _, l := range wrap(Clean(incompleteText(r)), t.width) {
		_, _ = fmt.Fprintln(t, t.paint(bold+";"+magenta, l))
	}
}

// folded accounts for every subject and finding that got no row, and forgets
// them.
func (t *terminal) folded(one, many string) {
	h := &t.hidden
	if h.subjects > 0 {
		_, _ = fmt.Fprintln(t)
		t.line("", t.paint(bold, fmt.Sprintf("NOT SHOWN: %s on %s. The json and xlsx reports hold all of them.",
			counts(h.findings[:]), plural(h.subjects, one, many))))
	}
	if h.other > 0 {
		_, _ = fmt.Fprintln(t)
		t.line("", fmt.Sprintf("%s with nothing of what is listed.", plural(h.other, one, many)))
	}
	if h.clean > 0 {
		_, _ = fmt.Fprintln(t)
		t.line("", fmt.Sprintf("%s with nothing to object to.", plural(h.clean, one, many)))
	}
	if h.moot > 0 {
		_, _ = fmt.Fprintln(t)
		t.line("", fmt.Sprintf("%s to which no rule applies.", plural(h.moot, one, many)))
	}
	if h.silent > 0 {
		_, _ = fmt.Fprintln(t)
		t.line("", t.paint(bold, fmt.Sprintf("%s NOT JUDGED: no rule in force speaks about %s.", plural(h.silent, one, many), map[bool]string{true: "it", false: "them"}[h.silent == 1])))
	}
	t.hidden = hidden{}
}

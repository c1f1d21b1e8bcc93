package report

import (
	"bufio"
	"cmp"
	"fmt"
	"io"
	"strings"

	"tlsaudit/audit"
)

// Table is the document for a terminal: what must be acted on first comes
// first, endpoint by endpoint, then how to repair it, then how much of the
// world the report covers.
var Table = Format{Name: "table", Ext: ".txt", Title: "findings and remedies for a terminal", Write: writeTable}

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
	verbose bool
	limit   int // rows left to print; negative means all

	hidden   hidden
	remedies remedies
}

// hidden counts what was folded away.
type hidden struct {
	clean     int // endpoints without anything to print
	silent    int // endpoints nothing was found out about, not even a pass
	endpoints int // endpoints beyond the limit
	findings  [len(allVerdicts)]int
}

var allVerdicts = [...]audit.Verdict{audit.Fail, audit.Unknown, audit.Warn, audit.Waived, audit.Pass, audit.NotApplicable}

func writeTable(w io.Writer, r *audit.Report, o Options) error {
	t := &terminal{
		Writer: bufio.NewWriter(w), palette: palette(o.Color), verbose: o.Verbose,
		width:    min(max(cmp.Or(o.Width, defaultWidth), leastWidth), greatWidth),
		limit:    cmp.Or(o.Limit, defaultLimit),
		remedies: remedies{limit: maxRemedies, subjects: maxRemedySubjects},
	}
	t.heading(r)
	for record, err := range r.Records.WorstFirst() {
		if err != nil {
			return fmt.Errorf("reading the findings: %w", err)
		}
		if err := t.endpoint(record); err != nil {
			return err
		}
	}
	t.folded()
	t.remedies.print(t)
	t.unautomated(r.Unautomated)
	t.summary(r)
	return t.Flush()
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
}

// incomplete says loudly that the report must not be read as a clean bill.
func (t *terminal) incomplete(r *audit.Report) {
	if r.Complete {
		return
	}
	_, _ = fmt.Fprintln(t)
	for _, l := range wrap("INCOMPLETE: "+Clean(cmp.Or(r.Incomplete, "not every target was scanned and judged"))+". What is not listed is not thereby in order.", t.width) {
		_, _ = fmt.Fprintln(t, t.paint(bold+";"+magenta, l))
	}
}

// folded accounts for every endpoint and finding that got no row.
func (t *terminal) folded() {
	h := &t.hidden
	if h.endpoints > 0 {
		_, _ = fmt.Fprintln(t)
		t.line("", t.paint(bold, fmt.Sprintf("NOT SHOWN: %s on %s. The json and xlsx reports hold all of them.",
			counts(h.findings[:]), plural(h.endpoints, "endpoint", "endpoints"))))
	}
	if h.clean > 0 {
		_, _ = fmt.Fprintln(t)
		t.line("", fmt.Sprintf("%s with nothing to object to.", plural(h.clean, "endpoint", "endpoints")))
	}
	if h.silent > 0 {
		_, _ = fmt.Fprintln(t)
		t.line("", t.paint(bold, fmt.Sprintf("%s NOT JUDGED: no rule in force speaks about such an endpoint.", plural(h.silent, "endpoint", "endpoints"))))
	}
}

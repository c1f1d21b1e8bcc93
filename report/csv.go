package report

import (
	"encoding/csv"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"tlsaudit/audit"
)

// CSV is one row per finding, ascending by subject and within a subject worst
// first, under a header whose names and order stay (new columns come last).
// Rows end with CR LF and fields are quoted as RFC 4180 says; those of remedies
// may have several lines. The last columns say on each row whether the report is
// complete; if it is not, the first row says why, with the verdict unknown and
// without a fingerprint.
//
// A spreadsheet takes some texts for formulas. They get a ' in front, which
// shows that they are text, unless Options.Raw is set. What Clean makes visible
// is visible either way.
var CSV = Format{Name: "csv", Ext: ".csv", Type: "text/csv; charset=utf-8", Title: "one row per finding, for spreadsheets", Write: writeCSV}

// csvRow is what a row is made of.
type csvRow struct {
	*audit.Finding
	target   *audit.Target
	place    audit.Place
	remedy   audit.Remedy
	waiver   audit.WaiverRef
	title    string
	complete bool
}

// csvSeveral are the columns whose fields may have several lines: configuration
// to be copied.
var csvSeveral = []string{"remedy", "remedy_apply", "remedy_verify", "remedy_rollback"}

var csvColumns = []struct {
	name string
	text func(*csvRow) string
}{
	{"fingerprint", func(r *csvRow) string { return r.Fingerprint }},
	{"subject", func(r *csvRow) string { return r.Subject }},
	{"host", func(r *csvRow) string { return r.target.Host }},
	{"port", func(r *csvRow) string { return known(int(r.target.Port)) }},
	{"protocol", func(r *csvRow) string { return r.target.Protocol }},
	{"system", func(r *csvRow) string { return r.target.System }},
	{"owner", func(r *csvRow) string { return r.target.Owner }},
	{"environment", func(r *csvRow) string { return r.target.Environment }},
	{"profile", func(r *csvRow) string { return r.Profile }},
	{"rule", func(r *csvRow) string { return r.Rule }},
	{"title", func(r *csvRow) string { return r.title }},
	{"control", func(r *csvRow) string { return r.Control }},
	{"check", func(r *csvRow) string { return r.Check }},
	{"level", func(r *csvRow) string { return string(r.Level) }},
	{"severity", func(r *csvRow) string { return r.Severity.String() }},
	{"verdict", func(r *csvRow) string { return r.Verdict.String() }},
	{"original_verdict", func(r *csvRow) string {
		if r.Verdict != audit.Waived || r.Waiver == nil {
			return ""
		}
		return r.waiver.Was.String()
	}},
	{"status", func(r *csvRow) string { return r.Status }},
	{"message", func(r *csvRow) string { return r.Message }},
	{"evidence", func(r *csvRow) string { return r.Evidence }},
	{"confidence", func(r *csvRow) string { return r.Confidence }},
	{"file", func(r *csvRow) string { return r.place.File }},
	{"line", func(r *csvRow) string { return known(r.place.Line) }},
	{"column", func(r *csvRow) string { return known(r.place.Col) }},
	{"remedy_product", func(r *csvRow) string { return r.remedy.Product }},
	{"remedy", func(r *csvRow) string { return r.remedy.Text }},
	{"remedy_apply", func(r *csvRow) string { return r.remedy.Apply }},
	{"remedy_verify", func(r *csvRow) string { return r.remedy.Verify }},
	{"remedy_rollback", func(r *csvRow) string { return r.remedy.Rollback }},
	{"remedy_confidence", func(r *csvRow) string { return r.remedy.Confidence }},
	{"remedy_proven", func(r *csvRow) string { return answered(r.Remedy != nil, r.remedy.Proven) }},
	{"waiver", func(r *csvRow) string { return r.waiver.ID }},
	{"waiver_expires", func(r *csvRow) string { return instant(r.waiver.Expires) }},
	{"waiver_expired", func(r *csvRow) string { return answered(r.Waiver != nil, r.waiver.Expired) }},
	{"waiver_reason", func(r *csvRow) string { return r.waiver.Reason }},
	{"waiver_owner", func(r *csvRow) string { return r.waiver.Owner }},
	{"waiver_approved_by", func(r *csvRow) string { return r.waiver.ApprovedBy }},
	{"waiver_ticket", func(r *csvRow) string { return r.waiver.Ticket }},
	{"report_complete", func(r *csvRow) string { return yesNo(r.complete) }},
}

func writeCSV(w io.Writer, r *audit.Report, o Options) error {
	c := csv.NewWriter(w)
	c.UseCRLF = true
	fields := make([]string, len(csvColumns))
	for i, column := range csvColumns {
		fields[i] = column.name
	}
	if err := c.Write(fields); err != nil {
		return err
	}
	titles := ruleTitles(r)
	add := func(f *audit.Finding, target *audit.Target) error {
		row := csvRow{Finding: f, target: target, title: titles[[2]string{f.Profile, f.Rule}], complete: r.Complete}
		if f.Place != nil {
			row.place = *f.Place
		} else if target.Place != nil {
			row.place = *target.Place
		}
		if f.Remedy != nil {
			row.remedy = *f.Remedy
		}
		if f.Waiver != nil {
			row.waiver = *f.Waiver
		}
		for i, column := range csvColumns {
			fields[i] = csvField(column.text(&row), slices.Contains(csvSeveral, column.name), o.Raw)
		}
		return c.Write(fields)
	}
	if !r.Complete {
		if err := add(&audit.Finding{Subject: "report", Message: incompleteText(r)}, &audit.Target{}); err != nil {
			return err
		}
	}
	err := each(r.Records.BySubject(), func(record *audit.Record) error {
		for i := range record.Findings {
			if err := add(&record.Findings[i], &observed(record).Target); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	c.Flush()
	return c.Error()
}

// csvField cleans a text, which may have several lines or has one, and takes
// from it, unless raw is set, what a spreadsheet starts a formula with.
func csvField(s string, several, raw bool) string {
	if several {
		s, _ = cellValue(split(s)).(string)
	} else {
		s = clean(s, maxCell)
	}
	if raw {
		return s
	}
	return inert(s)
}

// inert puts a ' before what a spreadsheet may take for the start of a formula:
// = + - @ and their full-width forms, where a field begins. That is not only its
// first character. A spreadsheet that is set to another list separator splits at
// semicolons and then at line ends too, whatever the quotes say; spaces it may
// skip.
func inert(s string) string {
	var b strings.Builder
	start := true
	for i, r := range s {
		switch r {
		case '=', '+', '-', '@', '\uff1d', '\uff0b', '\uff0d', '\uff20', '\t', '\r':
			if start {
				b.WriteByte('\'')
			}
			start = false
		case '\n', ';':
			if i == 0 && r == '\n' {
				b.WriteByte('\'')
			}
			start = true
		case ' ', '"':
		default:
			start = false
		}
		b.WriteRune(r)
	}
	return b.String()
}

// known leaves a field empty for a number that is not known.
func known(n int) string {
	if n == 0 {
		return ""
	}
	return strconv.Itoa(n)
}

// answered is empty where the question has no object.
func answered(asked, yes bool) string {
	if !asked {
		return ""
	}
	return yesNo(yes)
}

// instant is a time as RFC 3339 has it, in UTC; empty if it is not known.
func instant(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}

// ruleTitles are the titles of the rules, by profile and rule.
func ruleTitles(r *audit.Report) map[[2]string]string {
	titles := make(map[[2]string]string, len(r.Rules))
	for i := range r.Rules {
		titles[[2]string{r.Rules[i].Profile, r.Rules[i].Rule}] = r.Rules[i].Title
	}
	return titles
}

package report

import (
	"bufio"
	"fmt"
	"io"
	"strings"

	"tlsaudit/audit"
)

// GitHub is a list of workflow commands, which GitHub Actions reads from the
// output of a step and shows beside the lines of files: an error for each of the
// worst findings that fail, a warning for each of the worst that warn or could
// not be decided, and a notice that counts all. GitHub shows about ten of a kind
// per step, so no more are written unless Options.Limit says so; what is left
// out is counted. An incomplete report says so in its first warning.
var GitHub = Format{Name: "github", Ext: ".github.txt", Type: "text/plain; charset=utf-8", Title: "annotations for GitHub Actions", Write: writeGitHub}

const (
	githubLimit = 10 // annotations of a kind GitHub shows per step
	githubLines = 20 // of a remedy
)

func writeGitHub(w io.Writer, r *audit.Report, o Options) error {
	errs, warnings := newWorst(o.Limit, githubLimit), newWorst(o.Limit, githubLimit)
	if !r.Complete && warnings.limit > 1 {
		warnings.limit-- // the first is taken
	}
	openRows := 0
	err := each(r.Records.Findings(), func(record *audit.Record) error {
		if openRow(record) {
			openRows++
		}
		for i := range record.Findings {
			switch f := &record.Findings[i]; f.Verdict {
			case audit.Fail:
				errs.add(f)
			case audit.Warn, audit.Unknown:
				warnings.add(f)
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	g := &annotations{w: bufio.NewWriter(w), at: newLocator(r), titles: ruleTitles(r)}
	if !r.Complete {
		g.command("warning", location{}, "TLS audit is incomplete", incompleteText(r))
	}
	for i := range errs.list {
		g.finding("error", &errs.list[i])
	}
	for i := range warnings.list {
		g.finding("warning", &warnings.list[i])
	}
	g.command("notice", location{}, "TLS audit", summaryLines(r, openRows)...)
	if errs.more+warnings.more > 0 {
		g.command("notice", location{}, "TLS audit: more findings", fmt.Sprintf("%d more that fail and %d more that warn or could not be decided are not shown here; the other reports hold them.", errs.more, warnings.more))
	}
	return g.w.Flush()
}

// annotations writes workflow commands.
type annotations struct {
	w      *bufio.Writer
	at     *locator
	titles map[[2]string]string
}

func (g *annotations) finding(kind string, f *audit.Finding) {
	text := verdictLabel(f.Verdict) + " " + clean(f.Subject, 300) + ": " + clean(f.Message, 1000)
	for _, note := range notes(f) {
		text += " (" + clean(note, 500) + ")"
	}
	if f.Status != "" {
		text += " [" + f.Status + "]"
	}
	list := []string{text}
	if f.Remedy != nil && f.Remedy.Text != "" {
		list = append(list, "remedy ("+f.Remedy.Product+"):")
		remedy := split(f.Remedy.Text)
		list = append(list, remedy[:min(len(remedy), githubLines)]...)
	}
	title := f.Profile + " " + f.Rule + " (" + f.Severity.String() + ")"
	if name := g.titles[[2]string{f.Profile, f.Rule}]; name != "" {
		title += ": " + name
	}
	g.command(kind, g.at.of(f), title, list...)
}

// command writes one command on one line, which is what keeps text from being
// one itself: the runner takes what follows the second "::" for data.
func (g *annotations) command(kind string, at location, title string, lines ...string) {
	_, _ = g.w.WriteString("::" + kind + " ")
	if at.file != "" {
		_, _ = fmt.Fprintf(g.w, "file=%s,line=%d,", githubProperty(at.file), at.line)
		if at.col > 0 {
			_, _ = fmt.Fprintf(g.w, "col=%d,", at.col)
		}
	}
	_, _ = fmt.Fprintf(g.w, "title=%s::", githubProperty(clean(title, 200)))
	for i, line := range lines {
		_, _ = g.w.WriteString(map[bool]string{true: "%0A"}[i > 0] + githubData(Clean(line)))
	}
	_ = g.w.WriteByte('\n')
}

// githubData escapes the data of a command. The commands of older runners, which
// may stand anywhere in a line, are disarmed by Clean.
var githubData = strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A").Replace

// githubProperty escapes the value of a property.
var githubProperty = strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A", ":", "%3A", ",", "%2C").Replace

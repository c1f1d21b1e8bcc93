package report

import (
	"bufio"
	"encoding/xml"
	"fmt"
	"io"
	"strconv"
	"time"

	"tlsaudit/audit"
)

// JUnit is the report in the XML that continuous integration shows as tests: a
// suite for the run itself and one per subject, in them a case per rule. What
// passes is there too; what fails is a failure, what could not be decided an
// error, what is waived or does not apply is skipped with the reason, and a
// warning is a case that passes and says so in its output. The case of the run
// is an error if the report is incomplete.
//
// There is no one standard. Written is what Jenkins and GitLab both read: the
// elements of Ant, each in the order Ant has them, and the output of a case
// within it. The name of a case ends with its subject, for GitLab takes cases of
// the same class and name for one.
var JUnit = Format{Name: "junit", Ext: ".junit.xml", Type: "application/xml", Title: "JUnit XML, for test views", Write: writeJUnit}

// junitTotals are the attributes of a suite that count its cases.
type junitTotals struct{ tests, failures, errors, skipped int }

func (t *junitTotals) add(v audit.Verdict) {
	t.tests++
	switch v {
	case audit.Fail:
		t.failures++
	case audit.Waived, audit.NotApplicable:
		t.skipped++
	case audit.Pass, audit.Warn:
	default:
		t.errors++
	}
}

func (t *junitTotals) attributes() []string {
	return []string{"tests", strconv.Itoa(t.tests), "failures", strconv.Itoa(t.failures), "errors", strconv.Itoa(t.errors), "skipped", strconv.Itoa(t.skipped)}
}

func writeJUnit(w io.Writer, r *audit.Report, _ Options) error {
	run := junitTotals{tests: 1}
	if !r.Complete {
		run.errors = 1
	}
	all, openRows := run, 0
	err := each(r.Records.Findings(), func(record *audit.Record) error {
		if openRow(record) {
			openRows++
		}
		for i := range record.Findings {
			all.add(record.Findings[i].Verdict)
		}
		return nil
	})
	if err != nil {
		return err
	}
	j := &junit{w: bufio.NewWriter(w), titles: ruleTitles(r), generated: r.Generated}
	j.raw(xml.Header)
	j.open("testsuites", append([]string{"name", r.Tool.Name}, all.attributes()...)...)
	j.run(r, &run, openRows)
	if err := each(r.Records.BySubject(), func(record *audit.Record) error { j.suite(record); return j.err }); err != nil {
		return err
	}
	j.raw("</testsuites>\n")
	if j.err != nil {
		return j.err
	}
	return j.w.Flush()
}

// junit writes elements and keeps the first error.
type junit struct {
	w         *bufio.Writer
	err       error
	titles    map[[2]string]string
	generated time.Time
}

// run writes the suite of the run, whose properties say what judged what.
func (j *junit) run(r *audit.Report, totals *junitTotals, openRows int) {
	j.open("testsuite", append([]string{"name", "report", "time", "0.000", "timestamp", junitTime(r.Generated)}, totals.attributes()...)...)
	properties := [][2]string{{"tool", r.Tool.Name + " " + r.Tool.Version}, {"judged as of", stamp(r.Now)}, {"score", r.Summary.Score.String()}}
	for _, p := range r.Policies {
		properties = append(properties, [2]string{"policy " + p.ID, p.Version + " sha256 " + p.SHA256})
	}
	for _, s := range append(append([]audit.FileRef(nil), r.Sources...), r.WaiverFiles...) {
		properties = append(properties, [2]string{"source " + s.File, "sha256 " + s.SHA256})
	}
	if r.Origin != nil {
		properties = append(properties, [2]string{"host", r.Origin.Host}, [2]string{"operator", r.Origin.Operator})
	}
	j.properties(properties)
	j.open("testcase", "classname", "report", "name", "the report is complete", "time", "0.000")
	if text := incompleteText(r); text != "" {
		j.leaf("error", nil, "message", text, "type", "incomplete")
	}
	j.leaf("system-out", summaryLines(r, openRows))
	j.raw("</testcase>\n</testsuite>\n")
}

// suite writes all that was judged about one subject.
func (j *junit) suite(record *audit.Record) {
	var totals junitTotals
	for i := range record.Findings {
		totals.add(record.Findings[i].Verdict)
	}
	o := observed(record)
	began, seconds := o.Started, 0.0
	if began.IsZero() {
		began = j.generated
	} else if o.Finished.After(began) {
		seconds = o.Finished.Sub(began).Seconds()
	}
	j.open("testsuite", append([]string{"name", distinct(record.Evidence.Subject, junitName), "time", fmt.Sprintf("%.3f", seconds), "timestamp", junitTime(began)}, totals.attributes()...)...)
	t := &o.Target
	properties := [][2]string{{"system", t.System}, {"owner", t.Owner}, {"environment", t.Environment}, {"product", t.Product}}
	if record.Evidence.Endpoint() {
		properties = append(properties, [2]string{"reached", string(o.Reach)}, [2]string{"reason", o.Reason}, [2]string{"depth", o.Depth})
	}
	j.properties(properties)
	for i := range record.Findings {
		j.testcase(&record.Findings[i])
	}
	j.raw("</testsuite>\n")
}

package report

import (
	"encoding/xml"
	"fmt"
	"strconv"
	"strings"
	"time"

	"tlsaudit/audit"
)

// junitName is the longest name of a suite or a case in bytes.
const junitName = 1000

func (j *junit) testcase(f *audit.Finding) {
	name := f.Rule
	if title := j.titles[[2]string{f.Profile, f.Rule}]; title != "" {
		name += ": " + title
	}
	attributes := []string{"classname", distinct(f.Profile, junitName), "name", distinct(name+" ("+f.Subject+")", junitName), "time", "0.000"}
	if onFile(f.Place) {
		if file := relativePath(f.Place.File); file != "" {
			attributes = append(attributes, "file", file, "line", strconv.Itoa(f.Place.Line))
		}
	}
	j.open("testcase", attributes...)
	kind := verdictText(f) + " " + f.Severity.String()
	switch f.Verdict {
	case audit.Fail:
		j.leaf("failure", junitDetails(f), "message", f.Message, "type", kind)
	case audit.Waived:
		j.leaf("skipped", nil, "message", junitWaived(f))
	case audit.NotApplicable:
		j.leaf("skipped", nil, "message", "not applicable: "+f.Message)
	case audit.Pass, audit.Warn:
	default:
		j.leaf("error", junitDetails(f), "message", f.Message, "type", kind)
	}
	switch f.Verdict {
	case audit.Warn, audit.Waived:
		j.leaf("system-out", append([]string{kind + ": " + f.Message}, junitDetails(f)...))
	case audit.Pass:
		j.leaf("system-out", []string{f.Message})
	}
	j.raw("</testcase>\n")
}

// junitWaived is the reason why a finding is skipped.
func junitWaived(f *audit.Finding) string {
	if f.Waiver == nil {
		return "waived: " + f.Message
	}
	return waiverText(f.Waiver)
}

// junitDetails are what a message leaves unsaid, uncleaned, a line each.
func junitDetails(f *audit.Finding) []string {
	list := []string{"subject: " + f.Subject, "rule: " + f.Profile + "/" + f.Rule + " (" + string(f.Level) + "), control: " + f.Control}
	if f.Evidence != "" {
		list = append(list, "evidence: "+f.Evidence)
	}
	if f.Place != nil {
		list = append(list, "declared at: "+f.Place.String())
	}
	if f.Status != "" {
		list = append(list, "compared with the baseline: "+f.Status)
	}
	list = append(list, notes(f)...)
	if f.Remedy != nil {
		list = append(list, "remedy ("+f.Remedy.Product+"):")
		list = append(list, remedyText(f.Remedy)...)
	}
	return append(list, "fingerprint: "+f.Fingerprint)
}

// junitTime is a time in UTC as Ant wrote it, without a zone.
func junitTime(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05") }

func (j *junit) raw(s string) {
	if j.err == nil {
		_, j.err = j.w.WriteString(s)
	}
}

// text writes cleaned text with its markup escaped, so that what XML has no
// character for does not reach it.
func (j *junit) text(s string) {
	if j.err == nil {
		j.err = xml.EscapeText(j.w, []byte(s))
	}
}

// open writes a start tag with attributes given as name, value, and so on.
func (j *junit) open(element string, attributes ...string) {
	j.tag(element, attributes)
	j.raw(">\n")
}

func (j *junit) tag(element string, attributes []string) {
	j.raw("<" + element)
	for i := 0; i+1 < len(attributes); i += 2 {
		j.raw(" " + attributes[i] + `="`)
		j.text(Clean(attributes[i+1]))
		j.raw(`"`)
	}
}

// leaf writes an element with lines of text, or none.
func (j *junit) leaf(element string, content []string, attributes ...string) {
	j.tag(element, attributes)
	if len(content) == 0 {
		j.raw("/>\n")
		return
	}
	j.raw(">")
	for i, line := range content {
		if i > 0 {
			j.raw("\n")
		}
		j.text(Clean(strings.ReplaceAll(line, "\t", "    ")))
	}
	j.raw(fmt.Sprintf("</%s>\n", element))
}

// properties writes those that have a value; names may repeat.
func (j *junit) properties(list [][2]string) {
	opened := false
	for _, p := range list {
		if strings.TrimSpace(p[1]) == "" {
			continue
		}
		if !opened {
			j.raw("<properties>\n")
			opened = true
		}
		j.leaf("property", nil, "name", p[0], "value", p[1])
	}
	if opened {
		j.raw("</properties>\n")
	}
}

package report

import (
	"cmp"
	"fmt"
	"strings"
	"time"

	"tlsaudit/audit"
)

// verdictLabel is the verdict in at most seven letters, in capitals.
func verdictLabel(v audit.Verdict) string {
	if v == audit.NotApplicable {
		return "N/A"
	}
	return strings.ToUpper(v.String())
}

// verdictText is the label of a finding. One that is waived keeps the verdict it
// had: it is accepted for a time, not gone.
func verdictText(f *audit.Finding) string {
	if f.Verdict == audit.Waived && f.Waiver != nil {
		return verdictLabel(f.Verdict) + " (" + f.Waiver.Was.String() + ")"
	}
	return verdictLabel(f.Verdict)
}

// statusNew is Finding.Status of what the baseline does not have.
const statusNew = "new"

// newOnes counts the findings the baseline does not have.
func newOnes(findings []audit.Finding) int {
	n := 0
	for i := range findings {
		if findings[i].Status == statusNew {
			n++
		}
	}
	return n
}

// notes are the remarks that belong to the message of a finding, uncleaned: the
// waiver that speaks about it, and how little its profile is sure of the rule.
func notes(f *audit.Finding) []string {
	var list []string
	if f.Waiver != nil {
		list = append(list, waiverText(f.Waiver))
	}
	if f.Confidence == "medium" || f.Confidence == "low" {
		list = append(list, "the profile states this rule with "+f.Confidence+" confidence")
	}
	return list
}

// waiverText says what a waiver does to a finding.
func waiverText(w *audit.WaiverRef) string {
	text := fmt.Sprintf("waived (%s) by %s until %s", w.Was, w.ID, date10(w.Expires))
	if w.Expired {
		text = fmt.Sprintf("the waiver %s expired on %s", w.ID, date10(w.Expires))
	}
	if w.Reason != "" {
		text += ": " + w.Reason
	}
	return text
}

// quoted is the name of a row, cleaned, between quotes.
func quoted(name string) string { return `"` + clean(name, 120) + `"` }

// date10 is the day of a time in UTC: waivers end with a day.
func date10(t time.Time) string {
	if t.IsZero() {
		return "an unknown day"
	}
	return t.UTC().Format(time.DateOnly)
}

// rank is the index of a verdict in allVerdicts; what is none counts as unknown.
func rank(v audit.Verdict) int {
	for i, known := range allVerdicts {
		if known == v {
			return i
		}
	}
	return 1
}

// counts says "3 fail, 1 unknown" for numbers indexed as allVerdicts.
func counts(numbers []int) string {
	var parts []string
	for i, n := range numbers {
		if n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, strings.ReplaceAll(allVerdicts[i].String(), "-", " ")))
		}
	}
	return strings.Join(parts, ", ")
}

func plural(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}

// stamp writes a time for people. The zone is always said and always UTC.
func stamp(t time.Time) string {
	if t.IsZero() {
		return "unknown time"
	}
	return t.UTC().Format("2006-01-02 15:04 UTC")
}

// observed returns the observation of a record, and one that knows nothing if
// it has none, so that a gap in the evidence cannot take the report with it.
func observed(record *audit.Record) *audit.Observation {
	if record.Evidence.Observed == nil {
		return &audit.Observation{Reach: audit.ReachUnknown, Reason: "no observation was recorded"}
	}
	return record.Evidence.Observed
}

// incompleteText says, uncleaned, that the report must not be read as a clean
// bill, and why. It is empty for a complete one.
func incompleteText(r *audit.Report) string {
	if r.Complete {
		return ""
	}
	return "INCOMPLETE: " + cmp.Or(r.Incomplete, "not every target was scanned and judged") + ". What is not listed is not thereby in order."
}

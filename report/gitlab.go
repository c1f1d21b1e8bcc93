package report

import (
	"bufio"
	"cmp"
	"io"
	"strconv"

	"tlsaudit/audit"
)

// GitLab is a Code Quality report: a list of what fails, warns or could not be
// decided, each on the line of the inventory, the configuration file or the
// policy that is to blame. What is waived stays in the list as "info" with the
// verdict it had. The list is empty if there is nothing to object to; of an
// incomplete report the first entry says so.
//
// The severities are those of the findings, one to one, from info to blocker;
// what could not be decided is "major", for nobody knows.
var GitLab = Format{Name: "gitlab", Ext: ".codequality.json", Type: "application/json", Title: "GitLab Code Quality", Write: writeGitLab}

// gitlabSeverities are indexed by audit.Severity.
var gitlabSeverities = [...]string{audit.Info: "info", audit.Low: "minor", audit.Medium: "major", audit.High: "critical", audit.Critical: "blocker"}

// gitlabNowhere is the path of what no file names, such as an endpoint that was
// an argument: there has to be one.
const gitlabNowhere = "tlsaudit"

type gitlabIssue struct {
	Description string         `json:"description"`
	CheckName   string         `json:"check_name"`
	Fingerprint string         `json:"fingerprint"`
	Severity    string         `json:"severity"`
	Location    gitlabLocation `json:"location"`
}

// gitlabLocation has a path that is relative, without "./" in front.
type gitlabLocation struct {
	Path  string `json:"path"`
	Lines struct {
		Begin int `json:"begin"`
	} `json:"lines"`
}

func writeGitLab(w io.Writer, r *audit.Report, _ Options) error {
	j := &jsonWriter{w: bufio.NewWriter(w)}
	at := newLocator(r)
	j.text("[")
	issue := func(description, check, fingerprint, severity string, at location) {
		one := gitlabIssue{Description: Clean(description), CheckName: Clean(check), Fingerprint: fingerprint, Severity: severity}
		one.Location.Path, one.Location.Lines.Begin = cmp.Or(at.file, gitlabNowhere), max(at.line, 1)
		j.element(one)
	}
	if !r.Complete {
		issue(incompleteText(r), "tlsaudit/complete", audit.FindingFingerprint("tlsaudit", "complete", ""), gitlabSeverities[audit.Medium], at.first)
	}
	err := each(r.Records.Findings(), func(record *audit.Record) error {
		// Of two issues with one fingerprint GitLab shows the first alone. A
		// fingerprint names its subject, so others cannot have the same.
		seen := map[string]int{}
		for i := range record.Findings {
			f := &record.Findings[i]
			severity := gitlabSeverity(f)
			if severity == "" {
				continue
			}
			fingerprint := audit.FindingFingerprint(f.Profile, f.Rule, f.Subject)
			if seen[fingerprint]++; seen[fingerprint] > 1 {
				fingerprint += "-" + strconv.Itoa(seen[fingerprint])
			}
			issue(gitlabText(f), f.Profile+"/"+f.Rule, fingerprint, severity, at.of(f))
		}
		return j.err
	})
	if err != nil {
		return err
	}
	if j.count > 0 {
		j.text("\n")
	}
	return j.end("]\n")
}

// gitlabSeverity is empty for what is no issue.
func gitlabSeverity(f *audit.Finding) string {
	switch f.Verdict {
	case audit.Pass, audit.NotApplicable:
		return ""
	case audit.Waived:
		return gitlabSeverities[audit.Info]
	case audit.Fail, audit.Warn:
		if int(f.Severity) < len(gitlabSeverities) {
			return gitlabSeverities[f.Severity]
		}
	}
	return gitlabSeverities[audit.Medium]
}

// gitlabText is one line: the description is all GitLab shows.
func gitlabText(f *audit.Finding) string {
	text := verdictText(f) + " " + f.Subject + ": " + clean(f.Message, 1000)
	for _, note := range notes(f) {
		text += " (" + clean(note, 500) + ")"
	}
	if f.Remedy != nil && f.Remedy.Text != "" {
		text += ". Remedy (" + f.Remedy.Product + "): " + clean(f.Remedy.Text, 500)
	}
	return text
}

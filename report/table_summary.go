package report

import (
	"fmt"
	"strings"

	"tlsaudit/audit"
)

// unautomated tells how many rules of the profiles nobody has looked at.
func (t *terminal) unautomated(rules []audit.Unautomated) {
	if len(rules) == 0 {
		return
	}
	t.section("NOT AUTOMATED")
	var levels []string
	for _, level := range audit.Levels {
		n := 0
		for _, u := range rules {
			if u.Level == level {
				n++
			}
		}
		if n > 0 {
			levels = append(levels, fmt.Sprintf("%d %s", n, level))
		}
	}
	text := fmt.Sprintf("%s of the chosen profiles (%s) cannot be decided by this program and remain for a person.",
		plural(len(rules), "rule", "rules"), strings.Join(levels, ", "))
	if !t.verbose {
		t.line("", text+" List them with -v, or in the json and xlsx reports.")
		return
	}
	t.line("", text)
	for _, u := range rules {
		t.line("  ", Clean(fmt.Sprintf("%s/%s (%s): %s", u.Profile, u.Rule, u.Level, u.Reason)))
	}
}

// summary is the last word: coverage first, because counts mean nothing
// without it.
func (t *terminal) summary(r *audit.Report) {
	t.section("SUMMARY")
	t.line("", coverage(&r.Summary))
	t.line("", t.verdicts(&r.Summary))
	t.incomplete(r)
}

// coverage says how many endpoints the report speaks about.
func coverage(s *audit.Summary) string {
	return fmt.Sprintf("%s: %d judged, %d unknown.", plural(s.Subjects, "endpoint", "endpoints"), s.Judged, s.Unknown)
}

// verdicts counts findings. Numbers that call for action are painted.
func (t *terminal) verdicts(s *audit.Summary) string {
	part := func(n int, v audit.Verdict) string {
		text := fmt.Sprintf("%d %s", n, strings.ReplaceAll(v.String(), "-", " "))
		if n == 0 {
			return text
		}
		return t.paint(verdictColor(v), text)
	}
	fail := part(s.Fail, audit.Fail)
	var grades []string
	for g := audit.Critical; ; g-- {
		if n := s.FailBySeverity[g.String()]; n > 0 {
			grades = append(grades, fmt.Sprintf("%d %s", n, g))
		}
		if g == audit.Info {
			break
		}
	}
	if len(grades) > 0 {
		fail += " (" + strings.Join(grades, ", ") + ")"
	}
	return "Findings: " + strings.Join([]string{fail, part(s.Warn, audit.Warn), part(s.Pass, audit.Pass), part(s.Waived, audit.Waived),
		part(s.UnknownFindings, audit.Unknown), part(s.NotApplicable, audit.NotApplicable)}, ", ") + "."
}

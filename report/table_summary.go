package report

import (
	"fmt"
	"strings"

	"tlsaudit/audit"
)

// summary is the last word: coverage first, because counts mean nothing
// without it. What holds only what changed covers nothing, and has no score.
func (t *terminal) summary(r *audit.Report) error {
	s := &r.Summary
	t.section("SUMMARY")
	if !excerpted(r) {
		t.line("", coverage(s)+rows(s.Rows, t.seen.openRows)+files(s))
		t.line("", t.share(r))
	}
	t.line("", t.verdicts(s))
	if b := r.Baseline; b != nil {
		t.line("", Clean(baseline(b)))
	}
	for _, p := range s.Profiles {
		t.line("  ", Clean(p.Profile)+": "+inWords(&p)+".")
	}
	t.incomplete(r)
	return nil
}

// share says which part of the endpoints was judged, and the score. What is not
// known is rounded up: it is never less than it says.
func (t *terminal) share(r *audit.Report) string {
	s := &r.Summary
	text := "Coverage: nothing, there is no endpoint."
	part, whole, of := s.Unknown, s.Subjects, "endpoints judged"
	if whole == 0 { // then there are rows or files, if anything
		part, whole, of = s.UnknownFindings, s.Fail+s.Warn+s.Pass+s.Waived+s.UnknownFindings, "findings decided"
	}
	if whole > 0 {
		open := (part*1000 + whole - 1) / whole
		percent := func(tenths int) string { return fmt.Sprintf("%d.%d%%", tenths/10, tenths%10) }
		unknown := percent(open) + " unknown"
		if open > 0 {
			unknown = t.paint(bold+";"+magenta, unknown)
		}
		text = fmt.Sprintf("Coverage: %s of the %s, %s.", percent(1000-open), of, unknown)
	}
	score := s.Score.String() + "%"
	if s.Score.Of == 0 {
		score = "none, nothing was asked"
	}
	return text + " Score: " + score + "."
}

// coverage is the last word of a view that counts no findings.
func (t *terminal) coverage(r *audit.Report) error {
	_, _ = fmt.Fprintln(t)
	t.line("", coverage(&r.Summary))
	t.incomplete(r)
	return nil
}

// inWords counts the endpoints of one profile.
func inWords(p *audit.ProfileSummary) string {
	numbers := []int{p.Fail, p.Unknown, p.Warn, p.Waived, p.Pass, p.NotApplicable} // as allVerdicts
	total := 0
	for _, n := range numbers {
		total += n
	}
	return "of " + plural(total, "endpoint ", "endpoints ") + counts(numbers)
}

// baseline says what was compared with what, and what came of it.
func baseline(b *audit.BaselineRef) string {
	grades := severities(b.NewBySeverity)
	if b.NewWarn > 0 {
		grades = append(grades, fmt.Sprintf("%d warn", b.NewWarn))
	}
	text := fmt.Sprintf("Compared with %s of %s: %d new", b.File, stamp(b.Generated), b.New)
	if len(grades) > 0 {
		text += " (" + strings.Join(grades, ", ") + ")"
	}
	return text + fmt.Sprintf(", %d known, %d gone.", b.Known, b.Gone)
}

// severities says "1 critical, 4 high", worst first.
func severities(numbers map[string]int) []string {
	var parts []string
	for g := audit.Critical; ; g-- {
		if n := numbers[g.String()]; n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, g))
		}
		if g == audit.Info {
			return parts
		}
	}
}

// coverage says how many endpoints the report speaks about.
func coverage(s *audit.Summary) string {
	return fmt.Sprintf("%s: %d judged, %d unknown.", plural(s.Subjects, "endpoint", "endpoints"), s.Judged, s.Unknown)
}

// rows says how many rows of the gateway's table were judged; one with a rule
// that was not decided was not.
func rows(all, open int) string {
	switch {
	case all == 0:
		return ""
	case open == 0:
		return fmt.Sprintf(" Gateway table: %s judged.", plural(all, "row", "rows"))
	}
	return fmt.Sprintf(" Gateway table: %d of %s judged, %d unknown.", all-open, plural(all, "row", "rows"), open)
}

// verdicts counts findings. Numbers that call for action are painted.
func (p palette) verdicts(s *audit.Summary) string {
	part := func(n int, v audit.Verdict) string {
		text := fmt.Sprintf("%d %s", n, strings.ReplaceAll(v.String(), "-", " "))
		if n == 0 {
			return text
		}
		return p.paint(verdictColor(v), text)
	}
	fail := part(s.Fail, audit.Fail)
	grades := severities(s.FailBySeverity)
	if len(grades) > 0 {
		fail += " (" + strings.Join(grades, ", ") + ")"
	}
	return "Findings: " + strings.Join([]string{fail, part(s.Warn, audit.Warn), part(s.Pass, audit.Pass), part(s.Waived, audit.Waived),
		part(s.UnknownFindings, audit.Unknown), part(s.NotApplicable, audit.NotApplicable)}, ", ") + "."
}

// files says how many configuration files were judged.
func files(s *audit.Summary) string {
	if s.Files == 0 {
		return ""
	}
	return fmt.Sprintf(" Configuration: %s, %s.", plural(s.Files, "file", "files"), plural(s.Listeners, "listener or client", "listeners and clients"))
}

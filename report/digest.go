package report

import (
	"fmt"
	"slices"
	"strings"

	"tlsaudit/audit"
)

// summaryLines say in a few lines, uncleaned, what a report comes to: how much
// of the world it covers, what was found, what it scores, and what changed.
// openRows are the rows of the gateway's table that could not be decided.
func summaryLines(r *audit.Report, openRows int) []string {
	s := &r.Summary
	var list []string
	if !excerpted(r) {
		list = append(list, coverage(s)+rows(s.Rows, openRows)+files(s))
	}
	list = append(list, palette(false).verdicts(s))
	if s.Score.Of > 0 {
		list = append(list, fmt.Sprintf("Score: %s %% (%d of %d points).", s.Score, s.Score.Points, s.Score.Of))
	}
	if r.Baseline != nil {
		list = append(list, baseline(r.Baseline))
	}
	if r.Changes != nil {
		list = append(list, changesText(r.Changes))
	}
	if text := incompleteText(r); text != "" {
		list = append(list, text)
	}
	return append(list, r.Notices...)
}

// excerpted reports whether a report holds only what changed. How many subjects
// that is about is no coverage: the others were judged as well.
func excerpted(r *audit.Report) bool { return r.Changes != nil && r.Changes.Only }

// changesText says what a report was compared with, and counts what changed.
func changesText(c *audit.Changes) string {
	var parts []string
	for _, kind := range audit.ChangeKinds {
		if n := c.Counts[kind]; n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, kind))
		}
	}
	if len(parts) == 0 {
		parts = []string{"nothing changed"}
	}
	return fmt.Sprintf("Changes since %s of %s: %s.", c.Before.File, stamp(c.Generated), strings.Join(parts, ", "))
}

// openRow reports whether a record is a row of the gateway's table that could
// not be decided.
func openRow(record *audit.Record) bool {
	return record.Evidence.Connection != nil && slices.ContainsFunc(record.Findings, func(f audit.Finding) bool { return f.Verdict == audit.Unknown })
}

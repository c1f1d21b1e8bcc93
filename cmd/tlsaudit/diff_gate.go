package main

import (
	"fmt"
	"strings"
	"time"

	"tlsaudit/audit"
	"tlsaudit/internal/compare"
)

// gateChanges turns a comparison into the exit code, and says why it is what it
// is: to whoever reads any format, for the format does not tell. What a flag
// hides is said even with --quiet, as an audit does.
func (a *app) gateChanges(f *diffFlags, c *compare.Comparison, before, now *audit.Report) {
	code, why := changesCode(c, before, now)
	w := cleaner{a.stderr}
	a.code = code
	switch {
	case code == exitCompliant:
	case f.exitZero && (code == exitFindings || code == exitIncomplete):
		a.code = exitCompliant
		fmt.Fprintf(w, "exit code 0 by --exit-zero, %d without it: %s\n", code, why)
	case f.allowIncomplete && code == exitIncomplete:
		a.code = exitCompliant
		if !f.quiet {
			fmt.Fprintf(w, "exit code 0 by --allow-incomplete: %s\n", why)
		}
	case !f.quiet:
		if code == exitIncomplete {
			why += " (--allow-incomplete lets it pass)"
		}
		fmt.Fprintf(w, "exit code %d: %s\n", code, why)
	}
}

// changesCode is the exit code of a comparison before any flag, and what it
// rests on. What went dark is no progress: a pipeline must not pass because an
// endpoint does not answer any more, or because nobody asks about it.
func changesCode(c *compare.Comparison, before, now *audit.Report) (code int, why string) {
	switch {
	case subjects(now) == 0 && subjects(before) > 0:
		return exitNothing, "the later report judged nothing: no endpoint, no row of a table and no file; the earlier one did"
	case c.Open() > 0:
		return exitFindings, plural(c.Open(), "finding is", "findings are") + " new or regressed, and not waived"
	}
	var dark []string
	if n := c.Changes().Counts[audit.ChangeUndecided]; n > 0 {
		dark = append(dark, plural(n, "finding is", "findings are")+" not decided")
	}
	if n := c.Unreached(); n > 0 {
		dark = append(dark, plural(n, "endpoint that answered before, or is added, was", "endpoints that answered before, or are added, were")+" not reached")
	}
	if n := c.Lost(); n > 0 {
		dark = append(dark, plural(n, "open finding is", "open findings are")+" gone with the rule or the endpoint, and not fixed")
	}
	if now.Stopped {
		dark = append(dark, "the later run did not reach every target")
	}
	if len(dark) == 0 {
		return exitCompliant, ""
	}
	return exitIncomplete, "nothing is known to be new or regressed, but " + strings.Join(dark, "; ")
}

// subjects is how much a report is about, of every kind.
func subjects(r *audit.Report) int { return r.Summary.Subjects + r.Summary.Rows + r.Summary.Files }

// swapped is the error that the reports stand the wrong way round: every finding
// that was fixed would be called new, and every new one fixed.
func swapped(before, now *storedReport) error {
	day := func(s *storedReport) string { return s.head.Generated.UTC().Format(time.RFC3339) }
	return usageError(fmt.Sprintf("%s was made at %s, before %s at %s", now.name, day(now), before.name, day(before)), "the earlier report comes first")
}

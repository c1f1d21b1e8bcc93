package main

import (
	"fmt"
	"strings"

	"tlsaudit/audit"
)

// plural is a number with its noun.
func plural(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}

// counted are the failed findings and warnings of a report, and how many of
// them are new.
type counted struct{ fail, warn, newFail, newWarn int }

func count(r *audit.Report) counted {
	c := counted{fail: r.Summary.Fail, warn: r.Summary.Warn}
	if r.Baseline != nil {
		c.newWarn = r.Baseline.NewWarn
		for _, n := range r.Baseline.NewBySeverity {
			c.newFail += n
		}
	}
	return c
}

func (c counted) String() string { return fmt.Sprintf("%d fail, %d warn", c.fail, c.warn) }

// pass says what exit code 0 rests on: what was found all the same and does not
// count, and what is not known. Plain says that there is nothing of either.
func (g gate) pass(r *audit.Report) (text string, plain bool) {
	parts := []string{g.uncounted(r)}
	plain = parts[0] == ""
	if plain {
		parts[0] = "the gate passes"
		if n := r.Summary.Warn; n > 0 {
			parts = append(parts, plural(n, "finding warns", "findings warn"))
		}
	}
	if !r.Complete {
		plain = false
		parts = append(parts, unjudged(r)+" (--allow-incomplete)")
	}
	switch {
	case r.Summary.Subjects > 0:
	case r.Summary.Files > 0:
		parts = append(parts, "no endpoint was judged, only "+plural(r.Summary.Files, "configuration file", "configuration files"))
	default:
		plain = false
		parts = append(parts, "no endpoint was judged, only the table of the gateway (--allow-incomplete)")
	}
	if n := r.Summary.Waived; n > 0 {
		parts = append(parts, plural(n, "finding is waived", "findings are waived"))
	}
	return strings.Join(parts, "; "), plain
}

// uncounted says which failed findings the gate does not count; empty if there
// are none.
func (g gate) uncounted(r *audit.Report) string {
	c := count(r)
	known := g.newOnly && r.Baseline != nil
	switch {
	case c.fail == 0 && (c.warn == 0 || !known && !g.limit.never):
		return ""
	case g.limit.never:
		return "--fail-on none lets every finding pass: " + c.String()
	case known && c.newFail+c.newWarn == 0:
		return "nothing new: of the known findings " + c.String()
	case known:
		return fmt.Sprintf("no new finding reaches --fail-on %s: %d new of %d fail, %d new of %d warn", g.limit.name, c.newFail, c.fail, c.newWarn, c.warn)
	}
	return "no finding reaches --fail-on " + g.limit.name + ": " + c.String()
}

// unjudged says what an incomplete report leaves open.
func unjudged(r *audit.Report) string {
	switch n := r.Summary.Unknown; {
	case r.Stopped:
		return "the run did not reach every target: " + r.Incomplete
	case n > 0:
		return plural(n, "endpoint is", "endpoints are") + " not judged in full"
	}
	return r.Incomplete
}

// stop says what exit code 1 is for.
func (g gate) stop(r *audit.Report) string {
	c := count(r)
	if g.newOnly && r.Baseline != nil {
		return fmt.Sprintf("%d new of %d fail, %d new of %d warn", c.newFail, c.fail, c.newWarn, c.warn)
	}
	if g.limit.least == 0 {
		return c.String()
	}
	reach := 0
	for s := g.limit.least; s <= audit.Critical; s++ {
		reach += r.Summary.FailBySeverity[s.String()]
	}
	return fmt.Sprintf("%s; %d of them reach --fail-on %s", c, reach, g.limit.name)
}

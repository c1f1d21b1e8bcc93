package main

import (
	"fmt"
	"strings"

	"tlsaudit/audit"
)

// pass says what exit code 0 rests on: what was found all the same and does not
// count, and what is not known. Plain says that there is nothing of either.
func (g gate) pass(r *audit.Report, d *decision) (text string, plain bool) {
	parts := []string{g.uncounted(r, d)}
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
	if len(d.silent) > 0 {
		plain = false
		parts = append(parts, d.unspoken()+" (--allow-incomplete)")
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
func (g gate) uncounted(r *audit.Report, d *decision) string {
	c := count(r)
	known := g.compares(r)
	switch {
	case c.fail == 0 && (c.warn == 0 || !known && !g.limit.never && d.reached == 0):
		return ""
	case g.limit.never:
		return "--fail-on none lets every finding pass: " + c.String()
	case d.reached > 0:
		return fmt.Sprintf("%s --fail-on %s, and --max-findings %d tolerates that: %s", plural(d.reached, "finding reaches", "findings reach"), g.limit.name, g.tolerated, c)
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
	case n > 0 && !strings.Contains(r.Incomplete, ","):
		return plural(n, "endpoint is", "endpoints are") + " not judged in full"
	}
	return r.Incomplete
}

// unspoken says that rules which are named judged nothing.
func (d *decision) unspoken() string {
	return "no rule was judged that --fail-on-rule names: " + named(d.silent)
}

// stop says what exit code 1 is for.
func (g gate) stop(r *audit.Report, d *decision) string {
	c := count(r)
	text := c.String()
	if g.compares(r) {
		text = fmt.Sprintf("%d new of %d fail, %d new of %d warn", c.newFail, c.fail, c.newWarn, c.warn)
	}
	parts := []string{text}
	if d.reached > g.tolerated {
		if g.limit.least > 0 || g.tolerated > 0 {
			reach := fmt.Sprintf("%d of them reach --fail-on %s", d.reached, g.limit.name)
			if g.tolerated > 0 {
				reach += fmt.Sprintf(", and --max-findings tolerates %d", g.tolerated)
			}
			parts = append(parts, reach)
		}
	}
	if d.named.total > 0 {
		parts = append(parts, fmt.Sprintf("%d of rules --fail-on-rule names: %s", d.named.total, d.named.String()))
	}
	if d.low {
		parts = append(parts, fmt.Sprintf("the score %s is below --min-score %s", r.Summary.Score, g.leastText()))
	}
	return strings.Join(parts, "; ")
}

// lacks says what exit code 3 is for.
func (g gate) lacks(r *audit.Report, d *decision) string {
	waived := ""
	if n := r.Summary.Waived; n > 0 {
		waived = " (" + plural(n, "is waived", "are waived") + ")"
	}
	parts := []string{"no finding stops the gate" + waived}
	if !r.Complete {
		parts[0] += ", but not everything could be judged"
	}
	if d.open.total > 0 {
		parts = append(parts, fmt.Sprintf("%d unknown of rules --fail-on-rule names: %s", d.open.total, d.open.String()))
	}
	if len(d.silent) > 0 {
		parts = append(parts, d.unspoken())
	}
	if d.unsure != "" {
		parts = append(parts, d.unsure)
	}
	return strings.Join(parts, "; ")
}

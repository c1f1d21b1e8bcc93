package main

import (
	"fmt"

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

package report

import (
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

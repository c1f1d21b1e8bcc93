package checks

import (
	"fmt"
	"strconv"
	"strings"

	"tlsaudit/audit"
)

func violated(evidence, format string, args ...any) audit.Outcome {
	return audit.Outcome{Kind: audit.Violated, Message: fmt.Sprintf(format, args...), Evidence: evidence}
}

func advice(evidence, format string, args ...any) audit.Outcome {
	return audit.Outcome{Kind: audit.Advice, Message: fmt.Sprintf(format, args...), Evidence: evidence}
}

func undecided(evidence, format string, args ...any) audit.Outcome {
	return audit.Outcome{Kind: audit.Undecided, Message: fmt.Sprintf(format, args...), Evidence: evidence}
}

func met(evidence, format string, args ...any) audit.Outcome {
	return audit.Outcome{Kind: audit.Met, Message: fmt.Sprintf(format, args...), Evidence: evidence}
}

func moot(format string, args ...any) audit.Outcome {
	return audit.Outcome{Kind: audit.Moot, Message: fmt.Sprintf(format, args...)}
}

// names joins the names of anything that has one.
func names[T fmt.Stringer](list []T) string {
	words := make([]string, len(list))
	for i, v := range list {
		words[i] = v.String()
	}
	return strings.Join(words, ", ")
}

// noTLS reports whether it is established, not merely unseen, that the
// endpoint offers no TLS: a complete EHLO without STARTTLS, or a Sametime port
// that answers the legacy dialect and not TLS.
func noTLS(o *audit.Observation) (reason string, proven bool) {
	switch {
	case o.Reach == audit.ReachTLS:
		return "", false
	case o.StartTLS != nil && o.StartTLS.Offered == audit.Refused:
		return "STARTTLS is not offered", true
	case o.Sametime != nil && o.Sametime.Verdict == audit.SametimeLegacyOnly:
		return "the port speaks the legacy Virtual Places protocol only", true
	}
	return "", false
}

// bits renders a number of bits.
func bits(n int) string { return strconv.Itoa(n) + " bits" }

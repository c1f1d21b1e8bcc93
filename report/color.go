package report

import "tlsaudit/audit"

// palette adds colour to words that already say the same thing.
type palette bool

const (
	red     = "31"
	green   = "32"
	yellow  = "33"
	magenta = "35"
	cyan    = "36"
	bold    = "1"
	dim     = "2"
)

// paint wraps clean text in a colour; codes may be combined as "1;31".
func (p palette) paint(code, s string) string {
	if !p || code == "" || s == "" {
		return s
	}
	return "\x1b[" + code + "m" + s + "\x1b[0m"
}

func verdictColor(v audit.Verdict) string {
	switch v {
	case audit.Fail:
		return bold + ";" + red
	case audit.Unknown:
		return bold + ";" + magenta
	case audit.Warn:
		return yellow
	case audit.Pass:
		return green
	case audit.Waived:
		return cyan
	}
	return dim
}

func severityColor(s audit.Severity) string {
	switch s {
	case audit.Critical, audit.High:
		return red
	case audit.Medium:
		return yellow
	}
	return ""
}

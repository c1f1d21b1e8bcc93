package main

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"tlsaudit/audit"
)

// The exit codes are a contract with pipelines: the same for every output
// format, documented in docs/cli.md and in the help text.
const (
	exitCompliant   = 0
	exitFindings    = 1
	exitUsage       = 2
	exitIncomplete  = 3
	exitNothing     = 4
	exitInternal    = 5
	exitInterrupted = 130 // 128 + SIGINT
	exitTerminated  = 143 // 128 + SIGTERM
)

const exitCodeHelp = `Exit codes:
  0    the gate passes: nothing that counts for it (--fail-on, waivers, baseline)
       was found, and every automated rule in force was decided
  1    findings at or above --fail-on
  2    usage, policy or inventory error
  3    incomplete: something could not be judged (see --allow-incomplete)
  4    nothing to audit, or no endpoint: a gateway's table alone passes with
       --allow-incomplete only
  5    internal error
  130  interrupted (SIGINT), 143 terminated (SIGTERM); the partial report is
       valid and marked incomplete`

// exitError carries the exit code an error ends the program with.
type exitError struct {
	code int
	err  error
}

func (e *exitError) Error() string { return e.err.Error() }
func (e *exitError) Unwrap() error { return e.err }

// withCode wraps err so that it ends the program with the given code.
func withCode(code int, err error) error {
	if err == nil {
		return nil
	}
	return &exitError{code, err}
}

// usageError is a fault in the command line.
func usageError(cause, hint string) error {
	return withCode(exitUsage, &audit.InputError{Cause: cause, Hint: hint})
}

// codeOf returns the exit code for an error: what withCode attached, exitUsage
// for faults in what a person wrote, otherwise exitInternal.
func codeOf(err error) int {
	var coded *exitError
	var input *audit.InputError
	switch {
	case err == nil:
		return exitCompliant
	case errors.As(err, &coded):
		return coded.code
	case errors.As(err, &input):
		return exitUsage
	}
	return exitInternal
}

// threshold is a parsed --fail-on.
type threshold struct {
	name string
	// warnings counts warn findings as well; never turns the gate off.
	warnings, never bool
	least           audit.Severity
}

// thresholds lists the values of --fail-on; the first is the default.
var thresholds = []threshold{
	{name: "fail"},
	{name: "warn", warnings: true},
	{name: "low", least: audit.Low},
	{name: "medium", least: audit.Medium},
	{name: "high", least: audit.High},
	{name: "critical", least: audit.Critical},
	{name: "none", never: true},
}

func thresholdNames() []string {
	var names []string
	for _, t := range thresholds {
		names = append(names, t.name)
	}
	return names
}

func parseThreshold(name string) (threshold, error) {
	i := slices.IndexFunc(thresholds, func(t threshold) bool { return t.name == name })
	if i < 0 {
		return threshold{}, usageError(
			fmt.Sprintf("--fail-on %q is not a threshold: one of %s", name, strings.Join(thresholdNames(), ", ")),
			"fail stops on any failed rule; high only on those of severity high or critical")
	}
	return thresholds[i], nil
}

// reached reports whether the summary holds findings at or above t.
func (t threshold) reached(s *audit.Summary) bool {
	if t.never {
		return false
	}
	if t.warnings && s.Warn > 0 {
		return true
	}
	for _, severity := range []audit.Severity{audit.Info, audit.Low, audit.Medium, audit.High, audit.Critical} {
		if severity >= t.least && s.FailBySeverity[severity.String()] > 0 {
			return true
		}
	}
	return false
}

// gate turns a finished report into an exit code.
type gate struct {
	limit           threshold
	allowIncomplete bool
	// newOnly counts findings that the baseline does not have. What could not
	// be judged is not known to the baseline either: it counts as ever.
	newOnly bool
}

// code is the exit code. Findings are certain, so they win over
// incompleteness; incompleteness wins over a clean result. A table of the
// gateway may be judged by itself, but is no clean result: a pipeline whose list
// of targets came out empty must not pass by it.
func (g gate) code(r *audit.Report) int {
	counted := &r.Summary
	if g.newOnly && r.Baseline != nil {
		counted = &audit.Summary{Warn: r.Baseline.NewWarn, FailBySeverity: r.Baseline.NewBySeverity}
	}
	switch {
	case r.Summary.Subjects+r.Summary.Rows+r.Summary.Files == 0:
		return exitNothing
	case g.limit.reached(counted):
		return exitFindings
	case !r.Complete && !g.allowIncomplete:
		return exitIncomplete
	case r.Summary.Subjects+r.Summary.Files == 0 && !g.allowIncomplete:
		return exitNothing
	}
	return exitCompliant
}

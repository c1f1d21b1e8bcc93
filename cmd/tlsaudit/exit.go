package main

import (
	"errors"

	"tlsaudit/audit"
	"tlsaudit/internal/history"
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
	exitBusy        = 6
	exitInterrupted = 130 // 128 + SIGINT
	exitTerminated  = 143 // 128 + SIGTERM
)

const exitCodeHelp = `Exit codes:
  0    the gate passes: nothing that counts for it was found (see below), and
       every automated rule in force was decided
  1    findings that count, or a score below --min-score
  2    usage, policy or inventory error
  3    incomplete: something could not be judged (see --allow-incomplete)
  4    nothing to audit, or no endpoint: a gateway's table alone passes with
       --allow-incomplete only
  5    internal error, or the history (--db) failed: the reports are written
  6    another run is being written into the history
  130  interrupted (SIGINT), 143 terminated (SIGTERM); the partial report is
       valid and marked incomplete`

// gateHelp says which of several reasons decides; docs/cli.md has it from here.
const gateHelp = `The gate, in this order; the first that applies decides, whatever the formats:
  1. a usage or internal error, or a signal, keeps its code (2, 5, 6, 130, 143)
  2. nothing was judged: 4
  3. a finding of a rule --fail-on-rule names that fails or warns: 1, whatever
     --fail-on and --max-findings say
  4. more findings at or above --fail-on than --max-findings tolerates: 1
  5. a score below --min-score, even if all that is unknown were in order: 1
  6. something could not be judged: 3, unless --allow-incomplete. It does not
     excuse an unknown of a rule --fail-on-rule names, nor a score that is below
     --min-score for what is unknown, or is none since nothing was asked
  7. a gateway's table and no endpoint: 4, unless --allow-incomplete
  8. otherwise: 0
Waived findings never count; with --new-only those of the baseline do not, in 3
and 4. The score is that of the whole report: a waiver does not raise it, nor
does an endpoint that cannot be reached. --exit-zero turns 1 and 3 into 0, and
says on standard error what it was.`

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
	case errors.Is(err, history.ErrFailed): // which is told as something to mend, and no fault of the command line
		return exitInternal
	case errors.As(err, &input):
		return exitUsage
	}
	return exitInternal
}

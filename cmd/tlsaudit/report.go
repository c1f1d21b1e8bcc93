package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"tlsaudit/audit"
	"tlsaudit/internal/attest"
	"tlsaudit/internal/engine"
	"tlsaudit/report"
)

func reportCommand(a *app) *cobra.Command {
	var f auditFlags
	c := &cobra.Command{
		Use:   "report REPORT.json...",
		Short: "Write stored JSON reports in other formats, several as one",
		Long: `Reads a JSON report of an earlier audit and writes it again in other formats, on
whatever machine: nothing is probed and nothing judged, every verdict is as it
was. To hold stored evidence against another policy: tlsaudit audit --from.
Several reports about different subjects, such as those of several sites, become
one.

A report that broke off, or whose counts are not those of its findings, is
refused.

Exit codes:
  0    written
  2    usage error, or the report cannot be read`,
		Example: `  tlsaudit report report.json
  tlsaudit report report.json -o report.xlsx -o report.html
  tlsaudit report berlin.json tokyo.json -o all.html
  tlsaudit report report.json -f sarif > tlsaudit.sarif`,
		Args: cobra.ArbitraryArgs,
		RunE: func(c *cobra.Command, args []string) error {
			f.given = c.Flags().Changed
			return a.rerender(&f, args)
		},
	}
	c.Flags().SortFlags = false
	f.outputFlags.register(c)
	f.registerManifest(c)
	return c
}

// rerender writes stored reports again, several of them as one.
func (a *app) rerender(f *auditFlags, args []string) error {
	if len(args) == 0 {
		return usageError("report needs a JSON report", "tlsaudit report report.json -o report.xlsx")
	}
	f.from = args // outputs must not overwrite them
	sinks, err := a.planOutputs(f, nil)
	if err != nil {
		return err
	}
	var reports []*audit.Report
	for _, file := range args {
		result, err := sinks.proof.replay(file)
		if err != nil {
			return err
		}
		defer result.Close()
		reports = append(reports, result.Report)
	}
	merged, err := report.Merge(reports)
	var twice *report.SubjectError
	switch {
	case errors.As(err, &twice):
		return usageError(fmt.Sprintf("%s is in both %s and %s: nobody can tell which of them holds", twice.Subject, args[twice.A], args[twice.B]), "give the newer one only; tlsaudit diff says what changed")
	case err != nil:
		return err
	}
	return sinks.writeAll(merged, "", exitCompliant)
}

// replay reads a stored report. With an attestation its digest is taken before
// and after: what is attested is what was read.
func (t *attestation) replay(file string) (*engine.Result, error) {
	if t == nil {
		return replay(file)
	}
	before, err := reportRef(file)
	if err != nil {
		return nil, err
	}
	result, err := replay(file)
	if err != nil {
		return nil, err
	}
	after, err := reportRef(file)
	if err == nil && after != before {
		err = &audit.InputError{Place: audit.Place{File: file}, Cause: "the report changed while it was read", Hint: "try again when nothing writes to it"}
	}
	if err != nil {
		return nil, errors.Join(err, result.Close())
	}
	t.rendered = append(t.rendered, before)
	return result, nil
}

// reportRef names a stored report by its SHA-256.
func reportRef(file string) (audit.FileRef, error) {
	f, err := openReport(file)
	if err != nil {
		return audit.FileRef{}, err
	}
	defer f.Close()
	meter := attest.NewMeter()
	if _, err := io.Copy(meter, f); err != nil {
		return audit.FileRef{}, cannotRead(file, err)
	}
	return audit.FileRef{File: file, SHA256: meter.Artefact(file, "json").SHA256}, nil
}

// replay reads a stored report with all its records.
func replay(file string) (*engine.Result, error) {
	f, err := openReport(file)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	head, err := report.ReadReport(file, bufio.NewReader(f))
	if err != nil {
		return nil, err
	}
	result, err := engine.Replay("", head, report.ReadRecords(file, func() (io.ReadCloser, error) { return openReport(file) }))
	var input *audit.InputError
	if errors.As(err, &input) && input.Place.File == "" {
		input.Place.File = file
	}
	return result, err
}

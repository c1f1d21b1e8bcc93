package main

import (
	"bufio"
	"errors"
	"io"

	"github.com/spf13/cobra"

	"tlsaudit/audit"
	"tlsaudit/internal/engine"
	"tlsaudit/report"
)

func reportCommand(a *app) *cobra.Command {
	var f auditFlags
	c := &cobra.Command{
		Use:   "report REPORT.json",
		Short: "Write a stored JSON report in other formats",
		Long: `Reads a JSON report of an earlier audit and writes it again in other formats, on
whatever machine: nothing is probed and nothing judged, every verdict is as it
was. To hold stored evidence against another policy: tlsaudit audit --from.

A report that broke off, or whose counts are not those of its findings, is
refused.

Exit codes:
  0    written
  2    usage error, or the report cannot be read`,
		Example: `  tlsaudit report report.json
  tlsaudit report report.json -o report.xlsx -o report.html
  tlsaudit report report.json -f sarif > tlsaudit.sarif`,
		Args: cobra.ArbitraryArgs,
		RunE: func(c *cobra.Command, args []string) error { return a.rerender(&f, args) },
	}
	c.Flags().SortFlags = false
	f.outputFlags.register(c)
	f.registerManifest(c)
	return c
}

// rerender writes a stored report again.
func (a *app) rerender(f *auditFlags, args []string) error {
	if len(args) != 1 {
		return usageError("report needs one JSON report", "tlsaudit report report.json -o report.xlsx")
	}
	f.from = args // outputs must not overwrite it
	sinks, err := a.planOutputs(f, nil)
	if err != nil {
		return err
	}
	result, err := replay(args[0])
	if err != nil {
		return err
	}
	defer result.Close()
	return sinks.writeAll(result.Report, "", exitCompliant)
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

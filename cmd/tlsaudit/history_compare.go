package main

import (
	"context"

	"github.com/spf13/cobra"

	"tlsaudit/audit"
	"tlsaudit/internal/history"
)

// compareFlags are the flags of the comparison of two runs.
type compareFlags struct {
	historyFlags
	diffFlags
}

func historyCompareCommand(a *app) *cobra.Command {
	var f compareFlags
	c := &cobra.Command{
		Use:   "compare OLD NEW",
		Short: "Say what changed between two runs",
		Long: `Compares two runs, OLD the earlier one, and writes what changed, in any format: as
tlsaudit diff does with two reports, in the same words and with the same exit codes
(tlsaudit diff --help).`,
		Example: `  tlsaudit history compare latest~1 latest --db audits.db
  tlsaudit history compare 01J8 latest --db audits.db -q -o changes.xlsx`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 2 {
				return usageError("compare needs two runs, the earlier one first", "tlsaudit history compare latest~1 latest")
			}
			return nil
		},
		RunE: func(c *cobra.Command, args []string) error {
			f.given = c.Flags().Changed
			return a.compareRuns(c, &f, args)
		},
	}
	f.historyFlags.register(c)
	f.diffFlags.registerDiff(c)
	completeRuns(a, c, "", &f.historyFlags.db)
	return c
}

func (a *app) compareRuns(c *cobra.Command, f *compareFlags, args []string) error {
	f.auditFlags.db = a.database(f.historyFlags.db)
	sinks, err := a.planOutputs(&f.auditFlags, nil)
	if err != nil {
		return err
	}
	return f.with(a, c, func(ctx context.Context, s *history.Store) error {
		earlier, before, err := storedRun(ctx, s, args[0])
		if err != nil {
			return err
		}
		later, now, err := storedRun(ctx, s, args[1])
		if err != nil {
			return err
		}
		if later.Seq < earlier.Seq {
			return swapped(before, now)
		}
		return a.compare(&f.diffFlags, sinks, before, now)
	})
}

// storedRun is the report of a run, as one side of a comparison.
func storedRun(ctx context.Context, s *history.Store, name string) (*history.Run, *storedReport, error) {
	run, r, err := reportOfRun(ctx, s, name)
	if err != nil {
		return nil, nil, err
	}
	ref := runRef(run)
	return run, &storedReport{ref.File, r, r.Records.BySubject(), func() (audit.FileRef, error) { return ref, nil }}, nil
}

package main

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"tlsaudit/internal/history"
)

// maxKeep bounds the numbers of a retention.
const maxKeep = 1_000_000

func historyPruneCommand(a *app) *cobra.Command {
	var f historyFlags
	var keep history.Retention
	var dry bool
	c := &cobra.Command{
		Use:   "prune",
		Short: "Take old runs out of a history",
		Long: `Takes runs away that are older than --keep-days and not among the newest
--keep-runs; with both, a run is kept that either keeps. The latest result of every
endpoint stays, however old, and so do the digests of the runs: the chain verifies
as before. Ages of findings are not lost.

After a jump of the clock nothing is taken away: the command says so and ends in 2.

Exit codes: 0, 2, 5 and 6, see tlsaudit history --help.`,
		Example: `  tlsaudit history prune --db audits.db --keep-days 400 --dry-run
  tlsaudit history prune --db audits.db --keep-days 400 --keep-runs 30`,
		Args: noArguments,
		RunE: func(c *cobra.Command, _ []string) error {
			switch {
			case !c.Flags().Changed("keep-days") && !c.Flags().Changed("keep-runs"):
				return usageError("nothing says what to keep: --keep-days or --keep-runs", "tlsaudit history prune --keep-days 400 --dry-run")
			case keep.Days < 0 || keep.Runs < 0 || keep.Days > maxKeep || keep.Runs > maxKeep || keep.Days+keep.Runs == 0:
				return usageError(fmt.Sprintf("--keep-days and --keep-runs are numbers from 0 to %d, and not both 0", maxKeep), "tlsaudit history prune --keep-days 400")
			}
			return a.prune(c, &f, keep, dry)
		},
	}
	f.register(c)
	c.Flags().IntVar(&keep.Days, "keep-days", 0, "keep the runs of this `NUMBER` of days")
	c.Flags().IntVar(&keep.Runs, "keep-runs", 0, "keep the newest runs, this `NUMBER` of them")
	c.Flags().BoolVar(&dry, "dry-run", false, "say what would go, and change nothing")
	return c
}

func (a *app) prune(c *cobra.Command, f *historyFlags, keep history.Retention, dry bool) error {
	return f.with(a, c, func(ctx context.Context, s *history.Store) error {
		verb := "taken out"
		if dry {
			keep.DryRun, verb = true, "would be taken out"
		}
		return f.writing(a, s, func(ctx context.Context) error {
			gone, err := s.Prune(ctx, keep, a.now())
			if err != nil {
				return err
			}
			_, err = fmt.Fprintf(a.stdout, "%s: %s, and %s that was broken off; %s and %s with them\n", verb,
				plural(gone.Runs, "run", "runs"), plural(gone.Incomplete, "run", "runs"), plural(gone.Results, "result", "results"), plural(gone.Objects, "stored object", "stored objects"))
			return err
		})(ctx)
	})
}

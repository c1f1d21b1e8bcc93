package main

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"tlsaudit/internal/history"
)

func historyVerifyCommand(a *app) *cobra.Command {
	var f historyFlags
	c := &cobra.Command{
		Use:   "verify",
		Short: "Work out every digest of a history again",
		Long: `Reads all that is stored and works out its digests again: of each piece of
evidence, of each run, and of the chain of runs, in which every run covers the one
before. Any byte that was changed, taken away or put in is told.

Exit codes:
  0    all of it is as it was written
  1    something is damaged, and the lines say what
  2    there is no such history
  5    the database failed, or cannot be read at all`,
		Example: `  tlsaudit history verify --db audits.db`,
		Args:    noArguments,
		RunE:    func(c *cobra.Command, _ []string) error { return a.verifyHistory(c, &f) },
	}
	f.register(c)
	return c
}

// maxDamage bounds the lines about damage: where all is broken, the first say it.
const maxDamage = 100

func (a *app) verifyHistory(c *cobra.Command, f *historyFlags) error {
	return f.with(a, c, func(ctx context.Context, s *history.Store) error {
		v, err := s.Verify(ctx, "")
		if err != nil {
			return err
		}
		w := cleaner{a.stdout}
		extent := plural(v.Runs, "run", "runs") + " and " + plural(v.Objects, "stored object", "stored objects")
		if len(v.Damage) == 0 {
			_, err := fmt.Fprintf(w, "Matches: %s are as they were written.\n", extent)
			return err
		}
		for _, line := range v.Damage[:min(len(v.Damage), maxDamage)] {
			fmt.Fprintf(w, "DAMAGED   %s\n", line)
		}
		if more := len(v.Damage) - maxDamage; more > 0 {
			fmt.Fprintf(w, "and %d more\n", more)
		}
		a.code = exitFindings
		_, err = fmt.Fprintf(w, "\nDoes NOT match: %s in %s. Restore the database from a backup.\n", plural(len(v.Damage), "fault", "faults"), extent)
		return err
	})
}

package main

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"tlsaudit/internal/history"
)

// triggerImport marks the runs that were read from reports.
const triggerImport = "import"

// historyFlags are the flags every history command has.
type historyFlags struct{ db string }

func historyCommand(a *app) *cobra.Command {
	c := &cobra.Command{
		Use:   "history",
		Short: "Ask, show, compare and keep in order the runs of a history",
		Long: `A history is a database of runs that tlsaudit audit --db keeps: a file (SQLite), or
PostgreSQL by postgres://user@host/database. --db names it, or the environment
variable ` + databaseVariable + `, which is the place for a DSN with a password.

A RUN is named by its id, the beginning of one, "latest" for the newest finished
one, or "latest~1" for the one before that. Findings have an age: since when they
have been open, across all runs. Only what was decided in order is fixed.

To judge a run again under today's policy: tlsaudit audit --db FILE --from-run RUN.
All flags of an audit that say how to judge, what counts and what to write are
there, and mean the same.

Exit codes of all its commands, beside what each one says:
  0    done
  2    usage error: no such database or run, a file that cannot be read
  5    the database failed
  6    another run is being written into the history (import, prune and forget only)`,
		Example: `  tlsaudit audit -i inventory.yaml --db audits.db -q
  tlsaudit history runs --db audits.db
  tlsaudit history findings --db audits.db --severity critical --order age
  tlsaudit history show latest --db audits.db -o report.xlsx
  tlsaudit audit --db audits.db --from-run latest -p pci-dss-4.0.1`,
		Args: subcommandOnly,
		RunE: func(c *cobra.Command, _ []string) error { return c.Help() },

		SuggestionsMinimumDistance: 2,
	}
	for _, build := range []func(*app) *cobra.Command{
		historyRunsCommand, historySubjectsCommand, historyTimelineCommand, historyFindingsCommand, historyCertificatesCommand,
		historyShowCommand, historyExportCommand, historyCompareCommand, historyImportCommand, historyVerifyCommand, historyPruneCommand, historyForgetCommand,
	} {
		c.AddCommand(build(a))
	}
	return c
}

// register declares the flags; it is to be the first.
func (f *historyFlags) register(c *cobra.Command) {
	c.Flags().SortFlags = false
	registerDatabase(c.Flags(), &f.db, "the history:")
}

// with opens the history a command asks, and closes it behind do.
func (f *historyFlags) with(a *app, c *cobra.Command, do func(ctx context.Context, s *history.Store) error) (err error) {
	if err := refuseEmpty(c.Flags().Changed, []emptyFlag{{"db", f.db}}); err != nil {
		return err
	}
	dsn := a.database(f.db)
	s, err := a.openHistory(c.Context(), dsn, false)
	if err != nil {
		return err
	}
	err = do(c.Context(), s)
	if closed := s.Close(); err == nil {
		err = closed
	}
	return quieted(err, dsn)
}

// writing does what changes a history while nobody else may.
func (f *historyFlags) writing(a *app, s *history.Store, do func(ctx context.Context) error) func(ctx context.Context) error {
	return func(ctx context.Context) error {
		dsn := a.database(f.db)
		l, err := takeLease(ctx, s, databaseName(dsn), a.now)
		if err != nil {
			return err
		}
		if err = a.recover(ctx, s, dsn); err == nil {
			err = do(ctx)
		}
		if fault := l.fault(); err == nil && fault != nil {
			err = fmt.Errorf("%s: %w", databaseName(dsn), fault)
		}
		if end := l.release(ctx); err == nil {
			err = end
		}
		return err
	}
}

// completeRuns offers the newest runs in shell completion, for a flag or, without
// one, for arguments.
func completeRuns(a *app, c *cobra.Command, flag string, db *string) {
	list := func(c *cobra.Command, _ []string, _ string) ([]string, cobra.ShellCompDirective) {
		names := []string{"latest", "latest~1"}
		if s, err := a.openHistory(c.Context(), a.database(*db), false); err == nil {
			defer func() { _ = s.Close() }()
			runs, _, _ := s.Runs(c.Context(), history.Page{Limit: 20}) // none is no fault of who types
			for i := range runs {
				names = append(names, runs[i].ID)
			}
		}
		return names, cobra.ShellCompDirectiveNoFileComp
	}
	if flag == "" {
		c.ValidArgsFunction = list
		return
	}
	if err := c.RegisterFlagCompletionFunc(flag, list); err != nil {
		panic(err) // the flag is not declared: a defect of this package
	}
}

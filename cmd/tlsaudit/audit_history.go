package main

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"tlsaudit/internal/inventory"
)

// registerHistory declares the flags that have to do with a history of runs.
func (f *auditFlags) registerHistory(c *cobra.Command, a *app) {
	flags := c.Flags()
	registerDatabase(flags, &f.db, "keep the run in this history:")
	flags.BoolVar(&f.noResume, "no-resume", false, "with --db: probe everything, also what a run that was broken off has seen")
	flags.StringVar(&f.fromRun, "from-run", "", "judge the evidence of this `RUN` of the history --db names again, probe nothing: an id, latest or latest~1")
	flags.StringVar(&f.notify, "notify", "", "with --db: tell what changed, as the section notify: of this `FILE` says (docs/notifications.md)")
	completeRuns(a, c, "from-run", &f.db)
}

// validateHistory refuses what contradicts itself.
func (f *auditFlags) validateHistory() error {
	if f.given == nil {
		return nil
	}
	if err := refuseEmpty(f.given, []emptyFlag{{"db", f.db}, {"from-run", f.fromRun}, {"notify", f.notify}}); err != nil {
		return err
	}
	switch {
	case f.fromRun != "" && len(f.from) > 0:
		return usageError("--from and --from-run both name what is to be judged", "judge one of the two; tlsaudit history show RUN -o report.json makes a report of a run")
	case len(f.from) > 0 && f.db != "":
		return usageError("--db keeps what is probed, and --from probes nothing", "leave off --db; to put old reports into a history: tlsaudit history import REPORT.json")
	case f.notify != "" && f.rejudges():
		return usageError("--notify tells of a run, and stored evidence that is judged again is none", "leave it off; tlsaudit notify show prints what would be told of a run")
	case f.noResume && f.resume != "":
		return usageError("--resume and --no-resume contradict each other", "leave one of them off")
	}
	return nil
}

// onlyStored refuses targets beside stored evidence.
func (f *auditFlags) onlyStored(flag string, args []string) error {
	if len(args)+len(f.inventories) > 0 {
		return usageError(flag+" judges stored evidence; it takes no targets", "leave off the targets, or "+flag+" to probe them")
	}
	return nil
}

// inventory names the list of what is audited by where it is read from, the same
// from wherever the command is called; empty if that is not all in files.
func (f *auditFlags) inventory(endpoints, files []string) string {
	names := slices.Concat(f.inventories, files)
	for _, arg := range endpoints {
		if arg == "-" || inventory.IsFile(arg) {
			names = append(names, arg)
		}
	}
	for i, name := range names {
		path, err := filepath.Abs(name)
		if name == "-" || err != nil {
			return ""
		}
		names[i] = path
	}
	slices.Sort(names)
	if len(names) == 0 && f.started.schedule != "" { // it is for the same list every time
		return "schedule " + f.started.schedule
	}
	return strings.Join(slices.Compact(names), "\n")
}

// rejudgeRun judges a run of the history again. The result is a report and no run:
// the history says what was found at a time, and not what would have been.
func (a *app) rejudgeRun(ctx context.Context, f *auditFlags, p plan, args []string) error {
	if err := f.onlyStored("--from-run", args); err != nil {
		return err
	}
	dsn := a.database(f.db)
	s, err := a.openHistory(ctx, dsn, false)
	if err != nil {
		return err
	}
	defer func() { _ = s.Close() }() // it was read only
	evidence, err := a.runEvidence(ctx, s, f.fromRun)
	if err != nil {
		return fmt.Errorf("reading %s: %w", databaseName(dsn), quieted(err, dsn))
	}
	read, err := f.sourcesRead(nil)
	if err != nil {
		return err
	}
	p.source = source{stored: evidence, count: evidence.count, read: read}
	return a.execute(ctx, f, p)
}

package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"tlsaudit/audit"
	"tlsaudit/checks"
	"tlsaudit/internal/engine"
	"tlsaudit/internal/history"
	"tlsaudit/report"
)

// runFlags are the flags of a command that writes a report of a run.
type runFlags struct {
	historyFlags
	auditFlags
	evidence string
}

func historyShowCommand(a *app) *cobra.Command {
	var f runFlags
	c := &cobra.Command{
		Use:   "show RUN",
		Short: "Write the report of a run, in any format",
		Long: `Writes the report of a run as it was written then, to standard output or to the
files --out names. Nothing is probed and nothing judged: every verdict is as it
was. A run that was broken off has no report; tlsaudit history export --evidence
writes what it saw.

Exit codes: 0, 2 and 5, see tlsaudit history --help.`,
		Example: `  tlsaudit history show latest --db audits.db
  tlsaudit history show latest~1 --db audits.db -q -o last.xlsx -o last.html`,
		Args: exactlyOne("RUN", "tlsaudit history show latest"),
		RunE: func(c *cobra.Command, args []string) error {
			f.given = c.Flags().Changed
			return a.showRun(c, &f, args[0])
		},
	}
	f.historyFlags.register(c)
	f.outputFlags.register(c)
	f.registerManifest(c)
	completeRuns(a, c, "", &f.historyFlags.db)
	return c
}

func historyExportCommand(a *app) *cobra.Command {
	var f runFlags
	c := &cobra.Command{
		Use:   "export RUN",
		Short: "Write the report of a run, or what it saw, to files",
		Long: `Writes the report of a run to files, and nothing to standard output. --evidence
writes what the run saw, without any judgement: a JSON report that tlsaudit audit
--from and tlsaudit history import read on any machine; also of a run that was
broken off, as far as it got.

Exit codes: 0, 2 and 5, see tlsaudit history --help.`,
		Example: `  tlsaudit history export latest --db audits.db -o report.json -o report.xlsx
  tlsaudit history export latest --db audits.db --evidence evidence.json`,
		Args: exactlyOne("RUN", "tlsaudit history export latest -o report.json"),
		RunE: func(c *cobra.Command, args []string) error {
			f.given, f.quiet = c.Flags().Changed, true
			return a.exportRun(c, &f, args[0])
		},
	}
	f.historyFlags.register(c)
	c.Flags().StringArrayVarP(&f.outputs, "out", "o", nil, "write a report to `FILE`, format by extension, or as FORMAT=FILE (repeatable)")
	c.Flags().StringVar(&f.evidence, "evidence", "", "write what the run saw to this `FILE`, as JSON")
	f.registerManifest(c)
	completeRuns(a, c, "", &f.historyFlags.db)
	return c
}

// reportOfRun reads the report of a run.
func reportOfRun(ctx context.Context, s *history.Store, name string) (*history.Run, *audit.Report, error) {
	run, err := findRun(ctx, s, name)
	if err != nil {
		return nil, nil, err
	}
	if !run.Reported() {
		return nil, nil, usageError(fmt.Sprintf("the run %s is %s: it has no report", run.ID, run.State), "tlsaudit history export "+run.ID+" --evidence FILE writes what it saw; audit --from-run judges it")
	}
	r, err := s.Report(ctx, run.ID)
	if err != nil {
		return nil, nil, fmt.Errorf("reading the run %s: %w", run.ID, err)
	}
	return run, r, nil
}

// planRun plans the outputs of a command about runs, which must not overwrite the
// history.
func (a *app) planRun(f *runFlags) (*sinks, error) {
	f.auditFlags.db = a.database(f.historyFlags.db)
	return a.planOutputs(&f.auditFlags, nil)
}

func (a *app) showRun(c *cobra.Command, f *runFlags, name string) error {
	sinks, err := a.planRun(f)
	if err != nil {
		return err
	}
	return f.with(a, c, func(ctx context.Context, s *history.Store) error {
		run, r, err := reportOfRun(ctx, s, name)
		if err != nil {
			return err
		}
		return sinks.writeRun(run, r)
	})
}

// writeRun writes the report of a run. An attestation names the run by its digest.
func (s *sinks) writeRun(run *history.Run, r *audit.Report) error {
	if s.proof != nil {
		s.proof.rendered = append(s.proof.rendered, runRef(run))
	}
	return s.writeAll(r, "", exitCompliant)
}

// runRef names a run by its digest.
func runRef(run *history.Run) audit.FileRef {
	return audit.FileRef{File: "run " + run.ID, SHA256: run.Digest}
}

func (a *app) exportRun(c *cobra.Command, f *runFlags, name string) error {
	if err := refuseEmpty(f.given, []emptyFlag{{"evidence", f.evidence}}); err != nil {
		return err
	}
	if len(f.outputs) == 0 && f.evidence == "" {
		return usageError("export writes files, and none is named", "tlsaudit history export latest -o report.json, or --evidence evidence.json; tlsaudit history show writes to the terminal")
	}
	sinks, err := a.planRun(f)
	if err != nil {
		return err
	}
	if f.evidence != "" {
		writes := append(f.writes(), namedPath{"--evidence", f.evidence})
		if err := planFiles(writes, f.reads(nil)); err != nil {
			return err
		}
	}
	return f.with(a, c, func(ctx context.Context, s *history.Store) error {
		if f.evidence != "" {
			if err := a.writeEvidence(ctx, s, f.evidence, name); err != nil {
				return err
			}
		}
		if len(f.outputs) == 0 {
			return nil
		}
		run, r, err := reportOfRun(ctx, s, name)
		if err != nil {
			return err
		}
		return sinks.writeRun(run, r)
	})
}

// writeEvidence writes what a run saw as a report of no policy: facts without a
// judgement, which says so.
func (a *app) writeEvidence(ctx context.Context, s *history.Store, file, name string) error {
	evidence, err := a.runEvidence(ctx, s, name)
	if err != nil {
		return err
	}
	now := a.now().UTC()
	run := engine.Run{Judge: &engine.Judge{Checks: checks.All, Now: now}, Evidence: evidence.sequence}
	result, err := run.Do(ctx)
	if result != nil {
		defer func() { _ = result.Close() }()
	}
	if err != nil {
		return fmt.Errorf("reading what the run saw: %w", err)
	}
	r := result.Report
	r.Tool, r.Generated = tool(), now
	r.Complete, r.Incomplete, r.Stopped = false, "this is evidence alone: nothing was judged", evidence.stopped != ""
	if evidence.origin != (audit.Origin{}) {
		r.Origin = &evidence.origin
	}
	format, ok := report.ByName("json")
	if !ok {
		return errors.New("internal error: there is no format json")
	}
	return (&sinks{app: a, list: []sink{{format: format, path: file}}}).write(r)
}

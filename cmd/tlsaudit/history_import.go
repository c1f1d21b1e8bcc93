package main

import (
	"bufio"
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"tlsaudit/audit"
	"tlsaudit/internal/history"
	"tlsaudit/report"
)

func historyImportCommand(a *app) *cobra.Command {
	var f historyFlags
	c := &cobra.Command{
		Use:   "import REPORT.json...",
		Short: "Put JSON reports of earlier audits into a history",
		Long: `Puts JSON reports into a history as runs, the oldest first, whatever the order they
are named in. A report of which there is a run already is passed over. A history
goes forward: a report older than its newest run is refused, since findings would
have been fixed before they were found; import before the first audit.

A comparison is no run and is refused, and so is a report that was edited or broke
off. The exit code of an imported run is what an audit with the default gate would
have ended with.

Exit codes: 0, 2, 5 and 6, see tlsaudit history --help. What was imported before
an error stays.`,
		Example: `  tlsaudit history import audits/*.json --db audits.db`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) == 0 {
				return usageError("import needs a JSON report", "tlsaudit history import report.json --db audits.db")
			}
			return nil
		},
		RunE: func(c *cobra.Command, args []string) error { return a.importReports(c, &f, args) },
	}
	f.register(c)
	return c
}

// importable is a report before it is put into a history.
type importable struct {
	file      string
	generated time.Time
}

func (a *app) importReports(c *cobra.Command, f *historyFlags, files []string) error {
	if err := refuseEmpty(c.Flags().Changed, []emptyFlag{{"db", f.db}}); err != nil {
		return err
	}
	var list []importable
	for _, file := range files {
		head, err := headOf(file)
		if err != nil {
			return err
		}
		list = append(list, importable{file, head.Generated})
	}
	slices.SortStableFunc(list, func(a, b importable) int { return a.generated.Compare(b.generated) })
	dsn := a.database(f.db)
	s, err := a.openHistory(c.Context(), dsn, true)
	if err != nil {
		return err
	}
	err = f.writing(a, s, func(ctx context.Context) error {
		for _, one := range list {
			if err := a.importReport(ctx, s, one.file); err != nil {
				return err
			}
		}
		return nil
	})(c.Context())
	if closed := s.Close(); err == nil {
		err = closed
	}
	return quieted(err, dsn)
}

// headOf reads the head of a report.
func headOf(file string) (*audit.Report, error) {
	in, err := openReport(file)
	if err != nil {
		return nil, err
	}
	defer in.Close()
	head, err := report.ReadReport(file, bufio.NewReader(in))
	if err == nil && head.Changes != nil && head.Changes.Only {
		err = excerpt(file)
	}
	return head, err
}

func (a *app) importReport(ctx context.Context, s *history.Store, file string) error {
	result, err := replay(file)
	if err != nil {
		return err
	}
	defer result.Close()
	r := result.Report
	run := history.Run{Started: r.Generated.UTC(), Trigger: triggerImport, Tool: r.Tool.Version}
	run.Policy, run.PolicySHA256 = policyOf(r.Policies)
	for record, err := range r.Records.BySubject() {
		if err != nil {
			return err
		}
		if o := record.Evidence.Observed; o != nil {
			run.Depth = cmp.Or(run.Depth, o.Depth)
			if !o.Started.IsZero() && o.Started.Before(run.Started) {
				run.Started = o.Started.UTC()
			}
		}
	}
	known, err := alreadyThere(ctx, s, file, r, &run)
	if err != nil {
		return err
	}
	if known != "" {
		fmt.Fprintf(cleaner{a.stdout}, "%s: is in the history as the run %s\n", file, known)
		return nil
	}
	g, err := (&gateFlags{failOn: thresholds[0].name}).gate(knownTo())
	if err != nil {
		return err
	}
	d, err := g.decide(r)
	if err != nil {
		return err
	}
	w, err := s.Begin(ctx, run)
	if err != nil {
		return fmt.Errorf("importing %s: %w", file, err)
	}
	done, err := w.Finish(ctx, r, d.code)
	if err != nil {
		_ = w.Abandon(context.WithoutCancel(ctx), "the import failed") // else the next run does
		return fmt.Errorf("importing %s: %w", file, err)
	}
	fmt.Fprintf(cleaner{a.stdout}, "%s: run %s, %s\n", file, done.ID, plural(r.Summary.Subjects, "endpoint", "endpoints"))
	return nil
}

// alreadyThere looks for the run a report is of, and refuses a report that is older
// than the newest run.
func alreadyThere(ctx context.Context, s *history.Store, file string, r *audit.Report, run *history.Run) (id string, err error) {
	page := history.Page{Limit: pageLength}
	var newest *history.Run
	// Reports tell their time to the second.
	second := func(t time.Time) time.Time { return t.UTC().Truncate(time.Second) }
	for {
		runs, next, err := s.Runs(ctx, page)
		if err != nil {
			return "", fmt.Errorf("looking for the run of %s: %w", file, err)
		}
		for i := range runs {
			known := &runs[i]
			if known.State != history.Complete {
				continue
			}
			if newest == nil {
				newest = known
			}
			if second(known.Finished).Equal(r.Generated) && known.PolicySHA256 == run.PolicySHA256 && known.Summary.Subjects == r.Summary.Subjects && known.Summary.Score == r.Summary.Score {
				return known.ID, nil
			}
			if second(known.Finished).Before(r.Generated) { // from here on all are older
				next = ""
				break
			}
		}
		if next == "" {
			break
		}
		page.After = next
	}
	if newest != nil && r.Generated.Before(second(newest.Finished)) {
		return "", &audit.InputError{
			Place: audit.Place{File: file}, Cause: fmt.Sprintf("the report is of %s, and the newest run of the history of %s", r.Generated.UTC().Format(time.RFC3339), newest.Finished.UTC().Format(time.RFC3339)),
			Hint: "a history goes forward: import old reports into a new one, and then those of the newer runs",
		}
	}
	return "", nil
}

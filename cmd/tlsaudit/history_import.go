package main

import (
	"bufio"
	"cmp"
	"context"
	"errors"
	"fmt"
	"iter"
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
off, evidence that nothing judged (tlsaudit history export --evidence), and a report
that judges again what was seen before, or as of another time (--from, --now). That
an endpoint is in an earlier report and not in a later one makes it not gone: a
report does not say what it was a part of. The exit code of an imported run is what an audit with the default gate would
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
	run, err := runOfReport(file, r)
	if err != nil {
		return err
	}
	known, err := alreadyThere(ctx, s, file, r, run)
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
	w, err := s.Begin(ctx, run.Run)
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

// reported is the run a report tells of.
type reported struct {
	history.Run
	// seen is when the last endpoint was looked at; when the report was made, if none
	// was.
	seen time.Time
}

// runOfReport works out which run a report is of. What was judged again is none:
// its evidence would pass for what there was when it was judged. A report does not
// say what else its inventory names, so that nothing is gone because it is not in
// it.
func runOfReport(file string, r *audit.Report) (*reported, error) {
	refused := func(cause, hint string) (*reported, error) {
		return nil, &audit.InputError{Place: audit.Place{File: file}, Cause: cause, Hint: hint}
	}
	if len(r.Policies) == 0 {
		return refused("this is evidence alone: nothing was judged", "import the report of the audit; tlsaudit history export RUN -o report.json writes that of a run, tlsaudit audit --from judges evidence")
	}
	run := &reported{Run: history.Run{Started: r.Generated.UTC(), Trigger: triggerImport, Tool: r.Tool.Version, Part: true}}
	run.Policy, run.PolicySHA256 = policyOf(r.Policies)
	for record, err := range r.Records.BySubject() {
		if err != nil {
			return nil, err
		}
		if o := record.Evidence.Observed; o != nil {
			run.Depth = cmp.Or(run.Depth, o.Depth)
			if !o.Started.IsZero() && o.Started.Before(run.Started) {
				run.Started = o.Started.UTC()
			}
			if o.Finished.After(run.seen) {
				run.seen = o.Finished.UTC()
			}
		}
	}
	if run.seen.IsZero() {
		run.seen = r.Generated
	}
	if age := r.Generated.Sub(run.seen); age > resumeWithin {
		return refused(fmt.Sprintf("the report is of %s, and judges again what was seen until %s", r.Generated.UTC().Format(time.RFC3339), run.seen.Format(time.RFC3339)), "import the report of the audit that saw it")
	}
	if !r.Now.IsZero() && r.Generated.Sub(r.Now).Abs() > longestAudit {
		return refused(fmt.Sprintf("the report of %s judges as of %s", r.Generated.UTC().Format(time.RFC3339), r.Now.UTC().Format(time.RFC3339)), "import a report that was made without --now")
	}
	return run, nil
}

// longestAudit is longer than an audit takes.
const longestAudit = 48 * time.Hour

// alreadyThere looks for the run a report is of, and refuses a report that is older
// than the newest run.
func alreadyThere(ctx context.Context, s *history.Store, file string, r *audit.Report, run *reported) (id string, err error) {
	newest, err := s.Run(ctx, "latest")
	if errors.Is(err, history.ErrNotFound) {
		return "", nil
	}
	if err != nil {
		return "", fmt.Errorf("looking for the newest run: %w", err)
	}
	// Reports tell their time to the second.
	second := func(t time.Time) time.Time { return t.UTC().Truncate(time.Second) }
	page := history.Page{Limit: pageLength}
	for older := false; !older; {
		runs, next, err := s.Runs(ctx, page)
		if err != nil {
			return "", fmt.Errorf("looking for the run of %s: %w", file, err)
		}
		for i := range runs {
			known := &runs[i]
			older = older || known.Started.Before(r.Generated.Add(-longestAudit))
			if !known.Reported() || !second(known.Finished).Equal(r.Generated) || known.PolicySHA256 != run.PolicySHA256 || known.Summary.Subjects != r.Summary.Subjects {
				continue
			}
			if same, err := sameRecords(ctx, s, known.ID, r); same || err != nil {
				return known.ID, err
			}
		}
		page.After, older = next, older || next == ""
	}
	if last := second(newest.Finished); r.Generated.Before(last) || second(run.seen).Before(last) {
		return "", &audit.InputError{
			Place: audit.Place{File: file}, Cause: fmt.Sprintf("the report is of %s, and the newest run of the history of %s", run.seen.UTC().Format(time.RFC3339), newest.Finished.UTC().Format(time.RFC3339)),
			Hint: "a history goes forward: import old reports into a new one, and then those of the newer runs",
		}
	}
	return "", nil
}

// sameRecords tells whether a run looked at the endpoints of a report, when the
// report says that it did.
func sameRecords(ctx context.Context, s *history.Store, run string, r *audit.Report) (same bool, err error) {
	kept, err := s.Report(ctx, run)
	if err != nil {
		return false, err
	}
	next, stop := iter.Pull2(kept.Records.BySubject())
	defer stop()
	for record, err := range r.Records.BySubject() {
		other, err2, more := next()
		if err := errors.Join(err, err2); err != nil {
			return false, err
		}
		if !more || lookedAt(&record.Evidence) != lookedAt(&other.Evidence) {
			return false, nil
		}
	}
	_, err, more := next()
	return !more, err
}

// lookedAt names a subject, and when it was looked at if it is an endpoint.
func lookedAt(e *audit.Evidence) string {
	if e.Observed == nil {
		return e.Subject
	}
	return e.Subject + " " + e.Observed.Finished.UTC().Format(time.RFC3339Nano)
}

package main

import (
	"bufio"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"iter"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"tlsaudit/audit"
	"tlsaudit/internal/compare"
	"tlsaudit/internal/engine"
	"tlsaudit/report"
)

// diffFlags are the flags of the diff command.
type diffFlags struct {
	auditFlags
	all, exitZero bool
}

func diffCommand(a *app) *cobra.Command {
	var f diffFlags
	c := &cobra.Command{
		Use:   "diff OLD.json NEW.json",
		Short: "Say what changed between two JSON reports",
		Long: `Compares two JSON reports, OLD the earlier one, and writes what changed, in any
format. Findings are new, regressed, fixed, undecided (nobody knows, and it was
known, or was not asked) or gone (the rule or the endpoint is not in the later
report, which fixes nothing). Endpoints are added, gone, unreachable or reachable
again, present another certificate, or accept other versions, suites or groups
than before.

The report that is written is NEW, with what changed in front, and of its
findings those that changed; with --all it holds every finding, and lists also
what is unchanged. A finding that is waived is told, and does not count.

Exit codes:
  0    no finding is new or regressed (or --exit-zero)
  1    some are
  2    usage error, such as the later report in front, or a report cannot be read
  3    none is known to be, but something went dark: a finding is undecided, an
       endpoint is not reached that was, or that is added; an open finding is
       gone with its rule or endpoint; or NEW did not reach every target (see
       --allow-incomplete)
  4    NEW judged no endpoint, row of a table or file at all, and OLD did

--exit-zero turns 1 and 3 into 0, and says on standard error what it was.`,
		Example: `  tlsaudit diff last.json report.json
  tlsaudit diff last.json report.json -q -o changes.xlsx -o changes.json`,
		Args: cobra.ArbitraryArgs,
		RunE: func(_ *cobra.Command, args []string) error { return a.diff(&f, args) },
	}
	c.Flags().SortFlags = false
	f.registerDiff(c)
	return c
}

// registerDiff declares the flags of a comparison.
func (f *diffFlags) registerDiff(c *cobra.Command) {
	flags := c.Flags()
	f.outputFlags.register(c)
	flags.BoolVar(&f.all, "all", false, "keep what is unchanged too")
	flags.BoolVar(&f.allowIncomplete, "allow-incomplete", false, "do not exit 3 when something went dark")
	flags.BoolVar(&f.exitZero, "exit-zero", false, "exit 0 where changes would give 1 or 3")
}

func (a *app) diff(f *diffFlags, args []string) error {
	if len(args) != 2 {
		return usageError("diff needs two JSON reports, the earlier one first", "tlsaudit diff last.json report.json")
	}
	f.from = args // outputs must not overwrite them
	sinks, err := a.planOutputs(&f.auditFlags, nil)
	if err != nil {
		return err
	}
	before, err := openStored(args[0])
	if err != nil {
		return err
	}
	now, err := openStored(args[1])
	if err != nil {
		return err
	}
	return a.compare(f, sinks, before, now)
}

// compare writes what changed between two reports.
func (a *app) compare(f *diffFlags, sinks *sinks, before, now *storedReport) error {
	if now.head.Generated.Before(before.head.Generated) {
		return swapped(before, now)
	}
	c := compare.Comparison{Unchanged: f.all}
	result, err := engine.Replay("", now.head, c.Walk(engine.Counted(before.head, before.records), now.records))
	if err != nil {
		return before.placed(now, err)
	}
	defer func() { result.Close() }()
	changes := c.Changes()
	changes.Generated, changes.Only = before.head.Generated, !f.all
	if changes.Before, err = before.ref(); err != nil {
		return err
	}
	notices := compared(before, now)
	if !f.all {
		notices = append(notices, onlyChanged(result.Report, before, now))
		excerpt, err := engine.Excerpt("", result.Report, changedOnly(result.Report.Records.BySubject()))
		if err != nil {
			return err
		}
		if err := result.Close(); err != nil {
			return errors.Join(err, excerpt.Close())
		}
		result = excerpt
	}
	r := result.Report
	r.Changes, r.Baseline, r.Notices = changes, nil, append(slices.Clip(r.Notices), notices...)
	if err := sinks.write(r); err != nil {
		return err
	}
	a.gateChanges(f, &c, before.head, now.head)
	return nil
}

// storedReport is a stored report that is read in order: a file, or a run of a
// history.
type storedReport struct {
	// name is what messages call it.
	name    string
	head    *audit.Report
	records iter.Seq2[*audit.Record, error]
	// ref takes the digest.
	ref func() (audit.FileRef, error)
}

func openStored(file string) (*storedReport, error) {
	f, err := openReport(file)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	head, err := report.ReadReport(file, bufio.NewReader(f))
	if err != nil {
		return nil, err
	}
	if head.Changes != nil && head.Changes.Only {
		return nil, excerpt(file)
	}
	records := report.ReadRecords(file, func() (io.ReadCloser, error) { return openReport(file) })
	return &storedReport{file, head, records, func() (audit.FileRef, error) { return digest(file) }}, nil
}

// digest takes the digest of a file.
func digest(file string) (audit.FileRef, error) {
	f, err := openReport(file)
	if err != nil {
		return audit.FileRef{}, err
	}
	defer f.Close()
	sum := sha256.New()
	if _, err := io.Copy(sum, f); err != nil {
		return audit.FileRef{}, cannotRead(file, err)
	}
	return audit.FileRef{File: file, SHA256: hex.EncodeToString(sum.Sum(nil))}, nil
}

// placed says of which reports an error is that names no file.
func (s *storedReport) placed(now *storedReport, err error) error {
	var input *audit.InputError
	if errors.As(err, &input) && input.Place.File == "" {
		input.Place.File = s.name + " or " + now.name
	}
	return err
}

// changedOnly leaves of the records the findings that changed.
func changedOnly(records iter.Seq2[*audit.Record, error]) iter.Seq2[*audit.Record, error] {
	return func(yield func(*audit.Record, error) bool) {
		for record, err := range records {
			if err == nil {
				record.Findings = slices.DeleteFunc(record.Findings, func(f audit.Finding) bool {
					return f.Status == "" || f.Status == string(audit.ChangeUnchanged)
				})
				if len(record.Findings) == 0 {
					continue
				}
			}
			if !yield(record, err) {
				return
			}
		}
	}
}

// onlyChanged says what is not there.
func onlyChanged(whole *audit.Report, before, now *storedReport) string {
	s := &whole.Summary
	about := plural(s.Subjects, "endpoint", "endpoints")
	if s.Files > 0 {
		about += " and " + plural(s.Files, "configuration file", "configuration files")
	}
	return fmt.Sprintf("this is a comparison: only findings that are not as they were in %s are listed and counted; %s as a whole is of %s, with %d fail, %d warn, %d unknown and %d waived",
		before.name, now.name, about, s.Fail, s.Warn, s.UnknownFindings, s.Waived)
}

// compared says what a reader of a comparison has to know about the two reports.
func compared(before, now *storedReport) (notices []string) {
	if a, b := judgedBy(before.head), judgedBy(now.head); !slices.Equal(a, b) {
		notices = append(notices, fmt.Sprintf("the two reports were judged by other policies, %s and now %s: what is new or gone may be so by the policy alone", joined(a), joined(b)))
	}
	if !before.head.Complete {
		notices = append(notices, fmt.Sprintf("the earlier report is incomplete (%s): what it did not know is no regression", before.head.Incomplete))
	}
	return notices
}

func joined(list []string) string {
	if len(list) == 0 {
		return "none"
	}
	return strings.Join(list, ", ")
}

// judgedBy names the policies of a report by id, version and content.
func judgedBy(r *audit.Report) (list []string) {
	for _, p := range r.Policies {
		text := strings.TrimSpace(p.ID + " " + p.Version)
		if len(p.SHA256) >= 12 {
			text += " (sha256 " + p.SHA256[:12] + ")"
		}
		list = append(list, text)
	}
	slices.Sort(list)
	return list
}

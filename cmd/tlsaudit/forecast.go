package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"tlsaudit/audit"
	"tlsaudit/checks"
	"tlsaudit/internal/engine"
	"tlsaudit/internal/gateway"
	"tlsaudit/internal/policy"
	"tlsaudit/internal/waiver"
	"tlsaudit/report"
)

// forecastDays is how far a forecast looks if nothing else is said: a year, and
// the month in which the next one is planned.
const forecastDays = 400

// mostForecastYears bounds it: what a certificate of a private authority lives.
const mostForecastYears = 20

// forecastFlags are the flags of the forecast command.
type forecastFlags struct {
	auditFlags // of which those that say by what is judged
	until      string
}

func forecastCommand(a *app) *cobra.Command {
	var f forecastFlags
	c := &cobra.Command{
		Use:   "forecast [REPORT.json... | RUN --db FILE]",
		Short: "Say which verdicts change on which dates, if nothing is done",
		Long: `Judges the evidence of JSON reports, or of a run of the history that --db names
(the latest if none is named), at future dates, and tells on which of them
verdicts change: certificates that end, rules that come into force, entries of
lists that run out, waivers that do. It looks at the dates that the evidence, the
policy and the waivers name; in between nothing changes. Nothing is probed.

The forecast assumes that nothing is changed until then. A certificate that is
renewed before its date takes its events away. Trust is foretold by the dates of
the certificates presented only: authorities that are distrusted and certificates
that are revoked are not foreseen, and of what is unknown today nothing is.

It tells besides when certificates end, and what the shorter lifetimes of public
certificates mean for how often they have to be renewed. Held for public are
those with timestamps of Certificate Transparency logs.

Findings do not change the exit code.

Exit codes:
  0    written
  2    usage, policy or waiver error, or the report cannot be read`,
		Example: `  tlsaudit forecast report.json
  tlsaudit forecast report.json -p pci-dss-4.0.1 -w waivers.yaml --until 2027-12-31
  tlsaudit forecast berlin.json tokyo.json -o changes.ics -f json
  tlsaudit forecast latest --db audits.db`,
		Args: cobra.ArbitraryArgs,
		RunE: func(c *cobra.Command, args []string) error {
			f.given = c.Flags().Changed
			return a.forecast(c.Context(), &f, args)
		},
	}
	flags := c.Flags()
	flags.SortFlags = false
	flags.StringArrayVarP(&f.policies, "policy", "p", nil, "policy `FILE` or built-in profile id (repeatable; default baseline)")
	flags.StringArrayVarP(&f.waivers, "waivers", "w", nil, "waiver `FILE` (repeatable)")
	registerDatabase(flags, &f.db, "the history with the run:")
	flags.StringVar(&f.until, "until", "", fmt.Sprintf("the last `DAY` to look at, such as 2027-12-31 (default %d days from now)", forecastDays))
	flags.StringVar(&f.now, "now", "", "begin at this `TIME` (2006-01-02 or RFC 3339; default: the clock)")
	flags.StringArrayVarP(&f.outputs, "out", "o", nil, "write to `FILE`, format by extension: "+forecastExtensions()+" (repeatable)")
	flags.StringVarP(&f.format, "format", "f", "", "`FORMAT` on standard output: "+forecastNames()+" (default table)")
	flags.BoolVarP(&f.quiet, "quiet", "q", false, "no table; only --out files, --format output and errors")
	flags.BoolVarP(&f.verbose, "verbose", "v", false, "table: name all subjects and certificates there are names of")
	flags.BoolVar(&f.noColor, "no-color", false, "no colours (also: the NO_COLOR environment variable)")
	completeLater(c, "policy", policy.ProfileIDs)
	completeFrom(c, "format", strings.Split(forecastNames(), ", "))
	return c
}

// forecast runs the command.
func (a *app) forecast(ctx context.Context, f *forecastFlags, args []string) error {
	if len(args) == 0 { // a report is named; without one it is a history
		f.db = a.database(f.db)
	}
	switch {
	case len(args) == 0 && f.db == "":
		return usageError("forecast needs a JSON report, or --db", "tlsaudit forecast report.json")
	case len(args) > 1 && f.db != "":
		return usageError("one run of a history at a time", "tlsaudit forecast latest --db audits.db")
	case f.db == "":
		f.from = args
	}
	sinks, err := a.planForecast(f)
	if err != nil {
		return err
	}
	held, err := a.demandsOf(&f.auditFlags)
	if err != nil {
		return err
	}
	until, err := forecastEnd(f.until, held.now)
	if err != nil {
		return err
	}
	s, done, err := a.toForecast(ctx, f, args)
	if err != nil {
		return err
	}
	defer done()
	told, err := held.forecast(ctx, until, s.sequence)
	if err != nil {
		return err
	}
	if s.stopped != "" {
		told.Assumes = append(told.Assumes, "The audit behind "+s.stopped+" did not reach every target: of those nothing is foretold.")
	}
	if s.files > 0 {
		told.Assumes = append(told.Assumes, fmt.Sprintf("%s in the reports: they are not judged again, so that nothing is foretold of them.", plural(s.files, "configuration file is", "configuration files are")))
	}
	for _, one := range sinks {
		if err := one(told); err != nil {
			return err
		}
	}
	return nil
}

// toForecast opens the evidence that is judged at future dates.
func (a *app) toForecast(ctx context.Context, f *forecastFlags, args []string) (evidence *stored, done func(), err error) {
	if f.db == "" {
		evidence, err = readStored(args)
		return evidence, func() {}, err
	}
	s, err := a.openHistory(ctx, f.db, false)
	if err != nil {
		return nil, nil, err
	}
	name := "latest"
	if len(args) > 0 {
		name = args[0]
	}
	if evidence, err = a.runEvidence(ctx, s, name); err != nil {
		return nil, nil, errors.Join(fmt.Errorf("reading %s: %w", databaseName(f.db), quieted(err, f.db)), s.Close())
	}
	return evidence, func() { _ = s.Close() }, nil
}

// planForecast decides where the forecast goes, before anything is read.
func (a *app) planForecast(f *forecastFlags) (sinks []func(*audit.Forecast) error, err error) {
	var writes []namedPath
	for _, path := range f.outputs {
		format, ok := forecastByExt(path)
		if !ok {
			return nil, usageError(fmt.Sprintf("--out %s: no format of a forecast has the extension %q: one of %s", path, filepath.Ext(path), forecastExtensions()), "tlsaudit forecast report.json -o changes.ics")
		}
		writes = append(writes, namedPath{"--out", path})
		sinks = append(sinks, func(told *audit.Forecast) error {
			return report.WriteFile(path, func(w io.Writer) error { return format.Write(w, told, report.Options{Verbose: f.verbose}) })
		})
	}
	if err := planFiles(writes, f.reads(nil)); err != nil {
		return nil, err
	}
	name := f.format
	if name == "" && !f.quiet {
		name = report.ForecastFormats[0].Name
	}
	for _, format := range report.ForecastFormats {
		if format.Name == name {
			options := report.Options{Color: a.colored(f.noColor), Width: a.width(), Verbose: f.verbose}
			return append(sinks, func(told *audit.Forecast) error {
				if err := format.Write(a.stdout, told, options); err != nil {
					return fmt.Errorf("writing the forecast to standard output: %w", err)
				}
				return nil
			}), nil
		}
	}
	if name != "" {
		return nil, usageError(fmt.Sprintf("--format %q is not a format of a forecast: one of %s", name, forecastNames()), "tlsaudit forecast report.json -f json")
	}
	return sinks, nil
}

// forecastEnd reads --until: the end of a day in UTC.
func forecastEnd(text string, now time.Time) (time.Time, error) {
	if text == "" {
		return now.AddDate(0, 0, forecastDays), nil
	}
	day, err := time.Parse(time.DateOnly, text)
	end := day.AddDate(0, 0, 1).Add(-1)
	switch {
	case err != nil:
		return end, usageError(fmt.Sprintf("--until %q is not a day", text), "write 2027-12-31")
	case !end.After(now):
		return end, usageError(fmt.Sprintf("--until %s is over: the forecast begins at %s", text, now.Format(time.DateOnly)), "name a day to come")
	case end.After(now.AddDate(mostForecastYears, 0, 0)):
		return end, usageError(fmt.Sprintf("--until %s is more than %d years away", text, mostForecastYears), "name an earlier day")
	}
	return end, nil
}

// forecast judges evidence by the demands at every date at which a verdict may
// change.
func (d *demands) forecast(ctx context.Context, until time.Time, evidence iter.Seq2[audit.Stored, error]) (*audit.Forecast, error) {
	f := engine.Forecast{
		Judge: &engine.Judge{Checks: checks.All, Rules: d.policy.Rules, Now: d.now}, Until: until,
		Steps: policy.IssuanceSteps(), Marks: timed(d.waivers),
	}
	for _, t := range d.policy.Tables {
		f.RowTurns = append(f.RowTurns, t.Turns()...)
	}
	if len(d.policy.Tables) > 0 {
		f.Rows = func(now time.Time) (rows []audit.Record) {
			for _, t := range d.policy.Tables {
				rows = append(rows, t.Findings(now)...)
			}
			return rows
		}
	}
	told, err := f.Do(ctx, evidence)
	if err != nil {
		return nil, err
	}
	told.Tool, told.Policies = tool(), d.policy.Refs
	for i := range told.Events {
		e := &told.Events[i]
		for _, r := range gateway.Rules {
			if e.Rule == r.ID && e.Title == r.ID {
				e.Title = r.Title
			}
		}
	}
	return told, nil
}

// timed are waivers as time goes on.
func timed(set *waiver.Set) []engine.TimedMark {
	if set == nil {
		return nil
	}
	return []engine.TimedMark{{Turns: set.Ends(), At: func(now time.Time) engine.Mark { return set.Session(now).Apply }}}
}

func forecastByExt(path string) (report.ForecastFormat, bool) {
	for _, format := range report.ForecastFormats {
		if strings.EqualFold(filepath.Ext(path), format.Ext) {
			return format, true
		}
	}
	return report.ForecastFormat{}, false
}

func forecastNames() string {
	var names []string
	for _, format := range report.ForecastFormats {
		names = append(names, format.Name)
	}
	return strings.Join(names, ", ")
}

func forecastExtensions() string {
	var list []string
	for _, format := range report.ForecastFormats {
		list = append(list, format.Ext)
	}
	return joinOr(list)
}

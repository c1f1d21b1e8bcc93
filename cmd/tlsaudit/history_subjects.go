package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"tlsaudit/audit"
	"tlsaudit/internal/history"
	"tlsaudit/internal/policy"
)

// The orders of the lists.
var (
	subjectOrders = []string{"worst", "subject", "expiry", "seen"}
	findingOrders = []string{"worst", "age", "seen"}
	findingStates = []string{"open", "fixed", "flapping", "gone", "all"}
)

var subjectColumns = []column[history.SubjectState]{
	{"subject", "SUBJECT", "", narrow, func(s history.SubjectState) any { return s.Subject }},
	{"system", "SYSTEM", "", wider, func(s history.SubjectState) any { return s.System }},
	{"protocol", "", "", 0, func(s history.SubjectState) any { return s.Protocol }},
	{"verdict", "VERDICT", "", narrow, func(s history.SubjectState) any { return s.Verdict.String() }},
	{"severity", "SEVERITY", "", wider, func(s history.SubjectState) any { return s.Severity.String() }},
	{"fail", "FAIL", "", narrow, func(s history.SubjectState) any { return s.Fail }},
	{"warn", "WARN", "", wide, func(s history.SubjectState) any { return s.Warn }},
	{"unknown", "UNKNOWN", "", narrow, func(s history.SubjectState) any { return s.Unknown }},
	{"waived", "", "", 0, func(s history.SubjectState) any { return s.Waive }},
	{"pass", "", "", 0, func(s history.SubjectState) any { return s.Pass }},
	{"reach", "REACH", "", wide, func(s history.SubjectState) any { return string(s.Reach) }},
	{"reason", "", "", 0, func(s history.SubjectState) any { return s.Reason }},
	{"unreachable_since", "UNREACHABLE SINCE", "", widest, func(s history.SubjectState) any { return s.UnreachableSince }},
	{"not_after", "CERT ENDS (UTC)", "", wider, func(s history.SubjectState) any { return s.NotAfter }},
	{"first_seen", "", "", 0, func(s history.SubjectState) any { return s.FirstSeen }},
	{"last_seen", "LAST SEEN (UTC)", "", narrow, func(s history.SubjectState) any { return s.LastSeen }},
	{"last_run", "", "", 0, func(s history.SubjectState) any { return s.LastRun }},
	{"gone_since", "", "", 0, func(s history.SubjectState) any { return s.GoneSince }},
}

func historySubjectsCommand(a *app) *cobra.Command {
	var f listFlags
	var q history.SubjectQuery
	c := &cobra.Command{
		Use:   "subjects",
		Short: "List the endpoints at their latest result, the worst first",
		Long: `Lists what was audited at its latest result, or with --run as one run found it.
An endpoint that was not reached is unknown, never in order; how long it has been
so is told. One that a run of its inventory did not have any more is gone: --gone
lists those, and no other list has them.

Exit codes: 0, 2 and 5, see tlsaudit history --help.`,
		Example: `  tlsaudit history subjects --db audits.db --verdict fail
  tlsaudit history subjects --db audits.db --system web --order expiry
  tlsaudit history subjects --db audits.db --run latest~1 -f json`,
		Args: noArguments,
		RunE: func(c *cobra.Command, _ []string) error {
			if err := oneOf("order", q.Order, subjectOrders); err != nil {
				return err
			}
			if err := oneOf("verdict", q.Verdict, verdictNames()); err != nil {
				return err
			}
			if q.Gone && q.Run != "" {
				return usageError("--gone is about what is not in any run now, and --run about one", "leave one of them off")
			}
			found := false
			return list(a, c, &f, "subjects", subjectColumns, func(ctx context.Context, s *history.Store, p history.Page) ([]history.SubjectState, string, error) {
				if q.Run != "" && !found {
					run, err := findRun(ctx, s, q.Run)
					if err != nil {
						return nil, "", err
					}
					q.Run, found = run.ID, true
				}
				q.Page = p
				return s.Subjects(ctx, q)
			})
		},
	}
	f.register(c)
	flags := c.Flags()
	flags.StringVar(&q.Verdict, "verdict", "", "only those with this `VERDICT`: "+joinOr(verdictNames()))
	flags.StringVar(&q.System, "system", "", "only those of this `SYSTEM` of the inventory")
	flags.StringVar(&q.Protocol, "protocol", "", "only those of this `PROTOCOL`, such as smtp")
	flags.StringVar(&q.Text, "text", "", "only those whose name has this `TEXT` in it")
	flags.StringVar(&q.Run, "run", "", "as this `RUN` found them (default: the latest result of each)")
	flags.BoolVar(&q.Gone, "gone", false, "those that are gone, and no others")
	flags.StringVar(&q.Order, "order", "worst", "`ORDER`: "+joinOr(subjectOrders))
	completeFrom(c, "verdict", verdictNames())
	completeFrom(c, "order", subjectOrders)
	completeFrom(c, "protocol", protocolNames())
	completeRuns(a, c, "run", &f.db)
	return c
}

// oneOf refuses a value that is none of a list; none at all is not one.
func oneOf(flag, value string, list []string) error {
	if value == "" || slices.Contains(list, value) {
		return nil
	}
	return usageError(fmt.Sprintf("--%s %q is none of %s", flag, value, joinOr(list)), "")
}

func findingColumns(now time.Time) []column[history.FindingState] {
	return []column[history.FindingState]{
		{"subject", "SUBJECT", "", narrow, func(f history.FindingState) any { return f.Subject }},
		{"rule", "RULE", "", narrow, func(f history.FindingState) any { return f.Rule }},
		{"profile", "PROFILE", "", widest, func(f history.FindingState) any { return f.Profile }},
		{"check", "", "", 0, func(f history.FindingState) any { return f.Check }},
		{"system", "", "", 0, func(f history.FindingState) any { return f.System }},
		{"verdict", "VERDICT", "", narrow, func(f history.FindingState) any { return f.Verdict.String() }},
		{"severity", "SEVERITY", "", narrow, func(f history.FindingState) any { return f.Severity.String() }},
		{"age_days", "DAYS OPEN", "", narrow, func(f history.FindingState) any { return openDays(&f, now) }},
		{"first_seen", "FIRST SEEN (UTC)", "", wide, func(f history.FindingState) any { return f.FirstSeen }},
		{"last_seen", "LAST SEEN (UTC)", "", wider, func(f history.FindingState) any { return f.LastSeen }},
		{"since", "", "", 0, func(f history.FindingState) any { return f.Since }},
		{"open_since", "", "", 0, func(f history.FindingState) any { return f.OpenSince }},
		{"fixed_at", "FIXED (UTC)", "", widest, func(f history.FindingState) any { return f.FixedAt }},
		{"flapping", "FLAPS", "", wider, func(f history.FindingState) any { return f.Flapping }},
		{"toggles", "", "", 0, func(f history.FindingState) any { return f.Toggles }},
		{"message", "MESSAGE", "", widest, func(f history.FindingState) any { return f.Message }},
		{"fingerprint", "", "", 0, func(f history.FindingState) any { return f.Fingerprint }},
	}
}

// openDays is how many days a finding has been open, or was until it was fixed.
func openDays(f *history.FindingState, now time.Time) int {
	if !f.FixedAt.IsZero() {
		now = f.FixedAt
	}
	return max(wholeDays(f.Age(now)), 0)
}

func historyFindingsCommand(a *app) *cobra.Command {
	var f listFlags
	var q history.FindingQuery
	c := &cobra.Command{
		Use:   "findings",
		Short: "List findings with their age, the worst first",
		Long: `Lists findings over all runs: since when each has been open, when it was last
found, and whether it comes and goes. DAYS OPEN counts from when it was opened last,
FIRST SEEN is when it was found for the first time. What fails, warns or is waived is open; it is
fixed when its rule was decided in order, and not because nobody looked.

Exit codes: 0, 2 and 5, see tlsaudit history --help.`,
		Example: `  tlsaudit history findings --db audits.db --severity critical --order age
  tlsaudit history findings --db audits.db --subject https://www.example.com:443 --state all
  tlsaudit history findings --db audits.db --rule BASE-RC4 -f json`,
		Args: noArguments,
		RunE: func(c *cobra.Command, _ []string) error {
			if err := errors.Join(oneOf("order", q.Order, findingOrders), oneOf("state", q.State, findingStates), oneOf("severity", q.Severity, severityNames())); err != nil {
				return err
			}
			return list(a, c, &f, "findings", findingColumns(a.now()), func(ctx context.Context, s *history.Store, p history.Page) ([]history.FindingState, string, error) {
				q.Page = p
				return s.Findings(ctx, q)
			})
		},
	}
	f.register(c)
	flags := c.Flags()
	flags.StringVar(&q.Subject, "subject", "", "only those of this `SUBJECT`, as a report names it")
	flags.StringVar(&q.System, "system", "", "only those of this `SYSTEM` of the inventory")
	flags.StringVar(&q.Rule, "rule", "", "only those of the rule with this `ID`")
	flags.StringVar(&q.Profile, "profile", "", "only those of this `PROFILE`")
	flags.StringVar(&q.Severity, "severity", "", "only those of this `SEVERITY`: "+joinOr(severityNames()))
	flags.StringVar(&q.Text, "text", "", "only those with this `TEXT` in subject, rule or message")
	flags.StringVar(&q.State, "state", "open", "`STATE`: "+joinOr(findingStates))
	flags.StringVar(&q.Order, "order", "worst", "`ORDER`: "+joinOr(findingOrders))
	completeFrom(c, "severity", severityNames())
	completeFrom(c, "state", findingStates)
	completeFrom(c, "order", findingOrders)
	completeLater(c, "profile", policy.ProfileIDs)
	return c
}

// severityNames are the severities, the worst first.
func severityNames() (names []string) {
	for s := audit.Critical; ; s-- {
		names = append(names, s.String())
		if s == audit.Info {
			return names
		}
	}
}

var pointColumns = []column[history.Point]{
	{"run", "RUN", "", narrow, func(p history.Point) any { return p.RunID }},
	{"at", "AT (UTC)", "", narrow, func(p history.Point) any { return p.At }},
	{"reach", "REACH", "", narrow, func(p history.Point) any { return string(p.Reach) }},
	{"verdict", "VERDICT", "", narrow, func(p history.Point) any { return p.Verdict.String() }},
	{"severity", "SEVERITY", "", wide, func(p history.Point) any { return p.Severity.String() }},
	{"fail", "FAIL", "", narrow, func(p history.Point) any { return p.Fail }},
	{"warn", "WARN", "", wide, func(p history.Point) any { return p.Warn }},
	{"unknown", "UNKNOWN", "", narrow, func(p history.Point) any { return p.Unknown }},
	{"waived", "WAIVED", "", wide, func(p history.Point) any { return p.Waived }},
	{"pass", "", "", 0, func(p history.Point) any { return p.Pass }},
	{"observation_sha256", "", "", 0, func(p history.Point) any { return p.ObservationSHA256 }},
}

func historyTimelineCommand(a *app) *cobra.Command {
	var f listFlags
	c := &cobra.Command{
		Use:   "timeline SUBJECT",
		Short: "Say what became of an endpoint from run to run",
		Long: `Lists the results of one subject in every run that had it, the newest first. In
JSON, equal digests of observations (observation_sha256) mean equal facts.

Exit codes: 0, 2 and 5, see tlsaudit history --help.`,
		Example: `  tlsaudit history timeline https://www.example.com:443 --db audits.db`,
		Args:    exactlyOne("SUBJECT", "tlsaudit history timeline https://www.example.com:443; tlsaudit history subjects lists them"),
		RunE: func(c *cobra.Command, args []string) error {
			return list(a, c, &f, "results", pointColumns, func(ctx context.Context, s *history.Store, p history.Page) ([]history.Point, string, error) {
				points, next, err := s.Timeline(ctx, args[0], p)
				if errors.Is(err, history.ErrNotFound) {
					err = usageError(fmt.Sprintf("%q is no subject of the history", args[0]), "tlsaudit history subjects lists them")
				}
				return points, next, err
			})
		},
	}
	f.register(c)
	return c
}

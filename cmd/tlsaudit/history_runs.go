package main

import (
	"context"
	"time"

	"github.com/spf13/cobra"

	"tlsaudit/internal/history"
)

// runColumns is what the list of runs says. RESULT is that of the report; a run
// that was broken off has none.
var runColumns = []column[history.Run]{
	{"id", "RUN", "", narrow, func(r history.Run) any { return r.ID }},
	{"started", "STARTED (UTC)", "", narrow, func(r history.Run) any { return r.Started }},
	{"finished", "", "", 0, func(r history.Run) any { return r.Finished }},
	{"state", "STATE", "", narrow, func(r history.Run) any { return string(r.State) }},
	{"subjects", "ENDPOINTS", "", narrow, func(r history.Run) any { return r.Summary.Subjects }},
	{"unknown", "UNKNOWN", "", narrow, func(r history.Run) any { return r.Summary.Unknown }},
	{"fail", "FAIL", "", narrow, func(r history.Run) any { return r.Summary.Fail }},
	{"warn", "WARN", "", wide, func(r history.Run) any { return r.Summary.Warn }},
	{"waived", "", "", 0, func(r history.Run) any { return r.Summary.Waived }},
	{"unknown_findings", "", "", 0, func(r history.Run) any { return r.Summary.UnknownFindings }},
	{"pass", "", "", 0, func(r history.Run) any { return r.Summary.Pass }},
	{"new", "NEW", "", wide, func(r history.Run) any { return r.Changes.New }},
	{"regressed", "", "", 0, func(r history.Run) any { return r.Changes.Regressed }},
	{"fixed", "FIXED", "", wide, func(r history.Run) any { return r.Changes.Fixed }},
	{"flapping", "", "", 0, func(r history.Run) any { return r.Changes.Flapping }},
	{"undecided", "", "", 0, func(r history.Run) any { return r.Changes.Undecided }},
	{"unreachable", "", "", 0, func(r history.Run) any { return r.Changes.Unreachable }},
	{"complete", "WHOLE", "", wide, func(r history.Run) any { return r.Whole }},
	{"incomplete", "", "", 0, func(r history.Run) any { return r.Why }},
	{"exit_code", "EXIT", "", wide, func(r history.Run) any { return r.ExitCode }},
	{"trigger", "TRIGGER", "", wider, func(r history.Run) any { return r.Trigger }},
	{"actor", "", "", 0, func(r history.Run) any { return r.Actor }},
	{"schedule", "", "", 0, func(r history.Run) any { return r.Schedule }},
	{"slot", "", "", 0, func(r history.Run) any { return r.Slot }},
	{"part", "", "", 0, func(r history.Run) any { return r.Part }},
	{"inventory", "", "", 0, func(r history.Run) any { return r.Inventory }},
	{"fleet_subjects", "", "", 0, func(r history.Run) any { return r.Fleet.Subjects }},
	{"fleet_fail", "", "", 0, func(r history.Run) any { return r.Fleet.Fail }},
	{"fleet_unknown", "", "", 0, func(r history.Run) any { return r.Fleet.Unknown }},
	{"depth", "DEPTH", "", wider, func(r history.Run) any { return r.Depth }},
	{"policy", "POLICY", "", widest, func(r history.Run) any { return r.Policy }},
	{"policy_sha256", "", "", 0, func(r history.Run) any { return r.PolicySHA256 }},
	{"tool", "", "", 0, func(r history.Run) any { return r.Tool }},
	{"digest", "", "", 0, func(r history.Run) any { return r.Digest }},
}

func historyRunsCommand(a *app) *cobra.Command {
	var f listFlags
	c := &cobra.Command{
		Use:   "runs",
		Short: "List the runs, the newest first",
		Long: `Lists the runs of a history, the newest first. STATE is running, complete, or
incomplete for one that was broken off: killed, stopped, or ended by an error. WHOLE
says whether every target was reached and every rule decided. ENDPOINTS, UNKNOWN and
FAIL are of what the run looked at, which may be a part of what there is. NEW and FIXED count
findings against the run before.

Exit codes: 0, 2 and 5, see tlsaudit history --help.`,
		Example: `  tlsaudit history runs --db audits.db
  tlsaudit history runs --db audits.db --limit 0 -f json`,
		Args: noArguments,
		RunE: func(c *cobra.Command, _ []string) error {
			return list(a, c, &f, "runs", runColumns, func(ctx context.Context, s *history.Store, p history.Page) ([]history.Run, string, error) {
				return s.Runs(ctx, p)
			})
		},
	}
	f.register(c)
	return c
}

// certificateColumns is what the list of certificates says.
func certificateColumns(now time.Time) []column[history.Certificate] {
	return []column[history.Certificate]{
		{"not_after", "ENDS (UTC)", "", narrow, func(x history.Certificate) any { return x.NotAfter }},
		{"days_left", "DAYS", "", narrow, func(x history.Certificate) any { return wholeDays(x.NotAfter.Sub(now)) }},
		{"subject", "CERTIFICATE", "", narrow, func(x history.Certificate) any { return x.Subject }},
		{"subjects", "ENDPOINTS", "", narrow, func(x history.Certificate) any { return x.Subjects }},
		{"sample", "SUCH AS", "", wide, func(x history.Certificate) any { return x.Sample }},
		{"issuer", "ISSUER", "", widest, func(x history.Certificate) any { return x.Issuer }},
		{"leaf", "LEAF", "", wider, func(x history.Certificate) any { return x.Leaf }},
		{"client_auth", "", "", 0, func(x history.Certificate) any { return x.ClientAuth }},
		{"not_before", "", "", 0, func(x history.Certificate) any { return x.NotBefore }},
		{"serial", "", "", 0, func(x history.Certificate) any { return x.Serial }},
		{"key", "KEY", "", widest, func(x history.Certificate) any { return x.Key }},
		{"signature", "", "", 0, func(x history.Certificate) any { return x.Signature }},
		{"sha256", "", "", 0, func(x history.Certificate) any { return x.SHA256 }},
	}
}

func historyCertificatesCommand(a *app) *cobra.Command {
	var f listFlags
	var within int
	c := &cobra.Command{
		Use:   "certificates",
		Short: "List the certificates presented at the latest results, the first to end first",
		Long: `Lists the certificates that endpoints presented when they were last seen, the
first to end first, with how many endpoints present each. Intermediates are listed
too. DAYS is what is left at the time of the command.

Exit codes: 0, 2 and 5, see tlsaudit history --help.`,
		Example: `  tlsaudit history certificates --db audits.db --days 30
  tlsaudit history certificates --db audits.db -f json --limit 0`,
		Args: noArguments,
		RunE: func(c *cobra.Command, _ []string) error {
			now := a.now()
			var before time.Time
			if c.Flags().Changed("days") {
				if within < 0 || within > 36500 {
					return usageError("--days is out of range: 0 to 36500", "--days 30 lists what ends within 30 days, or has ended")
				}
				before = now.AddDate(0, 0, within)
			}
			return list(a, c, &f, "certificates", certificateColumns(now), func(ctx context.Context, s *history.Store, p history.Page) ([]history.Certificate, string, error) {
				return s.Certificates(ctx, before, p)
			})
		},
	}
	f.register(c)
	c.Flags().IntVar(&within, "days", 0, "only those that end within this `NUMBER` of days, or have ended")
	return c
}

// wholeDays counts the days that are over, or are left; a day begun is not one.
func wholeDays(d time.Duration) int {
	days := int(d / (24 * time.Hour))
	if d < 0 && d%(24*time.Hour) != 0 {
		days-- // ended an hour ago is not "0 days left"
	}
	return days
}

package main

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"tlsaudit/audit"
	"tlsaudit/checks"
	"tlsaudit/internal/engine"
	"tlsaudit/internal/pki"
	"tlsaudit/internal/policy"
	"tlsaudit/internal/remedy"
	"tlsaudit/scanner"
)

// auditFlags are the flags of the audit command. The demo fills them in
// itself, so that both take the same way through the program.
type auditFlags struct {
	inventories     []string
	policies        []string
	outputs         []string
	format          string
	failOn          string
	allowIncomplete bool
	depth           string
	anchors         []string
	systemRoots     bool
	ehlo            string
	perHost         int
	rate            float64
	concurrency     int
	timeout         time.Duration
	now             string
	quiet, verbose  bool
	noColor         bool
}

func auditCommand(a *app) *cobra.Command {
	var f auditFlags
	c := &cobra.Command{
		Use:   "audit [TARGET|FILE]...",
		Short: "Probe endpoints, judge them against a policy, report",
		Long: `Probes every endpoint, judges what was seen against the policy, and reports.

A TARGET is written https://www.example.com, smtp://mx.example.com:25,
sametime://chat.example.com or host:port; the protocol of host:port follows
from the port. Further facts go behind a question mark:
  smtp://mx.example.com?ip=192.0.2.25&sni=mail.example.com&label.env=prod
A FILE is an inventory: .yaml, .csv, or a text file with a target a line; its
name ends so or contains a slash. "-" reads a list from standard input.

Reports go to standard output in the format --format names, and to every file
--out names, in the format its extension names. Everything else goes to
standard error.

` + exitCodeHelp,
		Example: `  tlsaudit audit https://www.example.com
  tlsaudit audit -i inventory.yaml -p policy.yaml -o report.xlsx -o report.json
  tlsaudit audit -p nist-sp800-52r2-government --ca corporate-ca.pem mx.example.com:25
  tlsaudit audit -f json --fail-on high -i inventory.csv > report.json`,
		Args: cobra.ArbitraryArgs,
		RunE: func(c *cobra.Command, args []string) error {
			return a.audit(c.Context(), f, args)
		},
	}
	f.register(c)
	return c
}

// register declares the flags; help, completion and docs/cli.md derive from it.
func (f *auditFlags) register(c *cobra.Command) {
	flags := c.Flags()
	flags.SortFlags = false
	flags.StringArrayVarP(&f.inventories, "inventory", "i", nil, "inventory `FILE` (.yaml, .csv or .txt; repeatable)")
	flags.StringArrayVarP(&f.policies, "policy", "p", nil, "policy `FILE` or built-in profile id (repeatable; default baseline)")
	flags.StringArrayVarP(&f.outputs, "out", "o", nil, "write a report to `FILE`, format by extension (repeatable)")
	flags.StringVarP(&f.format, "format", "f", "", "format on standard output: "+formatNames()+" (default table)")
	flags.StringVar(&f.failOn, "fail-on", "fail", "exit 1 on findings at or above this `LEVEL`: "+joinOr(thresholdNames()))
	flags.BoolVar(&f.allowIncomplete, "allow-incomplete", false, "do not exit 3 when something could not be judged")
	flags.StringVar(&f.depth, "depth", "standard", "how much to ask: "+joinOr(scanner.Depths))
	flags.StringArrayVar(&f.anchors, "ca", nil, "trust the CA certificates in this PEM `FILE` (repeatable)")
	flags.BoolVar(&f.systemRoots, "system-roots", false, "trust the system's CA certificates (the default without --ca)")
	flags.StringVar(&f.ehlo, "ehlo", "tlsaudit.invalid", "the `NAME` to greet SMTP servers with")
	flags.IntVar(&f.perHost, "per-host", 0, "connections in flight per address and port (default 3, SMTP 2)")
	flags.Float64Var(&f.rate, "rate", 0, "new connections per second per address and port (default 10, SMTP 4; loopback unlimited)")
	flags.IntVar(&f.concurrency, "concurrency", 64, "endpoints audited at the same time")
	flags.DurationVar(&f.timeout, "timeout", 0, "time budget per endpoint (default 2m, SMTP 5m)")
	flags.StringVar(&f.now, "now", "", "judge as of this `TIME` (2006-01-02 or RFC 3339; default: the clock)")
	flags.BoolVarP(&f.quiet, "quiet", "q", false, "no table and no progress; only --out files, --format output and errors")
	flags.BoolVarP(&f.verbose, "verbose", "v", false, "show passed rules too, and what the scanner does")
	flags.BoolVar(&f.noColor, "no-color", false, "no colours (also: the NO_COLOR environment variable)")
	completeFrom(c, "fail-on", thresholdNames())
	completeFrom(c, "depth", scanner.Depths)
	completeFrom(c, "format", formatList())
	completeFrom(c, "policy", profileIDs())
}

// audit runs an audit from flags to exit code.
func (a *app) audit(ctx context.Context, f auditFlags, args []string) error {
	limit, err := parseThreshold(f.failOn)
	if err != nil {
		return err
	}
	if err := f.validate(); err != nil {
		return err
	}
	now, err := a.judgementTime(f.now)
	if err != nil {
		return err
	}
	sinks, err := a.planOutputs(&f)
	if err != nil {
		return err
	}
	pol, err := policy.Load(f.policies, checks.All)
	if err != nil {
		return err
	}
	anchors, err := pki.LoadAnchors(f.anchors, f.systemRoots || len(f.anchors) == 0)
	if err != nil {
		return err
	}
	list, count, err := a.targets(args, f.inventories)
	if err != nil {
		return err
	}
	return a.scan(ctx, &f, plan{limit, now, sinks, pol, anchors, list, count})
}

// plan is what an audit is made of once every flag and file has been read.
type plan struct {
	limit   threshold
	now     time.Time
	sinks   *sinks
	policy  *policy.Policy
	anchors *pki.Anchors
	targets iter.Seq2[audit.Target, error]
	count   int
}

// scan probes, judges and reports. From here on nothing a person wrote can be
// at fault any more, except a target list that changed under way.
func (a *app) scan(ctx context.Context, f *auditFlags, p plan) error {
	bar := a.newProgress(f, p.count)
	s := scanner.New(scanner.Options{
		Depth: f.depth, PerHost: f.perHost, Rate: f.rate, Timeout: f.timeout,
		MaxInFlight: maxInFlight(), EHLO: f.ehlo, Anchors: p.anchors, Now: a.now, Logf: a.logger(f, bar),
	})
	run := engine.Run{
		Targets:     p.targets,
		Scan:        s.Scan,
		Judge:       &engine.Judge{Checks: checks.All, Rules: p.policy.Rules, Now: p.now, Remedy: remedy.For},
		Concurrency: f.concurrency,
		Progress:    bar.set,
	}
	result, err := run.Do(ctx)
	bar.finish()
	defer result.Close()
	if result == nil {
		return fmt.Errorf("auditing: %w", err)
	}
	r := result.Report
	r.Tool, r.Generated, r.Now = tool(), a.now().UTC().Truncate(time.Second), p.now
	r.Policies, r.Unautomated = p.policy.Refs, p.policy.Unautomated
	var stop interrupted
	stopped := errors.As(context.Cause(ctx), &stop)
	switch {
	case stopped:
		r.Complete, r.Incomplete = false, stop.Error()+" before every target was audited"
	case err != nil:
		r.Complete, r.Incomplete = false, err.Error()
	case r.Summary.Subjects != p.count:
		r.Complete, r.Incomplete = false, fmt.Sprintf("%d targets were listed and %d audited: the inventory changed under way", p.count, r.Summary.Subjects)
	}
	// What was gathered is written in any case; then the error counts.
	if err := errors.Join(err, p.sinks.write(r)); err != nil {
		return err
	}
	a.code = gate(r, p.limit, f.allowIncomplete)
	if stopped {
		a.code = stop.code()
	}
	return nil
}

// validate refuses flag values that make no sense, before anything is opened.
func (f *auditFlags) validate() error {
	switch {
	case !slices.Contains(scanner.Depths, f.depth):
		return usageError(fmt.Sprintf("--depth %q is not a depth: one of %s", f.depth, joinOr(scanner.Depths)),
			"standard is what a compliance audit needs")
	case f.concurrency < 1 || f.concurrency > 4096:
		return usageError(fmt.Sprintf("--concurrency %d is out of range: 1 to 4096", f.concurrency), "64 suits most machines")
	case f.perHost < 0 || f.perHost > 64:
		return usageError(fmt.Sprintf("--per-host %d is out of range: 1 to 64", f.perHost), "leave it off for the polite default")
	case !(f.rate >= 0 && f.rate <= 1e6): // so that NaN is refused as well
		return usageError(fmt.Sprintf("--rate %g is out of range: 0 to 1000000 connections per second", f.rate), "leave it off for the polite default")
	case f.timeout < 0:
		return usageError(fmt.Sprintf("--timeout %s is negative", f.timeout), "write it as 30s or 2m")
	case !ehloName.MatchString(f.ehlo):
		return usageError(fmt.Sprintf("--ehlo %q is not a host name", f.ehlo), "give the name of the machine that scans, such as scanner.example.com")
	}
	return nil
}

// judgementTime parses --now.
func (a *app) judgementTime(text string) (time.Time, error) {
	if text == "" {
		return a.now().UTC(), nil
	}
	for _, layout := range []string{time.RFC3339, time.DateOnly} {
		if t, err := time.Parse(layout, text); err == nil && t.Year() >= 1990 {
			return t.UTC(), nil
		}
	}
	return time.Time{}, usageError(fmt.Sprintf("--now %q is not a time", text), "write 2026-12-31 or 2026-12-31T23:00:00Z; SSL is younger than 1990")
}

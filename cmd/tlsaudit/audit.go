package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"tlsaudit/internal/policy"
	"tlsaudit/scanner"
)

// auditFlags are the flags of the audit command. The demo fills them in
// itself, so that both take the same way through the program.
type auditFlags struct {
	inventories   []string
	policies      []string
	from          []string
	waivers       []string
	noWaivers     bool
	baseline      string
	writeBaseline string
	manifest      string
	signKey       string
	allAddresses  bool
	depth         string
	intrusive     bool
	order         bool
	anchors       []string
	systemRoots   bool
	ehlo          string
	perHost       int
	rate          float64
	budget        int
	resume        string
	db            string
	noResume      bool
	fromRun       string
	notify        string
	concurrency   int
	timeout       time.Duration
	now           string
	operator      string
	mail          mailFlags
	config        configFlags
	gateFlags
	outputFlags
	// given tells a flag that was written from one that has its default.
	given func(name string) bool
	// started says what began the run, for the history.
	started startedBy
	// hooks watch a run the program makes by itself.
	hooks runHooks
}

// rejudges reports whether stored evidence is judged, and nothing probed.
func (f *auditFlags) rejudges() bool { return len(f.from) > 0 || f.fromRun != "" }

func auditCommand(a *app) *cobra.Command {
	var f auditFlags
	c := &cobra.Command{
		Use:   "audit [TARGET|FILE|FOLDER]...",
		Short: "Probe endpoints, read configuration files, judge them against a policy, report",
		Long: `Probes every endpoint, judges what was seen against the policy, and reports.
Configuration files are judged by what their product makes of them, against the
policy and the rules of their product, and where endpoints are given too,
against what the wire shows. With configuration files alone no socket is opened.

A TARGET is written https://www.example.com, smtp://mx.example.com:25,
sametime://chat.example.com or host:port; the protocol of host:port follows
from the port. Further facts go behind a question mark:
  smtp://mx.example.com?ip=192.0.2.25&sni=mail.example.com&label.env=prod
mx:example.com stands for a mail domain: its MX records are looked up, every
address of every mail host is audited once, and so are MTA-STS, TLS-RPT, DNSSEC
and DANE.
A FILE is a configuration file of a server or client, found out by its content
and its name (--as says which it is), or an archive of some (.tar, .tar.gz,
.zip); a FOLDER is searched for them. Otherwise a FILE is an inventory: .yaml,
.csv, or a text file with a target a line; its name ends so or contains a slash.
"-" reads a list from standard input.

With --from nothing is probed: the evidence of earlier JSON reports is judged
again, under today's policy and clock; flags that say how to scan are refused.
With --resume a run that was interrupted is brought to its end: what its report
has seen to the end, at this depth and with these trust anchors, is judged again
and not probed; the report says so, and each observation says when it was made.
The rows of a gateway's table are judged as well, and without a target by
themselves.

With --db the run is kept in a history (tlsaudit history): each endpoint as soon as
it was seen, and all of it at the end. One run at a time: a second one ends in exit
code 6. What the latest run under the same policy and depth saw in the last twelve
hours is taken and not probed again if that run was broken off, and the report says
so; --no-resume probes everything. With --from-run a run of the history is judged
again, as a report is with --from. With --notify it is told what changed, by mail,
webhook or chat; bad news is looked at a second time before, as a run of its own,
and what could not be delivered is tried again behind the next run.

--depth says how much is asked:
` + depthHelp() + `
Rules that need what a depth does not ask are unknown, and name the depth that
asks it.

Reports go to standard output in the format --format names, and to every file
--out names, in the format its extension names or that stands before it, as in
-o csv=list.txt. Everything else goes to standard error.

` + gateHelp + exitCodeHelp,
		Example: `  tlsaudit audit https://www.example.com
  tlsaudit audit -i inventory.yaml -p policy.yaml -o report.xlsx -o report.json
  tlsaudit audit mx:example.com -p ietf-smtp --resolver 127.0.0.1
  tlsaudit audit -p nist-sp800-52r2-government --ca corporate-ca.pem mx.example.com:25
  tlsaudit audit -f json --fail-on high -i inventory.csv > report.json
  tlsaudit audit -i inventory.yaml --fail-on none --fail-on-rule cert.validity.now --min-score 80
  tlsaudit audit conf/ -p policy.yaml --product-version openssl=3.0
  tlsaudit audit etc-nginx.tar.gz https://www.example.com
  tlsaudit audit --from report.json -p pci-dss-4.0.1 --now 2027-03-15
  tlsaudit audit -i inventory.yaml -w waivers.yaml --baseline last.json --new-only
  tlsaudit audit -i inventory.yaml -p policy.yaml --db audits.db -q
  tlsaudit audit --db audits.db --from-run latest -p pci-dss-4.0.1`,
		Args: cobra.ArbitraryArgs,
		RunE: func(c *cobra.Command, args []string) error {
			f.given = c.Flags().Changed
			return a.audit(c.Context(), f, args)
		},
	}
	f.register(c)
	f.config.register(c)
	f.registerGate(c)
	f.registerManifest(c)
	f.registerHistory(c, a)
	return c
}

// register declares the flags that say what is observed, held against what and
// written where; help, completion and docs/cli.md derive from it.
func (f *auditFlags) register(c *cobra.Command) {
	flags := c.Flags()
	flags.SortFlags = false
	flags.StringArrayVarP(&f.inventories, "inventory", "i", nil, "inventory `FILE` (.yaml, .csv or .txt; repeatable)")
	flags.StringArrayVarP(&f.policies, "policy", "p", nil, "policy `FILE` or built-in profile id (repeatable; default baseline)")
	flags.StringArrayVar(&f.from, "from", nil, "judge the evidence of this JSON report `FILE` again, probe nothing (repeatable)")
	f.outputFlags.register(c)
	flags.BoolVar(&f.allowIncomplete, "allow-incomplete", false, "do not exit 3 when something could not be judged")
	flags.BoolVar(&f.allAddresses, "all-addresses", false, "audit each name at all of its addresses, and compare them")
	flags.BoolVar(&f.order, "order", false, "ask for the server's whole order of cipher suites, one connection after another")
	flags.StringVar(&f.depth, "depth", "standard", "how much to ask: "+joinOr(scanner.Depths))
	flags.BoolVar(&f.intrusive, "intrusive", false, "with --depth deep: also what may disturb a server or fill its log, if its owner agreed")
	flags.StringArrayVar(&f.anchors, "ca", nil, "trust the CA certificates in this PEM `FILE` (repeatable)")
	flags.BoolVar(&f.systemRoots, "system-roots", false, "trust the system's CA certificates (the default without --ca)")
	flags.StringVar(&f.ehlo, "ehlo", "tlsaudit.invalid", "the `NAME` to greet SMTP servers with")
	flags.IntVar(&f.perHost, "per-host", 0, "connections in flight per address and port (default 16 for https and tls, 2 or 3 for other protocols)")
	flags.Float64Var(&f.rate, "rate", 0, "new connections per second per address and port (default 10, SMTP 4, after as many at once as --per-host says; loopback unlimited)")
	flags.IntVar(&f.budget, "budget", 0, "connections per address and port in all; what they do not suffice for is unknown (default no bound)")
	flags.IntVar(&f.concurrency, "concurrency", 64, "endpoints audited at the same time")
	flags.StringVar(&f.resume, "resume", "", "take what this JSON report `FILE` of an interrupted run has seen, and probe the rest")
	flags.DurationVar(&f.timeout, "timeout", 0, "time budget per endpoint (default 2m, SMTP 5m)")
	f.mail.register(flags)
	flags.StringVar(&f.now, "now", "", "judge as of this `TIME` (2006-01-02 or RFC 3339; default: the clock)")
	flags.StringVar(&f.operator, "operator", "", "`NAME` of who answers for the run, for the report")
	completeFrom(c, "depth", scanner.Depths)
	completeLater(c, "policy", policy.ProfileIDs)
}

// registerGate declares the flags that say what counts.
func (f *auditFlags) registerGate(c *cobra.Command) {
	flags := c.Flags()
	flags.StringArrayVarP(&f.waivers, "waivers", "w", nil, "waiver `FILE` (repeatable)")
	flags.BoolVar(&f.noWaivers, "no-waivers", false, "judge as if there were no waivers")
	flags.StringVar(&f.baseline, "baseline", "", "compare with this earlier JSON report or baseline `FILE`")
	flags.BoolVar(&f.newOnly, "new-only", false, "let only findings that are not in the baseline count for --fail-on and --fail-on-rule")
	flags.StringVar(&f.metrics, "metrics-file", "", "write metrics for the Prometheus textfile collector to this `FILE`, which all users can read")
	flags.StringVar(&f.writeBaseline, "write-baseline", "", "write what was found to this `FILE`, as a baseline for later runs")
	f.gateFlags.register(c)
}

// audit runs an audit from flags to exit code.
func (a *app) audit(ctx context.Context, f auditFlags, args []string) error {
	if _, err := parseThreshold(f.failOn); err != nil {
		return err
	}
	if err := f.validate(); err != nil {
		return err
	}
	sinks, err := a.planOutputs(&f, args)
	if err != nil {
		return err
	}
	held, err := a.demandsOf(&f)
	if err != nil {
		return err
	}
	told, err := a.planNotice(&f, args)
	if err != nil {
		return err
	}
	p := plan{sinks: sinks, demands: held}
	if p.gate, err = f.gateFlags.gate(knownTo(held.policy)); err != nil {
		return err
	}
	endpoints, files := f.split(args)
	if !f.rejudges() {
		if p.files, err = f.config.readConfiguration(files, append(slices.Clip(f.inventories), inventoriesOf(endpoints)...)); err != nil {
			return err
		}
	}
	if len(files) > 0 && p.files.files()+len(endpoints)+len(f.inventories) == 0 {
		return p.files.nothing(files)
	}
	if f.fromRun != "" {
		return a.rejudgeRun(ctx, &f, p, args)
	}
	if p.source, err = a.sourceOf(&f, args, endpoints, len(held.policy.Tables)+p.files.files() > 0); err != nil {
		return err
	}
	p.source.inventory = f.inventory(endpoints, files)
	if err = f.hooks.pick(&p.source); err == nil {
		p.record, err = a.record(ctx, &f, &p)
	}
	if err == nil {
		if err = told.announce(ctx, p.record); err != nil {
			p.record.close(ctx)
		}
	}
	if err != nil {
		p.source.resumed.remove()
		return err
	}
	f.hooks.begin(p.record, p.source.count)
	return errors.Join(a.execute(ctx, &f, p), told.send(ctx, p.record))
}

// split tells configuration files from targets and inventories.
func (f *auditFlags) split(args []string) (endpoints, files []string) {
	for _, arg := range args {
		if f.config.isConfiguration(arg) {
			files = append(files, arg)
		} else {
			endpoints = append(endpoints, arg)
		}
	}
	return endpoints, files
}

// inventoriesOf leaves out what is a target for certain: a URL, of which the
// labels may end like the name of a file.
func inventoriesOf(endpoints []string) []string {
	return slices.DeleteFunc(slices.Clone(endpoints), func(arg string) bool { return strings.Contains(arg, "://") })
}

// plan is what an audit is made of once every flag and file has been read.
type plan struct {
	gate    gate
	sinks   *sinks
	demands *demands
	source  source
	files   *configuration
	// record keeps the run in a history; nil if it is not kept.
	record *recording
}

// validate refuses flag values that make no sense, before anything is opened.
func (f *auditFlags) validate() error {
	switch {
	case !slices.Contains(scanner.Depths, f.depth):
		return usageError(fmt.Sprintf("--depth %q is not a depth: one of %s", f.depth, joinOr(scanner.Depths)),
			"standard is what a compliance audit needs")
	case f.intrusive && f.depth != scanner.DepthDeep:
		return usageError("--intrusive adds to --depth "+scanner.DepthDeep+" only, and the depth is "+f.depth, "add --depth "+scanner.DepthDeep)
	case f.concurrency < 1 || f.concurrency > 4096:
		return usageError(fmt.Sprintf("--concurrency %d is out of range: 1 to 4096", f.concurrency), "64 suits most machines")
	case f.perHost < 0 || f.perHost > 64:
		return usageError(fmt.Sprintf("--per-host %d is out of range: 1 to 64", f.perHost), "leave it off for the polite default")
	case !(f.rate >= 0 && f.rate <= 1e6): // so that NaN is refused as well
		return usageError(fmt.Sprintf("--rate %g is out of range: 0 to 1000000 connections per second", f.rate), "leave it off for the polite default")
	case f.budget < 0:
		return usageError(fmt.Sprintf("--budget %d is negative", f.budget), "about 40 connections let the standard depth finish; leave it off for no bound")
	case f.newOnly && f.baseline == "":
		return usageError("--new-only needs a baseline to tell what is new", "add --baseline FILE, an earlier JSON report or what --write-baseline wrote")
	case f.timeout < 0:
		return usageError(fmt.Sprintf("--timeout %s is negative", f.timeout), "write it as 30s or 2m")
	case !ehloName.MatchString(f.ehlo):
		return usageError(fmt.Sprintf("--ehlo %q is not a host name", f.ehlo), "give the name of the machine that scans, such as scanner.example.com")
	}
	if err := f.mail.validate(); err != nil {
		return err
	}
	if err := f.validateHistory(); err != nil {
		return err
	}
	return f.validateFrom()
}

// scanFlags are the flags that say how endpoints are scanned, and why stored
// evidence does not heed them.
var scanFlags = []struct{ name, why string }{
	{"ca", "trust was evaluated when the endpoints were scanned"},
	{"system-roots", "trust was evaluated when the endpoints were scanned"},
	{"all-addresses", "nothing is probed"},
	{"depth", "what was asked was decided when the endpoints were scanned"},
	{"intrusive", "what was asked was decided when the endpoints were scanned"},
	{"order", "what was asked was decided when the endpoints were scanned"},
	{"ehlo", "nothing is probed"},
	{"per-host", "nothing is probed"},
	{"rate", "nothing is probed"},
	{"budget", "nothing is probed"},
	{"concurrency", "nothing is probed"},
	{"resume", "nothing is probed"},
	{"no-resume", "nothing is probed"},
	{"timeout", "nothing is probed"},
	{"resolver", "nothing is looked up"},
	{"resolver-validates", "nothing is looked up"},
}

// validateFrom refuses beside --from what would be quietly without effect.
func (f *auditFlags) validateFrom() error {
	if !f.rejudges() || f.given == nil {
		return nil
	}
	from := "--from"
	if f.fromRun != "" {
		from = "--from-run"
	}
	for _, flag := range scanFlags {
		if f.given(flag.name) {
			return usageError(fmt.Sprintf("--%s has no effect with %s: %s", flag.name, from, flag.why), "leave it off, or audit the endpoints again, without "+from)
		}
	}
	return nil
}

// judgementTime parses --now.
func (a *app) judgementTime(text string) (time.Time, error) {
	if text == "" {
		return a.now().UTC(), nil
	}
	for _, layout := range []string{time.RFC3339, time.DateOnly} {
		if t, err := time.Parse(layout, text); err == nil && t.Year() >= 1990 && !lenient(text) {
			return t.UTC(), nil
		}
	}
	return time.Time{}, usageError(fmt.Sprintf("--now %q is not a time", text), "write 2026-12-31 or 2026-12-31T23:00:00Z; SSL is younger than 1990")
}

// lenient reports what time.Parse takes and RFC 3339 does not: an hour of one
// digit, a comma before the fraction.
func lenient(text string) bool {
	return strings.Contains(text, ",") || len(text) > len(time.DateOnly) && text[13] != ':'
}

package main

import (
	"context"
	_ "embed"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"tlsaudit/audit"
	"tlsaudit/checks"
	"tlsaudit/fixtures"
	"tlsaudit/internal/pki"
	"tlsaudit/internal/policy"
)

//go:embed demo-policy.yaml
var demoPolicy []byte

func demoCommand(a *app) *cobra.Command {
	var dir string
	var serve bool
	var limit time.Duration
	f := auditFlags{depth: "standard", concurrency: 16, ehlo: "scanner.example.com", timeout: 8 * time.Second}
	c := &cobra.Command{
		Use:   "demo",
		Short: "Audit embedded endpoints, good and bad: the main job, end to end",
		Long: `Starts servers on loopback (web, mail and Sametime; hardened, weak, expired,
misnamed, plain), audits them against a policy with a mail gateway's table, prints
the findings and writes report.xlsx and report.json. It needs no network and no
privileges, and exits 0 whatever it finds: the endpoints are bad on purpose.

With --serve it audits nothing: it keeps the servers running, writes
demo-inventory.yaml and demo-ca.pem, and says how to audit them yourself.`,
		Example: "  tlsaudit demo\n  tlsaudit demo --dir out\n  tlsaudit demo --serve --for 10m",
		Args:    noArguments,
		RunE: func(c *cobra.Command, _ []string) error {
			switch {
			case serve:
				return a.demoServe(c.Context(), dir, limit)
			case c.Flags().Changed("for"):
				return usageError("--for is about --serve", "tlsaudit demo --serve --for "+limit.String())
			}
			return a.demo(c.Context(), f, dir)
		},
	}
	c.Flags().StringVar(&dir, "dir", ".", "`DIRECTORY` to write to")
	c.Flags().BoolVar(&serve, "serve", false, "keep the servers running until Ctrl-C, to audit them yourself")
	c.Flags().DurationVar(&limit, "for", 0, "with --serve: stop after this time")
	c.Flags().BoolVarP(&f.verbose, "verbose", "v", false, "show passed rules too, and what the scanner does")
	c.Flags().BoolVar(&f.noColor, "no-color", false, "no colours (also: the NO_COLOR environment variable)")
	return c
}

func (a *app) demo(ctx context.Context, f auditFlags, dir string) error {
	zoo, err := fixtures.Demo(ctx, a.now())
	if err != nil {
		return fmt.Errorf("starting the demo's servers: %w", err)
	}
	defer zoo.Close()
	pol, err := policy.Parse("demo-policy.yaml", demoPolicy, checks.All)
	if err != nil {
		return err
	}
	anchors, err := pki.ParseAnchors("demo root", zoo.CA)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return cannotWrite(dir, err)
	}
	f.outputs = []string{filepath.Join(dir, "report.xlsx"), filepath.Join(dir, "report.json")}
	f.format = "table"
	sinks, err := a.planOutputs(&f, nil)
	if err != nil {
		return err
	}
	list := zoo.Targets()
	fmt.Fprintf(a.stderr, "auditing %d endpoints on loopback\n", len(list))
	p := plan{
		gate: gate{limit: thresholds[0]}, sinks: sinks,
		demands: &demands{now: a.now().UTC(), policy: pol},
		source:  source{targets: each(list), anchors: anchors, count: len(list)},
	}
	if err := a.execute(ctx, &f, p); err != nil {
		return err
	}
	if a.code == exitFindings || a.code == exitIncomplete {
		a.code = exitCompliant
	}
	a.demoTour(f.outputs, zoo)
	return nil
}

// demoTour says what to look at next.
func (a *app) demoTour(outputs []string, zoo *fixtures.Zoo) {
	fmt.Fprintf(a.stderr, `
These were %d endpoints, many of them bad on purpose. Look next at
  %s   the workbook an auditor gets
  %s   the same as data, schema %s
  tlsaudit explain cert.identity       why a check matters and how it is decided
  tlsaudit policy show baseline        what endpoints are held against
and then audit your own:
  tlsaudit audit https://www.example.com smtp://mx.example.com
`, len(zoo.Endpoints), outputs[0], outputs[1], audit.SchemaV1)
}

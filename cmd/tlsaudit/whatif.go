package main

import (
	"context"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"tlsaudit/audit"
	"tlsaudit/internal/gateway"
	"tlsaudit/internal/pki"
)

func whatIfCommand(a *app) *cobra.Command {
	var f auditFlags
	c := &cobra.Command{
		Use:   "whatif [TARGET|FILE]...",
		Short: "Say what every mail peer satisfies today, and who would break if a row were raised",
		Long: `Tells, for every mail peer, the highest security level and encryption strength
it satisfies today, and for every row of the gateway's table who would stop
receiving mail if the row demanded more, and why: the answer to have before a
table is tightened.

Peers are probed, or with --from judged by the evidence of earlier reports.
Without targets the peers are those the table's rows name: the MX hosts of
domain groups, looked up in the DNS, and the members of small address groups.

Nothing is broken by asking: findings do not change the exit code.`,
		Example: `  tlsaudit whatif -p policy.yaml
  tlsaudit whatif -p policy.yaml --from report.json -o whatif.xlsx
  tlsaudit whatif -p policy.yaml -i partners.yaml -f json`,
		Args: cobra.ArbitraryArgs,
		RunE: func(c *cobra.Command, args []string) error {
			f.given = c.Flags().Changed
			return a.whatIf(c.Context(), f, args)
		},
	}
	f.register(c)
	return c
}

// whatIf runs an audit whose report is about what could be demanded.
func (a *app) whatIf(ctx context.Context, f auditFlags, args []string) error {
	if err := f.validate(); err != nil {
		return err
	}
	sinks, err := a.planOutputs(&f, args)
	if err != nil {
		return err
	}
	sinks.options.WhatIf = true
	held, err := a.demandsOf(&f)
	if err != nil {
		return err
	}
	held.whatIf = true
	p := plan{gate: gate{limit: threshold{never: true}, allowIncomplete: f.allowIncomplete}, sinks: sinks, demands: held}
	if len(args)+len(f.inventories)+len(f.from) > 0 {
		p.source, err = a.sourceOf(&f, args, args, false)
	} else {
		p.source, err = a.peers(ctx, &f, held.policy.Tables)
	}
	if err != nil {
		return err
	}
	return a.execute(ctx, &f, p)
}

// lookupTime bounds the search for the peers of a table.
const lookupTime = 2 * time.Minute

// peers are the targets the rows of the tables name themselves.
func (a *app) peers(ctx context.Context, f *auditFlags, tables []*gateway.Table) (source, error) {
	if len(tables) == 0 {
		return source{}, withCode(exitNothing, &audit.InputError{
			Cause: "no mail peers to look at: the policy has no table of connections, and no target was given",
			Hint:  "add connections to the policy (tlsaudit init writes an example), or name the peers: tlsaudit whatif smtp://mx.example.com",
		})
	}
	anchors, err := pki.LoadAnchors(f.anchors, f.systemRoots || len(f.anchors) == 0)
	if err != nil {
		return source{}, err
	}
	ctx, cancel := context.WithTimeout(ctx, lookupTime)
	defer cancel()
	var targets []audit.Target
	missed := 0
	for _, t := range tables {
		found, problems := t.Targets(ctx, a.resolver)
		for _, p := range problems {
			fmt.Fprintf(cleaner{a.stderr}, "not looked at: %s\n", p)
			if p.Member != gateway.AnyMember {
				missed++
			}
		}
		targets = gateway.JoinTargets(targets, found)
	}
	if len(targets) == 0 {
		return source{}, withCode(exitNothing, &audit.InputError{
			Cause: "no mail peers to look at: the rows of the table name none that can be enumerated",
			Hint:  "name the peers: tlsaudit whatif -p policy.yaml smtp://mx.example.com, or --from report.json",
		})
	}
	s := source{targets: each(targets), anchors: anchors, count: len(targets)}
	if s.read, err = f.sourcesRead(nil); err != nil {
		return source{}, err
	}
	if missed > 0 {
		s.gap = plural(missed, "member", "members") + " of the gateway's table could not be looked at"
	}
	return s, nil
}

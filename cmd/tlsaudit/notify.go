package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"

	"github.com/spf13/cobra"

	"tlsaudit/internal/notify"
	"tlsaudit/report"
)

func notifyCommand(a *app) *cobra.Command {
	c := &cobra.Command{
		Use:   "notify",
		Short: "Try notifications out",
		Args:  subcommandOnly,
		RunE:  func(c *cobra.Command, _ []string) error { return c.Help() },

		SuggestionsMinimumDistance: 2,
	}
	var channel string
	test := &cobra.Command{
		Use:   "test CONFIG",
		Short: "Send a test message to every channel",
		Long: `Reads a file with the section notify:, and the secrets it refers to, and sends a
test message to every channel, or to the one --channel names. It says that
nothing was audited. docs/notifications.md describes the section.

Exit codes:
  0    every receiver took the message
  1    a message was not taken, and the line says why
  2    usage error, or a fault in the configuration`,
		Example: "  tlsaudit notify test notify.yaml --channel operators",
		Args:    exactlyOne("CONFIG", "tlsaudit notify test notify.yaml"),
		RunE:    func(c *cobra.Command, args []string) error { return a.notifyTest(c.Context(), args[0], channel) },
	}
	show := &cobra.Command{
		Use:   "show CONFIG [RUN]",
		Short: "Show what would be sent, and send nothing",
		Long: `Prints what each channel, or the one --channel names, would be sent about a run
of the history --db names: the body of a request, or a mail. Without RUN it is
the test message. Nothing is sent, and nothing counts as sent.`,
		Example: `  tlsaudit notify show notify.yaml
  tlsaudit notify show notify.yaml latest --db audits.db --channel operators`,
		Args: func(c *cobra.Command, args []string) error {
			if len(args) == 0 || len(args) > 2 {
				return usageError(c.CommandPath()+" needs CONFIG, and takes a RUN", "tlsaudit notify show notify.yaml")
			}
			return nil
		},
	}
	var db string
	show.RunE = func(c *cobra.Command, args []string) error {
		run := ""
		if len(args) == 2 {
			run = args[1]
		}
		return a.notifyShow(c.Context(), args[0], run, db, channel)
	}
	for _, sub := range []*cobra.Command{test, show} {
		sub.Flags().SortFlags = false
		sub.Flags().StringVar(&channel, "channel", "", "only the channel of this `NAME`")
	}
	show.Flags().StringVar(&db, "db", "", "the history RUN is in: a `FILE` or postgres://...")
	c.AddCommand(test, show)
	return c
}

// notifier reads a configuration; only the channel that is named must exist.
func (a *app) notifier(config, channel string, source notify.Source) (*notify.Notifier, []string, error) {
	c, err := notify.Load(config)
	if err != nil {
		return nil, nil, err
	}
	n, err := notify.New(c, notify.Parts{Source: source, Now: a.now, Getenv: a.getenv})
	if err != nil {
		return nil, nil, err
	}
	if channel == "" {
		return n, n.Channels(), nil
	}
	if err := n.Knows(channel); err != nil {
		return nil, nil, usageError("--channel: "+err.Error(), err.Hint())
	}
	return n, []string{channel}, nil
}

func (a *app) notifyTest(ctx context.Context, config, channel string) error {
	n, _, err := a.notifier(config, channel, nil)
	if err != nil {
		return err
	}
	failed := 0
	for _, d := range n.Test(ctx, channel) {
		line := d.Channel + ": " + string(d.Outcome)
		if d.Outcome != notify.Sent {
			failed++
			line += ": " + d.Why
		}
		fmt.Fprintln(cleaner{a.stdout}, line)
	}
	if failed > 0 {
		a.code = exitFindings
	}
	return nil
}

func (a *app) notifyShow(ctx context.Context, config, run, db, channel string) (err error) {
	var source notify.Source
	switch {
	case run == "" && db != "":
		return usageError("--db is where RUN is looked for, and there is no RUN", "tlsaudit notify show "+config+" latest --db "+db)
	case run != "" && db == "":
		return usageError("in which history is the run? --db is missing", "tlsaudit notify show "+config+" "+run+" --db audits.db")
	case run != "":
		kept, err := a.openHistory(ctx, db, false)
		if err != nil {
			return err
		}
		defer func() { _ = kept.Close() }()
		source = kept
	}
	n, channels, err := a.notifier(config, channel, source)
	if err != nil {
		return err
	}
	for _, name := range channels {
		var text []byte
		note := "the test message"
		if run == "" {
			text, err = n.PreviewTest(name)
		} else {
			var send bool
			var why string
			if text, send, why, err = n.Preview(ctx, run, name); send {
				note = "would be sent"
			} else {
				note = "would not be sent: " + why
			}
		}
		if err != nil {
			return err
		}
		fmt.Fprintf(cleaner{a.stderr}, "%s: %s\n", name, note)
		var indented bytes.Buffer
		if json.Indent(&indented, text, "", "  ") == nil { // a request; a mail is no JSON
			text = indented.Bytes()
		}
		for _, line := range report.CleanLines(string(text)) {
			fmt.Fprintln(a.stdout, line)
		}
	}
	return nil
}

package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"

	"github.com/spf13/cobra"

	"tlsaudit/audit"
	"tlsaudit/internal/notify"
	"tlsaudit/internal/policy"
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
	f := &notifyFlags{}
	test := &cobra.Command{
		Use:   "test CONFIG",
		Short: "Send a test message to every channel",
		Long: `Reads the section notify: of a file, which may be the serve.yaml of tlsaudit serve,
and the secrets it refers to, and sends a test message to every channel, or to the
one --channel names. It says that nothing was audited. docs/notifications.md
describes the section.

Exit codes:
  0    every receiver took the message
  1    a message was not taken, and the line says why
  2    usage error, or a fault in the configuration`,
		Example: "  tlsaudit notify test notify.yaml --channel operators",
		Args:    exactlyOne("CONFIG", "tlsaudit notify test notify.yaml"),
		RunE: func(c *cobra.Command, args []string) error {
			f.config = args[0]
			return a.notifyTest(c.Context(), f)
		},
	}
	show := &cobra.Command{
		Use:   "show CONFIG [RUN]",
		Short: "Show what would be sent, and send nothing",
		Long: `Prints what each channel, or the one --channel names, would be sent about a run
of the history --db names: the body of a request, or a mail. Without RUN it is
the test message. Nothing is sent, and nothing counts as sent.

What a message foretells depends on the policy and the waivers: those of --policy
and --waivers, else those of the section audit: if CONFIG has one.`,
		Example: `  tlsaudit notify show notify.yaml
  tlsaudit notify show serve.yaml latest
  tlsaudit notify show notify.yaml latest --db audits.db -p policy.yaml --channel operators`,
		Args: func(c *cobra.Command, args []string) error {
			if len(args) == 0 || len(args) > 2 {
				return usageError(c.CommandPath()+" needs CONFIG, and takes a RUN", "tlsaudit notify show notify.yaml")
			}
			return nil
		},
		RunE: func(c *cobra.Command, args []string) error {
			f.config = args[0]
			if len(args) == 1 {
				return a.notifyShowTest(f)
			}
			return a.notifyShow(c.Context(), f, args[1])
		},
	}
	for _, sub := range []*cobra.Command{test, show} {
		sub.Flags().SortFlags = false
		sub.Flags().StringVar(&f.channel, "channel", "", "only the channel of this `NAME`")
	}
	registerDatabase(show.Flags(), &f.db, "the history RUN is in:")
	show.Flags().StringArrayVarP(&f.policies, "policy", "p", nil, "policy `FILE` or built-in profile id (repeatable; default baseline)")
	show.Flags().StringArrayVarP(&f.waivers, "waivers", "w", nil, "waiver `FILE` (repeatable)")
	completeLater(show, "policy", policy.ProfileIDs)
	c.AddCommand(test, show)
	return c
}

// notifyFlags are the flags and the argument of the notify commands.
type notifyFlags struct {
	config, channel, db string
	policies, waivers   []string
}

// settings reads the file as serve does: it may be the same.
func (f *notifyFlags) settings(a *app) (*settings, error) {
	serve, given := &serveFlags{}, &cobra.Command{}
	serve.register(given)
	serve.given, serve.set, serve.config, serve.db = given.Flags().Changed, given.Flags().Set, f.config, f.db
	for _, flag := range []struct {
		name   string
		values []string
	}{{"policy", f.policies}, {"waivers", f.waivers}} {
		for _, value := range flag.values {
			if err := serve.set(flag.name, value); err != nil {
				return nil, err
			}
		}
	}
	set, err := a.settings(serve, nil)
	if err == nil && set.notify == nil {
		err = &audit.InputError{Place: audit.Place{File: f.config}, Cause: "the section notify: is missing", Hint: "add it; docs/notifications.md shows one"}
	}
	return set, err
}

// channels are the names of the channels that are meant: one that is named must
// exist.
func (f *notifyFlags) channels(n *notify.Notifier) ([]string, error) {
	if f.channel == "" {
		return n.Channels(), nil
	}
	if err := n.Knows(f.channel); err != nil {
		return nil, usageError("--channel: "+err.Error(), err.Hint())
	}
	return []string{f.channel}, nil
}

// notifier makes the channels of a configuration, and names those that are meant.
func (a *app) notifier(f *notifyFlags, c *notify.Config, p notify.Parts) (*notify.Notifier, []string, error) {
	p.Now, p.Getenv = a.now, a.getenv
	n, err := notify.New(c, p)
	if err != nil {
		return nil, nil, err
	}
	names, err := f.channels(n)
	return n, names, err
}

func (a *app) notifyTest(ctx context.Context, f *notifyFlags) error {
	set, err := f.settings(a)
	if err != nil {
		return err
	}
	n, _, err := a.notifier(f, set.notify, notify.Parts{})
	if err != nil {
		return err
	}
	failed := 0
	for _, d := range n.Test(ctx, f.channel) {
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

// notifyShowTest shows the test message.
func (a *app) notifyShowTest(f *notifyFlags) error {
	if f.db != "" {
		return usageError("--db is where RUN is looked for, and there is no RUN", "tlsaudit notify show "+shellWord(f.config)+" latest --db "+shellWord(f.db))
	}
	set, err := f.settings(a)
	if err != nil {
		return err
	}
	n, names, err := a.notifier(f, set.notify, notify.Parts{})
	if err != nil {
		return err
	}
	for _, name := range names {
		text, err := n.PreviewTest(name)
		if err != nil {
			return err
		}
		a.showMessage(name, "the test message", text)
	}
	return nil
}

// notifyShow shows the messages about a run.
func (a *app) notifyShow(ctx context.Context, f *notifyFlags, run string) error {
	set, err := f.settings(a)
	if err != nil {
		return err
	}
	if set.db == "" {
		return usageError("in which history is the run? --db is missing", "tlsaudit notify show "+shellWord(f.config)+" "+shellWord(run)+" --db audits.db")
	}
	store, err := a.openHistory(ctx, set.db, false)
	if err != nil {
		return err
	}
	defer func() { _ = store.Close() }() // it was read only
	found, err := findRun(ctx, store, run)
	if err != nil {
		return err
	}
	n, names, err := a.notifier(f, set.notify, notify.Parts{Source: store, Claims: store, Outlook: &foresight{app: a, store: store, flags: set.audit}})
	if err != nil {
		return err
	}
	for _, name := range names {
		text, send, why, err := n.Preview(ctx, found.ID, name)
		if err != nil {
			return err
		}
		note := "would be sent"
		if !send {
			note = "would not be sent: " + why
		}
		a.showMessage(name, note, text)
	}
	return nil
}

// showMessage prints a message, and what is to be said of it beside.
func (a *app) showMessage(channel, note string, text []byte) {
	fmt.Fprintf(cleaner{a.stderr}, "%s: %s\n", channel, note)
	var indented bytes.Buffer
	if json.Indent(&indented, text, "", "  ") == nil { // a request; a mail is no JSON
		text = indented.Bytes()
	}
	for _, line := range report.CleanLines(string(text)) {
		fmt.Fprintln(a.stdout, line)
	}
}

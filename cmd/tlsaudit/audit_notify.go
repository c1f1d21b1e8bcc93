package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"slices"

	"tlsaudit/internal/notify"
)

// notice tells of the run of a command; nil tells nothing.
type notice struct {
	app    *app
	flags  *auditFlags
	args   []string
	config *notify.Config
	// piped is what came through standard input: the second look needs it as well.
	piped bytes.Buffer
}

// planNotice reads the channels --notify names, with their secrets, before the
// audit begins.
func (a *app) planNotice(f *auditFlags, args []string) (*notice, error) {
	if f.notify == "" {
		return nil, nil
	}
	if a.database(f.db) == "" {
		return nil, usageError("--notify tells what changed since the run before, and there is no history", "add --db audits.db")
	}
	named := &notifyFlags{config: f.notify}
	set, err := named.settings(a)
	if err != nil {
		return nil, err
	}
	if _, _, err := a.notifier(named, set.notify, notify.Parts{}); err != nil {
		return nil, err
	}
	n := &notice{app: a, flags: f, args: args, config: set.notify}
	a.stdin = io.TeeReader(a.stdin, &n.piped)
	return n, nil
}

// send tells of the run that was recorded, behind a second look at its bad news,
// also if it was broken off. That a message cannot be delivered is said and fails
// no audit.
func (n *notice) send(ctx context.Context, r *recording) error {
	if n == nil || r == nil {
		return nil
	}
	store, err := n.app.openHistory(context.WithoutCancel(ctx), r.dsn, false)
	if err != nil {
		return fmt.Errorf("telling of the run: %w", err)
	}
	defer func() { _ = store.Close() }() // claims are kept one by one
	log := slog.New(slog.NewTextHandler(cleaner{n.app.stderr}, &slog.HandlerOptions{Level: slog.LevelWarn}))
	notices, err := n.app.newNotices(n.config, store, &foresight{app: n.app, store: store, flags: *n.flags}, log, nil)
	if err != nil {
		return fmt.Errorf("telling of the run: %w", err)
	}
	notices.own = r.id
	err = (&teller{store: store, notices: notices, log: log, look: n.look(log)}).tell(ctx, r.id)
	if _, failed := store.Claim(context.WithoutCancel(ctx), tellingKey+r.id+toldKey, n.app.now()); err == nil {
		err = failed
	}
	if err != nil {
		return fmt.Errorf("telling of the run: %w", err)
	}
	return nil
}

// announce says in the history that this command tells of its run, before that ends:
// a service would tell of it as it is, ahead of the second look.
func (n *notice) announce(ctx context.Context, r *recording) error {
	if n == nil || r == nil {
		return nil
	}
	_, err := r.store.Claim(ctx, tellingKey+r.id, n.app.now())
	return err
}

// look makes the audit of a second look.
func (n *notice) look(log *slog.Logger) func(context.Context, order) error {
	return func(ctx context.Context, o order) error {
		if !n.flags.quiet {
			fmt.Fprintln(cleaner{n.app.stderr}, "looking a second time at what has bad news, before it is told")
		}
		own := *n.app
		own.stdin = bytes.NewReader(n.piped.Bytes())
		err := own.within(ctx, log, n.flags.again(), n.flags.db, n.args, o)
		if ctx.Err() != nil {
			err = context.Cause(ctx)
		}
		return err
	}
}

// again are the flags of a second look: it sees and judges the same, and leaves
// nothing but its run.
func (f auditFlags) again() auditFlags {
	given := f.given
	f.given = func(name string) bool { return given != nil && slices.Contains(servedFlags, name) && given(name) }
	f.outputFlags = outputFlags{quiet: true, noColor: f.noColor}
	f.baseline, f.newOnly, f.writeBaseline, f.manifest, f.signKey = "", false, "", "", ""
	f.notify, f.resume = "", ""
	return f
}

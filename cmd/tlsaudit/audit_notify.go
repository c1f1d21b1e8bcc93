package main

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"tlsaudit/internal/notify"
)

// lastNotice is how long a message may take when the program was told to stop.
const lastNotice = 20 * time.Second

// notice tells of the run of a command; nil tells nothing.
type notice struct {
	app    *app
	flags  *auditFlags
	config *notify.Config
}

// planNotice reads the channels --notify names, with their secrets, before the
// audit begins.
func (a *app) planNotice(f *auditFlags) (*notice, error) {
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
	return &notice{app: a, flags: f, config: set.notify}, nil
}

// send tells of the run that was recorded, also if it was broken off. That a
// message cannot be delivered is said and fails no audit.
func (n *notice) send(ctx context.Context, r *recording) error {
	if n == nil || r == nil {
		return nil
	}
	if ctx.Err() != nil {
		var stop context.CancelFunc
		ctx, stop = context.WithTimeout(context.WithoutCancel(ctx), lastNotice)
		defer stop()
	}
	store, err := n.app.openHistory(ctx, r.dsn, false)
	if err != nil {
		return fmt.Errorf("telling of the run: %w", err)
	}
	defer func() { _ = store.Close() }() // claims are kept one by one
	log := slog.New(slog.NewTextHandler(cleaner{n.app.stderr}, &slog.HandlerOptions{Level: slog.LevelWarn}))
	notices, err := n.app.newNotices(n.config, store, &foresight{app: n.app, store: store, flags: *n.flags}, log, nil)
	if err != nil {
		return fmt.Errorf("telling of the run: %w", err)
	}
	notices.finished(ctx, r.id)
	return nil
}

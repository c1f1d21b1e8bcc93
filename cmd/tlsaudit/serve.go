package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/signal"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"tlsaudit/internal/access"
	"tlsaudit/internal/history"
)

// defaultListen is for this machine alone.
const defaultListen = "127.0.0.1:8980"

// farewell is how long requests may take that are under way when the program is
// told to stop.
const farewell = 10 * time.Second

func serveCommand(a *app) *cobra.Command {
	f := &serveFlags{}
	c := &cobra.Command{
		Use:   "serve [TARGET|FILE|FOLDER]...",
		Short: "Audit on a schedule, and show the history as web pages",
		Long: `Serves the history --db names as web pages, begins audits when they are due, and
tells of what changed. What is audited and by which policy is said as for the audit
command.

It listens on 127.0.0.1. There anybody on the machine may read, and who is to start
audits signs in with a token (tlsaudit serve token). Any other address, a proxy in
front (--proxy) and any other name (--host) take a way to sign in, and an address
that is not loopback takes TLS as well; without them it does not start. The pages
speak TLS 1.3 alone.

With --schedule audits begin by themselves: one at a time, each due time once,
whichever process sees it first, and once for all times that were missed. Times are
those of --zone, whatever the machine's are. When the program is stopped, a running
audit is broken off, and the next one goes on with what it has seen.

--config names one file for all of it (docs/serve.md); flags override what it says.
Names of files in it are relative to its folder.

Paths: / are the pages, /metrics is for Prometheus, /healthz and /readyz are for
whoever watches the process.

Exit codes:
  0    stopped by a signal
  2    usage, configuration, policy or inventory error
  5    internal error, or the history cannot be opened`,
		Example: `  tlsaudit serve --db audits.db
  tlsaudit serve --db audits.db -i inventory.yaml -p policy.yaml --schedule "0 3 * * *" --zone Europe/Berlin
  tlsaudit serve --config serve.yaml
  tlsaudit serve --config serve.yaml --listen 192.0.2.7:8980 --tls-cert cert.pem --tls-key key.pem --tokens tokens`,
		Args: cobra.ArbitraryArgs,
		RunE: func(c *cobra.Command, args []string) error {
			f.given = c.Flags().Changed
			f.set = c.Flags().Set
			return a.serve(c.Context(), f, args)
		},
	}
	f.register(c)
	c.AddCommand(serveTokenCommand(a))
	return c
}

// service is what runs until it is stopped.
type service struct {
	app   *app
	set   *settings
	store *history.Store
	gate  *access.Gate
	log   *slog.Logger
	// tasks are the goroutines that end with the service.
	tasks sync.WaitGroup

	audits  *audits
	notices *notices
	outlook *outlook
	plan    *planned
}

// serve runs until the context ends.
func (a *app) serve(ctx context.Context, f *serveFlags, args []string) (err error) {
	set, err := a.settings(f, args)
	if err != nil {
		return err
	}
	if set.db == "" {
		return usageError("serve needs a history", "name its database with --db FILE, or in the environment variable "+databaseVariable)
	}
	s := &service{app: a, set: set, log: slog.New(slog.NewTextHandler(cleaner{a.stderr}, nil))}
	// What is wrong with the inventory or the policy shows now, not at three in the
	// morning.
	if err := s.rehearse(); err != nil {
		return err
	}
	guard, err := s.guard()
	if err != nil {
		return err
	}
	if s.store, err = a.openHistory(ctx, set.db, true); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.store.Close()) }()
	if err := s.wire(); err != nil {
		return err
	}
	running, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	pages, err := s.pages(running)
	if err != nil {
		return err
	}
	listener, err := s.gate.Listen(ctx, guard.certificate)
	if err != nil {
		return fmt.Errorf("%w\nhint: another program may listen there: --listen 127.0.0.1:PORT", err)
	}
	// Requests under way go on when the program is told to stop.
	requests, cut := context.WithCancel(context.WithoutCancel(ctx))
	defer cut()
	server := s.gate.Server(requests, pages)
	s.begin(running, guard, listener)
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(listener) }()
	select {
	case <-ctx.Done():
		fmt.Fprintln(a.stderr, "stopping")
	case err = <-failed:
	}
	stop(context.Cause(ctx)) // streams end, and a running audit is broken off
	last, cancel := context.WithTimeout(context.WithoutCancel(ctx), farewell)
	defer cancel()
	if shut := server.Shutdown(last); shut != nil {
		s.log.Warn("requests were cut off", "error", shut)
		cut()
		_ = server.Close() // it was told
	}
	s.tasks.Wait()
	if errors.Is(err, http.ErrServerClosed) {
		err = nil
	}
	return err
}

// begin starts what goes on beside the pages, and says where they are.
func (s *service) begin(ctx context.Context, g *guarding, l net.Listener) {
	s.audits.live = ctx
	if s.plan.runner != nil {
		s.tasks.Go(func() {
			if err := s.plan.runner.Run(ctx); err != nil {
				s.log.Error("nothing is begun on schedule any more", "error", err)
			}
		})
	}
	s.tasks.Go(func() { s.notices.keepUp(ctx) })
	s.outlook.renew(ctx)
	if g.certificate != nil {
		s.tasks.Go(func() { s.reloadOnHangup(ctx, g.certificate) })
	}
	w := cleaner{s.app.stderr}
	scheme, host := "http", l.Addr().String()
	if g.certificate != nil {
		scheme = "https"
		if len(s.set.hosts) > 0 {
			_, port, _ := net.SplitHostPort(host)
			host = net.JoinHostPort(s.set.hosts[0], port)
		}
	}
	fmt.Fprintf(w, "serving %s on %s://%s until Ctrl-C\n", databaseName(s.set.db), scheme, host)
	for _, line := range g.remarks {
		fmt.Fprintln(w, line)
	}
	for _, line := range s.plan.describe() {
		fmt.Fprintln(w, line)
	}
}

// reloadOnHangup reads the certificate again when the process gets SIGHUP.
func (s *service) reloadOnHangup(ctx context.Context, c *access.Certificate) {
	hangup := make(chan os.Signal, 1)
	signal.Notify(hangup, syscall.SIGHUP)
	defer signal.Stop(hangup)
	for {
		select {
		case <-ctx.Done():
			return
		case <-hangup:
			if err := c.Reload(); err != nil {
				s.log.Error("the certificate read before stays in use", "error", oneLine(err))
				continue
			}
			s.log.Info("the certificate was read again")
		}
	}
}

// oneLine is an error for a log.
func oneLine(err error) string { return strings.ReplaceAll(err.Error(), "\n", "; ") }

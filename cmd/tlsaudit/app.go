package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"runtime/debug"
	"time"

	"github.com/spf13/cobra"

	"tlsaudit/internal/gateway"
	"tlsaudit/report"
)

// app is the program's whole contact with the world.
type app struct {
	stdin          io.Reader
	stdout, stderr io.Writer
	getenv         func(string) string
	now            func() time.Time
	// hostname is the name of the machine; nil if it is not to be told.
	hostname func() (string, error)
	// resolver finds the mail servers of the domains a gateway's table names.
	resolver gateway.Resolver
	// dialPolicy, when set, replaces the network for requests of mail policies.
	dialPolicy func(ctx context.Context, network, addr string) (net.Conn, error)

	// args is the command line, for messages that repeat it.
	args []string
	// code is the exit code of a command that ended without an error.
	code int
}

// commands lists every subcommand; help, completion and docs derive from it.
var commands = []func(*app) *cobra.Command{
	auditCommand,
	demoCommand,
	diffCommand,
	explainCommand,
	fixCommand,
	historyCommand,
	forecastCommand,
	initCommand,
	keygenCommand,
	notifyCommand,
	policyCommand,
	reportCommand,
	serveCommand,
	suitesCommand,
	verifyCommand,
	versionCommand,
	waiveCommand,
	whatIfCommand,
}

// run executes one command line and returns the exit code.
func (a *app) run(args []string) (code int) {
	defer func() {
		if p := recover(); p != nil {
			a.complain(fmt.Errorf("internal error: %v\nhint: this is a defect of tlsaudit; please report it with the lines below\n%s", p, debug.Stack()))
			code = exitInternal
		}
	}()
	a.args = args
	root := a.root()
	root.SetArgs(args)
	ctx, stop := withSignals(context.Background())
	defer stop()
	if err := root.ExecuteContext(ctx); err != nil {
		a.complain(err)
		return codeOf(err)
	}
	return a.code
}

// root builds the command tree.
func (a *app) root() *cobra.Command {
	root := &cobra.Command{
		Use:   "tlsaudit",
		Short: "Audit TLS endpoints against policies and standards",
		Long: `tlsaudit probes HTTPS, SMTP, Sametime and other TLS endpoints, judges what it
saw against a policy, and reports what to mend. Unreachable, throttled or
unreadable is reported as unknown, never as a pass.

` + exitCodeHelp,
		Example: `  tlsaudit demo                                   see it work, without a network
  tlsaudit audit https://www.example.com          audit one endpoint
  tlsaudit audit -i inventory.yaml -o report.xlsx audit an estate
  tlsaudit explain cert.identity                  what a check means`,
		SilenceErrors: true,
		SilenceUsage:  true,

		SuggestionsMinimumDistance: 2,
	}
	root.SetIn(a.stdin)
	root.SetOut(a.stdout)
	root.SetErr(a.stderr)
	root.SetFlagErrorFunc(func(c *cobra.Command, err error) error {
		return usageError(err.Error(), c.CommandPath()+" --help lists the flags")
	})
	for _, build := range commands {
		root.AddCommand(build(a))
	}
	root.Args = subcommandOnly
	root.RunE = func(c *cobra.Command, _ []string) error { return c.Help() }
	return root
}

// complain writes an error to stderr.
func (a *app) complain(err error) {
	fmt.Fprintf(cleaner{a.stderr}, "tlsaudit: %s\n", err)
}

// cleaner makes text safe to show, line by line: errors quote peers and files,
// and policies are written by others.
type cleaner struct{ w io.Writer }

// Write implements io.Writer; it is given whole lines.
func (c cleaner) Write(text []byte) (int, error) {
	for _, line := range bytes.SplitAfter(text, []byte("\n")) {
		body, end := bytes.TrimRight(line, "\r\n"), ""
		if len(body) < len(line) {
			end = "\n"
		}
		if _, err := io.WriteString(c.w, report.Clean(string(body))+end); err != nil {
			return 0, err
		}
	}
	return len(text), nil
}

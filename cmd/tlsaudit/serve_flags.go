package main

import (
	"github.com/spf13/cobra"

	"tlsaudit/internal/access"
)

// serveFlags are the flags of the serve command.
type serveFlags struct {
	config, db, listen, cert, key, tokens, localRole, zone string
	hosts, proxies, schedules                              []string
	// audit are the flags that say what is audited and how.
	audit auditFlags
	given func(name string) bool
	set   func(name, value string) error
}

// servedFlags are the flags of the audit command that serve has as well, and that
// the section audit: of its configuration may set.
var servedFlags = []string{
	"inventory", "policy", "waivers", "no-waivers", "ca", "system-roots", "depth", "intrusive", "order", "all-addresses", "per-host", "rate", "budget",
	"concurrency", "timeout", "ehlo", "operator", "resolver", "resolver-validates", "as", "root", "ignore", "product-version",
}

// fileFlags are those of them that name files.
var fileFlags = []string{"inventory", "policy", "waivers", "ca", "root"}

func (f *serveFlags) register(c *cobra.Command) {
	flags := c.Flags()
	flags.SortFlags = false
	flags.StringVar(&f.config, "config", "", "read all of this from a `FILE` (serve.yaml); flags override it")
	registerDatabase(flags, &f.db, "the history to serve:")
	flags.StringVar(&f.listen, "listen", defaultListen, "`ADDRESS:PORT` to listen on")
	flags.StringVar(&f.cert, "tls-cert", "", "speak TLS with the certificate in this PEM `FILE`, followed by its intermediates; a renewed one is read by itself")
	flags.StringVar(&f.key, "tls-key", "", "the key of the certificate, in a PEM `FILE`")
	flags.StringArrayVar(&f.hosts, "host", nil, "a `NAME` browsers know the server by (repeatable; default: the names of the certificate; on loopback localhost)")
	flags.StringVar(&f.tokens, "tokens", "", "who may sign in: the `FILE` that tlsaudit serve token writes")
	flags.StringVar(&f.localRole, "local-role", "", "the `ROLE` of who has not signed in, on loopback: none, viewer or operator (default viewer if nobody can sign in, else none)")
	flags.StringArrayVar(&f.proxies, "proxy", nil, "believe what this proxy says of its clients: an `ADDRESS` or network (repeatable)")
	flags.StringArrayVar(&f.schedules, "schedule", nil, "begin an audit by itself: a cron `EXPRESSION` such as \"0 3 * * *\" (repeatable)")
	flags.StringVar(&f.zone, "zone", "UTC", "the time `ZONE` of --schedule, such as Europe/Berlin")
	completeFrom(c, "local-role", []string{string(access.Nobody), string(access.Viewer), string(access.Operator)})

	audited := &cobra.Command{}
	f.audit.register(audited)
	f.audit.config.register(audited)
	f.audit.registerGate(audited)
	for _, name := range servedFlags {
		flags.AddFlag(audited.Flags().Lookup(name))
	}
}

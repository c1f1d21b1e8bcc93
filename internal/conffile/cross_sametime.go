package conffile

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"tlsaudit/audit"
	"tlsaudit/internal/confdoc"
	"tlsaudit/internal/conftree"
)

// sametimeRules are the rules over the files of Sametime servers and clients.
var sametimeRules = []*EstateRule{
	{
		ID: "ST-10", Check: "config.transport", Title: "the port answers what its clients speak",
		Doc:    "A client with connectionType direct cannot log in where the legacy protocol is switched off, nor one with tls-direct where no TLS is answered; and a client that cannot log in does not fetch the file that would change it.",
		Detect: "A server whose port answers TLS only, and clients of the same system that are told to connect otherwise, or not at all, which means direct; or a port without TLS and clients that use it. Alternate communities count if they name the same host.",
		Level:  audit.Must, Severity: audit.High, Confidence: "documented",
		Text:  "Move the clients first: connectionType tls-direct in managed-community-configs.xml, plugin_customization.ini and silentinstall.ini (ST-01, ST-02), with both protocols answered; switch the legacy protocol off when all have followed.",
		About: muxServers(oneSided),
		Judge: lockedOut,
	},
	{
		ID: "ST-11", Check: "config.transport", Title: "the legacy protocol is switched off when no client needs it",
		Doc:    "Answering both protocols is the way to move clients, and stays the weakness it is for as long as it lasts.",
		Detect: "A server that answers the legacy protocol, and the connection types of all clients of the same system.",
		Level:  audit.Should, Severity: audit.Medium, Confidence: "inferred",
		Text:  "Once all clients are at tls-direct: STI__Debug__VPMX_DISABLE_CONFIGURATION_UPDATE=1, STI__Debug__VPMX_TLS_PORT=1533, STI__Debug__VPMX_PORT=0 (the last is inferred: confirm by a probe), then docker compose up -d.",
		About: muxServers(openMux),
		Judge: stillOpen,
	},
	{
		ID: "ST-14", Check: "config.complete", Title: "the environment of the multiplexer is one that is read",
		Doc:    "A file no env_file names configures nothing, however right it is.",
		Detect: "An environment file of the multiplexer beside a compose file that does not read it.",
		Level:  audit.Should, Severity: audit.Medium, Confidence: "documented",
		Text:  "Name the file in docker-compose.yml: env_file: with \"- mux.env\" below it, in the service of the multiplexer; then docker compose up -d.",
		About: unreadEnvironments,
		Judge: unread,
	},
}

// muxOf returns the listener for clients of a server's document, nil if there
// is none.
func muxOf(d *confdoc.Document) *confdoc.Listener {
	for _, l := range d.Listeners {
		if l.Server() && l.Protocol == "sametime" {
			return l
		}
	}
	return nil
}

func strictMux(l *confdoc.Listener) bool {
	return l.TLS == audit.Accepted && l.Plain == audit.Refused
}

// oneSided reports whether some client cannot be answered.
func oneSided(l *confdoc.Listener) bool { return strictMux(l) || l.TLS == audit.Refused }

func openMux(l *confdoc.Listener) bool { return l.Plain == audit.Accepted }

// muxServers lists the servers whose port is as asked, if there are clients.
func muxServers(wanted func(*confdoc.Listener) bool) func(*Estate) []*confdoc.Document {
	return func(e *Estate) (list []*confdoc.Document) {
		if len(sametimeClients(e)) == 0 {
			return nil
		}
		for _, d := range e.Of("sametime-ini", "mux-env", "compose", "helm-values") {
			if l := muxOf(d); l != nil && wanted(l) {
				list = append(list, d)
			}
		}
		return list
	}
}

func sametimeClients(e *Estate) []*confdoc.Document {
	return e.Of("managed-community", "plugin-customization", "silentinstall")
}

// clientsOf sorts the clients of a server's community.
type clientsOf struct {
	secure, plain []*confdoc.Listener
	// open says what is not known of the others, at its place.
	open []confdoc.Gap
}

// clients finds the clients that connect to a server: those of its host where
// the files of the server name it, otherwise all but alternate communities of
// other hosts.
func clients(e *Estate, server *confdoc.Listener) (c clientsOf) {
	hosts := slices.Clone(server.Names)
	for _, d := range sametimeClients(e) {
		for _, l := range d.Listeners {
			if len(server.Names) == 0 && !strings.HasPrefix(l.Listener, "alternate ") {
				hosts = append(hosts, l.Names...)
			}
		}
	}
	for _, d := range sametimeClients(e) {
		if broken := d.Broken(); broken != nil {
			c.open = append(c.open, confdoc.Gap{Message: "what clients are told is not known: " + broken.Message, Place: broken.Place})
			continue
		}
		for _, l := range d.Listeners {
			if !connects(l, hosts, len(server.Names) > 0) {
				continue
			}
			switch {
			case l.Plain == audit.Accepted:
				c.plain = append(c.plain, l)
			case l.Plain == audit.Refused && len(l.Gaps) == 0 && len(d.Gaps) == 0:
				c.secure = append(c.secure, l)
			default:
				c.open = append(c.open, confdoc.Gap{Message: "how " + l.Listener + " connects is not known", Place: *l.Place})
			}
		}
	}
	return c
}

// connects reports whether a client is one of the server with these hosts; one
// that names no host is, unless it is an alternate one.
func connects(l *confdoc.Listener, hosts []string, named bool) bool {
	alternate := strings.HasPrefix(l.Listener, "alternate ")
	if len(l.Names) == 0 || !named && !alternate {
		return !alternate
	}
	return slices.ContainsFunc(hosts, func(h string) bool {
		return slices.ContainsFunc(l.Names, func(n string) bool { return strings.EqualFold(n, h) })
	})
}

func lockedOut(c *EstateCase) (results []EstateResult) {
	for _, d := range muxServers(oneSided)(c.Estate) {
		server := muxOf(d)
		all := clients(c.Estate, server)
		out, why := all.plain, "the port answers TLS only, and %s (%s) does not use it: those clients are locked out"
		if !strictMux(server) {
			out, why = all.secure, "the port answers no TLS, and %s (%s) uses nothing else: those clients are locked out"
		}
		for _, l := range out {
			results = append(results, EstateResult{confdoc.Violated(*server.Place, fmt.Sprintf(why, l.Listener, l.Place)), d})
		}
		for _, g := range all.open {
			results = append(results, EstateResult{confdoc.Undecided(g.Place, g.Message), d})
		}
	}
	return results
}

func stillOpen(c *EstateCase) (results []EstateResult) {
	for _, d := range muxServers(openMux)(c.Estate) {
		server := muxOf(d)
		all := clients(c.Estate, server)
		switch {
		case len(all.plain) > 0:
			l := all.plain[0]
			results = append(results, EstateResult{confdoc.Violated(*server.Place, fmt.Sprintf("the legacy protocol is answered and still needed: move the clients first, %d of %d, such as %s (%s)",
				len(all.plain), len(all.plain)+len(all.secure)+len(all.open), l.Listener, l.Place)), d})
		case len(all.open) > 0:
			results = append(results, EstateResult{confdoc.Undecided(all.open[0].Place, all.open[0].Message), d})
		case server.TLS == audit.Accepted && len(all.secure) > 0:
			l := all.secure[0]
			results = append(results, EstateResult{confdoc.Violated(*server.Place, fmt.Sprintf("the legacy protocol is still answered although all clients use TLS (%s, %s): it may be switched off now", l.Listener, l.Place)), d})
		}
	}
	return results
}

// unreadEnvironments lists the environments of multiplexers that are documents
// of their own although there is a compose file: those it reads are part of it.
func unreadEnvironments(e *Estate) (list []*confdoc.Document) {
	composed := e.Of("compose")
	if len(composed) == 0 {
		return nil
	}
	for _, d := range e.Of("mux-env") {
		read := slices.ContainsFunc(composed, func(c *confdoc.Document) bool {
			return slices.ContainsFunc(c.Files, func(f *conftree.File) bool { return f.Path == d.Main().Path })
		})
		if !read && strings.HasPrefix(strings.ToLower(path.Base(d.Main().Path)), "mux") {
			list = append(list, d)
		}
	}
	return list
}

func unread(c *EstateCase) (results []EstateResult) {
	composed := c.Estate.Of("compose")
	for _, d := range unreadEnvironments(c.Estate) {
		place := d.Main().Place(0)
		broken := slices.IndexFunc(composed, func(c *confdoc.Document) bool { return c.Broken() != nil })
		if broken >= 0 {
			results = append(results, EstateResult{confdoc.Undecided(place, "which environment files are read is not known: "+composed[broken].Broken().Message), d})
			continue
		}
		results = append(results, EstateResult{confdoc.Violated(place, "no env_file of "+composed[0].Main().Name+" names this file: its settings have no effect there"), d})
	}
	return results
}

package websphere

import (
	"fmt"
	"net"
	"strings"

	"tlsaudit/audit"
	"tlsaudit/internal/confdoc"
	"tlsaudit/internal/conftree"
	"tlsaudit/internal/strictxml"
)

// Plugin is plugin-cfg.xml: how a web server reaches the application servers.
var Plugin = &confdoc.Format{
	Name:    "plugin-cfg",
	Aliases: []string{"was-plugin"},
	Title:   "WebSphere web server plug-in (plugin-cfg.xml)",
	Product: "ihs",
	Names:   []string{"plugin-cfg*"},
	Sniff: func(f *conftree.File) int {
		return sniff(f, "<ServerCluster", "<Config ", "<Transport ", "<UriGroup")
	},
	Read:     readPlugin,
	Rules:    []*confdoc.Rule{plainTransport, useInsecure},
	Apply:    "Change the cell, generate the plug-in and propagate it (an edited file is overwritten by the next generation); then restart the web server.",
	Verify:   "http_plugin.log names the transports in use; nothing connects to the clear-text port any more.",
	Rollback: "Restore plugin-cfg.xml from the backup and restart the web server.",
}

// plugin is what rules need of the file.
type plugin struct {
	file       *conftree.File
	root       *strictxml.Element
	transports []transport
}

// transport is one way to an application server.
type transport struct {
	element          *strictxml.Element
	server, protocol string
	address          string
	// alone is set if the server has no encrypted transport besides.
	alone bool
}

// maxTransports bounds what is told; clusters of some thousands exist.
const maxTransports = 20_000

func readPlugin(_ *confdoc.Reader, main *conftree.File) *confdoc.Document {
	doc := &confdoc.Document{Files: []*conftree.File{main}, Settings: pathSettings(main)}
	tree := parseXML(doc, main, "", "Config")
	if tree == nil {
		return doc
	}
	p := &plugin{file: main, root: tree.Root}
	doc.Syntax = p
	for _, name := range []string{"USETLS13", "FIPSEnable", "StrictSecurity", "UseInsecure"} {
		if v := attrValue(main, tree.Root, name); v.set() {
			doc.Settings = append(doc.Settings, v.setting())
		}
	}
	strictxml.Walk(tree.Root, func(e *strictxml.Element) bool {
		if e.Name == "Server" {
			p.readServer(e)
		}
		return true
	})
	if len(p.transports) > maxTransports {
		doc.Fail(confdoc.Unclear, main.Place(p.transports[maxTransports].element.Start), "more transports than are read", "")
		return doc
	}
	if len(p.transports) > 0 {
		doc.Listeners = append(doc.Listeners, p.client())
	}
	return doc
}

func (p *plugin) readServer(server *strictxml.Element) {
	first := len(p.transports)
	encrypted := false
	for _, e := range server.All("Transport") {
		t := transport{element: e, server: server.Value("Name"), protocol: strings.ToLower(confdoc.JavaTrim(e.Value("Protocol")))}
		t.address = net.JoinHostPort(e.Value("Hostname"), e.Value("Port"))
		encrypted = encrypted || t.protocol == "https"
		p.transports = append(p.transports, t)
	}
	for i := first; i < len(p.transports); i++ {
		p.transports[i].alone = !encrypted
	}
}

// client is the plug-in as a client of the application servers.
func (p *plugin) client() *confdoc.Listener {
	l := &confdoc.Listener{}
	place := p.file.Place(p.root.Start)
	l.Listener, l.Role, l.Product, l.Assumed, l.Place = "plug-in", audit.RoleClient, "ihs", true, &place
	l.TLS, l.Plain = audit.Refused, audit.Refused
	for _, t := range p.transports {
		switch t.protocol {
		case "https":
			l.TLS = audit.Accepted
		case "http":
			l.Plain = audit.Accepted
		default:
			l.Gaps = append(l.Gaps, "a transport of the server "+shorten(t.server)+" is neither http nor https")
		}
		if len(l.Settings) < 200 {
			protocol := attrValue(p.file, t.element, "Protocol")
			if protocol.set() {
				setting := protocol.setting()
				setting.Note = "transport to " + shorten(t.address)
				l.Settings = append(l.Settings, setting)
			}
		}
	}
	evidence := "the file does not say which versions the plug-in speaks"
	for _, v := range audit.Versions {
		fact := audit.VersionFact{Version: v, Answer: audit.Undetermined, Evidence: evidence}
		if v == audit.TLSv13 && strings.EqualFold(p.root.Value("USETLS13"), "true") {
			fact.Evidence = "USETLS13 is set; that it has this form in the file is inferred"
		}
		l.Versions = append(l.Versions, fact)
	}
	if len(l.Gaps) > 10 {
		l.Gaps = l.Gaps[:10]
	}
	return l
}

// plainTransport is IHS-09.
var plainTransport = &confdoc.Rule{
	ID: "IHS-09", Check: "config.transport", Title: "the plug-in reaches every application server by https", Of: confdoc.OfDocument,
	Doc:    "Behind a web server with the best of settings a transport of the protocol http carries sessions and passwords in clear text through the data centre.",
	Detect: "The transports of all servers. One without a protocol, or with another, is unknown.",
	Level:  audit.Must, Severity: audit.High, Confidence: "documented",
	Refs:  []string{"IBM: plugin-cfg.xml"},
	Text:  "Console: disable the clear-text transport chain of each application server (Servers > Server Types > WebSphere application servers > NAME > Web Container Settings > Web container transport chains: WCInboundDefault, port WC_defaulthost), then Servers > Web servers > NAME: Generate Plug-in, Propagate Plug-in.",
	Judge: judgeTransports,
}

func judgeTransports(c *confdoc.Case) (results []confdoc.Result) {
	p, ok := c.Doc.Syntax.(*plugin)
	if !ok {
		return nil
	}
	if len(p.transports) == 0 {
		return confdoc.Moot("the file names no transport")
	}
	// Deleting is a change only where an encrypted transport stays.
	edits, stays := []conftree.Edit(nil), true
	for _, t := range p.transports {
		if t.protocol == "http" {
			stays = stays && !t.alone
			edits = append(edits, deleteElement(p.file, t.element))
		}
	}
	if !stays {
		edits = nil
	}
	for _, t := range p.transports {
		place := p.file.Place(t.element.Start)
		switch {
		case t.protocol == "http" && t.alone:
			results = append(results, confdoc.Violated(place, fmt.Sprintf("the server %s is reached in clear text only, at %s", shorten(t.server), shorten(t.address))))
		case t.protocol == "http":
			results = append(results, confdoc.Violated(place, fmt.Sprintf("the server %s has a clear-text transport to %s", shorten(t.server), shorten(t.address))))
		case t.protocol != "https":
			results = append(results, confdoc.Undecided(place, fmt.Sprintf("the transport to %s has the protocol %q", shorten(t.address), shorten(t.protocol))))
		}
	}
	if len(results) > maxResults {
		results = results[:maxResults]
	}
	share := edits // the first result has them all; equal ones count once
	for i := range results {
		if results[i].Kind == audit.Violated {
			results[i].Edits = share
			share = edits[:min(1, len(edits))]
		}
	}
	return results
}

// maxResults bounds what one rule says about one file.
const maxResults = 200

// useInsecure is IHS-20.
var useInsecure = &confdoc.Rule{
	ID: "IHS-20", Check: "config.transport", Title: "the plug-in does not fall back to clear text", Of: confdoc.OfDocument,
	Doc:    "UseInsecure lets the plug-in go on in clear text where an encrypted transport cannot be set up, for instance for want of a key ring.",
	Detect: "The attribute UseInsecure of the root element.",
	Level:  audit.Should, Severity: audit.Medium, Confidence: "inferred",
	Text: "Console: Web servers > NAME > Plug-in properties > Custom properties: delete the property behind UseInsecure, generate and propagate the plug-in.",
	Judge: func(c *confdoc.Case) []confdoc.Result {
		p, ok := c.Doc.Syntax.(*plugin)
		if !ok {
			return nil
		}
		v := attrValue(p.file, p.root, "UseInsecure")
		if !v.set() || !strings.EqualFold(confdoc.JavaTrim(v.text), "true") {
			return nil
		}
		return []confdoc.Result{confdoc.Violated(v.place(), "UseInsecure is true: the plug-in may fall back to clear text").Quoting(v.setting()).With(v.edit("false"))}
	},
}

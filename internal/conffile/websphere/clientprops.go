package websphere

import (
	"path"
	"slices"
	"strings"

	"tlsaudit/audit"
	"tlsaudit/internal/confdoc"
	"tlsaudit/internal/conftree"
	"tlsaudit/internal/javaprops"
)

// ClientProps is ssl.client.props of a profile.
var ClientProps = &confdoc.Format{
	Name:    "ssl-client-props",
	Aliases: []string{"was-client-props"},
	Title:   "WebSphere ssl.client.props",
	Product: "websphere",
	Names:   []string{"ssl.client.props*", "*ssl.client.props"},
	Sniff: func(f *conftree.File) int {
		own := strings.Contains(f.Text, "com.ibm.ssl.protocol") || strings.Contains(f.Text, "com.ibm.ssl.keyStore")
		if strings.HasPrefix(strings.TrimSpace(f.Text), "<") || !own && (strings.Contains(f.Text, "com.ibm.SOAP.") || strings.Contains(f.Text, "com.ibm.CORBA.")) {
			return 0 // its neighbours name an alias too
		}
		return sniff(f, "com.ibm.ssl.alias", "com.ibm.ssl.protocol", "com.ibm.ssl.keyStore", "com.ibm.ssl.defaultAlias", "com.ibm.ssl.trustStore")
	},
	Read:      readClientProps,
	Rules:     []*confdoc.Rule{clientProtocol, suitesRule, levelRule, hostNames},
	Establish: establish,
	Apply:     "The next process reads the file: restart the deployment manager and the node agents, and start wsadmin anew. Change it on the deployment manager and on every node alike.",
	Verify:    "profile_root/bin/syncNode.sh and wsadmin.sh connect; a port of theirs that is asked for an older version refuses it.",
	Rollback:  "Restore ssl.client.props from the backup.",
}

// The keys of ssl.client.props.
const (
	aliasKey        = "com.ibm.ssl.alias"
	defaultAliasKey = "com.ibm.ssl.defaultAlias"
	hostNameKey     = "com.ibm.ssl.performURLHostNameVerification"
	selectionKey    = "com.ibm.ssl.dynamicSelectionInfo"
)

// maxBlocks bounds the blocks of a file; real ones have one to five.
const maxBlocks = 500

// toldKeys are the settings of the global part that are told.
var toldKeys = []string{
	defaultAliasKey, "com.ibm.ssl.validationEnabled", hostNameKey, "com.ibm.security.useFIPS", "com.ibm.websphere.security.FIPSLevel",
	"com.ibm.websphere.security.suiteb", "com.ibm.jsse2.checkRevocation", "com.ibm.security.enableCRLDP", "user.root", "com.ibm.ssl.protocol",
	"com.ibm.ssl.securityLevel", "com.ibm.ssl.enabledCipherSuites", "com.ibm.ssl.contextProvider",
}

// clientProps is what rules need of the file.
type clientProps struct {
	hostNames value
}

// reading is a file of blocks being read.
type reading struct {
	doc    *confdoc.Document
	file   *conftree.File
	global []javaprops.Entry
	blocks [][]javaprops.Entry
	// users are who names an alias, besides the default.
	users map[string][]use
	// neighbours is set if soap.client.props or sas.client.props was read.
	neighbours bool
	// defaults is set if there is a default alias.
	defaults bool
}

func readClientProps(r *confdoc.Reader, main *conftree.File) *confdoc.Document {
	p := &reading{doc: &confdoc.Document{Files: []*conftree.File{main}, Settings: pathSettings(main)}, file: main, users: map[string][]use{}}
	loaded := javaprops.Load(main)
	switch {
	case loaded.Garbled:
		p.doc.Fail(confdoc.Unclear, main.Place(0), "the file is in UTF-16, which Java reads as keys nobody asks for, without an error: no setting takes effect", "store the file in ISO-8859-1")
		return p.doc
	case loaded.Malformed:
		p.doc.Fail(confdoc.Unclear, main.Place(loaded.At), `\u is not followed by four hexadecimal digits: Java's own reader refuses the file`, `write \\u for a backslash`)
		return p.doc
	}
	p.doc.Marked(main, loaded.Lost)
	for _, e := range loaded.Entries {
		p.doc.NULs(main, e.Start, e.End)
	}
	if !p.split(loaded.Entries) {
		return p.doc
	}
	p.readNeighbours(r)
	props := &clientProps{}
	p.doc.Syntax = props
	for _, e := range p.global {
		if slices.Contains(toldKeys, e.Key) {
			p.doc.Settings = append(p.doc.Settings, p.value(e).setting())
		}
	}
	props.hostNames = p.last(p.global, hostNameKey)
	p.defaultAlias()
	names := map[string]int{}
	for _, block := range p.blocks {
		names[block[0].Value]++
	}
	for _, block := range p.blocks {
		p.doc.Listeners = append(p.doc.Listeners, p.listener(r, block, names[block[0].Value] > 1))
	}
	return p.doc
}

// split takes the entries apart at every alias.
func (p *reading) split(entries []javaprops.Entry) bool {
	for _, e := range entries {
		switch {
		case e.Key == aliasKey && len(p.blocks) == maxBlocks:
			p.doc.Fail(confdoc.Unclear, p.file.Place(e.Start), "more blocks than are read", "")
			return false
		case e.Key == aliasKey:
			p.blocks = append(p.blocks, []javaprops.Entry{e})
		case len(p.blocks) == 0:
			p.global = append(p.global, e)
		default:
			last := len(p.blocks) - 1
			p.blocks[last] = append(p.blocks[last], e)
		}
	}
	if len(p.blocks) == 0 {
		p.doc.Open(p.file.Place(0), "no com.ibm.ssl.alias opens a block: what the file says belongs to no SSL configuration")
		return true
	}
	return true
}

// readNeighbours learns which aliases the other files of the folder name.
func (p *reading) readNeighbours(r *confdoc.Reader) {
	for _, name := range []string{"soap.client.props", "sas.client.props"} {
		f, err := r.Tree.Read(path.Join(path.Dir(p.file.Path), name))
		if err != nil {
			continue // most collections have ssl.client.props alone
		}
		p.neighbours = true
		p.doc.Files = append(p.doc.Files, f)
		if e, ok := javaprops.Last(javaprops.Parse(f), aliasKey); ok {
			alias := confdoc.JavaTrim(e.Value)
			p.users[alias] = append(p.users[alias], use{name, f.Place(e.Start)})
		}
	}
}

// defaultAlias learns which block clients use that name none.
func (p *reading) defaultAlias() {
	v := p.last(p.global, defaultAliasKey)
	if !v.set() {
		return
	}
	p.defaults = true
	alias := confdoc.JavaTrim(v.text)
	p.users[alias] = append(p.users[alias], use{defaultAliasKey, v.place()})
	if len(p.blocks) > 0 && !slices.ContainsFunc(p.blocks, func(b []javaprops.Entry) bool { return confdoc.JavaTrim(b[0].Value) == alias }) {
		p.doc.Open(v.place(), defaultAliasKey+" names a block that is not there")
	}
}

// value is an entry that can be changed.
func (p *reading) value(e javaprops.Entry) value {
	return value{key: e.Key, text: e.Value, file: p.file, start: e.ValueStart, end: e.End, write: func(text string) string {
		text = javaprops.Escape(text)
		if e.ValueStart == e.End && !strings.ContainsAny(p.file.Text[e.Start:e.End], "=: \t\f") {
			text = "=" + text
		}
		return text
	}}
}

// last is the value of a key that counts.
func (p *reading) last(entries []javaprops.Entry, key string) value {
	if e, ok := javaprops.Last(entries, key); ok {
		return p.value(e)
	}
	return value{key: key}
}

// listener makes the client of a block.
func (p *reading) listener(r *confdoc.Reader, block []javaprops.Entry, shared bool) *confdoc.Listener {
	alias := block[0].Value
	c := &config{
		alias: alias, title: "alias " + shorten(alias), place: p.file.Place(block[0].Start),
		keys: keys{"com.ibm.ssl.protocol", "com.ibm.ssl.securityLevel", "com.ibm.ssl.enabledCipherSuites"},
	}
	l := &confdoc.Listener{}
	l.Listener, l.Role = "alias "+shorten(alias), audit.RoleClient
	l.Settings = append(l.Settings, note("alias", alias, c.place))
	if shared {
		l.Gaps = append(l.Gaps, "several blocks have this alias; which one counts is not known")
	}
	c.add = func(key, text string) conftree.Edit {
		return p.file.InsertAfter(p.file.LineAt(block[0].End), key+"="+javaprops.Escape(text))
	}
	c.protocol, c.level = p.last(block, c.keys.protocol), p.last(block, c.keys.level)
	c.ciphers, c.provider = p.last(block, c.keys.ciphers), p.last(block, "com.ibm.ssl.contextProvider")
	for _, e := range block {
		if e.Key == c.keys.protocol && e.ValueStart != c.protocol.start {
			c.earlier = append(c.earlier, p.value(e))
		}
	}
	addSettings(l, c.protocol, c.level, c.ciphers, c.provider, p.last(block, selectionKey))
	for _, v := range c.earlier[:min(len(c.earlier), maxUses)] {
		setting := v.setting()
		setting.Note = "a later line of the block has another value"
		l.Settings = append(l.Settings, setting)
	}
	if !c.protocol.set() {
		c.fallback = p.last(p.global, c.keys.protocol)
	}
	c.describe = func(set map[string]string) string { return propertyLines(c, set) }
	c.declare(r, l, sdkSubtraction(r))
	p.markUse(l, c, p.last(block, selectionKey))
	return l
}

// markUse says who uses a block.
func (p *reading) markUse(l *confdoc.Listener, c *config, selection value) {
	users := p.users[confdoc.JavaTrim(c.alias)]
	for _, u := range users {
		l.Settings = append(l.Settings, note("used-by", u.what, u.place))
	}
	if confdoc.JavaTrim(selection.text) != "" {
		l.Settings = append(l.Settings, note("used-by", "connections that match "+selectionKey, selection.place()))
	}
	switch {
	case len(users) > 0, confdoc.JavaTrim(selection.text) != "", !p.defaults:
	case p.neighbours:
		c.unused = "it is not the default alias, nothing selects it and its neighbours do not name it"
	default:
		c.unused = "it is not the default alias and nothing selects it; soap.client.props and sas.client.props were not given"
	}
	if c.unused != "" && len(p.doc.Gaps) == 0 {
		// what it allows is told, and WAS-02 warns of it; nobody speaks it
		l.Versions = nil
		l.Settings[0].Note = "not in use: " + c.unused
	}
}

// propertyLines writes the lines of a block.
func propertyLines(c *config, set map[string]string) string {
	var lines []string
	for _, key := range []string{c.keys.protocol, c.keys.level, c.keys.ciphers} {
		if v, ok := set[key]; ok {
			lines = append(lines, key+"="+v)
		}
	}
	return strings.Join(lines, "\n") + "\nin the block of " + aliasKey + "=" + word(c.alias, "ALIAS") + " of ssl.client.props, on the deployment manager and on every node."
}

// hostNames is WAS-10.
var hostNames = &confdoc.Rule{
	ID: "WAS-10", Check: "config.certificate", Title: "clients compare the host name with the certificate", Of: confdoc.OfDocument,
	Doc:    "Without it a client takes any certificate its trust store accepts for any host.",
	Detect: hostNameKey + " in the global part: false is a warning; without the key, which is shipped as false, the answer is unknown.",
	Level:  audit.Should, Severity: audit.Medium, Confidence: "inferred",
	Refs: []string{"IBM: ssl.client.props"},
	Text: hostNameKey + "=true in the global part of ssl.client.props",
	Judge: func(c *confdoc.Case) []confdoc.Result {
		p, ok := c.Doc.Syntax.(*clientProps)
		if !ok {
			return nil
		}
		v := p.hostNames
		switch {
		case !v.set():
			return []confdoc.Result{confdoc.Undecided(c.Doc.Main().Place(0), hostNameKey+" is not set")}
		case strings.EqualFold(confdoc.JavaTrim(v.text), "true"):
			return nil
		}
		return []confdoc.Result{confdoc.Violated(v.place(), hostNameKey+" is "+shorten(v.text)+": host names are not compared").Quoting(v.setting()).With(v.edit("true"))}
	},
}

package websphere

import (
	"cmp"
	"slices"
	"strings"

	"tlsaudit/audit"
	"tlsaudit/internal/cipherstring"
	"tlsaudit/internal/confdoc"
	"tlsaudit/internal/conftree"
	"tlsaudit/internal/strictxml"
)

// Security is security.xml of a cell: the repertoires and what uses them.
var Security = &confdoc.Format{
	Name:    "security-xml",
	Aliases: []string{"was-security"},
	Title:   "WebSphere security.xml",
	Product: "websphere",
	Names:   []string{"security.xml*", "*security*.xml"},
	Sniff: func(f *conftree.File) int {
		return sniff(f, "<security:Security", "schemas/5.0/security.xmi", "<repertoire ")
	},
	Read:      readSecurity,
	Rules:     []*confdoc.Rule{repertoireProtocol, disabledAlgorithms, suitesRule, levelRule},
	Establish: establish,
	Apply:     "On the deployment manager, in the console or by wsadmin; then stop the servers (not the deployment manager), run profile_root/bin/syncNode.sh <dmgr_host> <soap_port> on each node and start them again. If a node cannot synchronise any more, copy security.xml from the deployment manager.",
	Verify:    "Ask a port that uses the configuration, and look for CWPKI0051I in SystemOut.log: it tells the algorithms that are switched off.",
	Rollback:  "Restore security.xml from the backup (or the repository checkpoint) on the deployment manager, synchronise the nodes, restart.",
}

// securitySpace is the namespace of the root.
const securitySpace = "http://www.ibm.com/websphere/appserver/schemas/5.0/security.xmi"

// sniff looks for the words of a format in the beginning of a file: the one
// that says it, or at least two of the others.
func sniff(f *conftree.File, root string, more ...string) int {
	text := f.Text[:min(len(f.Text), 64<<10)]
	score := 0
	for _, word := range more {
		if strings.Contains(text, word) {
			score += 20
		}
	}
	switch {
	case strings.Contains(text, root):
		return min(80+score, 100)
	case score < 40:
		return 0
	}
	return score
}

// security is what rules and edits need of the file.
type security struct {
	file *conftree.File
	root *strictxml.Element
	// disabled are the properties that replace Java's list of disabled
	// algorithms; misspelt are those whose name differs in case.
	disabled, misspelt []value
	scopes             map[string]string
	// uses are what refers to a repertoire, by its xmi:id or alias.
	uses map[string][]use
	// aliases are those of the repertoires, by xmi:id.
	aliases map[string]string
	// keyStores are the key stores by xmi:id.
	keyStores map[string]*strictxml.Element
}

// maxRepertoires bounds the repertoires of a cell, maxUses what is told of the
// uses of one.
const (
	maxRepertoires = 2000
	maxUses        = 20
)

type use struct {
	what  string
	place audit.Place
}

const disabledKey = "com.ibm.websphere.tls.disabledAlgorithms"

// told are the properties of the root that are worth telling.
var told = []string{
	disabledKey, "com.ibm.websphere.certpath.disabledAlgorithms", "com.ibm.security.useFIPS", "com.ibm.websphere.security.FIPSLevel",
	"com.ibm.websphere.security.suiteb", "com.ibm.ssl.defaultCertReqKeySize",
}

func readSecurity(r *confdoc.Reader, main *conftree.File) *confdoc.Document {
	doc := &confdoc.Document{Files: []*conftree.File{main}, Settings: pathSettings(main)}
	tree := parseXML(doc, main, securitySpace, "Security")
	if tree == nil {
		return doc
	}
	s := &security{file: main, root: tree.Root, scopes: map[string]string{}, aliases: map[string]string{}, keyStores: map[string]*strictxml.Element{}}
	doc.Syntax = s
	for _, scope := range tree.Root.All("managementScopes") {
		s.scopes[xmiID(scope)] = scope.Value("scopeName")
	}
	for _, store := range tree.Root.All("keyStores") {
		s.keyStores[xmiID(store)] = store
	}
	s.readProperties(doc)
	s.readUses(doc)
	sub := s.subtraction(r)
	repertoires := tree.Root.All("repertoire")
	if len(repertoires) > maxRepertoires {
		doc.Fail(confdoc.Unclear, main.Place(repertoires[maxRepertoires].Start), "more repertoires than are read", "")
		return doc
	}
	same := map[string]int{}
	for _, e := range repertoires {
		same[e.Value("alias")]++
		s.aliases[xmiID(e)] = e.Value("alias")
	}
	for _, e := range repertoires {
		doc.Listeners = append(doc.Listeners, s.listener(r, e, sub, same[e.Value("alias")] > 1))
	}
	for _, e := range tree.Root.All("dynamicSSLConfigSelections") {
		info := attrValue(main, e, "dynamicSelectionInfo")
		if info.set() {
			setting := info.setting()
			setting.Note = "outbound connections that match use " + shorten(cmp.Or(s.aliases[e.Value("sslConfig")], e.Value("sslConfig")))
			doc.Settings = append(doc.Settings, setting)
		}
	}
	return doc
}

// readProperties collects the custom properties of the root.
func (s *security) readProperties(doc *confdoc.Document) {
	for _, e := range s.root.All("properties") {
		name := e.Value("name")
		v := attrValue(s.file, e, "value")
		v.key = name
		switch {
		case name == disabledKey && v.set():
			s.disabled = append(s.disabled, v)
		case strings.EqualFold(name, disabledKey) && v.set():
			s.misspelt = append(s.misspelt, v)
		}
		if v.set() && slices.ContainsFunc(told, func(k string) bool { return strings.EqualFold(k, name) }) {
			setting := v.setting()
			if !slices.Contains(told, name) {
				setting.Note = "not in force: the name differs in case"
			}
			doc.Settings = append(doc.Settings, setting)
		}
	}
}

// readUses collects every reference to a repertoire, and what else of TLS
// stands deeper in the tree.
func (s *security) readUses(doc *confdoc.Document) {
	s.uses = map[string][]use{}
	strictxml.Walk(s.root, func(e *strictxml.Element) bool {
		if e.Name == "singleSignon" || e.Name == "requiredQOP" {
			for _, v := range []value{attrValue(s.file, e, "requiresSSL"), attrValue(s.file, e, "enableProtection")} {
				if v.set() && len(doc.Settings) < maxUses*10 {
					doc.Settings = append(doc.Settings, v.setting())
				}
			}
		}
		for _, a := range e.Attrs {
			if a.Space != "" || a.Value == "" || a.Name != "sslConfig" && a.Name != "defaultSSLSettings" {
				continue
			}
			what := e.Name
			switch {
			case a.Name == "defaultSSLSettings":
				what = a.Name
			case e.Name == "sslConfigGroups":
				what += " " + e.Value("name") + " " + e.Value("direction")
			case e.Name == "dynamicSSLConfigSelections":
				what += " " + e.Value("name")
			}
			s.uses[a.Value] = append(s.uses[a.Value], use{what, s.file.Place(a.ValueStart)})
		}
		return true
	})
}

// subtraction is what takes versions away for all repertoires: the property of
// the cell replaces the list of Java; "none" leaves nothing of it.
func (s *security) subtraction(r *confdoc.Reader) subtraction {
	switch {
	case len(s.disabled) == 0:
		return sdkSubtraction(r)
	case len(s.disabled) > 1 || confdoc.JavaTrim(s.disabled[0].text) == "":
		return subtraction{} // which one counts, or what an empty one does, is not known
	}
	return subtraction{named: true, list: cipherstring.ParseDisabled(s.disabled[0].text), evidence: disabledKey}
}

// xorWebAS is the password that key stores are shipped with, as it is coded.
const xorWebAS = "{xor}CDo9Hgw="

// stores tells which key stores a repertoire uses; never their passwords.
func (s *security) stores(setting *strictxml.Element) (list []audit.Setting) {
	for _, name := range []string{"keyStore", "trustStore"} {
		v := attrValue(s.file, setting, name)
		store := s.keyStores[v.text]
		if !v.set() || store == nil {
			continue
		}
		told := note(name, store.Value("name"), v.place())
		if store.Value("password") == xorWebAS {
			told.Note = "its password is the one products are shipped with"
		}
		list = append(list, told)
	}
	return list
}

// listener makes the listener of a repertoire.
func (s *security) listener(r *confdoc.Reader, e *strictxml.Element, sub subtraction, shared bool) *confdoc.Listener {
	alias := e.Value("alias")
	c := &config{
		alias: alias, scope: s.scopes[e.Value("managementScope")], title: "alias " + shorten(alias), place: s.file.Place(e.Start),
		keys: keys{"sslProtocol", "securityLevel", "enabledCiphers"},
	}
	l := &confdoc.Listener{}
	l.Listener, l.Role = "alias "+shorten(alias), audit.RoleServer
	if shared {
		l.Listener += " " + shorten(c.scope)
		c.title += " " + shorten(c.scope)
	}
	l.Settings = append(l.Settings, note("alias", alias, c.place), note("scopeName", c.scope, c.place))
	for _, part := range scopeParts(c.scope) {
		l.Settings = append(l.Settings, note(part[0], part[1], c.place))
	}
	setting := e.Child("setting")
	switch {
	case setting == nil:
		l.Gaps = append(l.Gaps, "the repertoire has no element <setting>")
		setting, c.hollow = &strictxml.Element{}, true
	case len(e.All("setting")) > 1:
		l.Gaps = append(l.Gaps, "the repertoire has several elements <setting>; which one counts is not known")
	}
	if kind := e.Value("type"); kind != "" && kind != "JSSE" {
		l.Gaps = append(l.Gaps, "the repertoire is of type "+shorten(kind)+", not JSSE: what its settings mean is not known")
	}
	if setting.StartEnd > 0 {
		c.add = func(key, text string) conftree.Edit { return addAttr(s.file, setting, key, text) }
	}
	c.protocol, c.level = attrValue(s.file, setting, c.keys.protocol), attrValue(s.file, setting, c.keys.level)
	c.ciphers, c.provider = attrValue(s.file, setting, c.keys.ciphers), attrValue(s.file, setting, "jsseProvider")
	for _, child := range setting.All("properties") {
		if v := attrValue(s.file, child, "value"); child.Value("name") == "com.ibm.ssl.protocol" && v.set() {
			c.twin = v
			if !c.protocol.set() {
				c.fallback = v
			}
		}
	}
	if c.protocol.set() && c.twin.set() && c.protocol.text != c.twin.text {
		l.Gaps = append(l.Gaps, "the property com.ibm.ssl.protocol of the repertoire says otherwise than sslProtocol; which one counts is not known")
	}
	addSettings(l, c.protocol, c.level, c.ciphers, c.provider,
		attrValue(s.file, setting, "clientAuthentication"), attrValue(s.file, setting, "clientAuthenticationSupported"))
	l.Settings = append(l.Settings, s.stores(setting)...)
	c.describe = func(set map[string]string) string { return wsadmin(c, setting, set) }
	c.declare(r, l, sub)
	uses := slices.Concat(s.uses[xmiID(e)], s.uses[alias])
	for _, u := range uses[:min(len(uses), maxUses)] {
		l.Settings = append(l.Settings, note("used-by", u.what, u.place))
	}
	if len(uses) == 0 {
		c.unused = "nothing in this file refers to it"
	}
	return l
}

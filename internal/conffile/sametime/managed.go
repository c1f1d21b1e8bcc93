package sametime

import (
	"errors"
	"fmt"
	"regexp"
	"strings"

	"tlsaudit/audit"
	"tlsaudit/internal/confdoc"
	"tlsaudit/internal/conftree"
	"tlsaudit/internal/strictxml"
)

// Managed is managed-community-configs.xml, which clients fetch at login from
// the update site.
var Managed = &confdoc.Format{
	Name: "managed-community", Aliases: []string{"managed-community-configs"}, Title: "HCL Sametime managed communities", Product: "sametime",
	Names: []string{"managed-community-configs*"},
	Sniff: func(f *conftree.File) int { return matches(f, managedRoot, 95) },
	Read:  readManaged,
	Rules: []*confdoc.Rule{
		{
			ID: "ST-01", Check: "config.transport", Title: "clients are told to use tls-direct", Of: confdoc.OfClient,
			Doc:    "A client uses the legacy protocol unless its community says tls-direct; direct is the default. What the file says is applied by an action: a community without one, or beside a reset, which suppresses all other actions, is left as it is.",
			Detect: "connectionType of the community, or of its connection element, and the actions for its id. Whether useGlobalConnContext or useGlobalConnSettings is the attribute that counts is not known: either is taken, and the second, or none, is told beside the pass. A community that is deleted has no clients to judge.",
			Level:  audit.Must, Severity: audit.High, Confidence: "documented",
			Apply: "Put the file on the update site; clients fetch it at login and apply it at their next start.",
			Text:  managedLines("HOST"),
			Judge: judgeClient,
		},
		plainAddresses,
	},
	Establish: establish,
	Apply:     "Put the file on the update site as managed-community-configs.xml, readable without a password; clients fetch it at login and apply it at their next start.",
	Verify:    "On a client: Preferences > Server Communities shows \"Direct connection using TLS\"; netstat shows one connection to port 1533.",
	Rollback:  "Put the saved file back; clients follow at their next two logins.",
}

var managedRoot = regexp.MustCompile(`<([A-Za-z0-9_.-]+:)?managed-(communities|community)[\s/>]`)

func managedLines(id string) string {
	return fmt.Sprintf(`<managed-community id="%s" host="%[1]s" port="1533" useGlobalConnContext="true" connectionType="tls-direct"/>`+"\n"+
		`<managed-community-action type="update" managed-community-id="%[1]s" restart="true"/>`, id)
}

func readManaged(_ *confdoc.Reader, f *conftree.File) *confdoc.Document {
	d := &confdoc.Document{Files: []*conftree.File{f}}
	doc, err := strictxml.Parse(f)
	if err != nil {
		xmlFault(d, f, err)
		return d
	}
	root := doc.Root
	if root.Name != "managed-communities" {
		d.Fail(confdoc.Unclear, f.Place(root.Start), "the root element is not managed-communities", "see the example in the documentation of the product")
		return d
	}
	if doc.Doctype {
		d.Open(f.Place(doc.DoctypeStart), "a document type is declared outside of the file; nothing of it was read, and it may bring default attributes")
	}
	actions := actionsOf(root)
	var addresses []address
	listed := root.All("managed-community")
	for i, e := range listed {
		if i >= maxClients {
			d.Open(f.Place(e.Start), "more communities are listed than are read")
			break
		}
		id := e.Value("id")
		c := clientOf(f, e, actions)
		name := "community " + firstOf(id, e.Value("host"), "without an id")
		declareClient(d, name, firstOf(e.Value("newHost"), e.Value("host"), id), c, communitySettings(f, e))
		if a, ok := e.Attr("authServerUrl"); ok {
			addresses = append(addresses, address{f, "authServerUrl", a.Value, f.Place(a.Start), a.ValueStart, a.ValueEnd})
		}
	}
	if len(listed) == 0 {
		d.Open(f.Place(root.Start), "no community is listed: clients keep what they have")
	}
	d.Syntax = &source{addresses: addresses}
	return d
}

// maxClients bounds the communities of one file.
const maxClients = 300

// xmlFault says what is wrong with a file that is not XML. A parser of the
// product that expands entities reads something else than one that refuses
// them: which it is, is not known.
func xmlFault(d *confdoc.Document, f *conftree.File, err error) {
	place, message := f.Place(0), "not well-formed XML"
	var input *audit.InputError
	if errors.As(err, &input) {
		message = input.Cause
		if input.Place.Line > 0 {
			place = input.Place
		}
	}
	switch {
	case errors.Is(err, strictxml.ErrEntities) && explodes(f.Text):
		d.Fail(confdoc.NotLoaded, place, "entities grow beyond what any XML parser with limits reads", "remove the document type")
	case errors.Is(err, strictxml.ErrEntities):
		d.Fail(confdoc.Unclear, place, message, "remove the document type and write the values out")
	case errors.Is(err, strictxml.ErrLimit):
		d.Fail(confdoc.Unclear, place, message, "split the file")
	default:
		d.Fail(confdoc.NotLoaded, place, message, "clients need well-formed XML: one root, every element closed, no attribute twice")
	}
}

// actions are what is done with the communities.
type actions struct {
	reset *strictxml.Element
	byID  map[string][]string // types by community
}

func actionsOf(root *strictxml.Element) actions {
	a := actions{byID: map[string][]string{}}
	for _, e := range root.All("managed-community-action") {
		kind := e.Value("type")
		if kind == "reset" && a.reset == nil {
			a.reset = e
		}
		id := e.Value("managed-community-id")
		if len(a.byID[id]) < 100 {
			a.byID[id] = append(a.byID[id], kind)
		}
	}
	return a
}

// contextNames are the two spellings of one attribute.
var contextNames = []string{"useGlobalConnContext", "useGlobalConnSettings"}

// contextNote flags the second spelling, which is accepted.
const contextNote = "useGlobalConnSettings is what an example of the documentation writes, and its attribute table spells it useGlobalConnContext: which counts is not known"

// clientOf reads one community.
func clientOf(f *conftree.File, e *strictxml.Element, all actions) *client {
	c := &client{at: f.Place(e.Start), line: managedLines(firstOf(rawValue(f, e, "id"), "HOST"))}
	child := e.Child("connection")
	attr, own := e.Attr("connectionType")
	var inner strictxml.Attr
	below := false
	if child != nil {
		inner, below = child.Attr("connectionType")
	}
	switch {
	case own && below && attr.Value != inner.Value:
		c.open = "connectionType stands at the community and at its connection element, with different values: which counts is not documented"
	case own:
		c.set, c.value, c.at = true, attr.Value, f.Place(attr.Start)
	case below:
		c.set, c.value, c.at = true, inner.Value, f.Place(inner.Start)
	}
	c.edits = typeEdits(f, e, child, attr, own, inner, below)
	c.act(f, e, all)
	switch context, written := contextOf(e); {
	case written && context.Name == contextNames[1]:
		c.remark = contextNote + "; write " + contextNames[0]
	case !own || below || attr.Value == "direct":
	case !written:
		c.remark = "useGlobalConnContext is not set: the documentation wants it to be true for a connectionType other than direct"
	case context.Value != "true":
		c.advice = "useGlobalConnContext is not true: the documentation wants it to be for a connectionType other than direct"
	}
	return c
}

func contextOf(e *strictxml.Element) (strictxml.Attr, bool) {
	for _, name := range contextNames {
		if a, ok := e.Attr(name); ok {
			return a, true
		}
	}
	return strictxml.Attr{}, false
}

// typeEdits write tls-direct where the connection type stands, or where it is
// missing.
func typeEdits(f *conftree.File, e, child *strictxml.Element, attr strictxml.Attr, own bool, inner strictxml.Attr, below bool) (edits []conftree.Edit) {
	if own && attr.Value != secureType {
		edits = append(edits, f.Replace(attr.ValueStart, attr.ValueEnd, secureType))
	}
	if below && inner.Value != secureType {
		edits = append(edits, f.Replace(inner.ValueStart, inner.ValueEnd, secureType))
	}
	context, written := contextOf(e)
	switch {
	case below:
	case child != nil && !own:
		at := nameEnd(f, child)
		return append(edits, f.Replace(at, at, ` connectionType="`+secureType+`"`))
	default:
		text := ""
		if !written {
			text = ` useGlobalConnContext="true"`
		} else if context.Name == contextNames[0] && context.Value != "true" {
			edits = append(edits, f.Replace(context.ValueStart, context.ValueEnd, "true"))
		}
		if !own {
			text += ` connectionType="` + secureType + `"`
		}
		if text != "" {
			at := nameEnd(f, e)
			edits = append(edits, f.Replace(at, at, text))
		}
	}
	return edits
}

// nameEnd is where another attribute of an element can be written: behind its
// last one, or its name.
func nameEnd(f *conftree.File, e *strictxml.Element) int {
	if n := len(e.Attrs); n > 0 {
		return e.Attrs[n-1].ValueEnd + 1
	}
	return e.Start + 1 + len(qname(f, e))
}

// qname is the name of an element as it is written, with its prefix.
func qname(f *conftree.File, e *strictxml.Element) string {
	rest := f.Text[e.Start+1:]
	return rest[:max(strings.IndexAny(rest, " \t\r\n/>"), 0)]
}

// act finds out whether an action applies what is written.
func (c *client) act(f *conftree.File, e *strictxml.Element, all actions) {
	id := e.Value("id")
	kinds := all.byID[id]
	applied, removed := false, false
	for _, kind := range kinds {
		applied = applied || kind == "update" || kind == "add"
		removed = removed || kind == "delete"
	}
	switch {
	case all.reset != nil:
		c.idle = fmt.Sprintf("a reset at line %d suppresses all other actions: what is written for this community is not applied", f.LineAt(all.reset.Start))
		c.edits = nil
	case applied:
	case removed:
		c.moot = "the community is taken away from clients"
	case len(kinds) > 0:
		c.idle = "the action for this community is none of update, add, delete and reset: it has no effect"
		c.edits = nil
	default:
		c.idle = "no action names this community: it has no effect"
		if a, ok := e.Attr("id"); ok {
			quote := f.Text[a.ValueStart-1 : a.ValueStart]
			action := `<managed-community-action type="update" managed-community-id=` + quote + f.Text[a.ValueStart:a.ValueEnd] + quote + ` restart="true"/>`
			action = "<" + strings.TrimSuffix(qname(f, e), e.Name) + action[1:]
			line, at := f.Line(f.LineAt(e.Start))
			indent := line[:e.Start-at]
			if strings.TrimSpace(indent) == "" {
				action = f.EOL() + indent + action
			}
			c.edits = append(c.edits, f.Replace(e.End, e.End, action))
		} else {
			c.edits = nil
		}
	}
}

func rawValue(f *conftree.File, e *strictxml.Element, name string) string {
	a, ok := e.Attr(name)
	if !ok {
		return ""
	}
	return clip(f.Text[a.ValueStart:a.ValueEnd])
}

// communitySettings lists the attributes that matter.
func communitySettings(f *conftree.File, e *strictxml.Element) (list []audit.Setting) {
	add := func(e *strictxml.Element, prefix string) {
		for _, name := range []string{"id", "host", "newHost", "port", "connectionType", "useGlobalConnContext", "useGlobalConnSettings", "proxyHost", "proxyPort", "authServerUrl", "authType", "savePassword"} {
			a, ok := e.Attr(name)
			if !ok {
				continue
			}
			one := confdoc.NewSetting(prefix+name, a.Value, f.Place(a.Start))
			if name == contextNames[1] {
				one.Note = contextNote
			}
			list = append(list, one)
		}
	}
	add(e, "")
	if child := e.Child("connection"); child != nil {
		add(child, "connection/")
	}
	return list
}

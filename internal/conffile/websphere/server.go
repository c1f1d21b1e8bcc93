package websphere

import (
	"slices"
	"strings"

	"tlsaudit/audit"
	"tlsaudit/internal/confdoc"
	"tlsaudit/internal/conftree"
	"tlsaudit/internal/strictxml"
)

// Server is server.xml of a server of a cell: the arguments of its JVM.
var Server = &confdoc.Format{
	Name:    "was-server",
	Aliases: []string{"was-server-xml"},
	Title:   "WebSphere server.xml (JVM arguments)",
	Product: "websphere",
	Names:   []string{"server.xml*"},
	Sniff: func(f *conftree.File) int {
		return sniff(f, "<process:Server", "schemas/5.0/process.xmi", "<jvmEntries")
	},
	Read:     readServer,
	Rules:    []*confdoc.Rule{overridden, overrideDefault, oldArguments, argumentPasswords, noEffect},
	Apply:    "Change it on the deployment manager, synchronise the nodes and restart the server.",
	Verify:   "ps -ef shows the arguments of the JVM; a port of the server that is asked for an older version refuses it.",
	Rollback: "Restore server.xml from the backup on the deployment manager, synchronise, restart.",
}

const (
	processSpace = "http://www.ibm.com/websphere/appserver/schemas/5.0/process.xmi"
	argumentsKey = "genericJvmArguments"
)

// maxJVMs bounds the JVMs of a server; one on z/OS has three.
const maxJVMs = 100

// maxTokens bounds the arguments of a JVM, and its properties.
const maxTokens = 5000

// jvm is one JVM of a server.
type jvm struct {
	file    *conftree.File
	element *strictxml.Element
	// name is that of the server, numbered if it has several JVMs.
	name      string
	arguments value
	tokens    []token
	// properties are those of -D, then those of child elements; counts are the
	// last argument and the last element of each name.
	properties []property
	counts     map[string][]property
	// overrides are the files that go over java.security.
	overrides []override
	// doubts are what may change the arguments.
	doubts []confdoc.Gap
}

// property is a system property of a JVM.
type property struct {
	name, value string
	place       audit.Place
	// token is the index of the argument; element is set for one of an element.
	token   int
	element *strictxml.Element
}

// argument reports whether the property is a -D argument.
func (p property) argument() bool { return p.element == nil }

func readServer(r *confdoc.Reader, main *conftree.File) *confdoc.Document {
	doc := &confdoc.Document{Files: []*conftree.File{main}, Settings: pathSettings(main)}
	tree := parseXML(doc, main, processSpace, "Server")
	if tree == nil {
		return doc
	}
	if name := attrValue(main, tree.Root, "name"); name.set() {
		if !slices.ContainsFunc(doc.Settings, func(s audit.Setting) bool { return s.Key == "server" }) {
			doc.Settings = append(doc.Settings, note("server", name.text, name.place()))
		}
	}
	var jvms []*jvm
	strictxml.Walk(tree.Root, func(e *strictxml.Element) bool {
		if e.Name == "jvmEntries" && len(jvms) < maxJVMs {
			jvms = append(jvms, readJVM(main, e, tree.Root.Value("name")))
		}
		if v := attrValue(main, e, "sslConfigAlias"); v.set() {
			doc.Settings = append(doc.Settings, v.setting())
		}
		return true
	})
	doc.Syntax = jvms
	for _, j := range jvms {
		doc.Gaps = append(doc.Gaps, j.doubts...)
		j.readOverrides(r, doc)
		for _, p := range j.properties {
			if telling(p.name) || secretName(p.name) {
				setting := note(p.name, p.value, p.place)
				if secretName(p.name) {
					setting.Value = confdoc.Redacted
				}
				if !j.inForce(p) {
					setting.Note = "not in force: a later one has the same name"
				}
				doc.Settings = append(doc.Settings, setting)
			}
		}
	}
	return doc
}

// readJVM reads one element jvmEntries.
func readJVM(f *conftree.File, e *strictxml.Element, server string) *jvm {
	j := &jvm{file: f, element: e, name: "server " + shorten(server), arguments: attrValue(f, e, argumentsKey)}
	if a, ok := e.Attr(argumentsKey); ok {
		var open bool
		j.tokens, open = tokens(a.Value, strictxml.Offsets(f, a))
		if len(j.tokens) > maxTokens {
			j.tokens = nil
			j.doubt(a.ValueStart, "more JVM arguments than are read")
		}
		if open {
			j.doubt(a.ValueStart, "a quote in the JVM arguments is not closed; how the rest is read is not known")
		}
	}
	for i, t := range j.tokens {
		switch {
		case strings.HasPrefix(t.text, "-D"):
			name, value, _ := strings.Cut(t.text[2:], "=")
			j.properties = append(j.properties, property{name: name, value: value, place: f.Place(t.start), token: i})
			if strings.Contains(name, "${") {
				j.doubt(t.start, "the name of a JVM property holds a variable, which is not known here")
			}
		case strings.HasPrefix(t.text, "-Xoptionsfile="), strings.HasPrefix(t.text, "@"):
			j.doubt(t.start, "the JVM arguments name a file with more of them, which was not read")
		case strings.Contains(t.text, "${") && !strings.HasPrefix(t.text, "-X"):
			j.doubt(t.start, "the JVM arguments hold a variable, which may stand for more of them")
		}
	}
	for _, child := range e.All("systemProperties") {
		if name, ok := child.Attr("name"); ok && len(j.properties) < 2*maxTokens {
			j.properties = append(j.properties, property{name: name.Value, value: child.Value("value"), place: f.Place(child.Start), element: child})
		}
	}
	j.count()
	return j
}

func (j *jvm) doubt(offset int, message string) {
	if len(j.doubts) < 10 {
		j.doubts = append(j.doubts, confdoc.Gap{Message: message, Place: j.file.Place(offset)})
	}
}

// count notes which properties of each name count: the last argument, since
// later ones win, and the last element. Which of the two wins is not known.
func (j *jvm) count() {
	j.counts = map[string][]property{}
	for _, p := range j.properties {
		list := j.counts[p.name]
		if n := len(list); n > 0 && list[n-1].argument() == p.argument() {
			list = list[:n-1]
		}
		j.counts[p.name] = append(list, p)
	}
}

// inForce reports whether a property counts.
func (j *jvm) inForce(p property) bool { return slices.Contains(j.counts[p.name], p) }

package java

import (
	"fmt"
	"path"
	"strings"

	"tlsaudit/audit"
	"tlsaudit/internal/confdoc"
	"tlsaudit/internal/conftree"
	"tlsaudit/internal/javaprops"
)

// The properties that are read.
const (
	tlsList      = "jdk.tls.disabledAlgorithms"
	certpathList = "jdk.certpath.disabledAlgorithms"
	curvesList   = "jdk.disabled.namedCurves"
)

// properties are what Java has once it has read a file and what it includes.
type properties struct {
	doc *confdoc.Document
	// last are the definitions that count, all those in the order they are read.
	last map[string]definition
	all  []definition
	// full is set for a whole java.security, as opposed to one that overrides
	// parts of the JDK's.
	full    bool
	release release
	parsed  map[string]algorithms
}

// list is the value of a property as a list, which is taken apart once.
func (p *properties) list(key string) algorithms {
	a, ok := p.parsed[key]
	if !ok {
		included, _ := p.value(curvesList)
		value, _ := p.value(key)
		a = parseAlgorithms(value, included)
		p.parsed[key] = a
	}
	return a
}

// definition is an entry with the file it stands in.
type definition struct {
	javaprops.Entry
	file *conftree.File
}

func (d definition) place() audit.Place { return d.file.Place(d.Start) }

func (d definition) valuePlace() audit.Place { return d.file.Place(min(d.ValueStart, d.End)) }

func (d definition) setting() audit.Setting {
	return confdoc.NewSetting(d.Key, d.Value, d.place())
}

// readSecurity reads java.security or a file that overrides it.
func readSecurity(r *confdoc.Reader, main *conftree.File) *confdoc.Document {
	doc := &confdoc.Document{Files: []*conftree.File{main}}
	p := loadProperties(r, doc, main)
	doc.Syntax = p
	l := p.listener(doc)
	doc.Listeners = append(doc.Listeners, l)
	return doc
}

// loadProperties reads a file with what it includes, and reports its faults.
func loadProperties(r *confdoc.Reader, doc *confdoc.Document, main *conftree.File) *properties {
	p := &properties{doc: doc, last: map[string]definition{}, parsed: map[string]algorithms{}, release: releaseOf(r)}
	p.load(r, main, 0)
	for key := range p.last {
		if strings.HasPrefix(key, "security.provider.") {
			p.full = true
		}
	}
	for _, key := range []string{tlsList, certpathList} {
		p.check(key)
	}
	return p
}

// load reads one file.
func (p *properties) load(r *confdoc.Reader, f *conftree.File, depth int) {
	loaded := javaprops.Load(f)
	start := f.Place(0)
	switch {
	case loaded.Garbled:
		p.doc.Fail(confdoc.Unclear, start, "the file is UTF-16: Java reads keys that nobody asks for, and nothing in the file takes effect", "save the file as ISO-8859-1 or as UTF-8 without a byte order mark")
		return
	case loaded.Malformed:
		p.doc.Fail(confdoc.NotLoaded, f.Place(loaded.At), `a \u without four hexadecimal digits: Java does not start with this file`, `write \\u for a backslash before a u`)
	}
	p.doc.Marked(f, loaded.Lost)
	for _, e := range loaded.Entries {
		d := definition{e, f}
		p.doc.NULs(f, e.Start, e.End)
		if e.Key == "include" {
			p.include(r, d, depth)
			continue
		}
		p.all = append(p.all, d)
		p.last[e.Key] = d
		if strings.HasSuffix(e.Key, "Algorithms") || strings.HasSuffix(e.Key, "Curves") {
			p.cut(d)
		}
	}
}

// include follows "include FILE", which Java reads from 24 on.
func (p *properties) include(r *confdoc.Reader, d definition, depth int) {
	name := javaTrim(d.Value)
	switch {
	case p.release.known && p.release.major < 24:
		return // an ordinary key that nobody asks for
	case !p.release.known:
		p.doc.Open(d.place(), "include names a file that Java reads from 24 on, and nobody says which version it is")
		return
	case depth >= confdoc.MaxDepth || r.Depth+depth >= confdoc.MaxDepth || len(p.doc.Files) >= confdoc.MaxFiles:
		p.doc.Open(d.place(), "files are included deeper than is followed")
		return
	case strings.ContainsAny(name, "*?[$"):
		p.doc.Open(d.place(), "the name of the included file cannot be told")
		return
	}
	f := findFile(r, d.file, name)
	if f == nil {
		p.doc.Open(d.place(), fmt.Sprintf("the included file %.200q is not there: what it sets is not known", confdoc.RedactText(name)))
		return
	}
	for _, other := range p.doc.Files {
		if other.Path == f.Path {
			p.doc.Open(d.place(), "a file is included twice, which Java refuses if it is within itself")
			return
		}
	}
	p.doc.Files = append(p.doc.Files, f)
	p.load(r, f, depth+1)
}

// findFile opens a file another one names; nil if it is not to be had.
func findFile(r *confdoc.Reader, from *conftree.File, name string) *conftree.File {
	if name == "" {
		return nil
	}
	where, err := r.Tree.Resolve(path.Dir(from.Path), name)
	if err != nil {
		return nil
	}
	f, err := r.Tree.Read(where)
	if err != nil {
		return nil
	}
	return f
}

// cut reports a list that ends where a blank follows the backslash.
func (p *properties) cut(d definition) {
	raw := d.file.Text[d.Start:d.End]
	line := strings.TrimRight(raw, " \t\f")
	backslashes := len(line) - len(strings.TrimRight(line, `\`))
	if len(line) == len(raw) || backslashes%2 == 0 {
		return
	}
	from, to := d.Start+len(line), d.End
	p.doc.Faults = append(p.doc.Faults, confdoc.Fault{
		Kind: confdoc.Misread, Place: d.file.Place(from - 1), Message: "a blank follows the backslash: Java ends the list of " + d.Key + " here and takes the next line for a key of its own",
		Hint: "delete the blanks behind the backslash", Edits: []conftree.Edit{d.file.Replace(from, to, "")},
	})
}

// value is what a property comes to, and whether the file sets it.
func (p *properties) value(key string) (value string, set bool) {
	d, set := p.last[key]
	return d.Value, set
}

// algorithms is the list that holds, and whether that is known.
func (p *properties) algorithms() (a algorithms, known bool) {
	if _, set := p.value(tlsList); set {
		return p.list(tlsList), true
	}
	if p.full {
		return algorithms{}, true
	}
	value, known := p.release.builtIn()
	return parseAlgorithms(value, ""), known
}

// check reports a list that Java throws at.
func (p *properties) check(key string) {
	d, set := p.last[key]
	if !set {
		return
	}
	it, why := p.list(key).broken()
	if why == "" {
		return
	}
	fault := confdoc.Fault{
		Kind: confdoc.NotLoaded, Place: d.valuePlace(), Hint: "write one entry between two commas; a # within a continued value is no comment",
		Message: fmt.Sprintf("%s has the entry %s (%s): Java makes no TLS context at all", key, shown(it), why),
	}
	if key == tlsList {
		fault.Edits = d.rewrite(strictList)
	}
	p.doc.Faults = append(p.doc.Faults, fault)
}

// listener is what programs get that ask for nothing else.
func (p *properties) listener(doc *confdoc.Document) *confdoc.Listener {
	d := audit.Declared{Listener: "JSSE default", Role: audit.RoleServer, TLS: audit.Accepted, Plain: audit.Undetermined, Product: "generic", ProductVersion: p.release.text, Assumed: !p.release.known}
	a, known := p.algorithms()
	d.Posture = p.posture(a, known)
	d.Configured = configured(d.Posture)
	seen := map[string]bool{}
	for i := len(p.all) - 1; i >= 0; i-- {
		def := p.all[i]
		if !concernsTLS(def.Key) || len(d.Settings) > 200 {
			continue
		}
		s := def.setting()
		if seen[def.Key] {
			s.Note = "not in force: a later line defines it again"
		}
		seen[def.Key] = true
		d.Settings = append([]audit.Setting{s}, d.Settings...)
	}
	place := doc.Main().Place(0)
	if def, ok := p.last[tlsList]; ok {
		place = def.place()
	}
	d.Place = &place
	return &confdoc.Listener{Declared: d, Scope: p}
}

// concernsTLS tells properties worth showing.
func concernsTLS(key string) bool {
	for _, prefix := range []string{"jdk.tls.", "jdk.certpath.", "jdk.security.legacy", "jdk.disabled.", "security.overridePropertiesFile", "ssl.", "com.ibm.jsse2.", "crypto.policy"} {
		if strings.HasPrefix(key, prefix) {
			return true
		}
	}
	return false
}

func configured(p audit.Posture) (list []audit.Version) {
	for _, f := range p.Versions {
		if f.Answer == audit.Accepted || f.Answer == audit.Latent {
			list = append(list, f.Version)
		}
	}
	return list
}

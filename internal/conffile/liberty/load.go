package liberty

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"tlsaudit/audit"
	"tlsaudit/internal/confdoc"
	"tlsaudit/internal/conftree"
	"tlsaudit/internal/strictxml"
)

const includeSpace = "http://www.w3.org/2001/XInclude"

// maxParts bounds the elements of all files together: a file may be included
// many times.
const maxParts = 100_000

// loader follows what a server's files draw in.
type loader struct {
	doc    *confdoc.Document
	reader *confdoc.Reader
	vars   *variables
	// folder is the server's, inside the tree.
	folder string
	parsed map[string]*strictxml.Document
	parts  []part
	open   []string // paths of the files being read
	// sources counts inclusions, tries includes that were looked at.
	sources, tries int
	full           bool
}

// load reads main and all it draws in.
func load(d *confdoc.Document, r *confdoc.Reader, main *conftree.File) *loader {
	l := &loader{doc: d, reader: r, folder: path.Dir(main.Path), parsed: map[string]*strictxml.Document{}}
	x := l.parse(main)
	if x == nil {
		return l
	}
	l.vars = readVariables(l)
	l.dropins("defaults")
	l.elements(main, x, merge)
	l.dropins("overrides")
	return l
}

// parse reads one file as XML; nil if it is none of Liberty's.
func (l *loader) parse(f *conftree.File) *strictxml.Document {
	if x, ok := l.parsed[f.Path]; ok {
		return x
	}
	l.parsed[f.Path] = nil
	x, err := strictxml.Parse(f)
	if err != nil {
		l.refuse(f, err)
		return nil
	}
	if x.Root.Name != "server" && x.Root.Name != "client" || x.Root.Space != "" {
		l.doc.Fail(confdoc.Unclear, f.Place(x.Root.Start), "the root element is "+short(x.Root.Name)+", not server: this is no configuration of Liberty", "")
		return nil
	}
	if x.Doctype {
		l.doc.Open(f.Place(x.DoctypeStart), "the file names a document type of its own, which was not followed")
	}
	strictxml.Walk(x.Root, func(e *strictxml.Element) bool {
		if e.Space == includeSpace {
			l.doc.Open(f.Place(e.Start), "an XInclude was not followed")
		}
		return true
	})
	l.parsed[f.Path] = x
	return x
}

// refuse adds the fault of a file that is not read.
func (l *loader) refuse(f *conftree.File, err error) {
	kind, place, message, hint := confdoc.NotLoaded, f.Place(0), err.Error(), ""
	if errors.Is(err, strictxml.ErrLimit) || f != l.doc.Main() {
		kind = confdoc.Unclear
	}
	var fault *audit.InputError
	if errors.As(err, &fault) {
		place, message, hint = fault.Place, fault.Cause, fault.Hint
	}
	if strings.ContainsAny(f.Text, "\u201c\u201d\u2018\u2019") {
		hint = "typographic quotes are no quotes of XML: write \" in their place"
	}
	l.doc.Fail(kind, place, confdoc.RedactText(message), hint)
}

// dropins takes in the files of a folder of configDropins, in the order of
// their names.
func (l *loader) dropins(which string) {
	l.all(path.Join(l.folder, "configDropins", which), merge, audit.Place{File: l.doc.Main().Name, Line: 1})
}

// all takes in every .xml file of a folder.
func (l *loader) all(folder string, m mode, from audit.Place) {
	names, err := l.reader.Tree.Glob(escapeGlob(folder) + "/*")
	if err != nil {
		l.doc.Open(from, "the folder "+short(folder)+" is not read: "+cause(err))
		return
	}
	slices.SortStableFunc(names, func(a, b string) int { return strings.Compare(strings.ToLower(a), strings.ToLower(b)) })
	for _, name := range names {
		if strings.EqualFold(path.Ext(name), ".xml") {
			l.file(name, m, from, false)
		}
	}
}

var globSigns = strings.NewReplacer(`\`, `\\`, `*`, `\*`, `?`, `\?`, `[`, `\[`)

func escapeGlob(s string) string { return globSigns.Replace(s) }

// file takes one more file in.
func (l *loader) file(name string, m mode, from audit.Place, optional bool) {
	switch {
	case l.full:
		return
	case slices.Contains(l.open, name) || name == l.doc.Main().Path:
		l.doc.Open(from, short(name)+" includes itself")
		return
	case len(l.open) >= confdoc.MaxDepth || l.sources >= confdoc.MaxFiles:
		l.full = true
		l.doc.Open(from, fmt.Sprintf("more than %d files, or %d within each other, are included", confdoc.MaxFiles, confdoc.MaxDepth))
		return
	}
	f, err := l.reader.Tree.Read(name)
	if err != nil {
		switch {
		case !optional || !errors.Is(err, fs.ErrNotExist):
			l.doc.Open(from, "the included file "+short(name)+" is not read: "+cause(err))
		case !l.collected(path.Dir(name)):
			l.doc.Open(from, "the optional file "+short(name)+" is not among the files given, nor is its folder as a whole: whether the server has it is not known")
		}
		return
	}
	if !slices.Contains(l.doc.Files, f) {
		l.doc.Files = append(l.doc.Files, f)
	}
	if x := l.parse(f); x != nil {
		l.elements(f, x, m)
	}
}

// collected reports whether a folder seems to have been given as a whole, so
// that what is not in it is not there: it holds more than the files that were
// read because something names them.
func (l *loader) collected(folder string) bool {
	names, err := l.reader.Tree.Glob(escapeGlob(folder) + "/*")
	if err != nil {
		return false
	}
	return slices.ContainsFunc(names, func(name string) bool {
		return !slices.ContainsFunc(l.doc.Files, func(f *conftree.File) bool { return f.Path == path.Clean(name) })
	})
}

// elements takes the elements of one file in, and follows its includes.
func (l *loader) elements(f *conftree.File, x *strictxml.Document, m mode) {
	l.open = append(l.open, f.Path)
	defer func() { l.open = l.open[:len(l.open)-1] }()
	source := l.sources
	l.sources++
	for _, e := range x.Root.Children {
		switch {
		case e.Name == "include":
			l.include(f, e, m)
		case len(l.parts) >= maxParts:
			if !l.full {
				l.full = true
				l.doc.Open(f.Place(e.Start), fmt.Sprintf("more than %d elements are included", maxParts))
			}
			return
		default:
			l.parts = append(l.parts, part{f, e, m, source})
		}
	}
}

// include follows one include.
func (l *loader) include(f *conftree.File, e *strictxml.Element, outer mode) {
	place := f.Place(e.Start)
	if l.tries++; l.tries > confdoc.MaxFiles {
		if !l.full {
			l.full = true
			l.doc.Open(place, fmt.Sprintf("there are more than %d includes", confdoc.MaxFiles))
		}
		return
	}
	location, ok := e.Attr("location")
	if !ok {
		l.doc.Open(place, "an include has no location")
		return
	}
	m, known := conflictMode(e.Value("onConflict"))
	if !known {
		l.doc.Open(place, fmt.Sprintf("onConflict is %q, not MERGE, REPLACE or IGNORE", short(e.Value("onConflict"))))
	}
	if m == merge {
		m = outer
	}
	target, fromRoot, missing := l.vars.expandPath(location.Value)
	if missing != "" {
		l.doc.Open(place, "the location of an include has the variable "+short(missing)+", whose value is not known")
		return
	}
	target = strings.ReplaceAll(confdoc.JavaTrim(target), `\`, "/")
	if scheme, rest, found := strings.Cut(target, ":"); found && len(scheme) > 1 {
		if !strings.EqualFold(scheme, "file") {
			l.doc.Open(place, "an include names "+short(scheme)+":, which is not fetched")
			return
		}
		target = "/" + strings.TrimLeft(rest, "/")
	}
	folder := path.Dir(f.Path)
	if fromRoot {
		folder = "."
	}
	name, err := l.reader.Tree.Resolve(folder, target)
	if err != nil {
		l.doc.Open(place, "an include is not followed: "+cause(err))
		return
	}
	optional := strings.EqualFold(confdoc.JavaTrim(e.Value("optional")), "true")
	if strings.HasSuffix(target, "/") || l.reader.Tree.Exists(name) == "dir" {
		l.all(name, m, place)
		return
	}
	l.file(name, m, place, optional)
}

// cause is an error in one line, without its place.
func cause(err error) string {
	var fault *audit.InputError
	if errors.As(err, &fault) {
		return short(fault.Cause)
	}
	return short(err.Error())
}

// short makes a word of a file fit for a message.
func short(s string) string {
	s = strings.Join(strings.Fields(s), " ")
	if runes := []rune(s); len(runes) > 80 {
		s = string(runes[:80]) + "..."
	}
	return confdoc.RedactText(s)
}

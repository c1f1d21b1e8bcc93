package liberty

import (
	"slices"
	"strings"

	"tlsaudit/internal/confdoc"
	"tlsaudit/internal/conftree"
	"tlsaudit/internal/strictxml"
)

// mode says what becomes of an element of an included file that the including
// one has as well.
type mode uint8

const (
	merge mode = iota
	replace
	ignore
)

// part is an element as it stands in one file.
type part struct {
	file *conftree.File
	at   *strictxml.Element
	mode mode
	// source numbers the inclusions of files: parts of one source do not
	// conflict with each other. Parent is the source that includes it.
	source int
}

// element is what all parts of one name and id come to.
type element struct {
	name, id string
	parts    []part
	// unclear says why it is not known what counts; empty if it is.
	unclear string
	// sources are those the parts are from.
	sources map[int]mode
}

// attr is an attribute with the part it stands in.
type attr struct {
	strictxml.Attr
	part part
}

// attr returns the attribute that counts: the last one.
func (e *element) attr(name string) (attr, bool) {
	for i := len(e.parts) - 1; i >= 0; i-- {
		if a, ok := e.parts[i].at.Attr(name); ok {
			return attr{a, e.parts[i]}, true
		}
	}
	return attr{}, false
}

// children returns the elements of a name inside, of all parts.
func (e *element) children(name string) (list []*element) {
	for _, p := range e.parts {
		for _, c := range p.at.All(name) {
			list = append(list, &element{name: name, id: c.Value("id"), parts: []part{{p.file, c, merge, p.source}}})
		}
	}
	return list
}

// last is the part that is changed where an attribute is added.
func (e *element) last() part { return e.parts[len(e.parts)-1] }

// single are the elements there is one of, whatever their id.
var single = map[string]bool{"sslDefault": true, "featureManager": true, "config": true, "logging": true, "ssl.default": true}

// mergeAll makes elements of parts in the order they take effect.
func mergeAll(parts []part) (all []*element) {
	byKey := map[string]*element{}
	for _, p := range parts {
		name, id := p.at.Name, p.at.Value("id")
		if name == "variable" {
			id = p.at.Value("name")
		}
		if single[name] {
			id = ""
		}
		e := byKey[name+"\x00"+id]
		if e == nil || id == "" && !single[name] {
			e = &element{name: name, id: id}
			all = append(all, e)
			byKey[name+"\x00"+id] = e
		}
		e.add(p)
	}
	return all
}

// add takes one more part in. Documented is what replace and ignore make of an
// element the including file has; where that one stands behind the include the
// order in which Liberty looks at them is not known.
func (e *element) add(p part) {
	_, own := e.sources[p.source]
	conflict := len(e.sources) > 1 || len(e.sources) == 1 && !own
	for source, earlier := range e.sources {
		if source != p.source && earlier != merge && p.mode == merge {
			e.unclear = "an include with onConflict stands in front of the element it conflicts with"
		}
	}
	switch {
	case conflict && p.mode == ignore:
		return
	case conflict && p.mode == replace:
		e.parts = slices.DeleteFunc(e.parts, func(earlier part) bool { return earlier.source != p.source })
		e.sources = nil
	}
	e.parts = append(e.parts, p)
	if e.sources == nil {
		e.sources = map[int]mode{}
	}
	e.sources[p.source] = p.mode
}

// conflictMode reads onConflict.
func conflictMode(value string) (m mode, known bool) {
	switch strings.ToLower(confdoc.JavaTrim(value)) {
	case "", "merge":
		return merge, true
	case "replace":
		return replace, true
	case "ignore":
		return ignore, true
	}
	return merge, false
}

package strictxml

import "strings"

// Element is an element with what is inside. Offsets are bytes of the file's
// text.
type Element struct {
	// Space is the URI of the namespace, empty if it has none; Name the name
	// without prefix.
	Space, Name string
	Attrs       []Attr
	Children    []*Element
	Parent      *Element
	// Text is the element's own character data, without that of its children,
	// with line ends as "\n".
	Text string
	// Start is the "<" of the start tag, StartEnd the byte behind its ">";
	// EndStart is the "<" of the end tag and End the byte behind that. For an
	// element without an end tag (<a/>) StartEnd, EndStart and End are the same.
	Start, StartEnd, EndStart, End int
}

// Attr is an attribute. Declarations of namespaces are attributes too, of the
// namespace Xmlns.
type Attr struct {
	Space, Name string
	// Value has its references resolved and its blanks normalised.
	Value string
	// Start is the first byte of the name with its prefix; ValueStart and
	// ValueEnd bound the value as it is written, inside its quotes.
	Start, ValueStart, ValueEnd int
}

// Xmlns is the namespace of declarations of namespaces.
const Xmlns = "http://www.w3.org/2000/xmlns/"

// Comment is a comment; Parent is the element it stands in, nil outside of the
// root.
type Comment struct {
	Text       string
	Start, End int
	Parent     *Element
}

// Document is a file that is well-formed.
type Document struct {
	Root     *Element
	Comments []Comment
	// Doctype is set if there is a document type declaration: an external one,
	// which was not followed, or an empty one.
	Doctype bool
	// DoctypeStart is where.
	DoctypeStart int
}

// Attr returns the attribute of a name that is in no namespace.
func (e *Element) Attr(name string) (Attr, bool) { return e.AttrOf("", name) }

// AttrOf returns the attribute of a name in a namespace.
func (e *Element) AttrOf(space, name string) (Attr, bool) {
	for _, a := range e.Attrs {
		if a.Name == name && a.Space == space {
			return a, true
		}
	}
	return Attr{}, false
}

// Value returns the value of an attribute that is in no namespace, "" if there
// is none.
func (e *Element) Value(name string) string {
	a, _ := e.Attr(name)
	return a.Value
}

// Child returns the first child of a name, whatever its namespace, or nil.
func (e *Element) Child(name string) *Element {
	for _, c := range e.Children {
		if c.Name == name {
			return c
		}
	}
	return nil
}

// All returns the children of a name, whatever their namespace; see Walk for
// descendants.
func (e *Element) All(name string) []*Element {
	var list []*Element
	for _, c := range e.Children {
		if c.Name == name {
			list = append(list, c)
		}
	}
	return list
}

// Walk visits an element and its descendants in the order of the file; visit
// returns false to leave out what is inside. Depth is bounded by Parse.
func Walk(e *Element, visit func(*Element) bool) {
	if !visit(e) {
		return
	}
	for _, c := range e.Children {
		Walk(c, visit)
	}
}

var escaper = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", `"`, "&quot;", "'", "&apos;", "\n", "&#10;", "\r", "&#13;", "\t", "&#9;")

// Escape writes a value so that it is read back as it is, as an attribute in
// quotes of either kind or as character data.
func Escape(value string) string { return escaper.Replace(value) }

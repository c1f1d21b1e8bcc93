package strictxml

import (
	"strings"
	"unicode/utf8"

	"tlsaudit/internal/conftree"
)

// startTag reads a start tag or an empty element.
func (p *parser) startTag() {
	start := p.pos
	p.pos++
	qname := p.name("the name of an element")
	if len(p.open) == 0 && p.doc.Root != nil {
		p.fail(start, "a second root element <%s>", short(qname))
	}
	if len(p.open) == MaxDepth {
		p.limit(start, "elements nested more than %d deep", MaxDepth)
	}
	if p.elements++; p.elements > MaxElements {
		p.limit(start, "more than %d elements", MaxElements)
	}
	e := &openElement{Element: &Element{Start: start}, qname: qname}
	if len(p.open) > 0 {
		parent := p.open[len(p.open)-1]
		e.Parent, e.outer = parent.Element, parent.inner
		parent.Children = append(parent.Children, e.Element)
	} else {
		p.doc.Root = e.Element
	}
	names, empty := p.attributes(e)
	e.inner = p.namespaces(e, names)
	e.Space, e.Name = p.resolve(e.inner, qname, start)
	p.resolveAttrs(e, names)
	e.StartEnd = p.pos
	if empty {
		e.EndStart, e.End = p.pos, p.pos
		return
	}
	p.open = append(p.open, e)
}

// attributes reads what stands between the name and the end of a start tag,
// and returns the attributes' names as written.
func (p *parser) attributes(e *openElement) (names []string, empty bool) {
	for {
		blank := p.blanks()
		rest := p.text[p.pos:]
		switch {
		case rest == "":
			p.fail(p.pos, "the file ends inside the tag <%s>", short(e.qname))
		case rest[0] == '>':
			p.pos++
			return names, false
		case strings.HasPrefix(rest, "/>"):
			p.pos += 2
			return names, true
		case !blank:
			p.fail(p.pos, "no blank before an attribute of <%s>, or a sign that cannot stand there", short(e.qname))
		}
		if p.attrs++; len(names) == MaxElementAttrs || p.attrs > MaxAttrs {
			p.limit(p.pos, "more attributes than are read")
		}
		a := Attr{Start: p.pos}
		name := p.name("the name of an attribute")
		p.equals(name)
		p.value(&a, name)
		names = append(names, name)
		e.Attrs = append(e.Attrs, a)
	}
}

func (p *parser) blanks() (some bool) {
	for p.pos < len(p.text) && space(p.text[p.pos]) {
		p.pos++
		some = true
	}
	return some
}

func (p *parser) equals(name string) {
	p.blanks()
	if p.pos == len(p.text) || p.text[p.pos] != '=' {
		p.fail(p.pos, "the attribute %q has no value", short(name))
	}
	p.pos++
	p.blanks()
}

// value reads a value in quotes.
func (p *parser) value(a *Attr, name string) {
	if p.pos == len(p.text) || p.text[p.pos] != '"' && p.text[p.pos] != '\'' {
		panic(fault{at: p.pos, cause: "the value of the attribute " + short(name) + " is not in quotes", hint: `use " or ', not the quotes of a word processor`})
	}
	a.ValueStart = p.pos + 1
	n := strings.IndexByte(p.text[a.ValueStart:], p.text[p.pos])
	if n < 0 {
		p.fail(p.pos, "the value of the attribute %q has no end", short(name))
	}
	a.ValueEnd = a.ValueStart + n
	raw := p.text[a.ValueStart:a.ValueEnd]
	if i := strings.IndexByte(raw, '<'); i >= 0 {
		p.fail(a.ValueStart+i, "\"<\" in the value of the attribute %q, which may lack its closing quote", short(name))
	}
	p.characters(a.ValueStart, a.ValueEnd)
	p.pos = a.ValueEnd + 1
	if !strings.ContainsAny(raw, "&\t\n\r") {
		a.Value = raw
		return
	}
	var b strings.Builder
	for i := 0; i < len(raw); {
		switch c := raw[i]; c {
		case '&':
			r, next := p.reference(a.ValueStart+i, a.ValueEnd)
			b.WriteRune(r)
			i = next - a.ValueStart
			continue
		case '\t', '\n', '\r':
			b.WriteByte(' ')
			if c == '\r' && strings.HasPrefix(raw[i+1:], "\n") {
				i++
			}
		default:
			b.WriteByte(c)
		}
		i++
	}
	a.Value = b.String()
}

// namespaces returns the namespaces in force inside an element.
func (p *parser) namespaces(e *openElement, names []string) *scope {
	inner := e.outer
	for i, name := range names {
		prefix, declares := strings.CutPrefix(name, "xmlns:")
		if name == "xmlns" {
			prefix, declares = "", true
		}
		if !declares {
			continue
		}
		a := e.Attrs[i]
		wrong := prefix != "" && a.Value == "" || prefix == "xmlns" || a.Value == Xmlns ||
			(prefix == "xml") != (a.Value == "http://www.w3.org/XML/1998/namespace")
		if wrong {
			p.fail(a.Start, "a declaration of a namespace that is not allowed: %q", short(name))
		}
		if inner == e.outer {
			inner = &scope{prefixes: map[string]string{}, outer: e.outer}
		}
		inner.prefixes[prefix] = a.Value
	}
	return inner
}

// resolveAttrs gives attributes their namespaces and refuses doubles.
func (p *parser) resolveAttrs(e *openElement, names []string) {
	type key struct{ space, name string }
	seen := make(map[key]bool, len(names))
	for i, name := range names {
		a := &e.Attrs[i]
		switch {
		case name == "xmlns":
			a.Space, a.Name = Xmlns, "xmlns"
		case !strings.Contains(name, ":"):
			a.Name = name // a default namespace is none of attributes
		default:
			a.Space, a.Name = p.resolve(e.inner, name, a.Start)
		}
		k := key{a.Space, a.Name}
		if seen[k] {
			p.fail(a.Start, "the attribute %q stands twice in <%s>", short(name), short(e.qname))
		}
		seen[k] = true
	}
}

// endTag reads an end tag.
func (p *parser) endTag() {
	start := p.pos
	p.pos += 2
	qname := p.name("the name of an end tag")
	p.blanks()
	if p.pos == len(p.text) || p.text[p.pos] != '>' {
		p.fail(p.pos, "the end tag </%s> is not closed", short(qname))
	}
	p.pos++
	if len(p.open) == 0 {
		p.fail(start, "the end tag </%s> has no start tag", short(qname))
	}
	e := p.open[len(p.open)-1]
	if e.qname != qname {
		p.fail(start, "the end tag </%s> does not fit <%s> of line %d", short(qname), short(e.qname), p.file.LineAt(e.Start))
	}
	e.EndStart, e.End, e.Text = start, p.pos, e.data.String()
	p.open = p.open[:len(p.open)-1]
}

// Offsets returns where each byte of an attribute's value stands in the file,
// and at last where the value ends: a reference, and a line end of two
// characters, count as one place.
func Offsets(f *conftree.File, a Attr) []int {
	p := &parser{file: f, text: f.Text}
	offsets := make([]int, 0, len(a.Value)+1)
	for at := a.ValueStart; at < a.ValueEnd; {
		next, size := at+1, 1
		switch {
		case f.Text[at] == '&':
			var r rune
			r, next = p.reference(at, a.ValueEnd)
			size = utf8.RuneLen(r)
		case f.Text[at] == '\r' && f.Text[at+1] == '\n':
			next = at + 2
		}
		for range size {
			offsets = append(offsets, at)
		}
		at = next
	}
	return append(offsets, a.ValueEnd)
}

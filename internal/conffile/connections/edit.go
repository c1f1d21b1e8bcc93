package connections

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"tlsaudit/audit"
	"tlsaudit/internal/confdoc"
	"tlsaudit/internal/conftree"
	"tlsaudit/internal/strictxml"
)

const blanks = " \t\r\n"

// setValue gives an element a text.
func (v *view) setValue(e *strictxml.Element, value string) []conftree.Edit {
	text := v.file.Text
	if e.StartEnd == e.End { // <genericProperty name="..."/>
		tag := strings.TrimRight(text[e.Start:e.StartEnd-2], blanks)
		return []conftree.Edit{v.file.Replace(e.Start+len(tag), e.End, ">"+value+"</"+v.qname(e)+">")}
	}
	raw := text[e.StartEnd:e.EndStart]
	trimmed := strings.Trim(raw, blanks)
	start := e.StartEnd + strings.Index(raw, trimmed)
	return []conftree.Edit{v.file.Replace(start, start+len(trimmed), value)}
}

// qname is the name of an element with its prefix.
func (v *view) qname(e *strictxml.Element) string {
	tag := v.file.Text[e.Start+1 : e.StartEnd]
	if i := strings.IndexAny(tag, blanks+"/>"); i >= 0 {
		tag = tag[:i]
	}
	return tag
}

// prefix is the prefix of an element with its colon.
func (v *view) prefix(e *strictxml.Element) string {
	name := v.qname(e)
	return name[:strings.IndexByte(name, ':')+1]
}

// insert writes the property. Where only its name is wrong that is mended;
// otherwise it becomes the last child of the last element properties.
func (v *view) insert(value string) []conftree.Edit {
	for _, s := range v.strays {
		if !s.mendable {
			continue
		}
		if name, ok := s.element.Attr("name"); ok && (strings.TrimSpace(name.Value) != "" || plausible(s.element)) {
			edits := []conftree.Edit{v.file.Replace(name.ValueStart, name.ValueEnd, property)}
			if v.value(s.element).Text != value {
				edits = append(edits, v.setValue(s.element, value)...)
			}
			return edits
		}
	}
	if v.root == nil || v.root.Space != configSpace {
		return nil // the namespace is for a person to mend
	}
	if len(v.boxes) == 0 {
		p := v.prefix(v.root)
		indent := v.indent(v.root)
		eol := v.file.EOL()
		line := fmt.Sprintf(`<%sproperties>%s%s<%sgenericProperty name="%s">%s</%sgenericProperty>%s%s</%sproperties>`, p, eol, indent+indent, p, property, value, p, eol, indent, p)
		return v.append(v.root, line)
	}
	box := v.boxes[len(v.boxes)-1]
	p := v.prefix(box)
	return v.append(box, fmt.Sprintf(`<%sgenericProperty name="%s">%s</%sgenericProperty>`, p, property, value, p))
}

// plausible reports whether the text of an element without a name is a protocol.
func plausible(e *strictxml.Element) bool {
	w := confdoc.Written{Text: confdoc.JavaTrim(e.Text)}
	return w.Text == "" || len(confdoc.ReadJavaProtocol(property, w, "").Unknown) == 0
}

// append puts an element behind all that is in another one.
func (v *view) append(parent *strictxml.Element, element string) []conftree.Edit {
	text, eol := v.file.Text, v.file.EOL()
	outer, inner := v.margin(parent.Start), v.indent(parent)
	if parent.StartEnd == parent.End { // <properties/>
		tag := strings.TrimRight(text[parent.Start:parent.StartEnd-2], blanks)
		return []conftree.Edit{v.file.Replace(parent.Start+len(tag), parent.End, ">"+eol+inner+element+eol+outer+"</"+v.qname(parent)+">")}
	}
	raw := text[parent.StartEnd:parent.EndStart]
	at := parent.StartEnd + len(strings.TrimRight(raw, blanks))
	if !strings.ContainsAny(text[at:parent.EndStart], "\r\n") {
		return []conftree.Edit{v.file.Replace(at, at, eol+inner+element+eol+outer)}
	}
	return []conftree.Edit{v.file.Replace(at, at, eol+inner+element)}
}

// margin is the blank space a line begins with, if an element is its first.
func (v *view) margin(start int) string {
	_, line := v.file.Line(v.file.LineAt(start))
	if lead := v.file.Text[line:start]; strings.Trim(lead, " \t") == "" {
		return lead
	}
	return ""
}

// indent is the margin of an element's children.
func (v *view) indent(parent *strictxml.Element) string {
	for _, c := range parent.Children[max(0, len(parent.Children)-3):] {
		if m := v.margin(c.Start); m != "" {
			return m
		}
	}
	return v.margin(parent.Start) + "  "
}

// remove takes an element out, with its line if nothing else is on it.
func (v *view) remove(e *strictxml.Element) conftree.Edit {
	text := v.file.Text
	start, end := e.Start, e.End
	_, line := v.file.Line(v.file.LineAt(start))
	rest := text[end:]
	after := len(rest) - len(strings.TrimLeft(rest, " \t"))
	if strings.Trim(text[line:start], " \t") == "" && strings.IndexAny(rest[after:], "\r\n") == 0 {
		start, end = line, end+after+1
		if strings.HasPrefix(text[end-1:], "\r\n") {
			end++
		}
	}
	return v.file.Replace(start, end, "")
}

// establish sets the one version the property can name.
func establish(d *confdoc.Document, l *confdoc.Listener, want audit.Want) ([]conftree.Edit, error) {
	v, ok := d.Syntax.(*view)
	if !ok || d.Broken() != nil {
		return nil, errors.New("the file is not one Connections loads")
	}
	if want.MinVersion == 0 && len(want.Versions) == 0 {
		return nil, errors.New("LotusConnections-config.xml says the protocol version only; suites and certificates are those of the application server")
	}
	for _, version := range []audit.Version{audit.TLSv12, audit.TLSv13} {
		if version < want.MinVersion || len(want.Versions) > 0 && !slices.Contains(want.Versions, version) {
			continue
		}
		if len(v.inForce) == 0 {
			return v.insert(version.String()), nil
		}
		var edits []conftree.Edit
		for _, e := range v.inForce {
			if v.value(e).Text != version.String() {
				edits = append(edits, v.setValue(e, version.String())...)
			}
		}
		if len(edits) == 0 {
			return nil, fmt.Errorf("the property is %s already", version)
		}
		return edits, nil
	}
	return nil, errors.New("the property names TLS 1.2 or TLS 1.3")
}

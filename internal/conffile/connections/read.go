package connections

import (
	"errors"
	"strings"

	"tlsaudit/audit"
	"tlsaudit/internal/confdoc"
	"tlsaudit/internal/conftree"
	"tlsaudit/internal/strictxml"
)

// property is the name of the setting for the protocol version.
const property = "com.ibm.connections.SSLProtocol"

// view is the file as Connections sees it.
type view struct {
	file *conftree.File
	root *strictxml.Element
	// boxes are the elements properties, in force the properties of the right
	// name in them.
	boxes, inForce []*strictxml.Element
	// strays are places where the property stands, or was meant to, without
	// being one.
	strays []stray
	// generic are all properties in force by name.
	generic map[string]*strictxml.Element
	links   []link
	release string
	// full is where more stands than is told; 0 if all is.
	full int
}

// maxTold bounds the properties, links and places that are told, each.
const maxTold = 1000

func read(r *confdoc.Reader, main *conftree.File) *confdoc.Document {
	d := &confdoc.Document{Files: []*conftree.File{main}}
	x, err := strictxml.Parse(main)
	if err != nil {
		fail(d, main, err)
		d.Listeners = []*confdoc.Listener{listener(&view{file: main}, r)}
		return d
	}
	v := look(main, x)
	v.release, _ = r.Version("connections")
	d.Syntax = v
	if x.Root.Name != "config" {
		d.Fail(confdoc.Unclear, main.Place(x.Root.Start), "the root element is "+short(x.Root.Name)+", not config: this is no configuration of Connections", "give LotusConnections-config.xml of the deployment manager's cell")
	}
	if v.full > 0 {
		d.Open(main.Place(v.full), "the file has more properties, services and links than are read")
	}
	if x.Doctype {
		d.Open(main.Place(x.DoctypeStart), "the file names a document type of its own, which was not followed")
	}
	strictxml.Walk(x.Root, func(e *strictxml.Element) bool {
		if e.Space == includeSpace {
			d.Open(main.Place(e.Start), "an XInclude was not followed")
		}
		return true
	})
	d.Settings = v.settings()
	d.Listeners = []*confdoc.Listener{listener(v, r)}
	return d
}

// fail adds the fault of a file that is not read.
func fail(d *confdoc.Document, f *conftree.File, err error) {
	kind, place, message, hint := confdoc.NotLoaded, f.Place(0), err.Error(), ""
	if errors.Is(err, strictxml.ErrLimit) {
		kind = confdoc.Unclear
	}
	var fault *audit.InputError
	if errors.As(err, &fault) {
		place, message, hint = fault.Place, fault.Cause, fault.Hint
	}
	d.Fail(kind, place, confdoc.RedactText(message), hint)
}

// look takes the file apart.
func look(f *conftree.File, x *strictxml.Document) *view {
	v := &view{file: f, root: x.Root, generic: map[string]*strictxml.Element{}}
	strictxml.Walk(x.Root, func(e *strictxml.Element) bool {
		if e.Space == configSpace && e.Name == "properties" {
			v.boxes = append(v.boxes, e)
		}
		if len(v.inForce) >= maxTold || len(v.strays) >= maxTold || len(v.links) >= maxTold || len(v.boxes) >= maxTold {
			v.full = e.Start
			return false
		}
		if strings.EqualFold(e.Name, "genericProperty") {
			v.generic1(e)
		}
		v.link(e)
		return true
	})
	for _, c := range x.Comments {
		if len(v.strays) < maxTold && strings.Contains(c.Text, property) {
			v.strays = append(v.strays, stray{at: c.Start, why: "it stands in a comment"})
		}
	}
	v.linkAppReg()
	return v
}

// generic1 sorts one element that is, or looks like, a generic property.
func (v *view) generic1(e *strictxml.Element) {
	name, named := e.Attr("name")
	inBox := e.Parent != nil && e.Parent.Space == configSpace && e.Parent.Name == "properties"
	proper := e.Space == configSpace && e.Name == "genericProperty" && inBox
	if proper && named {
		if name.Value == property {
			v.inForce = append(v.inForce, e)
		}
		if _, ok := v.generic[name.Value]; !ok {
			v.generic[name.Value] = e
		}
	}
	if why := v.astray(e, name.Value, named, inBox); why != "" {
		v.strays = append(v.strays, stray{at: e.Start, why: why, element: e, mendable: proper && named})
	}
}

func (v *view) value(e *strictxml.Element) confdoc.Written {
	at := e.StartEnd
	if raw := v.file.Text[e.StartEnd:e.EndStart]; confdoc.JavaTrim(raw) != "" {
		at += len(raw) - len(strings.TrimLeft(raw, " \t\r\n"))
	} else {
		at = e.Start
	}
	return confdoc.Written{Text: confdoc.JavaTrim(e.Text), Place: v.file.Place(at)}
}

// settings are the settings that belong to no version.
func (v *view) settings() (list []audit.Setting) {
	for _, l := range v.links {
		list = append(list, l.setting)
	}
	for _, s := range v.strays {
		if s.element != nil {
			one := confdoc.NewSetting("genericProperty", short(s.element.Value("name")), v.file.Place(s.at))
			one.Note = "not in force: " + s.why
			list = append(list, one)
		}
	}
	return list
}

// listener is the client the applications are for each other.
func listener(v *view, r *confdoc.Reader) *confdoc.Listener {
	l := &confdoc.Listener{Scope: v}
	l.Listener, l.Role, l.Protocol = "connections between applications", audit.RoleClient, "https"
	l.ProductVersion, _ = r.Version("connections")
	l.Assumed = l.ProductVersion == ""
	l.TLS, l.Plain = audit.Accepted, v.plain()
	place := v.file.Place(0)
	if v.root != nil {
		place = v.file.Place(v.root.Start)
	}
	l.Place = &place
	java, _ := r.Version("java")
	var read []confdoc.JavaProtocol
	for _, e := range v.inForce {
		w := v.value(e)
		read = append(read, confdoc.ReadJavaProtocol(property, w, java))
		s := confdoc.NewSetting(property, w.Text, w.Place)
		if len(v.inForce) > 1 {
			s.Note = "stands more than once"
		}
		l.Settings = append(l.Settings, s)
		at := w.Place
		l.Place = &at
	}
	for _, version := range audit.Versions {
		l.Versions = append(l.Versions, agreed(read, version))
	}
	switch {
	case len(read) == 0:
		l.Gaps = append(l.Gaps, property+" is not set: which versions are used is not documented")
	case v.disagree():
		l.Gaps = append(l.Gaps, property+" stands more than once, with different values: which one counts is not documented")
	case len(read[0].Unknown) > 0:
		l.Gaps = append(l.Gaps, "the value of "+property+" is none Java knows")
	default:
		l.Configured = read[0].Configured
	}
	return l
}

// agreed is what all values of the property say about a version.
func agreed(read []confdoc.JavaProtocol, version audit.Version) audit.VersionFact {
	fact := audit.VersionFact{Version: version, Answer: audit.Undetermined, Evidence: property + " is not set", Suites: []audit.Suite{}}
	for i, p := range read {
		one := p.Enabled[version]
		place := one.Place
		if i > 0 && one.Answer != fact.Answer {
			fact.Answer, fact.Evidence = audit.Undetermined, property+" stands more than once, with different values"
			return fact
		}
		fact.Answer, fact.Evidence, fact.Place = one.Answer, one.Evidence, &place
	}
	return fact
}

// disagree reports whether the property has different values.
func (v *view) disagree() bool {
	for _, e := range v.inForce {
		if v.value(e).Text != v.value(v.inForce[0]).Text {
			return true
		}
	}
	return false
}

// short makes a word of the file fit for a message.
func short(s string) string {
	s = strings.Join(strings.Fields(s), " ")
	if runes := []rune(s); len(runes) > 60 {
		s = string(runes[:60]) + "..."
	}
	return confdoc.RedactText(s)
}

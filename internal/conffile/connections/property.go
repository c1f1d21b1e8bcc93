package connections

import (
	"fmt"
	"strings"

	"tlsaudit/audit"
	"tlsaudit/internal/confdoc"
	"tlsaudit/internal/conftree"
	"tlsaudit/internal/strictxml"
)

// stray is a place where the property was meant to be and is not.
type stray struct {
	at  int
	why string
	// element is nil for a comment; mendable is set if only its name is wrong.
	element  *strictxml.Element
	mendable bool
}

// astray says why an element is not the property although it looks like it;
// empty if it does not, or is.
func (v *view) astray(e *strictxml.Element, name string, named, inBox bool) string {
	switch {
	case named && strings.TrimSpace(name) == "":
		return "the name is empty"
	case !strings.EqualFold(strings.TrimSpace(name), property):
		if other, ok := otherName(e); ok && strings.EqualFold(strings.TrimSpace(other), property) {
			return "the attribute name is written in another case or namespace"
		}
		return ""
	case strings.TrimSpace(name) != name:
		return "there are blanks around the name"
	case name != property:
		return fmt.Sprintf("the name is written %s, and case matters", short(name))
	case e.Name != "genericProperty":
		return "the element is written " + short(e.Name) + ", and case matters"
	case e.Space != configSpace:
		return "the element is in " + space(e.Space) + ", not in that of the configuration"
	case !inBox:
		return "it stands outside of properties" + boxSpace(e.Parent)
	}
	return ""
}

// otherName is the value of an attribute that is not "name" but looks like it.
func otherName(e *strictxml.Element) (string, bool) {
	for _, a := range e.Attrs {
		if strings.EqualFold(a.Name, "name") && a.Space != strictxml.Xmlns && (a.Name != "name" || a.Space != "") {
			return a.Value, true
		}
	}
	return "", false
}

func boxSpace(parent *strictxml.Element) string {
	if parent != nil && parent.Name == "properties" && parent.Space != configSpace {
		return ", which is in " + space(parent.Space)
	}
	return ""
}

func space(uri string) string {
	if uri == "" {
		return "no namespace"
	}
	return "the namespace " + short(uri)
}

// wanted is the value that satisfies a lowest version.
func wanted(lowest audit.Version) string {
	if lowest > audit.TLSv12 {
		return "TLSv1.3"
	}
	return "TLSv1.2"
}

// isSet judges CON-01.
func isSet(c *confdoc.Case) []confdoc.Result {
	v := c.Listener.Scope.(*view)
	if v.root == nil || len(v.inForce) > 0 {
		return nil
	}
	message, at := property+" is not set", v.root.Start
	if len(v.boxes) > 0 {
		at = v.boxes[len(v.boxes)-1].Start
	}
	var reasons []string
	for _, s := range v.strays {
		reasons = append(reasons, fmt.Sprintf("%s (line %d)", s.why, v.file.LineAt(s.at)))
	}
	if len(reasons) > 0 {
		const shown = 3
		if len(reasons) > shown {
			reasons = append(reasons[:shown:shown], fmt.Sprintf("+%d more", len(reasons)-shown))
		}
		message, at = message+": "+strings.Join(reasons, "; "), v.strays[0].at
	}
	result := confdoc.Violated(v.file.Place(at), message)
	result.Text = fmt.Sprintf(`<genericProperty name="%s">%s</genericProperty> as last child of <properties>`, property, wanted(c.Min))
	return []confdoc.Result{result.With(v.insert(wanted(c.Min))...)}
}

// isEnough judges CON-02.
func isEnough(c *confdoc.Case) (results []confdoc.Result) {
	v := c.Listener.Scope.(*view)
	if len(v.inForce) == 0 {
		return confdoc.Moot(property + " is not set, see CON-01")
	}
	if v.disagree() {
		return []confdoc.Result{confdoc.Undecided(v.value(v.inForce[1]).Place, property+" stands more than once, with different values: which one counts is not documented")}
	}
	for _, e := range v.inForce {
		w := v.value(e)
		p := confdoc.ReadJavaProtocol(property, w, "")
		text := fmt.Sprintf(`<genericProperty name="%s">%s</genericProperty>`, property, wanted(c.Min))
		violated := func(message string) {
			r := confdoc.Violated(w.Place, message).Quoting(confdoc.NewSetting(property, w.Text, w.Place)).With(v.setValue(e, wanted(c.Min))...)
			r.Text = text
			results = append(results, r)
		}
		switch {
		case w.Text == "":
			violated(property + " has no value")
		case len(p.Unknown) > 0:
			violated(fmt.Sprintf("%s is %q, which is no protocol of Java; wanted is %s", property, short(w.Text), wanted(c.Min)))
		case len(p.Configured) > 0 && p.Configured[0] < c.Min:
			violated(fmt.Sprintf("%s is %s, which allows %s; wanted is %s or later", property, short(w.Text), p.Configured[0], c.Min))
		case w.Text == "TLSv1.3" && v.release != "" && confdoc.CompareVersions(v.release, "8.0") < 0:
			results = append(results, confdoc.Violated(w.Place, "Connections "+short(v.release)+" does not speak TLSv1.3: it came with 8.0 CR3"))
		case p.List:
			results = append(results, confdoc.Undecided(w.Place, property+" has a list of versions; documented are single ones"))
		}
	}
	return results
}

// isSingle judges CON-06.
func isSingle(c *confdoc.Case) []confdoc.Result {
	v, ok := c.Doc.Syntax.(*view)
	if !ok || len(v.inForce) < 2 {
		return nil
	}
	keep := v.inForce[0]
	for _, e := range v.inForce {
		p := confdoc.ReadJavaProtocol(property, v.value(e), "")
		if len(p.Unknown) == 0 && !p.List && len(p.Configured) > 0 && p.Configured[0] >= c.Min {
			keep = e
			break
		}
	}
	var edits []conftree.Edit
	for _, e := range v.inForce {
		if e != keep {
			edits = append(edits, v.remove(e))
		}
	}
	place := v.value(v.inForce[1]).Place
	return []confdoc.Result{confdoc.Violated(place, fmt.Sprintf("%s stands %d times: which one counts is not documented", property, len(v.inForce))).With(edits...)}
}

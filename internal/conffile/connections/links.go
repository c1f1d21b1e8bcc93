package connections

import (
	"fmt"
	"net/url"
	"strings"

	"tlsaudit/audit"
	"tlsaudit/internal/confdoc"
	"tlsaudit/internal/conftree"
	"tlsaudit/internal/strictxml"
)

// verdict says what is the matter with a link or a switch.
type verdict uint8

const (
	fine verdict = iota
	clear
	unclear
)

// link is a setting that lets traffic go without TLS, or keeps it from that.
type link struct {
	setting audit.Setting
	verdict verdict
	message string
	edits   []conftree.Edit
	// inter is set for links between applications.
	inter bool
}

// ours reports whether an element is one of the configuration's own.
func ours(e *strictxml.Element, name string) bool {
	return e.Name == name && (e.Space == configSpace || e.Space == serviceSpace)
}

// link looks at one element.
func (v *view) link(e *strictxml.Element) {
	switch {
	case ours(e, "serviceReference"):
		if inUse(e) {
			v.toggle(e, "ssl_enabled", true, "service "+short(e.Value("serviceName")))
		}
	case ours(e, "interService"):
		if s := within(e, "serviceReference"); s == nil || inUse(s) {
			v.address(e, "href", label(s, "interService"), true)
		}
	case ours(e, "static"):
		if s := within(e, "serviceReference"); s == nil || inUse(s) {
			v.address(e, "ssl_href", label(s, "static"), false)
		}
	case ours(e, "host"):
		if hosts := within(e, "dynamicHosts"); hosts != nil && inUse(hosts) {
			v.address(e, "ssl_href", "dynamicHosts/host", false)
		}
	case ours(e, "seedlistSettings"):
		v.toggle(e, "allowUnsecuredTransfer", false, "seedlistSettings")
	case ours(e, "forceConfidentialCommunications"):
		v.toggle(e, "enabled", true, "forceConfidentialCommunications")
	}
}

// within returns the nearest element of a name around another one.
func within(e *strictxml.Element, name string) *strictxml.Element {
	for p := e.Parent; p != nil; p = p.Parent {
		if ours(p, name) {
			return p
		}
	}
	return nil
}

func label(service *strictxml.Element, what string) string {
	if service == nil {
		return what
	}
	return "service " + short(service.Value("serviceName")) + ", " + what
}

// inUse reports whether a service is not switched off.
func inUse(e *strictxml.Element) bool {
	on, known := boolean(e.Value("enabled"))
	return on || !known
}

// boolean reads a value of the type of XML schema.
func boolean(s string) (value, known bool) {
	switch confdoc.JavaTrim(s) {
	case "true", "1":
		return true, true
	case "false", "0":
		return false, true
	}
	return false, false
}

// toggle looks at a switch that has to have a value.
func (v *view) toggle(e *strictxml.Element, attr string, want bool, name string) {
	a, ok := e.Attr(attr)
	if !ok {
		if want {
			v.links = append(v.links, link{
				setting: confdoc.NewSetting(name+" "+attr, "", v.file.Place(e.Start)),
				verdict: unclear, message: fmt.Sprintf("%s: %s is not set, and its default is not documented", name, attr),
			})
		}
		return
	}
	l := link{setting: confdoc.NewSetting(name+" "+attr, a.Value, v.file.Place(a.Start))}
	switch is, known := boolean(a.Value); {
	case !known:
		l.verdict, l.message = unclear, fmt.Sprintf("%s: %s is %q, neither true nor false", name, attr, short(a.Value))
	case is != want:
		l.verdict, l.message = clear, fmt.Sprintf("%s: %s=%q, wanted is %v", name, attr, short(a.Value), want)
		l.edits = []conftree.Edit{v.file.Replace(a.ValueStart, a.ValueEnd, fmt.Sprint(want))}
	}
	v.links = append(v.links, l)
}

// address looks at a URL that has to be one of TLS.
func (v *view) address(e *strictxml.Element, attr, name string, inter bool) {
	a, ok := e.Attr(attr)
	if !ok {
		return
	}
	l := link{setting: confdoc.NewSetting(name+" "+attr, withoutUser(a.Value), v.file.Place(a.Start)), inter: inter}
	value := confdoc.JavaTrim(a.Value)
	scheme, rest, found := strings.Cut(value, "://")
	switch {
	case found && strings.EqualFold(strings.TrimSpace(scheme), "http"):
		l.verdict, l.message = clear, fmt.Sprintf("%s: %s is a link without TLS (%s)", name, attr, short(withoutUser(value)))
		l.edits = v.secure(a, rest)
	case found && !strings.EqualFold(scheme, "https"):
		l.verdict, l.message = unclear, fmt.Sprintf("%s: %s is neither http nor https", name, attr)
	}
	v.links = append(v.links, l)
}

// secure writes a link with TLS. The TLS port of a host is known only where the
// link has no port, or the usual one.
func (v *view) secure(a strictxml.Attr, rest string) []conftree.Edit {
	authority, path := rest, ""
	if i := strings.IndexAny(rest, "/?#"); i >= 0 {
		authority, path = rest[:i], rest[i:]
	}
	host := authority[strings.LastIndexByte(authority, '@')+1:]
	if port := strings.LastIndexByte(host, ':'); port >= 0 && !strings.HasSuffix(host, "]") {
		if host[port:] != ":80" {
			return nil
		}
		authority = strings.TrimSuffix(authority, ":80")
	}
	return []conftree.Edit{v.file.Replace(a.ValueStart, a.ValueEnd, strictxml.Escape("https://"+authority+path))}
}

// withoutUser leaves user and password out of a URL.
func withoutUser(s string) string {
	scheme, rest, found := strings.Cut(s, "://")
	if !found {
		return s
	}
	end := len(rest)
	if i := strings.IndexAny(rest, "/?#"); i >= 0 {
		end = i
	}
	if i := strings.LastIndexByte(rest[:end], '@'); i >= 0 {
		return scheme + "://" + confdoc.Redacted + "@" + rest[i+1:]
	}
	if u, err := url.Parse(s); err == nil && u.RawQuery != "" {
		u.RawQuery = ""
		return u.String()
	}
	return s
}

// linkAppReg looks at the property with the scheme of the application registry.
func (v *view) linkAppReg() {
	e := v.generic["appreg.protocol"]
	if e == nil {
		return
	}
	w := v.value(e)
	l := link{setting: confdoc.NewSetting("appreg.protocol", w.Text, w.Place)}
	switch {
	case strings.EqualFold(w.Text, "http"):
		l.verdict, l.message = clear, "appreg.protocol is http, wanted is https"
		l.edits = v.setValue(e, "https")
	case !strings.EqualFold(w.Text, "https"):
		l.verdict, l.message = unclear, fmt.Sprintf("appreg.protocol is %q, neither http nor https", short(w.Text))
	}
	v.links = append(v.links, l)
}

// plain says whether applications talk to each other without TLS.
func (v *view) plain() audit.Answer {
	answer := audit.Undetermined
	for _, l := range v.links {
		switch {
		case !l.inter:
		case l.verdict == clear:
			return audit.Accepted
		case l.verdict == fine:
			answer = audit.Refused
		}
	}
	return answer
}

// allSecure judges CON-04.
func allSecure(c *confdoc.Case) (results []confdoc.Result) {
	v, ok := c.Doc.Syntax.(*view)
	if !ok {
		return nil
	}
	forced := false
	for _, l := range v.links {
		forced = forced || strings.HasPrefix(l.setting.Key, "forceConfidentialCommunications")
		switch l.verdict {
		case clear:
			results = append(results, confdoc.Violated(l.setting.Place, l.message).Quoting(l.setting).With(l.edits...))
		case unclear:
			results = append(results, confdoc.Undecided(l.setting.Place, l.message))
		}
	}
	if !forced {
		results = append(results, confdoc.Undecided(v.file.Place(v.root.Start), "forceConfidentialCommunications is not set, and its default is not documented"))
	}
	return results
}

package httpd

import (
	"fmt"
	"strings"

	"tlsaudit/audit"
	"tlsaudit/internal/confdoc"
	"tlsaudit/internal/conftree"
)

// ofTLS are the directives that only make sense where TLS is spoken.
var ofTLS = []string{"keyfile", "sslservercert", "sslprotocoldisable", "sslprotocolenable", "sslcipherspec"}

// meant says what shows that a host of mod_ibm_ssl is meant to speak TLS; ""
// if nothing does.
func (h *host) meant() string {
	d := h.scope.last(ofTLS...)
	if h.scope.kind == mainScope {
		// its directives are there for virtual hosts as well
		switch {
		case h.conf.uncovered(tlsPort):
			return "Listen names a port of TLS that no virtual host has"
		case d != nil && len(h.conf.list) == 0 && len(h.conf.listens) > 0:
			return "there is " + h.conf.spell(d.name)
		}
		return ""
	}
	x := h.hiddenEnable()
	switch {
	case d != nil:
		return "there is " + h.conf.spell(d.name)
	case h.onTLSPort():
		return "it has a port of TLS"
	case x != nil && (x.swallowed || h.conf.main.last("keyfile") != nil && !h.onPlainPort()):
		return "there was SSLEnable"
	}
	return ""
}

func tlsPort(port string) bool { return port == "443" || port == "8443" }

func (h *host) onPlainPort() bool {
	for _, b := range h.binds() {
		if strings.HasSuffix(b, ":80") {
			return true
		}
	}
	return false
}

// hiddenEnable is the SSLEnable that a comment holds or swallows, nil if there
// is none. Prose that begins with the word is no directive.
func (h *host) hiddenEnable() *hidden {
	for i := range h.scope.hidden {
		if x := &h.scope.hidden[i]; x.name == "sslenable" && (x.swallowed || strings.TrimSpace(x.args) == "") {
			return x
		}
	}
	return nil
}

// uncovered reports whether Listen names an address, at a port that is asked
// for, that no virtual host has.
func (c *config) uncovered(asked func(port string) bool) bool {
	taken := map[string]bool{}
	for _, s := range c.hosts {
		for _, a := range s.addresses {
			address, port := splitAddress(a)
			taken[address+":"+port] = true
		}
	}
	for _, d := range c.listens {
		address, port := listenAddress(d)
		if asked(port) && !taken[":"] && !taken[":"+port] && !taken[address+":"] && !taken[address+":"+port] {
			return true
		}
	}
	return false
}

// enableOpen reports whether a part that was not read, or may not count, can
// hold the SSLEnable or SSLDisable that would count.
func (h *host) enableOpen() bool {
	for s := h.scope; s != nil; s = s.parent {
		for _, o := range s.parts {
			if (o.engine || o.commands) && o.beats(s, h.ihs.enable, h.scope) {
				return true
			}
		}
	}
	return false
}

const enableUnread = "whether SSLEnable is in force cannot be told: not all that may hold it was read"

// plain returns what there is to say about a host that is meant to speak TLS and
// does not; why is "" if it does, or is not meant to.
func plain(c *confdoc.Case) (h *host, why string, other []confdoc.Result) {
	h = c.Listener.Scope.(*host)
	switch {
	case h.ihs == nil:
		return h, "", confdoc.Moot("what mod_ibm_ssl does as a client is not documented")
	case h.ihs.on():
		return h, "", nil
	case h.conf.forI:
		return h, "", []confdoc.Result{confdoc.Undecided(h.place(c.Doc), forIGap)}
	case h.enableOpen():
		return h, "", []confdoc.Result{confdoc.Undecided(h.place(c.Doc), enableUnread)}
	}
	return h, h.meant(), nil
}

// judgeDisabled objects to a SSLDisable that is the last word of a host that is
// meant to speak TLS (IHS-04).
func judgeDisabled(c *confdoc.Case) []confdoc.Result {
	h, why, other := plain(c)
	if other != nil {
		return other
	}
	enable, disable := h.scope.last("sslenable"), h.scope.last("ssldisable")
	if h.ihs.on() || disable == nil || h.scope.last("sslenable", "ssldisable") != disable || enable == nil && why == "" {
		return nil
	}
	if enable != nil {
		why = fmt.Sprintf("it takes back SSLEnable of line %d", enable.line.file.LineAt(enable.line.start))
	}
	r := confdoc.Violated(disable.place(), "SSLDisable: "+why+", but the port speaks plain text")
	return []confdoc.Result{r.With(h.mendDisable(c, enable, disable)...)}
}

// mendDisable deletes SSLDisable, or writes SSLEnable in the place of the last.
func (h *host) mendDisable(c *confdoc.Case, enable, disable *directive) (edits []conftree.Edit) {
	if h.scope.kind == mainScope && !h.alone() {
		return nil
	}
	lines, more, ok := h.completing(c)
	if !ok {
		return nil
	}
	for _, d := range h.scope.all("ssldisable") {
		switch {
		case !d.editable():
			return nil
		case d == disable && enable == nil:
			edits = append(edits, d.become(append([]string{"SSLEnable"}, lines...)...))
		case d == disable && len(lines) > 0:
			edits = append(edits, d.become(lines...))
		default:
			edits = append(edits, d.remove())
		}
	}
	return append(edits, more...)
}

// alone reports whether the main server is all there is, and listens nowhere
// where plain text is expected.
func (h *host) alone() bool {
	return len(h.conf.list) == 0 && !h.conf.uncovered(func(port string) bool { return port == "80" })
}

// completing is what has to come with SSLEnable so that what then is spoken is
// in order: lines for next to it, and changes of others.
func (h *host) completing(c *confdoc.Case) (lines []string, edits []conftree.Edit, ok bool) {
	if list, _ := h.lacking(c.Min, levelOf(h)); len(list) > 0 {
		if len(h.scope.all("sslprotocoldisable")) == 0 {
			lines = []string{"SSLProtocolDisable " + disableArgs(c.Min)}
		} else {
			more, err := h.disableIHS(audit.Want{MinVersion: c.Min})
			if err != nil {
				return nil, nil, false
			}
			edits = append(edits, more...)
		}
	}
	if st := h.ihs; st.selection != nil && len(st.specs) > 0 && len(st.weakNames(h.ihs.facts)) > 0 {
		more, err := h.specIHS(audit.Want{Strong: true})
		if err != nil {
			return nil, nil, false
		}
		edits = append(edits, more...)
	}
	return lines, edits, true
}

// judgeEnable objects to a host that is meant to speak TLS and has no SSLEnable
// at all (IHS-11); those that a comment hides are IHS-08.
func judgeEnable(c *confdoc.Case) []confdoc.Result {
	h, why, other := plain(c)
	if other != nil {
		return other
	}
	if why == "" || h.scope.last("ssldisable") != nil || h.hiddenEnable() != nil {
		return nil
	}
	r := confdoc.Violated(h.place(c.Doc), why+", but no SSLEnable is in force: the port speaks plain text")
	return []confdoc.Result{r.With(h.writeEnable(c)...)}
}

// writeEnable puts SSLEnable in front of the first line about TLS, or at the
// beginning of the section. Without a key file the server would not start.
func (h *host) writeEnable(c *confdoc.Case) []conftree.Edit {
	if h.scope.kind == mainScope && !h.alone() || h.scope.last(ofTLS...) == nil && h.conf.main.last("keyfile") == nil {
		return nil
	}
	lines, edits, ok := h.completing(c)
	if !ok {
		return nil
	}
	lines = append([]string{"SSLEnable"}, lines...)
	for _, name := range ofTLS {
		if d := h.scope.last(name); d != nil && d.editable() && len(edits) == 0 {
			return []conftree.Edit{d.line.before(lines...)}
		}
	}
	if h.scope.open == nil || h.scope.open.line.macro {
		return nil
	}
	return append(edits, h.scope.open.line.after(h.deeper(), lines...))
}

// judgeHiddenEnable objects to a SSLEnable that a comment hides (IHS-08).
func judgeHiddenEnable(c *confdoc.Case) []confdoc.Result {
	h, why, other := plain(c)
	if other != nil {
		return other
	}
	x := h.hiddenEnable()
	if why == "" || x == nil || h.scope.last("ssldisable") != nil {
		return confdoc.Moot(noTLS)
	}
	message := "SSLEnable is commented out: the port speaks plain text"
	if x.swallowed {
		message = "SSLEnable belongs to the comment above, which ends in a backslash: the port speaks plain text"
	}
	r := confdoc.Violated(x.line.file.Place(x.line.at(x.at)), message)
	return []confdoc.Result{r.With(h.reveal(c, x)...)}
}

// reveal makes a line of the SSLEnable that a comment hides.
func (h *host) reveal(c *confdoc.Case, x *hidden) []conftree.Edit {
	lines, edits, ok := h.completing(c)
	switch {
	case !ok || h.scope.kind == mainScope && !h.alone() || x.line.macro:
		return nil
	case !x.swallowed && x.line.joined():
		return h.writeEnable(c) // the comment swallows something itself
	case !x.swallowed:
		f := x.line.file
		eol := f.EOL() + indentation(f, x.line.start)
		text := strings.Join(append([]string{"SSLEnable"}, lines...), eol)
		return append(edits, f.Replace(x.line.start, x.line.end, text))
	}
	for i, s := range x.line.segments {
		if i > 0 && (s.text > x.at || i+1 == len(x.line.segments) || x.line.segments[i+1].text > x.at) {
			edits = append(edits, x.line.unswallow(s.text)...)
		}
	}
	for _, o := range h.scope.hidden {
		if o.swallowed && o.name == "sslprotocoldisable" && o.line.start == x.line.start && o.line.file == x.line.file && o.at > x.at {
			return edits // it comes back with it
		}
	}
	if len(lines) > 0 {
		edits = append(edits, x.line.after("", lines...))
	}
	return edits
}

// judgeNothingLeft objects to lines that switch every version off (IHS-12).
func judgeNothingLeft(c *confdoc.Case) []confdoc.Result {
	h, moot := ihsHost(c)
	if moot != nil {
		return moot
	}
	decides := h.decides()
	d := decides.scope.last("sslprotocoldisable")
	for _, v := range audit.Versions {
		if h.ihs.facts[v].Answer != audit.Refused {
			return nil
		}
	}
	if d == nil {
		return nil
	}
	r := confdoc.Violated(d.place(), "every version is switched off: nobody can connect by TLS")
	r = r.Quoting(confdoc.NewSetting("SSLProtocolDisable", clip(d.args), d.place()))
	r.Text = "SSLProtocolDisable " + disableArgs(c.Min)
	return []confdoc.Result{r.Wants(audit.Want{Versions: from(c.Min, true)})}
}

// decides is the host whose lines decide what is negotiated.
func (h *host) decides() *host {
	if h.first.ihs != nil && h.first.ihs.on() {
		return h.first
	}
	return h
}

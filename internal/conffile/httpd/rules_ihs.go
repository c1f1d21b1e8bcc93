package httpd

import (
	"fmt"
	"slices"
	"strings"

	"tlsaudit/audit"
	"tlsaudit/internal/confdoc"
	"tlsaudit/internal/tlsreg"
)

const ihsLine = "inside every <VirtualHost ...:443>: SSLProtocolDisable SSLv2 SSLv3 TLSv10 TLSv11"

// ihsRules are what is asked of mod_ibm_ssl.
var ihsRules = []*confdoc.Rule{
	{
		ID: "IHS-01", Check: "config.protocol", Title: "every virtual host switches old versions off itself", Of: confdoc.OfServer,
		Doc:    "SSLProtocolDisable is not inherited, and which fix pack first left TLS 1.0 and 1.1 out of its defaults is not documented. Only the line inside of each virtual host is proof.",
		Detect: "SSLEnable in force and no SSLProtocolDisable in the same scope. A warning where the first virtual host of the address, which decides, or the level of the server makes up for it.",
		Level:  audit.Must, Severity: audit.High, Text: ihsLine, Judge: judgeDisable(func(h *host) bool { return len(h.scope.all("sslprotocoldisable")) == 0 }),
	},
	{
		ID: "IHS-02", Check: "config.protocol", Title: "SSLProtocolDisable does not stand in global scope only", Of: confdoc.OfServer,
		Doc:    "A global SSLProtocolDisable looks as if it held everywhere. It holds in no virtual host.",
		Detect: "SSLProtocolDisable outside of virtual hosts, none in the virtual host.",
		Level:  audit.Must, Severity: audit.High, Text: "move the line into every <VirtualHost ...:443>: SSLProtocolDisable SSLv2 SSLv3 TLSv10 TLSv11", Judge: judgeGlobalOnly,
	},
	{
		ID: "IHS-03", Check: "config.protocol", Title: "SSLProtocolDisable names every version below the policy's", Of: confdoc.OfServer,
		Doc:    "Copies of a vendor's page leave TLSv10 out, which is then still spoken.",
		Detect: "SSLProtocolDisable in the scope, and a version below the policy's lowest that it does not name and the level of the server does not switch off; SSLProtocolEnable that names one.",
		Level:  audit.Must, Severity: audit.High, Text: ihsLine, Judge: judgeDisable(func(h *host) bool { return len(h.scope.all("sslprotocoldisable")) > 0 }),
	},
	{
		ID: "IHS-04", Check: "config.transport", Title: "SSLDisable does not switch off TLS where it is meant to be spoken", Of: confdoc.OfServer,
		Doc:    "The last of SSLEnable and SSLDisable in a scope wins: the port then speaks plain text.",
		Detect: "SSLDisable behind SSLEnable in one scope; SSLDisable in a virtual host of port 443 or 8443, or with a key file, versions or ciphers.",
		Level:  audit.Must, Severity: audit.High, Text: "delete SSLDisable, or move it to the end of the file, outside of virtual hosts", Judge: judgeDisabled,
	},
	{
		ID: "IHS-05", Check: "config.protocol", Title: "the first virtual host of an address is as strict as the others", Of: confdoc.OfServer,
		Doc:    "What is negotiated is settled before the name of the server is known: the first virtual host of an address decides for all.",
		Detect: "Several virtual hosts with SSLEnable on one address, of which a later one switches off versions the first does not.",
		Level:  audit.Must, Severity: audit.High, Text: "put identical lines into all virtual hosts of the address, the first included", Judge: judgeFirst,
	},
	wrongDialect,
	{
		ID: "IHS-07", Check: "config.ciphers", Title: "SSLCipherSpec names no weak cipher", Of: confdoc.OfServer,
		Doc:    "RC4 and 3DES are broken; TLS_RSA suites have no forward secrecy: who gets the key later reads what was recorded.",
		Detect: "SSLCipherSpec that selects RC4, DES, 3DES, NULL or export ciphers, or suites with RSA key exchange, for a version that is not switched off.",
		Level:  audit.Must, Severity: audit.High, Text: strings.Join(strongSpec, "\n"), Judge: judgeSpec,
	},
	{
		ID: "IHS-08", Check: "config.protocol", Title: "SSLProtocolDisable and SSLEnable are not commented out or swallowed", Of: confdoc.OfServer,
		Doc:    "A comment that ends in a backslash takes the next line with it, in silence.",
		Detect: "SSLProtocolDisable in a comment of the virtual host, or in the line behind a comment that ends in a backslash, while what is in force does not switch the versions off; the same of SSLEnable where none is in force.",
		Level:  audit.Must, Severity: audit.High, Text: "delete the backslash at the end of the comment, or the # in front of the line", Judge: judgeHidden,
	},
	{
		ID: "IHS-10", Check: "config.protocol", Title: "versions are written as the server documents them", Of: confdoc.OfServer,
		Doc:    "Words such as TLSv1.1 are seen in the wild; nobody has shown that mod_ibm_ssl reads them.",
		Detect: "A word of SSLProtocolDisable or SSLProtocolEnable other than SSLv2, SSLv3, TLSv10, TLSv11, TLSv12, TLSv13.",
		Level:  audit.Should, Severity: audit.Medium, Text: ihsLine + "\napachectl -t -DDUMP_SSL_CONFIG shows what the server makes of the line", Judge: judgeTokens,
	},
	{
		ID: "IHS-11", Check: "config.transport", Title: "a virtual host with a key file speaks TLS", Of: confdoc.OfServer,
		Doc:    "Without SSLEnable a virtual host on port 443 talks plain text, whatever keys and versions it names.",
		Detect: "A virtual host of port 443 or 8443, or with a key file, versions or ciphers, for which no SSLEnable is in force; SSLDisable there is IHS-04, SSLEnable in a comment IHS-08.",
		Level:  audit.Must, Severity: audit.High, Text: "SSLEnable, in the virtual host; KeyFile has to name a key database, there or in global scope", Judge: judgeEnable,
	},
	{
		ID: "IHS-12", Check: "config.protocol", Title: "some version is left switched on", Of: confdoc.OfServer,
		Doc:    "SSLProtocolDisable adds up over all its lines. Where nothing is left nobody can connect; what the server makes of that is not documented.",
		Detect: "Every version is switched off, by the lines or the level of the server.",
		Level:  audit.Should, Severity: audit.Medium, Text: ihsLine, Judge: judgeNothingLeft,
	},
}

// ihsHost returns the host, or a reason why nothing is asked of it.
func ihsHost(c *confdoc.Case) (*host, []confdoc.Result) {
	h := c.Listener.Scope.(*host)
	switch {
	case h.ihs == nil:
		return nil, confdoc.Moot("what mod_ibm_ssl does as a client is not documented")
	case !h.ihs.on() && h.enableOpen():
		return nil, []confdoc.Result{confdoc.Undecided(h.place(c.Doc), enableUnread)}
	case !h.ihs.on():
		return nil, confdoc.Moot(noTLS)
	}
	return h, nil
}

// lacking lists the versions below the policy's that a scope does not itself
// switch off; those an unknown word may mean apart.
func (h *host) lacking(lowest audit.Version, level level) (list, maybe []audit.Version) {
	st := h.ihs
	for _, v := range audit.Versions {
		f := ihsDefault(v, level, st)
		switch {
		case v >= lowest:
		case st.disabled[v] != nil && st.enabled[v] != nil:
			maybe = append(maybe, v)
		case st.disabled[v] != nil:
		case st.enabled[v] != nil:
			list = append(list, v)
		case h.scope.hole, st.mayMean(v):
			maybe = append(maybe, v)
		case level.known && f.Answer == audit.Refused && v <= audit.SSLv3:
			// no level since 8.0 has them on
		default:
			list = append(list, v)
		}
	}
	return list, maybe
}

// byDefault reports whether the level of the server switches all these off.
func byDefault(list []audit.Version, level level, st *ihsState) bool {
	return !slices.ContainsFunc(list, func(v audit.Version) bool {
		return st.enabled[v] != nil || ihsDefault(v, level, st).Answer != audit.Refused
	})
}

func levelOf(h *host) level {
	v, ok := h.conf.reader.Version("ihs")
	return level{v, ok}
}

// judgeDisable makes the judge of the versions a scope has to switch off; about
// says which scopes it is about.
func judgeDisable(about func(*host) bool) func(*confdoc.Case) []confdoc.Result {
	return func(c *confdoc.Case) []confdoc.Result {
		h, moot := ihsHost(c)
		if moot != nil {
			return moot
		}
		if !about(h) {
			return nil
		}
		lv := levelOf(h)
		list, maybe := h.lacking(c.Min, lv)
		place := h.place(c.Doc)
		if d := h.scope.last("sslprotocoldisable"); d != nil {
			place = d.place()
		}
		want := audit.Want{MinVersion: c.Min}
		switch {
		case len(list) > 0 && byDefault(list, lv, h.ihs):
			return []confdoc.Result{confdoc.Advice(place, fmt.Sprintf("no line of this scope switches %s off: only the default of IBM HTTP Server %s does", names(list), clip(lv.version))).Wants(want)}
		case len(list) > 0 && h.first != h && h.first.ihs.on() && nothing(h.first.lacking(c.Min, lv)):
			return []confdoc.Result{confdoc.Advice(place, fmt.Sprintf("no line of this virtual host switches %s off: only the first one of the address does, for all", names(list))).Wants(want)}
		case len(list) > 0:
			r := confdoc.Violated(place, fmt.Sprintf("%s not switched off here; %s is the lowest version of the policy", names(list), c.Min)).Wants(want)
			if d := h.scope.last("sslprotocoldisable"); d != nil {
				r = r.Quoting(confdoc.NewSetting("SSLProtocolDisable", clip(d.args), d.place()))
			}
			r.Text = "SSLProtocolDisable " + disableArgs(c.Min)
			return []confdoc.Result{r}
		case len(maybe) > 0:
			return []confdoc.Result{confdoc.Undecided(place, fmt.Sprintf("whether %s is off is not documented for what is written here", names(maybe)))}
		}
		return nil
	}
}

func nothing(list, maybe []audit.Version) bool { return len(list)+len(maybe) == 0 }

// disableArgs are the words for all versions below the policy's lowest.
func disableArgs(lowest audit.Version) string {
	var list []string
	for _, v := range audit.Versions {
		if v < lowest {
			list = append(list, ihsToken[v])
		}
	}
	return strings.Join(list, " ")
}

func judgeGlobalOnly(c *confdoc.Case) []confdoc.Result {
	h, moot := ihsHost(c)
	if moot != nil {
		return moot
	}
	global := h.conf.main.last("sslprotocoldisable")
	if h.scope.kind == mainScope || global == nil || h.scope.last("sslprotocoldisable") != nil {
		return nil
	}
	place := global.place()
	message := fmt.Sprintf("%s stands in global scope; the virtual host does not inherit it", clip(global.text()))
	want := audit.Want{MinVersion: c.Min}
	lv := levelOf(h)
	if list, _ := h.lacking(c.Min, lv); byDefault(list, lv, h.ihs) || h.first != h && h.first.ihs.on() && nothing(h.first.lacking(c.Min, lv)) {
		return []confdoc.Result{confdoc.Advice(place, message).Wants(want)}
	}
	if h.scope.hole {
		return []confdoc.Result{confdoc.Undecided(place, message+", of which not all was read")}
	}
	return []confdoc.Result{confdoc.Violated(place, message).Wants(want)}
}

func judgeFirst(c *confdoc.Case) []confdoc.Result {
	h, moot := ihsHost(c)
	if moot != nil {
		return moot
	}
	if h.first != h {
		return nil
	}
	lv := levelOf(h)
	mine, _ := h.lacking(c.Min, lv)
	for _, o := range h.conf.list {
		if o == h || o.first != h || o.ihs == nil || !o.ihs.on() {
			continue
		}
		theirs, _ := o.lacking(c.Min, lv)
		var more []audit.Version
		for _, v := range mine {
			if !slices.Contains(theirs, v) {
				more = append(more, v)
			}
		}
		if len(more) > 0 {
			return []confdoc.Result{confdoc.Violated(h.place(c.Doc), fmt.Sprintf("the first virtual host of the address decides for all, and does not switch off %s, as that of line %d does", names(more), o.scope.open.line.file.LineAt(o.scope.open.line.start))).Wants(audit.Want{MinVersion: c.Min})}
		}
	}
	return nil
}

// weakForIHS says why a suite must not be named, or "".
func weakForIHS(s tlsreg.Suite) string {
	if why := weak(s); why != "" {
		return why
	}
	if s.KX == "RSA" {
		return "no forward secrecy"
	}
	return ""
}

func judgeSpec(c *confdoc.Case) []confdoc.Result {
	h, moot := ihsHost(c)
	if moot != nil {
		return moot
	}
	st := h.decides().ihs
	if len(st.specs) == 0 {
		if d := h.conf.main.last("sslcipherspec"); d != nil && h.scope.kind != mainScope {
			if global := ihsStateOf(h.conf.main); global.selection != nil && len(global.weakNames(h.ihs.facts)) > 0 {
				return []confdoc.Result{confdoc.Undecided(d.place(), "SSLCipherSpec in global scope names weak ciphers; whether virtual hosts inherit it depends on the level of the server").Wants(audit.Want{Strong: true})}
			}
		}
		return nil
	}
	if st.selection == nil {
		return []confdoc.Result{confdoc.Undecided(st.specs[0].place(), "SSLCipherSpec holds words the server is not known to read")}
	}
	if list := st.weakNames(h.ihs.facts); len(list) > 0 {
		if len(list) > 4 {
			list = append(list[:3:3], fmt.Sprintf("%d more", len(list)-3))
		}
		return []confdoc.Result{confdoc.Violated(st.specs[0].place(), "SSLCipherSpec names "+strings.Join(list, ", ")).Wants(audit.Want{Strong: true})}
	}
	return nil
}

// weakNames lists the weak suites named for versions that are not off.
func (st *ihsState) weakNames(facts map[audit.Version]confdoc.Fact) (list []string) {
	for _, l := range st.selection.Lists {
		if facts[l.Version].Answer == audit.Refused {
			continue
		}
		for _, s := range l.Suites {
			if why := weakForIHS(s); why != "" {
				if shown := s.Name + " (" + why + ")"; !contains(list, shown) {
					list = append(list, shown)
				}
			}
		}
	}
	return list
}

func judgeHidden(c *confdoc.Case) (results []confdoc.Result) {
	h, moot := ihsHost(c)
	if moot != nil {
		return judgeHiddenEnable(c)
	}
	list, _ := h.lacking(c.Min, levelOf(h))
	if len(list) == 0 || byDefault(list, levelOf(h), h.ihs) {
		return nil
	}
	for _, x := range h.scope.hidden {
		if x.name != "sslprotocoldisable" {
			continue
		}
		place := x.line.file.Place(x.line.at(x.at))
		message := "SSLProtocolDisable is commented out"
		if x.swallowed {
			message = "SSLProtocolDisable belongs to the comment above, which ends in a backslash"
		}
		results = append(results, confdoc.Violated(place, message).Wants(audit.Want{MinVersion: c.Min}))
	}
	return results
}

func judgeTokens(c *confdoc.Case) (results []confdoc.Result) {
	h, moot := ihsHost(c)
	if moot != nil {
		return moot
	}
	seen := map[*directive]bool{}
	for _, u := range h.ihs.unknown {
		if seen[u.directive] {
			continue
		}
		if len(results) >= 100 {
			break
		}
		seen[u.directive] = true
		r := confdoc.Violated(u.directive.argument(), fmt.Sprintf("%s: %s is not among the documented words", h.conf.spell(u.directive.name), quote(u.word)))
		if args, ok := h.ihs.documented(u.directive); ok && u.directive.editable() {
			r = r.With(u.directive.withArgs(args))
		} else {
			r = r.With(u.directive.rewritten(c.Min)...)
		}
		results = append(results, r)
	}
	return results
}

// documented rewrites the words of a line that mean one version for sure.
func (st *ihsState) documented(d *directive) (string, bool) {
	var list []string
	for _, w := range d.words() {
		v, ok := ihsTokens[strings.ToLower(w)]
		if !ok {
			v = ihsMeant[strings.ToLower(w)]
		}
		if v == 0 {
			return "", false
		}
		if !contains(list, ihsToken[v]) {
			list = append(list, ihsToken[v])
		}
	}
	return strings.Join(list, " "), true
}

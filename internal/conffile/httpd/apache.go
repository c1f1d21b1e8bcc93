package httpd

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"tlsaudit/audit"
	"tlsaudit/internal/cipherstring"
	"tlsaudit/internal/confdoc"
	"tlsaudit/internal/conftree"
)

// maxStrings is how many different cipher strings are evaluated.
const maxStrings = 100

// posture evaluates the strings in force, once for all hosts that are alike.
func (p *parser) posture(o confdoc.OpenSSL) audit.Posture {
	key := fmt.Sprint(o.Default, o.SecurityLevel, o.ServerOrder != nil, o.ServerOrder != nil && *o.ServerOrder)
	for _, w := range []*confdoc.Written{o.Ciphers, o.Ciphersuites} {
		if w == nil {
			key += "\x00-"
		} else {
			key += "\x00=" + w.Text
		}
	}
	known, ok := p.conf.postures[key]
	if !ok && len(p.conf.postures) < maxStrings {
		all := o
		all.Enabled = map[audit.Version]confdoc.Fact{}
		for _, v := range audit.Versions {
			all.Enabled[v] = confdoc.Fact{Answer: audit.Accepted}
		}
		known, _ = all.Posture(p.r)
		p.conf.postures[key] = known
	}
	var mine audit.Posture
	for _, v := range audit.Versions {
		enabled := o.Enabled[v]
		f := audit.VersionFact{Version: v, Answer: enabled.Answer, Suites: []audit.Suite{}}
		if enabled.Answer == audit.Accepted || enabled.Answer == audit.Latent {
			f.SuitesAnswer = audit.Undetermined
			if len(known.Versions) > 0 {
				f = known.Version(v)
			}
			if enabled.Answer == audit.Latent {
				f.Answer = audit.Latent
			}
		}
		f.Evidence = enabled.Evidence + f.Evidence
		if place := enabled.Place; place.File != "" {
			f.Place = &place
		}
		mine.Versions = append(mine.Versions, f)
	}
	return mine
}

// appended is what mod_ssl puts behind every cipher string.
const appended = ":!aNULL:!eNULL:!EXP"

// apacheState is what holds in a virtual host of mod_ssl.
type apacheState struct {
	engine   *directive
	protocol *directive
	// base is set if the versions are those of the first virtual host.
	base bool
	list protocolList
	conf *confCmds
	// cipher is the line the string up to TLS 1.2 comes from, text the string
	// itself, without what the server appends.
	cipher *directive
	text   string
	suites *directive // of TLS 1.3
	// prefix words of the proxy side: "sslproxy" instead of "ssl".
	prefix  string
	facts   map[audit.Version]confdoc.Fact
	server  *bool
	openssl confdoc.OpenSSL
	posture audit.Posture
}

// declareApache makes the listeners of mod_ssl.
func (p *parser) declareApache() {
	p.checkApache()
	any := false
	for _, h := range p.conf.list {
		engine := h.value("sslengine")
		switch {
		case engine != nil:
			any = true
			p.apacheListener(h, engine)
		case h.onTLSPort() || h.scope.last("sslcertificatefile") != nil || h.scope.last("sslprotocol") != nil:
			p.apacheListener(h, nil)
		}
	}
	if engine := p.conf.main.last("sslengine"); engine != nil && (len(p.conf.list) == 0 || p.uncovered()) || !any && p.conf.main.last("sslprotocol", "sslciphersuite", "sslopensslconfcmd") != nil {
		p.apacheListener(p.conf.server, engine)
	}
	for _, h := range append(slices.Clone(p.conf.list), p.conf.server) {
		p.apacheClient(h)
	}
	for _, s := range p.conf.proxies {
		if s.last("sslproxyprotocol", "sslproxyverify", "sslproxycheckpeername", "sslproxycheckpeercn", "sslproxyciphersuite") != nil {
			p.apacheProxy(s)
		}
	}
}

// uncovered reports whether Listen names an address no virtual host has.
func (p *parser) uncovered() bool {
	taken := map[string]bool{}
	for _, s := range p.conf.hosts {
		for _, a := range s.addresses {
			address, port := splitAddress(a)
			taken[address+":"+port] = true
		}
	}
	for _, d := range p.conf.listens {
		address, port := listenAddress(d)
		if !taken[":"] && !taken[":"+port] && !taken[address+":"] && !taken[address+":"+port] {
			return true
		}
	}
	return false
}

// value returns the directive in force in a host: its own, or that of what it
// stands in.
func (h *host) value(name string) *directive {
	for s := h.scope; s != nil; s = s.parent {
		if d := s.last(name); d != nil {
			return d
		}
	}
	return nil
}

// isOn reads a switch, whose default is given.
func (h *host) isOn(name string, otherwise bool) bool {
	if d := h.value(name); d != nil {
		first, _ := word(d.args)
		return strings.EqualFold(first, "on")
	}
	return otherwise
}

// apacheListener declares one server.
func (p *parser) apacheListener(h *host, engine *directive) {
	l := h.listener(p.doc)
	st := p.apacheState(h, "ssl")
	st.engine = engine
	h.apache = st
	l.Settings = h.settings(func(name string) bool {
		return name != "sslopensslconfcmd" && name != "sslcertificatefile" && name != "sslcertificatekeyfile"
	}, func(string) bool { return true })
	first := ""
	if engine != nil {
		first, _ = word(engine.args)
	}
	switch {
	case strings.EqualFold(first, "on"):
		l.TLS, l.Plain = audit.Accepted, audit.Refused
	case strings.EqualFold(first, "optional"):
		// RFC 2817; later 2.4 say "no longer supported" and speak plain text.
		l.TLS, l.Plain = audit.Undetermined, audit.Accepted
		l.Gaps = append(l.Gaps, "SSLEngine optional: whether TLS is spoken depends on the version of the server")
	case h.scope.kind == mainScope && engine == nil:
		l.Listener, l.TLS, l.Plain = "defaults of virtual hosts", audit.Undetermined, audit.Undetermined
		l.Binds, l.Names, l.Default = nil, nil, false
	case len(engineMissing(engine)) > 0:
		l.TLS, l.Plain = audit.Undetermined, audit.Undetermined
	default:
		l.TLS, l.Plain = audit.Refused, audit.Accepted
		l.Protocol = "https"
	}
	if l.TLS == audit.Refused {
		why := "SSLEngine is not on"
		for _, v := range audit.Versions {
			l.Versions = append(l.Versions, audit.VersionFact{Version: v, Answer: audit.Refused, Evidence: why, Suites: []audit.Suite{}})
		}
	} else {
		st.posture = p.posture(st.openssl)
		if why := h.ends(); why != "" && h.first == h && libraryOf(p.r).since("1.1.1") {
			st.dead(why)
			st.posture = p.posture(st.openssl)
		}
		l.Posture = st.posture
		l.Features = p.features(h, st)
		l.Configured = configured(st.facts)
	}
	if p.policy(h) {
		l.Gaps = append(l.Gaps, "SSLPolicy sets values that are not in the files")
	}
	p.doc.Listeners = append(p.doc.Listeners, l)
}

func engineMissing(d *directive) []string {
	if d == nil {
		return nil
	}
	return d.missing
}

func (p *parser) policy(h *host) bool { return h.value("sslpolicy") != nil }

func configured(facts map[audit.Version]confdoc.Fact) (list []audit.Version) {
	for _, v := range audit.Versions {
		if a := facts[v].Answer; a == audit.Accepted || a == audit.Latent {
			list = append(list, v)
		}
	}
	return list
}

// apacheState evaluates what holds in a host, on the server's side or, with the
// prefix "sslproxy", on the client's.
func (p *parser) apacheState(h *host, prefix string) *apacheState {
	st := &apacheState{prefix: prefix, conf: confCmdsOf(nil)}
	st.protocol = h.value(prefix + "protocol")
	from := h
	if prefix == "ssl" {
		if h.first != h && (st.protocol == nil || p.baseDecides()) {
			from, st.base = h.first, true
			st.protocol = from.value("sslprotocol")
		}
		st.conf = from.commands()
	}
	st.facts = p.protocolFacts(st)
	if st.base {
		for v, d := range h.commands().removed {
			st.facts[v] = factOf(off, d.text(), d.place())
		}
	}
	if prefix == "ssl" && h.first != h && !st.base {
		// the connection begins with the options of the first virtual host, and
		// what they switch off stays off
		for v, d := range h.first.commands().removed {
			st.facts[v] = factOf(off, d.text()+", of the first virtual host of the address", d.place())
		}
		if why := h.first.ends(); why != "" && libraryOf(p.r).known {
			st.dead(why)
		}
	}
	own := confCmdsOf(nil)
	if prefix == "ssl" {
		own = h.commands()
	}
	o := confdoc.OpenSSL{Enabled: st.facts, Default: "DEFAULT" + appended, SecurityLevel: -1}
	for _, d := range h.inherited(prefix + "ciphersuite") {
		list := d.words()
		if len(d.missing) > 0 {
			continue
		}
		switch {
		case len(list) == 1:
			st.cipher, st.text = d, list[0]
		case len(list) == 2 && list[0] == "SSL":
			st.cipher, st.text = d, list[1]
		case len(list) == 2:
			st.suites = d
			o.Ciphersuites = &confdoc.Written{Text: list[1], Place: d.argument()}
		}
	}
	if st.cipher != nil {
		o.Ciphers = &confdoc.Written{Text: st.text + appended, Place: st.cipher.argument()}
	}
	if own.ciphers != nil {
		// a string without a level leaves that of the string before it
		levels := st.text
		for _, d := range own.lines {
			if list := d.words(); len(list) == 2 && strings.EqualFold(list[0], "CipherString") {
				levels += ":" + list[1]
			}
		}
		if all := anyLevel.FindAllStringSubmatch(levels, -1); len(all) > 0 {
			o.SecurityLevel = int(all[len(all)-1][1][0] - '0')
		}
		st.cipher, st.text = own.ciphers, own.cipherText
		o.Ciphers = &confdoc.Written{Text: own.cipherText, Place: own.ciphers.argument()}
	}
	if own.suites != nil {
		o.Ciphersuites = &confdoc.Written{Text: own.suiteText, Place: own.suites.argument()}
	}
	if prefix == "ssl" {
		order := h.serverOrder() || h.first.serverOrder()
		st.server = &order
		o.ServerOrder = st.server
	}
	st.openssl = o
	return st
}

// ends says why a virtual host ends every connection to its address, before the
// name of the server counts: OpenSSL wants a suite for the newest version below
// the first gap, counted from the oldest one that is on.
func (h *host) ends() string {
	st := h.apache
	if st == nil || len(st.posture.Versions) == 0 {
		return ""
	}
	var newest audit.VersionFact
	for _, f := range st.posture.Versions {
		if f.Version <= audit.SSLv3 {
			continue // not built in, as a rule
		}
		if f.Answer == audit.Undetermined || f.SuitesAnswer == audit.Undetermined {
			return ""
		}
		if f.Answer != audit.Refused { // a security level is not looked at here
			newest = f
		} else if newest.Version != 0 {
			break
		}
	}
	switch {
	case newest.Version == 0:
		return "the first virtual host of the address leaves no version that can be used, and ends every connection"
	case len(newest.Suites) == 0:
		return "the first virtual host of the address has no suite for " + newest.Version.String() + ", and ends every connection"
	}
	return ""
}

// dead makes latent what a virtual host allows in vain.
func (st *apacheState) dead(why string) {
	for v, f := range st.facts {
		if f.Answer == audit.Accepted {
			f.Answer = audit.Latent
			f.Evidence += "; but " + why
			st.facts[v] = f
		}
	}
}

var anyLevel = regexp.MustCompile(`@SECLEVEL=([0-5])`)

// baseDecides reports whether the version is known to take the protocols of
// the first virtual host for all of an address.
func (p *parser) baseDecides() bool {
	v, known := p.r.Version("httpd")
	return known && confdoc.CompareVersions(v, "2.4.42") < 0 || libraryOf(p.r).before("1.1.1")
}

// commands returns the commands to OpenSSL that hold in a host.
func (h *host) commands() *confCmds {
	if h.cmds == nil {
		h.cmds = confCmdsOf(h.inherited("sslopensslconfcmd"))
	}
	return h.cmds
}

// inherited returns the directives of a name of the server, then those of the
// host: for those that add up, and those of which the last counts.
func (h *host) inherited(name string) (list []*directive) {
	for s := h.scope; s != nil; s = s.parent {
		list = append(s.all(name), list...)
	}
	return list
}

// serverOrder reports whether the host's own context has the server choose.
func (h *host) serverOrder() bool {
	order := h.isOn("sslhonorcipherorder", false)
	if o := h.commands().options["serverpreference"]; o != nil {
		order = o.on
	}
	return order
}

// protocolFacts says of each version what the lines come to.
func (p *parser) protocolFacts(st *apacheState) map[audit.Version]confdoc.Fact {
	has := has13(p.r)
	evidence, place := "default of Apache httpd 2.4: all -SSLv3", audit.Place{}
	state := defaultProtocols(has)
	if d := st.protocol; d != nil {
		st.list = evaluate(d.words(), has)
		state, evidence, place = st.list.on, d.text(), d.place()
		if d.scope.kind == mainScope {
			evidence += ", inherited from the server"
		}
	}
	if st.base {
		evidence += ", of the first virtual host of the address"
	}
	lib := libraryOf(p.r)
	if lib.since("1.1.0") || st.conf.bounds() {
		state = state.contiguous()
	}
	facts := map[audit.Version]confdoc.Fact{}
	for i, v := range audit.Versions {
		facts[v] = factOf(state[i], evidence, place)
		if v == audit.TLSv13 && state[i] == on && !lib.known {
			f := facts[v]
			f.Evidence += "; assumed: with OpenSSL 1.1.1 or later"
			facts[v] = f
		}
	}
	if st.protocol != nil && len(st.protocol.missing) > 0 {
		for _, v := range audit.Versions {
			facts[v] = confdoc.Fact{Answer: audit.Undetermined, Evidence: p.undefined(st.protocol), Place: place}
		}
		return facts
	}
	st.conf.bound(facts, lib)
	return facts
}

// features are the session features the lines decide, at the versions they are
// about.
func (p *parser) features(h *host, st *apacheState) (list []audit.FeatureFact) {
	add := func(name audit.Feature, on bool, evidence string) {
		for _, v := range []audit.Version{audit.TLSv12, audit.TLSv11, audit.TLSv10} {
			if a := st.facts[v].Answer; a != audit.Accepted && a != audit.Latent {
				continue
			}
			answer := audit.Refused
			if on {
				answer = audit.Accepted
			}
			list = append(list, audit.FeatureFact{Name: name, Version: v, Answer: answer, Evidence: evidence})
		}
	}
	said := func(name string, otherwise bool) string {
		if d := h.value(name); d != nil {
			return d.text()
		}
		if otherwise {
			return "default: " + h.conf.spell(name) + " on"
		}
		return "default: " + h.conf.spell(name) + " off"
	}
	add(audit.FeatureSessionTicket, h.tickets() && h.first.tickets(), said("sslsessiontickets", true))
	if !h.compresses() {
		add(audit.FeatureCompression, false, said("sslcompression", false))
	} else if !libraryOf(p.r).known {
		add(audit.FeatureCompression, true, said("sslcompression", false)+"; assumed: with an OpenSSL that was built with zlib")
	}
	add(audit.FeatureInsecureRenegotiation, h.insecure() || h.first.insecure(), said("sslinsecurerenegotiation", false))
	return list
}

func (h *host) option(name string) *optionSet { return h.commands().options[name] }

func (h *host) tickets() bool {
	if o := h.option("sessionticket"); o != nil {
		return o.on
	}
	return h.isOn("sslsessiontickets", true)
}

func (h *host) compresses() bool {
	if o := h.option("compression"); o != nil {
		return o.on
	}
	return h.isOn("sslcompression", false)
}

func (h *host) insecure() bool {
	if o := h.option("unsafelegacyrenegotiation"); o != nil {
		return o.on
	}
	return h.isOn("sslinsecurerenegotiation", false)
}

// checkApache reports values the server refuses.
func (p *parser) checkApache() {
	has := has13(p.r)
	scopes := append([]*scope{p.conf.main}, p.conf.hosts...)
	for _, s := range append(scopes, p.conf.proxies...) {
		for _, d := range s.lines {
			if len(d.missing) == 0 {
				p.checkValue(d, has)
			}
		}
	}
	for _, h := range append(slices.Clone(p.conf.list), p.conf.server) {
		if !h.isOn("sslengine", false) {
			continue
		}
		if d := h.value("sslprotocol"); d != nil && len(d.missing) == 0 {
			if e := evaluate(d.words(), has); e.illegal == "" && e.on.empty() {
				p.refuse(d.argument(), fmt.Sprintf("%s leaves no protocol: the server does not start with it", d.text()), "SSLProtocol "+protocolArgs([]audit.Version{audit.TLSv12, audit.TLSv13}))
			}
		}
	}
}

func (p *parser) checkValue(d *directive, has bool) {
	switch d.name {
	case "sslprotocol", "sslproxyprotocol":
		if e := evaluate(d.words(), has); e.illegal != "" {
			p.illegalProtocol(d, e)
		}
	case "sslengine":
		if first, _ := word(d.args); !anyFold(first, "on", "off", "optional") {
			p.refuse(d.argument(), fmt.Sprintf("SSLEngine must be on or off, not %s", quote(first)), "")
		}
	case "sslverifyclient", "sslproxyverify":
		if first, _ := word(d.args); !anyFold(first, "none", "off", "optional", "require", "on", "optional_no_ca") {
			p.refuse(d.argument(), fmt.Sprintf("%s cannot be %s", p.spell(d.name), quote(first)), "one of none, optional, require, optional_no_ca")
		}
	case "sslciphersuite", "sslproxyciphersuite":
		p.checkCiphers(d)
	case "sslopensslconfcmd":
		list := d.words()
		fault, doubtful := confCmdsOf(nil).apply(d)
		if fault != "" {
			p.refuse(d.argument(), fmt.Sprintf("SSLOpenSSLConfCmd %s: %s %s", clip(list[0]), quote(list[1]), fault), "")
		} else if doubtful {
			p.open(d.argument(), fmt.Sprintf("SSLOpenSSLConfCmd %s is not known here: OpenSSL may refuse it, or change what is negotiated", quote(list[0])))
		}
	}
}

func anyFold(s string, list ...string) bool {
	return slices.ContainsFunc(list, func(x string) bool { return strings.EqualFold(s, x) })
}

// illegalProtocol reports a word of SSLProtocol that ends the server's start.
func (p *parser) illegalProtocol(d *directive, e protocolList) {
	hint := e.why
	if strings.HasPrefix(e.illegal, "#") {
		hint = "a # comments a line only where it begins: move the remark to a line of its own"
	}
	edit, fixed := p.repairProtocol(d)
	message := fmt.Sprintf("%s: illegal protocol %s", p.spell(d.name), quote(e.illegal))
	f := confdoc.Fault{Kind: confdoc.NotLoaded, Place: d.argument(), Message: message, Hint: hint}
	if fixed {
		f.Edits = []conftree.Edit{edit}
	}
	if len(p.doc.Faults) < 100 {
		p.doc.Faults = append(p.doc.Faults, f)
	}
	if strings.Contains(e.illegal, ",") {
		p.conf.wrong = append(p.conf.wrong, misfit{d, message + ": commas do not separate", f.Edits})
	}
}

// repairProtocol writes the line as it was probably meant: words that are known
// stay, commas and remarks go.
func (p *parser) repairProtocol(d *directive) (conftree.Edit, bool) {
	if !d.editable() {
		return conftree.Edit{}, false
	}
	if edit, ok := d.apart(); ok {
		return edit, true
	}
	var kept []string
	text, _, _ := strings.Cut(d.args, "#")
	for _, w := range strings.FieldsFunc(text, func(r rune) bool {
		return r == ',' || r == ':' || r == ';' || r == '"' || r == '\'' || strings.ContainsRune(blanks, r) || r == '\u00a0'
	}) {
		name := strings.ToLower(strings.TrimLeft(w, "+-"))
		if _, ok := protocolTokens[name]; ok || name == "all" {
			kept = append(kept, w)
		}
	}
	if e := evaluate(kept, has13(p.r)); len(kept) == 0 || e.illegal != "" || e.on.empty() || len(e.resets) > 0 {
		kept = strings.Fields(protocolArgs(from(audit.TLSv12, has13(p.r))))
	}
	return d.withArgs(strings.Join(kept, " ")), true
}

// checkCiphers reports a string no OpenSSL reads.
func (p *parser) checkCiphers(d *directive) {
	list := d.words()
	if len(list) == 2 && list[0] != "SSL" && list[0] != "TLSv1.3" {
		p.refuse(d.argument(), fmt.Sprintf("%s: protocol %s is not supported", p.spell(d.name), quote(list[0])), "the first of two arguments is SSL or TLSv1.3")
		return
	}
	if len(list) == 2 && list[0] == "TLSv1.3" {
		if d.scope.kind == dirScope {
			p.refuse(d.argument(), "suites of TLS 1.3 cannot be set inside of a section", "")
		}
		return
	}
	if len(list) == 0 {
		return
	}
	text := list[len(list)-1] + appended
	if p.evaluated += len(text); p.evaluated > maxEvaluated {
		return
	}
	var fault *cipherstring.Error
	for _, class := range classesOf(p.r) {
		_, err := p.r.Memo.Ciphers(class, text)
		if err == nil || !errors.As(err, &fault) || errors.Is(err, cipherstring.ErrSystem) || errors.Is(err, cipherstring.ErrTooLong) {
			return
		}
	}
	p.refuse(d.argument(), fmt.Sprintf("%s: %s", p.spell(d.name), fault.Cause), fault.Hint)
}

// classesOf are the versions of OpenSSL the library may be of.
func classesOf(r *confdoc.Reader) []cipherstring.OpenSSLVersion {
	if v, ok := r.Version("openssl"); ok {
		if class, err := cipherstring.ParseOpenSSLVersion(v); err == nil {
			return []cipherstring.OpenSSLVersion{class}
		}
	}
	return cipherstring.OpenSSLVersions
}

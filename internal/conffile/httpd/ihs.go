package httpd

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"tlsaudit/audit"
	"tlsaudit/internal/cipherstring"
	"tlsaudit/internal/confdoc"
	"tlsaudit/internal/conftree"
	"tlsaudit/internal/tlsreg"
)

// ihsTokens are the words of SSLProtocolDisable and SSLProtocolEnable.
var ihsTokens = map[string]audit.Version{
	"sslv2": audit.SSLv2, "sslv3": audit.SSLv3, "tlsv10": audit.TLSv10, "tlsv11": audit.TLSv11, "tlsv12": audit.TLSv12, "tlsv13": audit.TLSv13,
}

var ihsToken = map[audit.Version]string{
	audit.SSLv2: "SSLv2", audit.SSLv3: "SSLv3", audit.TLSv10: "TLSv10", audit.TLSv11: "TLSv11", audit.TLSv12: "TLSv12", audit.TLSv13: "TLSv13",
}

// ihsMeant are words seen in the wild of which nobody has shown that the server
// reads them, and what they seem to mean.
var ihsMeant = map[string]audit.Version{
	"tlsv1": audit.TLSv10, "tlsv1.0": audit.TLSv10, "tlsv1.1": audit.TLSv11, "tlsv1.2": audit.TLSv12, "tlsv1.3": audit.TLSv13, "tls": 0, "tlsv1_1": audit.TLSv11, "tlsv1_2": audit.TLSv12,
}

// ihsState is what holds in a virtual host of mod_ibm_ssl.
type ihsState struct {
	enable *directive // the last of SSLEnable and SSLDisable
	// disabled and enabled are the tokens in force, by version; unknown are words
	// nobody has shown to be read.
	disabled, enabled map[audit.Version]*directive
	unknown           []unknownToken
	specs             []*directive
	selection         *cipherstring.IHSSelection
	facts             map[audit.Version]confdoc.Fact
}

// declareIHS makes the listeners of mod_ibm_ssl.
func (p *parser) declareIHS() {
	p.checkIHS()
	for _, h := range p.conf.list {
		h.ihs = ihsStateOf(h.scope)
		if h.ihs.enable == nil {
			h.ihs.enable = p.conf.main.last("sslenable", "ssldisable")
		}
	}
	for _, h := range p.conf.list {
		if h.ihs.on() || h.scope.last("sslenable", "ssldisable") != nil || h.meant() != "" {
			p.ihsListener(h)
		}
	}
	s := p.conf.server
	s.ihs = ihsStateOf(p.conf.main)
	if s.ihs.on() && (len(p.conf.list) == 0 || p.uncovered()) || s.meant() != "" {
		p.ihsListener(s)
	}
	for _, h := range append(slices.Clone(p.conf.list), s) {
		if h.isOn("sslproxyengine", false) && (h.scope.kind == mainScope || h.scope.last("sslproxyengine") != nil) {
			p.ihsClient(h)
		}
	}
}

func (st *ihsState) on() bool { return st.enable != nil && st.enable.name == "sslenable" }

// ihsStateOf collects what a scope itself says: nothing of it is known to be
// inherited by every level.
func ihsStateOf(s *scope) *ihsState {
	st := &ihsState{disabled: map[audit.Version]*directive{}, enabled: map[audit.Version]*directive{}}
	st.enable = s.last("sslenable", "ssldisable")
	for _, d := range s.lines {
		into := st.disabled
		switch d.name {
		case "sslprotocolenable":
			into = st.enabled
		case "sslcipherspec":
			st.specs = append(st.specs, d)
			continue
		case "sslprotocoldisable":
		default:
			continue
		}
		for _, w := range d.words() {
			if v, ok := ihsTokens[strings.ToLower(w)]; ok {
				into[v] = d
			} else {
				st.unknown = append(st.unknown, unknownToken{d, w, ihsMeant[strings.ToLower(w)]})
			}
		}
	}
	if texts, ok := specTexts(st.specs); ok {
		if sel, err := cipherstring.IHS(texts...); err == nil || errors.Is(err, cipherstring.ErrNoMatch) {
			st.selection = &sel
		}
	}
	return st
}

// specTexts are the arguments of SSLCipherSpec; false if there are none, or more
// than are read.
func specTexts(specs []*directive) (texts []string, ok bool) {
	n := 0
	for _, d := range specs {
		list := d.words()
		n += len(list)
		texts = append(texts, strings.Join(list, " "))
	}
	return texts, n > 0 && n <= maxSpecs
}

// maxSpecs is how many words of SSLCipherSpec a virtual host may have.
const maxSpecs = 500

// ihsListener declares one server. What is negotiated is up to the first
// virtual host of the address.
func (p *parser) ihsListener(h *host) {
	l := h.listener(p.doc)
	l.Settings = h.settings(func(name string) bool {
		return name == "sslenable" || name == "ssldisable" || name == "keyfile" || name == "sslservercert" || name == "sslclientauth" || name == "sslstashfile"
	}, func(name string) bool {
		return name == "sslenable" || name == "ssldisable" || name == "keyfile" || name == "sslservercert"
	})
	decides := h.decides()
	if decides != h {
		l.Gaps = append(l.Gaps, decides.scope.doubts[:min(len(decides.scope.doubts), maxDoubts)]...)
	}
	h.ihs.facts = p.ihsFacts(decides, h)
	if !h.ihs.on() {
		l.TLS, l.Plain = audit.Refused, audit.Accepted
		evidence := "TLS is not switched on: SSLEnable is not in force"
		if h.enableOpen() {
			l.TLS, l.Plain, evidence = audit.Undetermined, audit.Undetermined, enableUnread
			l.Gaps = append(l.Gaps, enableUnread)
		}
		for _, v := range audit.Versions {
			l.Versions = append(l.Versions, audit.VersionFact{Version: v, Answer: l.TLS, Evidence: evidence, Suites: []audit.Suite{}})
		}
		p.doc.Listeners = append(p.doc.Listeners, l)
		return
	}
	l.TLS, l.Plain = audit.Accepted, audit.Refused
	p.ihsSuites(l, decides, h.ihs.facts)
	l.Configured = configured(h.ihs.facts)
	for _, d := range append(h.conf.main.all("sslattributeset"), decides.scope.all("sslattributeset")...) {
		p.attribute(l, d)
	}
	p.doc.Listeners = append(p.doc.Listeners, l)
}

// attribute reads a raw GSKit attribute, as far as any is documented.
func (p *parser) attribute(l *confdoc.Listener, d *directive) {
	if d.scope.kind == mainScope && l.Scope.(*host).scope.kind != mainScope {
		return
	}
	switch list := d.words(); {
	case len(list) != 2 || len(d.missing) > 0:
	case list[0] == "4002" && list[1] == "0":
		l.Features = append(l.Features, audit.FeatureFact{Name: audit.FeatureExtendedMasterSecret, Version: audit.TLSv12, Answer: audit.Refused, Evidence: d.text()})
	case list[0] == "4002" || list[0] == "471":
	default:
		l.Gaps = append(l.Gaps, fmt.Sprintf("SSLAttributeSet %s sets an attribute of GSKit that is not documented; it may change what is negotiated", clip(list[0])))
	}
}

// level is what is known about defaults, by the version of the server.
type level struct {
	version string
	known   bool
}

func (p *parser) level() level {
	v, ok := p.r.Version("ihs")
	return level{v, ok}
}

func (l level) since(v string) bool { return l.known && confdoc.CompareVersions(l.version, v) >= 0 }

// oldOff reports whether everything below TLS 1.2 is off by default. In which
// fix pack that began is not known, only that current ones have it.
func (l level) oldOff() bool {
	return l.since("9.0.5.25") || l.since("8.5.5.29") && !l.since("9")
}

// ihsFacts says of each version what the lines of the host that decides, and
// the defaults, come to.
func (p *parser) ihsFacts(decides, h *host) map[audit.Version]confdoc.Fact {
	st, lv := decides.ihs, p.level()
	from := ""
	if decides != h {
		from = ", of the first virtual host of the address"
	}
	facts := map[audit.Version]confdoc.Fact{}
	for _, v := range audit.Versions {
		no, yes := st.disabled[v], st.enabled[v]
		var f confdoc.Fact
		switch {
		case no != nil && yes != nil:
			f = confdoc.Fact{Answer: audit.Undetermined, Evidence: "both SSLProtocolEnable and SSLProtocolDisable name " + ihsToken[v] + ": which one wins is not documented", Place: yes.place()}
		case no != nil && st.doubtful(no), yes != nil && st.doubtful(yes):
			f = confdoc.Fact{Answer: audit.Undetermined, Evidence: "the line that names it holds a word the server is not known to read", Place: st.unknown[0].directive.place()}
		case no != nil:
			f = factOf(off, no.text(), no.place())
		case yes != nil:
			f = factOf(on, yes.text(), yes.place())
		case st.mayMean(v):
			f = confdoc.Fact{Answer: audit.Undetermined, Evidence: "a word is used that the server is not known to read", Place: st.unknown[0].directive.place()}
		case decides.scope.hole && v <= audit.TLSv11:
			f = confdoc.Fact{Answer: audit.Undetermined, Evidence: "no line that was read names it, but not all of the virtual host was read"}
		default:
			f = ihsDefault(v, lv, st)
		}
		f.Evidence += from
		facts[v] = f
	}
	return facts
}

// ihsDefault is the answer for a version no line names.
func ihsDefault(v audit.Version, lv level, st *ihsState) confdoc.Fact {
	fact := func(a audit.Answer, evidence string) confdoc.Fact { return confdoc.Fact{Answer: a, Evidence: evidence} }
	of := "default of IBM HTTP Server " + lv.version
	switch {
	case v <= audit.SSLv3 && lv.since("8"):
		return fact(audit.Refused, of+": off since 8.0")
	case v <= audit.SSLv3:
		return fact(audit.Undetermined, "no line of the virtual host names it; off by default since 8.0, and nobody said which level this is")
	case v <= audit.TLSv11 && lv.oldOff():
		return fact(audit.Refused, of+": off in current fix packs")
	case v <= audit.TLSv11 && lv.known:
		return fact(audit.Accepted, of+": no line of the virtual host switches it off; assumed on, since it is not known which fix pack first had it off")
	case v <= audit.TLSv11:
		return fact(audit.Accepted, "no line of the virtual host switches it off; assumed on, since the level of the server is not known")
	case v == audit.TLSv12 && lv.known && !lv.since("8"):
		return fact(audit.Undetermined, of+" is not known")
	case v == audit.TLSv12:
		return fact(audit.Accepted, "default: on")
	case lv.known && !lv.since("9.0.5"):
		return fact(audit.Refused, of+": TLS 1.3 came with 9.0.5")
	case st.selection != nil && len(st.list(v).Suites) == 0 && !st.list(v).Defaults:
		return fact(audit.Undetermined, "on by default since 9.0.5, but SSLCipherSpec leaves it no suite")
	case st.selection != nil && len(st.list(v).Suites) > 0:
		return fact(audit.Accepted, "SSLCipherSpec names suites of it; it needs 9.0.5")
	case lv.known:
		return fact(audit.Accepted, of+": on")
	case st.disabled[audit.TLSv12] != nil:
		return fact(audit.Accepted, "all other versions are switched off; it needs 9.0.5")
	}
	return fact(audit.Undetermined, "on by default since 9.0.5, and nobody said which level this is")
}

// list returns what SSLCipherSpec says about a version.
func (st *ihsState) list(v audit.Version) cipherstring.IHSList {
	for _, l := range st.selection.Lists {
		if l.Version == v {
			return l
		}
	}
	return cipherstring.IHSList{Version: v, Defaults: true}
}

// ihsSuites completes the facts by the suites, as far as lines name them.
func (p *parser) ihsSuites(l *confdoc.Listener, decides *host, facts map[audit.Version]confdoc.Fact) {
	st := decides.ihs
	for _, v := range audit.Versions {
		f := facts[v]
		out := audit.VersionFact{Version: v, Answer: f.Answer, Evidence: f.Evidence, Suites: []audit.Suite{}}
		if f.Place.File != "" {
			place := f.Place
			out.Place = &place
		}
		if f.Answer == audit.Accepted {
			out.SuitesAnswer = audit.Undetermined
			if st.selection != nil {
				list := st.list(v)
				out.Suites = confdoc.SuitesOf(list.Suites)
				if !list.Defaults {
					out.SuitesAnswer = audit.Accepted
				}
				if !list.Defaults && len(list.Suites) == 0 {
					out.Answer = audit.Latent
					out.Evidence += "; SSLCipherSpec leaves it no suite"
				}
			}
			out.SuitesOffered = len(out.Suites)
		}
		l.Versions = append(l.Versions, out)
	}
}

func (p *parser) ihsClient(h *host) {
	l := &confdoc.Listener{Scope: &host{conf: h.conf, scope: h.scope, proxy: true, first: h}}
	l.Listener, l.Role, l.Product = "proxy of "+h.name(), audit.RoleClient, p.doc.Format.Product
	l.TLS, l.Plain = audit.Accepted, audit.Undetermined
	place := h.value("sslproxyengine").place()
	l.Place = &place
	l.Gaps = append(l.Gaps, "what mod_ibm_ssl uses towards back ends is not documented")
	p.doc.Listeners = append(p.doc.Listeners, l)
}

// checkIHS reports values the server is known to refuse.
func (p *parser) checkIHS() {
	for _, s := range append([]*scope{p.conf.main}, p.conf.hosts...) {
		for _, d := range s.lines {
			if len(d.missing) > 0 || p.isForI() {
				continue
			}
			switch d.name {
			case "sslprotocoldisable", "sslprotocolenable":
				p.checkTokens(d)
				p.doubtTokens(d)
			case "sslcipherspec":
				p.checkSpec(d)
			}
		}
	}
}

// checkTokens tells lists with commas, which are not valid, from words that are
// merely not known.
func (p *parser) checkTokens(d *directive) {
	if !strings.ContainsAny(d.args, ",;") {
		return
	}
	var kept []string
	for _, w := range strings.FieldsFunc(d.args, func(r rune) bool { return strings.ContainsRune(",;\"'"+blanks, r) }) {
		v, ok := ihsTokens[strings.ToLower(w)]
		if !ok {
			v, ok = ihsMeant[strings.ToLower(w)], ihsMeant[strings.ToLower(w)] != 0
		}
		if ok && !contains(kept, ihsToken[v]) {
			kept = append(kept, ihsToken[v])
		}
	}
	var edits []conftree.Edit
	if d.editable() && len(kept) > 0 {
		edits = []conftree.Edit{d.withArgs(strings.Join(kept, " "))}
	}
	p.wrongWord(d, fmt.Sprintf("%s: blanks separate versions, not commas", p.spell(d.name)), "write "+p.spell(d.name)+" "+strings.Join(kept, " "), edits)
}

// checkSpec reports ciphers mod_ibm_ssl does not read; cipher strings of
// mod_ssl are words of the other dialect.
func (p *parser) checkSpec(d *directive) {
	text := strings.Join(d.words(), " ")
	if p.evaluated += 8 * len(text); len(d.words()) > maxSpecs || p.evaluated > maxEvaluated {
		return
	}
	_, err := cipherstring.IHS(text)
	var fault *cipherstring.Error
	if err == nil || errors.Is(err, cipherstring.ErrNoMatch) || !errors.As(err, &fault) {
		return
	}
	if !strings.ContainsAny(fault.Text, ",:!@") {
		d.missing = append(d.missing, "") // its meaning is not known
		d.scope.doubts = append(d.scope.doubts, fault.Cause)
		if d.scope.kind == mainScope {
			p.open(d.argument(), fault.Cause)
		}
		return
	}
	var edits []conftree.Edit
	if d.editable() {
		edits = []conftree.Edit{d.become(strongSpec...)}
	}
	p.wrongWord(d, "SSLCipherSpec: "+fault.Cause, fault.Hint, edits)
}

// strongSpec is what the vendor's suites come to that have forward secrecy and
// authenticated encryption.
var strongSpec = []string{"SSLCipherSpec ALL NONE", "SSLCipherSpec ALL +TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384 +TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256"}

// weak says why a suite must not be used, or "".
func weak(s tlsreg.Suite) string {
	switch {
	case s.Enc == "NULL":
		return "no encryption"
	case s.Auth == "anon":
		return "no authentication"
	case s.Export:
		return "export strength"
	case s.Enc == "RC4", s.Enc == "RC2", s.Enc == "3DES", s.Enc == "DES", s.Enc == "IDEA":
		return s.Enc
	case s.MAC == "MD5":
		return "MD5"
	}
	return ""
}

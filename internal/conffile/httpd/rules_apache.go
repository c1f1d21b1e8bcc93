package httpd

import (
	"fmt"
	"regexp"
	"slices"

	"tlsaudit/audit"
	"tlsaudit/internal/confdoc"
)

const apacheVersions = "SSLProtocol -all +TLSv1.2 +TLSv1.3"

// apacheRules are what is asked of mod_ssl.
var apacheRules = []*confdoc.Rule{
	{
		ID: "HTTPD-01", Check: "config.protocol", Title: "only protocol versions of the policy are switched on", Of: confdoc.OfServer,
		Doc:    "SSLProtocol is \"all -SSLv3\" where nobody sets it, and that keeps TLS 1.0 and 1.1. A modern OpenSSL may refuse them by its security level today; the next change of a cipher string brings them back.",
		Detect: "The value in force in each virtual host: its own line, or the server's, or the default; SSLOpenSSLConfCmd counts too. Unknown if a variable of the environment or a missing include decides.",
		Level:  audit.Must, Severity: audit.High, Text: apacheVersions, Judge: judgeApacheVersions,
	},
	{
		ID: "HTTPD-02", Check: "config.protocol", Title: "no word of SSLProtocol throws away the words before it", Of: confdoc.OfListener,
		Doc:    "A word without a sign replaces everything before it, so that \"+TLSv1.2 +TLSv1.3 TLSv1\" is TLS 1.0 alone.",
		Detect: "A bare word behind others that had switched something on.",
		Level:  audit.Must, Severity: audit.High, Text: apacheVersions, Judge: judgeResets,
	},
	{
		ID: "HTTPD-03", Check: "config.protocol", Title: "no virtual host and no later line weakens a good value", Of: confdoc.OfServer,
		Doc:    "A value in a virtual host replaces that of the server, and a later line an earlier one; nothing is merged.",
		Detect: "The line in force allows versions, or cipher suites, that the line it replaces does not.",
		Level:  audit.Must, Severity: audit.High, Text: "delete the weaker line", Judge: judgeOverrides,
	},
	{
		ID: "HTTPD-04", Check: "config.protocol", Title: "no command to OpenSSL undermines SSLProtocol and SSLCipherSuite", Of: confdoc.OfServer,
		Doc:    "SSLOpenSSLConfCmd is carried out last and beats the directives of mod_ssl; @SECLEVEL=0 lifts every limit OpenSSL sets, on versions, keys and signatures.",
		Detect: "SSLOpenSSLConfCmd with Protocol, MinProtocol or CipherString that let in what the policy does not; @SECLEVEL=0 in any string in force.",
		Level:  audit.Must, Severity: audit.High, Text: "delete the line", Judge: judgeConfCmds,
	},
	{
		ID: "HTTPD-05", Check: "config.transport", Title: "connections to back ends are verified and use versions of the policy", Of: confdoc.OfClient,
		Doc:    "A proxy that does not verify the back end's certificate encrypts to whoever answers.",
		Detect: "SSLProxyVerify other than require (the default is none), SSLProxyCheckPeerName off, SSLProxyProtocol, or its default, that allows old versions.",
		Level:  audit.Must, Severity: audit.High, Text: "SSLProxyVerify require\nSSLProxyCheckPeerName on\nSSLProxyProtocol -all +TLSv1.2 +TLSv1.3\nSSLProxyCACertificateFile must name the authorities of the back ends first, or every request to them fails.",
		Judge: judgeProxy,
	},
	{
		ID: "HTTPD-06", Check: "config.ciphers", Title: "no broken cipher suites are named", Of: confdoc.OfServer,
		Doc:    "RC4, DES, 3DES, export suites, MD5 and suites without encryption or authentication are broken.",
		Detect: "Such suites among those the cipher string in force selects. Where nobody said which version of OpenSSL reads it: a failure if every version selects some, a warning if only some versions do and the string names such suites.",
		Level:  audit.Must, Severity: audit.High, Text: "SSLCipherSuite " + strongCiphers, Judge: judgeCiphers,
	},
	{
		ID: "HTTPD-07", Check: "config.options", Title: "TLS compression is off", Of: confdoc.OfServer,
		Doc: "Compression below encryption leaks secrets (CRIME).", Detect: "SSLCompression on, or the option of SSLOpenSSLConfCmd.",
		Level: audit.Must, Severity: audit.Medium, Text: "SSLCompression off", Judge: judgeSwitch("sslcompression", "compression", (*host).compresses, "off"),
	},
	{
		ID: "HTTPD-08", Check: "config.options", Title: "renegotiation is bound to the session it renews", Of: confdoc.OfServer,
		Doc: "Clients that do not support RFC 5746 can be attacked in the middle of a session.", Detect: "SSLInsecureRenegotiation on, or the option of SSLOpenSSLConfCmd.",
		Level: audit.Must, Severity: audit.High, Text: "SSLInsecureRenegotiation off", Judge: judgeSwitch("sslinsecurerenegotiation", "unsafelegacyrenegotiation", (*host).insecure, "off"),
	},
	{
		ID: "HTTPD-09", Check: "config.transport", Title: "a virtual host with a certificate speaks TLS", Of: confdoc.OfServer,
		Doc: "Without SSLEngine on, a virtual host on port 443 talks plain text, whatever certificates and protocols it names.", Detect: "A certificate file in the virtual host, and SSLEngine off or not there.",
		Level: audit.Must, Severity: audit.High, Text: "SSLEngine on", Judge: judgeEngine,
	},
	wrongDialect,
}

// wrongDialect is asked of both formats.
var wrongDialect = &confdoc.Rule{
	ID: "IHS-06", Check: "config.load", Title: "no words of the other TLS module", Of: confdoc.OfDocument, Anyhow: true,
	Doc:    "mod_ssl and mod_ibm_ssl share a server but hardly a word. Lines pasted from one into the other, and lists with commas, keep the server from starting.",
	Detect: "Directives of the other dialect, commas between versions, cipher strings of OpenSSL in SSLCipherSpec.",
	Level:  audit.Must, Severity: audit.High, Text: "rewrite the line in the words of the module that is loaded; check with apachectl -t: the server does not start today",
	Judge: func(c *confdoc.Case) (results []confdoc.Result) {
		for _, m := range syntaxOf(c).wrong {
			results = append(results, confdoc.Violated(m.directive.place(), m.message).With(m.edits...))
		}
		return results
	},
}

func syntaxOf(c *confdoc.Case) *config { return c.Doc.Syntax.(*config) }

// hostOf returns the host a rule is asked about, and whether it speaks TLS.
func hostOf(c *confdoc.Case) (h *host, tls bool) {
	h = c.Listener.Scope.(*host)
	return h, c.Listener.TLS != audit.Refused
}

const noTLS = "the listener does not speak TLS"

// low returns the versions below the policy's that are allowed.
func low(c *confdoc.Case, facts map[audit.Version]confdoc.Fact) (list []audit.Version) {
	for _, v := range audit.Versions {
		if a := facts[v].Answer; v < c.Min && (a == audit.Accepted || a == audit.Latent) {
			list = append(list, v)
		}
	}
	return list
}

// unclear returns the first version below the policy's nobody can tell about.
func unclear(c *confdoc.Case, facts map[audit.Version]confdoc.Fact) (confdoc.Fact, bool) {
	for _, v := range audit.Versions {
		if f := facts[v]; v < c.Min && f.Answer != audit.Refused {
			return f, true
		}
	}
	return confdoc.Fact{}, false
}

func judgeApacheVersions(c *confdoc.Case) []confdoc.Result {
	h, tls := hostOf(c)
	if !tls || h.apache == nil {
		return confdoc.Moot(noTLS)
	}
	facts := h.apache.facts
	if list := low(c, facts); len(list) > 0 {
		f := facts[list[len(list)-1]]
		place := f.Place
		if place.File == "" {
			place = *c.Listener.Place
		}
		r := confdoc.Violated(place, fmt.Sprintf("%s allows %s; %s is the lowest version of the policy", f.Evidence, names(list), c.Min)).Wants(audit.Want{MinVersion: c.Min})
		r.Text = "SSLProtocol " + protocolArgs(from(c.Min, has13(h.conf.reader)))
		if better := h.overrides(c); better != nil && len(better.Edits) > 0 && len(h.commands().lines) == 0 {
			r = r.With(better.Edits...) // one change for both findings
		}
		return []confdoc.Result{r}
	}
	if f, ok := unclear(c, facts); ok {
		return []confdoc.Result{confdoc.Undecided(placeOr(f.Place, c), f.Evidence)}
	}
	return nil
}

func placeOr(p audit.Place, c *confdoc.Case) audit.Place {
	if p.File == "" {
		return *c.Listener.Place
	}
	return p
}

// from lists the versions from the lowest of the policy on.
func from(lowest audit.Version, has13 bool) []audit.Version {
	return slices.DeleteFunc(slices.Clone(audit.Versions), func(v audit.Version) bool { return v < lowest || v == audit.TLSv13 && !has13 })
}

func judgeResets(c *confdoc.Case) []confdoc.Result {
	h, tls := hostOf(c)
	if !tls || h.apache == nil || h.apache.protocol == nil {
		return confdoc.Moot("there is no SSLProtocol in force")
	}
	if st := h.apache; len(st.list.resets) > 0 {
		r := confdoc.Violated(st.protocol.argument(), fmt.Sprintf("%s: %s has no sign and throws away what stands before it", h.conf.spell(st.protocol.name), quote(st.list.resets[0])))
		r = r.Quoting(confdoc.NewSetting(h.conf.spell(st.protocol.name), clip(st.protocol.args), st.protocol.place()))
		return []confdoc.Result{r.Wants(audit.Want{MinVersion: c.Min})}
	}
	return nil
}

// judgeOverrides compares the lines in force with those they replace.
func judgeOverrides(c *confdoc.Case) (results []confdoc.Result) {
	h, tls := hostOf(c)
	if !tls || h.apache == nil {
		return confdoc.Moot(noTLS)
	}
	if r := h.overrides(c); r != nil {
		results = append(results, *r)
	}
	if d := h.apache.cipher; d != nil && d.name == "sslciphersuite" && len(d.missing) == 0 {
		same := func(o *directive) bool { return len(o.missing) == 0 && (len(o.words()) == 1 || o.words()[0] == "SSL") }
		if before := h.replaced(d, same); before != nil {
			list := before.words()
			if bad := badSuites(h, h.apache.text+appended); bad != "" && badSuites(h, list[len(list)-1]+appended) == "" {
				results = append(results, h.weaker(d, before, bad))
			}
		}
	}
	return results
}

// overrides objects to a line of SSLProtocol that allows more than the one it
// replaces.
func (h *host) overrides(c *confdoc.Case) *confdoc.Result {
	d := h.apache.protocol
	if d == nil || h.apache.base || len(d.missing) > 0 {
		return nil
	}
	before := h.replaced(d, func(*directive) bool { return true })
	if before == nil {
		return nil
	}
	has, lib := has13(h.conf.reader), libraryOf(h.conf.reader)
	now, was := evaluate(d.words(), has).on.settled(lib), evaluate(before.words(), has).on.settled(lib)
	var more []audit.Version
	for i, v := range audit.Versions {
		if v < c.Min && now[i] == on && was[i] == off {
			more = append(more, v)
		}
	}
	if len(more) == 0 {
		return nil
	}
	r := h.weaker(d, before, names(more))
	for i, v := range audit.Versions {
		if v < c.Min && was[i] == on {
			r.Edits = nil // the other line is no good either
			return ptr(r.Wants(audit.Want{MinVersion: c.Min}))
		}
	}
	return &r
}

func ptr(r confdoc.Result) *confdoc.Result { return &r }

// weaker objects to a line, and deletes it if it stands where only this host is
// concerned and the one it replaces then holds.
func (h *host) weaker(d, before *directive, more string) confdoc.Result {
	r := confdoc.Violated(d.place(), fmt.Sprintf("%s replaces %s of line %d, and lets in %s", clip(d.text()), clip(before.text()), before.line.file.LineAt(before.line.start), more))
	r.Text = "delete the weaker line: " + clip(d.text())
	if d.editable() {
		r = r.With(d.remove())
	}
	return r
}

// replaced returns the line that would hold if d were not there.
func (h *host) replaced(d *directive, same func(*directive) bool) *directive {
	var before *directive
	for _, o := range h.inherited(d.name) {
		if o == d {
			return before
		}
		if same(o) && len(o.missing) == 0 {
			before = o
		}
	}
	return nil
}

var zeroLevel = regexp.MustCompile(`[:,; ]?@SECLEVEL=0`)

func judgeConfCmds(c *confdoc.Case) (results []confdoc.Result) {
	h, tls := hostOf(c)
	if !tls || h.apache == nil {
		return confdoc.Moot(noTLS)
	}
	object := func(d *directive, message string) {
		r := confdoc.Violated(d.place(), message)
		r.Text = "delete the line: " + clip(d.text())
		if d.editable() {
			r = r.With(d.remove())
		}
		if !slices.ContainsFunc(results, func(o confdoc.Result) bool { return o.Place == r.Place }) {
			results = append(results, r)
		}
	}
	conf := h.commands()
	if d := conf.minLine; d != nil && (conf.noMin || conf.min < c.Min) {
		object(d, fmt.Sprintf("%s beats SSLProtocol; %s is the lowest version of the policy", clip(d.text()), c.Min))
	}
	for _, v := range audit.Versions {
		if d := conf.added[v]; v < c.Min && d != nil {
			object(d, fmt.Sprintf("%s switches on %s", clip(d.text()), v))
		}
	}
	if d := conf.maxLine; d != nil && conf.max != 0 && conf.max < c.Min {
		object(d, fmt.Sprintf("%s keeps out every version of the policy", clip(d.text())))
	}
	if d := conf.ciphers; d != nil {
		switch bad := badSuites(h, conf.cipherText); {
		case zeroLevel.MatchString(conf.cipherText):
			object(d, "CipherString sets @SECLEVEL=0, which lifts every limit OpenSSL sets")
		case bad != "":
			object(d, "CipherString beats SSLCipherSuite and lets in "+bad)
		}
	}
	if d := h.cipherLine("sslciphersuite"); d != nil && len(d.missing) == 0 && zeroLevel.MatchString(d.args) {
		r := confdoc.Violated(d.place(), "SSLCipherSuite sets @SECLEVEL=0, which lifts every limit OpenSSL sets")
		if d.editable() {
			r = r.With(h.withoutLevel(d)...)
		}
		results = append(results, r)
	}
	return results
}

// judgeSwitch makes the judge of an option that has to be off.
func judgeSwitch(name, option string, state func(*host) bool, want string) func(*confdoc.Case) []confdoc.Result {
	return func(c *confdoc.Case) []confdoc.Result {
		h, tls := hostOf(c)
		if !tls || h.apache == nil {
			return confdoc.Moot(noTLS)
		}
		if !state(h) {
			return nil
		}
		d := h.value(name)
		var results []confdoc.Result
		if o := h.option(option); o != nil && o.on {
			d = o.line
			r := confdoc.Violated(d.place(), clip(d.text()))
			if d.editable() {
				r = r.With(d.remove())
			}
			return append(results, r)
		}
		if len(d.missing) > 0 {
			return []confdoc.Result{confdoc.Undecided(d.place(), "a variable decides")}
		}
		r := confdoc.Violated(d.place(), clip(d.text()))
		if d.editable() {
			r = r.With(d.withArgs(want))
		}
		return append(results, r)
	}
}

func judgeEngine(c *confdoc.Case) []confdoc.Result {
	h, tls := hostOf(c)
	cert := h.scope.last("sslcertificatefile")
	if tls || h.scope.kind == mainScope || cert == nil && h.scope.last("sslprotocol") == nil {
		return nil
	}
	place := h.place(c.Doc)
	message := "there is a certificate, but SSLEngine is not on: the port speaks plain text"
	if cert == nil {
		message = "there are TLS settings, but SSLEngine is not on: the port speaks plain text"
	}
	r := confdoc.Violated(place, message)
	if d := h.scope.last("sslengine"); d != nil && d.editable() {
		return []confdoc.Result{r.With(d.withArgs("on"))}
	}
	if cert != nil && cert.editable() {
		return []confdoc.Result{r.With(cert.line.before("SSLEngine on"))}
	}
	return []confdoc.Result{r}
}

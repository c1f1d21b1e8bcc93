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
	"tlsaudit/internal/tlsreg"
)

// strongCiphers are the usual suites up to TLS 1.2 in OpenSSL's words.
var strongCiphers, _ = opensslList(tlsreg.Usual)

// opensslList writes IANA names as OpenSSL does, those of TLS 1.3 apart.
func opensslList(list []string) (upTo12, tls13 string) {
	var old, later []string
	for _, name := range list {
		s, ok := tlsreg.SuiteByName(name)
		switch {
		case !ok || s.OpenSSL == "" && s.Min != audit.TLSv13:
		case s.Min == audit.TLSv13:
			later = append(later, s.Name)
		default:
			old = append(old, s.OpenSSL)
		}
	}
	return strings.Join(old, ":"), strings.Join(later, ":")
}

// suspicious are words that may bring broken suites in.
var suspicious = regexp.MustCompile(`(?:^|[:,; +])(?:[A-Za-z0-9-]*(?:RC4|3DES|DES-CBC|MD5|NULL|EXP|RC2|IDEA|ADH|AECDH)[A-Za-z0-9-]*|DES|LOW|aNULL|eNULL)(?:$|[:,; +])`)

// badSuites names a few broken suites a string selects, as some version of
// OpenSSL that may be in use reads it; "" if there are none.
func badSuites(h *host, text string) string {
	list, _ := selects(h, text)
	return list
}

// suspects reports whether what only some versions of OpenSSL select counts: it
// does if it is known which one reads the string, otherwise where the string
// names broken suites, since ancient versions have such in ALL and even in
// DEFAULT.
func (h *host) suspects(text string) bool { return libraryOf(h.conf.reader).known || named(text) }

// named reports whether a string names, and does not merely exclude, broken
// suites.
func named(text string) bool {
	for _, w := range strings.FieldsFunc(text, func(r rune) bool { return strings.ContainsRune(":,; ", r) }) {
		if w != "" && w[0] != '!' && w[0] != '-' && suspicious.MatchString(strings.TrimPrefix(w, "+")) {
			return true
		}
	}
	return false
}

// badList is what selects found.
type badList struct {
	list       string
	everywhere bool
}

// selects evaluates a string; everywhere says that every version of OpenSSL
// that may be in use selects a broken suite.
func selects(h *host, text string) (list string, everywhere bool) {
	if known, ok := h.conf.broken[text]; ok {
		return known.list, known.everywhere
	}
	list, everywhere = h.evaluate(text)
	h.conf.broken[text] = badList{list, everywhere}
	return list, everywhere
}

func (h *host) evaluate(text string) (list string, everywhere bool) {
	partly := h.suspects(text)
	everywhere = true
	var found []string
	for _, class := range classesOf(h.conf.reader) {
		sel, err := h.conf.reader.Memo.Ciphers(class, text)
		if err != nil && !errors.Is(err, cipherstring.ErrNoMatch) {
			continue
		}
		bad := false
		for _, s := range sel.Suites {
			if why := weak(s); why != "" {
				bad = true
				if shown := s.OpenSSL + " (" + why + ")"; !contains(found, shown) {
					found = append(found, shown)
				}
			}
		}
		if everywhere = everywhere && bad; !everywhere && !partly {
			return "", false
		}
	}
	if len(found) > 4 {
		found = append(found[:3:3], fmt.Sprintf("%d more", len(found)-3))
	}
	return strings.Join(found, ", "), everywhere && len(found) > 0
}

// cipherText is the string in force as OpenSSL gets it.
func (st *apacheState) cipherText() string {
	if st.cipher.name == "sslopensslconfcmd" {
		return st.text
	}
	return st.text + appended
}

func judgeCiphers(c *confdoc.Case) []confdoc.Result {
	h, tls := hostOf(c)
	if !tls || h.apache == nil {
		return confdoc.Moot(noTLS)
	}
	st := h.apache
	if st.cipher == nil {
		return nil
	}
	list, everywhere := selects(h, st.cipherText())
	if list == "" {
		return nil
	}
	r := confdoc.Violated(st.cipher.argument(), "the cipher string lets in "+list)
	if !everywhere {
		r = confdoc.Advice(st.cipher.argument(), "with an older OpenSSL the cipher string lets in "+list)
	}
	return []confdoc.Result{r.Wants(audit.Want{Strong: true})}
}

// withoutLevel takes @SECLEVEL=0 out of a cipher string; if what is left selects
// more than the usual kinds of suites, those take its place: of others it cannot
// be shown what they come to without a level that is named.
func (h *host) withoutLevel(d *directive) []conftree.Edit {
	list := d.words()
	text := strings.TrimLeft(zeroLevel.ReplaceAllString(list[len(list)-1], ""), ":,; ")
	if text != "" && onlyStrong(h, text+appended) {
		return []conftree.Edit{d.withArgs(quoted(text))}
	}
	return []conftree.Edit{d.withArgs(strongCiphers)}
}

// onlyStrong reports whether every OpenSSL that may be in use selects from a
// string only suites with forward secrecy by curves and authenticated encryption.
func onlyStrong(h *host, text string) bool {
	for _, class := range classesOf(h.conf.reader) {
		sel, err := h.conf.reader.Memo.Ciphers(class, text)
		if err != nil || slices.ContainsFunc(sel.Suites, func(s tlsreg.Suite) bool {
			return s.Min != audit.TLSv13 && (s.KX != "ECDHE" || !s.AEAD || weak(s) != "")
		}) {
			return false
		}
	}
	return true
}

// quoted puts a value with blanks into quotes.
func quoted(s string) string {
	if strings.ContainsAny(s, blanks+`"'`) || s == "" {
		return `"` + strings.ReplaceAll(s, `"`, `\"`) + `"`
	}
	return s
}

// judgeProxy asks the proxy side for verification and versions.
func judgeProxy(c *confdoc.Case) (results []confdoc.Result) {
	h, _ := hostOf(c)
	if h.apache == nil {
		return confdoc.Moot("the proxy side is not read")
	}
	ask := func(name, want string, good func(string) bool, otherwise string) {
		d := h.value(name)
		if d != nil && len(d.missing) > 0 {
			results = append(results, confdoc.Undecided(d.place(), h.conf.spell(name)+" depends on a variable"))
			return
		}
		value := otherwise
		place := *c.Listener.Place
		if d != nil {
			value, _ = word(d.args)
			place = d.place()
		}
		if good(value) {
			return
		}
		message := fmt.Sprintf("%s %s", h.conf.spell(name), clip(value))
		if d == nil {
			message += " is the default"
		}
		r := confdoc.Violated(place, message+"; wanted: "+want)
		if edits := h.set(name, want); len(edits) > 0 {
			r = r.With(edits...)
		}
		results = append(results, r)
	}
	ask("sslproxyverify", "require", func(v string) bool { return anyFold(v, "require", "on") }, "none")
	notOff := func(v string) bool { return !anyFold(v, "off") }
	ask("sslproxycheckpeername", "on", notOff, "on")
	ask("sslproxycheckpeerexpire", "on", notOff, "on")
	if d := h.value("sslproxycheckpeername"); d != nil && anyFold(strings.TrimSpace(d.args), "off") {
		ask("sslproxycheckpeercn", "on", notOff, "on")
	}
	if list := low(c, h.apache.facts); len(list) > 0 {
		f := h.apache.facts[list[len(list)-1]]
		want := protocolArgs(from(c.Min, has13(h.conf.reader)))
		r := confdoc.Violated(placeOr(f.Place, c), fmt.Sprintf("towards back ends, %s allows %s", strings.Replace(f.Evidence, "SSLProtocol", "SSLProxyProtocol", 1), names(list)))
		results = append(results, r.With(h.set("sslproxyprotocol", want)...))
	}
	return results
}

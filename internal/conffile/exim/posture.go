package exim

import (
	"fmt"
	"slices"
	"strings"

	"tlsaudit/audit"
	"tlsaudit/internal/cipherstring"
	"tlsaudit/internal/confdoc"
	"tlsaudit/internal/tlsreg"
)

// view is what one library makes of the settings of a listener or client.
type view struct {
	audit.Posture
	// gaps say why something is undetermined; suites why they are not known.
	gaps   []string
	suites string
	// refused is why the library refuses the cipher string.
	refused string
	// possible are the suites some version of the library may select.
	possible []tlsreg.Suite
	bits     map[string]bit
}

// posture reads the settings for one library. ciphers is the option that
// selects suites, nil if it is not set.
func (c *config) posture(r *confdoc.Reader, lib library, ciphers *option, server bool) view {
	if ciphers != nil && ciphers.value == "" {
		ciphers = nil
	}
	if lib == gnuTLS {
		return c.gnuTLS(r, ciphers, server)
	}
	return c.openSSL(r, ciphers, server)
}

func (c *config) openSSL(r *confdoc.Reader, ciphers *option, server bool) (v view) {
	options := c.main["openssl_options"]
	v.bits, _ = bits(options)
	known := options == nil && c.missing == nil || options != nil && c.sure(options)
	if !known {
		v.gaps = append(v.gaps, c.whyUnsure(options, "openssl_options"))
	}
	order := v.bits["cipher_server_preference"].on
	o := confdoc.OpenSSL{Enabled: map[audit.Version]confdoc.Fact{}, Default: "DEFAULT", SecurityLevel: -1}
	if server && known {
		o.ServerOrder = &order
	}
	class, classKnown := openSSLClass(r)
	for word, version := range offBits {
		b, fact := v.bits[word], confdoc.Fact{Answer: audit.Accepted, Place: v.bits[word].place}
		switch {
		case !known:
			fact = confdoc.Fact{Answer: audit.Undetermined, Evidence: "openssl_options is not a constant"}
		case b.on && b.place.File == "":
			fact.Answer, fact.Evidence = audit.Refused, "default of openssl_options: +"+word
		case b.on:
			fact.Answer, fact.Evidence = audit.Refused, "openssl_options +"+word
		case version == audit.TLSv13 && classKnown && class == cipherstring.OpenSSL102:
			fact.Answer, fact.Evidence = audit.Refused, "this version of OpenSSL has no TLS 1.3"
		case b.place.File != "":
			fact.Evidence = "openssl_options -" + word
		case options == nil:
			fact.Evidence = "openssl_options is not set, and its default does not have +" + word
		default:
			fact.Evidence, fact.Place = "openssl_options does not have +"+word, options.valuePlace()
		}
		o.Enabled[version] = fact
	}
	suitesKnown := ciphers == nil && (c.missing == nil || !server) || ciphers != nil && c.sure(ciphers)
	if ciphers != nil && suitesKnown {
		o.Ciphers = &confdoc.Written{Text: dashes(ciphers.value), Place: ciphers.valuePlace()}
	}
	var refused []error
	v.Posture, refused = o.Posture(r)
	if !suitesKnown {
		v.suites = c.whyUnsure(ciphers, "tls_require_ciphers")
		v.forgetSuites()
		return v
	}
	classes := []cipherstring.OpenSSLVersion{class}
	if !classKnown {
		classes = cipherstring.OpenSSLVersions
	}
	text := "DEFAULT"
	if o.Ciphers != nil {
		text = o.Ciphers.Text
	}
	failed := 0
	for _, class := range classes {
		sel, err := class.Ciphers(text)
		if err != nil {
			failed++
			continue
		}
		v.possible = append(v.possible, class.AtLevel(sel.Suites, max(sel.Level, 0))...)
	}
	if classKnown && server && class != cipherstring.OpenSSL102 {
		v.stumbles()
	}
	if failed == len(classes) && len(refused) > 0 {
		v.refused = refusal(openSSL, server)
	}
	return v
}

// stumbles marks what a hole among the versions of a server does: OpenSSL takes
// the newest version below the hole for the newest of all, and refuses every
// handshake if no suite is left for that one.
func (v *view) stumbles() {
	allowed := func(f audit.VersionFact) bool { return f.Answer == audit.Accepted || f.Answer == audit.Latent }
	top := -1
	for i, f := range v.Versions {
		switch {
		case f.Version < audit.TLSv10:
		case allowed(f):
			top = i
		case top >= 0:
			if hole := v.Versions[i:]; !slices.ContainsFunc(hole, allowed) || len(v.Versions[top].Suites) > 0 {
				return
			}
			for k := range v.Versions {
				if f := &v.Versions[k]; f.Answer == audit.Accepted {
					f.Answer = audit.Latent
					f.Evidence += fmt.Sprintf("; OpenSSL finds no suite for %s, which a gap above makes it take for the newest version, and refuses every handshake", v.Versions[top].Version)
				}
			}
			return
		}
	}
}

// openSSLClass is the class of the library's version, if somebody vouches for it.
func openSSLClass(r *confdoc.Reader) (class cipherstring.OpenSSLVersion, known bool) {
	version, ok := r.Version("openssl")
	if !ok {
		return class, false
	}
	class, err := cipherstring.ParseOpenSSLVersion(version)
	return class, err == nil
}

func (v *view) forgetSuites() {
	for i := range v.Versions {
		v.Versions[i].Suites, v.Versions[i].SuitesAnswer = []audit.Suite{}, audit.Undetermined
		v.Versions[i].SuitesOffered = 0
	}
}

// whyUnsure says why an option is not known.
func (c *config) whyUnsure(o *option, name string) string {
	switch {
	case o == nil && c.missing != nil:
		return c.missing.Message + ", among it perhaps " + name
	case o != nil && o.constant() && c.missing != nil:
		return name + " may hold macros of a file that is not there: " + c.missing.Message
	}
	return name + " is expanded when a connection is made: " + "what it comes to is not in the file"
}

func (c *config) gnuTLS(_ *confdoc.Reader, ciphers *option, server bool) (v view) {
	text, from := "NORMAL", "default of Exim with GnuTLS: NORMAL"
	var place *audit.Place
	switch {
	case ciphers == nil && server && c.missing != nil, ciphers != nil && !c.sure(ciphers):
		v.gaps = append(v.gaps, c.whyUnsure(ciphers, "tls_require_ciphers"))
		for _, version := range audit.Versions {
			fact := audit.VersionFact{Version: version, Answer: audit.Undetermined, Evidence: "tls_require_ciphers is not a constant"}
			v.Versions = append(v.Versions, fact)
		}
		return v
	case ciphers != nil:
		text = ciphers.value
		from = "tls_require_ciphers " + confdoc.RedactText(clip(text))
		at := ciphers.valuePlace()
		place = &at
	}
	sel, err := cipherstring.GnuTLS(text)
	if err != nil {
		v.refused = refusal(gnuTLS, server)
		v.gaps = append(v.gaps, "tls_require_ciphers is no priority string of GnuTLS: "+confdoc.RedactText(err.Error()))
		for _, version := range audit.Versions {
			v.Versions = append(v.Versions, audit.VersionFact{Version: version, Answer: audit.Undetermined, Evidence: "GnuTLS does not read tls_require_ciphers"})
		}
		return v
	}
	for _, version := range audit.Versions {
		fact := audit.VersionFact{Version: version, Answer: audit.Refused, Evidence: from, Place: place, Suites: []audit.Suite{}}
		if slices.Contains(sel.Versions, version) {
			suites := sel.In(version)
			fact.Answer, fact.Suites, fact.SuitesAnswer = audit.Accepted, confdoc.SuitesOf(suites), audit.Accepted
			fact.SuitesOffered = len(suites)
			if server && slices.Contains(sel.Options, "SERVER_PRECEDENCE") && len(suites) > 1 {
				fact.Preference = audit.PreferenceServer
			}
			v.possible = append(v.possible, suites...)
		}
		v.Versions = append(v.Versions, fact)
	}
	if slices.Contains(sel.Versions, audit.TLSv13) {
		for _, g := range sel.Groups {
			if g.TLS13 {
				v.Groups = append(v.Groups, audit.GroupFact{ID: g.Code, Name: g.Name, Version: audit.TLSv13, Answer: audit.Accepted, Bits: g.StrengthBits})
			}
		}
	}
	return v
}

// refusal says what becomes of a string the library does not read.
func refusal(lib library, server bool) string {
	if server {
		return lib.String() + " refuses tls_require_ciphers: the daemon does not start"
	}
	return lib.String() + " refuses tls_require_ciphers: TLS fails, and mail waits or goes out in clear text"
}

func clip(s string) string {
	if len(s) > 80 {
		return strings.ToValidUTF8(s[:80], "") + "..."
	}
	return s
}

// both is what holds whichever library is used.
func both(a, b view) (v view) {
	for i := range a.Versions {
		x, y := a.Versions[i], b.Versions[i]
		if x.Answer == audit.Latent {
			x.Answer = audit.Accepted
		}
		if x.Answer == y.Answer {
			x.Evidence = fmt.Sprintf("with OpenSSL: %s; with GnuTLS: %s", x.Evidence, y.Evidence)
		} else {
			x.Evidence = fmt.Sprintf("with OpenSSL %s: %s; with GnuTLS %s: %s", x.Answer, x.Evidence, y.Answer, y.Evidence)
			x.Answer = audit.Undetermined
		}
		common := []audit.Suite{}
		for _, s := range x.Suites {
			if slices.ContainsFunc(y.Suites, func(o audit.Suite) bool { return o.ID == s.ID }) {
				common = append(common, s)
			}
		}
		if len(common) != len(x.Suites) || len(common) != len(y.Suites) {
			x.SuitesAnswer = audit.Undetermined
		}
		x.Suites, x.SuitesOffered, x.Preference = common, len(common), ""
		v.Versions = append(v.Versions, x)
	}
	v.gaps = append(append(v.gaps, a.gaps...), b.gaps...)
	v.possible = append(append(v.possible, a.possible...), b.possible...)
	v.suites = a.suites
	v.bits = a.bits
	return v
}

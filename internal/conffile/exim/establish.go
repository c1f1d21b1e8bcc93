package exim

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

// establish writes the lines that make a listener satisfy a wanted posture.
func establish(d *confdoc.Document, l *confdoc.Listener, want audit.Want) ([]conftree.Edit, error) {
	c, s := d.Syntax.(*reading), l.Scope.(*scope)
	var edits []conftree.Edit
	add := func(more []conftree.Edit, err error) error {
		edits = append(edits, more...)
		return err
	}
	if len(want.Groups) > 0 {
		return nil, errors.New("tls_eccurve takes other words from one version of Exim to the next; set it by hand")
	}
	if want.StartTLS {
		if err := add(c.setMain("tls_advertise_hosts", "*")); err != nil {
			return nil, err
		}
	}
	if want.MinDHBits > 0 && s.transport == nil {
		name := fmt.Sprintf("ffdhe%d", min(8192, max(2048, (want.MinDHBits+1023)/1024*1024)))
		if err := add(c.setMain("tls_dhparam", name)); err != nil {
			return nil, err
		}
	}
	versions := wantedVersions(want)
	suites := want.Strong || len(want.AllowSuites) > 0 || len(want.ForbidSuites) > 0
	order := want.ServerOrder != nil && s.transport == nil
	if versions == nil && !suites && !order {
		if len(edits) == 0 {
			return nil, errors.New("no option of Exim says this")
		}
		return edits, nil
	}
	var err error
	switch c.lib {
	case openSSL:
		err = add(c.editOpenSSL(s, want, versions, suites, order))
	case gnuTLS:
		err = add(c.editGnuTLS(s, want, versions))
	default:
		if suites || order {
			return nil, errors.New("which TLS library Exim is built with decides how suites are written: say which (exim -bV names it)")
		}
		err = add(c.editEither(s, versions))
	}
	if err != nil {
		return nil, err
	}
	return edits, nil
}

// wantedVersions are the versions to allow, nil if nothing is said.
func wantedVersions(want audit.Want) (list []audit.Version) {
	if len(want.Versions) > 0 {
		return want.Versions
	}
	if want.MinVersion == 0 {
		return nil
	}
	for _, v := range audit.Versions {
		if v >= want.MinVersion {
			list = append(list, v)
		}
	}
	return list
}

// setMain gives an option of the main section a value.
func (c *reading) setMain(name, value string) ([]conftree.Edit, error) {
	if o := c.config.main[name]; o != nil {
		return c.rewrite(o, value)
	}
	return c.insertMain(name + " = " + value)
}

// setCiphers gives a listener its cipher string.
func (c *reading) setCiphers(s *scope, value string) ([]conftree.Edit, error) {
	if s.transport == nil {
		return c.setMain("tls_require_ciphers", value)
	}
	if o := s.transport.options["tls_require_ciphers"]; o != nil {
		return c.rewrite(o, value)
	}
	return c.insertDriver(s.transport, "tls_require_ciphers = "+value)
}

// versionBits is openssl_options with the words for versions as they are wanted,
// the other words as they stand.
func versionBits(value string, versions []audit.Version, order *bool) string {
	words := strings.Fields(value)
	off := func(v audit.Version) bool { return !slices.Contains(versions, v) }
	words = slices.DeleteFunc(words, func(w string) bool {
		v, ok := offBits[w[1:]]
		return ok && versions != nil && (w[0] == '+') != off(v) || order != nil && w[1:] == "cipher_server_preference"
	})
	for _, v := range audit.Versions {
		word := "+" + wordFor(v)
		byDefault := value != "" && slices.Contains(defaultBits, word[1:]) && !strings.Contains(value, "-"+word[1:])
		if versions != nil && off(v) && !slices.Contains(words, word) && !byDefault {
			words = append(words, word)
		}
	}
	if order != nil && *order {
		words = append(words, "+cipher_server_preference")
	}
	return strings.Join(words, " ")
}

func wordFor(v audit.Version) string {
	for word, version := range offBits {
		if version == v {
			return word
		}
	}
	return ""
}

func (c *reading) editOpenSSL(s *scope, want audit.Want, versions []audit.Version, suites, order bool) (edits []conftree.Edit, err error) {
	if versions != nil || order {
		o := c.config.main["openssl_options"]
		value := "+single_dh_use +no_ticket +no_renegotiation"
		if o != nil {
			value = o.value
			if !c.sure(o) {
				return nil, errors.New("openssl_options is expanded when a connection is made; change it by hand")
			}
			if _, refused := bits(o); refused != "" {
				value = ""
			}
		}
		var server *bool
		if order {
			server = want.ServerOrder
		}
		written := versionBits(value, versions, server)
		if o == nil {
			// The wanted words first, as they are written by hand.
			written = strings.TrimSpace(versionBits("", versions, server) + " " + value)
		}
		if edits, err = c.setMain("openssl_options", written); err != nil {
			return nil, err
		}
	}
	if suites {
		text, err := openSSLCiphers(c, s, want)
		if err != nil {
			return nil, err
		}
		more, err := c.setCiphers(s, text)
		if err != nil {
			return nil, err
		}
		edits = append(edits, more...)
	}
	return edits, nil
}

// openSSLCiphers is a cipher string with the suites wanted.
func openSSLCiphers(c *reading, s *scope, want audit.Want) (string, error) {
	if len(want.AllowSuites) > 0 {
		var list []string
		for _, name := range want.AllowSuites {
			if suite, ok := tlsreg.SuiteByName(name); ok && suite.OpenSSL != "" && suite.Min != audit.TLSv13 {
				list = append(list, suite.OpenSSL)
			}
		}
		if len(list) == 0 {
			return "", errors.New("tls_require_ciphers does not choose suites of TLS 1.3, and no other is wanted")
		}
		return strings.Join(list, ":"), nil
	}
	if want.Strong {
		return "ECDHE+AESGCM:ECDHE+CHACHA20:!aNULL", nil
	}
	text := "DEFAULT"
	if o := c.ciphers(s); o != nil && o.value != "" {
		if !c.sure(o) {
			return "", errors.New("tls_require_ciphers is expanded when a connection is made; change it by hand")
		}
		text = o.value
	}
	for _, name := range want.ForbidSuites {
		suite, ok := tlsreg.SuiteByName(name)
		if !ok || suite.OpenSSL == "" || suite.Min == audit.TLSv13 {
			continue
		}
		text += ":!" + suite.OpenSSL
	}
	if len(text) > 1000 {
		return "ECDHE+AESGCM:ECDHE+CHACHA20:!aNULL", nil
	}
	if _, err := cipherstring.OpenSSL30.Ciphers(dashes(text)); err != nil {
		return "ECDHE+AESGCM:ECDHE+CHACHA20:!aNULL", nil //nolint:nilerr // nothing else is left of the string
	}
	return text, nil
}

// ciphers is the option that selects a listener's suites.
func (c *reading) ciphers(s *scope) *option {
	if s.transport == nil {
		return c.config.main["tls_require_ciphers"]
	}
	return s.transport.options["tls_require_ciphers"]
}

// priorityVersions are the words for versions in a priority string.
func priorityVersions(versions []audit.Version) string {
	text := ":-VERS-ALL"
	names := map[audit.Version]string{audit.TLSv10: "TLS1.0", audit.TLSv11: "TLS1.1", audit.TLSv12: "TLS1.2", audit.TLSv13: "TLS1.3"}
	for _, v := range slices.Backward(audit.Versions) {
		if slices.Contains(versions, v) && names[v] != "" {
			text += ":+VERS-" + names[v]
		}
	}
	return text
}

// strongPriority leaves suites with forward secrecy and AEAD.
const strongPriority = ":-KX-ALL:+ECDHE-ECDSA:+ECDHE-RSA:-CIPHER-ALL:+AES-256-GCM:+CHACHA20-POLY1305:+AES-128-GCM:-MAC-ALL:+AEAD"

func (c *reading) editGnuTLS(s *scope, want audit.Want, versions []audit.Version) ([]conftree.Edit, error) {
	text := "NORMAL"
	if o := c.ciphers(s); o != nil && o.value != "" {
		if !c.sure(o) {
			return nil, errors.New("tls_require_ciphers is expanded when a connection is made; change it by hand")
		}
		if _, err := cipherstring.GnuTLS(o.value); err == nil {
			text = o.value
		} else if versions == nil {
			versions = []audit.Version{audit.TLSv12, audit.TLSv13}
		}
	}
	if versions != nil {
		text = dropWords(text, "VERS-") + priorityVersions(versions)
	}
	if want.Strong || len(want.AllowSuites) > 0 || len(want.ForbidSuites) > 0 {
		text += strongPriority
	}
	if want.ServerOrder != nil && s.transport == nil {
		text = dropWords(text, "%SERVER_PRECEDENCE")
		if *want.ServerOrder {
			text += ":%SERVER_PRECEDENCE"
		}
	}
	sel, err := cipherstring.GnuTLS(text)
	if err != nil {
		return nil, errors.New("the priority string has to be written by hand")
	}
	for _, suite := range sel.Suites {
		if slices.Contains(want.ForbidSuites, suite.Name) || len(want.AllowSuites) > 0 && suite.Min != audit.TLSv13 && !slices.Contains(want.AllowSuites, suite.Name) {
			return nil, fmt.Errorf("a priority string does not tell %s from others that are wanted", suite.Name)
		}
	}
	return c.setCiphers(s, text)
}

// dropWords takes words about something out of a priority string.
func dropWords(text, about string) string {
	words := strings.Split(text, ":")
	return strings.Join(slices.DeleteFunc(words, func(w string) bool {
		return strings.HasPrefix(strings.TrimLeft(w, "+-!"), about)
	}), ":")
}

// editEither writes versions for a build with either library: Exim defines a
// macro that names it.
func (c *reading) editEither(s *scope, versions []audit.Version) (edits []conftree.Edit, err error) {
	if o := c.ciphers(s); o != nil {
		return nil, errors.New("which TLS library Exim is built with decides what tls_require_ciphers means: say which (exim -bV names it)")
	}
	if c.openSSL != c.gnuTLS && (c.openSSL.main["openssl_options"] != nil || c.gnuTLS.main["tls_require_ciphers"] != nil) {
		return nil, errors.New("the file tells the libraries apart by itself; change it by hand")
	}
	value := versionBits("", versions, nil) + " +single_dh_use +no_ticket +no_renegotiation"
	edits, err = c.insertMain(".ifdef _HAVE_OPENSSL", "openssl_options = "+value, ".endif")
	if err != nil {
		return nil, err
	}
	lines := []string{".ifdef _HAVE_GNUTLS", "tls_require_ciphers = NORMAL" + priorityVersions(versions), ".endif"}
	var more []conftree.Edit
	if s.transport == nil {
		more, err = c.insertMain(lines...)
	} else {
		more, err = c.insertDriver(s.transport, lines...)
	}
	if err != nil {
		return nil, err
	}
	return append(edits, more...), nil
}

package exim

import (
	"strings"

	"tlsaudit/audit"
	"tlsaudit/internal/cipherstring"
	"tlsaudit/internal/confdoc"
)

// library is the TLS library a build of Exim uses.
type library uint8

const (
	anyLibrary library = iota
	openSSL
	gnuTLS
)

func (l library) String() string {
	return [...]string{"OpenSSL or GnuTLS", "OpenSSL", "GnuTLS"}[l]
}

// libraryOf says which library a configuration is for, of which both readings
// are given. A build with GnuTLS refuses a file that sets openssl_options, so
// that this settles it, unless it stands behind a condition on the library;
// next come versions that somebody vouches for, and the syntax of cipher
// strings.
func libraryOf(r *confdoc.Reader, c, asGnuTLS *config) library {
	_, withOpenSSL := r.Version("openssl")
	_, withGnuTLS := r.Version("gnutls")
	switch {
	case c.main["openssl_options"] != nil && asGnuTLS.main["openssl_options"] != nil:
		return openSSL
	case withOpenSSL != withGnuTLS && withOpenSSL:
		return openSSL
	case withOpenSSL != withGnuTLS:
		return gnuTLS
	}
	if c != asGnuTLS {
		return anyLibrary // the file tells them apart by itself
	}
	lists := []*option{c.main["tls_require_ciphers"]}
	for _, d := range c.transports {
		lists = append(lists, d.options["tls_require_ciphers"])
	}
	for _, o := range lists {
		if o == nil || !c.sure(o) || o.value == "" {
			continue
		}
		if _, err := cipherstring.GnuTLS(o.value); err == nil {
			return gnuTLS
		}
		if s, err := cipherstring.OpenSSL30.Ciphers(dashes(o.value)); err == nil && len(s.Suites) > 0 {
			return openSSL
		}
	}
	return anyLibrary
}

// dashes is how Exim hands a cipher string to OpenSSL.
func dashes(s string) string { return strings.ReplaceAll(s, "_", "-") }

// sure reports whether a value is what stands in the file: nothing is expanded
// in it, and no macro of an unseen file can have changed it.
func (c *config) sure(o *option) bool {
	if !o.constant() {
		return false
	}
	for _, p := range o.line.parts {
		text := p.file.Text[p.start:p.end]
		if o.line.late && candidate(text, 0) < len(text) {
			return false
		}
	}
	return true
}

// offBits are the words of openssl_options that switch versions off.
var offBits = map[string]audit.Version{
	"no_sslv2": audit.SSLv2, "no_sslv3": audit.SSLv3, "no_tlsv1": audit.TLSv10, "no_tlsv1_1": audit.TLSv11, "no_tlsv1_2": audit.TLSv12, "no_tlsv1_3": audit.TLSv13,
}

// otherBits are the other words some build of Exim knows.
var otherBits = names(
	"all", "allow_no_dhe_kex", "allow_unsafe_legacy_renegotiation", "cipher_server_preference", "cryptopro_tlsext_bug", "dont_insert_empty_fragments",
	"enable_middlebox_compat", "ephemeral_rsa", "legacy_server_connect", "microsoft_big_sslv3_buffer", "microsoft_sess_id_bug", "msie_sslv2_rsa_padding",
	"netscape_ca_dn_bug", "netscape_challenge_bug", "netscape_demo_cipher_change_bug", "netscape_reuse_cipher_change_bug", "no_anti_replay", "no_compression",
	"no_encrypt_then_mac", "no_renegotiation", "no_session_resumption_on_renegotiation", "no_ticket", "pkcs1_check_1", "pkcs1_check_2", "prioritize_chacha",
	"safari_ecdhe_ecdsa_bug", "single_dh_use", "single_ecdh_use", "ssleay_080_client_dh_bug", "sslref2_reuse_cert_type_bug", "tls_block_padding_bug",
	"tls_d5_bug", "tls_rollback_bug", "tlsext_padding",
)

// defaultBits are set before openssl_options is read.
var defaultBits = []string{"no_sslv2", "no_sslv3", "single_dh_use", "no_ticket", "no_renegotiation"}

// bit is a word of openssl_options, or of its default.
type bit struct {
	on    bool
	place audit.Place // zero for the default
}

// bits reads openssl_options: words with + or - change the default, in order.
// The message says why Exim refuses them.
func bits(o *option) (set map[string]bit, refused string) {
	set = map[string]bit{}
	for _, name := range defaultBits {
		set[name] = bit{on: true}
	}
	if o == nil {
		return set, ""
	}
	offset := o.at
	for rest := o.value; ; {
		trimmed := strings.TrimLeft(rest, blanks)
		offset += len(rest) - len(trimmed)
		if trimmed == "" {
			return set, ""
		}
		word := trimmed
		if i := strings.IndexAny(trimmed, blanks); i >= 0 {
			word = trimmed[:i]
		}
		name := word[1:]
		switch {
		case word[0] != '+' && word[0] != '-':
			return set, "a word of openssl_options begins with neither + nor -"
		case offBits[name] == 0 && !otherBits[name]:
			return set, "openssl_options has a word that no build of Exim knows"
		}
		set[name] = bit{on: word[0] == '+', place: o.line.place(offset)}
		rest = trimmed[len(word):]
		offset += len(word)
	}
}

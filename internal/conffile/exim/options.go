package exim

import (
	"fmt"
	"strconv"
	"strings"

	"tlsaudit/audit"
	"tlsaudit/internal/confdoc"
)

// known are the options that are read, of the main section and of smtp
// transports. All but the booleans take a value.
var known = names(
	"openssl_options", "gnutls_allow_auto_pkcs11", "gnutls_compat_mode", "daemon_smtp_ports", "local_interfaces", "auth_advertise_hosts",
	"tls_advertise_hosts", "tls_alpn", "tls_certificate", "tls_crl", "tls_dh_max_bits", "tls_dhparam", "tls_eccurve", "tls_early_banner_hosts",
	"tls_ocsp_file", "tls_on_connect_ports", "tls_privatekey", "tls_remember_esmtp", "tls_require_ciphers", "tls_resumption_hosts",
	"tls_try_verify_hosts", "tls_verify_certificates", "tls_verify_hosts",
	"dane_require_tls_ciphers", "hosts_avoid_tls", "hosts_nopass_tls", "hosts_noproxy_tls", "hosts_require_dane", "hosts_require_tls",
	"hosts_try_dane", "hosts_verify_avoid_tls", "tls_dh_min_bits", "tls_sni", "tls_tempfail_tryclear", "tls_verify_cert_hostnames",
	"hosts_require_auth", "protocol", "driver", "hosts_require_ocsp", "hosts_request_ocsp", "hosts_noproxy_tls", "hosts_require_alpn",
	"acl_smtp_mail", "acl_smtp_rcpt", "acl_smtp_predata", "acl_smtp_data",
)

var booleans = names("gnutls_allow_auto_pkcs11", "gnutls_compat_mode", "tls_remember_esmtp", "tls_tempfail_tryclear")

// repeated are options that may be set more than once.
var repeated = names("condition", "headers_add", "headers_remove", "set")

func names(list ...string) map[string]bool {
	m := map[string]bool{}
	for _, n := range list {
		m[n] = true
	}
	return m
}

// option is a setting of one section.
type option struct {
	name, value string
	// given is false for a boolean that stands alone; on is its value.
	given, on bool
	hidden    bool
	// at is where the value begins in the line.
	at   int
	line *line
}

func (o *option) place() audit.Place { return o.line.place(0) }

// valuePlace is where the value begins.
func (o *option) valuePlace() audit.Place { return o.line.place(o.at) }

// constant reports whether the value is what it says: nothing is expanded when
// it is used.
func (o *option) constant() bool { return !strings.ContainsAny(o.value, "$\\") }

func (o *option) setting(key string) audit.Setting {
	value := o.value
	switch {
	case o.hidden:
		value = confdoc.Redacted
	case strings.Contains(value, "${"):
		// What is looked up may hold the words to log in with.
		value = "[expanded when it is used]"
	case !o.given && booleans[o.name]:
		value = fmt.Sprint(o.on)
	}
	return confdoc.NewSetting(key, value, o.place())
}

// parseOption reads a line of the main section or of a driver. The message says
// why Exim refuses it.
func parseOption(l *line) (o *option, refused string) {
	o = &option{line: l, on: true}
	rest := l.text
	for range 2 {
		n := 0
		if rest != "" && letter(rest[0]) {
			n = nameLength(rest)
		}
		o.name = rest[:n]
		rest = strings.TrimLeft(rest[n:], blanks)
		if o.name != "hide" {
			break
		}
		o.hidden = true
	}
	if o.name == "" {
		return o, "the line does not begin with the name of an option"
	}
	if strings.ToLower(o.name) != o.name {
		return o, "no option has a capital in its name, and one is here"
	}
	for _, not := range []string{"no_", "not_"} {
		if name, ok := strings.CutPrefix(o.name, not); ok && booleans[name] {
			o.name, o.on = name, false
			if rest != "" {
				return o, "extra characters follow " + not + name
			}
			return o, ""
		}
	}
	value, given := strings.CutPrefix(rest, "=")
	switch {
	case !given && booleans[o.name] && rest != "":
		return o, "extra characters follow " + o.name
	case !given && known[o.name] && !booleans[o.name]:
		return o, "there is no = behind " + o.name
	case !given:
		return o, ""
	}
	o.given = true
	value = strings.TrimLeft(value, blanks)
	o.at = len(l.text) - len(value)
	o.value = value
	if strings.HasPrefix(value, `"`) && !booleans[o.name] {
		if o.value, refused = dequote(value); refused != "" {
			return o, refused + " of " + o.name
		}
	}
	if booleans[o.name] {
		switch strings.ToLower(o.value) {
		case "true", "yes":
		case "false", "no":
			o.on = false
		default:
			return o, o.name + " is neither true nor false"
		}
	}
	return o, ""
}

// dequote reads a string in double quotes with its escapes.
func dequote(s string) (value, refused string) {
	var b strings.Builder
	for i := 1; i < len(s); i++ {
		switch c := s[i]; {
		case c == '"':
			if i+1 < len(s) {
				return "", "extra characters follow the string value"
			}
			return b.String(), ""
		case c == '\\' && i+1 < len(s):
			n, char := escape(s[i+1:])
			b.WriteByte(char)
			i += n
		default:
			b.WriteByte(c)
		}
	}
	return "", "there is no quote at the end of the string value"
}

// escape reads what follows a backslash, and how long it is.
func escape(s string) (n int, char byte) {
	digits := func(from string, most int, base int) (n, value int) {
		for n < len(from) && n < most {
			d, err := strconv.ParseUint(from[n:n+1], base, 8)
			if err != nil {
				break
			}
			value, n = value*base+int(d), n+1
		}
		return n, value
	}
	switch s[0] {
	case 'b':
		return 1, '\b'
	case 'f':
		return 1, '\f'
	case 'n':
		return 1, '\n'
	case 'r':
		return 1, '\r'
	case 't':
		return 1, '\t'
	case 'v':
		return 1, '\v'
	case 'x':
		n, v := digits(s[1:], 2, 16)
		return n + 1, byte(v)
	}
	if n, v := digits(s, 3, 8); n > 0 {
		return n, byte(v)
	}
	return 1, s[0]
}

// list splits a list at its separator, ":" unless it begins with another one.
func list(value string) []string {
	value = strings.TrimLeft(value, blanks)
	sep := byte(':')
	if len(value) > 1 && value[0] == '<' && !letter(value[1]) && (value[1] < '0' || value[1] > '9') && value[1] != ' ' {
		sep = value[1]
		value = value[2:]
	}
	var items []string
	var item strings.Builder
	value = strings.TrimLeft(value, blanks)
	for i := 0; i < len(value); i++ {
		switch {
		case value[i] != sep:
			item.WriteByte(value[i])
		case i+1 < len(value) && value[i+1] == sep && sep > ' ':
			item.WriteByte(sep)
			i++
		default:
			items = append(items, strings.Trim(item.String(), blanks))
			item.Reset()
		}
	}
	if last := strings.Trim(item.String(), blanks); last != "" {
		items = append(items, last)
	}
	return items
}

package exim

import (
	"fmt"
	"slices"
	"strings"

	"tlsaudit/audit"
	"tlsaudit/internal/confdoc"
	"tlsaudit/internal/conftree"
	"tlsaudit/internal/tlsreg"
)

var rules = []*confdoc.Rule{
	{
		ID: "EXIM-01", Check: "config.protocol", Title: "no protocol version below the policy's is allowed", Of: confdoc.OfListener,
		Level: audit.Must, Severity: audit.High,
		Doc:    "A server or transport that allows TLS 1.0 or 1.1 can be brought to use them. Without openssl_options Exim switches off SSL only, and so does GnuTLS by its default.",
		Detect: "openssl_options in a build with OpenSSL, tls_require_ciphers in one with GnuTLS; where the library is not known, what holds for both. Expanded values are unknown.",
		Text:   "OpenSSL: openssl_options = +no_sslv2 +no_sslv3 +no_tlsv1 +no_tlsv1_1 +single_dh_use +no_ticket +no_renegotiation\nGnuTLS: tls_require_ciphers = NORMAL:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2 (exim -bV names the library)",
		Judge:  oldVersions,
	},
	{
		ID: "EXIM-02", Check: "config.transport", Title: "STARTTLS is offered to every host", Of: confdoc.OfServer,
		Level: audit.Must, Severity: audit.High,
		Doc:    "A server that does not announce STARTTLS gets all mail in clear text, and no sender can require more.",
		Detect: "tls_advertise_hosts is empty or leaves hosts out, on a port where TLS does not begin with the first byte. Not set, it is * from 4.87 on, and nobody before.",
		Text:   "tls_advertise_hosts = *",
		Judge:  notAdvertised,
	},
	{
		ID: "EXIM-03", Check: "config.ciphers", Title: "no weak cipher suite is allowed", Of: confdoc.OfListener,
		Level: audit.Must, Severity: audit.High,
		Doc:    "Suites with RC4, DES, 3DES, export keys, without encryption or without a certificate protect nothing, or not for long.",
		Detect: "The suites tls_require_ciphers selects, by the rules of the library. Where its version decides, and nobody says which it is, the answer is unknown.",
		Text:   "OpenSSL: tls_require_ciphers = ECDHE+AESGCM:ECDHE+CHACHA20:!aNULL\nGnuTLS: tls_require_ciphers = NORMAL:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2:-CIPHER-ALL:+AES-256-GCM:+CHACHA20-POLY1305:+AES-128-GCM:-RSA",
		Judge:  weakCiphers,
	},
	{
		ID: "EXIM-04", Check: "config.transport", Title: "the transport uses TLS wherever it is offered", Of: confdoc.OfClient,
		Level: audit.Must, Severity: audit.High,
		Doc:    "hosts_avoid_tls sends mail to those hosts in clear text though they offer TLS; where hosts_require_tls names them too, mail does not leave at all.",
		Detect: "hosts_avoid_tls matches every host (fail) or some (warning).",
		Text:   "delete hosts_avoid_tls from the transport",
		Judge:  avoidsTLS,
	},
	{
		ID: "EXIM-05", Check: "config.certificate", Title: "the transport looks at the certificate of the peer", Of: confdoc.OfClient,
		Level: audit.Should, Severity: audit.Medium,
		Doc:    "Without verification anybody in between can answer in the peer's place. By default Exim tries to verify and goes on if that fails; the lines reported here switch even that off.",
		Detect: "tls_verify_hosts and tls_try_verify_hosts match nobody, tls_verify_certificates is empty, or tls_verify_cert_hostnames is empty while the chain is verified.",
		Text:   "tls_verify_certificates = system\ntls_verify_hosts = * (or the hosts with a certificate that can be verified)\ntls_verify_cert_hostnames = *",
		Judge:  notVerified,
	},
	{
		ID: "EXIM-06", Check: "config.transport", Title: "the transport does not fall back to clear text", Of: confdoc.OfClient,
		Level: audit.Should, Severity: audit.Medium,
		Doc:    "With tls_tempfail_tryclear a mail goes out in clear text if TLS fails for the moment, which somebody in between can bring about.",
		Detect: "tls_tempfail_tryclear is set to true and hosts_require_tls does not match every host. The default, true as well, is not reported.",
		Text:   "tls_tempfail_tryclear = false",
		Judge:  triesClear,
	},
	{
		ID: "EXIM-07", Check: "config.options", Title: "openssl_options does not bring unsafe behaviour back", Of: confdoc.OfServer,
		Level: audit.Must, Severity: audit.Medium,
		Doc:    "Renegotiation that is not bound to its session lets an attacker put a prefix in front of a client's commands (CVE-2009-3555).",
		Detect: "openssl_options has +allow_unsafe_legacy_renegotiation in force.",
		Text:   "take +allow_unsafe_legacy_renegotiation out of openssl_options",
		Judge:  unsafeOptions,
	},
	{
		ID: "EXIM-08", Check: "config.certificate", Title: "the server has a certificate", Of: confdoc.OfServer,
		Level: audit.Should, Severity: audit.Medium,
		Doc:    "Without tls_certificate Exim makes a certificate of its own that nobody can verify; old versions offer no TLS at all.",
		Detect: "tls_certificate is not set, or empty, while TLS is offered.",
		Text:   "tls_certificate = FILE with leaf and intermediate certificates; tls_privatekey = FILE",
		Judge:  noCertificate,
	},
	{
		ID: "EXIM-09", Check: "config.ciphers", Title: "Diffie-Hellman groups have 2048 bits at least", Of: confdoc.OfServer,
		Level: audit.Must, Severity: audit.Medium,
		Doc:    "Groups of 1024 bits and below can be broken once and for all who use them (Logjam).",
		Detect: "tls_dhparam names a group below 2048 bits, or tls_dh_max_bits is below 2048.",
		Text:   "tls_dhparam = ffdhe2048 (or delete the line, and tls_dh_max_bits with it)",
		Judge:  smallGroups,
	},
}

func scopeOf(c *confdoc.Case) (*reading, *scope) {
	return c.Doc.Syntax.(*reading), c.Listener.Scope.(*scope)
}

// oldVersions objects to versions below the lowest one of the policy, also where
// TLS is not offered today.
func oldVersions(c *confdoc.Case) (results []confdoc.Result) {
	_, s := scopeOf(c)
	var bad, open []string
	var at, openAt audit.Place
	for _, f := range s.view.Versions {
		if f.Version >= c.Min {
			continue
		}
		place := *c.Listener.Place
		if f.Place != nil {
			place = *f.Place
		}
		switch f.Answer {
		case audit.Accepted, audit.Latent:
			if at.File == "" {
				at = place
			}
			bad = append(bad, fmt.Sprintf("%s (%s)", f.Version, f.Evidence))
		case audit.Refused:
		default:
			if openAt.File == "" {
				openAt = place
			}
			open = append(open, fmt.Sprintf("%s: %s", f.Version, f.Evidence))
		}
	}
	if len(bad) > 0 {
		r := confdoc.Violated(at, fmt.Sprintf("allows less than %s: %s", c.Min, strings.Join(bad, ", ")))
		return []confdoc.Result{r.Wants(audit.Want{MinVersion: c.Min})}
	}
	if len(open) > 0 {
		return []confdoc.Result{confdoc.Undecided(openAt, strings.Join(open, ", "))}
	}
	return nil
}

func notAdvertised(c *confdoc.Case) []confdoc.Result {
	r, s := scopeOf(c)
	if s.wrapped {
		return confdoc.Moot("TLS begins with the first byte on this port")
	}
	o := r.config.main["tls_advertise_hosts"]
	place := *c.Listener.Place
	if o != nil {
		place = o.place()
	}
	var result confdoc.Result
	switch s.offers {
	case hostsAll:
		return nil
	case hostsUnknown:
		message := "tls_advertise_hosts is not set: from 4.87 on STARTTLS is offered to all, before to nobody, and nobody says which version it is"
		switch {
		case o != nil:
			message = r.whyUnsure(o, "tls_advertise_hosts")
		case r.missing != nil:
			message = r.whyUnsure(nil, "tls_advertise_hosts")
		}
		return []confdoc.Result{confdoc.Undecided(place, message)}
	case hostsNone:
		result = confdoc.Violated(place, "STARTTLS is offered to nobody: all mail comes in clear text")
		if o == nil {
			result.Message += " (tls_advertise_hosts is not set, and this version's default is nobody)"
		}
	default:
		result = confdoc.Violated(place, "STARTTLS is not offered to every host")
	}
	if o != nil {
		result = result.Quoting(o.setting(o.name))
	}
	return []confdoc.Result{result.Wants(audit.Want{StartTLS: true})}
}

// weak reports whether a suite is broken, and why.
func weak(s tlsreg.Suite) bool {
	return s.Status != "scsv" && (s.Enc == "NULL" || s.Enc == "RC4" || s.Enc == "RC2" || s.Enc == "DES" || s.Enc == "3DES" || s.Export || s.Auth == "anon" || s.MAC == "MD5")
}

func weakCiphers(c *confdoc.Case) []confdoc.Result {
	r, s := scopeOf(c)
	o := r.config.main["tls_require_ciphers"]
	if s.transport != nil {
		o = s.transport.options["tls_require_ciphers"]
	}
	place := *c.Listener.Place
	if o != nil {
		place = o.valuePlace()
	}
	if s.view.refused != "" {
		return []confdoc.Result{confdoc.Violated(place, s.view.refused).Wants(audit.Want{Strong: true})}
	}
	if s.view.suites != "" {
		return []confdoc.Result{confdoc.Undecided(place, s.view.suites)}
	}
	var sure []string
	for _, f := range s.view.Versions {
		for _, suite := range f.Suites {
			known, ok := tlsreg.SuiteByCode(suite.ID)
			if ok && weak(known) && !slices.Contains(sure, suite.Name) {
				sure = append(sure, suite.Name)
			}
		}
	}
	if len(sure) > 0 {
		more := ""
		if len(sure) > 3 {
			more = fmt.Sprintf(" and %d more", len(sure)-3)
		}
		result := confdoc.Violated(place, "allows weak suites: "+strings.Join(sure[:min(3, len(sure))], ", ")+more)
		return []confdoc.Result{result.Wants(audit.Want{ForbidSuites: sure})}
	}
	if i := slices.IndexFunc(s.view.possible, weak); i >= 0 {
		return []confdoc.Result{confdoc.Undecided(place, fmt.Sprintf("some versions of %s allow %s here, and nobody says which version it is", r.lib, s.view.possible[i].Name))}
	}
	return nil
}

func avoidsTLS(c *confdoc.Case) []confdoc.Result {
	r, s := scopeOf(c)
	o := s.transport.options["hosts_avoid_tls"]
	if o == nil {
		return nil
	}
	switch r.hostsOf(o, hostsNone) {
	case hostsUnknown:
		return []confdoc.Result{confdoc.Undecided(o.place(), r.whyUnsure(o, o.name))}
	case hostsAll:
		message := "no host is talked to with TLS"
		if h := r.hostsOf(s.transport.options["hosts_require_tls"], hostsNone); h == hostsAll || h == hostsSome {
			message += ", and mail to the hosts of hosts_require_tls does not leave"
		}
		result := confdoc.Violated(o.place(), message).Quoting(o.setting(o.name))
		return []confdoc.Result{remove(result, o)}
	case hostsSome:
		return []confdoc.Result{remove(confdoc.Advice(o.place(), "some hosts get mail in clear text though they offer TLS").Quoting(o.setting(o.name)), o)}
	}
	return nil
}

// remove mends a finding by deleting a line.
func remove(result confdoc.Result, o *option) confdoc.Result {
	if o.line.whole() {
		return result.With(o.line.remove()...)
	}
	return result
}

func notVerified(c *confdoc.Case) (results []confdoc.Result) {
	r, s := scopeOf(c)
	t := s.transport.options
	verify := r.hostsOf(t["tls_verify_hosts"], hostsNone)
	try := r.hostsOf(t["tls_try_verify_hosts"], hostsAll)
	certificates := t["tls_verify_certificates"]
	change := func(o *option, value string) (edits []conftree.Edit) {
		edits, err := r.rewrite(o, value)
		if err != nil {
			return nil
		}
		return edits
	}
	if o := certificates; o != nil && o.value == "" {
		results = append(results, confdoc.Violated(o.place(), "tls_verify_certificates is empty: there is nothing to verify a certificate with").With(change(o, "system")...))
	}
	if verify == hostsNone && try == hostsNone {
		o := t["tls_try_verify_hosts"]
		results = append(results, confdoc.Violated(o.place(), "tls_verify_hosts and tls_try_verify_hosts match no host: no certificate is looked at").With(change(o, "*")...))
	}
	if o := t["tls_verify_cert_hostnames"]; o != nil && r.hostsOf(o, hostsAll) == hostsNone {
		results = append(results, confdoc.Violated(o.place(), "tls_verify_cert_hostnames matches no host: a certificate for any name will do").With(change(o, "*")...))
	}
	for _, name := range []string{"tls_verify_hosts", "tls_try_verify_hosts", "tls_verify_certificates", "tls_verify_cert_hostnames"} {
		if o := t[name]; o != nil && !r.sure(o) && len(results) == 0 {
			return []confdoc.Result{confdoc.Undecided(o.place(), r.whyUnsure(o, name))}
		}
	}
	if len(results) > 0 && c.Listener.TLS == audit.Refused {
		return results
	}
	return results
}

func triesClear(c *confdoc.Case) []confdoc.Result {
	r, s := scopeOf(c)
	o := s.transport.options["tls_tempfail_tryclear"]
	if o == nil || !o.on || s.wrapped || r.hostsOf(s.transport.options["hosts_require_tls"], hostsNone) == hostsAll {
		return nil
	}
	result := confdoc.Violated(o.place(), "mail goes out in clear text if TLS fails for the moment").Quoting(o.setting(o.name))
	if edits, err := r.rewrite(o, "false"); err == nil {
		result = result.With(edits...)
	}
	return []confdoc.Result{result}
}

func unsafeOptions(c *confdoc.Case) []confdoc.Result {
	r, s := scopeOf(c)
	if r.lib != openSSL {
		return confdoc.Moot("openssl_options is not set")
	}
	b := s.view.bits["allow_unsafe_legacy_renegotiation"]
	o := r.config.main["openssl_options"]
	if !b.on || o == nil {
		return nil
	}
	result := confdoc.Violated(b.place, "openssl_options allows renegotiation that is not bound to its session").Quoting(o.setting(o.name))
	if edits, err := r.rewrite(o, without(o.value, "allow_unsafe_legacy_renegotiation")); err == nil {
		result = result.With(edits...)
	}
	return []confdoc.Result{result}
}

// without takes a word out of openssl_options.
func without(value string, names ...string) string {
	words := strings.Fields(value)
	words = slices.DeleteFunc(words, func(w string) bool { return slices.Contains(names, w[1:]) })
	return strings.Join(words, " ")
}

func noCertificate(c *confdoc.Case) []confdoc.Result {
	r, s := scopeOf(c)
	if s.offers == hostsNone {
		return confdoc.Moot("no TLS is offered")
	}
	o := r.config.main["tls_certificate"]
	switch {
	case o == nil && r.missing != nil:
		return []confdoc.Result{confdoc.Undecided(r.missing.Place, r.whyUnsure(nil, "tls_certificate"))}
	case o == nil:
		return []confdoc.Result{confdoc.Violated(*c.Listener.Place, "tls_certificate is not set: nobody can verify this server")}
	case o.value == "":
		return []confdoc.Result{confdoc.Violated(o.place(), "tls_certificate is empty: nobody can verify this server")}
	}
	return nil
}

// smallDH are the names tls_dhparam takes for groups below 2048 bits.
var smallDH = map[string]int{"ike1": 768, "ike2": 1024, "ike5": 1536, "ike22": 1024}

func smallGroups(c *confdoc.Case) (results []confdoc.Result) {
	r, _ := scopeOf(c)
	o := r.config.main["tls_dhparam"]
	if o != nil && smallDH[o.value] != 0 {
		result := confdoc.Violated(o.place(), fmt.Sprintf("the group %s has %d bits", o.value, smallDH[o.value])).Quoting(o.setting(o.name))
		if edits, err := r.rewrite(o, "ffdhe2048"); err == nil {
			result = result.With(edits...)
		}
		results = append(results, result)
	}
	if o := r.config.main["tls_dh_max_bits"]; o != nil {
		var bits int
		if _, err := fmt.Sscanf(o.value, "%d", &bits); err == nil && bits > 0 && bits < 2048 {
			results = append(results, remove(confdoc.Violated(o.place(), fmt.Sprintf("tls_dh_max_bits allows %d bits at most", bits)).Quoting(o.setting(o.name)), o))
		}
	}
	return results
}

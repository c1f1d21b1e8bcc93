package remedy

import (
	"fmt"
	"slices"
	"strings"

	"tlsaudit/audit"
	"tlsaudit/internal/tlsreg"
)

// postfix is the mail server: what it receives by is set for smtpd, what it sends
// by for smtp.
var postfix = &dialect{
	product: "postfix",
	lines: func(w *wanted) []line {
		var out []line
		if w.StartTLS {
			out = append(out, documented("postconf -e 'smtpd_tls_security_level = may'"), remark("level encrypt where plain text must be refused"))
		}
		if w.versions() != nil {
			out = append(out, postfixProtocols("smtpd", w)...)
		}
		upTo12, _ := w.suites()
		if len(upTo12) > 0 {
			out = append(out,
				documented("postconf -e 'smtpd_tls_ciphers = high' 'smtpd_tls_mandatory_ciphers = high' 'smtpd_tls_exclude_ciphers = "+strings.Join(postfixExclusion(upTo12, w.forbidden()), ", ")+"'"),
				remark("Postfix excludes and takes no list: of OpenSSL's grade high, what the exclusion does not name remains, which may be more than "+ciphers(upTo12)))
		}
		if w.ServerOrder != nil {
			out = append(out, documented("postconf -e 'tls_preempt_cipherlist = "+onOff(*w.ServerOrder, "yes", "no")+"'"))
		}
		if curves, finite := w.groupsByKind(); len(curves)+len(finite) > 0 {
			if len(curves) > 0 {
				out = append(out, inferred("postconf -e 'tls_eecdh_auto_curves = "+strings.Join(curves, ", ")+"'"))
			}
			out = append(out, inferred("postconf -e 'tls_ffdhe_auto_groups = "+strings.Join(finite, ", ")+"' (Postfix 3.8 or later; empty means none)"))
		}
		if w.MinDHBits > 0 {
			out = append(out, documented(fmt.Sprintf("openssl dhparam -out /etc/postfix/dh.pem %d && postconf -e 'smtpd_tls_dh1024_param_file = /etc/postfix/dh.pem'", w.MinDHBits)))
		}
		if len(out) > 0 {
			out = append(out, postfixServices)
		}
		return out
	},
	client: func(w *wanted) []line {
		if w.versions() == nil {
			return nil
		}
		return append(postfixProtocols("smtp", w), postfixServices, remark("protocols= of a row of smtp_tls_policy_maps beats both for its next hop."))
	},
	certificate: "postconf -e 'smtpd_tls_chain_files = /etc/postfix/key-and-chain.pem'; the file holds the key, the leaf and all intermediate certificates.",
	apply:       "postfix reload",
	verify:      "postconf -n | grep smtpd_tls; postconf -P",
}

// postfixServices goes with every change of main.cf.
var postfixServices = remark("A master.cf option -o beats main.cf for its service: postconf -P shows them.")

// postfixProtocols sets the versions of the server (smtpd) or the client (smtp).
func postfixProtocols(program string, w *wanted) []line {
	value := postfixRange(w.versions())
	return []line{
		documented("postconf -e '" + program + "_tls_protocols = " + value + "' '" + program + "_tls_mandatory_protocols = " + value + "'"),
		remark("before Postfix 3.6: " + words(w.unwanted(), "!", opensslVersions) + ", separated by commas; level may uses the first parameter, encrypt the second"),
	}
}

// postfixExclusion says in OpenSSL's words what the grade high has besides the
// suites allowed: whole classes as far as possible, and single suites by name.
func postfixExclusion(allowed, forbidden []tlsreg.Suite) []string {
	list := []string{"aNULL", "RC4", "3DES", "MD5"}
	if !slices.ContainsFunc(allowed, func(s tlsreg.Suite) bool { return !s.PFS }) {
		list = append(list, "kRSA")
	}
	if !slices.ContainsFunc(allowed, func(s tlsreg.Suite) bool { return !s.AEAD }) {
		list = append(list, "SHA1", "SHA256", "SHA384") // as message authentication: CBC suites
	}
	return append(list, spell(forbidden, openssl)...)
}

// postfixRange renders versions as Postfix 3.6 and later read them. Gaps in
// the list cannot be expressed and are closed towards the safe side: the run
// of versions that ends with the newest one.
func postfixRange(versions []audit.Version) string {
	low, high := versions[len(versions)-1], versions[len(versions)-1]
	for i := len(versions) - 2; i >= 0 && versions[i]+1 == low; i-- {
		low = versions[i]
	}
	value := ">=" + opensslVersions[low]
	if high != audit.TLSv13 {
		value += ", <=" + opensslVersions[high]
	}
	return value
}

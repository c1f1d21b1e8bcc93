package remedy

import (
	"fmt"
	"strings"

	"tlsaudit/audit"
)

// postfix is the mail server, on its receiving side (smtpd).
var postfix = &dialect{
	product: "postfix",
	lines: func(w *wanted) []line {
		var out []line
		if w.StartTLS {
			out = append(out, documented("postconf -e 'smtpd_tls_security_level = may'"), remark("level encrypt where plain text must be refused"))
		}
		if v := w.versions(); v != nil {
			value := postfixRange(v)
			out = append(out,
				documented("postconf -e 'smtpd_tls_protocols = "+value+"' 'smtpd_tls_mandatory_protocols = "+value+"'"),
				remark("before Postfix 3.6: "+words(w.unwanted(), "!", opensslVersions)+", separated by commas; level may uses the first parameter, encrypt the second"))
		}
		upTo12, _ := w.suites()
		if len(upTo12) > 0 {
			exclude := append([]string{"aNULL", "RC4", "3DES", "MD5"}, spell(w.forbidden(), openssl)...)
			out = append(out, documented("postconf -e 'smtpd_tls_ciphers = high' 'smtpd_tls_mandatory_ciphers = high' 'smtpd_tls_exclude_ciphers = "+strings.Join(exclude, ", ")+"'"))
		}
		if w.ServerOrder != nil {
			out = append(out, documented("postconf -e 'tls_preempt_cipherlist = "+onOff(*w.ServerOrder, "yes", "no")+"'"))
		}
		if g := w.groups(); g != nil {
			out = append(out, documented("postconf -e 'tls_eecdh_auto_curves = "+strings.Join(g, ", ")+"'"))
		}
		if w.MinDHBits > 0 {
			out = append(out, documented(fmt.Sprintf("openssl dhparam -out /etc/postfix/dh.pem %d && postconf -e 'smtpd_tls_dh1024_param_file = /etc/postfix/dh.pem'", w.MinDHBits)))
		}
		if len(out) > 0 {
			out = append(out, remark("A master.cf option -o beats main.cf for its service: postconf -P shows them."))
		}
		return out
	},
	certificate: "postconf -e 'smtpd_tls_chain_files = /etc/postfix/key-and-chain.pem'; the file holds the key, the leaf and all intermediate certificates.",
	apply:       "postfix reload",
	verify:      "postconf -n | grep smtpd_tls; postconf -P",
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

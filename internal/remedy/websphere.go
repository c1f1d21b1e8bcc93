package remedy

import (
	"fmt"
	"slices"
	"strings"

	"tlsaudit/audit"
	"tlsaudit/internal/tlsreg"
)

// websphere is WebSphere Application Server, traditional.
var websphere = &dialect{
	product: "websphere",
	lines: func(w *wanted) []line {
		const qop = "Security > SSL certificate and key management > SSL configurations > NAME > Quality of protection (QoP) settings"
		var out []line
		if v := w.versions(); v != nil {
			protocol := websphereProtocol(v)
			out = append(out,
				documented("Console: "+qop+": Protocol "+protocol+", in every SSL configuration"),
				documented("wsadmin: AdminTask.modifySSLConfig('[-alias NodeDefaultSSLSettings -scopeName (cell):CELL:(node):NODE -sslProtocol "+protocol+" -securityLevel HIGH]'); AdminConfig.save()"),
				documented("ssl.client.props, in every alias block used: com.ibm.ssl.protocol="+protocol))
			if len(v) > 1 {
				out = append(out, remark("a list needs 8.5.5.21 or later and, for TLS 1.3, Java 8.0.6.26 or later; before that: TLSv1.2 alone"))
			}
		}
		if upTo12, tls13 := w.suites(); len(upTo12)+len(tls13) > 0 {
			out = append(out, documented("Console: "+qop+" > Cipher suite settings, CUSTOM: "+strings.Join(spell(append(upTo12, tls13...), ibmJSSE), " ")))
		}
		if w.MinDHBits > 0 || w.versions() != nil {
			out = append(out, documented(fmt.Sprintf("Security > Global security > Custom properties: com.ibm.websphere.tls.disabledAlgorithms = "+
				"SSLv3, TLSv1, TLSv1.1, RC4, DES, 3DES_EDE_CBC, MD5withRSA, DH keySize < %d, EC keySize < 224, anon, NULL", max(2048, w.MinDHBits))),
				remark("this property replaces Java's own list"))
		}
		return out
	},
	certificate: "Security > SSL certificate and key management > Key stores and certificates > NodeDefaultKeyStore > Personal certificates: import or replace, then select it in the SSL configuration.",
	apply:       "stop the servers, run <profile_root>/bin/syncNode.sh DMGR_HOST SOAP_PORT on each node, start the servers",
	verify:      "grep CWPKI0051I <profile_root>/logs/SERVER/SystemOut.log",
}

// websphereProtocol renders versions as sslProtocol; lists need 8.5.5.21 or
// later, TLS 1.3 also Java 8.0.6.26.
func websphereProtocol(versions []audit.Version) string {
	var list []string
	for _, v := range versions {
		list = append(list, opensslVersions[v])
	}
	return strings.Join(slices.DeleteFunc(list, func(s string) bool { return s == "" }), ",")
}

// ibmJSSE spells a suite as IBM's JSSE does: SSL_ in place of TLS_ before TLS
// 1.3.
func ibmJSSE(s tlsreg.Suite) string {
	if rest, ok := strings.CutPrefix(s.JSSE, "TLS_"); ok && s.Min != audit.TLSv13 {
		return "SSL_" + rest
	}
	return s.JSSE
}

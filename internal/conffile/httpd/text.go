package httpd

import (
	"strings"
	"unicode/utf8"
)

// clip makes a word of a file fit for a message: short, printable, on one line.
func clip(s string) string {
	s = strings.ToValidUTF8(s, "?")
	s = strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return '?'
		}
		return r
	}, s)
	if utf8.RuneCountInString(s) > 60 {
		s = string([]rune(s)[:60]) + "..."
	}
	return s
}

func quote(s string) string { return `"` + clip(s) + `"` }

// spellings are the words as the documentation writes them, by lower case.
var spellings = spelled(`SSLEngine SSLProtocol SSLCipherSuite SSLHonorCipherOrder SSLCompression SSLSessionTickets SSLInsecureRenegotiation
	SSLOpenSSLConfCmd SSLFIPS SSLPolicy SSLProxyPolicy SSLVerifyClient SSLProxyEngine SSLProxyProtocol SSLProxyCipherSuite SSLProxyVerify
	SSLProxyCheckPeerName SSLProxyCheckPeerCN SSLProxyCheckPeerExpire SSLCertificateFile SSLCertificateKeyFile SSLEnable SSLDisable
	SSLProtocolDisable SSLProtocolEnable SSLCipherSpec SSLFIPSEnable SSLFIPSDisable SSLAttributeSet SSLClientAuth KeyFile SSLStashFile
	SSLServerCert Include IncludeOptional Use Listen VirtualHost ServerName ServerRoot LoadModule Define UnDefine SSLUseStapling
	SSLStrictSNIVHostCheck SSLProxyCACertificateFile SSLProxyCACertificatePath SSLCACertificateFile SSLCACertificatePath SSLVersion SSLAppName`)

func spelled(text string) map[string]string {
	m := map[string]string{}
	for _, w := range strings.Fields(text) {
		m[strings.ToLower(w)] = w
	}
	m["<virtualhost"] = "VirtualHost"
	return m
}

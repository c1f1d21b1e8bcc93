package remedy

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tlsaudit/audit"
)

// wants are postures of every kind a check asks for.
func wants() map[string]audit.Want {
	yes, no := true, false
	return map[string]audit.Want{
		"least version":  {MinVersion: audit.TLSv12},
		"as a client":    {MinVersion: audit.TLSv12, Client: true},
		"client, exact":  {MinVersion: audit.TLSv12, Versions: []audit.Version{audit.TLSv12}, Client: true},
		"exact versions": {MinVersion: audit.TLSv13, Versions: []audit.Version{audit.TLSv13}},
		"suites": {AllowSuites: []string{"TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384", "TLS_AES_256_GCM_SHA384"},
			ForbidSuites: []string{"TLS_RSA_WITH_3DES_EDE_CBC_SHA"}},
		"strong":       {Strong: true},
		"server order": {ServerOrder: &yes},
		"client order": {ServerOrder: &no},
		"groups":       {Groups: []string{"x25519", "secp256r1"}},
		"all groups":   {Groups: []string{"x25519", "ffdhe3072"}},
		"primes":       {MinDHBits: 3072},
		"certificate":  {Certificate: "a renewed certificate"},
		"starttls":     {StartTLS: true},
		"tls only":     {TLSOnly: true},
		"other":        {Other: "Update the mail server."},
		"nothing":      {},
	}
}

// TestLines holds the exact lines of the vendors' documents.
func TestLines(t *testing.T) {
	tests := []struct {
		product, want string
		lines         []string
		confidence    string
	}{
		{"httpd", "least version", []string{"SSLProtocol -all +TLSv1.2 +TLSv1.3"}, "documented"},
		{"httpd", "as a client", []string{"SSLProxyProtocol -all +TLSv1.2 +TLSv1.3\n"}, "documented"},
		{"nginx", "as a client", []string{"proxy_ssl_protocols TLSv1.2 TLSv1.3;\n", "uwsgi_ssl_protocols"}, "documented"},
		{"haproxy", "as a client", []string{"ssl-default-server-options ssl-min-ver TLSv1.2\n"}, "documented"},
		{"haproxy", "client, exact", []string{"ssl-default-server-options ssl-min-ver TLSv1.2 ssl-max-ver TLSv1.2\n"}, "documented"},
		{"postfix", "as a client", []string{"postconf -e 'smtp_tls_protocols = >=TLSv1.2' 'smtp_tls_mandatory_protocols = >=TLSv1.2'\n", "policy_maps"}, "documented"},
		{"websphere", "as a client", []string{"com.ibm.ssl.protocol=TLSv1.2,TLSv1.3"}, "documented"},
		{"httpd", "suites", []string{"SSLCipherSuite ECDHE-RSA-AES256-GCM-SHA384", "SSLCipherSuite TLSv1.3 TLS_AES_256_GCM_SHA384"}, "documented"},
		{"httpd", "client order", []string{"SSLHonorCipherOrder off"}, "documented"},
		{"ihs", "least version", []string{"SSLProtocolDisable SSLv2 SSLv3 TLSv10 TLSv11\n"}, "documented"},
		{"ihs", "suites", []string{"SSLCipherSpec ALL NONE", "SSLCipherSpec ALL +TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384 +TLS_AES_256_GCM_SHA384"}, "documented"},
		{"nginx", "least version", []string{"ssl_protocols TLSv1.2 TLSv1.3;"}, "documented"},
		{"nginx", "suites", []string{"ssl_ciphers ECDHE-RSA-AES256-GCM-SHA384;", "ssl_conf_command Ciphersuites TLS_AES_256_GCM_SHA384;"}, "documented"},
		{"postfix", "least version", []string{"postconf -e 'smtpd_tls_protocols = >=TLSv1.2' 'smtpd_tls_mandatory_protocols = >=TLSv1.2'", "!SSLv3 !TLSv1 !TLSv1.1"}, "documented"},
		{"postfix", "suites", []string{"'smtpd_tls_exclude_ciphers = aNULL, RC4, 3DES, MD5, kRSA, SHA1, SHA256, SHA384, DES-CBC3-SHA'", "which may be more than ECDHE-RSA-AES256-GCM-SHA384"}, "documented"},
		{"postfix", "all groups", []string{"'tls_eecdh_auto_curves = X25519'", "'tls_ffdhe_auto_groups = ffdhe3072'"}, "inferred"},
		{"exim", "server order", []string{"openssl_options = +no_sslv2 +no_sslv3 +cipher_server_preference +single_dh_use"}, "documented"},
		{"domino", "exact versions", []string{"No setting switches TLS 1.2 off by itself"}, "inferred"},
		{"postfix", "starttls", []string{"postconf -e 'smtpd_tls_security_level = may'"}, "documented"},
		{"exim", "least version", []string{"openssl_options = +no_sslv2 +no_sslv3 +no_tlsv1 +no_tlsv1_1 ", "NORMAL:-VERS-ALL:+VERS-TLS1.2:+VERS-TLS1.3"}, "documented"},
		{"exim", "suites", []string{"tls_require_ciphers = ECDHE-RSA-AES256-GCM-SHA384"}, "documented"},
		{"exim", "groups", []string{"# inferred, confirm with the vendor's documentation:\ntls_eccurve = "}, "inferred"},
		{"haproxy", "least version", []string{"ssl-default-bind-options ssl-min-ver TLSv1.2\n"}, "documented"},
		{"haproxy", "suites", []string{"ssl-default-bind-ciphers ECDHE-RSA-AES256-GCM-SHA384", "ssl-default-bind-ciphersuites TLS_AES_256_GCM_SHA384"}, "documented"},
		{"websphere", "least version", []string{"Protocol TLSv1.2,TLSv1.3", "com.ibm.ssl.protocol=TLSv1.2,TLSv1.3", "DH keySize < 2048, EC keySize < 224, anon, NULL"}, "documented"},
		{"websphere", "suites", []string{"CUSTOM: SSL_ECDHE_RSA_WITH_AES_256_GCM_SHA384 TLS_AES_256_GCM_SHA384"}, "documented"},
		{"sametime", "tls only", []string{"STI__Debug__VPMX_TLS_PORT=1533", "# inferred, confirm with the vendor's documentation:\nmux.env: STI__Debug__VPMX_PORT=0\n", `connectionType="tls-direct"`}, "inferred"},
		{"sametime", "least version", []string{"STI__Config__ST_TLS_MIN_PROTOCOL_VERSION=0x303", "ST_TLS_MIN_PROTOCOL_VERSION=0x303", "TLS 1.2 is the highest version Sametime can be configured for"}, "documented"},
		{"sametime", "exact versions", []string{"TLS 1.2 is the highest version Sametime can be configured for"}, "documented"},
		{"domino", "least version", []string{"DISABLE_SSLV3=1", "SSL_DISABLE_TLS_10=1"}, "inferred"},
		{"domino", "suites", []string{"SSLCipherSpec=C0301302"}, "inferred"},
		{"generic", "least version", []string{"Allow TLSv1.2, TLSv1.3 only; switch off SSLv2, SSLv3, TLSv1.0, TLSv1.1."}, "documented"},
		{"generic", "suites", []string{"Switch off the cipher suites TLS_RSA_WITH_3DES_EDE_CBC_SHA."}, "documented"},
		{"generic", "certificate", []string{"Install a renewed certificate. Present it with all its intermediate certificates"}, "documented"},
		{"nginx", "certificate", []string{"Install a renewed certificate. ssl_certificate takes"}, "documented"},
	}
	for _, tt := range tests {
		r := For(tt.product, wants()[tt.want])
		for _, l := range tt.lines {
			if !strings.Contains(r.Text+"\n", l) {
				t.Errorf("%s, %s: %q is not in:\n%s", tt.product, tt.want, l, r.Text)
			}
		}
		if r.Confidence != tt.confidence || r.Product != tt.product {
			t.Errorf("%s, %s: product %s, confidence %s, want %s", tt.product, tt.want, r.Product, r.Confidence, tt.confidence)
		}
	}
}

// TestEveryProduct: every posture has words for every product, its own or the
// generic ones, and says so when they are guessed.
func TestEveryProduct(t *testing.T) {
	if diff := cmp.Diff(slices.Sorted(slices.Values(audit.Products)), slices.Sorted(slices.Values(Products()))); diff != "" {
		t.Errorf("products (-audit +remedy):\n%s", diff)
	}
	for _, product := range append(Products(), "", "unheard-of") {
		for name, want := range wants() {
			r := For(product, want)
			if r == nil {
				t.Fatalf("%s, %s: nil", product, name)
			}
			if name != "nothing" && r.Text == "" {
				t.Errorf("%s, %s: no text", product, name)
			}
			if r.Apply == "" || r.Verify == "" {
				t.Errorf("%s, %s: no apply or verify", product, name)
			}
			if inferred := strings.Contains(r.Text, "# inferred"); inferred != (r.Confidence == "inferred") {
				t.Errorf("%s, %s: confidence %s, text:\n%s", product, name, r.Confidence, r.Text)
			}
			for _, l := range strings.Split(r.Text, "\n") {
				if strings.Contains(l, "   #") || l != strings.TrimSpace(l) || strings.HasSuffix(l, " ;") || strings.HasSuffix(l, "=") {
					t.Errorf("%s, %s: odd line %q", product, name, l)
				}
			}
		}
	}
}

func TestPostfixRange(t *testing.T) {
	tests := []struct {
		versions []audit.Version
		want     string
	}{
		{[]audit.Version{audit.TLSv12, audit.TLSv13}, ">=TLSv1.2"},
		{[]audit.Version{audit.TLSv13}, ">=TLSv1.3"},
		{[]audit.Version{audit.TLSv12}, ">=TLSv1.2, <=TLSv1.2"},
		{[]audit.Version{audit.TLSv10, audit.TLSv12, audit.TLSv13}, ">=TLSv1.2"},
	}
	for _, tt := range tests {
		if got := postfixRange(tt.versions); got != tt.want {
			t.Errorf("%v: %q, want %q", tt.versions, got, tt.want)
		}
	}
}

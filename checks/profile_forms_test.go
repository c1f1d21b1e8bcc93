package checks_test

import (
	"testing"

	"tlsaudit/audit"
	"tlsaudit/checks"
)

type m = map[string]any

// profileForms are the parameters that rules of the shipped standards have, as
// they write them, once for each form: the first rule that has it, its check
// and level.
var profileForms = []struct {
	rule, check string
	level       audit.Level
	params      map[string]any
}{
	{"cabf-br BR-AIA", "cert.aia", "must", m{"may": list("ocsp"), "should": list("caIssuers")}},
	{"nist-sp800-52r2-government N52-CERT-AIA", "cert.aia", "must", m{"require": list("caIssuers", "ocsp")}},
	{"cabf-br BR-BC", "cert.basic_constraints", "must", m{"ca": false, "pathlen": "absent"}},
	{"ssllabs-2009r SL-CHAIN", "cert.chain.complete", "must", m{"cap": "B"}},
	{"bsi-tr-03108 B3108-CERT", "cert.chain.trusted", "must", nil},
	{"ssllabs-2009r SL-T", "cert.chain.trusted", "must", m{"cap": "T"}},
	{"ietf-identity ID-CHAIN", "cert.chain.valid", "must", nil},
	{"cabf-br BR-CN", "cert.cn_in_san", "must", nil},
	{"ietf-identity ID-CN", "cert.cn_only", "must_not", nil},
	{"cabf-br BR-CDP", "cert.crldp", "must", m{"required_if": "no OCSP URL and not short-lived"}},
	{"cabf-br BR-EKU", "cert.eku", "must", m{"require": list("serverAuth"), "may": list("clientAuth"), "forbid": list("anyExtendedKeyUsage", "codeSigning", "emailProtection", "timeStamping", "OCSPSigning")}},
	{"nist-sp800-52r2-government N52-CERT-EKU", "cert.eku", "must", m{"require": list("serverAuth"), "forbid": list("anyExtendedKeyUsage")}},
	{"ietf-identity ID-KU-EKU", "cert.eku", "must", m{"require": list("serverAuth"), "if": "EKU present"}},
	{"chrome-root-program-1.8 CRP-EKU-LEAF", "cert.eku", "must", m{"only": list("serverAuth")}},
	{"anssi-tls-1.2 FR-EKU", "cert.eku", "must", m{"require": list("serverAuth")}},
	{"ssllabs-2009r SL-M", "cert.identity", "must", m{"cap": "M"}},
	{"ietf-bcp195 BCP-IDENT", "cert.identity", "must", m{"cn_ignored": true}},
	{"ietf-smtp SMTP-MTASTS-CERT", "cert.identity", "must", m{"san_matches_mx": true, "not_expired": true, "trusted": true}},
	{"ietf-smtp SMTP-DANE-NAME", "cert.identity", "must", m{"usage2": "name check", "usage3": "name+expiry ignored"}},
	{"chrome-root-program-1.8 CRP-EKU-SUBCA", "cert.intermediate.eku", "must", m{"only": list("serverAuth"), "disclosed_from": "2026-06-15", "before_that": list("serverAuth", "clientAuth")}},
	{"ssllabs-2009r SL-KEYWEAK", "cert.key.min_bits", "must", m{"rsa": 2048, "dh": 2048, "cap": "B", "lt1024_cap": "F"}},
	{"nist-transitions NT-RSA2048", "cert.key.min_bits", "must", m{"rsa": 2048, "ecdsa": 224, "dh": 2048}},
	{"cabf-br BR-KEY", "cert.key.min_bits", "must", m{"rsa": 2048, "ecdsa": 256}},
	{"nist-transitions NT-DSA", "cert.key.type", "must_not", m{"forbid": list("dsa")}},
	{"nist-sp800-52r2-government N52-CERT-TYPE", "cert.key.type_any", "must", m{"any": list("rsa", "ecdsa")}},
	{"anssi-tls-1.2 FR-KU", "cert.key_usage", "must", nil},
	{"cabf-br BR-KU-EC", "cert.key_usage", "must", m{"ec": m{"must": list("digitalSignature"), "not_recommended": list("keyAgreement"), "forbid": list("keyEncipherment", "keyCertSign", "cRLSign")}}},
	{"nist-sp800-52r2-government N52-CERT-KU", "cert.key_usage", "should", m{"any": list("digitalSignature", "keyAgreement")}},
	{"cabf-br BR-KU-RSA", "cert.key_usage", "should", m{"rsa": m{"should": list("digitalSignature"), "may": list("keyEncipherment"), "forbid": list("keyAgreement", "keyCertSign", "cRLSign", "nonRepudiation")}}},
	{"nist-sp800-52r2-government N52-CERT-AGILITY", "cert.multiple_types", "should", nil},
	{"cabf-br BR-NOTBEFORE", "cert.notbefore_skew", "must", m{"hours": 48}},
	{"disa-stig-web SRG-V-206388", "cert.path_validation", "must", nil},
	{"cabf-br BR-POLICY", "cert.policy_oid", "must", m{"exactly_one_of": list("2.23.140.1.2.1 DV", "2.23.140.1.2.2 OV", "2.23.140.1.2.3 IV", "2.23.140.1.1 EV")}},
	{"anssi-tls-1.2 FR-REVINFO", "cert.revocation_pointer", "must", m{"any": list("aia", "crldp")}},
	{"ietf-identity ID-IP", "cert.san.ip_match", "must", nil},
	{"ietf-identity ID-UNDERSCORE", "cert.san.ldh", "must", nil},
	{"anssi-tls-1.2 FR-SAN", "cert.san.present", "must", nil},
	{"cabf-br BR-SAN", "cert.san.present", "must", m{"types": list("dns", "ip"), "forbid": list("internal names", "reserved IPs", "IP reverse zone suffix (from 2026-03-15)", "underscore")}},
	{"ietf-identity ID-SAN", "cert.san.present", "must", m{"types": list("dns", "ip", "srv", "uri")}},
	{"nist-sp800-52r2-government N52-CERT-SAN", "cert.san.present", "must", m{"types": list("dns", "ip")}},
	{"chrome-root-program-1.8 CRP-CT", "cert.sct", "must", m{"precert_logged": true}},
	{"nist-sp800-52r2-government N52-SCT", "cert.sct", "should", m{"if": "publicly trusted"}},
	{"cabf-br BR-SERIAL", "cert.serial", "must", m{"min_bits_entropy": 64, "max_bits": 159}},
	{"cabf-br BR-SHORT", "cert.short_lived", "may", m{"max_seconds": 604800}},
	{"ssllabs-2009r SL-MD5", "cert.sig.hash", "must_not", m{"forbid": list("md5", "md2"), "cap": "F"}},
	{"ssllabs-2009r SL-SHA1", "cert.sig.hash", "must_not", m{"forbid": list("sha1"), "cap": "T"}},
	{"cabf-br BR-SIG", "cert.sig.hash", "must_not", m{"forbid": list("md5", "sha1", "sha224")}},
	{"nist-transitions NT-SHA1-SIG", "cert.sig.hash", "must_not", m{"forbid": list("sha1", "md5")}},
	{"bsi-tr-03116-4 BSI4-CERTLIFE", "cert.validity.max_days", "must", m{"max": 1095}},
	{"mozilla-intermediate-5.7 MOZ-LIFE", "cert.validity.max_days", "must", m{"max": 366, "recommended": 90}},
	{"mozilla-modern-5.7 MOZ-LIFE", "cert.validity.max_days", "must", m{"max": 90, "recommended": 90}},
	{"nist-sp800-52r2-government N52-CERT-VALIDITY", "cert.validity.max_days", "should", m{"max": 1095}},
	{"ssllabs-2009r SL-EXPIRED", "cert.validity.now", "must", m{"cap": "T"}},
	{"pci-dss-4.0.1 PCI-4.2.1-VALID", "cert.validity.now", "must", m{"not_expired": true, "not_revoked": true}},
	{"cabf-br BR-VALIDITY", "cert.validity.schedule", "must", m{"use": "validity_schedule"}},
	{"cabf-br BR-V3", "cert.version", "must", m{"eq": 3}},
	{"ietf-identity ID-WILD", "cert.wildcard", "must", m{"rule": "complete left-most label only, one level"}},
	{"bsi-tr-03116-4 BSI4-NOWILD", "cert.wildcard", "must_not", nil},
	{"nist-transitions NT-SHA1-ALL", "crypto.hash.any", "must_not", m{"forbid": list("sha1")}},
	{"nist-transitions NT-SHA224", "crypto.hash.any", "must_not", m{"forbid": list("sha224")}},
	{"nist-transitions NT-PQC-DIS", "crypto.quantum_vulnerable", "must_not", m{"algs": list("rsa", "ecdsa", "eddsa", "ecdh", "ffdh")}},
	{"nist-transitions NT-PQC-DEPR", "crypto.quantum_vulnerable", "should_not", m{"max_strength": 112, "algs": list("rsa", "ecdsa", "eddsa", "ecdh", "ffdh")}},
	{"disa-stig-web AP-V-214278", "crypto.strength.min_bits", "must", m{"min": 112}},
	{"nist-transitions NT-128", "crypto.strength.min_bits", "must", m{"min": 128}},
	{"ssllabs-2009r SL-LOGJAM", "kx.dh.min_bits", "must_not", m{"min": 1024, "cap": "F"}},
	{"pci-dss-4.0.1 PCI-4.2.2", "messaging.strong_crypto", "must", nil},
	{"ncsc-nl-2025-05 NL-OCSP", "ocsp.stapling", "may", m{"good": list("no OCSP pointer", "stapled and valid"), "insufficient": list("stapled but invalid"), "info": list("pointer, not stapled")}},
	{"cis-apache-2.4 CISA-7.10", "ocsp.stapling", "must", nil},
	{"cis-nginx-3.0.0 CISN-4.1.7", "ocsp.stapling", "must", m{"ssl_stapling": "on", "ssl_stapling_verify": "on"}},
	{"ncsc-nl-2.1 NL21-OCSP", "ocsp.stapling", "should", nil},
	{"bsi-tr-03116-4 BSI4-OCSP", "ocsp.status_request_v2", "should", nil},
	{"cabf-br BR-OCSP-INT", "ocsp.validity", "must", m{"min_hours": 8, "max_days": 10}},
	{"cnsa-2.0 CNSA2-ACQ", "pq.cnsa2", "must", nil},
	{"bsi-tr-02102-2 BSI2-PQ", "pq.hybrid_offered", "should", nil},
	{"cis-apache-2.4 CISA-7.4", "protocol.min", "must", m{"min": "TLSv1.2"}},
	{"ietf-smtp SMTP-MTASTS-TLS", "protocol.min", "should", m{"min": "TLSv1.2"}},
	{"ssllabs-2009r SL-NO12", "protocol.offered", "must", m{"versions": list("TLSv1.2", "TLSv1.3"), "cap": "C"}},
	{"ssllabs-2009r SL-SSL3", "protocol.offered", "must_not", m{"versions": list("SSLv3"), "cap": "B", "best_only": "F"}},
	{"ssllabs-2009r SL-TLS10", "protocol.offered", "must_not", m{"versions": list("TLSv1.0", "TLSv1.1"), "cap": "B"}},
	{"ssllabs-2009r SL-SSL2", "protocol.offered", "must_not", m{"versions": list("SSLv2"), "cap": "F"}},
	{"ssllabs-2009r SL-NO13", "protocol.offered", "should", m{"versions": list("TLSv1.3"), "warning": "A-"}},
	{"cis-nginx-3.0.0 CISN-4.1.4", "protocol.only", "must", m{"versions": list("TLSv1.3")}},
	{"pci-dss-4.0.1 PCI-4.2.1-PROTO", "protocol.secure_only", "must", nil},
	{"ietf-bcp195 BCP-STRICT", "protocol.strict_tls", "must", nil},
	{"disa-stig-web SRG-V-206434", "protocol.tls_enabled", "must", nil},
	{"ietf-smtp SMTP-AUTHPLAIN", "smtp.auth_before_tls", "must_not", nil},
	{"ietf-smtp SMTP-IMPLICIT", "smtp.implicit_tls", "should", m{"ports": list(465)}},
	{"ietf-smtp SMTP-INJECT", "smtp.starttls.injection", "must_not", nil},
	{"ssllabs-2009r SL-STARTTLS", "smtp.starttls.offered", "may", m{"cap": "T"}},
	{"bsi-tr-03108 B3108-STARTTLS", "smtp.starttls.offered", "must", nil},
	{"ietf-smtp SMTP-STARTTLS", "smtp.starttls.offered", "should", nil},
	{"ssllabs-2009r SL-AEAD", "suite.aead_any", "must", m{"cap": "B"}},
	{"anssi-tls-1.2 FR-AEAD", "suite.aead_only", "should", nil},
	{"cis-apache-2.4 CISA-7.5", "suite.no_weak", "must", m{"forbid": "NULL, EXPORT, LOW, SSLv2/3 (SSLCipherSuite must exclude !EXP !NULL !LOW !SSLv2 !RC4 !aNULL)"}},
	{"cis-nginx-3.0.0 CISN-4.1.5", "suite.no_weak", "must", m{"ssl_prefer_server_ciphers": "off"}},
	{"ssllabs-2009r SL-FS", "suite.pfs_any", "must", m{"cap": "B"}},
	{"anssi-tls-1.2 FR-PFS", "suite.pfs_only", "must", nil},
	{"bsi-tr-02102-2 BSI2-PFS", "suite.pfs_only", "should", nil},
	{"cis-apache-2.4 CISA-7.8", "suite.predicate", "must", m{"forbid": "MEDIUM: !3DES !IDEA !RC4"}},
	{"ssllabs-2009r SL-ANON", "suite.predicate", "must_not", m{"auth": list("anon"), "cap": "F"}},
	{"ssllabs-2009r SL-RC4", "suite.predicate", "must_not", m{"enc": list("RC4"), "cap": "B", "with_tls11plus": "C"}},
	{"ssllabs-2009r SL-64BIT", "suite.predicate", "must_not", m{"enc": list("3DES", "IDEA", "DES"), "cap": "C"}},
	{"ssllabs-2009r SL-EXPORT", "suite.predicate", "must_not", m{"export": true, "cap": "F"}},
	{"ssllabs-2009r SL-112", "suite.predicate", "must_not", m{"strength_lt": 112, "cap": "F"}},
	{"nist-transitions NT-3DES", "suite.predicate", "must_not", m{"enc": list("3DES")}},
	{"disa-stig-web SRG-V-206440", "suite.predicate", "must_not", m{"export": true}},
	{"nist-transitions NT-RSA-KT", "suite.predicate", "must_not", m{"kx": list("RSA")}},
	{"mozilla-intermediate-5.7 MOZ-ORDER", "suite.server_order", "must", m{"value": false}},
	{"mozilla-old-5.7 MOZ-ORDER", "suite.server_order", "must", m{"value": true}},
	{"ncsc-nl-2025-05 NL-ORDER", "suite.server_order", "should", m{"good_sufficient_before_phase_out": true, "na_if": "only good/sufficient offered"}},
	{"ietf-bcp195 BCP-ALPN", "tls.alpn", "must", nil},
	{"nist-sp800-52r2-government N52-CCURL", "tls.client_certificate_url", "should_not", nil},
	{"ncsc-nl-2.1 NL21-COMP", "tls.compression", "must", m{"tiers": m{"good": "none", "sufficient": "application-level", "insufficient": "TLS-level"}}},
	{"anssi-tls-1.2 FR-COMP", "tls.compression", "must_not", nil},
	{"ssllabs-2009r SL-COMP", "tls.compression", "must_not", m{"cap": "C"}},
	{"cis-apache-2.4 CISA-7.7", "tls.compression", "must_not", m{"directive": "SSLCompression off"}},
	{"bsi-tr-02102-2 BSI2-COMP", "tls.compression", "should_not", nil},
	{"nist-sp800-52r2-government N52-ECPF", "tls.ec_point_formats", "must", m{"if": "EC suites and TLS<=1.2"}},
	{"ietf-bcp195 BCP-EMS", "tls.ems", "must", nil},
	{"anssi-tls-1.2 FR-EMS", "tls.ems", "should", nil},
	{"nist-sp800-52r2-government N52-ETM", "tls.etm", "must", m{"if": "CBC suites enabled"}},
	{"bsi-tr-03116-4 BSI4-ETM", "tls.etm", "should", nil},
	{"anssi-tls-1.2 FR-ETM", "tls.etm", "should", m{"if": "CBC suites enabled"}},
	{"nist-sp800-52r2-government N52-SCSV", "tls.fallback_scsv", "must", m{"if": "offers TLS<=1.1 and not TLS1.3"}},
	{"anssi-tls-1.2 FR-HEARTBEAT", "tls.heartbeat", "should_not", nil},
	{"ncsc-nl-2025-05 NL-KEXHASH", "tls.kex_hash", "must", m{"good": list("sha256", "sha384", "sha512"), "phase_out": list("sha224"), "insufficient": list("sha1", "md5")}},
	{"ietf-bcp195 BCP-HASH", "tls.kex_hash", "must_not", m{"forbid": list("md5", "sha1")}},
	{"ietf-bcp195 BCP-RENEG", "tls.renegotiation.secure", "must", nil},
	{"anssi-tls-1.2 FR-RENEG", "tls.renegotiation.secure", "should", nil},
	{"ssllabs-2009r SL-SECRENEG", "tls.renegotiation.secure", "should", m{"warning": "A-"}},
	{"bsi-tr-02102-2 BSI2-RENEG-CLIENT", "tls.renegotiation.client", "should_not", nil},
	{"ncsc-nl-2025-05 NL-RENEG-CLIENT", "tls.renegotiation.client", "should", m{"tiers": m{"good": "none", "sufficient": "limited (<=10)", "phase_out": "unlimited"}}},
	{"bsi-tr-03116-4 BSI4-SESSION", "tls.session_lifetime", "must", m{"max_hours": 48}},
	{"bsi-tr-03116-4 BSI4-0RTT", "tls.early_data", "must_not", nil},
	{"bsi-tr-02102-2 BSI2-PSKKE", "tls.psk_mode", "should_not", m{"forbid": list("psk_ke"), "until_allowed": "2026-12-31"}},
	{"nist-sp800-52r2-public N52-RPK", "tls.raw_public_key", "must_not", nil},
	{"ietf-bcp195 BCP-SNI", "tls.sni", "must", nil},
	{"disa-stig-web SRG-V-260898", "http.http2", "must", nil},
	{"cis-nginx-3.0.0 CISN-4.1.11", "tls.session_resumption_tls13", "must", nil},
	{"ietf-bcp195 BCP-RESUME", "tls.session_tickets", "must", m{"encrypt": "AES-128-GCM or stronger", "rotate_keys": "regularly, e.g. weekly", "max_lifetime_days": 7}},
	{"ietf-bcp195 BCP-TRUNC", "tls.truncated_hmac", "must_not", nil},
	{"anssi-tls-1.2 FR-TRUNC", "tls.truncated_hmac", "should_not", nil},
	{"ssllabs-2009r SL-BEAST", "vuln.beast", "should_not", m{"cap": "B"}},
	{"ssllabs-2009r SL-DROWN", "vuln.drown", "must_not", m{"cap": "F"}},
	{"ssllabs-2009r SL-POODLE", "vuln.poodle", "must_not", m{"cap": "C"}},
}

// TestProfileForms: whatever a standard writes is read, and a prohibition is
// only made of what can be prohibited.
func TestProfileForms(t *testing.T) {
	for _, tt := range profileForms {
		check := checks.ByID(tt.check)
		params, err := check.Params(tt.params)
		if err != nil {
			t.Errorf("%s: %s: %v", tt.rule, tt.check, err)
			continue
		}
		if tt.level.Forbids() && (check.Forbids == nil || !check.Forbids(params)) {
			t.Errorf("%s: %s with %v cannot be prohibited", tt.rule, tt.check, tt.params)
		}
		if check.Want != nil {
			check.Want(params) // must not stumble over a form
		}
	}
}

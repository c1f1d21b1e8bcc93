package gateway

import "tlsaudit/audit"

// remedy is what to do about a finding in the product the row is of. Where
// nothing is known of that product the rule's own words stand, without the
// console they name.
func (t *Table) remedy(rule *Rule, r *Row) *audit.Remedy {
	if r == nil || t.own(r) {
		remedy := rule.Remedy
		return &remedy
	}
	dialect := dialects[r.Product]
	text, ok := dialect.text[rule.ID]
	if !ok {
		text, ok = otherwise[rule.ID]
	}
	if !ok {
		return nil
	}
	return &audit.Remedy{Product: dialect.product, Text: text, Apply: dialect.apply, Confidence: "inferred"}
}

// dialect is how one product is told.
type dialect struct {
	// product is one of audit.Products, apply what makes the change count.
	product, apply string
	text           map[string]string
}

var dialects = map[string]dialect{
	"Postfix": {"postfix", "postmap /etc/postfix/tls_policy; no reload is needed (inferred)", map[string]string{
		"FP-07": "tls_policy: set the level of the entry to: secure match=nexthop:dot-nexthop protocols=>=TLSv1.2 ciphers=high (or dane-only, where the peer publishes TLSA records) (inferred)",
		"GW-01": "tls_policy: replace none by encrypt, or by may where the peer has no TLS yet (inferred)",
		"FP-04": "tls_policy: no attribute demands more than 128 bits at TLS 1.3; ciphers=high exclude=AES128 does at TLS 1.2 (inferred)",
	}},
	"Sendmail": {"generic", "makemap hash access < access; no restart is needed", map[string]string{
		"FP-07": "access: set the value of the entry to PERM+VERIFY:128++CN:the name on the certificate (inferred)",
		"GW-01": "access: remove the Try_TLS entry (inferred)",
		"FP-04": "access: write 256 for the number of bits behind the colon (inferred)",
	}},
	"Microsoft Exchange": {"generic", "effective at once (inferred)", map[string]string{
		"FP-07": "Set-SendConnector -RequireTLS $true -TlsAuthLevel DomainValidation -TlsDomain with the name on the peer's certificate; in Exchange Online Set-OutboundConnector -TlsSettings DomainValidation (inferred)",
		"GW-01": "Set-SendConnector -IgnoreSTARTTLS $false (inferred)",
		"FP-04": "suites are set for the whole server in the Schannel policy (inferred)",
	}},
	"Cisco ESA": {"generic", "commit", map[string]string{
		"FP-07": "Mail Policies > Destination Controls: choose Required - Verify for the domain (inferred)",
		"GW-01": "Mail Policies > Destination Controls: choose Preferred or Required for the domain (inferred)",
		"FP-04": "sslconfig: set the outbound ciphers (inferred)",
	}},
	"Exim": {"exim", "exim -bV -C with the file, then kill -HUP of the daemon (inferred)", map[string]string{
		"FP-07": "in the transport: hosts_require_tls = *, tls_verify_certificates = system, tls_verify_hosts = *, tls_verify_cert_hostnames = * (inferred)",
		"GW-01": "in the transport: remove hosts_avoid_tls (inferred)",
		"FP-04": "in the transport: tls_require_ciphers = SECURE256 with GnuTLS; with OpenSSL the suites of TLS 1.3 are not limited by it (inferred)",
	}},
}

// otherwise is said where the product has no words of its own.
var otherwise = map[string]string{
	"FP-05": "give the more specific entry precedence over the wider one, or remove it (inferred)",
	"FP-06": "list each peer in one entry, and no entry without peers (inferred)",
}

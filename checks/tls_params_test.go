package checks_test

import (
	"strings"
	"testing"

	"tlsaudit/checks"
)

// TestFeatureParams: what the profiles write is read, and says what must not
// be just where a prohibition can be made of it; anything else is refused.
func TestFeatureParams(t *testing.T) {
	type m = map[string]any
	for _, tt := range []struct {
		check   string
		in      m
		forbids bool
	}{
		{"tls.renegotiation.secure", nil, false},
		{"tls.renegotiation.secure", m{"warning": "A-"}, false},
		{"tls.renegotiation.insecure", nil, true},
		{"tls.renegotiation.insecure", m{"cap": "F"}, true},
		{"tls.renegotiation.insecure", m{"directive": "SSLInsecureRenegotiation off"}, true},
		{"tls.ems", nil, false},
		{"tls.etm", nil, false},
		{"tls.etm", m{"if": "CBC suites enabled"}, false},
		{"tls.compression", nil, true},
		{"tls.compression", m{"cap": "C"}, true},
		{"tls.compression", m{"directive": "SSLCompression off"}, true},
		{"tls.compression", m{"tiers": m{"good": "none", "sufficient": "application-level", "insufficient": "TLS-level"}}, true},
		{"tls.heartbeat", nil, true},
		{"tls.truncated_hmac", nil, true},
		{"tls.client_certificate_url", nil, true},
		{"tls.ec_point_formats", m{"if": "EC suites and TLS<=1.2"}, false},
		{"tls.fallback_scsv", m{"if": "offers TLS<=1.1 and not TLS1.3"}, false},
		{"tls.alpn", nil, false},
		{"tls.session_tickets", m{"encrypt": "AES-128-GCM or stronger", "rotate_keys": "regularly, e.g. weekly", "max_lifetime_days": uint64(7)}, false},
		{"tls.session_tickets", nil, true},
		{"tls.kex_hash", m{"forbid": list("md5", "sha1")}, true},
		{"tls.kex_hash", m{"good": list("sha256", "sha384", "sha512"), "phase_out": list("sha224"), "insufficient": list("sha1", "md5")}, false},
		{"tls.kex_hash", m{"good": list("sha256", "sha384", "sha512")}, false},
		{"ocsp.stapling", nil, false},
		{"ocsp.stapling", m{"ssl_stapling": "on", "ssl_stapling_verify": "on"}, false},
		{"ocsp.stapling", m{"good": list("no OCSP pointer", "stapled and valid"), "insufficient": list("stapled but invalid"), "info": list("pointer, not stapled")}, false},
		{"ocsp.validity", m{"min_hours": 8, "max_days": 10}, false},
		{"ocsp.status_request_v2", nil, false},
	} {
		check := checks.ByID(tt.check)
		params, err := check.Params(tt.in)
		if err != nil {
			t.Errorf("%s %v: %v", tt.check, tt.in, err)
		} else if got := check.Forbids != nil && check.Forbids(params); got != tt.forbids {
			t.Errorf("%s %v forbids: %v", tt.check, tt.in, got)
		}
	}
	for _, tt := range []struct {
		check string
		in    m
		want  string
	}{
		{"tls.ems", m{"if": "TLS 1.2"}, `unknown parameter "if"`},
		{"tls.etm", m{"if": "CBC"}, `parameter "if": "CBC" is not one of CBC suites enabled`},
		{"tls.compression", m{"directive": "SSLCompression on"}, `parameter "directive": "SSLCompression on" is not one of`},
		{"tls.compression", m{"tiers": m{"good": "TLS-level"}}, `parameter "tiers": good: TLS-level is not what this check can tell`},
		{"tls.compression", m{"tiers": m{"good": "none"}}, `parameter "tiers": map[good:none] is not the mapping`},
		{"tls.compression", m{"tiers": "none"}, `parameter "tiers": none is not the mapping`},
		{"tls.renegotiation.insecure", m{"directive": "SSLInsecureRenegotiation on"}, `parameter "directive": "SSLInsecureRenegotiation on" is not one of`},
		{"tls.fallback_scsv", m{"unless": "TLS1.3"}, `unknown parameter "unless": one of if`},
		{"tls.session_tickets", m{"max_lifetime_days": 0}, `parameter "max_lifetime_days": 0 is not a whole number from 1 to 365`},
		{"tls.kex_hash", nil, "one of the parameters forbid, insufficient, phase_out, good is missing"},
		{"tls.kex_hash", m{"forbid": "sha256"}, `parameter "forbid": "sha256" is not one of md5, sha1, sha224`},
		{"tls.kex_hash", m{"forbid": "sha1", "phase_out": "sha224"}, `parameter "forbid" stands alone`},
		{"tls.kex_hash", m{"insufficient": "sha1", "phase_out": "sha1"}, `parameter "phase_out": "sha1" is in another tier`},
		{"ocsp.stapling", m{"ssl_stapling": "off"}, `parameter "ssl_stapling": "off" is not one of on`},
		{"ocsp.validity", m{"min_hours": 300, "max_days": 10}, `parameter "min_hours": 300h0m0s is above max_days`},
	} {
		if _, err := checks.ByID(tt.check).Params(tt.in); err == nil || !strings.HasPrefix(err.Error(), tt.want) {
			t.Errorf("%s %v:\n got %v\nwant %s", tt.check, tt.in, err, tt.want)
		}
	}
}

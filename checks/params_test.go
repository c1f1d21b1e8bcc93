package checks_test

import (
	"strings"
	"testing"

	"tlsaudit/audit"
	"tlsaudit/checks"
)

func list(items ...any) []any { return items }

// TestParamFaults: every fault is one line that names the key.
func TestParamFaults(t *testing.T) {
	tests := []struct {
		check string
		in    map[string]any
		want  string
	}{
		{"suite.aead_only", map[string]any{"min": 3}, `unknown parameter "min": this check takes none`},
		{"protocol.offered", nil, `parameter "versions" is missing`},
		{"protocol.offered", map[string]any{"versions": nil}, `parameter "versions" has no value`},
		{"protocol.offered", map[string]any{"versions": list()}, `parameter "versions" is an empty list`},
		{"protocol.offered", map[string]any{"versions": list("TLSv1.4")}, `parameter "versions": "TLSv1.4" is not a protocol version: one of SSLv2, SSLv3, TLSv1.0`},
		{"protocol.offered", map[string]any{"versions": list(1.2)}, `parameter "versions": 1.2 is not a word`},
		{"protocol.offered", map[string]any{"versions": list("TLSv1.2", "TLSv1.2")}, `parameter "versions": "TLSv1.2" is given twice`},
		{"protocol.offered", map[string]any{"version": list("TLSv1.2")}, `unknown parameter "version": one of versions, any, cap, warning, best_only; did you mean "versions"?`},
		{"protocol.min", map[string]any{"mim": "TLSv1.2"}, `unknown parameter "mim": one of min; did you mean "min"?`},
		{"protocol.min", map[string]any{"min": "TLSv12"}, `parameter "min": "TLSv12" is not a protocol version: one of SSLv2, SSLv3, TLSv1.0, TLSv1.1, TLSv1.2, TLSv1.3; did you mean "TLSv1.2"?`},
		{"suite.predicate", map[string]any{"allow": list("TLS_AES_128_GCM_SHA265")}, `parameter "allow": "TLS_AES_128_GCM_SHA265" is not a cipher suite of the registry; did you mean "TLS_AES_128_GCM_SHA256"?`},
		{"suite.predicate", map[string]any{"deny": list("TLS_AES_128_GCM_SHA256", "ECDHE-RSA-AES128-GCM-SHA265")}, `parameter "deny": "ECDHE-RSA-AES128-GCM-SHA265" is not a cipher suite of the registry; did you mean "ECDHE-RSA-AES128-GCM-SHA256"?`},
		{"kx.tls13_groups", map[string]any{"allow": list("secp256r2")}, `parameter "allow": "secp256r2" is not a key-exchange group of the registry; did you mean "secp256r1"?`},
		{"cert.sig.hash", map[string]any{"allow": list("rsa+sha265")}, `parameter "allow": "rsa+sha265" is not a signature such as rsa+sha256, rsa-pss+sha256, ecdsa+sha384 or ed25519; did you mean "rsa+sha256"?`},
		{"protocol.offered", map[string]any{"versions": list("TLSv1.2"), "all": true}, `unknown parameter "all": one of versions, any, cap, warning, best_only`},
		{"protocol.offered", map[string]any{"versions": list("TLSv1.2"), "cap": "G"}, `parameter "cap": "G" is not one of A+, A, A-, B`},
		{"suite.no_weak", map[string]any{"forbid": "WEAK"}, `parameter "forbid": "WEAK" names no class of OpenSSL's: NULL, eNULL`},
		{"suite.predicate", map[string]any{"forbid": "MEDIUM: !3-DES"}, `parameter "forbid": "3-DES" is neither a class of OpenSSL's known here nor a cipher`},
		{"suite.predicate", map[string]any{"allow": list(map[string]any{"name": "TLS_AES_128_GCM_SHA256", "until": "31.12.2026"})}, `parameter "allow": until "31.12.2026" is not a date such as 2026-12-31`},
		{"suite.predicate", map[string]any{"allow": list(map[string]any{"name": "TLS_AES_128_GCM_SHA256", "from": "2027", "until": "2026-12"})}, `parameter "allow": from 2027 is not before until 2026-12`},
		{"suite.server_order", map[string]any{"value": true, "good_sufficient_before_phase_out": true}, `parameter "value" does not go with`},
		{"cert.key.min_bits", map[string]any{"rsa": 2048, "others": "ignored"}, `parameter "others": "ignored" is not one of elsewhere`},
		{"protocol.min", map[string]any{"min": list("TLSv1.2", "TLSv1.3")}, `parameter "min": one version is wanted, not 2`},
		{"suite.predicate", nil, "suite.predicate demands nothing: give allow, deny, any, all, when, or a condition such as enc"},
		{"suite.predicate", map[string]any{"enc": list("3-DES")}, `parameter "enc": "3-DES" is not one of 3DES, AEGIS-128L`},
		{"suite.predicate", map[string]any{"allow": list("TLS_NO_SUCH_SUITE")}, `parameter "allow": "TLS_NO_SUCH_SUITE" is not a cipher suite of the registry`},
		{"suite.predicate", map[string]any{"allow": list(map[string]any{"ID": "0x1301"})}, `parameter "allow": unknown key "ID": one of id, name`},
		{"suite.predicate", map[string]any{"when": map[string]any{}}, `parameter "when" is an empty condition`},
		{"suite.predicate", map[string]any{"when": map[string]any{"pfs": "no"}}, `parameter "when": parameter "pfs": no is not a yes-or-no value: true or false`},
		{"suite.predicate", map[string]any{"when": list("RC4")}, `parameter "when": [RC4] is not a mapping of conditions`},
		{"suite.predicate", map[string]any{"deny": list(map[string]any{"when": map[string]any{"encc": "RC4"}})}, `parameter "deny": unknown parameter "encc": one of enc, auth`},
		{"suite.predicate", map[string]any{"strength_lt": 0}, `parameter "strength_lt": 0 is not a whole number from 1 to 512`},
		{"suite.server_order", map[string]any{"value": "yes"}, `parameter "value": yes is not a yes-or-no value`},
		{"crypto.strength.min_bits", map[string]any{"min": 112.5}, `parameter "min": 112.5 is not a whole number from 1 to 256`},
		{"kx.dh.min_bits", map[string]any{"min": "2048"}, `parameter "min": 2048 is not a whole number from 512 to 16384`},
		{"kx.tls13_groups", map[string]any{"allow": list("x25520")}, `parameter "allow": "x25520" is not a key-exchange group of the registry`},
		{"kx.tls13_groups", map[string]any{}, "one of the parameters allow, deny, forbid, any, all is missing"},
		{"cert.validity.max_days", map[string]any{"max": 90, "recommended": 366}, `parameter "recommended": 366 is above max 90`},
		{"cert.validity.now", map[string]any{"not_expired": false}, `parameter "not_expired": false would demand nothing`},
		{"cert.eku", map[string]any{"require": list("serverauth", "webServer")}, `parameter "require": "webServer" is not one of serverAuth`},
		{"cert.key_usage", map[string]any{"rsa": map[string]any{"must": list("sign")}}, `parameter "rsa": parameter "must": "sign" is not one of digitalSignature`},
		{"cert.sig.hash", map[string]any{"allow": list("sha256")}, `parameter "allow": "sha256" is not a signature such as rsa+sha256`},
		{"cert.key.type", map[string]any{"curves": list("P-255")}, `parameter "curves": "P-255" is not a key-exchange group of the registry`},
		{"cert.basic_constraints", map[string]any{"pathlen": "none"}, `parameter "pathlen": none is not a whole number from 0 to 255`},
		{"cert.crldp", map[string]any{"required_if": "always"}, `parameter "required_if": "always" is not one of no OCSP URL and not short-lived`},
		{"cert.policy_oid", nil, "one of the parameters exactly_one_of, any is missing"},
		{"cert.policy_oid", map[string]any{"any": list("DV 2.23.140.1.2.1")}, `parameter "any": "DV 2.23.140.1.2.1" does not begin with an object identifier`},
		{"cert.serial", map[string]any{"min_bits_entropy": 64, "max_bits": 40}, `parameter "min_bits_entropy": 64 is above max_bits 40`},
		{"cert.sct", map[string]any{"precert_logged": false}, `parameter "precert_logged": false would demand nothing`},
		{"cert.sct", map[string]any{"if": "public"}, `parameter "if": "public" is not one of publicly trusted`},
		{"cert.san.present", map[string]any{"forbid": list("internal name")}, `parameter "forbid": "internal name" is not one of internal names, reserved IPs`},
		{"cert.san.present", map[string]any{"forbid": list("underscore (from 15-3)")}, `parameter "forbid": from "15-3" is not a date`},
		{"cert.eku", map[string]any{"only": "serverAuth", "issued_from": "soon"}, `parameter "issued_from": the value "soon" is not a date such as 2026-12-31`},
		{"cert.intermediate.eku", map[string]any{"only": "serverAuth", "disclosed_from": "2026-06-15"}, `parameters "disclosed_from" and "before_that" go together`},
		{"cert.validity.schedule", nil, "one of the parameters schedule, use is missing"},
		{"cert.validity.schedule", map[string]any{"schedule": list("200")}, `parameter "schedule": 200 is not a mapping with max_days`},
		{"cert.validity.schedule", map[string]any{"schedule": list(map[string]any{"max": 200})}, `parameter "schedule": unknown parameter "max": one of issued_from, issued_before, max_days`},
		{"cert.validity.schedule", map[string]any{"schedule": list(map[string]any{"should": 200})}, `parameter "schedule": parameter "max_days" is missing`},
		{"cert.validity.schedule", map[string]any{"schedule": list(map[string]any{"max_days": 200, "should": 201})}, `parameter "schedule": parameter "should": 201 is above max_days 200`},
		{"cert.identity", map[string]any{"usage2": "ignored"}, `parameter "usage2": "ignored" is not one of name check`},
		{"cert.sig.hash", map[string]any{"allow": list("rsa+sha256 (salt 32)")}, `parameter "allow": "rsa+sha256 (salt 32)" is not a signature such as`},
		{"cert.sig.hash", map[string]any{"allow": list("ecdsa P-255+sha256")}, `parameter "allow": "ecdsa P-255+sha256" is not a signature such as`},
		{"crypto.quantum_vulnerable", map[string]any{"algs": list("kyber")}, `parameter "algs": "kyber" is not one of rsa, dsa, ecdsa`},
		{"smtp.implicit_tls", map[string]any{"ports": list(0)}, `parameter "ports": 0 is not a port number`},
		{"messaging.strong_crypto", map[string]any{"direction": "sideways"}, `parameter "direction": "sideways" is not one of inbound, outbound`},
	}
	for _, tt := range tests {
		_, err := checks.ByID(tt.check).Params(tt.in)
		switch {
		case err == nil:
			t.Errorf("%s %v: no error", tt.check, tt.in)
		case !strings.HasPrefix(err.Error(), tt.want):
			t.Errorf("%s %v:\n got %s\nwant %s", tt.check, tt.in, err, tt.want)
		case strings.Contains(err.Error(), "\n"):
			t.Errorf("%s %v: more than one line: %q", tt.check, tt.in, err)
		}
	}
}

// TestParamHints: lists too long to compare here end in the word meant.
func TestParamHints(t *testing.T) {
	for _, tt := range []struct {
		check string
		in    map[string]any
		hint  string
	}{
		{"suite.predicate", map[string]any{"enc": list("RC5")}, `did you mean "RC2"?`},
		{"suite.predicate", map[string]any{"deny": list(map[string]any{"when": map[string]any{"encc": "RC4"}})}, `did you mean "enc"?`},
		{"suite.predicate", map[string]any{"allow": list(map[string]any{"nam": "TLS_AES_128_GCM_SHA256"})}, `did you mean "name"?`},
		{"suite.no_weak", map[string]any{"forbid": "EXPROT"}, `did you mean "EXPORT"?`},
		{"cert.eku", map[string]any{"require": "serverAuht"}, `did you mean "serverAuth"?`},
		{"cert.key.type", map[string]any{"allow": "rsaa"}, `did you mean "rsa"?`},
		{"cert.san.present", map[string]any{"forbid": "internal name"}, `did you mean "internal names"?`},
	} {
		if _, err := checks.ByID(tt.check).Params(tt.in); err == nil || !strings.HasSuffix(err.Error(), tt.hint) {
			t.Errorf("%s %v: %v\nwant ...%s", tt.check, tt.in, err, tt.hint)
		}
	}
}

// TestParamSpellings: the spellings profiles use all load.
func TestParamSpellings(t *testing.T) {
	tests := []struct {
		check string
		in    map[string]any
	}{
		{"suite.predicate", map[string]any{"allow": list(map[string]any{"id": "0xC0,0x2F", "name": "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256", "control": "3.3.1"}, "AES128-SHA", "0x1301")}},
		{"suite.predicate", map[string]any{"when": map[string]any{"rfc10015_section": list("RSA"), "strength_lt": uint64(128)}}},
		{"suite.predicate", map[string]any{"enc": "3DES"}},
		{"protocol.tls_enabled", nil},
		{"protocol.min", map[string]any{"min": "TLSv1.2"}},
		{"protocol.offered", map[string]any{"versions": []string{"TLSv1.0"}}},
		{"cert.identity", map[string]any{"cn_ignored": true}},
		{"cert.eku", map[string]any{"require": list("serverAuth"), "may": list("clientAuth"), "forbid": list("anyExtendedKeyUsage", "1.2.3.4")}},
		{"cert.eku", map[string]any{"require": list("serverAuth"), "if": "EKU present"}},
		{"cert.aia", map[string]any{"may": list("ocsp"), "should": list("caIssuers")}},
		{"cert.wildcard", map[string]any{"rule": "complete left-most label only, one level"}},
		{"cert.key_usage", map[string]any{"ec": map[string]any{"must": list("digitalSignature"), "not_recommended": list("keyAgreement"), "forbid": list("nonRepudiation")}}},
		{"kx.tls13_groups", map[string]any{"allow": list(map[string]any{"id": "0x11EC", "name": "X25519MLKEM768"}, "P-256"), "versions": list("TLSv1.2", "TLSv1.3")}},
	}
	for _, tt := range tests {
		if _, err := checks.ByID(tt.check).Params(tt.in); err != nil {
			t.Errorf("%s %v: %v", tt.check, tt.in, err)
		}
	}
}

// TestDocumented: a check says everything its reference page shows.
func TestDocumented(t *testing.T) {
	ids := map[string]bool{}
	for _, c := range checks.All {
		if c.Title == "" || c.Doc == "" || c.Detect == "" || len(c.Refs) == 0 || c.Params == nil || c.Run == nil || c.Want == nil {
			t.Errorf("%s is not fully described", c.ID)
		}
		if strings.HasSuffix(c.Title, ".") || strings.Contains(c.Title, "\n") {
			t.Errorf("%s: title %q is not one line without a full stop", c.ID, c.Title)
		}
		if ids[c.ID] || checks.ByID(c.ID) != c {
			t.Errorf("%s is listed twice", c.ID)
		}
		ids[c.ID] = true
		for name, doc := range c.ParamsDoc {
			if doc == "" {
				t.Errorf("%s: parameter %s is not described", c.ID, name)
			}
		}
		documentedKeys(t, c)
	}
	if checks.ByID("no.such.check") != nil {
		t.Error("ByID finds what is not there")
	}
}

// documentedKeys compares the keys a check reads, as its own error lists them,
// with those it documents.
func documentedKeys(t *testing.T, c *audit.Check) {
	for _, e := range c.Examples {
		in := map[string]any{"zzz-unknown": 1}
		for k, v := range e.Params {
			in[k] = v
		}
		_, err := c.Params(in)
		if err == nil {
			t.Errorf("%s: an unknown parameter is accepted", c.ID)
			return
		}
		_, names, found := strings.Cut(err.Error(), `unknown parameter "zzz-unknown": one of `)
		if !found {
			continue
		}
		keys := strings.Split(names, ", ")
		for _, key := range keys {
			if c.ParamsDoc[key] == "" {
				t.Errorf("%s: parameter %s is read and not documented", c.ID, key)
			}
		}
		if len(keys) != len(c.ParamsDoc) {
			t.Errorf("%s: %d parameters are read, %d documented", c.ID, len(keys), len(c.ParamsDoc))
		}
		return
	}
}

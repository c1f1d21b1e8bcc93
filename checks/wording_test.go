package checks_test

import (
	"strings"
	"testing"
	"time"

	"tlsaudit/audit"
	"tlsaudit/checks"
	"tlsaudit/internal/engine"
)

// asked judges one rule of "example-standard", clause 3.2, on an observation.
func asked(t *testing.T, check string, level audit.Level, params map[string]any, o *audit.Observation, now time.Time) audit.Finding {
	t.Helper()
	p, err := checks.ByID(check).Params(params)
	if err != nil {
		t.Fatalf("%s %v: %v", check, params, err)
	}
	judge := engine.Judge{Checks: checks.All, Now: now, Rules: []audit.Rule{
		{Profile: "example-standard", Control: "3.2", ID: "R", Check: check, Level: level, Params: p},
	}}
	return judge.Findings(o)[0]
}

// shown returns the observation of an example.
func shown(t *testing.T, check, name string) (*audit.Observation, time.Time) {
	t.Helper()
	for _, e := range checks.ByID(check).Examples {
		if e.Name == name {
			return e.Observe(), e.Now
		}
	}
	t.Fatalf("%s has no example %q", check, name)
	return nil, time.Time{}
}

// TestWording: not listed, listed for a time and forbidden are told apart, with
// the clause; a grade is told where something is violated, and nowhere else.
func TestWording(t *testing.T) {
	good := [2]string{"protocol.min", "TLS 1.2 and 1.3"}
	rsa := [2]string{"suite.pfs_only", "RSA key transport accepted"}
	old := [2]string{"protocol.min", "TLS 1.1 below the minimum"}
	rc4 := [2]string{"suite.no_weak", "enumeration broke off after RC4"}
	curve := [2]string{"cert.key.type", "curve not allowed"}
	weak := [2]string{"cert.key.min_bits", "RSA 1024"}
	never := m{"name": "TLS_RSA_WITH_AES_128_GCM_SHA256", "until": "2026-10"}
	later := m{"name": "TLS_RSA_WITH_AES_128_GCM_SHA256", "from": "2027-01-01"}
	for _, tt := range []struct {
		on           [2]string
		check        string
		level        audit.Level
		params       m
		want         audit.Verdict
		message      string
		neverMention string
	}{
		{rsa, "suite.predicate", audit.Must, m{"allow": list("0x1301", "0x1302")}, audit.Fail, "not on the list of example-standard 3.2: TLS_RSA_WITH_AES_128_GCM_SHA256 at TLSv1.2", "forbidden"},
		{rsa, "suite.predicate", audit.MustNot, m{"deny": list("TLS_RSA_WITH_AES_128_GCM_SHA256")}, audit.Fail, "forbidden by example-standard 3.2: TLS_RSA", "not on the list"},
		{rsa, "suite.predicate", audit.ShouldNot, m{"forbid": list("TLS_RSA_WITH_AES_128_GCM_SHA256")}, audit.Warn, "discouraged by example-standard 3.2: TLS_RSA", "forbidden"},
		{rsa, "suite.predicate", audit.Must, m{"allow": list("0x1301", "0x1302", never)}, audit.Fail, "was listed until 2026-10: TLS_RSA", "not on the list"},
		{rsa, "suite.predicate", audit.Must, m{"allow": list("0x1301", "0x1302", later)}, audit.Fail, "is listed from 2027-01-01: TLS_RSA", "not on the list"},
		{rsa, "suite.predicate", audit.Must, m{"any": list(never)}, audit.NotApplicable, "no suite is demanded at this time", ""},
		{good, "kx.tls13_groups", audit.Must, m{"any": list(m{"name": "secp384r1", "until": "2025"})}, audit.NotApplicable, "no group is demanded at this time", ""},
		{rsa, "suite.predicate", audit.Must, m{"any": list("TLS_RSA_WITH_AES_256_GCM_SHA384")}, audit.Fail, "none of TLS_RSA_WITH_AES_256_GCM_SHA384 is accepted", ""},
		{rsa, "suite.predicate", audit.MustNot, m{"kx": "RSA", "cap": "B"}, audit.Fail, "(caps the grade at B)", ""},
		{rc4, "suite.predicate", audit.MustNot, m{"enc": "RC4", "cap": "B", "with_tls11plus": "C"}, audit.Fail, "(caps the grade at C)", "grade at B"},
		{good, "suite.predicate", audit.MustNot, m{"enc": "RC4", "cap": "B"}, audit.Pass, "", "grade"},
		{good, "kx.tls13_groups", audit.Must, m{"allow": list("secp384r1", "secp256r1")}, audit.Fail, "group x25519 at TLSv1.3: not on the list of example-standard 3.2", "forbidden"},
		{good, "kx.tls13_groups", audit.MustNot, m{"deny": "x25519"}, audit.Fail, "group x25519 at TLSv1.3: forbidden by example-standard 3.2", "not on the list"},
		{good, "kx.tls13_groups", audit.ShouldNot, m{"deny": "x25519"}, audit.Warn, "group x25519 at TLSv1.3: discouraged by example-standard 3.2", "forbidden"},
		{good, "cert.sig.hash", audit.ShouldNot, m{"forbid": "sha256"}, audit.Warn, "signed with sha256, which is discouraged by example-standard 3.2", "forbidden"},
		{good, "cert.eku", audit.ShouldNot, m{"forbid": "serverAuth"}, audit.Warn, "discouraged by example-standard 3.2", "forbidden"},
		{good, "cert.key.type", audit.ShouldNot, m{"forbid": "rsa"}, audit.Warn, "rsa key, discouraged by example-standard 3.2", "forbidden"},
		{curve, "cert.key.type", audit.ShouldNot, m{"deny_curves": "brainpoolP256r1"}, audit.Warn, "curve brainpoolP256r1 is discouraged by example-standard 3.2", "forbidden"},
		{curve, "cert.key.type", audit.Must, m{"curves": list("P-256", "P-384")}, audit.Fail, "curve brainpoolP256r1 of the key is not on the list of example-standard 3.2, which has secp256r1, secp384r1 for certificates", "forbidden"},
		{good, "kx.tls13_groups", audit.Must, m{"all": list("x25519", "secp384r1")}, audit.Fail, "groups not accepted, though demanded: secp384r1", "x25519,"},
		{good, "cert.sig.hash", audit.Must, m{"allow": list("ecdsa+sha256")}, audit.Fail, "signed with rsa+sha256, which is not on the list of example-standard 3.2", ""},
		{good, "cert.sig.hash", audit.MustNot, m{"forbid": "sha256"}, audit.Fail, "certificate: signed with sha256, which is forbidden by example-standard 3.2", "not on the list"},
		{good, "cert.eku", audit.MustNot, m{"forbid": "serverAuth"}, audit.Fail, "extended key usage serverAuth, forbidden by example-standard 3.2", "not on the list"},
		{good, "cert.eku", audit.Must, m{"only": "clientAuth"}, audit.Fail, "extended key usage serverAuth, not on the list of example-standard 3.2", "forbidden"},
		{good, "cert.key.type", audit.MustNot, m{"forbid": "rsa"}, audit.Fail, "rsa key, forbidden by example-standard 3.2", "not on the list"},
		{good, "cert.key.type", audit.Must, m{"allow": "ecdsa"}, audit.Fail, "rsa key, not on the list of example-standard 3.2", "forbidden"},
		{old, "protocol.offered", audit.MustNot, m{"versions": "TLSv1.1", "cap": "B", "best_only": "F"}, audit.Fail, "TLSv1.1 is accepted (caps the grade at B)", "grade at F"},
		{good, "protocol.offered", audit.MustNot, m{"versions": "TLSv1.3", "cap": "B", "best_only": "F"}, audit.Fail, "TLSv1.3 is accepted (caps the grade at F)", "grade at B"},
		{good, "protocol.offered", audit.Should, m{"versions": "SSLv3", "warning": "A-"}, audit.Warn, "(lowers the grade to A-)", ""},
		{[2]string{"smtp.starttls.offered", "offered"}, "smtp.starttls.offered", audit.Must, m{"cap": "T"}, audit.Pass, "STARTTLS is offered, which caps the grade at T", ""},
		{[2]string{"smtp.starttls.offered", "EHLO without STARTTLS"}, "smtp.starttls.offered", audit.Must, m{"cap": "T"}, audit.Fail, "STARTTLS is not offered", "grade"},
		{weak, "cert.key.min_bits", audit.Must, m{"rsa": 2048, "dh": 2048, "cap": "B", "lt1024_cap": "F"}, audit.Fail, "(caps the grade at B)", "grade at F"},
		{good, "vuln.drown", audit.MustNot, nil, audit.Pass, "other services with the same key were not looked at", ""},
	} {
		o, now := shown(t, tt.on[0], tt.on[1])
		f := asked(t, tt.check, tt.level, tt.params, o, now)
		if f.Verdict != tt.want || !strings.Contains(f.Message, tt.message) || tt.neverMention != "" && strings.Contains(f.Message, tt.neverMention) {
			t.Errorf("%s %v: %s: %s\nwant %s: %s, and not %q", tt.check, tt.params, f.Verdict, f.Message, tt.want, tt.message, tt.neverMention)
		}
	}
}

// TestListedThroughTheDay: an entry counts through the last second of its last
// day in UTC, wherever the judge's clock stands.
func TestListedThroughTheDay(t *testing.T) {
	o, _ := shown(t, "protocol.min", "TLS 1.2 and 1.3")
	allow := list("0x1301", "0x1302", "0xC030", m{"id": "0xC0,0x2F", "name": "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256", "control": "T2", "until": "2026-12-31"})
	end := time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC)
	for _, tt := range []struct {
		now  time.Time
		want audit.Verdict
	}{
		{end.Add(-time.Second), audit.Pass},
		{end, audit.Fail},
		{end.In(time.FixedZone("west", -5*3600)), audit.Fail},
		{end.Add(-time.Second).In(time.FixedZone("east", 9*3600)), audit.Pass},
	} {
		if f := asked(t, "suite.predicate", audit.Must, m{"allow": allow}, o, tt.now); f.Verdict != tt.want {
			t.Errorf("at %s: %s: %s", tt.now, f.Verdict, f.Message)
		}
	}
}

// TestSectionForms: what sections of profiles expand to is read.
func TestSectionForms(t *testing.T) {
	for _, tt := range []struct {
		check  string
		params m
	}{
		{"suite.predicate", m{"any": list(m{"id": "0xC0,0x2B", "name": "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256", "control": "2.2.1.2 T2"},
			m{"id": "0xC0,0x23", "name": "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256", "until": "2026-12-31"}), "versions": list("TLSv1.2")}},
		{"suite.predicate", m{"allow": list("0x1301"), "deny": list("0x1302", m{"when": m{"export": true}}, "MEDIUM")}},
		{"kx.tls13_groups", m{"all": list(m{"id": "0x0017", "name": "secp256r1"}, "brainpoolP256r1"), "versions": list("TLSv1.2")}},
		{"kx.tls13_groups", m{"forbid": list("sect233k1"), "versions": list("TLSv1.2", "TLSv1.3")}},
		{"suite.server_order", m{"good_sufficient_before_phase_out": true, "na_if": "only good/sufficient offered", "phase_out": list("AES128-SHA")}},
		{"cert.key.min_bits", m{"rsa": 3072, "others": "elsewhere"}},
		{"cert.key.type", m{"deny_curves": list("secp224r1")}},
		{"cert.key.type", m{"curves": list("secp256r1", "brainpoolP256r1")}},
		{"cert.sig.hash", m{"allow": list("rsa_pkcs1+sha256", "rsa_pss+sha384 (salt 48)", "ecdsa P-521+sha512", "rsa>=3072+sha384", "mldsa87", "ml-dsa-87", "ed25519")}},
		{"cert.sig.hash", m{"allow": list(m{"id": "0x0401", "name": "rsa_pkcs1_sha256", "until": "2025-12-31"}, m{"id": "0x081A", "name": "ecdsa_brainpoolP256r1tls13_sha256"}, "ecdsa_sha1", "rsa_pss_pss_sha512")}},
		{"cert.sig.hash", m{"hashes": list("sha256", "sha384"), "algorithms": list("rsa", "ecdsa", "eddsa"), "chain": true}},
		{"cert.eku", m{"only": list("serverAuth"), "issued_from": "2027-03-15"}},
		{"cert.validity.schedule", m{"use": "validity_schedule", "schedule": list(m{"issued_from": nil, "issued_before": "2020-09-01", "max_days": 825, "note": "history"})}},
		{"cert.path_validation", m{"of": "clients"}},
		{"pq.cnsa2", m{"exclusive": false, "transition": true}},
	} {
		if _, err := checks.ByID(tt.check).Params(tt.params); err != nil {
			t.Errorf("%s %v: %v", tt.check, tt.params, err)
		}
	}
}

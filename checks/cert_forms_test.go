package checks_test

import (
	"slices"
	"testing"
	"time"

	"tlsaudit/audit"
)

// edited returns a well-kept endpoint whose first chain was changed.
func edited(t *testing.T, edit func(*audit.Chain)) (*audit.Observation, time.Time) {
	t.Helper()
	o, now := shown(t, "protocol.min", "TLS 1.2 and 1.3")
	o = clone(t, o)
	edit(&o.Chains[0])
	return o, now
}

// TestSignatureForms: what a pair binds besides algorithm and hash counts, and
// is unknown where the issuer was not sent.
func TestSignatureForms(t *testing.T) {
	ecdsa := func(curve string) func(*audit.Chain) {
		return func(c *audit.Chain) {
			c.Certificates[0].Signature = "ecdsa+sha256"
			c.Certificates[1].Key = audit.Key{Type: "ecdsa", Bits: 256, Curve: curve}
		}
	}
	salted := func(n int) func(*audit.Chain) {
		return func(c *audit.Chain) {
			c.Certificates[0].Signature, c.Certificates[0].PSSSalt = "rsa-pss+sha256", n
		}
	}
	for _, tt := range []struct {
		name  string
		allow string
		edit  func(*audit.Chain)
		want  audit.Verdict
	}{
		{"right curve", "ecdsa P-256+sha256", ecdsa("secp256r1"), audit.Pass},
		{"wrong curve", "ecdsa P-256+sha256", ecdsa("secp384r1"), audit.Fail},
		{"right curve by scheme", "ecdsa_secp256r1_sha256", ecdsa("secp256r1"), audit.Pass},
		{"brainpool curve by scheme", "ecdsa_brainpoolP256r1tls13_sha256", ecdsa("brainpoolP256r1"), audit.Pass},
		{"wrong curve by scheme", "ecdsa_secp256r1_sha256", ecdsa("brainpoolP256r1"), audit.Fail},
		{"any curve", "ecdsa+sha256", ecdsa("secp384r1"), audit.Pass},
		{"chain out of order", "ecdsa P-256+sha256", func(c *audit.Chain) { ecdsa("secp256r1")(c); c.Order = audit.Refused }, audit.Unknown},
		{"issuer unreadable", "ecdsa P-256+sha256", func(c *audit.Chain) { ecdsa("secp256r1")(c); c.Certificates[1].Error = "too large" }, audit.Unknown},
		{"right salt", "rsa_pss+sha256 (salt 32)", salted(32), audit.Pass},
		{"wrong salt", "rsa_pss+sha256 (salt 32)", salted(20), audit.Fail},
		{"salt not recorded", "rsa_pss+sha256 (salt 32)", salted(0), audit.Unknown},
		{"salt of the scheme", "rsa_pss_rsae_sha256", salted(20), audit.Fail},
		{"PSS is not PKCS #1", "rsa_pkcs1+sha256", salted(32), audit.Fail},
		{"issuer large enough", "rsa>=3072+sha256", func(*audit.Chain) {}, audit.Pass},
		{"issuer too small", "rsa>=4096+sha256", func(*audit.Chain) {}, audit.Fail},
	} {
		o, now := edited(t, tt.edit)
		if f := asked(t, "cert.sig.hash", audit.Must, m{"allow": tt.allow}, o, now); f.Verdict != tt.want {
			t.Errorf("%s: %s: %s", tt.name, f.Verdict, f.Message)
		}
	}
	o, now := edited(t, func(c *audit.Chain) {
		c.Certificates[1].Signature, c.Certificates[1].SignatureHash = "rsa+sha1", "sha1"
	})
	for _, tt := range []struct {
		params m
		want   audit.Verdict
	}{
		{m{"allow": "rsa+sha256"}, audit.Fail}, {m{"allow": "rsa+sha256", "chain": true}, audit.Fail}, {m{"allow": list("rsa+sha256", "ecdsa_sha1")}, audit.Fail}, {m{"hashes": "sha256"}, audit.Fail}, {m{"algorithms": "rsa"}, audit.Pass},
	} {
		if f := asked(t, "cert.sig.hash", audit.Must, tt.params, o, now); f.Verdict != tt.want {
			t.Errorf("SHA-1 in the intermediate certificate, %v: %s: %s", tt.params, f.Verdict, f.Message)
		}
	}
	o, now = edited(t, func(c *audit.Chain) {
		c.Certificates[1].Signature, c.Certificates[1].SignatureHash = "rsa+sha512", "sha512"
	})
	for chain, want := range map[bool]audit.Verdict{false: audit.Pass, true: audit.Fail} {
		if f := asked(t, "cert.sig.hash", audit.Must, m{"allow": "rsa+sha256", "chain": chain}, o, now); f.Verdict != want {
			t.Errorf("SHA-512 in the intermediate certificate, chain %v: %s: %s", chain, f.Verdict, f.Message)
		}
	}
}

// TestSerialSize: where a number is too small to be random, and where it may
// be so by chance.
func TestSerialSize(t *testing.T) {
	for serial, want := range map[string]audit.Verdict{
		"ffffffffffff": audit.Fail, "1000000000000": audit.Unknown, "7fffffffffffffff": audit.Unknown, "8000000000000000": audit.Pass,
		"7fffffffffffffffffffffffffffffffffffffff": audit.Pass, "8000000000000000000000000000000000000000": audit.Fail, "": audit.Unknown, "4f2a…": audit.Unknown, "00": audit.Fail,
	} {
		o, now := edited(t, func(c *audit.Chain) { c.Certificates[0].Serial = serial })
		if f := asked(t, "cert.serial", audit.Must, m{"min_bits_entropy": 64, "max_bits": 159}, o, now); f.Verdict != want {
			t.Errorf("%q: %s, want %s: %s", serial, f.Verdict, want, f.Message)
		}
	}
}

// TestNames: names public certificates must not hold, and names that are none.
func TestNames(t *testing.T) {
	forbid := list("internal names", "reserved IPs", "underscore")
	for san, want := range map[string][2]audit.Verdict{ // ruled out by kind; letters, digits and hyphens
		"www.example.com": {audit.Pass, audit.Pass}, "*.example.com": {audit.Pass, audit.Pass}, "server1": {audit.Fail, audit.Pass}, "mail.corp": {audit.Fail, audit.Pass},
		"db.internal": {audit.Fail, audit.Pass}, "printer.local.": {audit.Fail, audit.Fail}, "nas.home.arpa": {audit.Fail, audit.Pass}, "a.b.123": {audit.Fail, audit.Pass},
		"192.168.1.1": {audit.Fail, audit.Pass}, "100.64.0.1": {audit.Fail, audit.Pass}, "fd00::1": {audit.Fail, audit.Pass}, "fe80::1": {audit.Fail, audit.Pass}, "::1": {audit.Fail, audit.Pass},
		"2001:db8::1": {audit.Fail, audit.Pass}, "127.0.0.1": {audit.Fail, audit.Pass}, "9.9.9.9": {audit.Pass, audit.Pass}, "2620:fe::fe": {audit.Pass, audit.Pass},
		"a_b.example.com": {audit.Fail, audit.Fail}, "a..example.com": {audit.Pass, audit.Fail}, "-a.example.com": {audit.Pass, audit.Fail}, "a b.example.com": {audit.Pass, audit.Fail},
		"b\u00fccher.example.com": {audit.Pass, audit.Fail}, "foo:bar.example.com": {audit.Pass, audit.Fail}, "w*w.example.com": {audit.Pass, audit.Fail}, "email:a_b@example.com": {audit.Pass, audit.Pass},
	} {
		o, now := edited(t, func(c *audit.Chain) { c.Certificates[0].SANs = []string{"www.example.com", san} })
		for i, check := range []string{"cert.san.present", "cert.san.ldh"} {
			params := []m{{"forbid": forbid}, nil}[i]
			if f := asked(t, check, audit.Must, params, o, now); f.Verdict != want[i] {
				t.Errorf("%s %q: %s, want %s: %s", check, san, f.Verdict, want[i], f.Message)
			}
		}
	}
}

// TestOldEvidence: facts that older evidence does not hold are unknown, never
// held for absent.
func TestOldEvidence(t *testing.T) {
	o, now := edited(t, func(c *audit.Chain) {
		for i := range c.Certificates {
			cert := &c.Certificates[i]
			cert.Extensions, cert.PathLen, cert.Policies, cert.SCTTimes, cert.PSSSalt = nil, nil, nil, nil, 0
		}
	})
	for check, params := range map[string]m{
		"cert.basic_constraints": {"ca": false, "pathlen": "absent"},
		"cert.policy_oid":        {"exactly_one_of": list("2.23.140.1.2.1 DV")},
		"cert.notbefore_skew":    {"hours": 48},
	} {
		if f := asked(t, check, audit.Must, params, o, now); f.Verdict != audit.Unknown {
			t.Errorf("%s: %s: %s", check, f.Verdict, f.Message)
		}
	}
}

// TestSchedule: the day of issuance picks the row, and a gap has none.
func TestSchedule(t *testing.T) {
	day := func(text string) time.Time {
		at, err := time.Parse(time.DateOnly, text)
		if err != nil {
			t.Fatal(err)
		}
		return at
	}
	rows := list(m{"issued_from": nil, "issued_before": "2020-09-01", "max_days": 825}, m{"issued_from": "2020-09-01", "issued_before": "2026-03-15", "max_days": 398, "should": 397},
		m{"issued_from": "2027-03-15", "issued_before": nil, "max_days": 100})
	const oneDay = 24 * time.Hour
	for _, tt := range []struct {
		issued string
		period time.Duration
		want   audit.Verdict
	}{
		{"2020-08-31", 825 * oneDay, audit.Pass}, {"2020-08-31", 825*oneDay + time.Second, audit.Fail},
		{"2020-09-01", 397 * oneDay, audit.Pass}, {"2020-09-01", 397*oneDay + time.Second, audit.Warn}, {"2020-09-01", 398*oneDay + time.Second, audit.Fail},
		{"2026-03-15", 900 * oneDay, audit.NotApplicable}, {"2027-03-15", 100 * oneDay, audit.Pass}, {"2027-03-14", 100 * oneDay, audit.NotApplicable},
	} {
		o, now := edited(t, func(c *audit.Chain) {
			c.Certificates[0].NotBefore = day(tt.issued)
			c.Certificates[0].NotAfter = day(tt.issued).Add(tt.period - time.Second)
		})
		if f := asked(t, "cert.validity.schedule", audit.Must, m{"schedule": slices.Clone(rows)}, o, now); f.Verdict != tt.want {
			t.Errorf("issued %s for %s: %s, want %s: %s", tt.issued, tt.period, f.Verdict, tt.want, f.Message)
		}
	}
}

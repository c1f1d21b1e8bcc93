package pki

import (
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/binary"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tlsaudit/audit"
	"tlsaudit/fixtures"
)

// sct builds one embedded timestamp.
func sct(version byte, at time.Time) []byte {
	b := append([]byte{version}, make([]byte, 32)...)
	b = binary.BigEndian.AppendUint64(b, uint64(at.UnixMilli()))
	return append(b, 0, 0, 4, 3, 0, 1, 'x')
}

// sctList builds the octet string of the extension.
func sctList(t testing.TB, scts ...[]byte) []byte {
	t.Helper()
	var list []byte
	for _, s := range scts {
		list = append(binary.BigEndian.AppendUint16(list, uint16(len(s))), s...)
	}
	return marshal(t, append(binary.BigEndian.AppendUint16(nil, uint16(len(list))), list...))
}

// TestFacts: what checks on issuance need is in the facts.
func TestFacts(t *testing.T) {
	a := fixtures.NewAuthority(now)
	first := time.Date(2026, 3, 1, 10, 0, 0, 250e6, time.UTC)
	der := a.Issue(fixtures.Leaf{DNS: []string{"x.test"}, Adjust: func(c *x509.Certificate) {
		c.BasicConstraintsValid, c.IsCA, c.MaxPathLen, c.MaxPathLenZero = true, true, 0, true
		for _, arcs := range [][]uint64{{2, 23, 140, 1, 2, 1}, {1, 3, 6, 1, 4, 1, 99999, 2}} {
			oid, err := x509.OIDFromInts(arcs)
			if err != nil {
				t.Fatal(err)
			}
			c.Policies = append(c.Policies, oid)
		}
		c.ExtraExtensions = []pkix.Extension{
			{Id: oidSCTs, Value: sctList(t, sct(0, first), sct(1, first.Add(-time.Hour)), sct(0, first.Add(time.Second)))},
			{Id: asn1.ObjectIdentifier{1, 2, 3, 4}, Value: []byte{5, 0}},
		}
	}}).DER
	c := Parse(der)
	if c.PathLen == nil || *c.PathLen != 0 || !c.IsCA {
		t.Errorf("path length %v, CA %v", c.PathLen, c.IsCA)
	}
	if diff := cmp.Diff([]string{"2.23.140.1.2.1", "1.3.6.1.4.1.99999.2"}, c.Policies); diff != "" {
		t.Errorf("policies (-want +got)\n%s", diff)
	}
	if diff := cmp.Diff([]time.Time{first, first.Add(time.Second)}, c.SCTTimes); diff != "" || c.SCTs != 3 {
		t.Errorf("%d SCTs (-want +got)\n%s", c.SCTs, diff)
	}
	if e, ok := c.Extension("basicConstraints"); !ok || !e.Critical || !c.HasExtensions() {
		t.Errorf("basicConstraints %+v, %v", e, ok)
	}
	if e, ok := c.Extension("1.2.3.4"); !ok || e.Critical {
		t.Errorf("1.2.3.4 %+v, %v", e, ok)
	}
	leaf := Parse(a.Issue(fixtures.Leaf{DNS: []string{"x.test"}}).DER)
	if leaf.PathLen != nil || leaf.Policies != nil || leaf.SCTTimes != nil || leaf.PSSSalt != 0 {
		t.Errorf("%+v", leaf)
	}
	if (&audit.Certificate{X509Version: 3}).HasExtensions() || !(&audit.Certificate{X509Version: 1}).HasExtensions() {
		t.Error("extensions of version 3 are known though none are recorded")
	}
}

// TestSCTBounds: broken lists are read as far as they go, and no moment is
// kept that JSON cannot write.
func TestSCTBounds(t *testing.T) {
	late := sct(0, time.Time{})
	binary.BigEndian.PutUint64(late[33:], 1<<62)
	many := make([][]byte, 3*maxList)
	for i := range many {
		many[i] = sct(0, now)
	}
	whole := sctList(t, sct(0, now))
	for _, tt := range []struct {
		name         string
		value        []byte
		count, times int
	}{
		{"late", sctList(t, late), 1, 0}, {"many", sctList(t, many...), 3 * maxList, maxList}, {"short", sctList(t, []byte{0, 1, 2}), 1, 0},
		{"cut", marshal(t, []byte{0, 60, 0, 51, 0}), 0, 0}, {"not an octet string", []byte{5, 0}, 0, 0}, {"cut outside", whole[:len(whole)-1], 0, 0},
	} {
		if n, times := readSCTs(tt.value); n != tt.count || len(times) != tt.times {
			t.Errorf("%s: %d, %v", tt.name, n, times)
		}
	}
}

// FuzzSCTs: no value makes the reader panic or keep more than it may.
func FuzzSCTs(f *testing.F) {
	f.Add(sctList(f, sct(0, now), sct(1, now)))
	f.Add([]byte{4, 3, 0, 9, 0})
	f.Fuzz(func(t *testing.T, value []byte) {
		n, times := readSCTs(value)
		if len(times) > n || len(times) > maxList {
			t.Errorf("%d times of %d", len(times), n)
		}
		for _, at := range times {
			if _, err := at.MarshalJSON(); err != nil {
				t.Error(err)
			}
		}
	})
}

// TestSalt: the salt of RSASSA-PSS is part of the algorithm.
func TestSalt(t *testing.T) {
	a := fixtures.NewAuthority(now)
	der := a.Issue(fixtures.Leaf{Key: fixtures.RSA2048, SelfSigned: true, Adjust: func(c *x509.Certificate) { c.SignatureAlgorithm = x509.SHA256WithRSAPSS }}).DER
	if c := Parse(der); c.Signature != "rsa-pss+sha256" || c.PSSSalt != 32 {
		t.Errorf("%s, salt %d", c.Signature, c.PSSSalt)
	}
	s := scheme{kind: pss}
	for _, tt := range []struct {
		parameters []byte
		want       int
	}{
		{nil, 20}, {[]byte{0x30, 0}, 20}, {[]byte{0x30, 5, 0xA2, 3, 2, 1, 64}, 64}, {[]byte{0x30, 5, 0xA2, 3, 2, 1, 0xFF}, 0}, {[]byte{0x30, 2, 0xA2}, 0},
	} {
		if got := saltOf(algorithm{Parameters: asn1.RawValue{FullBytes: tt.parameters}}, s); got != tt.want {
			t.Errorf("%x: %d, want %d", tt.parameters, got, tt.want)
		}
	}
}

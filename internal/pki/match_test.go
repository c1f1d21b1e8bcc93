package pki

import (
	"crypto/x509"
	"math/rand/v2"
	"net/netip"
	"strings"
	"testing"

	"tlsaudit/audit"
)

func TestMatch(t *testing.T) {
	const (
		yes = audit.Accepted
		no  = audit.Refused
		may = audit.Undetermined
	)
	tests := []struct {
		reference string
		dns       []string
		ip        []string
		cn        string
		san, wCN  audit.Answer
	}{
		{"www.example.com", []string{"www.example.com"}, nil, "www.example.com", yes, yes},
		{"WWW.Example.COM.", []string{"wWw.example.com"}, nil, "www.EXAMPLE.com", yes, yes},
		{"www.example.com", []string{"www.example.com."}, nil, "", no, no},
		{"www.example.com", nil, nil, "www.example.com", no, yes},
		{"www.example.com", []string{"other.test", "*.example.com"}, nil, "*.example.com", yes, yes},
		{"a.b.example.com", []string{"*.example.com"}, nil, "*.example.com", no, no},
		{"example.com", []string{"*.example.com"}, nil, "", no, no},
		{"www.example.com", []string{"w*.example.com", "*w.example.com", "*ww.example.com", "www.*.com", "*", "*.", "*.*.com"}, nil, "*", no, no},
		{"xn--mnchen-3ya.example.com", []string{"xn--mnchen-3ya.example.com"}, nil, "", yes, no},
		{"xn--mnchen-3ya.example.com", []string{"xn--*.example.com", "xn--m*-3ya.example.com"}, nil, "", no, no},
		{"xn--mnchen-3ya.example.com", []string{"*.example.com"}, nil, "", yes, no},
		{"münchen.example.com", []string{"xn--mnchen-3ya.example.com"}, nil, "münchen.example.com", may, may},
		{"www.example.com", []string{"www.example.com\x00.evil.test", "www.example.com "}, nil, "www.example.com\x00", no, no},
		{"192.0.2.1", []string{"192.0.2.1"}, nil, "192.0.2.1", no, yes},
		{"192.0.2.1", nil, []string{"192.0.2.1"}, "", yes, no},
		{"192.0.2.1", nil, []string{"::ffff:192.0.2.1"}, "192.0.2.2", yes, no},
		{"2001:db8::1", []string{"*.db8::1"}, []string{"2001:db8:0:0::1"}, "2001:DB8::0001", yes, yes},
		{"www.example.com", nil, []string{"192.0.2.1"}, "192.0.2.1", no, no},
		{"my_host.example.com", []string{"my_host.example.com"}, nil, "", yes, no},
		{"", []string{""}, nil, "", audit.NotAsked, audit.NotAsked},
		{"a..example.com", []string{"a..example.com"}, nil, "", may, may},
	}
	for _, tt := range tests {
		n := names{dns: tt.dns}
		for _, ip := range tt.ip {
			n.ip = append(n.ip, netip.MustParseAddr(ip))
		}
		got := match(tt.reference, n, tt.cn)
		if got.SAN != tt.san || got.CN != tt.wCN || got.Reference != tt.reference {
			t.Errorf("%q against %q %q, CN %q: %+v, want SAN %v, CN %v", tt.reference, tt.dns, tt.ip, tt.cn, got, tt.san, tt.wCN)
		}
	}
}

// TestMatchAgreesWithStd compares names made of awkward parts with what
// crypto/x509 says.
func TestMatchAgreesWithStd(t *testing.T) {
	parts := []string{"a", "A", "b", "*", ".", ".", ".", "-", "_", "xn--a", "1", "com", "\x00", "é", " "}
	random := rand.New(rand.NewPCG(1, 2))
	name := func() string {
		var b strings.Builder
		for range 1 + random.IntN(7) {
			b.WriteString(parts[random.IntN(len(parts))])
		}
		return b.String()
	}
	matched := 0
	for range 200_000 {
		presented, reference := name(), name()
		if random.IntN(3) == 0 { // else they hardly ever agree
			_, rest, _ := strings.Cut(reference, ".")
			presented = []string{reference, "*." + rest, strings.ToUpper(reference)}[random.IntN(3)]
		}
		host, ok := hostname(reference)
		if !ok || presented == "*" || strings.HasSuffix(presented, ".") {
			continue // the documented differences, and what is undetermined
		}
		want := (&x509.Certificate{DNSNames: []string{presented}}).VerifyHostname(reference) == nil
		if got := matches(presented, host); got != want {
			t.Fatalf("%q against %q: %v, crypto/x509 says %v", presented, reference, got, want)
		}
		if want {
			matched++
		}
	}
	if matched < 1000 {
		t.Errorf("only %d of the pairs matched: the test compares too little", matched)
	}
}

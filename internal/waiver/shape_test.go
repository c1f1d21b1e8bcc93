package waiver

import (
	"net/netip"
	"strings"
	"testing"

	"tlsaudit/audit"
	"tlsaudit/internal/glob"
)

// TestShape: every pattern that is taken matches some subject, and every one
// refused is without hope; at says where.
func TestShape(t *testing.T) {
	for text, at := range map[string]int{
		"https://a.example.com:443":                               -1,
		"sametime://[2001:db8::1]:1533":                           -1,
		"smtp://mx.example.com:25?ip=192.0.2.1":                   -1,
		"smtp://mx.example.com:25?ip=2001%3Adb8%3A%3A1&sni=m_x.a": -1,
		"smtp://mx.example.com:25?sni=a.example.com":              -1,
		"smtp://mx.example.com:25*":                               -1,
		"smtp://mx.example.com*":                                  -1,
		"smtp://*":                                                -1,
		"*":                                                       -1,
		"*.com":                                                   -1, // the sni may end so
		"*.example.com:*":                                         -1,
		"*?sni=*":                                                 -1,
		"*ip=192.0.2.*":                                           -1,
		"ht*//a*:44*3":                                            -1,
		"https://a.example.com":                                   21,
		"https://a.example.com:":                                  22,
		"https://a.example.com:0443":                              22,
		"https://a.example.com:443000":                            27,
		"https://a.example.com:443/":                              25,
		"https://a.example.com:443?":                              26,
		"https://a.example.com:443?ip=":                           29,
		"https://a.example.com:443?sni=a&ip=192.0.2.1":            31,
		"*/?ip=192.0.2.1":                                         2,
		"https://[2001:db8::1]443":                                21,
		"https://*;443":                                           9,
		"":                                                        0,
	} {
		got, ok := fits(text)
		if ok {
			got = -1
		}
		if got != at {
			t.Errorf("fits(%q) says %d, want %d", text, got, at)
		}
	}
}

// TestShapeIsThatOfSubjects: what audit writes as a subject fits, and stays so
// with any part of it replaced by an asterisk.
func TestShapeIsThatOfSubjects(t *testing.T) {
	for _, target := range []audit.Target{
		{Protocol: "https", Host: "www.example.com", Port: 443},
		{Protocol: "smtp", Host: "192.0.2.25", Port: 25, IP: netip.MustParseAddr("192.0.2.25"), SNI: "_mx.example.com"},
		{Protocol: "tls", Host: "2001:db8::ffff", Port: 65535, IP: netip.MustParseAddr("2001:db8::1"), SNI: "xn--mller-kva.example"},
		{Protocol: "sametime", Host: "chat_1.example.com", Port: 1, SNI: "2001:db8::1"},
	} {
		subject := target.Subject()
		for from := range len(subject) + 1 {
			for to := from; to <= len(subject); to++ {
				text := subject[:from] + "*" + subject[to:]
				if at, ok := fits(text); !ok || !glob.Match(text, subject) {
					t.Fatalf("%q of %q: no fit from %d on", text, subject, at)
				}
			}
		}
		if at, ok := fits(subject); !ok {
			t.Errorf("%q: no fit from %d on", subject, at)
		}
	}
}

func TestFitsRow(t *testing.T) {
	for text, want := range map[string]bool{
		"corp/outbound/10:Bank (old)": true, "corp/inbound/0:no row": true, "*": true, "co*": true, "corp/*": true, "corp/out*": true, "corp/outbound/*": true, "corp/outbound/1*": true, "corp/outbound/10:*": true, "*:Bank": true,
		"corp/outbound/1:*** x": true,
		"":                      false, "corp": false, "corp/": false, "/outbound/10:Bank": false, "corp/outbund/*": false, "corp/oub*": false, "corp/outbound/": false, "corp/outbound/x*": false, "corp/outbound/10": false, "corp/outbound/10:": false, "corp/outbound/:Bank": false,
	} {
		if got := fitsRow(text); got != want {
			t.Errorf("fitsRow(%q) = %v", text, got)
		}
	}
}

// TestNamesHost: a pattern that does not is reported as over-broad, however few
// subjects it matches today.
func TestNamesHost(t *testing.T) {
	for text, want := range map[string]bool{
		"https://*": false, "smtp://*": false, "*.com": false, "*:443": false, "smtp://*:25": false, "*.com:*": false, "*://*:1533*": false, "https://*.com:443": false, "*?ip=*": false,
		"https://*.example.com:443": true, "https://intranet:443*": true, "*?ip=192.0.2.1": true, "*sni=mail.example.com": true, "https://[2001:db8::*": true, "*.example.com": true,
		"*ip=2001%3Adb8*": true, "https://www.example.*": true,
	} {
		if got := namesHost(text); got != want {
			t.Errorf("namesHost(%q) = %v", text, got)
		}
		s := load(t, noon, "waivers:\n- {id: W, rule: versions, target: '"+text+"', reason: r, expires: 2027-03-31}\n")
		if notes := strings.Join(s.Session(noon).Status(false)[0].Notes, ""); strings.Contains(notes, "names no host") == want {
			t.Errorf("%q: notes %q", text, notes)
		}
	}
}

// FuzzShape: a subject some pattern matches means that the pattern fits.
func FuzzShape(f *testing.F) {
	f.Add("https://*.example.com:4*", "www.example.com", "sni.example.com", uint16(443))
	f.Add("*?ip=*&sni=a", "2001:db8::1", "a", uint16(25))
	f.Fuzz(func(t *testing.T, text, host, sni string, port uint16) {
		if port == 0 || strings.Trim(host+sni, "abcdefghijklmnopqrstuvwxyz0123456789-_.") != "" || host == "" || strings.ContainsAny(host[:1], "-.") {
			return
		}
		target := audit.Target{Protocol: "https", Host: host, Port: port, SNI: sni}
		if at, ok := fits(text); !ok && glob.Match(text, target.Subject()) {
			t.Errorf("%q matches %q, and has no fit from %d on", text, target.Subject(), at)
		}
	})
}

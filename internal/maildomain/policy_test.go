package maildomain

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestParsePolicy(t *testing.T) {
	const good = "version: STSv1\nmode: enforce\nmx: mail.example.com\nmx: *.Example.net\nmax_age: 604800\n"
	for _, tt := range []struct{ name, text, mode, mx, fault string }{
		{"of RFC 8461", good, "enforce", "mail.example.com *.example.net", ""},
		{"lines end in CRLF", strings.ReplaceAll(good, "\n", "\r\n"), "enforce", "mail.example.com *.example.net", ""},
		{"no end of line at the end", strings.TrimSuffix(good, "\n"), "enforce", "mail.example.com *.example.net", ""},
		{"unknown keys", good + "x-note: 1\n", "enforce", "mail.example.com *.example.net", ""},
		{"another order, no spaces", "max_age:1\nmx:a.test\nmode:testing\nversion:STSv1", "testing", "a.test", ""},
		{"a second mode", good + "mode: none\n", "enforce", "mail.example.com *.example.net", ""},
		{"mode none", "version: STSv1\nmode: none\nmax_age: 86400\n", "none", "", ""},
		{"no mx", "version: STSv1\nmode: testing\nmax_age: 1\n", "testing", "", "no mx is listed"},
		{"no version", "mode: none\nmax_age: 1\n", "none", "", "version is missing"},
		{"another version", "version: STSv2\nmode: none\nmax_age: 1\n", "none", "", "the version is STSv2, not STSv1"},
		{"another mode", "version: STSv1\nmode: Enforce\nmx: a.test\nmax_age: 1\n", "Enforce", "a.test", "the mode Enforce is not one of enforce, testing, none"},
		{"no max_age", "version: STSv1\nmode: none\n", "none", "", "max_age is missing"},
		{"longer than a year", "version: STSv1\nmode: none\nmax_age: 31557601\n", "none", "", "max_age is 31557601 seconds, more than the year (31557600) it may be"},
		{"age with a sign", "version: STSv1\nmode: none\nmax_age: +1\n", "none", "", `max_age "+1" is not a number of seconds`},
		{"asterisk inside", "version: STSv1\nmode: enforce\nmx: mail.*.test\nmax_age: 1\n", "enforce", "", "the mx mail.*.test is no host name, nor *. before one"},
		{"an address", "version: STSv1\nmode: enforce\nmx: 192.0.2.1\nmax_age: 1\n", "enforce", "", "the mx 192.0.2.1 is no host name, nor *. before one"},
		{"a page", "<html>\n</html>", "", "", `line 1 is no "key: value": "<html>"`},
		{"control characters", "version: STSv1\nmode: \x1b[2J\nmax_age: 1\n", "\x1b[2J", "", `the mode "\x1b[2J" is not one of enforce, testing, none`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p := ParsePolicy(tt.text)
			fault := ""
			if len(p.Faults) > 0 {
				fault = p.Faults[0]
			}
			if p.Mode != tt.mode || strings.Join(p.MX, " ") != tt.mx || fault != tt.fault {
				t.Errorf("mode %q, mx %q, faults %q", p.Mode, p.MX, p.Faults)
			}
		})
	}
}

func TestMatches(t *testing.T) {
	p := ParsePolicy("version: STSv1\nmode: enforce\nmx: mail.example.com\nmx: *.example.net\nmax_age: 1\n")
	for host, want := range map[string]bool{
		"mail.example.com": true, "mx.mail.example.com": false, "example.com": false,
		"a.example.net": true, "example.net": false, "a.b.example.net": false, ".example.net": false, "aexample.net": false,
	} {
		if p.Matches(host) != want {
			t.Errorf("%s: %t", host, !want)
		}
	}
}

func TestRecords(t *testing.T) {
	for text, want := range map[string]string{
		"v=STSv1; id=20160831085700Z;": "20160831085700Z", "v=STSv1;id=1": "1", "v=STSv1 ; id=a ; ext=x:y": "a",
		"v=STSv1":                                "the id is missing",
		"v=STSv1; id=1; id=2":                    "id stands in it twice",
		"v=STSv1; id=2026-11-01":                 "the id is not 1 to 32 letters and digits: 2026-11-01",
		"v=STSv1; id":                            "id is no name=value",
		"v=STSv1;; id=1":                         `"" is no name=value`,
		"v=STSv1; id=" + strings.Repeat("a", 33): "the id is not 1 to 32 letters and digits: " + strings.Repeat("a", 33),
	} {
		id, fault := stsID(text)
		if id+fault != want {
			t.Errorf("%q: id %q, fault %q", text, id, fault)
		}
	}
	for text, want := range map[string]string{
		"v=TLSRPTv1; rua=mailto:a@example.com": "mailto:a@example.com", "v=TLSRPTv1;rua=https://r.example.com/x,mailto:b@c.test;": "https://r.example.com/x mailto:b@c.test",
		"v=TLSRPTv1; rua=mailto:a@b.test , https://c.test/": "mailto:a@b.test https://c.test/",
		"v=TLSRPTv1":                          "rua is missing: nobody gets reports",
		"v=TLSRPTv1; rua=http://r.test/":      `rua names "http://r.test/", which is neither mailto: nor https:`,
		"v=TLSRPTv1; rua=a@example.com":       `rua names "a@example.com", which is neither mailto: nor https:`,
		"v=TLSRPTv1; rua=mailto:a@b; rua=x":   "rua stands in it twice",
		"v=TLSRPTv1; rua=mailto:a@b.test,":    `rua names "", which is neither mailto: nor https:`,
		"v=TLSRPTv1; rua=https:///nohost.txt": `rua names "https:///nohost.txt", which is neither mailto: nor https:`,
	} {
		list, fault := reportAddresses(text)
		if got := strings.Join(list, " ") + fault; got != want {
			t.Errorf("%q: %q", text, got)
		}
	}
	for text, want := range map[string]bool{"v=STSv1; id=1": true, "v=STSv1": true, "v=STSv1 ;": true, "v=STSv12; id=1": false, "V=STSv1; id=1": false, " v=STSv1;": false, "v=spf1 -all": false} {
		if begins(text, "v=STSv1") != want {
			t.Errorf("%q begins with the version: %t", text, !want)
		}
	}
}

func TestUnfit(t *testing.T) {
	for host, fit := range map[string]bool{
		"mx.example.com": true, "xn--mx-eka.example.com": true, "_mx.example.com": true, "192.0.2.1": false, "2001:db8::1": false, ".": false, "localhost": false,
		"-mx.example.com": false, "mx..example.com": false, "mx.example.com\\032x": false, "mx example.com": false, "*.example.com": false,
	} {
		if (unfit(host) == "") != fit {
			t.Errorf("%s: %q", host, unfit(host))
		}
	}
}

// FuzzPolicy lets a policy be any text: what is read of it is bounded, and without
// a fault it is a policy by every rule.
func FuzzPolicy(f *testing.F) {
	for _, seed := range []string{"version: STSv1\nmode: enforce\nmx: *.example.com\nmax_age: 604800\n", "version:STSv1\r\nmode:none\r\nmax_age:1", "mx: \x00\n\n\n:", strings.Repeat("mx: a.b\n", 2000)} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		p := ParsePolicy(text)
		if len(p.MX) > maxPatterns || len(p.Faults) > maxFaults || len(p.Mode) > 64 || len(p.Version) > 64 {
			t.Errorf("not bounded: %+v", p)
		}
		if len(p.Faults) == 0 && (p.Version != "STSv1" || p.MaxAge > maxAge || p.Mode != "none" && len(p.MX) == 0) {
			t.Errorf("no fault in %+v", p)
		}
		if again := ParsePolicy(text); !cmp.Equal(p, again) {
			t.Errorf("%+v, then %+v", p, again)
		}
		for _, pattern := range p.MX {
			if !strings.HasPrefix(pattern, "*.") && !p.Matches(pattern) {
				t.Errorf("%q does not match itself", pattern)
			}
		}
	})
}

// FuzzText lets the texts of the two records be anything.
func FuzzText(f *testing.F) {
	for _, seed := range []string{"v=STSv1; id=1;", "v=TLSRPTv1; rua=mailto:a@b.test,https://c.test/", "v=TLSRPTv1;rua=mailto:%zz@", "v=STSv1;=;;\x00"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if id, fault := stsID(text); (id == "") == (fault == "") || len(id) > 32 {
			t.Errorf("id %q, fault %q", id, fault)
		}
		list, fault := reportAddresses(text)
		if (list == nil) == (fault == "") {
			t.Errorf("addresses %q, fault %q", list, fault)
		}
		for _, r := range fault {
			if r < ' ' || r > '~' {
				t.Errorf("the fault %q is not fit for a line", fault)
			}
		}
	})
}

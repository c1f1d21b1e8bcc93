package inventory

import (
	"errors"
	"net/netip"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"tlsaudit/audit"
)

// protocols are like the scanner's.
var protocols = []audit.Protocol{
	{Name: "https", Ports: []uint16{443, 8443}}, {Name: "smtp", Ports: []uint16{25, 587}}, {Name: "smtps", Ports: []uint16{465}},
	{Name: "sametime", Ports: []uint16{1533}}, {Name: "tls"},
}

var comparers = cmp.Options{cmpopts.EquateComparable(netip.Addr{})}

func TestParseTarget(t *testing.T) {
	tests := []struct {
		in   string
		want audit.Target
	}{
		{"https://www.example.com", audit.Target{Protocol: "https", Host: "www.example.com", Port: 443}},
		{"https://WWW.Example.COM./", audit.Target{Protocol: "https", Host: "www.example.com", Port: 443}},
		{"HTTPS://www.example.com:8443", audit.Target{Protocol: "https", Host: "www.example.com", Port: 8443}},
		{"www.example.com", audit.Target{Protocol: "https", Host: "www.example.com", Port: 443}},
		{"localhost", audit.Target{Protocol: "https", Host: "localhost", Port: 443}},
		{"mx.example.com:587", audit.Target{Protocol: "smtp", Host: "mx.example.com", Port: 587}},
		{"mx.example.com:465", audit.Target{Protocol: "smtps", Host: "mx.example.com", Port: 465}},
		{"chat.example.com:1533", audit.Target{Protocol: "sametime", Host: "chat.example.com", Port: 1533}},
		{"sametime://chat.example.com", audit.Target{Protocol: "sametime", Host: "chat.example.com", Port: 1533}},
		{"ldap.example.com:636", audit.Target{Protocol: "tls", Host: "ldap.example.com", Port: 636}},
		{"[::1]:443", audit.Target{Protocol: "https", Host: "::1", Port: 443}},
		{"tls://[2001:DB8::1]:9000", audit.Target{Protocol: "tls", Host: "2001:db8::1", Port: 9000}},
		{"[::ffff:192.0.2.1]:25", audit.Target{Protocol: "smtp", Host: "192.0.2.1", Port: 25}},
		{"192.0.2.1", audit.Target{Protocol: "https", Host: "192.0.2.1", Port: 443}},
		{"my_host.test:1", audit.Target{Protocol: "tls", Host: "my_host.test", Port: 1}},
		{"xn--bcher-kva.example:65535", audit.Target{Protocol: "tls", Host: "xn--bcher-kva.example", Port: 65535}},
		{"smtp://mx.example.com:25?sni=Mail.example.com&ip=192.0.2.25&label.env=prod&direction=inbound&product=postfix&owner=mail%20team",
			audit.Target{Protocol: "smtp", Host: "mx.example.com", Port: 25, SNI: "mail.example.com", IP: netip.MustParseAddr("192.0.2.25"),
				Labels: map[string]string{"env": "prod"}, Direction: "inbound", Product: "postfix", Owner: "mail team"}},
		{"https://192.0.2.1?sni=", audit.Target{Protocol: "https", Host: "192.0.2.1", Port: 443}},
	}
	for _, tt := range tests {
		got, err := ParseTarget(tt.in, protocols)
		if err != nil {
			t.Errorf("%s: %v", tt.in, err)
			continue
		}
		if diff := cmp.Diff(tt.want, got, comparers); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.in, diff)
		}
	}
}

func TestParseTargetErrors(t *testing.T) {
	tests := []struct{ in, want string }{
		{"", "target \"\": nothing is written\nhint: write protocol://host:port, such as https://www.example.com"},
		{"-p", "target \"-p\": a target cannot begin with a dash\nhint: see --help for the options"},
		{"https://", "target \"https://\": the host is missing\nhint: write a DNS name or an address"},
		{"http://www.example.com", "target \"http://www.example.com\": \"http\" is not a protocol: one of https, smtp, smtps, sametime, tls\nhint: plain http has no TLS to audit; write https://"},
		{"htps://www.example.com", "target \"htps://www.example.com\": \"htps\" is not a protocol: one of https, smtp, smtps, sametime, tls\nhint: did you mean \"https\"?"},
		{"tls://www.example.com", "target \"tls://www.example.com\": the port is missing; protocol tls has none of its own\nhint: write tls://host:port"},
		{"www.example.com:0", "target \"www.example.com:0\": \"0\" is not a port\nhint: a port is a number from 1 to 65535"},
		{"www.example.com:65536", "target \"www.example.com:65536\": \"65536\" is not a port\nhint: a port is a number from 1 to 65535"},
		{"www.example.com:+25", "target \"www.example.com:+25\": \"+25\" is not a port\nhint: a port is a number from 1 to 65535"},
		{"www.example.com:https", "target \"www.example.com:https\": \"https\" is not a port\nhint: a port is a number from 1 to 65535"},
		{"www.example.com:", "target \"www.example.com:\": a colon without a port\nhint: write the port, 1 to 65535, or leave the colon off"},
		{"::1:443", "target \"::1:443\": more than one colon\nhint: write an IPv6 address in brackets: [2001:db8::1]:443"},
		{"[::1", "target \"[::1\": a \"]\" is missing\nhint: write [2001:db8::1]:443"},
		{"[::1]443", "target \"[::1]443\": \"443\" behind the address is not a port\nhint: write [2001:db8::1]:443"},
		{"[192.0.2.1]:443", "target \"[192.0.2.1]:443\": \"192.0.2.1\" is not an IPv6 address\nhint: only IPv6 addresses stand in brackets"},
		{"[fe80::1%eth0]:443", "target \"[fe80::1%eth0]:443\": \"fe80::1%eth0\" has a zone\nhint: write the address without %eth0"},
		{"https://www.example.com/login", "target \"https://www.example.com/login\": a target is an endpoint and has no path \"/login\"\nhint: leave the path off"},
		{"https://user:pw@www.example.com", "target \"https://user:pw@www.example.com\": a target has no user name and no backslash\nhint: write protocol://host:port"},
		{"bücher.example", "target \"bücher.example\": \"bücher.example\" is not written in ASCII\nhint: write an internationalised name in its xn-- form (RFC 5891)"},
		{"www..example.com", "target \"www..example.com\": \"www..example.com\" has an empty part between dots\nhint: write a DNS name such as www.example.com"},
		{"https://-www.example.com", "target \"https://-www.example.com\": \"-www.example.com\" has a part that begins or ends with a dash\nhint: write a DNS name such as www.example.com"},
		{"www.exa$mple.com", "target \"www.exa$mple.com\": \"$\" is not allowed in the host \"www.exa$mple.com\"\nhint: letters, digits, dashes and dots"},
		{"300.1.1.1", "target \"300.1.1.1\": \"300.1.1.1\" is neither a DNS name nor an address\nhint: an IPv4 address has four numbers from 0 to 255"},
		{"www.example.com\x1b[31m", "target \"www.example.com\\x1b[31m\": character U+001B is not allowed\nhint: remove it"},
		{"www.\u202eexample.com", "target \"www.\\u202eexample.com\": character U+202E is not allowed\nhint: remove it"},
		{"www.example.com mx.example.com", "target \"www.example.com mx.example.com\": a target has no spaces\nhint: write %20 for a space in a label; separate targets by spaces outside quotes"},
		{"https://a.test?sin=b.test", "target \"https://a.test?sin=b.test\": unknown setting \"sin\"; known settings: sni, ip, direction, product, system, owner, environment, label.NAME\nhint: did you mean \"sni\"?"},
		{"https://a.test?sni", "target \"https://a.test?sni\": \"sni\" behind the question mark is no setting\nhint: write key=value, such as sni=www.example.com"},
		{"https://a.test?sni=b.test&sni=c.test", "target \"https://a.test?sni=b.test&sni=c.test\": sni is set twice\nhint: keep one of the two"},
		{"https://a.test?sni=192.0.2.1", "target \"https://a.test?sni=192.0.2.1\": sni: \"192.0.2.1\" is an address\nhint: a server name is a DNS name (RFC 6066 section 3); leave sni off"},
		{"https://a.test?ip=b.test", "target \"https://a.test?ip=b.test\": ip: \"b.test\" is not an IP address\nhint: write it without brackets, port or zone, such as 192.0.2.25"},
		{"https://a.test?label.=x", "target \"https://a.test?label.=x\": \"\" is not a label name\nhint: letters, digits, dot, dash and underscore, 63 at most"},
		{"https://a.test?owner=%zz", "target \"https://a.test?owner=%zz\": owner: \"%zz\" is not percent-encoded text\nhint: write %25 for a percent sign"},
		{"https://a.test?owner=%1b", "target \"https://a.test?owner=%1b\": character U+001B is not allowed\nhint: remove it"},
		{"smtp://a.test?direction=in", "target \"smtp://a.test?direction=in\": \"in\" is not a direction: one of inbound, outbound"},
		{"smtp://a.test?product=postfx", "target \"smtp://a.test?product=postfx\": \"postfx\" is not a product: one of httpd, ihs, nginx, postfix, exim, haproxy, websphere, sametime, domino, generic\nhint: did you mean \"postfix\"?"},
	}
	for _, tt := range tests {
		_, err := ParseTarget(tt.in, protocols)
		if err == nil {
			t.Errorf("%q: no error", tt.in)
			continue
		}
		if diff := cmp.Diff(tt.want, err.Error()); diff != "" {
			t.Errorf("%q (-want +got):\n%s", tt.in, diff)
		}
	}
	for _, in := range []string{strings.Repeat("a", 64) + ".example.com", strings.Repeat("a.", 130) + "test", strings.Repeat("x", 3000), "a.test?owner=" + strings.Repeat("x", 300)} {
		if _, err := ParseTarget(in, protocols); err == nil {
			t.Errorf("%.80q: no error", in)
		}
	}
}

func FuzzParseTarget(f *testing.F) {
	f.Add("smtp://mx.example.com:25?sni=mail.example.com&ip=192.0.2.25&label.env=prod")
	f.Add("[::1]:443")
	f.Add("https://www.example.com/")
	f.Fuzz(func(t *testing.T, s string) {
		target, err := ParseTarget(s, protocols)
		if err != nil {
			if input := (*audit.InputError)(nil); !errors.As(err, &input) {
				t.Fatalf("%T is no *audit.InputError", err)
			}
			return
		}
		// The subject of a target reads back as the same target.
		again, err := ParseTarget(target.Subject(), protocols)
		if err != nil || again.Subject() != target.Subject() {
			t.Errorf("%q has the subject %s, which reads back as %s, %v", s, target.Subject(), again.Subject(), err)
		}
	})
}

package scanner_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"tlsaudit/audit"
	"tlsaudit/fixtures"
	"tlsaudit/scanner"
)

const (
	ldapRequest  = "1.3.6.1.4.1.1466.20037"
	ldapSuccess  = "\x30\x0c\x02\x01\x01\x78\x07\x0a\x01\x00\x04\x00\x04\x00"
	ldapProtocol = "\x30\x84\x00\x00\x00\x10\x02\x01\x01\x78\x84\x00\x00\x00\x07\x0a\x01\x02\x04\x00\x04\x00"
	ldapNotice   = "\x30\x24\x02\x01\x00\x78\x1f\x0a\x01\x34\x04\x00\x04\x00\x8a\x16" + "1.3.6.1.4.1.1466.20036"
	xmppHeader   = "<?xml version='1.0'?><stream:stream id='x' from='www.example.com' version='1.0' xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams'>"
	xmppFeatures = "<stream:features><starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'><required/></starttls><mechanisms xmlns='urn:ietf:params:xml:ns:xmpp-sasl'><mechanism>PLAIN</mechanism></mechanisms></stream:features>"
	xmppProceed  = "<proceed xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>"
	mysqlRest    = "\x01\x00\x00\x0012345678\x00%s\x21\x02\x00\xff\xc1\x15" + "0000000000" + "0123456789ab\x00mysql_native_password\x00"
)

// mysqlGreets is an initial handshake packet with the lower capability flags.
func mysqlGreets(flags string) string {
	body := "\x0a11.4.2-MariaDB\x00" + fmt.Sprintf(mysqlRest, flags)
	return string([]byte{byte(len(body)), 0, 0, 0}) + body
}

func mysqlAsks() fixtures.UpgradeExchange {
	return fixtures.UpgradeExchange{Until: strings.Repeat("\x00", 23), With: "\x20\x00\x00\x01"}
}

func xmpp(features, reply string) []fixtures.UpgradeExchange {
	return []fixtures.UpgradeExchange{
		{Until: "streams'>", With: "to='www.example.com'", Reply: xmppHeader + features},
		{Until: "/>", With: "<starttls", Reply: reply},
	}
}

func asks(until, reply string) []fixtures.UpgradeExchange {
	return []fixtures.UpgradeExchange{{Until: until, Reply: reply}}
}

// TestUpgrades: every protocol reaches TLS through its own dialogue, whole, byte
// by byte, and notices what is slipped in behind the go-ahead.
func TestUpgrades(t *testing.T) {
	t.Parallel()
	cfg := fixtures.Hardened(leaf(t, fixtures.P256))
	for _, c := range []struct {
		protocol   string
		greeting   string
		exchanges  []fixtures.UpgradeExchange
		capability string // one of those noted
	}{
		{"imap", "* OK [CAPABILITY IMAP4rev1] ready\r\n", fixtures.Lines("a1 CAPABILITY", "* CAPABILITY IMAP4rev1 StartTLS LOGINDISABLED\r\na1 OK done", "a2 STARTTLS", "a2 OK begin"), "LOGINDISABLED"},
		{"pop3", "+OK ready <1.2@example.com>\r\n", fixtures.Lines("CAPA", "+OK\r\nUSER\r\nstls\r\n.", "STLS", "+OK begin"), "USER"},
		{"pop3", "+OK no CAPA\r\n", fixtures.Lines("CAPA", "-ERR unknown", "STLS", "+OK begin"), ""},
		{"ftp", "220-welcome\r\n and a line\r\n220 ready\r\n", fixtures.Lines("FEAT", "211-Features:\r\n AUTH TLS\r\n EPRT\r\n211 End", "AUTH TLS", "234 go"), "EPRT"},
		{"ftp", "220 ready\r\n", fixtures.Lines("FEAT", "211-Extensions supported\r\n AUTH SSL;TLS;\r\n211 End.", "AUTH TLS", "234 go"), ""},
		{"ftp", "220 ready\r\n", fixtures.Lines("FEAT", "500 what?", "AUTH TLS", "234 go"), ""},
		{"nntp", "201 no posting\r\n", fixtures.Lines("CAPABILITIES", "101 list\r\nVERSION 2\r\nSTARTTLS\r\n.", "STARTTLS", "382 go"), "VERSION 2"},
		{"nntp", "200 hi\r\n", fixtures.Lines("CAPABILITIES", "101 list\r\nMODE-READER\r\n.", "MODE READER", "200 hi", "CAPABILITIES", "101 list\r\nREADER\r\nSTARTTLS\r\n.", "STARTTLS", "382 go"), "READER"},
		{"sieve", "\"IMPLEMENTATION\" {7}\r\na \"b\" c\r\n\"SIEVE\" \"x\"\r\n\"STARTTLS\"\r\nOK \"ready\"\r\n", fixtures.Lines("STARTTLS", "OK"), "SIEVE x"},
		{"lmtp", "220 ready\r\n", fixtures.Lines("LHLO ", "250-mail.example.com\r\n250 STARTTLS", "STARTTLS", "220 go"), "STARTTLS"},
		{"ldap", "", asks(ldapRequest, ldapSuccess), ""},
		{"xmpp-client", "", xmpp(xmppFeatures, xmppProceed), "starttls required"},
		{"xmpp-server", "", xmpp(xmppFeatures, "<proceed xmlns='urn:ietf:params:xml:ns:xmpp-tls'></proceed>"), "mechanisms"},
		{"postgres", "", asks("\x16\x2f", "S"), ""},
		{"mysql", mysqlGreets("\xfe\xff"), []fixtures.UpgradeExchange{mysqlAsks()}, ""},
	} {
		for _, way := range []struct {
			name   string
			chunk  int
			inject string
		}{{"whole", 0, ""}, {"byte by byte", 1, ""}, {"injected", 0, "smuggled\r\n"}} {
			t.Run(c.protocol+" "+way.name, func(t *testing.T) {
				t.Parallel()
				exchanges, greeting := slices.Clone(c.exchanges), c.greeting
				if c.protocol == "mysql" { // the greeting is the last it says in clear
					greeting += way.inject
				} else {
					exchanges[len(exchanges)-1].Reply += way.inject
				}
				server := serve(t, fixtures.Upgrade{Greeting: greeting, Exchanges: exchanges, Chunk: way.chunk, TLS: cfg}.Handler())
				o := scan(t, c.protocol, server.Addr(), scanner.Options{Timeout: 60 * time.Second, Depth: scanner.DepthQuick})
				s := o.StartTLS
				if o.Reach != audit.ReachTLS || s.Offered != audit.Accepted || s.Accepted != audit.Accepted || o.Handshake.Completed != audit.Accepted {
					t.Fatalf("%s (%s), %+v, handshake %+v", o.Reach, o.Reason, s, o.Handshake)
				}
				if c.capability != "" && !slices.Contains(s.Capabilities, c.capability) {
					t.Errorf("capabilities %q", s.Capabilities)
				}
				want := audit.Refused
				if way.inject != "" {
					want = audit.Accepted
				}
				if s.Injection != want || s.Injected != way.inject {
					t.Errorf("injection %s %q", s.Injection, s.Injected)
				}
			})
		}
	}
}

// TestUpgradesRefused: what is no TLS is told apart: refused, not now, not this
// protocol.
func TestUpgradesRefused(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("x", 5000)
	for _, c := range []struct {
		name, protocol, greeting string
		exchanges                []fixtures.UpgradeExchange
		reach                    audit.Reach
		offered, accepted        audit.Answer
		reason                   string
	}{
		{"not announced", "imap", "* OK hi\r\n", fixtures.Lines("CAPABILITY", "* CAPABILITY IMAP4rev1\r\na1 OK done"), audit.ReachNoTLS, audit.Refused, audit.NotAsked, "not among"},
		{"BAD", "imap", "* OK hi\r\n", fixtures.Lines("CAPABILITY", "* CAPABILITY STARTTLS\r\na1 OK", "STARTTLS", "a2 BAD no"), audit.ReachNoTLS, audit.Accepted, audit.Refused, "BAD no"},
		{"unavailable", "imap", "* OK hi\r\n", fixtures.Lines("CAPABILITY", "* CAPABILITY STARTTLS\r\na1 OK", "STARTTLS", "a2 NO [UNAVAILABLE] later"), audit.ReachUnknown, audit.Accepted, audit.Undetermined, "UNAVAILABLE"},
		{"preauth", "imap", "* PREAUTH hi\r\n", nil, audit.ReachUnreachable, audit.Undetermined, audit.NotAsked, "PREAUTH"},
		{"wrong tag", "imap", "* OK hi\r\n", fixtures.Lines("CAPABILITY", "* CAPABILITY STARTTLS\r\nb7 OK"), audit.ReachUnreachable, audit.Undetermined, audit.NotAsked, "b7 OK"},
		{"long line", "imap", "* OK " + long, nil, audit.ReachUnreachable, audit.Undetermined, audit.NotAsked, "longer than 4096"},
		{"endless", "imap", "* OK hi\r\n", fixtures.Lines("CAPABILITY", strings.Repeat("* X y\r\n", 200)), audit.ReachUnreachable, audit.Undetermined, audit.NotAsked, "more than 100 lines"},
		{"mail", "imap", "220 mail.example.com\r\n", nil, audit.ReachUnreachable, audit.Undetermined, audit.NotAsked, "no reply"},
		{"no STLS", "pop3", "+OK\r\n", fixtures.Lines("CAPA", "+OK\r\nUSER\r\n.", "STLS", "-ERR no"), audit.ReachNoTLS, audit.Refused, audit.Refused, "-ERR no"},
		{"no CAPA, no STLS", "pop3", "+OK\r\n", fixtures.Lines("CAPA", "-ERR", "STLS", "-ERR"), audit.ReachNoTLS, audit.Refused, audit.Refused, "-ERR"},
		{"busy", "pop3", "-ERR [SYS/TEMP] later\r\n", nil, audit.ReachUnknown, audit.Undetermined, audit.NotAsked, "SYS/TEMP"},
		{"endless", "pop3", "+OK\r\n", fixtures.Lines("CAPA", "+OK\r\n"+strings.Repeat("X\r\n", 200)), audit.ReachUnreachable, audit.Undetermined, audit.NotAsked, "more than 100 lines"},
		{"534", "ftp", "220 hi\r\n", fixtures.Lines("FEAT", "211 none", "AUTH TLS", "534 no"), audit.ReachNoTLS, audit.Refused, audit.Refused, "534 no"},
		{"421", "ftp", "421 too many\r\n", nil, audit.ReachUnknown, audit.Undetermined, audit.NotAsked, "421"},
		{"431", "ftp", "220 hi\r\n", fixtures.Lines("FEAT", "211-x\r\n AUTH TLS\r\n211 e", "AUTH TLS", "431 later"), audit.ReachUnknown, audit.Accepted, audit.Undetermined, "431"},
		{"580", "nntp", "200 hi\r\n", fixtures.Lines("CAPABILITIES", "500 what", "STARTTLS", "580 no"), audit.ReachNoTLS, audit.Refused, audit.Refused, "580"},
		{"483", "nntp", "200 hi\r\n", fixtures.Lines("CAPABILITIES", "101 x\r\nSTARTTLS\r\n.", "STARTTLS", "483 no"), audit.ReachNoTLS, audit.Accepted, audit.Refused, "483"},
		{"TRYLATER", "sieve", "BYE (TRYLATER) \"x\"\r\n", nil, audit.ReachUnknown, audit.Undetermined, audit.NotAsked, "TRYLATER"},
		{"huge literal", "sieve", "\"X\" {60000}\r\n", nil, audit.ReachUnreachable, audit.Undetermined, audit.NotAsked, "longer than"},
		{"none", "sieve", "\"SIEVE\" \"x\"\r\nOK\r\n", nil, audit.ReachNoTLS, audit.Refused, audit.NotAsked, "not among"},
		{"protocolError", "ldap", "", asks(ldapRequest, ldapProtocol), audit.ReachNoTLS, audit.Refused, audit.Refused, "protocolError"},
		{"notice of disconnection", "ldap", "", asks(ldapRequest, ldapNotice), audit.ReachUnknown, audit.Undetermined, audit.NotAsked, "unavailable"},
		{"too long", "ldap", "", asks(ldapRequest, "\x30\x83\xff\xff\xff"), audit.ReachUnreachable, audit.Undetermined, audit.NotAsked, "longer than"},
		{"no BER", "ldap", "", asks(ldapRequest, "HTTP/1.1 400"), audit.ReachUnreachable, audit.Undetermined, audit.NotAsked, "HTTP"},
		{"no feature", "xmpp-client", "", xmpp("<stream:features/>", ""), audit.ReachNoTLS, audit.Refused, audit.NotAsked, "not among"},
		{"failure", "xmpp-client", "", xmpp(xmppFeatures, "<failure xmlns='urn:ietf:params:xml:ns:xmpp-tls'/></stream:stream>"), audit.ReachNoTLS, audit.Accepted, audit.Refused, "failure"},
		{"host unknown", "xmpp-client", "", xmpp("<stream:error><host-unknown xmlns='urn:ietf:params:xml:ns:xmpp-streams'/></stream:error>", ""), audit.ReachUnreachable, audit.Undetermined, audit.NotAsked, "host-unknown"},
		{"deep", "xmpp-client", "", xmpp(strings.Repeat("<a>", 40), ""), audit.ReachUnreachable, audit.Undetermined, audit.NotAsked, "deep"},
		{"endless", "xmpp-client", "", xmpp("<stream:features>"+strings.Repeat("<a/>", 20000), ""), audit.ReachUnreachable, audit.Undetermined, audit.NotAsked, "before TLS"},
		{"off", "postgres", "", asks("\x16\x2f", "N"), audit.ReachNoTLS, audit.Refused, audit.Refused, "switched off"},
		{"error", "postgres", "", asks("\x16\x2f", "E"), audit.ReachUnknown, audit.Undetermined, audit.Undetermined, "an error"},
		{"foreign", "postgres", "", asks("\x16\x2f", "H"), audit.ReachUnreachable, audit.Undetermined, audit.NotAsked, "no reply"},
		{"no CLIENT_SSL", "mysql", mysqlGreets("\xff\xf7"), nil, audit.ReachNoTLS, audit.Refused, audit.NotAsked, "CLIENT_SSL"},
		{"full", "mysql", "\x17\x00\x00\x00\xff\x10\x04Too many connections", nil, audit.ReachUnknown, audit.Undetermined, audit.NotAsked, "1040"},
		{"locked out", "mysql", "\x0f\x00\x00\x00\xff\x69\x04Host blocked", nil, audit.ReachUnreachable, audit.Undetermined, audit.NotAsked, "1129"},
		{"foreign", "mysql", "220 mail.example.com ready\r\n", nil, audit.ReachUnreachable, audit.Undetermined, audit.NotAsked, "no reply"},
	} {
		t.Run(c.protocol+" "+c.name, func(t *testing.T) {
			t.Parallel()
			server := serve(t, fixtures.Upgrade{Greeting: c.greeting, Exchanges: c.exchanges}.Handler())
			o := scan(t, c.protocol, server.Addr(), scanner.Options{Timeout: 60 * time.Second, Depth: scanner.DepthQuick})
			s := o.StartTLS
			if o.Reach != c.reach || s.Offered != c.offered || s.Accepted != c.accepted {
				t.Errorf("reach %s (%s), offered %s, accepted %s", o.Reach, o.Reason, s.Offered, s.Accepted)
			}
			if !strings.Contains(o.Reason, c.reason) || !strings.Contains(s.Reason, c.reason) {
				t.Errorf("reason %q, of the dialogue %q", o.Reason, s.Reason)
			}
			unjudged(t, o)
		})
	}
}

// TestMySQLBound: a server that locks out who breaks off 100 connections is not
// made to.
func TestMySQLBound(t *testing.T) {
	t.Parallel()
	server := serve(t, fixtures.Upgrade{Greeting: mysqlGreets("\xfe\xff"), Exchanges: []fixtures.UpgradeExchange{mysqlAsks()}, TLS: fixtures.Weak(leaf(t, fixtures.RSA2048))}.Handler())
	o := scan(t, "mysql", server.Addr(), scanner.Options{Depth: scanner.DepthDeep})
	if o.Reach != audit.ReachTLS || server.Accepted() > 80 || o.Connections != server.Accepted() {
		t.Errorf("%s, %d connections, %d accepted, notes %q", o.Reach, o.Connections, server.Accepted(), o.Notes)
	}
}

package scanner

import (
	"bufio"
	"encoding/xml"
	"errors"
	"io"
	"strings"
	"testing"
)

// bounded checks what holds for every reply that is read.
func bounded(t *testing.T, a answer) {
	t.Helper()
	if len(a.first) > maxText || len(a.capabilities) > maxLines*maxText {
		t.Errorf("%d bytes of text, %d capabilities", len(a.first), len(a.capabilities))
	}
	for _, c := range a.capabilities {
		if len(c) > maxText {
			t.Errorf("a capability of %d bytes", len(c))
		}
	}
}

func FuzzReplies(f *testing.F) {
	f.Add("* CAPABILITY IMAP4rev1 STARTTLS\r\na1 OK done\r\n")
	f.Add("* OK [UNAVAILABLE] hi\r\n* BYE\r\n")
	f.Add("+OK\r\nSTLS\r\n..dot\r\n.\r\n")
	f.Add("-ERR [SYS/TEMP] no\r\n")
	f.Add("211-Features:\r\n AUTH TLS\r\n211 End\r\n")
	f.Add("101 list\r\nSTARTTLS\r\n.\r\n")
	f.Add("\"X\" {3+}\r\n\"a\r\r\nOK (TRYLATER)\r\n")
	f.Add("\"X\" {99999}\r\nNO {\r\n")
	f.Fuzz(func(t *testing.T, in string) {
		for _, r := range []replies{mailReplies, imapReplies, popReplies, ftpReplies, newsReplies, sieveReplies} {
			for _, s := range []Step{{}, {Send: "a1 X", Capability: "STARTTLS"}} {
				a, err := r(bufio.NewReaderSize(strings.NewReader(in), maxLine), &s)
				u := new(upgradeError)
				switch {
				case err == nil && a.status == "":
					t.Errorf("no status in %q", in)
				case err != nil && errors.As(err, &u) && u.kind != upgradeForeign:
					t.Errorf("kind %d: %v", u.kind, err)
				}
				bounded(t, a)
				announced(a.capabilities, "AUTH TLS")
			}
		}
	})
}

func FuzzReadLDAP(f *testing.F) {
	f.Add("\x30\x0c\x02\x01\x01\x78\x07\x0a\x01\x00\x04\x00\x04\x00")
	f.Add("\x30\x84\x00\x00\x00\x10\x02\x01\x01\x78\x84\x00\x00\x00\x07\x0a\x01\x02\x04\x00\x04\x00tail")
	f.Add("\x30\x80\x02\x01\x01")
	f.Add("\x30\x84\xff\xff\xff\xff")
	f.Fuzz(func(t *testing.T, in string) {
		all := bufio.NewReaderSize(strings.NewReader(in), maxLine)
		id, code, text, err := readLDAP(all)
		if id < 0 || code < 0 || len(text) > maxText || err != nil && (id != 0 || code != 0) {
			t.Errorf("%d %d %q %v", id, code, text, err)
		}
		if rest, _ := io.ReadAll(all); err == nil && len(in)-len(rest) < 14 {
			t.Errorf("a response of %d bytes", len(in)-len(rest))
		}
	})
}

func FuzzReadMySQL(f *testing.F) {
	f.Add("\x17\x00\x00\x00\xff\x10\x04Too many connections")
	f.Add("\x24\x00\x00\x00\x0a8.0\x00\x01\x00\x00\x0012345678\x00\xff\xff\x21\x02\x00\xff\xc1\x150000000000")
	f.Add("\x05\x00\x00\x00\x0a\x00\x00\x00\x00")
	f.Fuzz(func(t *testing.T, in string) {
		g, err := readMySQL(bufio.NewReaderSize(strings.NewReader(in), maxLine))
		if err == nil && (g.code == 0) == (g.version == "") || len(g.version) > maxText || len(g.text) > maxText {
			t.Errorf("%+v %v", g, err)
		}
	})
}

func FuzzXMPP(f *testing.F) {
	const header = "<?xml version='1.0'?><stream:stream xmlns='jabber:client' xmlns:stream='" + xmppStreams + "'>"
	f.Add(header + "<stream:features><starttls xmlns='" + xmppTLS + "'><required/></starttls></stream:features><proceed xmlns='" + xmppTLS + "'/>tail")
	f.Add(header + "<stream:error><reset/></stream:error></stream:stream>")
	f.Add("<!DOCTYPE a [<!ENTITY b 'c'>]>" + header + "&b;")
	f.Fuzz(func(t *testing.T, in string) {
		x := newXMPPStream(bufio.NewReaderSize(strings.NewReader(in), maxLine))
		if x.open() != nil {
			return
		}
		for {
			e, err := x.element()
			if err != nil {
				return
			}
			if e.name == (xml.Name{}) || len(e.children) > maxXMLTokens {
				t.Errorf("%+v", e)
			}
			xmppError(e)
		}
	})
}

// TestXMPPStopsAtTheEnd: not a byte behind an element is taken.
func TestXMPPStopsAtTheEnd(t *testing.T) {
	for _, end := range []string{"/>", "></proceed>"} {
		in := bufio.NewReader(strings.NewReader("<stream:stream xmlns:stream='" + xmppStreams + "'><proceed xmlns='" + xmppTLS + "'" + end + "\x16\x03\x03"))
		x := newXMPPStream(in)
		if err := x.open(); err != nil {
			t.Fatal(err)
		}
		if e, err := x.element(); err != nil || e.name.Local != "proceed" {
			t.Fatalf("%+v %v", e, err)
		}
		if rest, _ := io.ReadAll(in); string(rest) != "\x16\x03\x03" {
			t.Errorf("%s leaves %q", end, rest)
		}
	}
}

// TestAnnouncedParameters: FEAT names the mechanisms behind AUTH in several ways.
func TestAnnouncedParameters(t *testing.T) {
	for line, want := range map[string]bool{
		"AUTH TLS": true, "AUTH SSL;TLS;": true, "auth tls-c;tls": true, "AUTH TLS-C": false, "AUTH": false, "XAUTH TLS": false, "": false,
	} {
		if announced([]string{line}, "AUTH TLS") != want {
			t.Errorf("%q: %v", line, !want)
		}
	}
}

//go:build interop

package notify

import (
	"fmt"
	"net"
	"strings"
	"testing"
	"time"

	"tlsaudit/fixtures"
	"tlsaudit/internal/notify/notifytest"
)

func through(t *testing.T, p *notifytest.Postfix, host, ca string) *Notifier {
	t.Helper()
	return hurried(open(t, fmt.Sprintf("mail: {server: '%s', port: %d, from: tlsaudit@example.com, to: [a@example.com, b@example.com], ca_file: '%s'}", host, p.Port, ca), nil))
}

// TestMailThroughPostfix: a digest with hostile text goes through a mail server
// that insists on STARTTLS, once, and is read back as it was written.
func TestMailThroughPostfix(t *testing.T) {
	p := notifytest.Start(t, fixtures.NewAuthority(time.Now()), notifytest.RequiresTLS, fixtures.Leaf{IPs: []net.IP{net.IPv4(127, 0, 0, 1)}, DNS: []string{"mail.example.com"}})
	n := through(t, p, "127.0.0.1", p.CA)
	h := &fakeHistory{}
	n.parts.Claims = h
	d := hostileDigest(t)
	always := func(*opened, *Digest) (bool, string) { return true, "" }
	for i, want := range []Outcome{Sent, Skipped, Skipped} {
		list, err := n.deliver(t.Context(), n.everyone(), d, always)
		if err != nil || len(list) != 1 || list[0].Outcome != want {
			t.Fatalf("time %d: %+v, %v\n%s", i+1, list, err, p.Log())
		}
	}
	for _, box := range []string{"a", "b"} {
		text, page := readMail(t, p.Delivered(t, box), map[string]string{
			"Message-Id": "<" + idOf("ops", d.Key) + "@example.com>", "Auto-Submitted": "auto-generated", "Subject": d.words().Title, "Bcc": "", "To": "<a@example.com>, <b@example.com>",
		})
		if text != d.words().text() {
			t.Errorf("the text arrived as\n%s", text)
		}
		checkPage(t, page, d.Dashboard)
	}
	if log := p.Log(); !strings.Contains(log, "TLS connection established") {
		t.Errorf("no TLS in the log:\n%s", log)
	}
}

// TestPostfixIsRefused: without STARTTLS, with a certificate of somebody else or
// for another name, a real server is told nothing of a message.
func TestPostfixIsRefused(t *testing.T) {
	good := fixtures.Leaf{IPs: []net.IP{net.IPv4(127, 0, 0, 1)}, DNS: []string{"mail.example.com"}}
	other := anotherCA(t)
	for _, tt := range []struct {
		name, tls string
		leaf      fixtures.Leaf
		host, ca  string
		why       string
	}{
		{"no STARTTLS", "smtpd_tls_security_level = none", good, "127.0.0.1", "", "does not support STARTTLS"},
		{"another authority", notifytest.RequiresTLS, good, "127.0.0.1", other, "signed by unknown authority"},
		{"another name", notifytest.RequiresTLS, fixtures.Leaf{DNS: []string{"other.example.com"}}, "127.0.0.1", "", "certificate"},
		{"expired", notifytest.RequiresTLS, fixtures.Leaf{IPs: good.IPs, NotBefore: time.Now().AddDate(0, -2, 0), NotAfter: time.Now().AddDate(0, -1, 0)}, "127.0.0.1", "", "expired"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p := notifytest.Start(t, fixtures.NewAuthority(time.Now()), tt.tls, tt.leaf)
			ca := p.CA
			if tt.ca != "" {
				ca = tt.ca
			}
			list := through(t, p, tt.host, ca).Test(t.Context(), "")
			if list[0].Outcome != Failed || !strings.Contains(list[0].Why, tt.why) {
				t.Errorf("%+v", list)
			}
			// Postfix logs who came and which commands were given when a client goes.
			log := ""
			for deadline := time.Now().Add(20 * time.Second); time.Now().Before(deadline) && strings.Count(log, "disconnect from") < 2; time.Sleep(50 * time.Millisecond) {
				log = p.Log() // the first connection is the one start made
			}
			for line := range strings.Lines(log) {
				if strings.Contains(line, "disconnect from") && (strings.Contains(line, "mail=") || strings.Contains(line, "rcpt=") || strings.Contains(line, "data=") || strings.Contains(line, "auth=")) {
					t.Errorf("it was told of a message: %s", line)
				}
			}
			if strings.Count(log, "disconnect from") < 2 {
				t.Errorf("nobody came:\n%s", log)
			}
			if files := p.Mails(); len(files) > 0 {
				t.Errorf("mail was delivered: %v", files)
			}
		})
	}
}

//go:build interop

package notify

import (
	"bytes"
	"encoding/pem"
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"crypto/x509"

	"tlsaudit/fixtures"
)

// postfix is a Postfix instance of its own that delivers mail for example.com
// into folders.
type postfix struct {
	port    int
	dir, ca string
}

// startPostfix runs Postfix as root: it wants its queue and data in the hands
// of its own user. tls are the lines about TLS in its configuration.
func startPostfix(t *testing.T, tls string, leaf fixtures.Leaf) *postfix {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Fatal("postfix must be started as root")
	}
	dir, err := os.MkdirTemp("", "interop")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	owner, err := user.Lookup("postfix")
	if err != nil {
		t.Fatalf("postfix is not installed: the interop tests need it (see .ci/run): %v", err)
	}
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"queue", "data", "mail"} {
		if err := os.Mkdir(filepath.Join(dir, name), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{"data", "mail"} {
		if out, err := exec.Command("chown", "postfix", filepath.Join(dir, name)).CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := &postfix{port: l.Addr().(*net.TCPAddr).Port, dir: dir, ca: filepath.Join(dir, "ca.pem")}
	l.Close()
	authority := fixtures.NewAuthority(time.Now())
	p.write(t, "ca.pem", string(authority.RootPEM()))
	p.write(t, "chain.pem", chainPEM(t, authority, leaf))
	p.write(t, "main.cf", fmt.Sprintf(`
compatibility_level = 3.6
queue_directory = %[1]s/queue
data_directory = %[1]s/data
command_directory = /usr/sbin
daemon_directory = /usr/lib/postfix/sbin
mail_owner = postfix
setgid_group = postdrop
maillog_file = %[1]s/postfix.log
maillog_file_prefixes = %[1]s
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
myhostname = mail.example.com
mydestination =
mynetworks = 127.0.0.0/8
alias_maps =
alias_database =
local_recipient_maps =
virtual_mailbox_domains = example.com
virtual_mailbox_base = %[1]s/mail
virtual_mailbox_maps = inline:{ { a@example.com = a/ }, { b@example.com = b/ } }
virtual_minimum_uid = 1
virtual_uid_maps = static:%[2]s
virtual_gid_maps = static:%[3]s
smtpd_relay_restrictions = reject_unauth_destination
smtpd_peername_lookup = no
smtpd_tls_chain_files = %[1]s/chain.pem
%[4]s
`, dir, owner.Uid, owner.Gid, tls))
	p.write(t, "master.cf", fmt.Sprintf(`
127.0.0.1:%d inet n - n - - smtpd
anvil unix - - n - 1 anvil
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
virtual unix - n n - - virtual
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
error unix - - n - - error
postlog unix-dgram n - n - 1 postlogd
`, p.port))
	p.start(t)
	return p
}

func chainPEM(t *testing.T, authority *fixtures.Authority, leaf fixtures.Leaf) string {
	t.Helper()
	c := authority.Issue(leaf)
	key, err := x509.MarshalPKCS8PrivateKey(c.Key)
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	for _, block := range []*pem.Block{{Type: "PRIVATE KEY", Bytes: key}, {Type: "CERTIFICATE", Bytes: c.DER}, {Type: "CERTIFICATE", Bytes: authority.Intermediate.DER}} {
		if err := pem.Encode(&b, block); err != nil {
			t.Fatal(err)
		}
	}
	return b.String()
}

func (p *postfix) write(t *testing.T, name, text string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(p.dir, name), []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// log is what Postfix logged so far.
func (p *postfix) log() string {
	text, _ := os.ReadFile(filepath.Join(p.dir, "postfix.log")) // perhaps there is none yet
	return string(text)
}

func (p *postfix) start(t *testing.T) {
	t.Helper()
	var out bytes.Buffer
	cmd := exec.Command("/usr/sbin/postfix", "-c", p.dir, "start-fg")
	cmd.Dir, cmd.Stdout, cmd.Stderr, cmd.WaitDelay = p.dir, &out, &out, time.Second
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() { cmd.Wait(); close(ended) }()
	t.Cleanup(func() {
		if said, err := exec.Command("/usr/sbin/postfix", "-c", p.dir, "stop").CombinedOutput(); err != nil {
			t.Errorf("stopping postfix: %v\n%s%s", err, said, p.log())
		}
		<-ended
	})
	for deadline := time.Now().Add(30 * time.Second); time.Now().Before(deadline); time.Sleep(50 * time.Millisecond) {
		if c, err := net.DialTimeout("tcp", fmt.Sprintf("127.0.0.1:%d", p.port), time.Second); err == nil {
			c.Close()
			return
		}
	}
	t.Fatalf("postfix does not listen:\n%s", p.log())
}

// delivered waits for the mail of a mailbox.
func (p *postfix) delivered(t *testing.T, box string) []byte {
	t.Helper()
	for deadline := time.Now().Add(30 * time.Second); time.Now().Before(deadline); time.Sleep(50 * time.Millisecond) {
		files, _ := filepath.Glob(filepath.Join(p.dir, "mail", box, "new", "*"))
		if len(files) > 1 {
			t.Fatalf("%d mails for %s", len(files), box)
		}
		if len(files) == 1 {
			raw, err := os.ReadFile(files[0])
			if err != nil {
				t.Fatal(err)
			}
			return raw
		}
	}
	t.Fatalf("no mail for %s:\n%s", box, p.log())
	return nil
}

func (p *postfix) notifier(t *testing.T, host, ca string) *Notifier {
	t.Helper()
	return hurried(open(t, fmt.Sprintf("mail: {server: '%s', port: %d, from: tlsaudit@example.com, to: [a@example.com, b@example.com], ca_file: '%s'}", host, p.port, ca), nil))
}

const requiresTLS = "smtpd_tls_security_level = encrypt\nsmtpd_tls_loglevel = 1"

// TestMailThroughPostfix: a digest with hostile text goes through a mail server
// that insists on STARTTLS, once, and is read back as it was written.
func TestMailThroughPostfix(t *testing.T) {
	p := startPostfix(t, requiresTLS, fixtures.Leaf{IPs: []net.IP{net.IPv4(127, 0, 0, 1)}, DNS: []string{"mail.example.com"}})
	n := p.notifier(t, "127.0.0.1", p.ca)
	h := &fakeHistory{}
	n.parts.Claims = h
	d := hostileDigest(t)
	always := func(*opened, *Digest) (bool, string) { return true, "" }
	for i, want := range []Outcome{Sent, Skipped, Skipped} {
		list, err := n.deliver(t.Context(), d, true, always)
		if err != nil || len(list) != 1 || list[0].Outcome != want {
			t.Fatalf("time %d: %+v, %v\n%s", i+1, list, err, p.log())
		}
	}
	for _, box := range []string{"a", "b"} {
		text, page := readMail(t, p.delivered(t, box), map[string]string{
			"Message-Id": "<" + idOf("ops", d.Key) + "@example.com>", "Auto-Submitted": "auto-generated", "Subject": d.words().Title, "Bcc": "", "To": "<a@example.com>, <b@example.com>",
		})
		if text != d.words().text() {
			t.Errorf("the text arrived as\n%s", text)
		}
		checkPage(t, page, d.Dashboard)
	}
	if log := p.log(); !strings.Contains(log, "TLS connection established") {
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
		{"another authority", requiresTLS, good, "127.0.0.1", other, "signed by unknown authority"},
		{"another name", requiresTLS, fixtures.Leaf{DNS: []string{"other.example.com"}}, "127.0.0.1", "", "certificate"},
		{"expired", requiresTLS, fixtures.Leaf{IPs: good.IPs, NotBefore: time.Now().AddDate(0, -2, 0), NotAfter: time.Now().AddDate(0, -1, 0)}, "127.0.0.1", "", "expired"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p := startPostfix(t, tt.tls, tt.leaf)
			ca := p.ca
			if tt.ca != "" {
				ca = tt.ca
			}
			list := p.notifier(t, tt.host, ca).Test(t.Context(), "")
			if list[0].Outcome != Failed || !strings.Contains(list[0].Why, tt.why) {
				t.Errorf("%+v", list)
			}
			// Postfix logs who came and which commands were given when a client goes.
			log := ""
			for deadline := time.Now().Add(20 * time.Second); time.Now().Before(deadline) && strings.Count(log, "disconnect from") < 2; time.Sleep(50 * time.Millisecond) {
				log = p.log() // the first connection is the one start made
			}
			for line := range strings.Lines(log) {
				if strings.Contains(line, "disconnect from") && (strings.Contains(line, "mail=") || strings.Contains(line, "rcpt=") || strings.Contains(line, "data=") || strings.Contains(line, "auth=")) {
					t.Errorf("it was told of a message: %s", line)
				}
			}
			if strings.Count(log, "disconnect from") < 2 {
				t.Errorf("nobody came:\n%s", log)
			}
			if files, _ := filepath.Glob(filepath.Join(p.dir, "mail", "*")); len(files) > 0 {
				t.Errorf("mail was delivered: %v", files)
			}
		})
	}
}

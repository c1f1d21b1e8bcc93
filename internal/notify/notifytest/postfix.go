//go:build interop

package notifytest

import (
	"bytes"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"testing"
	"time"

	"tlsaudit/fixtures"
)

// RequiresTLS makes Postfix take no mail without TLS, and log what it spoke.
const RequiresTLS = "smtpd_tls_security_level = encrypt\nsmtpd_tls_loglevel = 1"

// pause is between two looks at what it did, patience how many there are: half a
// minute.
const pause, patience = 50 * time.Millisecond, 600

// Postfix is an instance of its own that delivers mail for example.com
// into folders.
type Postfix struct {
	Port int
	// CA is the file of the authority its certificate is from.
	CA  string
	dir string
}

// Start runs Postfix as root: it wants its queue and data in the hands of its own
// user. Its certificate is of the authority; tls are the lines about TLS in its
// configuration.
func Start(t *testing.T, authority *fixtures.Authority, tls string, leaf fixtures.Leaf) *Postfix {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Fatal("postfix must be started as root")
	}
	dir, err := os.MkdirTemp("", "interop")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := os.RemoveAll(dir); err != nil {
			t.Error(err)
		}
	})
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
	ports, err := fixtures.FreePorts(1)
	if err != nil {
		t.Fatal(err)
	}
	p := &Postfix{Port: ports[0], dir: dir, CA: filepath.Join(dir, "ca.pem")}
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
`, p.Port))
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

func (p *Postfix) write(t *testing.T, name, text string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(p.dir, name), []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// Log is what Postfix logged so far.
func (p *Postfix) Log() string {
	text, _ := os.ReadFile(filepath.Join(p.dir, "postfix.log")) // perhaps there is none yet
	return string(text)
}

func (p *Postfix) start(t *testing.T) {
	t.Helper()
	var out bytes.Buffer
	cmd := exec.Command("/usr/sbin/postfix", "-c", p.dir, "start-fg")
	cmd.Dir, cmd.Stdout, cmd.Stderr, cmd.WaitDelay = p.dir, &out, &out, time.Second
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() {
		_ = cmd.Wait() // what it says is in its log
		close(ended)
	}()
	t.Cleanup(func() {
		if said, err := exec.Command("/usr/sbin/postfix", "-c", p.dir, "stop").CombinedOutput(); err != nil {
			t.Errorf("stopping postfix: %v\n%s%s", err, said, p.Log())
		}
		<-ended
	})
	for range patience {
		if c, err := net.DialTimeout("tcp", fmt.Sprintf("127.0.0.1:%d", p.Port), time.Second); err == nil {
			_ = c.Close() // it was to see that somebody listens
			return
		}
		time.Sleep(pause)
	}
	t.Fatalf("postfix does not listen:\n%s", p.Log())
}

// Delivered waits for the mail of a mailbox.
func (p *Postfix) Delivered(t *testing.T, box string) []byte {
	t.Helper()
	for range patience {
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
		time.Sleep(pause)
	}
	t.Fatalf("no mail for %s:\n%s", box, p.Log())
	return nil
}

// Mails lists the files of all mails that were delivered.
func (p *Postfix) Mails() []string {
	files, _ := filepath.Glob(filepath.Join(p.dir, "mail", "*", "new", "*")) // the pattern is well formed
	return files
}

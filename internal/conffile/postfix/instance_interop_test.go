//go:build interop

package postfix

import (
	"bufio"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"tlsaudit/audit"
	"tlsaudit/fixtures"
)

// instance is a Postfix of its own in a folder.
type instance struct {
	dir  string
	keys string // file with key and certificate
}

// newInstance makes the folders a Postfix needs; it wants them in the hands of
// its own user, so the test has to run as root.
func newInstance(t *testing.T) *instance {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Fatal("postfix must be started as root")
	}
	dir, err := os.MkdirTemp("", "postfix") // t.TempDir is too long a path for its sockets
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"queue", "data", "etc"} {
		if err := os.Mkdir(filepath.Join(dir, name), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	run(t, "chown", "postfix", filepath.Join(dir, "data"))
	in := &instance{dir: dir, keys: filepath.Join(dir, "both.pem")}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	now := time.Now()
	template := &x509.Certificate{SerialNumber: big.NewInt(1), DNSNames: []string{"mail.example.com"}, NotBefore: now.Add(-time.Hour), NotAfter: now.Add(24 * time.Hour)}
	certificate, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	text := append(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private}), pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: certificate})...)
	if err := os.WriteFile(in.keys, text, 0o600); err != nil {
		t.Fatal(err)
	}
	return in
}

func run(t *testing.T, name string, args ...string) string {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), name, args...).CombinedOutput()
	if err != nil {
		t.Fatalf("%s %v: %v\n%s", name, args, err, out)
	}
	return string(out)
}

// frame is what the machine needs besides the configuration under test. Nothing
// is logged to a file: postlogd tells what is wrong with a configuration to its
// own socket, and waits for itself once that is full.
func (in *instance) frame() string {
	return fmt.Sprintf(`
queue_directory = %[1]s/queue
data_directory = %[1]s/data
command_directory = /usr/sbin
daemon_directory = /usr/lib/postfix/sbin
mail_owner = postfix
setgid_group = postdrop
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
myhostname = mail.example.com
mydestination =
mynetworks = 127.0.0.0/8
alias_maps =
alias_database =
local_recipient_maps =
smtpd_relay_restrictions = reject
smtpd_peername_lookup = no
`, in.dir)
}

const helpers = `anvil unix - - n - 1 anvil
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
cleanup unix n - n - 0 cleanup
`

// start runs the configuration and waits for a port; stop ends it.
func (in *instance) start(t *testing.T, main, master string, ports ...int) (stop func()) {
	t.Helper()
	etc := filepath.Join(in.dir, "etc")
	put(t, etc, "main.cf", main+in.frame(), "master.cf", master+helpers)
	run(t, "postfix", "-c", etc, "check")
	if out, errs, ok := postconf(t, etc, "-n"); !ok || errs != "" {
		t.Fatalf("postconf -n: %s\n%s", errs, out)
	}
	run(t, "postfix", "-c", etc, "start")
	stop = func() { run(t, "postfix", "-c", etc, "stop") }
	for _, port := range ports {
		deadline := time.Now().Add(60 * time.Second)
		for {
			c, err := net.DialTimeout("tcp", address(port), time.Second)
			if err == nil {
				c.Close()
				break
			}
			if time.Now().After(deadline) {
				stop()
				t.Fatalf("nobody listens on %d: %v", port, err)
			}
			time.Sleep(50 * time.Millisecond)
		}
	}
	return stop
}

func address(port int) string { return fmt.Sprintf("127.0.0.1:%d", port) }

func freePort(t *testing.T) int {
	t.Helper()
	ports, err := fixtures.FreePorts(1)
	if err != nil {
		t.Fatal(err)
	}
	return ports[0]
}

// dialogue is one SMTP connection.
type dialogue struct {
	net.Conn
	lines *bufio.Reader
}

func dial(port int) (*dialogue, error) {
	c, err := net.DialTimeout("tcp", address(port), 10*time.Second)
	if err != nil {
		return nil, err
	}
	c.SetDeadline(time.Now().Add(30 * time.Second))
	return &dialogue{c, bufio.NewReader(c)}, nil
}

// reply reads one answer of perhaps several lines.
func (d *dialogue) reply() (text string, err error) {
	for {
		line, err := d.lines.ReadString('\n')
		if err != nil {
			return text, err
		}
		if text += line; len(line) < 4 || line[3] != '-' {
			return text, nil
		}
	}
}

func (d *dialogue) ask(command string) (string, error) {
	if _, err := fmt.Fprintf(d, "%s\r\n", command); err != nil {
		return "", err
	}
	return d.reply()
}

// greet reads the greeting and says EHLO.
func (d *dialogue) greet() (capabilities string, err error) {
	if _, err := d.reply(); err != nil {
		return "", err
	}
	return d.ask("EHLO client.example.com")
}

// shakes reports whether a handshake at one version succeeds; mute is set if the
// server did not even talk.
func shakes(port int, wrapped bool, v audit.Version) (ok, mute bool) {
	d, err := dial(port)
	if err != nil {
		return false, true
	}
	defer d.Close()
	if !wrapped {
		capabilities, err := d.greet()
		if err != nil {
			return false, true
		}
		if !strings.Contains(capabilities, "STARTTLS") {
			return false, false
		}
		if answer, err := d.ask("STARTTLS"); err != nil || !strings.HasPrefix(answer, "220") {
			return false, false
		}
	}
	c := tls.Client(d.Conn, &tls.Config{InsecureSkipVerify: true, MinVersion: uint16(v), MaxVersion: uint16(v)})
	return c.Handshake() == nil, false
}

// takesPlain reports whether mail is taken without TLS.
func takesPlain(port int) bool {
	d, err := dial(port)
	if err != nil {
		return false
	}
	defer d.Close()
	if _, err := d.greet(); err != nil {
		return false
	}
	answer, err := d.ask("MAIL FROM:<>")
	return err == nil && strings.HasPrefix(answer, "250")
}

// libraryVersion is that of the OpenSSL here.
func libraryVersion(t *testing.T) string {
	return strings.Fields(run(t, "openssl", "version"))[1]
}

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

// frame is what the machine needs besides the configuration under test.
func (in *instance) frame() string {
	return fmt.Sprintf(`
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
smtpd_relay_restrictions = reject
smtpd_peername_lookup = no
`, in.dir)
}

const helpers = `anvil unix - - n - 1 anvil
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
cleanup unix n - n - 0 cleanup
postlog unix-dgram n - n - 1 postlogd
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
				log, _ := os.ReadFile(filepath.Join(in.dir, "postfix.log"))
				t.Fatalf("nobody listens on %d: %v\n%s", port, err, log)
			}
			time.Sleep(50 * time.Millisecond)
		}
	}
	return stop
}

func address(port int) string { return fmt.Sprintf("127.0.0.1:%d", port) }

func freePort(t *testing.T) int {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port
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

// wired are options of services whose posture is compared with the wire.
var wired = []string{
	"", "-o smtpd_tls_protocols=>=TLSv1.2", "-o smtpd_tls_protocols=TLSv1.2", "-o smtpd_tls_protocols=!SSLv2,!SSLv3,!TLSv1,!TLSv1.1",
	"-o smtpd_tls_protocols=!TLSv1.2", "-o smtpd_tls_protocols=>=TLSv1.4", "-o smtpd_tls_protocols=tlsv1.1:TLSV1.2", "-o smtpd_tls_protocols=",
	"-o smtpd_tls_protocols=SSLv3,TLSv1", "-o smtpd_tls_protocols=>=SSLv3,<=0x302", "-o smtpd_tls_protocols=>=0303", "-o smtpd_tls_protocols=>=0x305", "-o smtpd_tls_protocols=>=,<=TLSv1.2",
	"-o smtpd_tls_exclude_ciphers=!aNULL", "-o smtpd_tls_security_level=secure", "-o smtpd_tls_security_level=encrypt",
	"-o smtpd_tls_security_level=encrypt -o smtpd_tls_mandatory_protocols=>=TLSv1.3", "-o smtpd_tls_security_level=encrypt -o smtpd_tls_protocols=>=TLSv1.3",
	"-o smtpd_tls_security_level=none -o smtpd_tls_wrappermode=yes -o smtpd_tls_mandatory_protocols=TLSv1.2", "-o smtpd_tls_wrappermode=yes",
	"-o smtpd_tls_chain_files= ", "-o smtpd_tls_security_level=encrypt -o smtpd_tls_mandatory_protocols=TLSv9", "-o smtpd_tls_ciphers=bogus",
	"-o smtpd_tls_security_level= -o smtpd_use_tls=yes", "-o smtpd_tls_security_level= -o smtpd_enforce_tls=yes -o smtpd_tls_mandatory_protocols=TLSv1.2",
	"-o smtpd_tls_security_level=MAY", "-o smtpd_tls_security_level=none -o smtpd_use_tls=yes", "-o smtpd_tls_ciphers=low", "-o tls_medium_cipherlist=NOSUCH",
	"-o { smtpd_tls_protocols = !SSLv3, !TLSv1 }", "-o {smtpd_tls_protocols=$mine} -o mine=TLSv1.3", "-o smtpd_tls_protocols=${nothing?TLSv1}${nothing:TLSv1.2}",
	"-o smtpd_tls_security_level=none", "-o smtpd_tls_exclude_ciphers=aNULL,MD5,RC4", "-o smtpd_tls_ciphers=high",
}

// TestWire starts one Postfix with many services and asks each for every
// version, and for mail in clear text: the answers are those declared.
func TestWire(t *testing.T) {
	in := newInstance(t)
	g := newGenerator(1)
	options := append([]string{}, wired...)
	for range 25 { // and random lists
		var list []string
		for range 1 + g.IntN(3) {
			list = append(list, pick(g, "!", "", ">=", "<=", "!")+pick(g, "SSLv3", "TLSv1", "TLSv1.1", "TLSv1.2", "TLSv1.3"))
		}
		options = append(options, "-o smtpd_tls_protocols="+strings.Join(list, pick(g, ",", ":")))
	}
	var master strings.Builder
	ports := map[string]int{}
	for _, o := range options {
		port := freePort(t)
		service := fmt.Sprintf("127.0.0.1:%d", port)
		ports[service+"/inet"] = port
		fmt.Fprintf(&master, "%s inet n - n - - smtpd %s\n", service, o)
	}
	var first int
	for _, first = range ports {
		break
	}
	main := "compatibility_level = 3.6\nsmtpd_tls_chain_files = " + in.keys + "\nsmtpd_tls_security_level = may\n"
	defer in.start(t, main, master.String(), first)()
	d := open(t, filepath.Join(in.dir, "etc"), "main.cf", map[string]string{"postfix": installed(t), "openssl": libraryVersion(t)})
	asked := 0
	for _, l := range d.Listeners {
		port, ok := ports[l.Listener]
		if !ok {
			continue
		}
		e := l.Scope.(*end)
		described := shown("", fmt.Sprint(e.service.line.text))
		for _, v := range []audit.Version{audit.TLSv10, audit.TLSv11, audit.TLSv12, audit.TLSv13} {
			declared := l.Version(v).Answer
			got, mute := shakes(port, e.wrapped, v)
			if mute || declared != audit.Accepted && declared != audit.Refused || got != (declared == audit.Accepted) {
				t.Errorf("%s: %s is declared %v, and the handshake succeeds: %v (mute %v)", described, v, declared, got, mute)
			}
			asked++
		}
		if plain := !e.wrapped && takesPlain(port); plain != (l.Plain == audit.Accepted) {
			t.Errorf("%s: plain text is declared %v, and taken: %v", described, l.Plain, plain)
		}
	}
	if asked < 4*len(options) {
		t.Errorf("only %d questions for %d services", asked, len(options))
	}
	t.Logf("%d services, %d handshakes and mails as declared", len(ports), asked)
}

// TestRoundTrip starts broken configurations, mends them, and starts them again:
// what was declared is observed before and after, and no old version is left.
func TestRoundTrip(t *testing.T) {
	versions := map[string]string{"postfix": installed(t), "openssl": libraryVersion(t)}
	cases := []variant{}
	for _, sample := range []string{"noncompliant-old", "noncompliant-opportunistic-mismatch"} {
		read := func(name string) string {
			b, err := os.ReadFile(filepath.Join("../../../fixtures/config/postfix", sample, name))
			if err != nil {
				t.Fatal(err)
			}
			return string(b)
		}
		cases = append(cases, variant{name: sample, main: read("main.cf"), master: read("master.cf")})
	}
	for _, v := range variants {
		if len(v.want) > 0 && len(v.left) == 0 && v.versions == nil && !strings.Contains(v.name, "no-break") {
			cases = append(cases, v)
		}
	}
	if len(cases) < 20 {
		t.Fatalf("only %d cases", len(cases))
	}
	for _, v := range cases {
		t.Run(v.name, func(t *testing.T) {
			t.Parallel() // they mostly wait
			in := newInstance(t)
			main, master, ports := in.adapt(t, v)
			tree, _, _ := prove(t, Format, texts("main.cf", main, "master.cf", master), "etc/main.cf", versions)
			in.observe(t, main, master, ports, versions, "before")
			text := func(name string) string {
				f, err := tree.Read("etc/" + name)
				if err != nil {
					t.Fatal(err)
				}
				return f.Text
			}
			in.observe(t, text("main.cf"), text("master.cf"), ports, versions, "after")
		})
	}
}

// adapt puts real files and free ports into a configuration.
func (in *instance) adapt(t *testing.T, v variant) (main, master string, ports map[string]int) {
	t.Helper()
	main = v.main
	for _, name := range []string{"/etc/postfix/tls/mail.key, /etc/postfix/tls/mail.pem", "/etc/ssl/certs/ssl-cert-snakeoil.pem", "/etc/ssl/private/ssl-cert-snakeoil.key"} {
		main = strings.ReplaceAll(main, name, in.keys)
	}
	if !strings.HasSuffix(main, "\n") {
		main += "\n"
	}
	ports = map[string]int{}
	for line := range strings.Lines(v.master) {
		w := strings.Fields(line)
		if len(w) >= fields && w[1] == "inet" && !strings.Contains(w[0], ":") && !space(line[0]) && line[0] != '#' {
			port := freePort(t)
			ports[fmt.Sprintf("%d/inet", port)] = port
			line = strings.Replace(line, w[0], fmt.Sprint(port), 1)
		}
		if len(w) >= fields && !space(line[0]) && line[0] != '#' { // no chroot
			line = strings.Replace(line, " y ", " n ", 1)
		}
		if strings.HasPrefix(line, "pickup") || strings.HasPrefix(line, "cleanup") || strings.HasPrefix(line, "qmgr") || strings.HasPrefix(line, "127.0.0.1") {
			continue
		}
		master += line
	}
	return main, master, ports
}

// observe runs a configuration and compares every server with what is declared.
func (in *instance) observe(t *testing.T, main, master string, ports map[string]int, versions map[string]string, when string) {
	t.Helper()
	var list []int
	for _, p := range ports {
		list = append(list, p)
	}
	defer in.start(t, main, master, list...)()
	d := open(t, filepath.Join(in.dir, "etc"), "main.cf", versions)
	for _, l := range d.Listeners {
		port, ok := ports[l.Listener]
		if !ok {
			continue
		}
		e := l.Scope.(*end)
		if e.security.stops != "" {
			if when == "after" {
				t.Errorf("%s still does not start", l.Listener)
			}
			continue
		}
		shook := false
		for _, v := range []audit.Version{audit.TLSv10, audit.TLSv11, audit.TLSv12, audit.TLSv13} {
			declared := l.Version(v).Answer
			got, mute := shakes(port, e.wrapped, v)
			shook = shook || got
			if mute || got != (declared == audit.Accepted) {
				t.Errorf("%s, %s: %s is declared %v, and the handshake succeeds: %v (mute %v)", when, l.Listener, v, declared, got, mute)
			}
			if when == "after" && got && v < audit.TLSv12 {
				t.Errorf("after the change %s takes %s", l.Listener, v)
			}
		}
		if when == "after" && !shook {
			t.Errorf("after the change %s shakes hands with nobody", l.Listener)
		}
	}
}

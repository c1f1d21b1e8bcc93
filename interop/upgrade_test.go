//go:build interop

package interop

import (
	"fmt"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"tlsaudit/audit"
	"tlsaudit/scanner"
)

// TestUpgrades scans servers that come to TLS through the dialogue of their own
// protocol. Each is told to take TLS 1.2 and 1.3 only and presents one
// certificate: that is what must be found.
func TestUpgrades(t *testing.T) {
	t.Parallel()
	if os.Geteuid() != 0 {
		t.Fatal("the servers must be started as root")
	}
	k := makeKeys(t)
	for _, c := range []struct {
		name  string
		start func(*testing.T, *keys) map[string]uint16
		// announces: the dialogue has an announcement that can be compared.
		announces string
	}{
		{"dovecot", dovecotUpgrades, "STARTTLS"},
		{"slapd", slapd, ""},
		{"postgresql", postgresql, ""},
		{"mariadb", mariadb, ""},
		{"prosody", prosody, "starttls required"},
		{"vsftpd", vsftpd, "AUTH TLS"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			for protocol, port := range c.start(t, k) {
				t.Run(protocol, func(t *testing.T) {
					depth := scanner.DepthStandard
					if c.name == "dovecot" && protocol != "imap" {
						depth = scanner.DepthQuick // behind the dialogue it is the same server
					}
					s := scanner.New(scanner.Options{Depth: depth, Timeout: 2 * time.Minute, EHLO: "audit.test"})
					o := s.Scan(t.Context(), audit.Target{Protocol: protocol, Host: serverName, IP: netip.MustParseAddr("127.0.0.1"), Port: port})
					checkUpgrade(t, k, o, c.announces)
				})
			}
		})
	}
}

func checkUpgrade(t *testing.T, k *keys, o *audit.Observation, announces string) {
	t.Helper()
	if o.Reach != audit.ReachTLS || o.StartTLS == nil {
		t.Fatalf("%s: %s %+v", o.Reach, o.Reason, o.StartTLS)
	}
	s := o.StartTLS
	if s.Offered != audit.Accepted || s.Accepted != audit.Accepted || s.Injection != audit.Refused {
		t.Errorf("%+v", s)
	}
	if announces != "" && !slices.ContainsFunc(s.Capabilities, func(line string) bool {
		return strings.EqualFold(line, announces) || strings.EqualFold(line, "STLS")
	}) {
		t.Errorf("capabilities %q", s.Capabilities)
	}
	for _, f := range o.Versions {
		want := f.Version == audit.TLSv12 || f.Version == audit.TLSv13
		if got := f.Answer == audit.Accepted; got != want || !f.Answer.Known() {
			t.Errorf("%s is %s (%s)", f.Version, f.Answer, f.Evidence)
		}
	}
	for _, need := range []audit.Need{audit.NeedSuites, audit.NeedGroups, audit.NeedChains} {
		if o.Depth == scanner.DepthQuick {
			break
		}
		if gap := o.Lacks(need); gap != "" {
			t.Errorf("%s: %s", need, gap)
		}
	}
	if len(o.Chains) != 1 || o.Chains[0].Certificates[0].SHA256 != k.RSA.SHA256 {
		t.Errorf("%d chains, not that of the configuration alone", len(o.Chains))
	}
	if o.Handshake == nil || o.Handshake.Completed != audit.Accepted {
		t.Errorf("handshake %+v", o.Handshake)
	}
	t.Logf("%d connections in %s, notes %q", o.Connections, o.Finished.Sub(o.Started).Round(time.Millisecond), o.Notes)
}

// dovecotUpgrades is Dovecot with all of its protocols in plain text first.
func dovecotUpgrades(t *testing.T, k *keys) map[string]uint16 {
	t.Helper()
	dir := folder(t)
	ports := map[string]uint16{"imap": freePort(t), "pop3": freePort(t), "lmtp": freePort(t), "sieve": freePort(t)}
	log := filepath.Join(dir, "dovecot.log")
	config := write(t, dir, "dovecot.conf", fmt.Sprintf(`
protocols = imap pop3 lmtp sieve
base_dir = %[1]s/run
state_dir = %[1]s/state
log_path = %[2]s
listen = 127.0.0.1
instance_name = upgrades
ssl = yes
ssl_cert = <%[3]s
ssl_key = <%[4]s
ssl_min_protocol = TLSv1.2
ssl_cipher_list = ECDHE+AESGCM
passdb {
  driver = static
  args = nopassword=y
}
userdb {
  driver = static
  args = uid=65534 gid=65534 home=%[1]s
}
service imap-login {
  inet_listener imap {
    port = %[5]d
  }
  inet_listener imaps {
    port = 0
  }
}
service pop3-login {
  inet_listener pop3 {
    port = %[6]d
  }
  inet_listener pop3s {
    port = 0
  }
}
service lmtp {
  inet_listener lmtp {
    port = %[7]d
  }
}
service managesieve-login {
  inet_listener sieve {
    port = %[8]d
  }
}
`, dir, log, k.RSA.Cert, k.RSA.Key, ports["imap"], ports["pop3"], ports["lmtp"], ports["sieve"]))
	start(t, ports["imap"], dir, []string{"dovecot", "-F", "-c", config}, log)
	return ports
}

// slapd is OpenLDAP with nothing in its directory; TLS is GnuTLS's.
func slapd(t *testing.T, k *keys) map[string]uint16 {
	t.Helper()
	dir, port := folder(t), freePort(t)
	config := write(t, dir, "slapd.conf", fmt.Sprintf(`
include /etc/ldap/schema/core.schema
TLSCertificateFile %s
TLSCertificateKeyFile %s
TLSCipherSuite NORMAL:-VERS-ALL:+VERS-TLS1.2:+VERS-TLS1.3
TLSVerifyClient never
`, k.RSA.Cert, k.RSA.Key))
	start(t, port, dir, []string{"slapd", "-f", config, "-h", "ldap://" + address(port), "-d", "0"})
	return map[string]uint16{"ldap": port}
}

// postgresql is a fresh cluster. Its programs refuse to run as root.
func postgresql(t *testing.T, k *keys) map[string]uint16 {
	t.Helper()
	dir, port := folder(t), freePort(t)
	bin := must(filepath.Glob("/usr/lib/postgresql/*/bin"))(t)
	if len(bin) == 0 {
		t.Fatal("postgresql is not installed: the interop tests need it (see .ci/run)")
	}
	write(t, dir, "key.pem", string(must(os.ReadFile(k.RSA.Key))(t)))
	for _, command := range [][]string{
		{"chown", "-R", "postgres", dir},
		{"chmod", "600", filepath.Join(dir, "key.pem")},
		{"runuser", "-u", "postgres", "--", filepath.Join(bin[0], "initdb"), "-N", "-D", filepath.Join(dir, "data")},
	} {
		execute(t, dir, command)
	}
	start(t, port, dir, []string{
		"runuser", "-u", "postgres", "--", filepath.Join(bin[0], "postgres"), "-D", filepath.Join(dir, "data"), "-p", fmt.Sprint(port), "-h", "127.0.0.1", "-k", dir,
		"-c", "ssl=on", "-c", "ssl_cert_file=" + k.RSA.Cert, "-c", "ssl_key_file=" + filepath.Join(dir, "key.pem"), "-c", "ssl_min_protocol_version=TLSv1.2",
	})
	return map[string]uint16{"postgres": port}
}

// mariadb has no tables and asks nobody for a password.
func mariadb(t *testing.T, k *keys) map[string]uint16 {
	t.Helper()
	dir, port := folder(t), freePort(t)
	write(t, dir, "key.pem", string(must(os.ReadFile(k.RSA.Key))(t)))
	if err := os.Mkdir(filepath.Join(dir, "data"), 0o755); err != nil {
		t.Fatal(err)
	}
	execute(t, dir, []string{"chown", "-R", "mysql", dir})
	start(t, port, dir, []string{
		"mariadbd", "--no-defaults", "--user=mysql", "--skip-grant-tables", "--skip-networking=0", "--bind-address=127.0.0.1", "--port=" + fmt.Sprint(port),
		"--datadir=" + filepath.Join(dir, "data"), "--socket=" + filepath.Join(dir, "s"), "--ssl-cert=" + k.RSA.Cert, "--ssl-key=" + filepath.Join(dir, "key.pem"),
		"--tls-version=TLSv1.2,TLSv1.3",
	})
	return map[string]uint16{"mysql": port}
}

// prosody demands TLS of clients and of servers.
func prosody(t *testing.T, k *keys) map[string]uint16 {
	t.Helper()
	dir := folder(t)
	ports := map[string]uint16{"xmpp-client": freePort(t), "xmpp-server": freePort(t)}
	write(t, dir, "key.pem", string(must(os.ReadFile(k.RSA.Key))(t)))
	config := write(t, dir, "prosody.cfg.lua", fmt.Sprintf(`
daemonize = false
data_path = "%[1]s"
pidfile = "%[1]s/prosody.pid"
interfaces = { "127.0.0.1" }
modules_enabled = { "tls", "saslauth", "dialback" }
modules_disabled = { "s2s_auth_certs" }
c2s_ports = { %[2]d }
s2s_ports = { %[3]d }
c2s_direct_tls_ports = {}
s2s_direct_tls_ports = {}
http_ports = {}
https_ports = {}
c2s_require_encryption = true
s2s_require_encryption = true
ssl = { certificate = "%[4]s"; key = "%[1]s/key.pem"; protocol = "tlsv1_2+" }
log = { info = "*console" }
VirtualHost "%[5]s"
`, dir, ports["xmpp-client"], ports["xmpp-server"], k.RSA.Cert, serverName))
	execute(t, dir, []string{"chown", "-R", "prosody", dir})
	start(t, ports["xmpp-client"], dir, []string{"runuser", "-u", "prosody", "--", "prosody", "--config", config, "-F"})
	return ports
}

func vsftpd(t *testing.T, k *keys) map[string]uint16 {
	t.Helper()
	dir, port := folder(t), freePort(t)
	if err := os.Mkdir(filepath.Join(dir, "empty"), 0o755); err != nil {
		t.Fatal(err)
	}
	config := write(t, dir, "vsftpd.conf", fmt.Sprintf(`listen=YES
background=NO
listen_address=127.0.0.1
listen_port=%d
secure_chroot_dir=%s/empty
local_enable=YES
ssl_enable=YES
ssl_sslv2=NO
ssl_sslv3=NO
ssl_ciphers=ECDHE+AESGCM
rsa_cert_file=%s
rsa_private_key_file=%s
`, port, dir, k.RSA.Cert, k.RSA.Key))
	start(t, port, dir, []string{"vsftpd", config})
	return map[string]uint16{"ftp": port}
}

// execute runs a program to its end.
func execute(t *testing.T, dir string, command []string) {
	t.Helper()
	cmd := exec.Command(program(t, command[0]), command[1:]...)
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%s: %v\n%s", command[0], err, out)
	}
}

// TestEnforced: whether Postfix takes mail in plain text is what its own setting
// says.
func TestEnforced(t *testing.T) {
	t.Parallel()
	k := makeKeys(t)
	for level, want := range map[string]audit.Answer{"may": audit.Refused, "encrypt": audit.Accepted} {
		t.Run(level, func(t *testing.T) {
			port := postfix(t, k, "smtpd_tls_security_level = "+level+"\nsmtpd_tls_mandatory_protocols = >=TLSv1.3\nsmtpd_tls_protocols = >=TLSv1.3", "")
			s := scanner.New(scanner.Options{Timeout: 2 * time.Minute, EHLO: "audit.test"})
			o := s.Scan(t.Context(), audit.Target{Protocol: "smtp", Host: serverName, IP: netip.MustParseAddr("127.0.0.1"), Port: port})
			if o.StartTLS == nil || o.StartTLS.Enforced != want {
				t.Errorf("%s: %s %+v", o.Reach, o.Reason, o.StartTLS)
			}
		})
	}
}

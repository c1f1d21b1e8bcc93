//go:build interop

package interop

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"tlsaudit/audit"
)

// postfixSTARTTLS is Postfix as it comes: opportunistic TLS from TLS 1.0 on,
// medium ciphers, anonymous ones included.
func postfixSTARTTLS(t *testing.T, k *keys) endpoint {
	t.Helper()
	port := postfix(t, k, "smtpd_tls_security_level = may", "")
	return endpoint{Protocol: "smtp", Port: port, Upgrade: "smtp", Leaves: []keyPair{k.RSA, k.ECDSA}, Preference: audit.PreferenceClient}
}

// postfixSMTPS is Postfix as a hardened submission service: TLS from the first
// byte, TLS 1.2 and up, no static RSA.
func postfixSMTPS(t *testing.T, k *keys) endpoint {
	t.Helper()
	port := postfix(t, k, `smtpd_tls_security_level = encrypt
smtpd_tls_mandatory_protocols = >=TLSv1.2
smtpd_tls_mandatory_ciphers = high
smtpd_tls_mandatory_exclude_ciphers = aNULL, kRSA, CAMELLIA, ARIA
tls_preempt_cipherlist = yes`, " -o smtpd_tls_wrappermode=yes")
	return endpoint{Protocol: "smtps", Port: port, Leaves: []keyPair{k.RSA, k.ECDSA}, Preference: audit.PreferenceServer}
}

// postfix runs a whole Postfix instance of its own, as root: it wants its queue
// and data in the hands of its own user.
func postfix(t *testing.T, k *keys, tls, options string) uint16 {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Fatal("postfix must be started as root")
	}
	dir, port := folder(t), freePort(t)
	for _, name := range []string{"queue", "data"} {
		if err := os.Mkdir(filepath.Join(dir, name), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	if out, err := exec.Command(program(t, "chown"), "postfix", filepath.Join(dir, "data")).CombinedOutput(); err != nil {
		t.Fatalf("handing data to postfix: %v\n%s", err, out)
	}
	log := filepath.Join(dir, "postfix.log")
	write(t, dir, "main.cf", fmt.Sprintf(`
compatibility_level = 3.6
queue_directory = %[1]s/queue
data_directory = %[1]s/data
command_directory = /usr/sbin
daemon_directory = /usr/lib/postfix/sbin
mail_owner = postfix
setgid_group = postdrop
maillog_file = %[2]s
maillog_file_prefixes = %[1]s
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
myhostname = %[3]s
mydestination =
mynetworks = 127.0.0.0/8
alias_maps =
alias_database =
local_recipient_maps =
smtpd_relay_restrictions = reject
smtpd_peername_lookup = no
smtpd_tls_chain_files = %[4]s, %[5]s, %[6]s, %[7]s
%[8]s
`, dir, log, serverName, k.RSA.Key, k.RSA.Cert, k.ECDSA.Key, k.ECDSA.Cert, tls))
	write(t, dir, "master.cf", fmt.Sprintf(`
127.0.0.1:%d inet n - n - - smtpd%s
anvil unix - - n - 1 anvil
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
cleanup unix n - n - 0 cleanup
postlog unix-dgram n - n - 1 postlogd
`, port, options))
	// Its master leaves the process group it is started in: it has to be told.
	t.Cleanup(func() {
		if out, err := exec.Command(program(t, "postfix"), "-c", dir, "stop").CombinedOutput(); err != nil {
			t.Errorf("stopping postfix: %v\n%s%s", err, out, tails([]string{log}))
		}
	})
	start(t, port, dir, []string{"postfix", "-c", dir, "start-fg"}, log)
	return port
}

// dovecotIMAPS is Dovecot's IMAP service with TLS from the first byte, told to
// start at TLS 1.0, which OpenSSL's security level does not let it do. Dovecot
// closes the connection before OpenSSL's alert is sent: on the wire, latent and
// refused are the same here, and refused is what anybody can find out.
func dovecotIMAPS(t *testing.T, k *keys) endpoint {
	t.Helper()
	dir, port := folder(t), freePort(t)
	log := filepath.Join(dir, "dovecot.log")
	config := write(t, dir, "dovecot.conf", fmt.Sprintf(`
protocols = imap
base_dir = %[1]s/run
state_dir = %[1]s/state
log_path = %[2]s
listen = 127.0.0.1
instance_name = interop
ssl = required
ssl_cert = <%[3]s
ssl_key = <%[4]s
ssl_alt_cert = <%[5]s
ssl_alt_key = <%[6]s
ssl_min_protocol = TLSv1
ssl_cipher_list = ALL:!kRSA:!SRP:!PSK:!aNULL:!eNULL
ssl_prefer_server_ciphers = yes
passdb {
  driver = static
  args = nopassword=y
}
service imap-login {
  process_min_avail = 1
  service_count = 0
  client_limit = 256
  inet_listener imap {
    port = 0
  }
  inet_listener imaps {
    port = %[7]d
    ssl = yes
  }
}
`, dir, log, k.RSA.Cert, k.RSA.Key, k.ECDSA.Cert, k.ECDSA.Key, port))
	start(t, port, dir, []string{"dovecot", "-F", "-c", config}, log)
	return endpoint{Protocol: "tls", Port: port, Leaves: []keyPair{k.RSA, k.ECDSA}, Preference: audit.PreferenceServer}
}

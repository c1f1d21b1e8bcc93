//go:build interop

package interop

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"tlsaudit/audit"
)

// patience bounds one connection of a brute force.
const patience = 10 * time.Second

// run runs a client program with nothing on its standard input and returns all
// it printed. How it exits says little: many clients fail after a successful
// handshake because there is no input.
func run(name string, args ...string) (string, error) {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	cmd := exec.CommandContext(ctx, name, args...)
	// the client's own defaults, not those of the machine it runs on
	cmd.Env = []string{"OPENSSL_CONF=/dev/null", "PATH=/usr/bin:/bin:/usr/sbin:/sbin", "LANG=C"}
	cmd.WaitDelay = time.Second
	out, err := cmd.CombinedOutput()
	var exit *exec.ExitError
	if ctx.Err() != nil || err != nil && !errors.As(err, &exit) {
		return string(out), fmt.Errorf("running %s: %w\n%s", name, errors.Join(err, ctx.Err()), out)
	}
	return string(out), nil
}

// openssl is the brute force with "openssl s_client" at security level 0. It
// knows every suite an OpenSSL server of the same release can accept, but no
// SSLv3, RC4, DES, 3DES or export suite: Debian builds OpenSSL without them.
type openssl struct {
	program string
	k       *keys
}

var opensslVersions = []struct {
	version audit.Version
	flag    string
}{
	{audit.TLSv10, "-tls1"}, {audit.TLSv11, "-tls1_1"}, {audit.TLSv12, "-tls1_2"}, {audit.TLSv13, "-tls1_3"},
}

// everything is OpenSSL's name for all suites, the worst included.
const everything = "ALL:COMPLEMENTOFALL:@SECLEVEL=0"

// suites13 has to be spelt out: CCM is off by default.
const suites13 = "TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256:TLS_AES_128_GCM_SHA256:TLS_AES_128_CCM_SHA256:TLS_AES_128_CCM_8_SHA256"

func newOpenSSL(t *testing.T, k *keys) *openssl { return &openssl{program(t, "openssl"), k} }

// offers lists every suite this OpenSSL can put into a hello, by version.
func (c *openssl) offers(t *testing.T) (offers []offer) {
	t.Helper()
	for _, v := range opensslVersions {
		list, err := run(c.program, "ciphers", "-s", "-V", v.flag, "-ciphersuites", suites13, everything)
		if err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(list) {
			var high, low uint8
			fields := strings.Fields(line)
			if len(fields) < 3 {
				continue
			}
			if _, err := fmt.Sscanf(fields[0], "0x%X,0x%X", &high, &low); err != nil {
				t.Fatalf("reading the list of suites: %q: %v", line, err)
			}
			offers = append(offers, offer{v.version, audit.Code(high)<<8 | audit.Code(low), fields[2]})
		}
	}
	if len(offers) < 100 {
		t.Fatalf("openssl lists only %d suites", len(offers))
	}
	return offers
}

// force offers each suite alone.
func (c *openssl) force(t *testing.T, e endpoint) force {
	t.Helper()
	return bruteForce(t, c.offers(t), func(o offer) (verdict, bool, error) {
		chosen, alert, err := c.connect(e, o.Version, o.Name)
		if err == nil && chosen != "" && chosen != o.Name {
			err = fmt.Errorf("the server chose %s", chosen)
		}
		return verdict{chosen != "", alert}, true, err
	})
}

var (
	cipherLine = regexp.MustCompile(`(?m)^New, [^,]*, Cipher is (\S+)$`)
	alertLine  = regexp.MustCompile(`SSL alert number (\d+)`)
)

// connect offers suites, separated by colons, at one version and returns the
// one chosen, or "" and the alert.
func (c *openssl) connect(e endpoint, version audit.Version, suites string, more ...string) (chosen string, alert int, err error) {
	args := []string{"s_client", "-connect", address(e.Port), "-servername", serverName, "-cert", c.k.Client.Cert, "-key", c.k.Client.Key, "-legacy_server_connect"}
	for _, v := range opensslVersions {
		if v.version == version {
			args = append(args, v.flag)
		}
	}
	if version == audit.TLSv13 {
		args = append(args, "-ciphersuites", suites, "-cipher", "DEFAULT:@SECLEVEL=0")
	} else {
		args = append(args, "-cipher", suites+":@SECLEVEL=0")
	}
	if e.Upgrade != "" {
		args = append(args, "-starttls", e.Upgrade)
	}
	// A close without an alert may be the server's word or an accident: ask
	// again before believing it.
	for range 3 {
		out, err := run(c.program, append(args, more...)...)
		if err != nil {
			return "", 0, err
		}
		cipher, alert := cipherLine.FindStringSubmatch(out), alertLine.FindStringSubmatch(out)
		switch {
		case cipher != nil && cipher[1] != "(NONE)":
			return cipher[1], 0, nil
		case strings.Contains(out, "Server Temp Key:") && !strings.Contains(suites, ":"):
			// The server took the only suite and went on; it is the client
			// that gave up: OpenSSL as a server asks for a client certificate
			// after choosing an anonymous suite, against RFC 5246 section 7.4.4.
			return suites, 0, nil
		case alert != nil:
			number, err := strconv.Atoi(alert[1])
			return "", number, err
		case strings.Contains(out, "unsupported protocol"), strings.Contains(out, "wrong version number"):
			// the server answered with another version
			return "", 0, nil
		case !strings.Contains(out, "CONNECTED"):
			return "", 0, fmt.Errorf("no connection:\n%s", out)
		}
	}
	return "", 0, nil
}

//go:build interop

package interop

import (
	"bufio"
	"context"
	"fmt"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"tlsaudit/audit"
	"tlsaudit/internal/tlsreg"
)

// Peer.java is a server and a brute-force client on JSSE with all of Java's
// restrictions lifted, so that SSLv3, RC4, DES and export suites exist.
const jssePeer = "testdata/Peer.java"

// keyStore turns the server's keys into a PKCS #12 file.
func keyStore(t *testing.T, k *keys) string {
	t.Helper()
	dir := folder(t)
	for name, pair := range map[string]keyPair{"rsa": k.RSA, "ecdsa": k.ECDSA} {
		out, err := run(program(t, "openssl"), "pkcs12", "-export", "-in", pair.Cert, "-inkey", pair.Key, "-name", name, "-passout", "pass:changeit", "-out", filepath.Join(dir, name+".p12"))
		if err != nil || strings.Contains(out, "rror") {
			t.Fatalf("making a key store: %v\n%s", err, out)
		}
	}
	return dir
}

// jsseServer serves SSLv3 to TLS 1.3 with every suite Java has.
func jsseServer(t *testing.T, k *keys) endpoint {
	t.Helper()
	port := freePort(t)
	peer := must(filepath.Abs(jssePeer))(t)
	start(t, port, ".", []string{"java", peer, "serve", keyStore(t, k), strconv.Itoa(int(port))})
	return endpoint{Protocol: "tls", Port: port, Leaves: []keyPair{k.RSA, k.ECDSA}, Preference: audit.PreferenceServer}
}

// jsseForce is the brute force by the same program, all in one process. Its
// client also speaks SSLv3.
func jsseForce(t *testing.T, e endpoint) force {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, program(t, "java"), jssePeer, "force", strconv.Itoa(int(e.Port)))
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("running %s: %v\n%s", jssePeer, err, out)
	}
	found := force{}
	versions := map[string]audit.Version{"SSLv3": audit.SSLv3, "TLSv1": audit.TLSv10, "TLSv1.1": audit.TLSv11, "TLSv1.2": audit.TLSv12, "TLSv1.3": audit.TLSv13}
	lines := bufio.NewScanner(strings.NewReader(string(out)))
	for lines.Scan() {
		version, suite, v, expressible, err := jsseLine(lines.Text(), versions)
		if err != nil {
			t.Error(err)
		}
		if !expressible {
			continue
		}
		if found[version] == nil {
			found[version] = map[audit.Code]verdict{}
		}
		found[version][suite] = v
	}
	if len(found) < len(versions) {
		t.Errorf("%s tried only the versions %s:\n%s", jssePeer, found.versions(), out)
	}
	return found
}

// jsseLine reads "VERSION SUITE accepted|refused|not-sent|error DETAIL".
func jsseLine(line string, versions map[string]audit.Version) (version audit.Version, code audit.Code, v verdict, expressible bool, err error) {
	fields := strings.SplitN(line, " ", 4)
	if len(fields) < 3 {
		return 0, 0, v, false, fmt.Errorf("unreadable line %q", line)
	}
	suite, ok := tlsreg.SuiteByName(fields[1])
	if !ok {
		return 0, 0, v, false, fmt.Errorf("the registry does not know Java's %s", fields[1])
	}
	version, ok = versions[fields[0]]
	switch {
	case !ok:
		return 0, 0, v, false, fmt.Errorf("unknown version in %q", line)
	case fields[2] == "not-sent":
		return version, suite.Code, v, false, nil
	case fields[2] == "error":
		return version, suite.Code, v, false, fmt.Errorf("%s", line)
	}
	return version, suite.Code, verdict{Accepted: fields[2] == "accepted"}, true, nil
}

//go:build interop

package exim

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"tlsaudit/audit"
	"tlsaudit/fixtures"
	"tlsaudit/internal/confdoc"
	"tlsaudit/internal/conftree"
)

// daemon starts Exim on a port of loopback until the test, or stop, ends it.
func daemon(t *testing.T, p product, conf string) (address net.Addr, stop func()) {
	t.Helper()
	ports, err := fixtures.FreePorts(1)
	if err != nil {
		t.Fatal(err)
	}
	address = &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: ports[0]}
	ctx, cancel := context.WithCancel(t.Context())
	cmd := exec.CommandContext(ctx, p.path, "-C", conf, "-bdf", "-oX", fmt.Sprintf("127.0.0.1.%d", ports[0]))
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	cmd.WaitDelay = 10 * time.Second
	var out strings.Builder
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	stop = func() {
		cancel()
		_ = cmd.Wait() // it ends by a signal
	}
	t.Cleanup(stop)
	for range 200 {
		conn, err := net.DialTimeout("tcp", address.String(), time.Second)
		if err == nil {
			conn.Close()
			return address, stop
		}
		time.Sleep(100 * time.Millisecond)
	}
	stop()
	t.Fatalf("Exim does not listen: %s", out.String())
	return nil, nil
}

// accepts asks Exim itself about a file.
func accepts(t *testing.T, p product, conf string) error {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), p.path, "-C", conf, "-bV").CombinedOutput()
	if err != nil {
		return fmt.Errorf("%w: %s", err, lastLines(string(out)))
	}
	return nil
}

// broken are configurations to mend, by what they are written for.
func broken(t *testing.T, lib library) map[string]string {
	t.Helper()
	const transport = "begin transports\nremote_smtp:\n  driver = smtp\n  hosts_avoid_tls = *\n  tls_tempfail_tryclear\n  tls_verify_certificates =\n"
	base := "tls_certificate = /etc/exim4/exim.crt\ntls_privatekey = /etc/exim4/exim.key\n"
	m := map[string]string{
		"nothing set": base + transport,
		"empty":       base + "tls_advertise_hosts =\n" + transport,
		"macros":      "ADV = :\n.ifndef STRICT\n" + base + "tls_advertise_hosts = ADV\n.endif\ntls_dhparam = ike5\n" + transport,
	}
	if lib == gnuTLS {
		m["priority string"] = base + "tls_require_ciphers = NORMAL:+VERS-TLS1.0\\\n   :-VERS-TLS1.3\n" + transport
		m["legacy"] = base + "tls_advertise_hosts = *\ntls_require_ciphers = LEGACY\n" + transport
		return m
	}
	b, err := os.ReadFile("../../../fixtures/config/exim/exim4.noncompliant.conf")
	if err != nil {
		t.Fatal(err)
	}
	m["sample"] = string(b)
	m["level 0"] = base + "tls_advertise_hosts = *\ntls_require_ciphers = ALL:@SECLEVEL=0\n" + transport
	m["taken back"] = base + "openssl_options = +no_tlsv1 \\\n  # once\n  +no_tlsv1_1 -no_tlsv1_1\ntls_require_ciphers = DEFAULT:@SECLEVEL=0\n" + transport
	return m
}

// TestFixes mends broken configurations, and looks at each before and after:
// what Exim says about the file, and what its daemon answers.
func TestFixes(t *testing.T) {
	p := installed(t)
	dir := folder(t)
	pem := certificate(t, dir, true)
	if err := os.Chmod(dir, 0o777); err != nil { // the user Exim runs as writes logs
		t.Fatal(err)
	}
	head := fmt.Sprintf("keep_environment =\nspool_directory = %s/spool\nlog_file_path = %s/%%slog\npid_file_path = %s/pid\n", dir, dir, dir)
	for name, text := range broken(t, p.lib) {
		t.Run(name, func(t *testing.T) {
			text := head + strings.NewReplacer("/etc/exim4/exim.crt", pem, "/etc/exim4/exim.key", pem).Replace(text)
			conf := filepath.Join(dir, "exim.conf")
			write(t, conf, text)
			if err := accepts(t, p, conf); err != nil {
				t.Fatalf("Exim refuses the file that is to be mended: %v", err)
			}
			doc := readInterop(t, text, p)
			if found := objections(doc); len(found) == 0 {
				t.Error("nothing is found in it")
			}
			observe(t, p, conf, doc)
			mended := mendAll(t, text, p)
			write(t, conf, mended)
			if err := accepts(t, p, conf); err != nil {
				t.Fatalf("Exim refuses the mended file: %v\n%s", err, mended)
			}
			doc = readInterop(t, mended, p)
			if left := objections(doc); len(left) > 0 {
				t.Errorf("left: %v\n%s", left, mended)
			}
			if seen := observe(t, p, conf, doc); seen[audit.TLSv10] || seen[audit.TLSv11] || !seen[audit.TLSv12] {
				t.Errorf("after the change the daemon takes %v\n%s", seen, mended)
			}
		})
	}
}

func readInterop(t *testing.T, text string, p product) *confdoc.Document {
	t.Helper()
	tree := conftree.FromTexts(map[string]string{"exim.conf": text})
	f, err := tree.Read("exim.conf")
	if err != nil {
		t.Fatal(err)
	}
	d := Read(&confdoc.Reader{Tree: tree, Versions: p.versions()}, f)
	d.Format = Format
	confdoc.Settle(d)
	return d
}

func objections(d *confdoc.Document) (list []string) {
	for _, j := range confdoc.Judge(d, confdoc.Demands{Min: audit.TLSv12}) {
		for _, f := range j.Findings {
			if f.Verdict == audit.Fail || f.Verdict == audit.Warn {
				list = append(list, f.Rule+" "+f.Message)
			}
		}
	}
	return list
}

// mendAll applies changes until none is left.
func mendAll(t *testing.T, text string, p product) string {
	t.Helper()
	for range 50 {
		changed := false
		for _, j := range confdoc.Judge(readInterop(t, text, p), confdoc.Demands{Min: audit.TLSv12}) {
			for i := range j.Findings {
				fix, ok := j.Fixes[i]
				if changed || !ok || len(fix.Edits) == 0 {
					continue
				}
				texts, err := conftree.Apply(fix.Edits)
				if err != nil {
					t.Fatal(err)
				}
				text, changed = texts["exim.conf"], true
			}
		}
		if !changed {
			return text
		}
	}
	t.Fatal("there is no end of changes")
	return text
}

// observe starts the daemon and holds what it answers against what is declared.
func observe(t *testing.T, p product, conf string, doc *confdoc.Document) map[audit.Version]bool {
	t.Helper()
	address, stop := daemon(t, p, conf)
	defer stop()
	l := doc.Listeners[0]
	seen := map[audit.Version]bool{}
	for _, v := range audit.Versions[2:] {
		offered, err := ask(address, tlsVersions[v], nil)
		if offered != (l.TLS == audit.Accepted) {
			t.Errorf("STARTTLS offered: %t, declared %v (%v)", offered, l.TLS, err)
		}
		if !offered {
			break
		}
		var netErr net.Error
		if errors.As(err, &netErr) && netErr.Timeout() {
			t.Fatalf("no answer: %v", err)
		}
		seen[v] = err == nil
		if problem := compare(l.Version(v), err); problem != "" {
			t.Errorf("%v declared %v: %s", v, l.Version(v).Answer, problem)
		}
	}
	return seen
}

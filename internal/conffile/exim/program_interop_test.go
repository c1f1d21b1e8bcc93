//go:build interop

package exim

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// program finds Exim: where TLSAUDIT_EXIM says (the package conflicts with
// other mail servers, so that .ci/run unpacks it into a folder), or installed.
func program(t *testing.T) string {
	t.Helper()
	candidates := []string{os.Getenv("TLSAUDIT_EXIM")}
	for _, folder := range append(filepath.SplitList(os.Getenv("PATH")), "/usr/sbin", "/sbin") {
		candidates = append(candidates, filepath.Join(folder, "exim4"), filepath.Join(folder, "exim"))
	}
	for _, file := range candidates {
		if info, err := os.Stat(file); file != "" && err == nil && info.Mode().IsRegular() && info.Mode()&0o111 != 0 {
			return file
		}
	}
	t.Fatal("Exim is not installed: the interop tests need it (see .ci/run), or TLSAUDIT_EXIM with its path")
	return ""
}

// product is the installed Exim with the library it was built with.
type product struct {
	path string
	lib  library
}

func installed(t *testing.T) product {
	t.Helper()
	p := product{path: program(t)}
	file := filepath.Join(t.TempDir(), "exim.conf")
	write(t, file, "keep_environment =\n")
	out, err := exec.CommandContext(t.Context(), p.path, "-C", file, "-bV").CombinedOutput()
	if err != nil {
		t.Fatalf("exim -bV: %v\n%s", err, out)
	}
	switch {
	case strings.Contains(string(out), "GnuTLS"):
		p.lib = gnuTLS
	case strings.Contains(string(out), "OpenSSL"):
		p.lib = openSSL
	default:
		t.Fatalf("Exim without TLS:\n%s", out)
	}
	t.Logf("%s, built with %s", strings.SplitN(string(out), "\n", 2)[0], p.lib)
	return p
}

// folder makes a folder that the user Exim runs as can traverse, which
// t.TempDir does not promise.
func folder(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "exim")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	return dir
}

func write(t *testing.T, file, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// versions is what the inventory would say about the machine.
func (p product) versions() map[string]string {
	if p.lib == gnuTLS {
		return map[string]string{"exim": "4.96", "gnutls": "3.7"}
	}
	return map[string]string{"exim": "4.96", "openssl": "3.0"}
}

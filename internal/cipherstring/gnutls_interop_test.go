//go:build interop

package cipherstring

import (
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
)

// gnutls runs gnutls-cli and returns what it lists, in the form of
// printGnuTLS; what selects no suite or no version is "nothing".
func gnutls(t *testing.T, priority string) string {
	cmd := exec.CommandContext(t.Context(), "gnutls-cli", "--list", "--priority", priority)
	cmd.Env = []string{"GNUTLS_SYSTEM_PRIORITY_FILE=/dev/null"}
	out, err := cmd.CombinedOutput()
	text := string(out)
	if _, at, ok := strings.Cut(text, "Syntax error at: "); ok {
		at, _, _ = strings.Cut(at, "\n") // what follows is standard output
		return "Syntax error at: " + at
	}
	if strings.Contains(text, "No or insufficient priorities were set") {
		return "nothing"
	}
	if err != nil {
		t.Errorf("gnutls-cli --list --priority %q: %v\n%s", priority, err, text)
	}
	var lines []string
	suites := 0
	for _, line := range strings.Split(text, "\n")[1:] {
		if name, _, ok := strings.Cut(line, "\t"); ok {
			suites++
			line = strings.TrimSpace(name)
		}
		if line != "" {
			lines = append(lines, line)
		}
	}
	text = strings.Join(lines, "\n")
	if suites == 0 || strings.Contains(text, "Protocols: none") {
		return "nothing"
	}
	return text
}

func TestGnuTLSPriorities(t *testing.T) {
	version, err := exec.CommandContext(t.Context(), "gnutls-cli", "--version").Output()
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("comparing with %s", strings.SplitN(string(version), "\n", 2)[0])
	strs := gnutlsStrings(379, 2000)
	for _, kind := range [][]string{gnutlsNames.ciphers, gnutlsNames.macs, gnutlsNames.kx, prefixed("SIGN-", gnutlsNames.signatures), prefixed("GROUP-", gnutlsNames.groups), prefixed("VERS-", gnutlsNames.versions)} {
		for _, name := range kind {
			strs = append(strs, "NORMAL:+"+name, "NORMAL:-"+name, "NONE:+VERS-TLS-ALL:+SIGN-ALL:+GROUP-ALL:+AES-128-CBC:+SHA1:+RSA:+"+strings.ToLower(name))
		}
	}
	for _, name := range gnutlsNames.groups {
		strs = append(strs, "NORMAL:-GROUP-ALL:+GROUP-"+name, "NORMAL:+GOST:-GROUP-ALL:+GROUP-"+name, "NORMAL:-VERS-ALL:+VERS-TLS1.3:-GROUP-ALL:+GROUP-"+name)
	}
	for _, name := range gnutlsNames.signatures {
		for _, version := range gnutlsNames.versions {
			strs = append(strs, "NORMAL:-VERS-ALL:+VERS-"+version+":-SIGN-ALL:+SIGN-"+name)
		}
	}
	for _, kx := range gnutlsNames.kx {
		for _, cipher := range []string{"AES-128-CBC", "AES-256-GCM", "CHACHA20-POLY1305", "CAMELLIA-128-CBC", "ARCFOUR-128", "NULL", "3DES-CBC"} {
			strs = append(strs, "NORMAL:-KX-ALL:+"+kx+":-CIPHER-ALL:+"+cipher+":+SHA256:+SHA384:+MD5", "NORMAL:-VERS-TLS-ALL:-KX-ALL:+"+kx+":-CIPHER-ALL:+"+cipher+":+SHA256:+MD5")
		}
	}
	for _, option := range gnutlsOptions {
		strs = append(strs, "NORMAL:%"+option)
	}
	counts := map[string]int{}
	var mutex sync.Mutex
	parallel(strs, func(s string) {
		want, got := gnutls(t, s), printGnuTLS(s)
		if got != want {
			t.Errorf("%q\ngnutls:\n%s\nours:\n%s", s, want, got)
		}
		mutex.Lock()
		defer mutex.Unlock()
		kind, _, _ := strings.Cut(want, ":")
		counts[strings.SplitN(kind, "\n", 2)[0]]++
	})
	wrong, nothing := counts["Syntax error at"], counts["nothing"]
	t.Logf("%d strings compared: %d syntax errors, %d select nothing", len(strs), wrong, nothing)
	if len(strs)-wrong-nothing < 1000 || wrong < 100 || nothing < 100 {
		t.Error("the corpus has become one-sided")
	}
}

// TestGnuTLSGoldenIsTrue compares the golden file with the installed program,
// or writes it.
func TestGnuTLSGoldenIsTrue(t *testing.T) {
	var b strings.Builder
	for _, line := range goldenLines(t, gnutlsGolden) {
		out := strings.ReplaceAll(gnutls(t, line[0]), "\n", "; ")
		if out != line[1] && !*update {
			t.Errorf("%q\ngnutls: %s\ngolden: %s", line[0], out, line[1])
		}
		b.WriteString(line[0] + " => " + out + "\n")
	}
	if *update {
		if err := os.WriteFile("testdata/"+gnutlsGolden, []byte(b.String()), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

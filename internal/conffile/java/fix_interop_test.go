//go:build interop

package java

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"tlsaudit/audit"
	"tlsaudit/internal/confdoc"
	"tlsaudit/internal/conftree"
)

// TestFixes mends broken files, and asks a JVM of its own about each before and
// after: what it has enabled, and whether it still completes a handshake.
func TestFixes(t *testing.T) {
	j := installedJDK(t)
	store := filepath.Join(t.TempDir(), "store.p12")
	if out, err := exec.CommandContext(t.Context(), "keytool", "-genkeypair", "-keyalg", "RSA", "-keysize", "2048", "-dname", "CN=localhost", "-alias", "a", "-keystore", store, "-storepass", "changeit").CombinedOutput(); err != nil {
		t.Fatalf("keytool: %v\n%s", err, out)
	}
	broken := []string{
		tlsList + "=\n", tlsList + "\n", tlsList + "=SSLv3, RC4, \\ \n    TLSv1, TLSv1.1\n", tlsList + " : \"SSLv3, DH keySize <= 768\"\r\n", tlsList + "=SSLv3,\\\n\\\n  TLSv1\u00a0, 3DES_EDE_CBC",
		"# kept\n" + tlsList + "=SSLv3, TLSv1, TLSv1.1\n" + tlsList + "=RC4\n", tlsList + "=SSLv3, DH keySize <1024\n", certpathList + "=RSA keySize < 512\n" + tlsList + "=TLSv1\n",
	}
	for _, name := range []string{"java.security.noncompliant-removed", "java.security.trap-commented-continuation"} {
		b, err := os.ReadFile(filepath.Join("../../../fixtures/config/java", name))
		if err != nil {
			t.Fatal(err)
		}
		broken = append(broken, string(b))
	}
	for i, text := range broken {
		name := fmt.Sprintf("broken%d.security", i)
		file := j.file(t, name, text)
		if want, got := plain(j.real(t, file)), j.declared(t, name, true); got != want {
			t.Errorf("%q\njava: %s\nours: %s", text, want, got)
		}
		mended, left := j.mend(t, name, text)
		if len(left) > 0 {
			t.Errorf("left in %q: %v", mended, left)
		}
		j.file(t, name, mended)
		want, got := plain(j.real(t, file)), j.declared(t, name, true)
		if got != want || !strings.HasPrefix(want, "TLSv1.3 TLSv1.2|") {
			t.Errorf("after the change: %q\njava: %s\nours: %s", mended, want, got)
		}
		out, err := exec.CommandContext(t.Context(), "java", "-Xshare:auto", "-XX:TieredStopAtLevel=1", "-Djava.security.properties="+file, "-cp", j.classes, "Probe", "handshake", store).CombinedOutput()
		if err != nil || strings.TrimSpace(string(out)) != "TLSv1.3" {
			t.Errorf("no handshake with %q: %v\n%s", mended, err, out)
		}
	}
	t.Logf("%d files mended", len(broken))
}

// mend applies changes until none is left, and returns what is still said.
func (j jdk) mend(t *testing.T, name, text string) (mended string, left []string) {
	t.Helper()
	for range 20 {
		tree := conftree.FromTexts(map[string]string{name: text})
		f, err := tree.Read(name)
		if err != nil {
			t.Fatal(err)
		}
		d := readSecurity(&confdoc.Reader{Tree: tree, Versions: map[string]string{"java": j.version}}, f)
		d.Format = Security
		confdoc.Settle(d)
		left = nil
		changed := false
		for _, judgement := range confdoc.Judge(d, confdoc.Demands{Min: audit.TLSv12}) {
			for i, finding := range judgement.Findings {
				if finding.Verdict != audit.Fail && finding.Verdict != audit.Warn {
					continue
				}
				left = append(left, finding.Rule+" "+finding.Message)
				if fix, ok := judgement.Fixes[i]; ok && len(fix.Edits) > 0 && !changed {
					texts, err := conftree.Apply(fix.Edits)
					if err != nil {
						t.Fatal(err)
					}
					text, changed = texts[name], true
				}
			}
		}
		if !changed {
			return text, left
		}
	}
	t.Fatalf("there is no end of changes: %q", text)
	return "", nil
}

//go:build interop

package java

import (
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"tlsaudit/audit"
	"tlsaudit/internal/confdoc"
	"tlsaudit/internal/conftree"
)

// jdk is the installed Java with the compiled probe.
type jdk struct {
	classes, version string
	dir              string
}

func installedJDK(t *testing.T) jdk {
	t.Helper()
	j := jdk{classes: t.TempDir(), dir: t.TempDir()}
	if out, err := exec.CommandContext(t.Context(), "javac", "-d", j.classes, "testdata/Probe.java").CombinedOutput(); err != nil {
		t.Fatalf("javac: %v (the interop tests need it, see .ci/run)\n%s", err, out)
	}
	out, err := exec.CommandContext(t.Context(), "java", "-version").CombinedOutput()
	if err != nil {
		t.Fatalf("java -version: %v\n%s", err, out)
	}
	m := regexp.MustCompile(`version "([^"]+)"`).FindStringSubmatch(string(out))
	if m == nil {
		t.Fatalf("no version in %s", out)
	}
	j.version = m[1]
	return j
}

// file writes an override file.
func (j jdk) file(t *testing.T, name, text string) string {
	t.Helper()
	file := filepath.Join(j.dir, name)
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	return file
}

// real asks a JVM that is started with the file.
func (j jdk) real(t *testing.T, file string) string {
	t.Helper()
	out, _ := exec.CommandContext(t.Context(), "java", "-Xshare:auto", "-XX:TieredStopAtLevel=1", "-Djava.security.properties="+file, "-cp", j.classes, "Probe", "real").Output()
	// A JVM that does not get as far as the program has failed as well.
	return strings.TrimSpace(strings.Replace(string(out)+"\n", "\n", "", 1))
}

// each asks one JVM about many files.
func (j jdk) each(t *testing.T, files []string) []string {
	t.Helper()
	empty := j.file(t, "empty.security", tlsList+"=\n")
	cmd := exec.CommandContext(t.Context(), "java", "--add-opens", "java.base/sun.security.ssl=ALL-UNNAMED", "--add-opens", "java.base/sun.security.util=ALL-UNNAMED",
		"-Djava.security.properties="+empty, "-cp", j.classes, "Probe", "each")
	cmd.Stdin = strings.NewReader(strings.Join(files, "\n") + "\n")
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("java: %v\n%s", err, out)
	}
	return strings.Split(strings.TrimSuffix(string(out), "\n"), "\n")
}

// declared is the reader's answer in the form of the probe's: with protocols
// and suites as a context has them, or each by itself.
func (j jdk) declared(t *testing.T, name string, context bool) string {
	t.Helper()
	tree, err := conftree.OpenDir(j.dir, conftree.Options{})
	if err != nil {
		t.Fatal(err)
	}
	f, err := tree.Read(name)
	if err != nil {
		t.Fatal(err)
	}
	doc := readSecurity(&confdoc.Reader{Tree: tree, Versions: map[string]string{"java": j.version}}, f)
	for _, fault := range doc.Faults {
		if fault.Kind == confdoc.NotLoaded {
			return "failed"
		}
	}
	p := doc.Syntax.(*properties)
	a, _ := p.algorithms()
	var protocols, suites []string
	seen := map[string]bool{}
	l := doc.Listeners[0]
	for _, v := range slices.Backward(audit.Versions) {
		fact := l.Version(v)
		if fact.Answer != audit.Accepted {
			continue
		}
		protocols = append(protocols, javaNames[v])
		for _, s := range fact.Suites {
			seen[s.Name] = true
		}
	}
	list, _ := p.suites(a)
	for _, s := range list {
		if !context || seen[s.Name] {
			suites = append(suites, s.JSSE)
		}
	}
	return strings.Join(protocols, " ") + "|" + strings.Join(suites, " ")
}

// plain takes the signal for renegotiation out, which is no suite.
func plain(answer string) string {
	return strings.TrimSuffix(strings.ReplaceAll(strings.ReplaceAll(answer, "TLS_EMPTY_RENEGOTIATION_INFO_SCSV ", ""), "TLS_EMPTY_RENEGOTIATION_INFO_SCSV", ""), " ")
}

func pick(g *rand.Rand, list ...string) string { return list[g.IntN(len(list))] }

// entry is one entry of a list, right or wrong.
func entry(g *rand.Rand) string {
	if g.IntN(60) == 0 {
		return pick(g, "DH keySize <1024", "RSA keySize < x", "TLSv1 foo", "SHA1 jdkCA & jdkCA", "DH\tkeySize < 1024", "DH keySize < 1024 #", "# RC4, x y", "SHA1 denyAfter 2019", "DH keySize ~ 5", "RSA keySizes < 5", "TLSv1.1\u00a0 x")
	}
	return pick(g, "SSLv3", "TLSv1", "TLSv1.1", "TLSv1", "TLSv1.1", "TLSv1.2", "TLSv1.3", "DTLSv1.0", "tlsv1", "TLSV1.1", "TLSv1.0", "RC4", "DES", "MD5withRSA", "DH keySize < 1024", "EC keySize < 224",
		"3DES_EDE_CBC", "anon", "NULL", "ECDH", "ECDHE", "DHE", "DH", "RSA", "AES", "CBC", "GCM", "AES_128_CBC", "SHA1", "SHA256", "HmacSHA1", "K_NULL", "C_NULL", "DES40_CBC", "TLS_RSA_*", "TLS_RSA_WITH_AES_128_CBC_SHA",
		"tls_aes_256_gcm_sha384", "RSA keySize < 2048", "DH  keySize   <  2048", "SHA1 jdkCA & usage TLSServer", "MD5 usage SignedJAR & denyAfter 2019-01-01", "include jdk.disabled.namedCurves", "secp256k1",
		"ECDSA", "DSA", "ECDHE_RSA", "DHE_RSA", "ECDH_ECDSA", "X", "", " ", "TLSv1\u00a0", "#TLSv1", "TLSv1;", "ChaCha20-Poly1305", "AES_256_GCM", "SSLv2Hello", "TLSv1.3 keySize < 3", `\u0054LSv1`, `TLSv1\.1`)
}

// override is a file in the syntax of properties, with its traps.
func override(g *rand.Rand) string {
	var b strings.Builder
	eol := pick(g, "\n", "\n", "\n", "\r\n", "\r")
	key := func() string {
		return pick(g, tlsList, tlsList, tlsList, tlsList, certpathList, "jdk.tls.legacyAlgorithms", `jdk.tls.disabled\u0041lgorithms`, "Jdk.tls.disabledAlgorithms", curvesList)
	}
	if g.IntN(12) == 0 {
		b.WriteString("\ufeff")
	}
	for range 1 + g.IntN(4) {
		switch g.IntN(8) {
		case 0:
			b.WriteString(pick(g, "# comment \\", "! "+tlsList+"=", "", "   ", "security.overridePropertiesFile=false", "keystore.type=pkcs12") + eol)
			continue
		case 1:
			b.WriteString(pick(g, "#", "!", " # ") + tlsList + "=SSLv3, TLSv1" + eol)
			continue
		}
		name := key()
		b.WriteString(pick(g, "", "", "  ", "\t") + name + pick(g, "=", " = ", ":", " ", "=  "))
		var list []string
		for range g.IntN(9) {
			list = append(list, entry(g))
		}
		if name == certpathList && g.IntN(4) > 0 {
			list = []string{"MD2", "MD5", "RSA keySize < 1024"}
		}
		for i, e := range list {
			if i > 0 {
				b.WriteString(pick(g, ", ", ",", " , ", ", \\"+eol+"    ", ",\\"+eol, ", \\"+eol+eol+"  ", ", \\"+eol+" \\"+eol+"  "))
				if g.IntN(60) == 0 {
					b.WriteString("\\ " + eol)
				}
			}
			b.WriteString(e)
		}
		if g.IntN(15) == 0 {
			b.WriteString(" ")
		}
		b.WriteString(eol)
	}
	text := b.String()
	if g.IntN(10) == 0 {
		text = strings.TrimRight(text, "\r\n")
	}
	if g.IntN(20) == 0 {
		text += "x=\\u12"
	}
	return text
}

// TestJSSE compares the declared posture of generated files with the JDK's.
func TestJSSE(t *testing.T) {
	j := installedJDK(t)
	g := rand.New(rand.NewPCG(17, 17))
	var files, names, texts []string
	for i := range 1000 {
		text := override(g)
		name := fmt.Sprintf("o%d.security", i)
		files, names, texts = append(files, j.file(t, name, text)), append(names, name), append(texts, text)
	}
	answers := j.each(t, files)
	if len(answers) != len(files) {
		t.Fatalf("%d answers to %d files", len(answers), len(files))
	}
	kinds := map[string]int{}
	for i, name := range names {
		want, got := plain(answers[i]), j.declared(t, name, false)
		kinds[strings.SplitN(want, "|", 2)[0]]++
		if got != want {
			t.Errorf("%s\n%q\njava: %s\nours: %s", name, texts[i], want, got)
		}
	}
	if kinds["failed"] < 20 || kinds["TLSv1.3 TLSv1.2"] < 20 || kinds["TLSv1.3 TLSv1.2 TLSv1.1 TLSv1"] < 20 {
		t.Errorf("too few of a kind: %v", kinds)
	}
	// Some go through a JVM of their own.
	const own = 40
	for i := range own {
		want, got := plain(j.real(t, files[i])), j.declared(t, names[i], true)
		if want == "" {
			want = "failed" // the JVM did not get as far as the program
		}
		if got != want {
			t.Errorf("%s in a JVM of its own\n%q\njava: %s\nours: %s", names[i], texts[i], want, got)
		}
	}
	t.Logf("Java %s: %d files compared, %d in a JVM of their own: %v", j.version, len(files), own, kinds)
}

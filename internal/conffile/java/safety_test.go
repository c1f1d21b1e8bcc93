package java_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"tlsaudit/audit"
	"tlsaudit/internal/confdoc"
	"tlsaudit/internal/confdoc/conftest"
	"tlsaudit/internal/conffile/java"
	"tlsaudit/internal/conftree"
)

const canary = "c4n4rySecret"

func shown(t *testing.T, d *confdoc.Document) string {
	t.Helper()
	all := []any{d.Gaps, d.Settings}
	for _, f := range d.Faults {
		all = append(all, f.Message, f.Hint)
	}
	for _, l := range d.Listeners {
		all = append(all, l.Declared)
	}
	for _, j := range confdoc.Judge(d, demands) {
		all = append(all, j.Findings)
		for _, f := range j.Fixes {
			all = append(all, f.None)
		}
	}
	out, err := json.Marshal(all)
	if err != nil {
		t.Fatal(err)
	}
	return string(out)
}

func TestNoSecrets(t *testing.T) {
	for _, text := range []string{
		"-Djavax.net.ssl.keyStorePassword=" + canary + "\n-Xmx1g\n",
		"-Djavax.net.ssl.trustStorePassword " + canary + "\n-Dcom.ibm.ssl.keyStorePassword={xor}" + canary + "\n",
		"JAVA_OPTS=\"-Xmx1g -Djavax.net.ssl.keyStorePassword='" + canary + "' -Dhttps.protocols=TLSv1\"\n",
		"-Ddb.url=jdbc:mysql://u:" + canary + "@db.example.com/x\n-Djdk.tls.client.protocols=TLSv1\n",
		"-Dmy.secret.key=" + canary + "\n-Djava.security.properties=/x\n",
	} {
		d := readText(java.Options, text)
		if out := shown(t, d); strings.Contains(out, canary) {
			t.Errorf("the secret is shown for\n%s\n%s", text, out)
		}
	}
	for _, text := range []string{
		"ssl.keystore.password=" + canary + "\njdk.tls.disabledAlgorithms=\n",
		"com.ibm.jsse2.keyPassword=" + canary + "\n", "jdk.tls.secret=" + canary + "\njdk.tls.disabledAlgorithms=SSLv3, x y\n",
		"x=\\u" + canary + "\n",
	} {
		d := readText(java.Security, text)
		if out := shown(t, d); strings.Contains(out, canary) {
			t.Errorf("the secret is shown for\n%s\n%s", text, out)
		}
	}
}

func readText(format *confdoc.Format, text string) *confdoc.Document {
	tree := conftree.FromTexts(map[string]string{"conf": text})
	f, err := tree.Read("conf")
	if err != nil {
		panic(err)
	}
	return readFile(format, &confdoc.Reader{Tree: tree}, f)
}

func TestBounded(t *testing.T) {
	repeat := func(s string) string { return strings.Repeat(s, 1<<20/len(s)) }
	list := "jdk.tls.disabledAlgorithms="
	for name, text := range map[string]string{
		"entries": list + repeat("TLSv1,"), "continuations": list + repeat("a, \\\n"), "definitions": repeat(list + "\n"), "conditions": list + repeat("DH keySize < 5 & "),
		"includes": list + repeat("include jdk.disabled.namedCurves,") + "\njdk.disabled.namedCurves=" + repeat("a,"), "escapes": list + repeat(`\u0041`), "blanks": list + repeat(" "),
		"backslashes": list + repeat(`\`), "one word": list + repeat("x"), "options": repeat("-Da=b "), "lines": repeat("-Djavax.net.ssl.keyStorePassword=x\n"), "dashes": repeat(" -"),
	} {
		for _, format := range []*confdoc.Format{java.Security, java.Options} {
			began := time.Now()
			d := readText(format, text)
			confdoc.Judge(d, demands)
			if took := time.Since(began); took > time.Minute {
				t.Errorf("%s as %s took %v", name, format.Name, took)
			} else {
				t.Logf("%s as %s took %v", name, format.Name, took)
			}
		}
	}
}

// FuzzRead: no panic, no place outside of the files, and changes that apply.
func FuzzRead(f *testing.F) {
	for _, seed := range []string{
		"", "jdk.tls.disabledAlgorithms=SSLv3, TLSv1 \\\n , DH keySize < 1024\n", "jdk.tls.disabledAlgorithms", "jdk.tls.disabledAlgorithms=\\", "jdk.tls.disabledAlgorithms=\"SSLv3\"\\ \n x",
		"include other\njdk.certpath.disabledAlgorithms=MD5 x\n", "-Djdk.tls.client.protocols=TLSv1\n-Djava.security.properties==other\n", "A=\"-Dhttps.protocols -Da='\n", "x=\\u1\n",
		"-Dcom.ibm.jsse2.overrideDefaultProtocol=TLSv1\n-Djdk.tls.ephemeralDHKeySize=legacy", "jdk.tls.disabledAlgorithms : DH keySize \\\n<= 5, RSA\r\r\n",
	} {
		f.Add(seed, "jdk.tls.disabledAlgorithms=SSLv3\n")
	}
	f.Fuzz(func(t *testing.T, text, other string) {
		tree := conftree.FromTexts(map[string]string{"conf": text, "other": other})
		main, err := tree.Read("conf")
		if err != nil {
			return
		}
		for _, versions := range []map[string]string{nil, {"java": "25"}} {
			for _, format := range []*confdoc.Format{java.Security, java.Options} {
				d := readFile(format, &confdoc.Reader{Tree: tree, Versions: versions}, main)
				conftest.CheckDocument(t, d)
				conftest.CheckNamed(t, d)
				for _, l := range d.Listeners {
					for _, want := range []audit.Want{{MinVersion: audit.TLSv12}, {Versions: []audit.Version{audit.TLSv12}, MinDHBits: 3072}, {Strong: true}} {
						edits, err := format.Establish(d, l, want)
						if err != nil {
							continue
						}
						if _, err := conftree.Apply(edits); err != nil {
							t.Errorf("a change that cannot be made: %v", err)
						}
					}
				}
			}
		}
	})
}

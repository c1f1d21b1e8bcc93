package java_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tlsaudit/audit"
	"tlsaudit/internal/confdoc"
	"tlsaudit/internal/conffile/java"
	"tlsaudit/internal/conftree"
)

const strict = "jdk.tls.disabledAlgorithms=SSLv3, TLSv1, TLSv1.1, RC4, DES, MD5withRSA, DH keySize < 2048, EC keySize < 224, 3DES_EDE_CBC, anon, NULL\n"

func readFiles(t *testing.T, format *confdoc.Format, files, versions map[string]string) *confdoc.Document {
	t.Helper()
	tree := conftree.FromTexts(files)
	f, err := tree.Read("main")
	if err != nil {
		t.Fatal(err)
	}
	return readFile(format, &confdoc.Reader{Tree: tree, Versions: versions}, f)
}

// answers writes what is said about TLS 1.0 to 1.3 in four letters.
func answers(d *confdoc.Document) string {
	if len(d.Listeners) == 0 {
		return ""
	}
	letters := map[audit.Answer]string{audit.Accepted: "a", audit.Refused: "r", audit.Latent: "l", audit.Undetermined: "u"}
	var b strings.Builder
	for _, v := range audit.Versions[2:] {
		b.WriteString(letters[d.Listeners[0].Version(v).Answer])
	}
	return b.String()
}

func TestSecurity(t *testing.T) {
	for _, v := range []struct {
		name     string
		files    map[string]string
		java     string
		answers  string
		findings []string
	}{
		{"not set, no version", map[string]string{"main": "keystore.type=jks\n"}, "", "uuuu", nil},
		{"not set, 17", map[string]string{"main": "keystore.type=jks\n"}, "17.0.15", "rraa", nil},
		{"not set, 11 before April 2021", map[string]string{"main": "keystore.type=jks\n"}, "11.0.10", "aaaa", []string{"JVM-01"}},
		{"not set, 8u291", map[string]string{"main": "keystore.type=jks\n"}, "1.8.0_291", "rraa", nil},
		{"not set, 8u251", map[string]string{"main": "keystore.type=jks\n"}, "8u251", "aaar", []string{"JVM-01"}},
		{"not set, IBM 8.0.6.29", map[string]string{"main": "keystore.type=jks\n"}, "8.0.6.29", "aaaa", []string{"JVM-01"}},
		{"not set, IBM 8.0.6.30", map[string]string{"main": "keystore.type=jks\n"}, "8.0.6.30", "rraa", nil},
		{"a whole file without the list", map[string]string{"main": "security.provider.1=SUN\n"}, "17", "aaaa", []string{"JVM-01"}},
		{"strict", map[string]string{"main": strict}, "", "rraa", nil},
		{"defined twice", map[string]string{"main": strict + "jdk.tls.disabledAlgorithms=SSLv3, RC4, 3DES_EDE_CBC, DH keySize < 2048\n"}, "", "aaaa", []string{"JVM-01"}},
		{"without 3DES", map[string]string{"main": strings.Replace(strict, "3DES_EDE_CBC, ", "", 1)}, "", "rraa", []string{"JVM-05"}},
		{"certificates", map[string]string{"main": strict + "jdk.certpath.disabledAlgorithms=SHA1\n"}, "", "rraa", []string{"JVM-04"}},
		{"included, 24", map[string]string{"main": "include other\n", "other": strict}, "24", "rraa", nil},
		{"included, no version", map[string]string{"main": strict + "include other\n", "other": "jdk.tls.disabledAlgorithms=\n"}, "", "rraa", nil},
		{"a key before 24", map[string]string{"main": strict + "include other\n", "other": "jdk.tls.disabledAlgorithms=\n"}, "21", "rraa", nil},
		{"everything off", map[string]string{"main": strings.Replace(strict, "SSLv3", "SSLv3, TLSv1.2, TLSv1.3", 1)}, "", "rrrr", nil},
	} {
		t.Run(v.name, func(t *testing.T) {
			versions := map[string]string{}
			if v.java != "" {
				versions["java"] = v.java
			}
			d := readFiles(t, java.Security, v.files, versions)
			if got := answers(d); got != v.answers {
				t.Errorf("TLS 1.0 to 1.3: %s, want %s", got, v.answers)
			}
			if diff := cmp.Diff(append([]string{}, v.findings...), judged(d, audit.Fail, audit.Warn)); diff != "" {
				t.Errorf("findings (-want +got):\n%s", diff)
			}
			if strings.Contains(v.name, "no version") && slices.Contains(judged(d, audit.Pass), "JVM-01") {
				t.Error("JVM-01 passes though nobody knows")
			}
		})
	}
}

func TestOptions(t *testing.T) {
	for _, v := range []struct {
		name     string
		files    map[string]string
		java     string
		answers  string
		findings []string
		after    string
	}{
		{"nothing about TLS", map[string]string{"main": "-Xmx1g\n#-Dhttps.protocols=TLSv1\n"}, "", "", nil, ""},
		{"good", map[string]string{"main": "-Djdk.tls.client.protocols=TLSv1.2,TLSv1.3\n"}, "", "rraa", nil, ""},
		{"taken away", map[string]string{"main": "-Djdk.tls.client.protocols=TLSv1,TLSv1.2\n"}, "17.0.15", "lrar", []string{"WAS-06"}, "-Djdk.tls.client.protocols=TLSv1.2\n"},
		{"last counts", map[string]string{"main": "-Djdk.tls.client.protocols=TLSv1\n-Djdk.tls.client.protocols=TLSv1.2\n"}, "", "rrar", nil, ""},
		{"nothing left", map[string]string{"main": "-Xmx1g -Dhttps.protocols=TLSv1 -Xss1m\n"}, "", "arrr", []string{"WAS-06"}, "-Xmx1g -Dhttps.protocols=TLSv1.2 -Xss1m\n"},
		{"a shell's", map[string]string{"main": "export JAVA_OPTS=\"-Xmx1g -Djdk.tls.client.protocols=TLSv1.1 $MORE\"\n"}, "", "rarr", []string{"WAS-06"}, "-Djdk.tls.client.protocols=TLSv1.2 $MORE\""},
		{"IBM", map[string]string{"main": "-Dcom.ibm.jsse2.overrideDefaultProtocol=SSL_TLSv2\r\n-Dcom.ibm.jsse2.disableSSLv3=false\r\n-Xmx1g\r\n"}, "", "aaar", []string{"WAS-06"}, "-Dcom.ibm.jsse2.overrideDefaultProtocol=TLSv12\r\n-Xmx1g"},
		{"override not there", map[string]string{"main": "-Djava.security.properties=/opt/x\n-Xmx1g\n"}, "", "", []string{"JVM-02"}, "-Xmx1g\n"},
		{"override strict", map[string]string{"main": "-Djava.security.properties=x.security\n", "x.security": strict}, "", "", nil, ""},
		{"override weak", map[string]string{"main": "-Djava.security.properties=x.security\n", "x.security": "jdk.tls.disabledAlgorithms=RC4\n"}, "", "", []string{"JVM-02"}, ""},
		{"replaced as a whole", map[string]string{"main": "-Djava.security.properties==x.security\n", "x.security": strict}, "", "", []string{"JVM-02"}, "-Djava.security.properties=x.security\n"},
		{"override leaves RC4", map[string]string{"main": "-Djava.security.properties=x.security\n", "x.security": "jdk.tls.disabledAlgorithms=SSLv3, TLSv1, TLSv1.1, 3DES_EDE_CBC, DH keySize < 1024\n"}, "", "", []string{"JVM-02"}, ""},
		{"override with weak certificates", map[string]string{"main": "-Djava.security.properties=x.security\n", "x.security": strict + "jdk.certpath.disabledAlgorithms=MD2\n"}, "", "", []string{"JVM-02"}, ""},
		{"a whole java.security in its place", map[string]string{"main": "-Djava.security.properties==x.security\n", "x.security": "security.provider.1=SUN\n" + strict}, "", "", []string{"JVM-02"}, "-Djava.security.properties=x.security\n"},
		{"replaced by a weak one", map[string]string{"main": "-Djava.security.properties==x.security\n", "x.security": "security.provider.1=SUN\njdk.tls.disabledAlgorithms=SSLv3\n"}, "", "", []string{"JVM-02"}, ""},
		{"SSL 3.0", map[string]string{"main": "-Dcom.ibm.jsse2.disableSSLv3=false\n"}, "", "", []string{"WAS-06"}, "-Dcom.ibm.jsse2.disableSSLv3=true\n"},
		{"SSL 3.0 twice", map[string]string{"main": "-Dcom.ibm.jsse2.disableSSLv3=false\n-Xmx1g\n-Dcom.ibm.jsse2.disableSSLv3=FALSE\n"}, "", "", []string{"WAS-06"}, "-Xmx1g\n-Dcom.ibm.jsse2.disableSSLv3=true\n"},
		{"SSL 3.0 twice beside others", map[string]string{"main": "-Dhttps.protocols=TLSv1.2\n-Dcom.ibm.jsse2.disableSSLv3=false\n-Dcom.ibm.jsse2.disableSSLv3=false\n"}, "", "rrar", []string{"WAS-06"}, "-Dhttps.protocols=TLSv1.2\n"},
		{"no effect", map[string]string{"main": "-Djdk.tls.disabledAlgorithms=TLSv1\n-Xmx1g\n"}, "", "", []string{"JVM-06"}, "-Xmx1g\n"},
		{"unsafe", map[string]string{"main": "-Dsun.security.ssl.allowUnsafeRenegotiation=true\n-Djdk.tls.ephemeralDHKeySize=legacy\n-Xmx1g\n"}, "", "", []string{"JVM-07"}, "-Xmx1g\n"},
		{"password", map[string]string{"main": "-Djavax.net.ssl.keyStorePassword=changeit\n"}, "", "", []string{"WAS-07"}, ""},
		{"a word Java does not know", map[string]string{"main": "-Djdk.tls.client.protocols=TLSv1.2,TLS12\n"}, "", "uuuu", nil, ""},
	} {
		t.Run(v.name, func(t *testing.T) {
			versions := map[string]string{}
			if v.java != "" {
				versions["java"] = v.java
			}
			d := readFiles(t, java.Options, v.files, versions)
			if got := answers(d); got != v.answers {
				t.Errorf("TLS 1.0 to 1.3: %s, want %s", got, v.answers)
			}
			if diff := cmp.Diff(append([]string{}, v.findings...), judged(d, audit.Fail, audit.Warn)); diff != "" {
				t.Errorf("findings (-want +got):\n%s", diff)
			}
			if v.after == "" {
				return
			}
			text := d.Main().Text
			for range 5 {
				for _, j := range confdoc.Judge(readFiles(t, java.Options, with(v.files, text), versions), demands) {
					for i := range j.Findings {
						if texts, err := conftree.Apply(j.Fixes[i].Edits); err == nil && texts["main"] != "" {
							text = texts["main"]
						}
					}
				}
			}
			if !strings.Contains(text, v.after) {
				t.Errorf("after the changes %q, want %q", text, v.after)
			}
			if left := judged(readFiles(t, java.Options, with(v.files, text), versions), audit.Fail, audit.Warn); len(left) > 0 {
				t.Errorf("left: %v in %q", left, text)
			}
		})
	}
}

func with(files map[string]string, main string) map[string]string {
	m := map[string]string{}
	for k, v := range files {
		m[k] = v
	}
	m["main"] = main
	return m
}

package java_test

import (
	"slices"
	"testing"

	"tlsaudit/audit"
	"tlsaudit/internal/confdoc"
	"tlsaudit/internal/confdoc/conftest"
	"tlsaudit/internal/conffile/java"
	"tlsaudit/internal/conftree"
)

// TestOverride: a weak file that overrides java.security fails, one that is not
// there too, and nothing else passes then. What can be mended leaves no doubt.
func TestOverride(t *testing.T) {
	const weak, strong = "jdk.tls.disabledAlgorithms=SSLv3\n", "jdk.tls.disabledAlgorithms=SSLv3, TLSv1, TLSv1.1, RC4, 3DES_EDE_CBC, DH keySize < 2048\n"
	for _, v := range []struct {
		name, option, file string
		want               audit.Verdict
		files              int
		open               bool // nothing passes
	}{
		{"weak", "-Djava.security.properties=x.security", weak, audit.Fail, 2, false},
		{"weak, by URL", "-Djava.security.properties=file:x.security", weak, audit.Fail, 2, false},
		{"weak and whole", "-Djava.security.properties==x.security", weak, audit.Fail, 2, false},
		{"whole, without a list", "-Djava.security.properties==x.security", "security.provider.1=SUN\n", audit.Fail, 2, false},
		{"whole, without providers", "-Djava.security.properties==x.security", strong, audit.Fail, 2, false},
		{"whole", "-Djava.security.properties==x.security", "security.provider.1=SUN\n" + strong, audit.Warn, 2, false},
		{"strong", "-Djava.security.properties=x.security", strong, audit.Pass, 2, false},
		{"about something else", "-Djava.security.properties=x.security", "networkaddress.cache.ttl=5\n", audit.Pass, 2, false},
		{"not there", "-Djava.security.properties=other.security", weak, audit.Fail, 1, true},
		{"a variable", "-Djava.security.properties=${HOME}/x.security", weak, audit.Fail, 1, true},
		{"no name", "-Djava.security.properties=", weak, audit.Fail, 1, true},
		{"itself", "-Djava.security.properties=main", weak, audit.Fail, 1, true},
		{"refused by Java", "-Djava.security.properties=x.security", "a=\\u12\n", audit.Fail, 2, true},
		{"a list Java throws at", "-Djava.security.properties=x.security", "jdk.tls.disabledAlgorithms=SSLv3, TLSv1 x\n", audit.Fail, 2, true},
		{"an include that is not there", "-Djava.security.properties=x.security", "include more\n" + strong, audit.Fail, 2, true},
	} {
		t.Run(v.name, func(t *testing.T) {
			d := readFiles(t, java.Options, map[string]string{"main": v.option + "\n-Dhttps.protocols=TLSv1.2\n", "x.security": v.file}, nil)
			conftest.CheckDocument(t, d)
			conftest.CheckNamed(t, d)
			if len(d.Files) != v.files {
				t.Errorf("%d files", len(d.Files))
			}
			if !slices.Contains(judged(d, v.want), "JVM-02") {
				t.Errorf("JVM-02 is not %v: fail %v, warn %v, unknown %v", v.want, judged(d, audit.Fail), judged(d, audit.Warn), judged(d, audit.Unknown))
			}
			if v.open && (!slices.Contains(judged(d, audit.Unknown), "LOAD-02") || slices.Contains(judged(d, audit.Pass), "WAS-06")) {
				t.Errorf("passed: %v", judged(d, audit.Pass))
			}
			if v.want == audit.Pass {
				return
			}
			for _, j := range confdoc.Judge(d, demands) {
				for i, f := range j.Findings {
					if f.Rule != "JVM-02" {
						continue
					}
					texts, err := conftree.Apply(j.Fixes[i].Edits)
					if err != nil || len(texts) == 0 {
						t.Fatalf("no change: %v, %s", err, j.Fixes[i].None)
					}
					files := map[string]string{"main": d.Main().Text, "x.security": v.file}
					for name, text := range texts {
						files[name] = text
					}
					if after := readFiles(t, java.Options, files, nil); len(judged(after, audit.Fail, audit.Warn, audit.Unknown)) > 0 {
						t.Errorf("left in %q: %v", files, judged(after, audit.Fail, audit.Warn, audit.Unknown))
					}
				}
			}
		})
	}
}

// TestPasswordsFail: in jvm.options as in server.xml.
func TestPasswordsFail(t *testing.T) {
	d := readText(java.Options, "-Djavax.net.ssl.keyStorePassword=example\n")
	if got := judged(d, audit.Fail); !slices.Equal(got, []string{"WAS-07"}) {
		t.Errorf("failed: %v", got)
	}
}

// TestMisread: marks and NUL bytes that change what Java reads are told.
func TestMisread(t *testing.T) {
	const strong = "jdk.tls.disabledAlgorithms=SSLv3, TLSv1, TLSv1.1, RC4, 3DES_EDE_CBC, DH keySize < 2048\n"
	for name, v := range map[string]struct {
		text string
		told bool
	}{
		"a mark before a comment": {"\ufeff# a\n" + strong, true},
		"a mark before a key":     {"\ufeffa=b\n" + strong, true},
		"a mark before nothing":   {"\ufeff\n" + strong, true},
		"NUL bytes":               {"a\x00=b\x00\n" + strong, true},
		"a NUL in a comment":      {"# \x00\n" + strong, false},
		"neither":                 {"# a\n" + strong, false},
	} {
		files := map[string][]byte{"java.security": []byte(v.text), "jvm.options": []byte("-Djava.security.properties=java.security\n")}
		for file, format := range map[string]*confdoc.Format{"java.security": java.Security, "jvm.options": java.Options} {
			tree := conftree.FromBytes(files)
			f, err := tree.Read(file)
			if err != nil {
				t.Fatal(err)
			}
			d := readFile(format, &confdoc.Reader{Tree: tree}, f)
			if got := judged(d, audit.Fail, audit.Warn); slices.Contains(got, "LOAD-03") != v.told || len(got) > 1 {
				t.Errorf("%s, %s: %v", name, file, got)
			}
		}
	}
}

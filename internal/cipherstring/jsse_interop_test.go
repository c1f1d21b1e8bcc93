//go:build interop

package cipherstring

import (
	"math/rand/v2"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"tlsaudit/internal/tlsreg"
)

// javaLines runs testdata/Disabled.java.
func javaLines(t *testing.T, input string, args ...string) []string {
	t.Helper()
	args = append([]string{"--add-opens", "java.base/sun.security.ssl=ALL-UNNAMED", "--add-opens", "java.base/sun.security.util=ALL-UNNAMED", "testdata/Disabled.java"}, args...)
	cmd := exec.CommandContext(t.Context(), "java", args...)
	cmd.Stdin = strings.NewReader(input)
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("java %q: %v", args, err)
	}
	return strings.Split(strings.TrimSuffix(string(out), "\n"), "\n")
}

func jsseNames(list []tlsreg.Suite) string {
	var names []string
	for _, s := range list {
		names = append(names, s.JSSE)
	}
	return strings.Join(names, " ")
}

// supportedSuites returns what the installed Java supports with nothing disabled.
func supportedSuites(t *testing.T) []tlsreg.Suite {
	t.Helper()
	names := strings.Fields(javaLines(t, "", "real", "")[0])
	if len(names) < 80 {
		t.Fatalf("Java supports only %d suites", len(names))
	}
	var list []tlsreg.Suite
	for _, name := range names {
		if name == "TLS_EMPTY_RENEGOTIATION_INFO_SCSV" {
			continue // a signal, not a suite
		}
		sel, err := JSSE(name)
		if err != nil || len(sel.Suites) != 1 {
			t.Errorf("%s is not known: %v", name, err)
			continue
		}
		list = append(list, sel.Suites[0])
		// The other spelling means the same suite.
		for prefix, other := range map[string]string{"TLS_": "SSL_", "SSL_": "TLS_"} {
			rest, ok := strings.CutPrefix(name, prefix)
			if !ok || sel.Suites[0].IBMJSSE() == "" && prefix == "TLS_" {
				continue
			}
			twin, err := JSSE(other + rest)
			if err != nil || twin.Suites[0].Code != sel.Suites[0].Code {
				t.Errorf("%s is not %s: %v", other+rest, name, err)
			}
		}
	}
	return list
}

// disabledValues are values of the property: real ones, each word alone, and
// random lists.
func disabledValues() []string {
	words := []string{"anon", "NULL", "TLS_RSA_WITH_AES_128_CBC_SHA", "SSL_RSA_WITH_RC4_128_MD5", "tls_aes_128_gcm_sha256", "K_NULL", "M_NULL", "AES_128", "SHA", "EC", "FOO", "RSAkeySize", "TLSv1", "SSLv3"}
	for _, table := range []map[string][]string{jsseKeyExchange, jsseCipher, jsseHash} {
		for _, names := range table {
			words = append(words, names...)
		}
	}
	slices.Sort(words)
	words = slices.Compact(words)
	values := append([]string{
		"SSLv3, TLSv1, TLSv1.1, DTLSv1.0, RC4, DES, MD5withRSA, DH keySize < 1024, EC keySize < 224, 3DES_EDE_CBC, anon, NULL, ECDH",
		"SSLv3, RC4, MD5withRSA, DH keySize < 768, EC keySize < 224", "", " , ,", `"RC4, DES"`, "RC4,DES,", "rc4, des40_cbc",
		"RSA keySize < 2048, SHA1 jdkCA & usage TLSServer", "TLS_RSA_*", "TLS_RSA_*, TLS_*_CBC_SHA", "tls_*", "TLS_*WITH_AES_128*SHA256", "SSL_RSA_*", "AES*", "*",
	}, words...)
	g := generator{rand.New(rand.NewPCG(17, 3))}
	for range 300 {
		var list []string
		for range 1 + g.IntN(5) {
			list = append(list, g.pick(words))
		}
		values = append(values, strings.Join(list, g.pick([]string{", ", ",", " ,  "})))
	}
	return values
}

func TestJSSEDisabled(t *testing.T) {
	suites := supportedSuites(t)
	values := disabledValues()
	lines := javaLines(t, strings.Join(values, "\n")+"\n", "each")
	if len(lines) != len(values) {
		t.Fatalf("%d answers to %d values", len(lines), len(values))
	}
	// Newer versions of Java read patterns: then they are compared as well.
	readsPatterns := lines[slices.Index(values, "TLS_RSA_*")] != lines[slices.Index(values, "")]
	usable := func(value string) string {
		d := ParseDisabled(value)
		left := d.Filter(suites)
		if readsPatterns {
			left = slices.DeleteFunc(left, func(s tlsreg.Suite) bool { return !d.PatternsPermit(s) })
		}
		return jsseNames(left)
	}
	for i, value := range values {
		want := strings.TrimSpace(strings.ReplaceAll(" "+lines[i]+" ", " TLS_EMPTY_RENEGOTIATION_INFO_SCSV ", " "))
		if got := usable(value); got != want {
			t.Errorf("%q\njava: %s\nours: %s", value, want, got)
		}
	}
	// A few go through a real context.
	for _, value := range values[:3] {
		want := strings.TrimSpace(strings.ReplaceAll(" "+javaLines(t, "", "real", value)[0]+" ", " TLS_EMPTY_RENEGOTIATION_INFO_SCSV ", " "))
		if got := usable(value); got != want {
			t.Errorf("%q in a real context\njava: %s\nours: %s", value, want, got)
		}
	}
	t.Logf("%d suites, %d values compared; patterns are read: %t", len(suites), len(values), readsPatterns)
}

//go:build interop

package cipherstring

import (
	"flag"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"

	"tlsaudit/internal/tlsreg"
)

var update = flag.Bool("update", false, "rewrite testdata from the installed programs")

// openssl runs openssl ciphers and returns the suites it lists, in order, or
// false if it refuses the string.
func openssl(t *testing.T, args ...string) (string, bool) {
	cmd := exec.CommandContext(t.Context(), "openssl", append([]string{"ciphers"}, args...)...)
	cmd.Env = []string{"OPENSSL_CONF=/dev/null"} // no system policy
	out, err := cmd.CombinedOutput()
	text := strings.TrimSpace(string(out))
	if err == nil {
		return text, true
	}
	if !strings.Contains(text, "no cipher match") && !strings.Contains(text, "invalid command") {
		t.Errorf("openssl ciphers %q: %v\n%s", args, err, text)
	}
	return text, false
}

// installed returns the class of the installed OpenSSL.
func installed(t *testing.T) OpenSSLVersion {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), "openssl", "version").Output()
	if err != nil {
		t.Fatalf("openssl version: %v", err)
	}
	fields := strings.Fields(string(out))
	if len(fields) < 2 {
		t.Fatalf("openssl version says %q", out)
	}
	v, err := ParseOpenSSLVersion(fields[1])
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("comparing with OpenSSL %s, class %s", fields[1], v)
	return v
}

// parallel runs a comparison over all strings on a few goroutines.
func parallel(strs []string, compare func(string)) {
	work := make(chan string)
	var group sync.WaitGroup
	for range 4 {
		group.Go(func() {
			for s := range work {
				compare(s)
			}
		})
	}
	for _, s := range strs {
		work <- s
	}
	close(work)
	group.Wait()
}

// argument keeps a string from being taken for a flag: a separator in front
// changes nothing.
func argument(s string) string {
	if strings.HasPrefix(s, "-") {
		return ":" + s
	}
	return s
}

func TestOpenSSLCiphers(t *testing.T) {
	v := installed(t)
	strs := openSSLStrings(2026, 3500)
	for _, w := range opensslWords {
		strs = append(strs, w.name, "ALL:"+w.name, "ALL:!"+w.name, "HIGH+"+w.name, w.name+"+:AES128-SHA", w.name+"+/:AES128-SHA")
	}
	for _, s := range tlsreg.Suites() {
		if s.OpenSSL != "" {
			strs = append(strs, s.OpenSSL, "ALL:-"+s.OpenSSL+":"+s.Name)
		}
	}
	var refused, matched int
	var mutex sync.Mutex
	parallel(strs, func(s string) {
		s = argument(s)
		want, ok := openssl(t, "-ciphersuites", "", s)
		sel, err := v.Ciphers(s)
		if got := opensslNames(sel.Suites); ok != (err == nil) || ok && got != want {
			t.Errorf("%q\nopenssl: %s\nours:    %s (%v)", s, want, got, err)
		}
		if !ok && strings.Contains(want, "invalid command") != errorIs(err, ErrSyntax) {
			t.Errorf("%q\nopenssl: %s\nours:    %v", s, want, err)
		}
		mutex.Lock()
		defer mutex.Unlock()
		if ok {
			matched++
		} else {
			refused++
		}
	})
	t.Logf("%d strings compared: %d select suites, %d are refused", len(strs), matched, refused)
	if matched < 1500 || refused < 200 {
		t.Errorf("the corpus has become one-sided: %d select suites, %d are refused", matched, refused)
	}
}

// With -s the program lists what the security level leaves usable.
func TestOpenSSLLevels(t *testing.T) {
	v := installed(t)
	var strs []string
	for level := range 6 {
		strs = append(strs, fmt.Sprintf("ALL:COMPLEMENTOFALL:@SECLEVEL=%d", level))
	}
	for _, s := range openSSLStrings(5280, 1200) {
		if sel, err := v.Ciphers(s); err == nil && sel.Level >= 0 {
			strs = append(strs, s)
		}
	}
	const tls13 = DefaultCiphersuites + ":TLS_AES_128_CCM_8_SHA256:TLS_AES_128_CCM_SHA256"
	suites13, err := v.Ciphersuites(tls13)
	if err != nil {
		t.Fatal(err)
	}
	parallel(strs, func(s string) {
		s = argument(s)
		want, _ := openssl(t, "-s", "-psk", "-srp", "-ciphersuites", tls13, s)
		sel, err := v.Ciphers(s)
		if err != nil {
			t.Errorf("%q: %v", s, err)
			return
		}
		if sel.SuiteB != "" {
			return // restricts what the level leaves
		}
		got := opensslNames(v.AtLevel(append(suites13.Suites[:5:5], sel.Suites...), sel.Level))
		if got != want {
			t.Errorf("%q at level %d\nopenssl: %s\nours:    %s", s, sel.Level, want, got)
		}
	})
	t.Logf("%d strings compared", len(strs))
	if len(strs) < 150 {
		t.Errorf("only %d strings set a level", len(strs))
	}
}

func TestOpenSSLCiphersuites(t *testing.T) {
	v := installed(t)
	names := []string{"TLS_AES_256_GCM_SHA384", "TLS_CHACHA20_POLY1305_SHA256", "TLS_AES_128_GCM_SHA256", "TLS_AES_128_CCM_SHA256", "TLS_AES_128_CCM_8_SHA256"}
	strs := append([]string{"", ":", " ", "FOO", "tls_aes_256_gcm_sha384", "TLS_AES_256_GCM_SHA384,TLS_AES_128_GCM_SHA256", "AES128-SHA", "TLS_SM4_GCM_SM3", " TLS_AES_128_CCM_SHA256 :: TLS_AES_256_GCM_SHA384 "}, names...)
	for i, a := range names {
		strs = append(strs, a+":FOO", "FOO:"+a)
		for _, b := range append(names[:i:i], names[i+1:]...) {
			strs = append(strs, a+":"+b, a+" : "+b+":x:")
		}
	}
	parallel(strs, func(s string) {
		want, ok := openssl(t, "-ciphersuites", s, "AES128-SHA")
		want = strings.TrimSuffix(strings.TrimSuffix(want, "AES128-SHA"), ":")
		sel, err := v.Ciphersuites(s)
		if got := opensslNames(sel.Suites); ok != (err == nil) || ok && got != want {
			t.Errorf("%q\nopenssl: %s\nours:    %s (%v)", s, want, got, err)
		}
	})
	t.Logf("%d lists compared", len(strs))
}

// TestOpenSSLGoldenIsTrue compares the golden file with the installed program,
// or writes it.
func TestOpenSSLGoldenIsTrue(t *testing.T) {
	if v := installed(t); v != OpenSSL30 {
		t.Logf("the golden file is about %s, installed is %s: TestOpenSSLCiphers compares that", OpenSSL30, v)
		return
	}
	var b strings.Builder
	for _, line := range goldenLines(t, opensslGolden) {
		out, _ := openssl(t, "-ciphersuites", "", line[0])
		for _, refusal := range []string{"no cipher match", "invalid command"} {
			if strings.Contains(out, refusal) {
				out = refusal
			}
		}
		if out != line[1] && !*update {
			t.Errorf("%q\nopenssl: %s\ngolden:  %s", line[0], out, line[1])
		}
		b.WriteString(line[0] + " => " + out + "\n")
	}
	if *update {
		if err := os.WriteFile("testdata/"+opensslGolden, []byte(b.String()), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

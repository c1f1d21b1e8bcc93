package cipherstring

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tlsaudit/audit"
	"tlsaudit/internal/tlsreg"
)

// The classes that cannot be run here, by what their documentation says.
func TestOpenSSLClasses(t *testing.T) {
	for _, c := range []struct {
		version OpenSSLVersion
		in      string
		want    string // list, or text of the error
	}{
		{OpenSSL102, "RC4-SHA:EDH-RSA-DES-CBC3-SHA:DHE-RSA-DES-CBC3-SHA", "RC4-SHA:EDH-RSA-DES-CBC3-SHA"},
		{OpenSSL102, "3DES+kRSA:kECDH+AES256+SHA", "DES-CBC3-SHA:ECDH-RSA-AES256-SHA:ECDH-ECDSA-AES256-SHA"},
		{OpenSSL102, "TLSv1+kRSA+AES", "AES256-SHA:AES128-SHA"},
		{OpenSSL102, "EXPORT:LOW:SSLv2:KRB5:AES128-SHA", "AES128-SHA"},
		{OpenSSL102, "CHACHA20:AESCCM:ARIA", "no cipher match"},
		{OpenSSL102, "aRSA+AESGCM+AES256", "ECDHE-RSA-AES256-GCM-SHA384:DHE-RSA-AES256-GCM-SHA384:AES256-GCM-SHA384"},
		{OpenSSL102, "aRSA+SHA:!DH:!CAMELLIA:!SEED:!IDEA:!3DES:!AES256:!SRP:!eNULL", "ECDHE-RSA-AES128-SHA:AES128-SHA:ECDHE-RSA-RC4-SHA:RC4-SHA"},
		{OpenSSL102, "SHA384:!aECDH:!AESGCM", "ECDHE-RSA-AES256-SHA384:ECDHE-ECDSA-AES256-SHA384"},
		{OpenSSL102, "PSK", "PSK-AES256-CBC-SHA:PSK-AES128-CBC-SHA:PSK-RC4-SHA:PSK-3DES-EDE-CBC-SHA"},
		{OpenSSL102, "AES128-SHA:@SECLEVEL=2", "invalid string"},
		{OpenSSL111, "SEED:IDEA:!aNULL:!DSS", "DHE-RSA-SEED-SHA:SEED-SHA:IDEA-CBC-SHA"},
		{OpenSSL111, "RC4:3DES:kDHr", "no cipher match"},
		{OpenSSL111, "AES128-SHA:@SECLEVEL=2", "AES128-SHA"},
		{OpenSSL111, "CBC", "no cipher match"},
		{OpenSSL30, "SEED:IDEA", "no cipher match"},
		{OpenSSL30, "TLS_RSA_WITH_AES_128_CBC_SHA", "no cipher match"},
		{OpenSSL30, "A:_B", "invalid string"},
		{OpenSSL32, "TLS_RSA_WITH_AES_128_CBC_SHA:A_B", "AES128-SHA"},
		{OpenSSL32, "kRSA+AESCCM:@STRENGTH", "AES256-CCM:AES128-CCM:AES256-CCM8:AES128-CCM8"},
	} {
		sel, err := c.version.Ciphers(c.in)
		got := opensslNames(sel.Suites)
		for _, sentinel := range []error{ErrNoMatch, ErrSyntax} {
			if errors.Is(err, sentinel) {
				got = sentinel.Error()
			}
		}
		if got != c.want {
			t.Errorf("%s %q = %s\nwant %s", c.version, c.in, got, c.want)
		}
	}
}

func TestOpenSSLFacts(t *testing.T) {
	sel, err := OpenSSL30.Ciphers("HIGH:!RC5:!aNULL:!rc4:@SECLEVEL=3:RSA+ECDHE:!EXPORT:DES-CBC3-SHA:TLS-X")
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, w := range sel.Ignored {
		got = append(got, w.Text+" "+w.Reason)
	}
	want := []string{
		"!RC5 unknown word",
		"!rc4 unknown word; case matters: RC4",
		"RSA+ECDHE nothing is all of this at once",
		"!EXPORT OpenSSL 3.0 as it is built by default has nothing of EXPORT",
		"DES-CBC3-SHA OpenSSL 3.0 as it is built by default does not have this suite",
		"TLS-X unknown word",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("ignored words (-want +got):\n%s", diff)
	}
	if sel.Level != 3 || sel.Ignored[0].Offset != 5 || sel.Ignored[3].Offset != 44 {
		t.Errorf("level %d, offsets %d and %d; want 3, 5 and 44", sel.Level, sel.Ignored[0].Offset, sel.Ignored[3].Offset)
	}
	if sel, err = OpenSSL30.Ciphers("SUITEB128:ALL"); err != nil || sel.SuiteB != "SUITEB128" || len(sel.Ignored) != 1 || sel.Ignored[0].Text != "ALL" || sel.Level != -1 {
		t.Errorf("Suite B: %+v %v", sel, err)
	}
	if _, err := OpenSSL30.Ciphers("PROFILE=SYSTEM"); !errors.Is(err, ErrSystem) {
		t.Errorf("PROFILE=SYSTEM: %v, want unknown", err)
	}
	if _, err := OpenSSL30.Ciphers(strings.Repeat("A:", maxLength)); !errors.Is(err, ErrTooLong) {
		t.Errorf("too long: %v", err)
	}
}

func TestErrorPlace(t *testing.T) {
	_, err := OpenSSL30.Ciphers("HIGH:@FOO:AES")
	var wrong *Error
	if !errors.As(err, &wrong) {
		t.Fatalf("%T %v", err, err)
	}
	got := wrong.At(audit.Place{File: "ssl.conf", Line: 7, Col: 16}).Error()
	want := "ssl.conf:7:21: \"@FOO\" is not a command of cipher strings\nhint: @STRENGTH and @SECLEVEL=0 to @SECLEVEL=5 are the commands there are"
	if got != want {
		t.Errorf("%s\nwant %s", got, want)
	}
	if !errors.Is(wrong.At(audit.Place{}), ErrSyntax) {
		t.Error("the sentinel is lost on the way to a file's error")
	}
}

func TestUsable(t *testing.T) {
	// The highest level that leaves a suite usable, 5 being the last.
	for name, want := range map[string]int{
		"ADH-AES256-GCM-SHA384": 0, "NULL-SHA256": 0, "AES128-SHA": 2, "AES256-GCM-SHA384": 2,
		"ECDHE-RSA-AES128-SHA": 3, "ECDHE-RSA-AES128-GCM-SHA256": 3, "ECDHE-RSA-AES256-SHA": 3,
		"ECDHE-RSA-AES256-GCM-SHA384": 5, "TLS_AES_128_GCM_SHA256": 3, "TLS_AES_256_GCM_SHA384": 5, "ECDHE-ECDSA-AES256-CCM8": 5,
	} {
		s, ok := tlsreg.SuiteByName(name)
		if !ok {
			t.Fatal(name)
		}
		got := 0
		for level := range 6 {
			if OpenSSL30.Usable(s, level) {
				got = level
			}
		}
		if got != want {
			t.Errorf("%s is usable up to level %d, want %d", name, got, want)
		}
	}
	ccm8, _ := tlsreg.SuiteByName("ECDHE-ECDSA-AES256-CCM8")
	rc4, _ := tlsreg.SuiteByName("RC4-SHA")
	if OpenSSL32.Usable(ccm8, 1) || !OpenSSL102.Usable(rc4, 5) || OpenSSL111.Usable(rc4, 1) {
		t.Error("CCM-8 counts 64 bits from 3.2 on, 1.0.2 has no levels, and 1.1.1 has no RC4 to use")
	}
}

func TestCiphersuites(t *testing.T) {
	for _, c := range []struct {
		version OpenSSLVersion
		in      string
		want    int // suites, -1 for an error
		ignored int
	}{
		{OpenSSL30, DefaultCiphersuites, 3, 0},
		{OpenSSL30, "", 0, 0},
		{OpenSSL30, ":", -1, 0},
		{OpenSSL30, "TLS_AES_128_CCM_SHA256:FOO: TLS_AES_128_CCM_8_SHA256 ", 2, 1},
		{OpenSSL30, "TLS_AES_128_GCM_SHA256:TLS_AES_128_GCM_SHA256", 1, 0},
		{OpenSSL30, "AES128-SHA", -1, 1},
		{OpenSSL111, "TLS_AES_128_CCM_SHA256:FOO", -1, 0},
		{OpenSSL102, "TLS_AES_128_GCM_SHA256", -1, 0},
	} {
		sel, err := c.version.Ciphersuites(c.in)
		got := len(sel.Suites)
		if err != nil {
			got = -1
		}
		if got != c.want || len(sel.Ignored) != c.ignored {
			t.Errorf("%s %q: %d suites, %d ignored, %v; want %d and %d", c.version, c.in, len(sel.Suites), len(sel.Ignored), err, c.want, c.ignored)
		}
	}
}

func TestParseOpenSSLVersion(t *testing.T) {
	for in, want := range map[string]OpenSSLVersion{
		"1.0.2k": OpenSSL102, "1.1.1": OpenSSL111, "1.1.0h": OpenSSL111, "3": OpenSSL30, "3.0.19": OpenSSL30, "3.1": OpenSSL30, "3.2": OpenSSL32, "3.5.4": OpenSSL32, "3.10": OpenSSL32,
		"": "", "4.0": "", "1.0.1": "", "3.x": "", "30": "", "3.": "",
	} {
		if got, err := ParseOpenSSLVersion(in); got != want || (err == nil) != (want != "") {
			t.Errorf("%q is %q, %v; want %q", in, got, err, want)
		}
	}
}

// checkSelection is what holds for every result of every evaluator.
func checkSelection(t *testing.T, in string, sel Selection) {
	t.Helper()
	seen := map[audit.Code]bool{}
	for _, s := range sel.Suites {
		registered, ok := tlsreg.SuiteByCode(s.Code)
		if !ok || registered.Name != s.Name {
			t.Errorf("%q selects %s, which is not in the registry", in, s.Name)
		}
		if seen[s.Code] {
			t.Errorf("%q selects %s twice", in, s.Name)
		}
		seen[s.Code] = true
	}
	for _, w := range sel.Ignored {
		if w.Offset < 0 || !strings.HasPrefix(in[min(w.Offset, len(in)):], w.Text) || w.Reason == "" {
			t.Errorf("%q: the ignored word %+v is not there", in, w)
		}
	}
}

// checkError is what holds for every error: a typed one, inside the string.
func checkError(t *testing.T, in string, err error) {
	t.Helper()
	var fault *Error
	if err == nil {
		return
	}
	if !errors.As(err, &fault) || fault.Offset < 0 || fault.Offset > len(in) || fault.Cause == "" {
		t.Errorf("%q: %#v", in, err)
		return
	}
	if !slices.Contains([]error{ErrNoMatch, ErrSyntax, ErrSystem, ErrTooLong}, fault.Err) {
		t.Errorf("%q: %v has no sentinel", in, err)
	}
	if !strings.HasPrefix(in[fault.Offset:], fault.Text) {
		t.Errorf("%q: %q is not at %d", in, fault.Text, fault.Offset)
	}
}

func FuzzOpenSSL(f *testing.F) {
	for _, s := range openSSLStrings(7, 200) {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, in string) {
		for _, v := range OpenSSLVersions {
			sel, err := v.Ciphers(in)
			checkSelection(t, in, sel.Selection)
			checkError(t, in, err)
			if again, _ := v.Ciphers(in); !slices.Equal(sel.Codes(), again.Codes()) {
				t.Errorf("%q selects something else the second time", in)
			}
			list, err := v.Ciphersuites(in)
			checkSelection(t, in, list)
			checkError(t, in, err)
		}
	})
}

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

// gnutlsGolden are the strings of testdata/gnutls-3.7.txt, which was printed by
// gnutls-cli 3.7.9 of Debian, lines joined by semicolons.
const gnutlsGolden = "gnutls-3.7.txt"

func TestGnuTLSGolden(t *testing.T) {
	lines := goldenLines(t, gnutlsGolden)
	if len(lines) < 30 {
		t.Errorf("only %d golden strings", len(lines))
	}
	for _, line := range lines {
		if got := strings.ReplaceAll(printGnuTLS(line[0]), "\n", "; "); got != line[1] {
			t.Errorf("%q\ngnutls: %s\nours:   %s", line[0], line[1], got)
		}
	}
}

func TestGnuTLSFacts(t *testing.T) {
	sel, err := GnuTLS("NORMAL:-VERS-TLS1.2:+COMP-NULL:%SERVER_PRECEDENCE:%PROFILE_HIGH:-GROUP-EC-ALL:+GROUP-GC256A")
	if err != nil {
		t.Fatal(err)
	}
	// TLS 1.3 without 1.2 but with 1.1 is taken out; DTLS 1.2 keeps suites that
	// TLS cannot use.
	if diff := cmp.Diff([]audit.Version{audit.TLSv11, audit.TLSv10}, sel.Versions); diff != "" {
		t.Errorf("versions (-want +got):\n%s", diff)
	}
	if got := sel.In(audit.TLSv11); len(got) == 0 || len(got) >= len(sel.Suites) || slices.ContainsFunc(got, func(s tlsreg.Suite) bool { return s.AEAD }) {
		t.Errorf("%d of %d suites in TLS 1.1", len(got), len(sel.Suites))
	}
	if got := sel.In(audit.TLSv12); got != nil {
		t.Errorf("%d suites in TLS 1.2, which is off", len(got))
	}
	if diff := cmp.Diff([]string{"SERVER_PRECEDENCE", "PROFILE_HIGH"}, sel.Options); diff != "" {
		t.Errorf("options (-want +got):\n%s", diff)
	}
	if len(sel.Groups) != 6 || sel.Groups[0].Name != "ffdhe2048" || sel.Groups[5].Name != "GC256A" {
		t.Errorf("groups %v", sel.Groups)
	}
	if len(sel.Ignored) != 1 || sel.Ignored[0].Text != "+COMP-NULL" || sel.Ignored[0].Offset != 20 {
		t.Errorf("ignored %v", sel.Ignored)
	}
	// Two names of GnuTLS share one number of TLS.
	if len(sel.Signatures) != 19 || len(sel.Schemes) != 16 {
		t.Errorf("%d signatures and %d schemes, want 19 and 16", len(sel.Signatures), len(sel.Schemes))
	}
	if gost, err := GnuTLS("NORMAL:-GROUP-ALL:+GROUP-GC512C"); err != nil || slices.Contains(gost.Versions, audit.TLSv13) {
		t.Errorf("TLS 1.3 with groups of GOST only: %v %v", gost.Versions, err)
	}
	both, err := GnuTLS("NORMAL")
	if err != nil || len(both.In(audit.TLSv13)) != 4 || len(both.In(audit.TLSv12)) != len(both.Suites)-4 {
		t.Errorf("%d suites in TLS 1.3 and %d of %d in 1.2, %v", len(both.In(audit.TLSv13)), len(both.In(audit.TLSv12)), len(both.Suites), err)
	}
	for in, want := range map[string]error{
		"@SYSTEM": ErrSystem, " @EXIM,SYSTEM:+RSA": ErrSystem, "NONE": ErrNoMatch, "NORMAL:+": ErrSyntax, "HIGH:!aNULL": ErrSyntax,
		strings.Repeat("+RSA:", maxLength): ErrTooLong,
	} {
		if _, err := GnuTLS(in); !errors.Is(err, want) {
			t.Errorf("%.40q: %v, want %v", in, err, want)
		}
	}
}

func TestGnuTLSErrorText(t *testing.T) {
	_, err := GnuTLS("NORMAL:%compat")
	want := "GnuTLS refuses the priority string at \"%compat\": no such option; case matters: %COMPAT\nhint: gnutls-cli --list names everything there is"
	if err == nil || err.Error() != want {
		t.Errorf("%v\nwant %s", err, want)
	}
}

func FuzzGnuTLS(f *testing.F) {
	for _, s := range gnutlsStrings(7, 200) {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, in string) {
		sel, err := GnuTLS(in)
		checkSelection(t, in, sel.Selection)
		checkError(t, in, err)
		for _, v := range audit.Versions {
			if len(sel.In(v)) > len(sel.Suites) {
				t.Errorf("%q: more suites in %s than at all", in, v)
			}
		}
		if again, _ := GnuTLS(in); !slices.Equal(sel.Codes(), again.Codes()) {
			t.Errorf("%q selects something else the second time", in)
		}
	})
}

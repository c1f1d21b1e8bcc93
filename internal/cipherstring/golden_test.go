package cipherstring

import (
	"os"
	"strings"
	"testing"

	"tlsaudit/internal/tlsreg"
)

// goldenLines reads testdata/NAME: one "string => what the program printed" a
// line. The files are written by the interop tests (go test -tags interop
// -update), so that the installed programs speak through them where there are none.
func goldenLines(t *testing.T, name string) [][2]string {
	t.Helper()
	text, err := os.ReadFile("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	var lines [][2]string
	for line := range strings.Lines(string(text)) {
		in, out, ok := strings.Cut(strings.TrimSuffix(line, "\n"), " => ")
		if !ok {
			t.Fatalf("%s: unreadable line %q", name, line)
		}
		lines = append(lines, [2]string{in, out})
	}
	return lines
}

func opensslNames(list []tlsreg.Suite) string {
	names := make([]string, 0, len(list))
	for _, s := range list {
		names = append(names, s.OpenSSL)
	}
	return strings.Join(names, ":")
}

// opensslGolden are the strings of testdata/openssl-3.0.txt, which was printed
// by OpenSSL 3.0.19 of Debian.
const opensslGolden = "openssl-3.0.txt"

func TestOpenSSLGolden(t *testing.T) {
	lines := goldenLines(t, opensslGolden)
	if len(lines) < 60 {
		t.Errorf("only %d golden strings", len(lines))
	}
	for _, line := range lines {
		sel, err := OpenSSL30.Ciphers(line[0])
		got := opensslNames(sel.Suites)
		switch {
		case errorIs(err, ErrNoMatch):
			got = "no cipher match"
		case errorIs(err, ErrSyntax):
			got = "invalid command"
		}
		if got != line[1] {
			t.Errorf("%q\nopenssl: %s\nours:    %s", line[0], line[1], got)
		}
	}
}

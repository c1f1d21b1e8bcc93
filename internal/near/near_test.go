package near

import (
	"strings"
	"testing"
)

// TestWord: one edit in three letters is near, more is not.
func TestWord(t *testing.T) {
	for _, tt := range []struct {
		word  string
		known []string
		want  string
	}{
		{"TLSv12", []string{"SSLv3", "TLSv1.0", "TLSv1.2"}, "TLSv1.2"},
		{"tlsv12", []string{"TLSv1.2"}, "TLSv1.2"},
		{"secp256r2", []string{"x25519", "secp256r1", "secp256k1"}, "secp256r1"},
		{"htpps", []string{"smtp", "https"}, "https"},
		{"RC5", []string{"NULL", "RC4"}, "RC4"},
		{"ab", []string{"abc"}, ""},
		{"quite", []string{"different"}, ""},
		{"", []string{"a"}, ""},
		{strings.Repeat("a", 101), []string{strings.Repeat("a", 101)}, ""},
	} {
		if got := Word(tt.word, tt.known); got != tt.want {
			t.Errorf("Word(%q) = %q, want %q", tt.word, got, tt.want)
		}
	}
}

// TestSlip: one slip of the finger, or another case.
func TestSlip(t *testing.T) {
	for _, tt := range []struct {
		word, known string
		want        bool
	}{
		{"ssl", "ssl", true},
		{"SSL", "ssl", true},
		{"sl", "ssl", true},
		{"ssll", "ssl", true},
		{"xsl", "ssl", true},
		{"lss", "ssl", false},
		{"slsx", "sslx", true},
		{"s", "ssl", false},
		{"", "s", true},
		{"", "ss", false},
		{"abcd", "badc", false},
		{"abX", "abYZ", false},
		{"abz", "bcz", false},
		{"abz", "caz", false},
	} {
		if got := Slip(tt.word, tt.known); got != tt.want {
			t.Errorf("Slip(%q, %q) = %v", tt.word, tt.known, got)
		}
	}
}

package glob

import (
	"regexp"
	"strings"
	"testing"
)

func TestMatch(t *testing.T) {
	for _, tt := range []struct {
		pattern, text string
		want          bool
	}{
		{"https://a.example.com:443", "https://a.example.com:443", true},
		{"https://a.example.com:443", "https://a.example.com:4430", false},
		{"", "", true},
		{"", "a", false},
		{"*", "", true},
		{"*", "line\nfeed", true},
		{"a*", "ba", false},
		{"*.example.com", "www.example.com", true},
		{"*.example.com", "example.com", false},
		{"ab*ba", "aba", false}, // the parts do not share characters
		{"ab*ba", "abba", true},
		{"a*b*c", "a-c-b", false},
		{"a*b*c", "a-b-b-c", true},
		{"a**c", "abc", true},
		{"a?c", "abc", false},
		{"[a]", "a", false},
		{"A*", "abc", false},
	} {
		if got := Match(tt.pattern, tt.text); got != tt.want {
			t.Errorf("Match(%q, %q) = %v", tt.pattern, tt.text, got)
		}
	}
}

// FuzzMatch compares with the regular expression that means the same.
func FuzzMatch(f *testing.F) {
	for _, seed := range [][2]string{{"a*b*c", "abc"}, {"*", ""}, {"ab*ba", "aba"}, {"**.", "x."}, {"*a*a*", "aa"}, {"smtp://*.example.com:25", "smtp://mx.example.com:25"}} {
		f.Add(seed[0], seed[1])
	}
	f.Fuzz(func(t *testing.T, pattern, text string) {
		parts := strings.Split(pattern, "*")
		for i := range parts {
			parts[i] = regexp.QuoteMeta(parts[i])
		}
		expression, err := regexp.Compile(`\A(?s:` + strings.Join(parts, ".*") + `)\z`)
		if err != nil || strings.ToValidUTF8(pattern+text, "") != pattern+text {
			return // too large for the engine, or bytes it reads as one unknown rune
		}
		if got, want := Match(pattern, text), expression.MatchString(text); got != want {
			t.Errorf("Match(%q, %q) = %v, want %v", pattern, text, got, want)
		}
	})
}

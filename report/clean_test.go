package report

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
)

func TestClean(t *testing.T) {
	for _, tt := range []struct{ name, in, want string }{
		{"plain", "CN=www.example.com", "CN=www.example.com"},
		{"letters", "Zürich 東京", "Zürich 東京"},
		{"escape sequence", "\x1b[2J", `\x1b[2J`},
		{"bell, null, delete", "\a\x00\x7f", `\x07\x00\x7f`},
		{"newline and tab", "a\r\n\tb", `a\x0d\x0a\x09b`},
		{"C1 as runes", "\u0085\u009b", `\x85\x9b`},
		{"C1 as bytes", "\x85\x9b", `\x85\x9b`},
		{"not UTF-8", "a\xc3(\xff", `a\xc3(\xff`},
		{"replacement character itself", "\ufffd", "\ufffd"},
		{"bidi embeddings", "\u202a\u202e", `\u202a\u202e`},
		{"bidi isolates", "\u2066\u2069", `\u2066\u2069`},
		{"bidi marks", "\u200e\u200f\u061c", `\u200e\u200f\u061c`},
		{"zero width", "pay\u200bpal\u2060\u200d", `pay\u200bpal\u2060\u200d`},
		{"byte order mark", "\ufeffx", `\ufeffx`},
		{"line separators", "a\u2028b\u2029c", `a\u2028b\u2029c`},
		{"soft hyphen and no-break space", "a\u00ad\u00a0", `a\xad\xa0`},
		{"letters without ink", "\u115f\u1160\u3164\uffa0\u17b4\u034f", `\u115f\u1160\u3164\uffa0\u17b4\u034f`},
		{"marks without ink", "\u180b\u2800\ufe0f", `\u180b\u2800\ufe0f`},
		{"tags", "\U000e0041", `\U000e0041`},
		{"commands of build servers", "::error::x ::add-mask::y a ::debug::", `\x3a:error::x \x3a:add-mask::y a \x3a:debug::`},
		{"commands anywhere in a line", "a##vso[x]##[y] ## #", `a#\x23vso[x]#\x23[y] ## #`},
		{"addresses are no commands", "::1 ::ffff:192.0.2.1 2001:db8::7 std::string", "::1 ::ffff:192.0.2.1 2001:db8::7 std::string"},
		{"markup is inert here", "<script>=cmd|'/c'", "<script>=cmd|'/c'"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := Clean(tt.in); got != tt.want {
				t.Errorf("Clean(%q) = %q, want %q", tt.in, got, tt.want)
			}
		})
	}
}

func TestCleanCaps(t *testing.T) {
	for _, in := range []string{strings.Repeat("A", 65536), strings.Repeat("\x1b", 65536)} {
		got := Clean(in)
		if !strings.HasSuffix(got, "…[truncated, 65536 bytes in all]") {
			t.Errorf("no mark at the end of %q", got[len(got)-40:])
		}
		if len(got) > maxText+40 {
			t.Errorf("%d bytes let through", len(got))
		}
	}
	if exact := strings.Repeat("A", maxText); Clean(exact) != exact {
		t.Error("text of the greatest length was cut")
	}
}

func TestCleanLines(t *testing.T) {
	got := strings.Join(CleanLines("SSLProtocol all\r\n\t-SSLv3\x1b\n\n"), "|")
	if want := `SSLProtocol all|    -SSLv3\x1b`; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

// harmful reports a rune no output may contain. It is written apart from
// visible, from the lists of Unicode, so that one can find the other wrong.
func harmful(r rune) bool {
	return r != '\n' && unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp, unicode.Bidi_Control, unicode.Variation_Selector)
}

func FuzzClean(f *testing.F) {
	f.Add("\x1b]8;;http://example.com\a\u202e\ufeff\xff")
	f.Add(strings.Repeat("\u2028", 3000))
	f.Fuzz(func(t *testing.T, in string) {
		got := Clean(in)
		if !utf8.ValidString(got) || strings.ContainsFunc(got, harmful) || strings.Contains(got, "\n") {
			t.Errorf("Clean(%q) = %q", in, got)
		}
		if len(got) <= maxText && Clean(got) != got {
			t.Errorf("Clean is not idempotent on %q", in)
		}
	})
}

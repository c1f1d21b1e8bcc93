package notify

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
)

func TestEscape(t *testing.T) {
	tests := []struct {
		name, in, plain, chat, mrkdwn string
	}{
		{"harmless", "www.example.com:443 (https)", "www.example.com:443 (https)", "www.example.com:443 (https)", "www.example.com:443 (https)"},
		{"mention of everybody", "<!channel> @channel @here", "<!channel> @channel @here", "‹!channel› ＠channel ＠here", "‹!channel› ＠channel ＠here"},
		{"mention of one", "<@U123> <at>Ann</at>", "<@U123> <at>Ann</at>", "‹＠U123› ‹at›Ann‹/at›", "‹＠U123› ‹at›Ann‹/at›"},
		{"links", "<https://evil.test|ok> [a](https://evil.test)", "<https[:]//evil.test|ok> [a](https[:]//evil.test)", "‹https[:]//evil.test|ok› [a] (https[:]//evil.test)", "‹https[:]//evil.test|ok› [a] (https[:]//evil.test)"},
		{"link in link", ":://// ://:://", ":[:]//// [:]//:[:]//", ":[:]//// [:]//:[:]//", ":[:]//// [:]//:[:]//"},
		{"markup", "*a* _b_ ~c~ `d` &amp;", "*a* _b_ ~c~ `d` &amp;", "*a* _b_ ~c~ `d` &amp;", "∗a∗ ＿b＿ ∼c∼ ˋdˋ &amp;amp;"},
		{"templates", "{{DATE(2026-01-01)}} ${x} @{y}", "{{DATE(2026-01-01)}} ${x} @{y}", "｛｛DATE(2026-01-01)}} $｛x} ＠｛y}", "｛｛DATE(2026-01-01)}} $｛x} ＠｛y}"},
		{"direction", "a\u202Eb", `a\u202eb`, `a\u202eb`, `a\u202eb`},
		{"lines", "a\r\nBcc: x@evil.test", `a\x0d\x0aBcc: x@evil.test`, `a\x0d\x0aBcc: x＠evil.test`, `a\x0d\x0aBcc: x＠evil.test`},
		{"no UTF-8", "a\xff", `a\xff`, `a\xff`, `a\xff`},
		{"nothing", "", "", "", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			for _, one := range []struct{ name, got, want string }{
				{"plain", plain(tt.in, maxLine), tt.plain}, {"chat", chat(tt.in), tt.chat}, {"mrkdwn", mrkdwn(tt.in), tt.mrkdwn}, {"header", header(tt.in), tt.plain},
			} {
				if one.got != one.want {
					t.Errorf("%s: %q, want %q", one.name, one.got, one.want)
				}
			}
		})
	}
}

func TestNamed(t *testing.T) {
	for in, want := range map[string]string{
		"https://www.example.com:443":         "www.example.com:443 (https)",
		"smtp://mx.example.com:25?ip=1.2.3.4": "mx.example.com:25?ip=1.2.3.4 (smtp)",
		"config:/etc/nginx.conf":              "config:/etc/nginx.conf",
		"://x":                                "[:]//x",
		"a://b://c":                           "b[:]//c (a)",
	} {
		if got := named(in); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}

func TestClip(t *testing.T) {
	for _, tt := range []struct {
		in   string
		most int
		want string
	}{{"abc", 3, "abc"}, {"abcd", 3, "abc…"}, {"äöüß", 3, "äöü…"}, {"\xff\xff\xff\xff", 3, "\xff\xff\xff…"}, {"", 0, ""}} {
		if got := clip(tt.in, tt.most); got != tt.want {
			t.Errorf("%q: %q, want %q", tt.in, got, tt.want)
		}
	}
}

// FuzzEscape holds what must be true of any text behind each of the functions.
func FuzzEscape(f *testing.F) {
	for _, seed := range []string{"", "<!channel>", "a\r\nb", "\u202e", "https://x", ":/" + "/:/" + "/", "[a](b)", "{{{{", "$${{", "\xff<", strings.Repeat("é@", 600), "[:]//", "`*_~&"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		for name, got := range map[string]string{
			"plain": plain(s, maxLine), "chat": chat(s), "mrkdwn": mrkdwn(s), "header": header(s), "word": word(s), "named": named(s), "exact": exact(s),
		} {
			if !utf8.ValidString(got) {
				t.Errorf("%s(%q) is no UTF-8: %q", name, s, got)
			}
			if strings.ContainsFunc(got, func(r rune) bool { return unicode.IsControl(r) || unicode.In(r, unicode.Cf, unicode.Zl, unicode.Zp) }) {
				t.Errorf("%s(%q) has invisible characters: %q", name, s, got)
			}
			if name != "exact" && strings.Contains(got, "://") {
				t.Errorf("%s(%q) has what becomes a link: %q", name, s, got)
			}
			if n := utf8.RuneCountInString(got); n > 6*maxLine {
				t.Errorf("%s: %d characters", name, n)
			}
		}
		for name, got := range map[string]string{"chat": chat(s), "mrkdwn": mrkdwn(s)} {
			for _, bad := range []string{"<", ">", "@", "](", "{"} {
				if strings.Contains(got, bad) {
					t.Errorf("%s(%q) has %q: %q", name, s, bad, got)
				}
			}
		}
		got := mrkdwn(s)
		if strings.ContainsAny(got, "*_~`") || strings.Contains(strings.ReplaceAll(got, "&amp;", ""), "&") {
			t.Errorf("mrkdwn(%q) has markup: %q", s, got)
		}
	})
}

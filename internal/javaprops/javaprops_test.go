package javaprops

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"tlsaudit/internal/conftree"
)

func file(text string) *conftree.File {
	return conftree.NewFile("a.properties", "a.properties", text, conftree.Encoding{Charset: "utf-8"})
}

func TestLoad(t *testing.T) {
	type pair struct{ Key, Value, Raw string }
	tests := []struct {
		name, text string
		want       []pair
	}{
		{"separators", "a=b\nc:d\ne f\ng = h\ni\n", []pair{{"a", "b", "b"}, {"c", "d", "d"}, {"e", "f", "f"}, {"g", "h", "h"}, {"i", "", ""}}},
		{"a value may begin with a second separator", "a==b\nc : = d\n", []pair{{"a", "=b", "=b"}, {"c", "= d", "= d"}}},
		{"trailing blanks stay", "  a = b  \n", []pair{{"a", "b  ", "b  "}}},
		{"comments do not continue", "# a \\\nb=c\n! d\n", []pair{{"b", "c", "c"}}},
		{"a sign of comments inside a value is data", "a=b,\\\n # c\n", []pair{{"a", "b,# c", "b,\\\n # c"}}},
		{"continuations drop leading blanks", "a=\\\n   b,\\\r\n\tc\n", []pair{{"a", "b,c", "b,\\\r\n\tc"}}},
		{"a blank line ends a continuation", "a=b\\\n\nc=d", []pair{{"a", "b", "b\\\n"}, {"c", "d", "d"}}},
		{"a blank behind the backslash cuts the value", "a=b,\\ \nc=d\n", []pair{{"a", "b, ", "b,\\ "}, {"c", "d", "d"}}},
		{"line ends", "a=b\rc=d\r\ne=f\n\r", []pair{{"a", "b", "b"}, {"c", "d", "d"}, {"e", "f", "f"}}},
		{"escapes", "a\\=b\\ c=\\u0041\\t\\q\\\\\n", []pair{{"a=b c", "A\tq\\", "\\u0041\\t\\q\\\\"}}},
		{"surrogates", "a=\\ud83d\\ude00\n", []pair{{"a", "😀", "\\ud83d\\ude00"}}},
		{"duplicates", "a=1\na=2\n", []pair{{"a", "1", "1"}, {"a", "2", "2"}}},
		{"a backslash ends the file", "a=b\\", []pair{{"a", "b", "b\\"}}},
		{"nothing but a backslash", "\\", []pair{{"", "", ""}}},
		{"continued into nothing", "\\\r\n", nil},
		{"NUL and no-break space are characters", "a\x00=b\x00\nc\u00a0=d", []pair{{"a\x00", "b\x00", "b\x00"}, {"c\u00c2\u00a0", "d", "d"}}},
		{"empty", "", nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var got []pair
			for _, e := range Parse(file(tt.text)) {
				got = append(got, pair{e.Key, e.Value, tt.text[e.ValueStart:e.End]})
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestLoadEncodings(t *testing.T) {
	load := func(text, charset string, bom bool) Loaded {
		return Load(conftree.NewFile("a", "a", text, conftree.Encoding{Charset: charset, BOM: bom}))
	}
	if l := load("a=b\nc=d\n", "utf-8", true); len(l.Entries) != 2 || l.Entries[0].Key != "ï»¿a" || l.Lost != "a" || l.Entries[0].Start != 0 {
		t.Errorf("a byte order mark before a key: %+v", l)
	}
	if l := load("# note\nc=d\n", "utf-8", true); len(l.Entries) != 2 || l.Entries[0].Key != "ï»¿#" || l.Entries[0].Value != "note" || l.Lost != "" {
		t.Errorf("a byte order mark before a comment: %+v", l)
	}
	if l := load("", "utf-8", true); len(l.Entries) != 1 || l.Entries[0].Key != "ï»¿" {
		t.Errorf("a byte order mark alone: %+v", l)
	}
	if l := load("a=b\n", "utf-16le", true); !l.Garbled || l.Entries != nil {
		t.Errorf("UTF-16: %+v", l)
	}
	if l := load("a=b\nc=\\u12\nd=e\n", "utf-8", false); !l.Malformed || l.At != 6 || len(l.Entries) != 1 {
		t.Errorf("malformed escape: %+v", l)
	}
	for charset, want := range map[string]string{"utf-8": "â\u0082¬", "windows-1252": "\u0080", "iso-8859-15": "¤"} {
		if l := load("a=€", charset, false); l.Entries[0].Value != want {
			t.Errorf("%s: the euro sign is %q, want %q", charset, l.Entries[0].Value, want)
		}
	}
}

func TestEscape(t *testing.T) {
	for _, value := range []string{"TLSv1.2", "  a b ", "\\x\t\r\n\f", "é€😀", ""} {
		e := Parse(file("a=" + Escape(value) + "\nb=c\n"))
		if len(e) != 2 || e[0].Value != value {
			t.Errorf("Escape(%q) is read as %+v", value, e)
		}
	}
}

func FuzzLoad(f *testing.F) {
	for _, s := range []string{"a=b\n", "a\\\r\n b", "# x\\\na:b", "\\u00e9\\", "\\\n#\n=:", "\r\r\n\f a\t=\\\n"} {
		f.Add(s, byte(0))
	}
	charsets := []string{"utf-8", "iso-8859-1", "windows-1252", "utf-16le"}
	f.Fuzz(func(t *testing.T, text string, how byte) {
		file := conftree.NewFile("a", "a", text, conftree.Encoding{Charset: charsets[how&3], BOM: how&4 != 0})
		at := 0
		for _, e := range Parse(file) {
			if e.Start < at || e.ValueStart < e.Start || e.End < e.ValueStart || e.End > len(text) {
				t.Fatalf("offsets of %+v in %q", e, text)
			}
			at = e.End
		}
	})
}

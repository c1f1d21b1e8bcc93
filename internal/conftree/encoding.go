package conftree

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"

	"tlsaudit/audit"
)

// The charsets that are read and written.
const (
	utf8Name    = "utf-8"
	utf16leName = "utf-16le"
	utf16beName = "utf-16be"
	latin1Name  = "iso-8859-1"
	latin9Name  = "iso-8859-15"
	cp1252Name  = "windows-1252"
)

// Encoding says how the bytes of a file were read.
type Encoding struct {
	// Charset is "utf-8", "utf-16le", "utf-16be", "iso-8859-1", "iso-8859-15" or
	// "windows-1252".
	Charset string
	// BOM is set if the file begins with a byte order mark.
	BOM bool
	// Declared is set if the file itself names the charset, as XML may.
	Declared bool
	// Label is the name the file itself gives its charset, in its own words, empty
	// if it gives none. It need not be true: see [Encoding.Lies].
	Label string
}

// UTF16 reports whether every character takes two bytes or four.
func (e Encoding) UTF16() bool { return strings.HasPrefix(e.Charset, "utf-16") }

// Lies reports whether the file names another charset than the one its bytes
// are in, or one that is not known here.
func (e Encoding) Lies() bool {
	switch said := canonical(e.Label); {
	case e.Label == "" || said == e.Charset:
		return false
	case said == "us-ascii":
		return e.Charset != utf8Name
	case said == "utf-16":
		return !e.UTF16()
	}
	return true
}

// canonical returns the charset a name means, "utf-16" for one of both orders,
// or "" for one that is not known here.
func canonical(label string) string {
	switch l := strings.ToLower(strings.TrimSpace(label)); l {
	case "utf-8", "utf8":
		return utf8Name
	case "utf-16", "utf16", "iso-10646-ucs-2", "ucs-2":
		return "utf-16"
	case "utf-16le", "utf-16be":
		return l
	case "iso-8859-1", "iso8859-1", "iso_8859-1", "iso8859_1", "latin1", "latin-1", "l1":
		return latin1Name
	case "iso-8859-15", "iso8859-15", "iso_8859-15", "iso8859_15", "latin9", "latin-9":
		return latin9Name
	case "windows-1252", "cp1252", "cp-1252":
		return cp1252Name
	case "us-ascii", "ascii":
		return "us-ascii"
	}
	return ""
}

var byteOrderMark = map[string]string{utf16leName: "\xff\xfe", utf16beName: "\xfe\xff"}

// mark is what a file in this encoding begins with.
func (e Encoding) mark() string {
	switch {
	case !e.BOM:
		return ""
	case e.UTF16():
		return byteOrderMark[e.Charset]
	}
	return "\xef\xbb\xbf"
}

// detect says how bytes are encoded, by their mark, by what they declare and by
// their form, in this order.
func detect(b []byte) Encoding {
	var e Encoding
	switch {
	case bytes.HasPrefix(b, []byte("\xff\xfe")):
		e.Charset, e.BOM = utf16leName, true
	case bytes.HasPrefix(b, []byte("\xfe\xff")):
		e.Charset, e.BOM = utf16beName, true
	case bytes.HasPrefix(b, []byte("\xef\xbb\xbf")):
		e.BOM = true
	default:
		e.Charset = unmarkedUTF16(b)
	}
	rest := b[len(e.mark()):]
	head := rest[:min(len(rest), 1024)]
	if e.UTF16() {
		text, _ := decodeUTF16(head[:len(head)&^1], e.Charset == utf16beName)
		e.Label = xmlLabel(text)
		e.Declared = e.Label != ""
		return e
	}
	e.Label = xmlLabel(string(head))
	e.Declared = e.Label != ""
	switch said := canonical(e.Label); {
	case said == latin1Name, said == latin9Name, said == cp1252Name:
		e.Charset = said
	case utf8.Valid(rest):
		e.Charset = utf8Name
	case slices.ContainsFunc(rest, func(c byte) bool { return c >= 0x80 && c < 0xa0 }):
		e.Charset = cp1252Name
	default:
		e.Charset = latin1Name
	}
	return e
}

// unmarkedUTF16 knows UTF-16 without a mark by the NUL that every second byte
// of mostly Latin text then is.
func unmarkedUTF16(b []byte) string {
	head := b[:min(len(b), 4096)&^1]
	var even, odd int
	for i := 0; i+1 < len(head); i += 2 {
		if head[i] == 0 {
			even++
		}
		if head[i+1] == 0 {
			odd++
		}
	}
	pairs := len(head) / 2
	switch {
	case pairs < 2:
		return ""
	case odd*10 >= pairs*4 && even*50 <= pairs:
		return utf16leName
	case even*10 >= pairs*4 && odd*50 <= pairs:
		return utf16beName
	}
	return ""
}

// xmlLabel returns the charset an XML declaration at the very beginning names.
func xmlLabel(text string) string {
	if !strings.HasPrefix(text, "<?xml") {
		return ""
	}
	declaration, _, ok := strings.Cut(text, "?>")
	_, after, found := strings.Cut(declaration, "encoding")
	after = strings.TrimLeft(after, " \t\r\n")
	if !ok || !found || !strings.HasPrefix(after, "=") {
		return ""
	}
	after = strings.TrimLeft(after[1:], " \t\r\n")
	if after == "" || after[0] != '"' && after[0] != '\'' {
		return ""
	}
	label, _, ok := strings.Cut(after[1:], after[:1])
	if !ok || len(label) > 40 {
		return ""
	}
	return label
}

// decode returns the text of bytes without a mark. exact is set if encode gives
// the same bytes again.
func decode(b []byte, e Encoding) (text string, exact bool) {
	b = b[len(e.mark()):]
	switch e.Charset {
	case utf16leName, utf16beName:
		return decodeUTF16(b, e.Charset == utf16beName)
	case latin1Name, latin9Name, cp1252Name:
		table := charmaps[e.Charset]
		var w strings.Builder
		w.Grow(len(b) + len(b)/8)
		for _, c := range b {
			w.WriteRune(decodeByte(table, c))
		}
		return w.String(), true
	}
	return string(b), true
}

var charmaps = map[string]*charmap.Charmap{latin1Name: charmap.ISO8859_1, latin9Name: charmap.ISO8859_15, cp1252Name: charmap.Windows1252}

// decodeByte gives the few bytes windows-1252 leaves out the meaning they have in
// iso-8859-1, as everybody does.
func decodeByte(table *charmap.Charmap, c byte) rune {
	if r := table.DecodeByte(c); r != utf8.RuneError {
		return r
	}
	return rune(c)
}

func encodeRune(table *charmap.Charmap, r rune) (byte, bool) {
	c, ok := table.EncodeRune(r)
	if !ok && r >= 0x80 && r < 0xa0 && table.DecodeByte(byte(r)) == utf8.RuneError {
		return byte(r), true
	}
	return c, ok
}

// Encode returns the bytes of text in the file's own encoding, with its mark.
// It is an error if the charset has no such character, or if the file held
// bytes that its charset gives no meaning to, so that they would be lost.
func (f *File) Encode(text string) ([]byte, error) {
	fail := func(offset int, cause string) error {
		place := NewFile(f.Path, f.Name, text[:min(len(text), offset+1)], f.Encoding).Place(offset)
		return &audit.InputError{Place: place, Cause: cause}
	}
	if f.inexact {
		return nil, &audit.InputError{
			Place: audit.Place{File: f.Name}, Cause: "the file holds bytes that are not " + f.Encoding.Charset + "; they would be lost",
			Hint: "mend its encoding first",
		}
	}
	out := make([]byte, 0, len(text)+3)
	out = append(out, f.Encoding.mark()...)
	switch e := f.Encoding; {
	case e.UTF16():
		if !utf8.ValidString(text) {
			return nil, fail(invalidAt(text), "the text is not UTF-8")
		}
		return appendUTF16(out, text, e.Charset == utf16beName), nil
	case charmaps[e.Charset] != nil:
		table := charmaps[e.Charset]
		for i, r := range text {
			c, ok := encodeRune(table, r)
			if !ok {
				return nil, fail(i, fmt.Sprintf("%s has no character %q", e.Charset, r))
			}
			out = append(out, c)
		}
		return out, nil
	}
	return append(out, text...), nil
}

func invalidAt(text string) int {
	for i, r := range text {
		if r == utf8.RuneError {
			if _, size := utf8.DecodeRuneInString(text[i:]); size == 1 {
				return i
			}
		}
	}
	return 0
}

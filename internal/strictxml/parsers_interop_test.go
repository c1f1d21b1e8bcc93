//go:build interop

package strictxml

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode/utf16"

	"tlsaudit/internal/conftree"
)

// TestAgainstParsers gives random documents to the JDK's parser and to expat,
// and compares what they take, and what they read.
func TestAgainstParsers(t *testing.T) {
	g := &writer{rand.New(rand.NewPCG(7, 1809))}
	dir := t.TempDir()
	var files [][]byte
	for i := range 3000 {
		b := g.file()
		files = append(files, b)
		if err := os.WriteFile(filepath.Join(dir, strconv.Itoa(i)), b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	java, expat := answers(t, len(files), "java", "testdata/Parse.java", dir), answers(t, len(files), "python3", "testdata/parse.py", dir)
	accepted, refused, stricter := 0, 0, 0
	for i, b := range files {
		f, err := conftree.FromBytes(map[string][]byte{"a": b}).Read("a")
		if err != nil {
			t.Fatal(err)
		}
		d, err := Parse(f)
		switch javaTakes, expatTakes := !strings.HasPrefix(java[i], "no "), expat[i] == "ok"; {
		case err == nil && javaTakes && expatTakes:
			accepted++
			if mine := dump(d.Root); mine != java[i] {
				t.Errorf("%q\nJava: %s\nhere: %s", b, java[i], mine)
			}
		case err == nil:
			t.Errorf("accepted here only (%+v): %q\nJava: %.200s\nexpat: %s", f.Encoding, b, java[i], expat[i])
		case !javaTakes && !expatTakes:
			refused++
		case onPurpose(err, javaTakes, expatTakes):
			stricter++
		default:
			t.Errorf("refused here only: %v (%+v)\n%q\nJava: %.200s\nexpat: %s", err, f.Encoding, b, java[i], expat[i])
		}
	}
	t.Logf("%d documents accepted and read alike, %d refused by all, %d refused on purpose", accepted, refused, stricter)
	if accepted < 500 || refused < 500 {
		t.Error("too few to mean anything")
	}
}

// onPurpose reports whether a document is refused that one of the parsers
// takes because this package means to be stricter.
func onPurpose(err error, javaTakes, expatTakes bool) bool {
	return errors.Is(err, ErrEntities) || errors.Is(err, ErrLimit) || javaTakes != expatTakes
}

func answers(t *testing.T, n int, command ...string) []string {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), command[0], command[1:]...).Output()
	if err != nil {
		t.Fatalf("%s: %v", command[0], err)
	}
	lines := strings.Split(strings.TrimSuffix(string(out), "\n"), "\n")
	if len(lines) != n {
		t.Fatalf("%s: %d answers for %d documents", command[0], len(lines), n)
	}
	return lines
}

// dump writes an element as Parse.java does.
func dump(root *Element) string {
	var b strings.Builder
	var write func(e *Element)
	write = func(e *Element) {
		fmt.Fprintf(&b, " <%x", e.Space+"|"+e.Name)
		var attrs []string
		for _, a := range e.Attrs {
			if a.Space != Xmlns {
				attrs = append(attrs, fmt.Sprintf("%x=%x", a.Space+"|"+a.Name, a.Value))
			}
		}
		slices.Sort(attrs)
		for _, a := range attrs {
			b.WriteString(" " + a)
		}
		fmt.Fprintf(&b, " ~%x", e.Text)
		for _, c := range e.Children {
			write(c)
		}
		b.WriteString(" >")
	}
	write(root)
	return strings.TrimSpace(b.String())
}

// writer writes documents, most of them well-formed.
type writer struct{ *rand.Rand }

func (g *writer) pick(list ...string) string { return list[g.IntN(len(list))] }

func (g *writer) file() []byte {
	encoding := ""
	if g.IntN(2) == 0 {
		encoding = " encoding=" + g.pick(`"UTF-8"`, "'utf-8'", `"UTF-16"`, `"ISO-8859-1"`, `"US-ASCII"`, `"UTF-8"`)
	}
	text := g.pick("", "<?xml version='1.0'"+encoding+"?>", "<?xml version=\"1.0\""+encoding+" standalone='yes' ?>\r\n", "<?xml version='1.0'"+encoding+"?>\n", "<?xml version='1.1'"+encoding+"?>")
	text += g.pick("", "", "", "<!-- a -->", "<?pi b?>\n", "<!DOCTYPE a>", "<!DOCTYPE a SYSTEM 'http://x.invalid/a.dtd'>", "\n")
	text += g.element(0) + g.pick("", "\n", "<!-- b -->", "<?c?>", "", "\r\n ")
	for range g.IntN(3) * g.IntN(2) {
		text = g.damage(text)
	}
	switch g.IntN(12) {
	case 0:
		return append([]byte("\xef\xbb\xbf"), text...)
	case 1:
		return utf16le(text, true)
	case 2:
		return utf16le(text, false)
	}
	return []byte(text)
}

func utf16le(text string, mark bool) []byte {
	var b bytes.Buffer
	if mark {
		b.WriteString("\xff\xfe")
	}
	for _, unit := range utf16.Encode([]rune(text)) {
		b.Write([]byte{byte(unit), byte(unit >> 8)})
	}
	return b.Bytes()
}

func (g *writer) element(depth int) string {
	name := g.pick("a", "b", "p:a", "p:b", "q:c", "é", "a.b-c_1")
	s := "<" + name
	if depth == 0 || g.IntN(4) == 0 {
		s += g.pick(" xmlns:p='u:1'", " xmlns:p='u:1' xmlns:q=\"u:2\"", " xmlns:p='u:1' xmlns:q='u:1'", " xmlns='u:3' xmlns:p='u:2' xmlns:q='u:4'", " xmlns='' xmlns:p='u:1' xmlns:q='u:2'")
	}
	for range g.IntN(4) {
		s += g.pick(" ", "\n", "\r\n  ", "\t") + g.pick("a", "b", "c", "d", "p:a", "p:b", "q:a", "xml:lang", "xsi") + g.pick("=", " = ", "=\n") + g.value()
	}
	if g.IntN(4) == 0 {
		return s + g.pick("/>", " />")
	}
	s += g.pick(">", " >", "\n>")
	for range g.IntN(4) {
		switch {
		case depth < 4 && g.IntN(2) == 0:
			s += g.element(depth + 1)
		default:
			s += g.pick("text", "\n", "\r\n  ", "\r", "&lt;", "&amp;&#65;", "&#x1F600;", "é€😀", "<!-- c -->", "<?pi d?>", "<![CDATA[<x>]]>", "<![CDATA[]]>", " ]] > ", "&quot;", "a]]b")
		}
	}
	return s + "</" + name + g.pick(">", " >", "\n>")
}

func (g *writer) value() string {
	quote := g.pick(`"`, "'")
	s := ""
	for range g.IntN(4) {
		s += g.pick("x", " ", "\t", "\n", "\r\n", "\r", "&lt;", "&gt;", "&amp;", "&apos;", "&quot;", "&#10;", "&#9;", "é", ">", "TLSv1.2", "&#x20AC;", "]]>", "--")
	}
	return quote + s + quote
}

// damage changes a document a little.
func (g *writer) damage(s string) string {
	at := g.IntN(len(s) + 1)
	bit := g.pick("<", ">", "&", ";", `"`, "'", "/", "=", "!", "-", "--", "[", "]]>", "?", " ", "\t", "\n", "\x00", "\x01", "a", ":", "é", "\xff", "&x;", "&#0;", "&#xFFFF;", "xml", "<a/>", "</a>", "<!--", "-->", "<?xml version='1.0'?>",
		"<!DOCTYPE a>", "<![CDATA[", " a='1'", " p:a='2'", "xmlns:xml='u'", "\u0085", "\ufffe", "\u2028", "“", " x:y='1'", "<!ELEMENT a ANY>")
	switch g.IntN(4) {
	case 0:
		return s[:at] + bit + s[at:]
	case 1:
		return s[:at] + s[min(len(s), at+1+g.IntN(3)):]
	case 2:
		return s[:at] + bit + s[min(len(s), at+1):]
	}
	end := min(len(s), at+g.IntN(20))
	return s[:end] + s[at:end] + s[end:]
}

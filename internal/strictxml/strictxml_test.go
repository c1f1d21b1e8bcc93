package strictxml

import (
	"errors"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tlsaudit/audit"
	"tlsaudit/internal/conftree"
)

func file(text string) *conftree.File {
	return conftree.NewFile("a.xml", "a.xml", text, conftree.Encoding{Charset: "utf-8"})
}

func mustParse(t *testing.T, text string) *Document {
	t.Helper()
	d, err := Parse(file(text))
	if err != nil {
		t.Fatalf("%v in %q", err, text)
	}
	return d
}

func TestParse(t *testing.T) {
	text := "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\r\n<!-- one -->\n<p:a xmlns:p='urn:p' xmlns=\"urn:d\"\r\n   x = \"1 &lt; 2\r\n3&#10;\" p:x='2'>\r\ntext&amp;<b/>more<![CDATA[<c>\r]]>\n<!-- two --><?pi x?></p:a >\n"
	d := mustParse(t, text)
	a := d.Root
	if a.Space != "urn:p" || a.Name != "a" || text[a.Start:a.StartEnd] != text[strings.Index(text, "<p:a"):strings.Index(text, ">\r\ntext")+1] || text[a.EndStart:a.End] != "</p:a >" {
		t.Errorf("root %+v", a)
	}
	if a.Text != "\ntext&more<c>\n\n" {
		t.Errorf("text %q", a.Text)
	}
	x, ok := a.Attr("x")
	if !ok || x.Value != "1 < 2 3\n" || text[x.ValueStart:x.ValueEnd] != "1 &lt; 2\r\n3&#10;" || text[x.Start:x.Start+1] != "x" {
		t.Errorf("x %+v", x)
	}
	if px, ok := a.AttrOf("urn:p", "x"); !ok || px.Value != "2" || text[px.Start:px.Start+3] != "p:x" {
		t.Errorf("p:x %+v", px)
	}
	b := a.Child("b")
	if b == nil || b.Space != "urn:d" || b.Parent != a || b.Start+4 != b.End || len(a.All("b")) != 1 {
		t.Errorf("b %+v", b)
	}
	if len(d.Comments) != 2 || d.Comments[0].Parent != nil || d.Comments[1].Parent != a || d.Comments[1].Text != " two " || text[d.Comments[1].Start:d.Comments[1].End] != "<!-- two -->" {
		t.Errorf("comments %+v", d.Comments)
	}
	var seen []string
	Walk(a, func(e *Element) bool { seen = append(seen, e.Name); return true })
	if strings.Join(seen, " ") != "a b" {
		t.Errorf("walk %v", seen)
	}
}

func TestRefused(t *testing.T) {
	tests := []struct {
		name, text string
		at         string // line:col
		is         error
	}{
		{"empty", "", "1:1", nil},
		{"comment only", "<!-- a -->", "1:11", nil},
		{"two roots", "<a/>\n<b/>", "2:1", nil},
		{"text behind", "<a/>\nx", "2:1", nil},
		{"text before", "x<a/>", "1:1", nil},
		{"blank before the declaration", " <?xml version='1.0'?><a/>", "1:2", nil},
		{"declaration inside", "<a><?xml version='1.0'?></a>", "1:4", nil},
		{"declaration out of order", "<?xml encoding='UTF-8' version='1.0'?><a/>", "1:1", nil},
		{"version 1.2", "<?xml version='1.2'?><a/>", "1:15", ErrLimit},
		{"a line end of version 1.1", "<?xml version='1.1'?><a>\u0085</a>", "1:25", ErrLimit},
		{"not closed", "<a>\n<b>", "2:4", nil},
		{"wrong end tag", "<a>\n</b>", "2:1", nil},
		{"end tag alone", "</a>", "1:1", nil},
		{"tag not closed", "<a b='c'", "1:9", nil},
		{"duplicate attribute", "<a b='1'\n b='2'/>", "2:2", nil},
		{"duplicate attribute by namespace", "<a xmlns:p='u' xmlns:q='u' p:b='1' q:b='2'/>", "1:36", nil},
		{"unbound prefix", "<p:a/>", "1:1", nil},
		{"unbound prefix of an attribute", "<a p:b='1'/>", "1:4", nil},
		{"no quotes", "<a b=1/>", "1:6", nil},
		{"typographic quotes", "<a b=“1”/>", "1:6", nil},
		{"no value", "<a b/>", "1:5", nil},
		{"less-than in a value", "<a b='<'/>", "1:7", nil},
		{"no blank", "<a b='1'c='2'/>", "1:9", nil},
		{"ampersand", "<a>b & c</a>", "1:6", nil},
		{"ampersand in a value", "<a b='&'/>", "1:7", nil},
		{"entity", "<a>&b;</a>", "1:4", ErrEntities},
		{"entity in a value", "<a b='&c;'/>", "1:7", ErrEntities},
		{"internal subset", "<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>", "1:1", ErrEntities},
		{"two document types", "<!DOCTYPE a><!DOCTYPE a><a/>", "1:13", nil},
		{"a document type inside", "<a><!DOCTYPE a></a>", "1:4", nil},
		{"character", "<a>\x01</a>", "1:4", nil},
		{"NUL", "<a b='\x00'/>", "1:7", nil},
		{"not UTF-8", "<a>\xff</a>", "1:4", ErrEncoding},
		{"character reference", "<a>&#0;</a>", "1:4", nil},
		{"surrogate reference", "<a>&#xD800;</a>", "1:4", nil},
		{"comment", "<a><!-- -- --></a>", "1:9", nil},
		{"comment without an end", "<a><!-- </a>", "1:4", nil},
		{"section end in text", "<a>]]></a>", "1:4", nil},
		{"section outside", "<![CDATA[a]]><a/>", "1:1", nil},
		{"lies about the encoding", "<?xml version='1.0' encoding='UTF-16'?><a/>", "1:31", ErrEncoding},
		{"unknown encoding", "<?xml version='1.0' encoding='x-none'?><a/>", "1:31", ErrLimit},
		{"depth", strings.Repeat("<a>", MaxDepth+1), "1:301", ErrLimit},
		{"attributes", "<a" + attrs(MaxElementAttrs+1) + "/>", "", ErrLimit},
		{"prefix undone", "<a xmlns:p='u'><b xmlns:p=''/></a>", "1:19", nil},
		{"colon", "<a:/>", "1:1", nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			d, err := Parse(file(tt.text))
			var input *audit.InputError
			if d != nil || !errors.As(err, &input) {
				t.Fatalf("got %v, %v", d, err)
			}
			if got := strings.TrimPrefix(input.Place.String(), "a.xml:"); tt.at != "" && got != tt.at {
				t.Errorf("at %s, want %s: %v", got, tt.at, err)
			}
			for _, is := range []error{ErrEntities, ErrLimit, ErrEncoding} {
				if errors.Is(err, is) != (is == tt.is) {
					t.Errorf("%v is %v: %v, want the opposite", err, is, errors.Is(err, is))
				}
			}
		})
	}
}

func attrs(n int) string {
	var b strings.Builder
	for i := range n {
		b.WriteString(" a" + string(rune('a'+i%26)) + strings.Repeat("x", i/26) + "='1'")
	}
	return b.String()
}

func TestEncodings(t *testing.T) {
	parse := func(declared, body string, e conftree.Encoding) error {
		_, err := Parse(conftree.NewFile("a", "a", "<?xml version='1.0' encoding='"+declared+"'?><a>"+body+"</a>", e))
		return err
	}
	for _, ok := range []struct {
		declared, body string
		enc            conftree.Encoding
	}{
		{"UTF-8", "é", conftree.Encoding{Charset: "utf-8", BOM: true}}, {"ISO-8859-1", "é", conftree.Encoding{Charset: "iso-8859-1", Declared: true}},
		{"ISO-8859-1", "e", conftree.Encoding{Charset: "utf-8"}}, {"US-ASCII", "e", conftree.Encoding{Charset: "utf-8"}},
		{"UTF-16", "é", conftree.Encoding{Charset: "utf-16be", BOM: true}}, {"utf-16le", "é", conftree.Encoding{Charset: "utf-16le"}},
	} {
		if err := parse(ok.declared, ok.body, ok.enc); err != nil {
			t.Errorf("%s in %+v: %v", ok.declared, ok.enc, err)
		}
	}
	for _, bad := range []struct {
		declared, body string
		enc            conftree.Encoding
	}{
		{"UTF-8", "é", conftree.Encoding{Charset: "windows-1252"}}, {"UTF-8", "e", conftree.Encoding{Charset: "utf-16le", BOM: true}},
		{"US-ASCII", "é", conftree.Encoding{Charset: "utf-8"}}, {"UTF-16LE", "é", conftree.Encoding{Charset: "utf-16be"}},
		{"x-none", "e", conftree.Encoding{Charset: "utf-16le"}},
	} {
		if err := parse(bad.declared, bad.body, bad.enc); !errors.Is(err, ErrEncoding) {
			t.Errorf("%s in %+v: %v", bad.declared, bad.enc, err)
		}
	}
}

func TestEncodingsWithoutDeclaration(t *testing.T) {
	for _, tt := range []struct {
		text string
		enc  conftree.Encoding
		want error
	}{
		{"<a/>", conftree.Encoding{Charset: "utf-16le"}, ErrEncoding}, {"<a/>", conftree.Encoding{Charset: "utf-16le", BOM: true}, nil},
		{"<?xml version='1.0'?><a/>", conftree.Encoding{Charset: "utf-16be"}, nil}, {"<?pi?><a/>", conftree.Encoding{Charset: "utf-16be"}, nil},
		{"<a>é</a>", conftree.Encoding{Charset: "iso-8859-1"}, ErrEncoding}, {"<?xml version='1.0'?><a>é</a>", conftree.Encoding{Charset: "windows-1252"}, ErrEncoding},
		{"<?xml version='1.0' encoding='ISO-8859-1'?><a>é</a>", conftree.Encoding{Charset: "utf-8", BOM: true}, ErrLimit},
	} {
		if _, err := Parse(conftree.NewFile("a", "a", tt.text, tt.enc)); !errors.Is(err, tt.want) {
			t.Errorf("%q in %+v: %v, want %v", tt.text, tt.enc, err, tt.want)
		}
	}
}

func TestOffsets(t *testing.T) {
	const text = "<a b=\"x&lt;\r\n&#xE9;é&quot;\"/>"
	f := file(text)
	d, err := Parse(f)
	if err != nil {
		t.Fatal(err)
	}
	b, _ := d.Root.Attr("b")
	// a reference is at one place, whatever it stands for; so is a line end
	if diff := cmp.Diff([]int{6, 7, 11, 13, 13, 19, 20, 21, 27}, Offsets(f, b)); diff != "" {
		t.Errorf("%q: %s", b.Value, diff)
	}
}

func TestVersion11(t *testing.T) { mustParse(t, "<?xml version='1.1'?><a b='é'/>") }

func TestDoctype(t *testing.T) {
	for _, text := range []string{"<!DOCTYPE a><a/>", "<!DOCTYPE a SYSTEM 'http://x.invalid/a.dtd'><a/>", "<!DOCTYPE a PUBLIC \"-//a\" 'b' [ ] ><a/>"} {
		if d := mustParse(t, text); !d.Doctype || d.DoctypeStart != 0 {
			t.Errorf("%q: %+v", text, d)
		}
	}
	if d := mustParse(t, "<a/>"); d.Doctype {
		t.Error("a document type where there is none")
	}
}

func TestEscape(t *testing.T) {
	const value = "a<b>&\"'\r\n\t c"
	d := mustParse(t, "<a b='"+Escape(value)+"' c=\""+Escape(value)+"\">"+Escape(value)+"</a>")
	if b, _ := d.Root.Attr("b"); b.Value != value || d.Root.Value("c") != value || d.Root.Text != value {
		t.Errorf("%q, %q, %q", b.Value, d.Root.Value("c"), d.Root.Text)
	}
}

// TestLinear parses what is expensive for parsers that are not careful.
func TestLinear(t *testing.T) {
	const size = 1 << 20
	deep := "<a xmlns:p='u'>" + strings.Repeat("<a xmlns:q='v'>", 90)
	for name, text := range map[string]string{
		"elements": "<a>" + strings.Repeat("<a/>", size/4), "references": "<a>" + strings.Repeat("&lt;", size/4), "text": "<a>" + strings.Repeat("a<b/>", size/5),
		"scopes": deep + strings.Repeat("<p:a/>", size/6), "attributes": "<a>" + strings.Repeat("<a"+attrs(100)+"/>", 1000), "open": "<a b='" + strings.Repeat("x", size),
		"comments": "<a>" + strings.Repeat("<!---->", size/7), "names": "<" + strings.Repeat("a", size), "CR": "<a>" + strings.Repeat("\r", size),
	} {
		start := cpu(t)
		_, err := Parse(file(text))
		if took := cpu(t) - start; took > time.Minute || err == nil {
			t.Errorf("%s: %v after %s", name, err, took)
		}
	}
}

// cpu is the time this process worked; the clock would count what others do.
func cpu(t *testing.T) time.Duration {
	t.Helper()
	var used syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &used); err != nil {
		t.Fatal(err)
	}
	return time.Duration(used.Utime.Nano() + used.Stime.Nano())
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{
		"<?xml version='1.0'?><a xmlns:p='u' p:b='1&lt;'><!-- c --><p:d/>x</a>", "<!DOCTYPE a SYSTEM 'b' []><a/>", "<a><![CDATA[x]]>&#65;</a>",
		"<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>", "<a b=\"\r\n\"/><!-- -->", "<a xmlns='u' xmlns:x=''/>",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		file := file(text)
		d, err := Parse(file)
		if err != nil {
			var input *audit.InputError
			if !errors.As(err, &input) || input.Place.Line < 1 || input.Place.Line > file.Lines() {
				t.Fatalf("%v in %q", err, text)
			}
			return
		}
		Walk(d.Root, func(e *Element) bool {
			if text[e.Start] != '<' || text[e.StartEnd-1] != '>' || text[e.End-1] != '>' || e.EndStart < e.StartEnd {
				t.Fatalf("offsets of %+v in %q", e, text)
			}
			for _, a := range e.Attrs {
				if q := text[a.ValueStart-1]; q != '"' && q != '\'' || text[a.ValueEnd] != q {
					t.Fatalf("offsets of %+v in %q", a, text)
				}
			}
			return true
		})
	})
}

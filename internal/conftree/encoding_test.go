package conftree_test

import (
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tlsaudit/internal/conftree"
)

// utf16 writes text of the first plane in one byte order.
func utf16(text string, bigEndian bool) []byte {
	var b []byte
	for _, r := range text {
		if bigEndian {
			b = append(b, byte(r>>8), byte(r))
		} else {
			b = append(b, byte(r), byte(r>>8))
		}
	}
	return b
}

func join(parts ...any) (b []byte) {
	for _, p := range parts {
		switch p := p.(type) {
		case string:
			b = append(b, p...)
		case []byte:
			b = append(b, p...)
		}
	}
	return b
}

func TestDecode(t *testing.T) {
	const xml = `<?xml version="1.0" encoding="`
	for _, c := range []struct {
		name  string
		bytes []byte
		text  string
		want  conftree.Encoding
		lies  bool
	}{
		{"empty", nil, "", conftree.Encoding{Charset: "utf-8"}, false},
		{"plain", join("a=b\n"), "a=b\n", conftree.Encoding{Charset: "utf-8"}, false},
		{"utf-8", join("# grün €\n"), "# grün €\n", conftree.Encoding{Charset: "utf-8"}, false},
		{"mark", join("\xef\xbb\xbfa=ü"), "a=ü", conftree.Encoding{Charset: "utf-8", BOM: true}, false},
		{"two marks", join("\xef\xbb\xbf\xef\xbb\xbfa"), "\ufeffa", conftree.Encoding{Charset: "utf-8", BOM: true}, false},
		{"mark, then bytes", join("\xef\xbb\xbfa=\xfc"), "a=ü", conftree.Encoding{Charset: "iso-8859-1", BOM: true}, false},
		{"only a mark", join("\xef\xbb\xbf"), "", conftree.Encoding{Charset: "utf-8", BOM: true}, false},
		{"nul", join("a\x00b = c, some text that is none of the other kinds\n"), "a\x00b = c, some text that is none of the other kinds\n", conftree.Encoding{Charset: "utf-8"}, false},
		{"nul only", []byte{0, 0, 0, 0, 0, 0, 0, 0}, "\x00\x00\x00\x00\x00\x00\x00\x00", conftree.Encoding{Charset: "utf-8"}, false},
		{"latin 1", join("# gr\xfcn \xa4\n"), "# grün ¤\n", conftree.Encoding{Charset: "iso-8859-1"}, false},
		{"1252", join("# \x93gr\xfcn\x94 \x80\n"), "# “grün” €\n", conftree.Encoding{Charset: "windows-1252"}, false},
		{"1252, undefined", join("\x81\x8d\x8f\x90\x9d\xff"), "\u0081\u008d\u008f\u0090\u009dÿ", conftree.Encoding{Charset: "windows-1252"}, false},
		{"utf-16le, mark", join("\xff\xfe", utf16("a=ü\r\n", false)), "a=ü\r\n", conftree.Encoding{Charset: "utf-16le", BOM: true}, false},
		{"utf-16be, mark", join("\xfe\xff", utf16("a=ü\n", true)), "a=ü\n", conftree.Encoding{Charset: "utf-16be", BOM: true}, false},
		{"utf-16le", utf16("ssl = on\n", false), "ssl = on\n", conftree.Encoding{Charset: "utf-16le"}, false},
		{"utf-16be", utf16("ssl = on\n", true), "ssl = on\n", conftree.Encoding{Charset: "utf-16be"}, false},
		{"utf-16le, two planes", join("\xff\xfe", []byte{0x3d, 0xd8, 0x00, 0xde, 'a', 0}), "😀a", conftree.Encoding{Charset: "utf-16le", BOM: true}, false},
		{"xml 8859-1", join(xml, `iso-8859-1"?><a>`, "\xa4", "</a>"), xml + `iso-8859-1"?><a>¤</a>`, conftree.Encoding{Charset: "iso-8859-1", Declared: true, Label: "iso-8859-1"}, false},
		{"xml 8859-15", join(xml, `ISO-8859-15"?><a>`, "\xa4", "</a>"), xml + `ISO-8859-15"?><a>€</a>`, conftree.Encoding{Charset: "iso-8859-15", Declared: true, Label: "ISO-8859-15"}, false},
		{"xml 1252", join(xml, `windows-1252"?><a>`, "\x80", "</a>"), xml + `windows-1252"?><a>€</a>`, conftree.Encoding{Charset: "windows-1252", Declared: true, Label: "windows-1252"}, false},
		{"xml ascii", join(xml, `US-ASCII"?><a/>`), xml + `US-ASCII"?><a/>`, conftree.Encoding{Charset: "utf-8", Declared: true, Label: "US-ASCII"}, false},
		{"xml utf-16", join("\xff\xfe", utf16(xml+`UTF-16"?><a/>`, false)), xml + `UTF-16"?><a/>`, conftree.Encoding{Charset: "utf-16le", BOM: true, Declared: true, Label: "UTF-16"}, false},
		{"xml lies utf-16", join(xml, `UTF-16"?><a/>`), xml + `UTF-16"?><a/>`, conftree.Encoding{Charset: "utf-8", Declared: true, Label: "UTF-16"}, true},
		{"xml lies utf-8", join("\xff\xfe", utf16(xml+`UTF-8"?><a/>`, false)), xml + `UTF-8"?><a/>`, conftree.Encoding{Charset: "utf-16le", BOM: true, Declared: true, Label: "UTF-8"}, true},
		{"xml lies about bytes", join(xml, `UTF-8"?><a>`, "\xfc</a>"), xml + `UTF-8"?><a>ü</a>`, conftree.Encoding{Charset: "iso-8859-1", Declared: true, Label: "UTF-8"}, true},
		{"xml ebcdic", join(xml, `IBM-1047"?><a/>`), xml + `IBM-1047"?><a/>`, conftree.Encoding{Charset: "utf-8", Declared: true, Label: "IBM-1047"}, true},
		{"xml ascii with more", join(xml, `ascii"?><a>`, "\xfc</a>"), xml + `ascii"?><a>ü</a>`, conftree.Encoding{Charset: "iso-8859-1", Declared: true, Label: "ascii"}, true},
		{"xml without", join(`<?xml version='1.0'?><a encoding="x"/>`), `<?xml version='1.0'?><a encoding="x"/>`, conftree.Encoding{Charset: "utf-8"}, false},
		{"xml with mark and single quotes", join("\xef\xbb\xbf<?xml version='1.0' encoding = 'utf-8'?><a/>"), "<?xml version='1.0' encoding = 'utf-8'?><a/>", conftree.Encoding{Charset: "utf-8", BOM: true, Declared: true, Label: "utf-8"}, false},
	} {
		f, err := conftree.FromBytes(map[string][]byte{"f": c.bytes}).Read("f")
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		if f.Text != c.text {
			t.Errorf("%s: text %q, want %q", c.name, f.Text, c.text)
		}
		if diff := cmp.Diff(c.want, f.Encoding); diff != "" {
			t.Errorf("%s: (-want +got)\n%s", c.name, diff)
		}
		if f.Encoding.Lies() != c.lies {
			t.Errorf("%s: lies is %v, want %v", c.name, f.Encoding.Lies(), c.lies)
		}
		back, err := f.Encode(f.Text)
		if err != nil || !bytes.Equal(back, c.bytes) {
			t.Errorf("%s: encoded again as %q, %v, want %q", c.name, back, err, c.bytes)
		}
	}
}

func TestEncodeRefuses(t *testing.T) {
	for _, c := range []struct {
		name  string
		bytes []byte
		text  string
		want  string
	}{
		{"half a surrogate", []byte("\xff\xfe\x00\xd8a\x00"), "a", "they would be lost"},
		{"half a character", []byte("\xff\xfea\x00b"), "a", "they would be lost"},
		{"no such character", []byte("gr\xfcn\nx"), "grün\n€", "f:2:1: iso-8859-1 has no character '€'"},
		{"no text", []byte("\xff\xfea\x00"), "ab\xff", "f:1:3: the text is not UTF-8"},
	} {
		f, err := conftree.FromBytes(map[string][]byte{"f": c.bytes}).Read("f")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := f.Encode(c.text); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %s", c.name, err, c.want)
		}
	}
}

// TestSamplesAreKept reads every sample and encodes it again.
func TestSamplesAreKept(t *testing.T) {
	const root = "../../fixtures/config"
	tree, err := conftree.OpenDir(root, conftree.Options{})
	if err != nil {
		t.Fatal(err)
	}
	files, _ := tree.Files()
	if len(files) < 150 {
		t.Fatalf("only %d samples", len(files))
	}
	for _, name := range files {
		f, err := tree.Read(name)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		want, err := os.ReadFile(filepath.Join(root, name))
		if err != nil {
			t.Fatal(err)
		}
		if got, err := f.Encode(f.Text); err != nil || !bytes.Equal(got, want) {
			t.Errorf("%s is not the same again: %v", name, err)
		}
		if strings.ContainsRune(f.Text, '\ufeff') || f.Name != filepath.ToSlash(filepath.Join(root, name)) {
			t.Errorf("%s: a mark is left in the text, or it is called %s", name, f.Name)
		}
	}
}

func FuzzDecode(f *testing.F) {
	err := fs.WalkDir(os.DirFS("../../fixtures/config"), ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.Contains(name, "nasty") {
			return err
		}
		b, err := os.ReadFile(filepath.Join("../../fixtures/config", name))
		f.Add(b[:min(len(b), 600)])
		return err
	})
	if err != nil {
		f.Fatal(err)
	}
	f.Add([]byte("\xff\xfe\x00\xd8a\x00"))
	f.Fuzz(func(t *testing.T, b []byte) {
		file, err := conftree.FromBytes(map[string][]byte{"f": b}).Read("f")
		if err != nil {
			return
		}
		if file.Encoding.Charset == "" {
			t.Fatal("no charset")
		}
		back, err := file.Encode(file.Text)
		if err == nil && !bytes.Equal(back, b) {
			t.Fatalf("%q is %q again, as %v", b, back, file.Encoding)
		}
		if err != nil && !file.Encoding.UTF16() {
			t.Fatalf("%q of %v cannot be written: %v", b, file.Encoding, err)
		}
		for n := 1; n <= file.Lines(); n++ {
			line, at := file.Line(n)
			if file.LineAt(at) != n || !strings.HasPrefix(file.Text[at:], line) {
				t.Fatalf("line %d of %q is not where it is said to be", n, file.Text)
			}
		}
	})
}

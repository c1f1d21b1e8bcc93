package websphere

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/google/go-cmp/cmp"

	"tlsaudit/audit"
	"tlsaudit/internal/confdoc"
	"tlsaudit/internal/conftree"
)

// harmless are ways to write the same XML file.
var harmless = map[string]func(string) []byte{
	"a byte order mark": func(s string) []byte { return []byte("\xef\xbb\xbf" + s) },
	"CR LF":             func(s string) []byte { return []byte(strings.ReplaceAll(s, "\n", "\r\n")) },
	"CR":                func(s string) []byte { return []byte(strings.ReplaceAll(s, "\n", "\r")) },
	"mixed line ends":   func(s string) []byte { return []byte(strings.Replace(s, "\n", "\r\n", 3)) },
	"UTF-16LE":          func(s string) []byte { return wide(s, binary.LittleEndian, true) },
	"UTF-16BE":          func(s string) []byte { return wide(s, binary.BigEndian, true) },
	"UTF-16LE, no mark": func(s string) []byte { return wide(s, binary.LittleEndian, false) },
	"windows-1252":      func(s string) []byte { return []byte(declare(s, "windows-1252") + "<!-- \x80 \xfc -->") },
	"a long line":       func(s string) []byte { return []byte(s + "<!-- " + strings.Repeat("x", 70_000) + " -->\n") },
	"an instruction":    func(s string) []byte { return []byte(s + "<?pi <!DOCTYPE a [?>") },
}

// refused are ways no parser reads it.
var refused = map[string]func(string) []byte{
	"truncated":          func(s string) []byte { return []byte(s[:len(s)*2/3]) },
	"a NUL":              func(s string) []byte { return []byte(s[:len(s)/2] + "\x00\x00" + s[len(s)/2:]) },
	"another encoding":   func(s string) []byte { return []byte(declare(s, "UTF-16")) },
	"not UTF-8":          func(s string) []byte { return []byte(declare(s, "UTF-8") + "<!-- \xfc -->") },
	"two roots":          func(s string) []byte { return []byte(s + "<a/>") },
	"a blank in front":   func(s string) []byte { return []byte(" " + s) },
	"typographic quotes": func(s string) []byte { return []byte(strings.Replace(s, `="`, "=“", 3)) },
	"an entity":          func(s string) []byte { return []byte(doctype(s, `[<!ENTITY v "TLSv1">]`)) },
	"an external entity": func(s string) []byte { return []byte(doctype(s, `[<!ENTITY v SYSTEM "file:///etc/passwd">]`)) },
	"a parameter entity": func(s string) []byte { return []byte(doctype(s, `[<!ENTITY % p SYSTEM "http://x.invalid/"> %p;]`)) },
	"an external subset": func(s string) []byte { return []byte(doctype(s, `SYSTEM "http://x.invalid/a.dtd"`)) },
	"twenty thousand":    func(string) []byte { return []byte(strings.Repeat("<a>", 20_000) + strings.Repeat("</a>", 20_000)) },
	"nothing":            func(string) []byte { return nil },
	"only a declaration": func(string) []byte { return []byte("<?xml version='1.0'?>\n") },
	"another name space": func(s string) []byte {
		return []byte(strings.NewReplacer("schemas/5.0/", "schemas/9.9/", "<Config", "<Konfig", "</Config", "</Konfig").Replace(s))
	},
	"an end tag too many": func(s string) []byte { return []byte(strings.TrimSpace(s) + "</a>") },
}

func declare(s, encoding string) string {
	_, rest, _ := strings.Cut(s, "?>")
	return `<?xml version="1.0" encoding="` + encoding + `"?>` + rest
}

func doctype(s, what string) string {
	first, rest, _ := strings.Cut(s, "?>")
	return first + "?><!DOCTYPE a " + what + ">" + rest
}

func wide(s string, order binary.AppendByteOrder, mark bool) []byte {
	s = declare(s, "UTF-16")
	if mark {
		s = "\ufeff" + s
	}
	var b []byte
	for _, unit := range utf16.Encode([]rune(s)) {
		b = order.AppendUint16(b, unit)
	}
	return b
}

// TestDamaged gives every XML sample in other forms: it is read alike, or
// nothing about it passes.
func TestDamaged(t *testing.T) {
	paths, err := filepath.Glob(samples + "/websphere/se*xml.*")
	if err != nil || len(paths) < 8 {
		t.Fatalf("%d samples, %v", len(paths), err)
	}
	plugins, _ := filepath.Glob(samples + "/ihs/plugin-cfg*")
	for _, path := range append(paths, plugins...) {
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		format := detect(conftree.NewFile("a", "a", string(b), conftree.Encoding{}))
		read := func(b []byte) reading1 {
			return readFile(t, format, &confdoc.Reader{Tree: conftree.FromBytes(map[string][]byte{"a": b})}, "a")
		}
		want := outcome(read(b))
		for name, form := range harmless {
			d := read(form(string(b)))
			if diff := cmp.Diff(want, outcome(d)); diff != "" {
				t.Errorf("%s, %s (-as it is +so):\n%s", path, name, diff)
			}
			mend(t, d, demands)
			if f := d.Main(); detect(f) != format {
				t.Errorf("%s, %s: not detected", path, name)
			}
		}
		for name, form := range refused {
			list := confdoc.Judge(read(form(string(b))).Document, demands)
			for _, one := range found(list, audit.Pass) {
				if !strings.HasPrefix(one, "LOAD-") {
					t.Errorf("%s, %s: %s passes", path, name, one)
				}
			}
			if len(found(list, audit.Fail, audit.Unknown)) == 0 {
				t.Errorf("%s, %s: nothing is left open", path, name)
			}
		}
	}
}

// outcome is what is found about a document, and what its listeners speak.
func outcome(d reading1) (list []string) {
	judged := confdoc.Judge(d.Document, demands)
	for v := audit.Unknown; v <= audit.Waived; v++ {
		for _, one := range found(judged, v) {
			list = append(list, fmt.Sprint(v, " ", one))
		}
	}
	for _, l := range d.Listeners {
		list = append(list, fmt.Sprint(l.Listener, versionsOf(l)))
	}
	return list
}

// TestDamagedProps does the same with properties.
func TestDamagedProps(t *testing.T) {
	for _, name := range []string{"compliant", "noncompliant-default", "trap-comment-backslash"} {
		b, err := os.ReadFile(samples + "/websphere/ssl.client.props." + name)
		if err != nil {
			t.Fatal(err)
		}
		read := func(b []byte) reading1 {
			return readFile(t, ClientProps, &confdoc.Reader{Tree: conftree.FromBytes(map[string][]byte{"ssl.client.props": b})}, "ssl.client.props")
		}
		want := outcome(read(b))
		for name, form := range map[string][]byte{
			"CR LF": bytes.ReplaceAll(b, []byte("\n"), []byte("\r\n")), "CR": bytes.ReplaceAll(b, []byte("\n"), []byte("\r")),
			"mixed": bytes.Replace(b, []byte("\n"), []byte("\r"), 9), "Latin-1": append([]byte("# \xe4\xf6\n"), b...), "a long line": append(b, "x="+strings.Repeat("y", 70_000)...), "no last line end": bytes.TrimSpace(b),
			"a NUL in a comment": append([]byte("# a\x00b\n"), b...), "escaped": bytes.ReplaceAll(b, []byte("com.ibm.ssl.protocol="), []byte("com.ibm.ssl.\\u0070rotocol\\\n \t: ")),
		} {
			d := read(form)
			if diff := cmp.Diff(want, outcome(d)); diff != "" {
				t.Errorf("%s (-as it is +so):\n%s", name, diff)
			}
			mend(t, d, demands)
		}
		for name, form := range map[string][]byte{
			"a NUL": bytes.ReplaceAll(b, []byte("TLSv1.2"), []byte("TLSv1\x00.2")), "no-break spaces": bytes.ReplaceAll(b, []byte("ssl.protocol="), []byte("ssl.protocol\xa0=\xa0")), "nothing": nil,
			"cut before the blocks": b[:bytes.Index(b, []byte("com.ibm.ssl.alias"))], "in UTF-16": wide(string(b), binary.BigEndian, true),
		} {
			if passes := found(confdoc.Judge(read(form).Document, demands), audit.Pass); strings.Contains(strings.Join(passes, " "), "WAS-02") {
				t.Errorf("%s: %v pass", name, passes)
			}
		}
	}
}

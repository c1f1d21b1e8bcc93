package httpd

import (
	"slices"
	"strings"
	"testing"
	"unicode/utf16"

	"tlsaudit/audit"
	"tlsaudit/internal/confdoc"
	"tlsaudit/internal/conftree"
)

// TestEncodings is the truth table of what httpd 2.4.71 makes of odd files.
func TestEncodings(t *testing.T) {
	text := strict + at443("")
	remark := "# main\n" + text
	wide := func(text string, big, mark bool) []byte {
		var b []byte
		units := utf16.Encode([]rune(text))
		if mark {
			units = append([]uint16{0xfeff}, units...)
		}
		for _, u := range units {
			if big {
				b = append(b, byte(u>>8), byte(u))
			} else {
				b = append(b, byte(u), byte(u>>8))
			}
		}
		return b
	}
	crOnly := func(text string) []byte { return []byte(strings.ReplaceAll(text, "\n", "\r")) }
	for _, c := range []struct {
		name string
		data []byte
		// want is the load rule that fails, warns or is unknown; "" for none.
		want string
	}{
		{"plain", []byte(text), ""},
		{"CR LF", []byte(strings.ReplaceAll(text, "\n", "\r\n")), ""},
		{"mark", append([]byte("\xef\xbb\xbf"), text...), "LOAD-01"},
		{"mark and a remark", append([]byte("\xef\xbb\xbf"), remark...), "LOAD-01"},
		{"UTF-16", wide(text, false, true), "LOAD-01"},
		{"UTF-16 and a remark", wide(remark, false, true), "LOAD-01"},
		{"UTF-16 without mark", wide(text, false, false), "LOAD-01"},
		{"UTF-16 without mark, a remark", wide(remark, false, false), "LOAD-02"},
		{"big UTF-16 without mark", wide(text, true, false), "LOAD-02"},
		{"CR", crOnly(text), "LOAD-01"},
		{"CR and a remark", crOnly(remark), "LOAD-02"},
		{"empty", nil, "LOAD-02"},
		{"remarks", []byte("# a\n\n# b\n"), "LOAD-02"},
		{"cut off", []byte(text[:len(text)-len("</VirtualHost>\n")]), "LOAD-01"},
		{"NUL", []byte(strings.Replace(text, "ServerName", "\x00ServerName", 1)), "LOAD-03"},
		{"NUL behind a word", []byte(strings.Replace(text, "SSLEngine on", "SSLEngine\x00 on", 1)), "LOAD-01"},
		{"no-break space", []byte(strings.Replace(text, "SSLEngine on", "SSLEngine\u00a0on", 1)), "LOAD-01"},
		{"Latin 1", []byte("# \xe4\xf6\xfc\n" + text), ""},
		{"long line", []byte("# " + strings.Repeat("A", 70000) + "\n" + text), ""},
		{"no end", []byte(strings.TrimSuffix(text, "\n")), ""},
	} {
		for _, included := range []bool{false, true} {
			files := map[string][]byte{"main.conf": c.data}
			if included {
				files = map[string][]byte{"main.conf": []byte("Include x.conf\n"), "x.conf": c.data}
			}
			tree := conftree.FromBytes(files)
			f, err := tree.Read("main.conf")
			if err != nil {
				t.Errorf("%s: %v", c.name, err)
				continue
			}
			d := read(Apache, &confdoc.Reader{Tree: tree}, f)
			found := judge(d)
			var got []string
			for _, j := range found {
				for _, finding := range j.Findings {
					if strings.HasPrefix(finding.Rule, "LOAD") && finding.Verdict != audit.Pass {
						got = append(got, finding.Rule)
					}
				}
			}
			want := c.want
			if included && (c.name == "empty" || c.name == "remarks") {
				want = "LOAD-02" // nothing is declared at all
			}
			if want == "" && len(got) > 0 || want != "" && !slices.Contains(got, want) {
				t.Errorf("%s, included %v: %q, want %q: %v", c.name, included, got, want, d.Faults)
			}
			pass := slices.Contains(verdicts(found, audit.Pass), "HTTPD-01")
			if pass != (want == "" || want == "LOAD-03") {
				t.Errorf("%s, included %v: HTTPD-01 passes: %v", c.name, included, pass)
			}
			checkPlaces(t, d, found)
		}
	}
}

//go:build interop

package javaprops

import (
	"bytes"
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

// TestAgainstJava reads random files with java.util.Properties and compares.
func TestAgainstJava(t *testing.T) {
	g := rand.New(rand.NewPCG(4, 1808))
	dir := t.TempDir()
	var files [][]byte
	for i := range 1500 {
		b := randomProperties(g)
		if i%3 == 0 {
			b = soup(g)
		}
		files = append(files, b)
		if err := os.WriteFile(filepath.Join(dir, strconv.Itoa(i)), b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	out, err := exec.CommandContext(t.Context(), "java", "testdata/Load.java", dir).Output()
	if err != nil {
		t.Fatalf("java: %v", err)
	}
	lines := strings.Split(strings.TrimSuffix(string(out), "\n"), "\n")
	if len(lines) != len(files) {
		t.Fatalf("%d answers for %d files", len(lines), len(files))
	}
	compared, refused := 0, 0
	for i, b := range files {
		f, err := conftree.FromBytes(map[string][]byte{"a": b}).Read("a")
		if err != nil {
			t.Fatal(err)
		}
		l := Load(f)
		if l.Garbled {
			continue // taken for UTF-16 by its NULs; said to be without effect
		}
		compared++
		if l.Malformed {
			refused++
		}
		if mine := asJava(l); mine != normal(t, lines[i]) {
			t.Errorf("%q (%+v)\nJava: %s\nhere: %s", b, f.Encoding, normal(t, lines[i]), mine)
		}
	}
	t.Logf("%d files compared, %d of them refused", compared, refused)
	if compared < 1000 || refused < 50 {
		t.Error("too few to mean anything")
	}
}

// asJava writes what was read as Load.java does, half surrogates replaced.
func asJava(l Loaded) string {
	m := map[string]string{}
	for _, e := range l.Entries {
		m[e.Key] = e.Value
	}
	var list []string
	for k, v := range m {
		list = append(list, fmt.Sprintf("%x=%x", k, v))
	}
	slices.Sort(list)
	fault := "ok"
	if l.Malformed {
		fault = "refused"
	}
	return strings.Join(append([]string{fault}, list...), " ")
}

// normal writes a line of Load.java in UTF-8.
func normal(t *testing.T, line string) string {
	parts := strings.Split(line, " ")
	list := []string{}
	for _, pair := range parts[1:] {
		k, v, _ := strings.Cut(pair, "=")
		list = append(list, fmt.Sprintf("%x=%x", units(t, k), units(t, v)))
	}
	slices.Sort(list)
	return strings.Join(append(parts[:1], list...), " ")
}

func units(t *testing.T, s string) string {
	var list []uint16
	for ; s != ""; s = s[4:] {
		n, err := strconv.ParseUint(s[:4], 16, 16)
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, uint16(n))
	}
	return string(utf16.Decode(list))
}

func pick(g *rand.Rand, list ...string) string { return list[g.IntN(len(list))] }

// randomProperties writes a file people could have written, with the traps of
// the format.
func randomProperties(g *rand.Rand) []byte {
	var b bytes.Buffer
	if g.IntN(8) == 0 {
		b.WriteString("\xef\xbb\xbf")
	}
	eol := pick(g, "\n", "\r\n", "\r")
	for range g.IntN(12) {
		end := eol
		if g.IntN(6) == 0 {
			end = pick(g, "\n", "\r\n", "\r", "\n\r", "")
		}
		b.WriteString(pick(g, "", "", "", " ", "\t", "\f ", "  "))
		switch g.IntN(6) {
		case 0:
			b.WriteString(pick(g, "#", "!", "# ") + text(g) + pick(g, "", "\\", " \\"))
		case 1:
			b.WriteString(pick(g, "", "\\", " \\ "))
		default:
			b.WriteString(text(g) + pick(g, "=", ":", " ", " = ", "\t:\t", "", "==", " =: ", "\f") + text(g))
			for g.IntN(3) == 0 {
				b.WriteString("\\" + end + pick(g, "", " ", "\t ", "#", "\f") + text(g))
			}
			b.WriteString(pick(g, "", "", " ", "\\ ", "\\"))
		}
		b.WriteString(end)
	}
	return b.Bytes()
}

func text(g *rand.Rand) string {
	s := ""
	for range g.IntN(4) {
		s += pick(g, "a", "com.ibm.ssl.protocol", "TLSv1.2", ",", "b c", "\\u0041", "\\u00e9", "\\ud83d\\ude00", "\\ud83d", "\\u12", "\\U0041", "\\\\", "\\=", "\\:", "\\ ", "\\#", "\\t", "\\n", "\\q",
			"\xe9", "\xc3\xa9", "\xa0", "\xc2\xa0", "\x00", "€", "\x80", "\x9d", "=", ":", "#", "!", "\\\xe9", "\\é", "\v", "\x85")
		if g.IntN(3) > 0 {
			s = strings.ReplaceAll(s, "\\u12", "")
		}
	}
	return s
}

// soup is a file nobody wrote.
func soup(g *rand.Rand) []byte {
	var b bytes.Buffer
	for range g.IntN(40) {
		b.WriteString(pick(g, "a", "b", " ", "\t", "\f", "\n", "\r", "\\", "\\", "=", ":", "#", "!", "u", "0041", "\xe9", "\\u"))
	}
	return b.Bytes()
}

package main

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"tlsaudit/audit"
	"tlsaudit/fixtures"
)

// ownLink is a link of a worksheet that stays in the workbook.
var ownLink = regexp.MustCompile(`<hyperlink ref="[A-Z]+[0-9]+" location="(&#39;|')[A-Z][A-Za-z -]+(&#39;|')![A-Z]+[0-9]+"(/>|></hyperlink>)`)

// TestHostileCertificate audits servers whose certificates carry what would act
// upon a terminal, a spreadsheet or a page, and looks at the bytes of every
// format: nothing acts, and nothing is lost.
func TestHostileCertificate(t *testing.T) {
	authority := fixtures.NewAuthority(time.Now())
	list := ""
	for i, text := range fixtures.HostileText {
		leaf := authority.Issue(fixtures.Leaf{CommonName: text, DNS: []string{"www.example.com"}, SelfSigned: true})
		server, err := fixtures.Listen(t.Context(), fixtures.TLS(fixtures.Hardened(leaf.Present())))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { server.Close() })
		list += fmt.Sprintf("https://h%d.example.com:%d?ip=127.0.0.1\n", i, server.Addr().Port())
	}
	dir := t.TempDir()
	inventory := filepath.Join(dir, "list.txt")
	if err := os.WriteFile(inventory, []byte(list), 0o600); err != nil {
		t.Fatal(err)
	}
	var stdout, stderr bytes.Buffer
	a := &app{stdin: strings.NewReader(""), stdout: &stdout, stderr: &stderr, getenv: func(string) string { return "" }, now: time.Now}
	code := a.run([]string{"audit", "-v", "-f", "table", "-i", inventory, "--depth", "quick",
		"-o", filepath.Join(dir, "report.json"), "-o", filepath.Join(dir, "report.xlsx")})
	if code != exitFindings {
		t.Errorf("exit code %d, want %d: %s", code, exitFindings, &stderr)
	}

	for name, text := range map[string]string{"table": stdout.String(), "log": stderr.String()} {
		if bad := strings.IndexFunc(text, harmful); bad >= 0 {
			t.Errorf("%s: acts at byte %d: %q", name, bad, text[max(0, bad-40):min(len(text), bad+40)])
		}
	}

	data, err := os.ReadFile(filepath.Join(dir, "report.json"))
	if err != nil {
		t.Fatal(err)
	}
	if bad := strings.IndexFunc(string(data), harmful); bad >= 0 {
		t.Errorf("json: acts at byte %d: %q", bad, data[max(0, bad-40):min(len(data), bad+40)])
	}
	var r decoded
	if err := json.Unmarshal(data, &r); err != nil {
		t.Fatal(err)
	}
	names := map[string]bool{}
	for _, e := range r.Evidence {
		for _, c := range e.Observed.Chains {
			names[c.Certificates[0].CommonName] = true
		}
	}
	for _, text := range fixtures.HostileText {
		if utf8.ValidString(text) && !names[text] { // JSON holds nothing else
			t.Errorf("json: the common name %q is not in the evidence as it is", text)
		}
	}

	book, err := zip.OpenReader(filepath.Join(dir, "report.xlsx"))
	if err != nil {
		t.Fatal(err)
	}
	defer book.Close()
	for _, f := range book.File {
		part, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		xml, err := io.ReadAll(part)
		if err != nil {
			t.Fatal(err)
		}
		part.Close()
		if bytes.Contains(xml, []byte("TargetMode")) {
			t.Errorf("%s leads out of the workbook", f.Name)
		}
		if !strings.HasPrefix(f.Name, "xl/worksheets/") {
			continue
		}
		if bytes.Contains(xml, []byte("<f>")) || bytes.Contains(xml, []byte("<script")) {
			t.Errorf("%s holds a formula or a script", f.Name)
		}
		// Links lead to cells of our own sheets, whose names no peer chooses.
		if found, own := bytes.Count(xml, []byte("<hyperlink ")), len(ownLink.FindAll(xml, -1)); found != own {
			t.Errorf("%s: %d of %d links do not lead to a cell of the workbook", f.Name, found-own, found)
		}
		if bad := strings.IndexFunc(string(xml), harmful); bad >= 0 {
			t.Errorf("%s: acts at byte %d: %q", f.Name, bad, xml[max(0, bad-40):min(len(xml), bad+40)])
		}
	}
	if s := r.Summary; s.Subjects != len(fixtures.HostileText) {
		t.Errorf("%d subjects, want %d", s.Subjects, len(fixtures.HostileText))
	}
	if r.Summary.FailBySeverity[audit.High.String()] == 0 {
		t.Error("self-signed certificates did not fail")
	}
}

// harmful characters move the cursor, change colours, or reorder what is read.
func harmful(r rune) bool {
	return r != '\n' && (unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) || r == '\u200b' || r == '\ufeff')
}

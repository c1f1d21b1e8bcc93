//go:build !race

// Without the race detector: every format in turn, which would take minutes with it,
// and what runs at once is the same for all of them.

package main

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"tlsaudit/audit"
	"tlsaudit/internal/compare"
	"tlsaudit/report"
)

// TestDiffEveryFormat: a comparison is written in every format, with the same
// exit code and, twice, to the same bytes; and so is what is rendered again.
func TestDiffEveryFormat(t *testing.T) {
	dir := t.TempDir()
	run := func(want int, args ...string) {
		t.Helper()
		c := exec.Command("tlsaudit", args...)
		c.Dir = dir
		out, err := c.CombinedOutput()
		var exit *exec.ExitError
		if err != nil && !errors.As(err, &exit) || c.ProcessState.ExitCode() != want {
			t.Fatalf("%s: %v, want exit code %d\n%s", strings.Join(args, " "), err, want, out)
		}
	}
	conf := func(versions string) {
		text := "events {}\nhttp { server { listen 443 ssl; server_name www.example.com; ssl_protocols " + versions + "; ssl_ciphers ECDHE-RSA-AES128-GCM-SHA256; } }\n"
		if err := os.WriteFile(filepath.Join(dir, "nginx.conf"), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	conf("TLSv1.2")
	run(1, "audit", "nginx.conf", "-q", "-o", "old.json", "--now", "2026-11-20")
	conf("TLSv1 TLSv1.2")
	run(1, "audit", "nginx.conf", "-q", "-o", "new.json", "--now", "2026-11-21")
	run(1, "diff", "old.json", "new.json", "-q", "-o", "json=changes")
	read := func(name string) []byte {
		text, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		return text
	}
	for _, f := range report.Formats {
		run(1, "diff", "old.json", "new.json", "-q", "-o", f.Name+"=once")
		run(1, "diff", "old.json", "new.json", "-q", "-o", f.Name+"=twice")
		run(0, "report", "changes", "-q", "-o", f.Name+"=again")
		if once := read("once"); len(once) == 0 || !bytes.Equal(once, read("twice")) || !bytes.Equal(once, read("again")) {
			t.Errorf("%s: %d bytes, and not the same twice, or again from JSON", f.Name, len(once))
		}
	}
}

// TestChangesCode: a later report that judged nothing is no pass where the
// earlier one judged something, and no flag excuses it.
func TestChangesCode(t *testing.T) {
	report := func(s audit.Summary) *audit.Report { return &audit.Report{Summary: s} }
	nothing := report(audit.Summary{})
	for name, test := range map[string]struct {
		before, now *audit.Report
		want        int
	}{
		"nothing at all":      {nothing, nothing, exitCompliant},
		"an endpoint went":    {report(audit.Summary{Subjects: 1}), nothing, exitNothing},
		"a file went":         {report(audit.Summary{Files: 1}), nothing, exitNothing},
		"a row went":          {report(audit.Summary{Rows: 1}), nothing, exitNothing},
		"another came":        {report(audit.Summary{Subjects: 1}), report(audit.Summary{Rows: 1}), exitCompliant},
		"the first came":      {nothing, report(audit.Summary{Subjects: 1}), exitCompliant},
		"the later was ended": {nothing, &audit.Report{Stopped: true}, exitIncomplete},
	} {
		code, why := changesCode(&compare.Comparison{}, test.before, test.now)
		if code != test.want || (why == "") != (code == exitCompliant) {
			t.Errorf("%s: exit code %d (%q), want %d", name, code, why, test.want)
		}
	}
	var said bytes.Buffer
	a := &app{stderr: &said}
	f := &diffFlags{exitZero: true}
	f.allowIncomplete = true
	a.gateChanges(f, &compare.Comparison{}, report(audit.Summary{Subjects: 1}), nothing)
	if a.code != exitNothing || !strings.Contains(said.String(), "exit code 4: the later report judged nothing") {
		t.Errorf("with every excuse: %d, %s", a.code, said.String())
	}
}

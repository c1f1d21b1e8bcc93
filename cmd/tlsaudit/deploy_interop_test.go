//go:build interop

package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// withProgram writes the units into a folder of their own, with a program that is
// there in place of the one that is not installed.
func withProgram(t *testing.T, change func(string) string) (files []string) {
	t.Helper()
	folder := t.TempDir()
	for _, name := range []string{"tlsaudit-audit.service", "tlsaudit-audit.timer", "tlsaudit-serve.service"} {
		text := strings.ReplaceAll(deployed(t, "systemd/"+name), "/usr/local/bin/tlsaudit", "/usr/bin/true")
		files = append(files, filepath.Join(folder, name))
		if err := os.WriteFile(files[len(files)-1], []byte(change(text)), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return files
}

// TestUnitsVerify puts the units to systemd-analyze verify, which has to know a
// fault when there is one.
func TestUnitsVerify(t *testing.T) {
	verify := func(change func(string) string) (string, error) {
		out, err := exec.Command("systemd-analyze", append([]string{"verify"}, withProgram(t, change)...)...).CombinedOutput()
		return string(out), err
	}
	if out, err := verify(func(s string) string { return s }); err != nil || out != "" {
		t.Errorf("%v\n%s", err, out)
	}
	for _, wrong := range []string{"PrivatTmp=", "PrivateTmp=perhaps\nX"} {
		if out, err := verify(func(s string) string { return strings.Replace(s, "PrivateTmp=", wrong, 1) }); err == nil && out == "" {
			t.Errorf("%q is not found", wrong)
		}
	}
	if out, err := verify(func(s string) string { return strings.Replace(s, "*-*-* 03:00", "*-*-* 33:00", 1) }); err == nil && out == "" {
		t.Error("a time that does not exist is not found")
	}
}

// TestUnitsSecurity rates what the services may do: 2.0 of 10 at most.
func TestUnitsSecurity(t *testing.T) {
	rate := func(change func(string) string) error {
		for _, file := range withProgram(t, change) {
			if strings.HasSuffix(file, ".timer") {
				continue
			}
			if out, err := exec.Command("systemd-analyze", "security", "--offline=true", "--threshold=20", file).CombinedOutput(); err != nil {
				lines := strings.Split(strings.TrimSpace(string(out)), "\n")
				t.Logf("%s: %v: %s", filepath.Base(file), err, lines[len(lines)-1])
				return err
			}
		}
		return nil
	}
	if err := rate(func(s string) string { return s }); err != nil {
		t.Error(err)
	}
	if rate(func(s string) string {
		return strings.NewReplacer("DynamicUser=yes", "", "PrivateUsers=yes", "", "CapabilityBoundingSet=\n", "", "SystemCallFilter=", "#").Replace(s)
	}) == nil {
		t.Error("a service with all rights passes")
	}
}

//go:build !race

// Without the race detector: every format in turn, which would take minutes with it,
// and what runs at once is the same for all of them.

package main

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"tlsaudit/audit"
	"tlsaudit/fixtures"
	"tlsaudit/report"
)

// evidence keeps reports of the demo's endpoints, to be judged again without a
// network: good, bad and dark.
func evidence(t *testing.T) map[string]string {
	t.Helper()
	zoo, err := fixtures.Demo(context.Background(), time.Now())
	if err != nil {
		t.Fatal(err)
	}
	defer zoo.Close()
	dir := t.TempDir()
	ca := filepath.Join(dir, "ca.pem")
	if err := os.WriteFile(ca, zoo.CA, 0o600); err != nil {
		t.Fatal(err)
	}
	subject := func(host string) string {
		i := slices.IndexFunc(zoo.Endpoints, func(e fixtures.Endpoint) bool { return e.Target.Host == host })
		if i < 0 {
			t.Fatalf("the demo has no %s", host)
		}
		return zoo.Endpoints[i].Target.Subject()
	}
	files := map[string]string{}
	for name, run := range map[string]struct {
		target string
		code   int
	}{
		"good": {subject("www.example.com"), exitCompliant},
		"bad":  {subject("legacy.example.com"), exitFindings},
		"dark": {"https://dead.example.com:1?ip=127.0.0.1", exitIncomplete},
	} {
		files[name] = filepath.Join(dir, name+".json")
		if code, _, said := invoke(t, "audit", "--ca", ca, "-q", "-o", files[name], run.target); code != run.code {
			t.Fatalf("%s: exit code %d, want %d\n%s", name, code, run.code, said)
		}
	}
	return files
}

// invoke runs a command line in this process.
func invoke(t *testing.T, args ...string) (code int, stdout, stderr []byte) {
	t.Helper()
	var out, said bytes.Buffer
	a := &app{stdin: strings.NewReader(""), stdout: &out, stderr: &said, getenv: func(string) string { return "" }, now: time.Now,
		hostname: func() (string, error) { return "scanner.example.com", nil }}
	code = a.run(args)
	return code, out.Bytes(), said.Bytes()
}

// outcomes are what a run can come to, with what leads there.
var outcomes = []struct {
	name string
	args func(files map[string]string) []string
	code int
	// written says that there is a report.
	written bool
}{
	{"compliant", func(f map[string]string) []string { return []string{"--from", f["good"]} }, exitCompliant, true},
	{"findings", func(f map[string]string) []string { return []string{"--from", f["bad"]} }, exitFindings, true},
	{"findings let pass", func(f map[string]string) []string { return []string{"--from", f["bad"], "--fail-on", "none"} }, exitCompliant, true},
	{"findings tolerated", func(f map[string]string) []string { return []string{"--from", f["bad"], "--max-findings", "1000"} }, exitCompliant, true},
	{"a rule that is named", func(f map[string]string) []string {
		return []string{"--from", f["bad"], "--fail-on", "none", "--fail-on-rule", "cert.key.*"}
	}, exitFindings, true},
	{"a score too low", func(f map[string]string) []string {
		return []string{"--from", f["bad"], "--fail-on", "none", "--min-score", "99.9"}
	}, exitFindings, true},
	{"incomplete", func(f map[string]string) []string { return []string{"--from", f["dark"]} }, exitIncomplete, true},
	{"incomplete allowed", func(f map[string]string) []string { return []string{"--from", f["dark"], "--allow-incomplete"} }, exitCompliant, true},
	{"findings, exit-zero", func(f map[string]string) []string { return []string{"--from", f["bad"], "--exit-zero"} }, exitCompliant, true},
	{"incomplete, exit-zero", func(f map[string]string) []string { return []string{"--from", f["dark"], "--exit-zero"} }, exitCompliant, true},
	{"nothing", func(map[string]string) []string { return nil }, exitNothing, false},
	{"nothing, exit-zero", func(map[string]string) []string { return []string{"--exit-zero"} }, exitNothing, false},
	{"usage", func(f map[string]string) []string { return []string{"--from", f["good"], "--min-score", "many"} }, exitUsage, false},
	{"usage, exit-zero", func(f map[string]string) []string {
		return []string{"--from", f["good"], "--fail-on-rule", "no.such", "--exit-zero"}
	}, exitUsage, false},
}

// TestExitCodes: the exit code is that of the outcome, whatever the format, on
// standard output or in a file; --exit-zero says what it hides.
func TestExitCodes(t *testing.T) {
	files := evidence(t)
	for _, o := range outcomes {
		for _, f := range report.Formats {
			path := filepath.Join(t.TempDir(), "report"+f.Ext)
			args := append([]string{"audit"}, o.args(files)...)
			for _, where := range [][]string{{"-f", f.Name}, {"-o", f.Name + "=-"}, {"-q", "-o", f.Name + "=" + path}} {
				code, out, said := invoke(t, append(slices.Clone(args), where...)...)
				if code != o.code {
					t.Errorf("%s, %v: exit code %d, want %d\n%s", o.name, where, code, o.code, said)
				}
				wanted := o.written && where[0] != "-q"
				if len(out) > 0 && !wanted || len(out) == 0 && wanted && f.Name != "github" { // annotations of nothing are none
					t.Errorf("%s, %v: %d bytes on standard output", o.name, where, len(out))
				}
				if told := bytes.Contains(said, []byte("exit code 0 by --exit-zero, ")); told != (strings.HasSuffix(o.name, "exit-zero") && o.written) {
					t.Errorf("%s, %v: what --exit-zero hides is told: %v\n%s", o.name, where, told, said)
				}
			}
			if _, err := os.Stat(path); (err == nil) != o.written {
				t.Errorf("%s, %s: a report was written: %v", o.name, f.Name, err)
			}
		}
	}
}

// TestPureOutput: with -v, and while the scanner talks, standard output holds the
// report and nothing else: what a file of the same run holds. All formats can be
// had of one run.
func TestPureOutput(t *testing.T) {
	zoo, err := fixtures.Demo(context.Background(), time.Now())
	if err != nil {
		t.Fatal(err)
	}
	defer zoo.Close()
	dir := t.TempDir()
	for _, f := range report.Formats {
		args := []string{"audit", "-v", "-f", f.Name, zoo.Endpoints[0].Target.Subject()}
		for _, other := range report.Formats {
			args = append(args, "-o", other.Name+"="+filepath.Join(dir, f.Name+"-"+other.Name))
		}
		code, out, said := invoke(t, args...)
		if code != exitFindings { // nobody trusts the demo's CA
			t.Fatalf("%s: exit code %d\n%s", f.Name, code, said)
		}
		if len(said) == 0 {
			t.Errorf("%s: the scanner said nothing, so that the test sees nothing", f.Name)
		}
		file, err := os.ReadFile(filepath.Join(dir, f.Name+"-"+f.Name))
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(out, file) {
			t.Errorf("%s: standard output is not the report:\n%.300q\n%.300q", f.Name, out, file)
		}
		for _, other := range report.Formats {
			data, err := os.ReadFile(filepath.Join(dir, f.Name+"-"+other.Name))
			if err != nil {
				t.Fatal(err)
			}
			wellFormed(t, other, data)
		}
	}
}

// TestOrigin: a report says where and by whom it was made, and from what files;
// judged again it says so still.
func TestOrigin(t *testing.T) {
	dir := t.TempDir()
	path := func(name string) string { return filepath.Join(dir, name) }
	for name, text := range map[string]string{"list.txt": "https://dead.example.com:1?ip=127.0.0.1\n", "policy.yaml": "policy: {id: p, title: p}\nextends: [baseline]\n"} {
		if err := os.WriteFile(path(name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if code, _, said := invoke(t, "audit", "-q", "--operator", "TLS team", "-i", path("list.txt"), "-p", path("policy.yaml"), "-p", "baseline", "-o", path("one.json")); code != exitIncomplete {
		t.Fatalf("exit code %d\n%s", code, said)
	}
	for _, from := range [][]string{{"--from", path("one.json")}, {"--from", path("one.json"), "--operator", "another"}} {
		if code, _, said := invoke(t, append([]string{"audit", "-q", "-o", path("two.json")}, from...)...); code != exitIncomplete {
			t.Fatalf("exit code %d\n%s", code, said)
		}
	}
	for name, want := range map[string]audit.Report{
		"one.json": {Origin: &audit.Origin{Host: "scanner.example.com", Operator: "TLS team"}, Sources: []audit.FileRef{
			{File: path("list.txt"), SHA256: "SUM"}, {File: path("policy.yaml"), SHA256: "SUM"},
		}},
		"two.json": {Origin: &audit.Origin{Host: "scanner.example.com", Operator: "another"}},
	} {
		data, err := os.ReadFile(path(name))
		if err != nil {
			t.Fatal(err)
		}
		var got audit.Report
		if err := json.Unmarshal(data, &got); err != nil {
			t.Fatal(err)
		}
		if got.Origin == nil || *got.Origin != *want.Origin {
			t.Errorf("%s: made by %+v, want %+v", name, got.Origin, want.Origin)
		}
		if len(got.Sources) != len(want.Sources) {
			t.Fatalf("%s: made from %+v, want %+v", name, got.Sources, want.Sources)
		}
		for i, s := range got.Sources {
			sum, err := hashFile(s.File)
			if err != nil || s.File != want.Sources[i].File || s.SHA256 != sum || len(sum) != 64 {
				t.Errorf("%s: made from %+v, %v", name, s, err)
			}
		}
	}
}

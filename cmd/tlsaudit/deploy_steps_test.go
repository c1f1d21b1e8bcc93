package main

import (
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"tlsaudit/internal/access"
)

// steps are the command lines that the page shows in a section.
func steps(t *testing.T, section string) (lines []string) {
	t.Helper()
	_, text, found := strings.Cut(deployed(t, "README.md"), "\n## "+section+"\n")
	text, _, _ = strings.Cut(text, "\n## ")
	for line := range strings.SplitSeq(text, "\n") {
		if command, indented := strings.CutPrefix(line, "    "); indented {
			lines = append(lines, command)
		}
	}
	if !found || len(lines) == 0 {
		t.Fatalf("the page has no steps for %s", section)
	}
	return lines
}

// TestDeployServe: the configuration that is shipped is one, and what it names is
// put beside it by the steps of every way to run it.
func TestDeployServe(t *testing.T) {
	doc, err := parseServe("serve.yaml", []byte(deployed(t, "serve.yaml")))
	if err != nil {
		t.Fatal(err)
	}
	named := []string{"/etc/tlsaudit/" + doc.Access.Tokens, "/etc/tlsaudit/serve.yaml"}
	f := serveFlags{given: func(string) bool { return false }, set: func(_, file string) error {
		named = append(named, file)
		return nil
	}}
	if err := doc.flags(&f, "/etc/tlsaudit"); err != nil || len(named) != 4 {
		t.Fatalf("%q: %v", named, err)
	}
	if len(doc.Schedules) != 1 || doc.Access.Tokens == "" || doc.DB+doc.Listen != "" {
		t.Errorf("no schedule, nobody who may sign in, or what the commands say already: %+v", doc)
	}
	systemd, kubernetes := steps(t, "systemd"), steps(t, "Kubernetes")
	for _, name := range named {
		base := path.Base(name)
		if path.Dir(name) != "/etc/tlsaudit" || !regexp.MustCompile(`(install.*\b|--tokens /etc/tlsaudit/)`+base+`\b`).MatchString(strings.Join(systemd, "\n")) {
			t.Errorf("systemd: no step brings %s", name)
		}
		if !slices.ContainsFunc(kubernetes, func(line string) bool {
			return strings.Contains(line, "configmap") && strings.Contains(line, "--from-file=docs/deploy/serve.yaml") && regexp.MustCompile(`--from-file=\S*\b`+base+`( |$)`).MatchString(line)
		}) {
			t.Errorf("Kubernetes: no step brings %s", name)
		}
	}
	for _, line := range slices.Concat(systemd, kubernetes, steps(t, "cron")) {
		if words := strings.Fields(line); words[0] == "tlsaudit" {
			if err := parses(words[:3]); err != nil || words[2] != "token" {
				t.Errorf("%s: %v", line, err)
			}
		}
	}
}

// TestDeployCredential: a credential is where systemd puts those of the unit.
func TestDeployCredential(t *testing.T) {
	page := deployed(t, "README.md")
	name := regexp.MustCompile(`LoadCredential=(\w+):/`).FindStringSubmatch(page)
	file := regexp.MustCompile("`password_file: /run/credentials/([^/`]+)/([^/`]+)`").FindStringSubmatch(page)
	if name == nil || file == nil || name[1] != file[2] || unitCommands["systemd/"+file[1]] != "serve" || !strings.Contains(page, "systemctl edit "+file[1]) {
		t.Errorf("%q is used as %q", name, file)
	}
}

// TestDeployTokens: the user of a service is not the one who makes tokens. What is
// readable for the service stays so when a token is added, and is taken.
func TestDeployTokens(t *testing.T) {
	systemd := steps(t, "systemd")
	made := slices.IndexFunc(systemd, func(line string) bool { return strings.HasSuffix(line, "--tokens /etc/tlsaudit/tokens") })
	if made < 0 || systemd[made+1] != "chmod 0644 /etc/tlsaudit/tokens" {
		t.Fatalf("the service cannot read its tokens: %q", systemd)
	}
	dir := t.TempDir()
	file := filepath.Join(dir, "tokens")
	makeToken(t, dir, "alice", "operator")
	if err := os.Chmod(file, 0o644); err != nil {
		t.Fatal(err)
	}
	makeToken(t, dir, "bob", "viewer")
	info, err := os.Stat(file)
	if err != nil || info.Mode().Perm() != 0o644 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
	if known, err := access.OpenTokens(file, schemaDate.UTC, t.Logf); err != nil || known.Len() != 2 {
		t.Errorf("%v", err)
	}
}

// TestDeployCron: what the line of cron needs is made before it is installed.
func TestDeployCronSteps(t *testing.T) {
	lines := strings.Join(steps(t, "cron"), "\n")
	for _, want := range []string{"useradd --system", "install -d -m 0700 -o tlsaudit -g tlsaudit /var/lib/tlsaudit\n", "docs/deploy/cron/tlsaudit /etc/cron.d/tlsaudit", " /etc/tlsaudit/\n", " /usr/local/bin/\n"} {
		if !strings.Contains(lines, want) {
			t.Errorf("no step with %q", want)
		}
	}
}

// TestDatabaseVariable: a secret that was made from a file ends with a line feed.
func TestDatabaseVariable(t *testing.T) {
	a := &app{getenv: func(string) string { return "postgres://db.example.com/tlsaudit\n" }}
	if got := a.database(""); got != "postgres://db.example.com/tlsaudit" {
		t.Errorf("%q", got)
	}
	if got := a.database("runs.db"); got != "runs.db" {
		t.Errorf("%q", got)
	}
}

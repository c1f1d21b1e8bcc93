package main

import (
	"bytes"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tlsaudit/internal/schedule"
	"tlsaudit/scanner"
)

const deployment = "../../docs/deploy"

func deployed(t *testing.T, name string) string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(deployment, filepath.FromSlash(name)))
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// unitFile is a file of systemd: the values of each key of each section, in order.
type unitFile map[string]map[string][]string

// readUnit reads what our unit files are made of: sections, keys with values,
// comments. Anything else is a fault.
func readUnit(t *testing.T, text string) unitFile {
	t.Helper()
	u, section := unitFile{}, ""
	for i, line := range strings.Split(text, "\n") {
		switch {
		case line == "" || strings.HasPrefix(line, "#"):
		case strings.HasPrefix(line, "[") && strings.HasSuffix(line, "]"):
			section = strings.Trim(line, "[]")
			u[section] = map[string][]string{}
		default:
			key, value, found := strings.Cut(line, "=")
			if !found || section == "" || strings.HasSuffix(line, `\`) {
				t.Fatalf("line %d is no setting: %q", i+1, line)
			}
			u[section][key] = append(u[section][key], value)
		}
	}
	return u
}

// wantCommand holds a command line to the flags the program has.
func wantCommand(t *testing.T, words []string, command string) {
	t.Helper()
	if err := parses(words); err != nil {
		t.Errorf("%s: %v", strings.Join(words, " "), err)
	}
	if len(words) < 2 || filepath.Base(words[0]) != "tlsaudit" || words[1] != command {
		t.Errorf("%q is not tlsaudit %s", words, command)
	}
}

// parses asks the command tree about a command line; it has to name a command
// that is there, flags that it has, and nothing that is taken for a target.
func parses(words []string) error {
	root := (&app{stdin: strings.NewReader(""), stdout: new(bytes.Buffer), stderr: new(bytes.Buffer)}).root()
	c, args, err := root.Find(words[1:])
	if err != nil {
		return err
	}
	if c == root {
		return usageError("no such command", "")
	}
	if err := c.ParseFlags(args); err != nil {
		return err
	}
	if rest := c.Flags().Args(); len(rest) > 0 {
		return usageError("targets: "+strings.Join(rest, " "), "")
	}
	return nil
}

func TestParsesObjects(t *testing.T) {
	for _, wrong := range []string{"tlsaudit", "tlsaudit adit", "tlsaudit audit --no-such x", "tlsaudit audit --policy", "tlsaudit audit https://www.example.com"} {
		if parses(strings.Fields(wrong)) == nil {
			t.Errorf("%q is taken for a command line", wrong)
		}
	}
}

// unitCommands are the units that run the program, with the command that each runs.
var unitCommands = map[string]string{"systemd/tlsaudit-audit.service": "audit", "systemd/tlsaudit-serve.service": "serve"}

// unitRights is what every service says of its rights.
var unitRights = map[string]string{
	"User": "tlsaudit", "DynamicUser": "yes", "StateDirectory": "tlsaudit", "StateDirectoryMode": "0700", "UMask": "0077",
	"NoNewPrivileges": "yes", "CapabilityBoundingSet": "", "AmbientCapabilities": "", "ProtectSystem": "strict", "ProtectHome": "yes",
	"PrivateTmp": "yes", "PrivateDevices": "yes", "RestrictAddressFamilies": "AF_INET AF_INET6 AF_UNIX", "MemoryDenyWriteExecute": "yes",
	"MemoryMax": "1G", "CPUQuota": "100%", "LimitNOFILE": "16384",
}

func TestDeployServices(t *testing.T) {
	rights := map[string]map[string][]string{}
	for name, command := range unitCommands {
		u := readUnit(t, deployed(t, name))
		service := u["Service"]
		if len(service["ExecStart"]) != 1 {
			t.Fatalf("%s: ExecStart is %q", name, service["ExecStart"])
		}
		words := strings.Fields(service["ExecStart"][0])
		wantCommand(t, words, command)
		for key, want := range unitRights {
			if got := service[key]; !slices.Equal(got, []string{want}) {
				t.Errorf("%s: %s is %q, want %q", name, key, got, want)
			}
		}
		wantPlaces(t, name, words)
		for _, own := range []string{"Type", "ExecStart", "SuccessExitStatus", "TimeoutStartSec", "TimeoutStopSec", "Restart", "RestartSec"} {
			delete(service, own)
		}
		rights[command] = service
	}
	// two services of one user and one state directory: what holds for one holds for both
	if diff := cmp.Diff(rights["audit"], rights["serve"]); diff != "" {
		t.Errorf("the rights of the two services differ: %s", diff)
	}
}

// wantPlaces: what is written lies in the state directory, what is read in the
// configuration directory; the rest of the file system is not writable.
func wantPlaces(t *testing.T, name string, words []string) {
	t.Helper()
	for i, word := range words[1:] {
		flag := words[i]
		switch {
		case !strings.HasPrefix(word, "/"):
		case flag == "--db" || flag == "--out":
			if !strings.HasPrefix(word, "/var/lib/tlsaudit/") {
				t.Errorf("%s: %s %s is outside of the state directory", name, flag, word)
			}
		case !strings.HasPrefix(word, "/etc/tlsaudit/"):
			t.Errorf("%s: %s %s is outside of the configuration directory", name, flag, word)
		}
	}
}

// TestDeployTimer: the timer makes up for a night that was missed, and the time
// it names is one that schedules of the program know too.
func TestDeployTimer(t *testing.T) {
	timer := readUnit(t, deployed(t, "systemd/tlsaudit-audit.timer"))
	want := map[string][]string{"OnCalendar": {"*-*-* 03:00:00 Europe/Berlin"}, "Persistent": {"true"}, "RandomizedDelaySec": {"15min"}, "FixedRandomDelay": {"true"}}
	if diff := cmp.Diff(want, timer["Timer"]); diff != "" {
		t.Error(diff)
	}
	if _, err := schedule.ParseZone("Europe/Berlin"); err != nil {
		t.Error(err)
	}
	if !slices.Equal(timer["Install"]["WantedBy"], []string{"timers.target"}) {
		t.Errorf("installed by %q", timer["Install"])
	}
}

// TestDeployCron: the line of /etc/cron.d is a time, a user and a command line.
func TestDeployCron(t *testing.T) {
	lines := 0
	for line := range strings.SplitSeq(deployed(t, "cron/tlsaudit"), "\n") {
		words := strings.Fields(line)
		if len(words) == 0 || strings.HasPrefix(line, "#") || strings.HasPrefix(line, "MAILTO=") {
			continue
		}
		lines++
		if _, err := schedule.ParseExpression(strings.Join(words[:5], " ")); err != nil {
			t.Error(err)
		}
		if words[5] != "tlsaudit" || strings.Contains(line, "%") {
			t.Errorf("%q: no user, or a percent sign, which ends a line of cron", line)
		}
		wantCommand(t, words[6:], "audit")
		wantPlaces(t, "cron/tlsaudit", words[6:])
	}
	if lines != 1 {
		t.Errorf("%d lines", lines)
	}
}

// TestDeployContainer: a static program in an empty image, run as the user that
// the manifests name.
func TestDeployContainer(t *testing.T) {
	text := deployed(t, "Containerfile")
	_, last, found := strings.Cut(text, "\nFROM scratch\n")
	if !found || strings.Contains(last, "\nFROM ") {
		t.Fatal("the last stage is not empty")
	}
	for _, want := range []string{"CGO_ENABLED=0", "USER 65532:65532", `ENTRYPOINT ["/usr/local/bin/tlsaudit"]`, "./cmd/tlsaudit"} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is missing", want)
		}
	}
	if module, err := os.ReadFile("../../go.mod"); err != nil || !strings.Contains(string(module), "\ngo 1.26.") || !strings.Contains(text, "golang:1.26-") {
		t.Errorf("the image does not build with the Go of go.mod: %v", err)
	}
}

// TestDeployPage: the page names every file, and no other.
func TestDeployPage(t *testing.T) {
	page := deployed(t, "README.md")
	for _, pattern := range []string{"Containerfile", "*.yaml", "*/*"} {
		files, err := filepath.Glob(filepath.Join(deployment, pattern))
		if err != nil || len(files) == 0 {
			t.Fatalf("%v, %v", files, err)
		}
		for _, file := range files {
			name, _ := filepath.Rel(deployment, file)
			if !strings.Contains(page, "("+filepath.ToSlash(name)+")") {
				t.Errorf("the page does not link %s", name)
			}
		}
	}
	_, example, _ := strings.Cut(page, "```yaml\n")
	example, _, found := strings.Cut(example, "```")
	if list, err := schedule.Parse("README.md", []byte(example), scanner.Depths); err != nil || len(list) != 2 || !found {
		t.Errorf("the example of schedules: %v", err)
	}
	quoted := regexp.MustCompile("`(tlsaudit [^`]+)`").FindAllStringSubmatch(page, -1)
	for _, m := range quoted {
		if err := parses(strings.Fields(m[1])); err != nil {
			t.Errorf("%s: %v", m[1], err)
		}
	}
	if len(quoted) < 3 {
		t.Errorf("only %d command lines were found", len(quoted))
	}
}

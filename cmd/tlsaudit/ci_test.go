package main

import (
	"bytes"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/rhysd/actionlint"
	"go.yaml.in/yaml/v3"

	"tlsaudit/report"
)

const pipelines = "../../docs/ci"

func pipeline(t *testing.T, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(pipelines, name))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// TestPipelineCommands: every command line of the program that the pipelines and
// their page name is one: its flags, formats, thresholds and rules are read by
// what reads them in earnest.
func TestPipelineCommands(t *testing.T) {
	lines := 0
	for _, name := range []string{"github-actions.yml", "gitlab-ci.yml", "azure-pipelines.yml", "Jenkinsfile", "README.md"} {
		for _, words := range commandsIn(string(pipeline(t, name))) {
			lines++
			if err := readsAs(t, words); err != nil {
				t.Errorf("%s: %s: %v", name, strings.Join(words, " "), err)
			}
		}
	}
	if lines < 6 {
		t.Errorf("only %d command lines were found", lines)
	}
	for _, wrong := range []string{"audit --fail-on hihg x", "audit -o a.b", "audit -o sarfi=x", "audit --fail-on-rule no.such x", "audit --min-score x", "adit", "audit --no-such"} {
		if readsAs(t, append([]string{"tlsaudit"}, strings.Fields(wrong)...)) == nil {
			t.Errorf("%q is taken for a command line", wrong)
		}
	}
}

// commandsIn finds the command lines of the program in a text: the word at the
// beginning of a command, and what follows to its end, over lines that go on.
func commandsIn(text string) (list [][]string) {
	text = regexp.MustCompile(`\\\n\s*`).ReplaceAllString(text, " ")
	text = regexp.MustCompile(`>-\n`).ReplaceAllString(text, "\x00")
	for {
		i := strings.IndexByte(text, 0) // a folded YAML scalar is one line as far as it is indented
		if i < 0 {
			break
		}
		rest := strings.TrimLeft(text[i+1:], " ")
		indent := len(text[i+1:]) - len(rest)
		var folded []string
		after := text[i+1:]
		for strings.HasPrefix(after, strings.Repeat(" ", indent)) {
			line, more, _ := strings.Cut(after, "\n")
			folded, after = append(folded, strings.TrimSpace(line)), more
		}
		text = text[:i] + "\n" + strings.Join(folded, " ") + "\n" + after
	}
	for _, m := range regexp.MustCompile("(?m)(?:^[ \t-]*|`)(tlsaudit (?:audit|report|diff|verify|fix)[^\n`|;&]*)").FindAllStringSubmatch(text, -1) {
		list = append(list, strings.Fields(m[1]))
	}
	return list
}

// readsAs reads a command line as the program does, up to where it would open
// what is named.
func readsAs(t *testing.T, words []string) error {
	t.Helper()
	root := (&app{stdin: strings.NewReader(""), stdout: new(bytes.Buffer), stderr: new(bytes.Buffer)}).root()
	c, args, err := root.Find(words[1:])
	if err != nil {
		return err
	}
	if c == root {
		return usageError("no command", "")
	}
	if err := c.ParseFlags(args); err != nil || c.Name() != "audit" {
		return err
	}
	var f auditFlags
	again := auditCommand(new(app))
	again.ResetFlags()
	f.register(again)
	f.config.register(again)
	f.registerGate(again)
	if err := again.ParseFlags(args); err != nil {
		return err
	}
	for _, out := range f.outputs {
		if _, err := readOutput(out); err != nil {
			return err
		}
	}
	if _, ok := report.ByName(f.format); f.format != "" && !ok {
		return usageError("no format "+f.format, "")
	}
	if err := f.validate(); err != nil {
		return err
	}
	f.policies, f.waivers, f.baseline = nil, nil, ""
	held, err := new(app).demandsOf(&auditFlags{now: "2026-11-20"})
	if err != nil {
		return err
	}
	_, err = f.gateFlags.gate(knownTo(held.policy))
	return err
}

// outputsOf are the files the command lines of a pipeline write.
func outputsOf(t *testing.T, name string) (files []string) {
	t.Helper()
	for _, words := range commandsIn(string(pipeline(t, name))) {
		for i, word := range words {
			if word == "-o" {
				one, err := readOutput(words[i+1])
				if err != nil {
					t.Fatalf("%s: %v", name, err)
				}
				files = append(files, one.path)
			}
		}
	}
	return files
}

// wantWritten requires that what a pipeline picks up is what it has written.
func wantWritten(t *testing.T, name string, picked ...string) {
	t.Helper()
	if len(picked) == 0 {
		t.Errorf("%s picks up nothing", name)
	}
	for _, file := range picked {
		if !slices.Contains(outputsOf(t, name), file) {
			t.Errorf("%s picks up %q, which nothing writes: %q", name, file, outputsOf(t, name))
		}
	}
}

func TestGitHubActions(t *testing.T) {
	const name = "github-actions.yml"
	var out bytes.Buffer
	linter, err := actionlint.NewLinter(&out, &actionlint.LinterOptions{Shellcheck: "", Pyflakes: ""})
	if err != nil {
		t.Fatal(err)
	}
	project := (*actionlint.Project)(nil)
	faults, err := linter.Lint("tls-audit.yml", pipeline(t, name), project)
	if err != nil || len(faults) > 0 {
		t.Errorf("actionlint: %v\n%s", err, out.String())
	}
	wrong := bytes.Replace(pipeline(t, name), []byte("runs-on:"), []byte("run-on:"), 1)
	if faults, err = linter.Lint("tls-audit.yml", wrong, project); err == nil && len(faults) == 0 {
		t.Error("actionlint sees nothing")
	}
	var w struct {
		Jobs map[string]struct {
			Steps []struct {
				Run, Uses string
				If        string
				With      map[string]any
			}
		}
	}
	decode(t, name, &w)
	uses := map[string]map[string]any{}
	for _, s := range w.Jobs["audit"].Steps {
		action, _, _ := strings.Cut(s.Uses, "@")
		uses[action] = s.With
		if after := action == "github/codeql-action/upload-sarif" || action == "actions/upload-artifact" || strings.Contains(s.Run, "GITHUB_STEP_SUMMARY"); after && !strings.Contains(s.If, "!cancelled()") {
			t.Errorf("%s%s is left out when the gate stops", s.Uses, s.Run)
		}
	}
	sarif, _ := uses["github/codeql-action/upload-sarif"]["sarif_file"].(string)
	kept, _ := uses["actions/upload-artifact"]["path"].(string)
	wantWritten(t, name, append(strings.Fields(kept), sarif, "summary.md")...)
}

// decode reads a pipeline into the part of its shape that is checked.
func decode(t *testing.T, name string, shape any) {
	t.Helper()
	if err := yaml.Unmarshal(pipeline(t, name), shape); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
}

func TestGitLab(t *testing.T) {
	const name = "gitlab-ci.yml"
	var file map[string]yaml.Node
	decode(t, name, &file)
	jobs := 0
	for key, node := range file {
		if slices.Contains([]string{"stages", "default", "variables", "include", "workflow"}, key) {
			continue
		}
		jobs++
		var job map[string]yaml.Node
		if err := node.Decode(&job); err != nil {
			t.Fatal(err)
		}
		for word := range job {
			if !slices.Contains([]string{"stage", "image", "timeout", "rules", "before_script", "script", "after_script", "allow_failure", "artifacts", "variables", "tags", "needs", "cache", "retry"}, word) {
				t.Errorf("%s: %s: %q is no keyword of a job", name, key, word)
			}
		}
		var known struct {
			Stage        string
			Script       []string
			AllowFailure struct {
				ExitCodes []int `yaml:"exit_codes"`
			} `yaml:"allow_failure"`
			Artifacts struct {
				When    string
				Reports map[string]string
				Paths   []string
			}
		}
		if err := node.Decode(&known); err != nil {
			t.Fatal(err)
		}
		if stages := file["stages"]; known.Stage == "" || len(known.Script) == 0 || !strings.Contains(string(pipeline(t, name)), "- "+known.Stage+"\n") || stages.Kind != yaml.SequenceNode {
			t.Errorf("%s: %s needs a stage of the list and a script", name, key)
		}
		if known.Artifacts.When != "always" {
			t.Errorf("%s: the artefacts of a job that stops are kept %q", name, known.Artifacts.When)
		}
		if !slices.Equal(known.AllowFailure.ExitCodes, []int{exitIncomplete}) {
			t.Errorf("%s: failures allowed: %v", name, known.AllowFailure.ExitCodes)
		}
		wantWritten(t, name, append(known.Artifacts.Paths, known.Artifacts.Reports["codequality"], known.Artifacts.Reports["junit"])...)
	}
	if jobs != 1 {
		t.Errorf("%d jobs", jobs)
	}
}

func TestAzure(t *testing.T) {
	const name = "azure-pipelines.yml"
	var file struct {
		Trigger   any
		Schedules []struct{ Cron string }
		Jobs      []struct {
			Job   string
			Pool  map[string]string
			Steps []map[string]any
		}
	}
	decode(t, name, &file)
	if len(file.Jobs) != 1 || len(file.Schedules) != 1 || len(strings.Fields(file.Schedules[0].Cron)) != 5 || file.Jobs[0].Pool["vmImage"] == "" || !regexp.MustCompile(`^\w+$`).MatchString(file.Jobs[0].Job) {
		t.Fatalf("%+v", file)
	}
	var picked []string
	for _, step := range file.Jobs[0].Steps {
		kinds := 0
		for _, kind := range []string{"checkout", "bash", "script", "task", "publish", "download"} {
			if _, is := step[kind]; is {
				kinds++
			}
		}
		if kinds != 1 {
			t.Errorf("a step is of %d kinds: %v", kinds, step)
		}
		if inputs, is := step["inputs"].(map[string]any); is {
			if inputs["testResultsFormat"] != "JUnit" || step["condition"] != "succeededOrFailed()" {
				t.Errorf("the test results of a gate that stops are not published: %v", step)
			}
			picked = append(picked, inputs["testResultsFiles"].(string))
		}
		if file, is := step["publish"].(string); is {
			picked = append(picked, file)
		}
	}
	wantWritten(t, name, append(picked, "summary.md")...)
}

// TestJenkins: the file is not linted by Jenkins here, but its brackets close,
// the stages stand where a declarative pipeline has them, and what it publishes
// is what was written.
func TestJenkins(t *testing.T) {
	const name = "Jenkinsfile"
	text := string(pipeline(t, name))
	code := regexp.MustCompile(`(?s)'''.*?'''|'[^'\n]*'|"[^"\n]*"|(?m)^//.*$`).ReplaceAllString(text, "")
	var opened []rune
	for _, r := range code {
		switch r {
		case '{', '(', '[':
			opened = append(opened, r)
		case '}', ')', ']':
			pair := map[rune]rune{'}': '{', ')': '(', ']': '['}[r]
			if len(opened) == 0 || opened[len(opened)-1] != pair {
				t.Fatalf("%c closes nothing", r)
			}
			opened = opened[:len(opened)-1]
		}
	}
	if len(opened) > 0 {
		t.Errorf("left open: %q", opened)
	}
	at := 0
	for _, word := range []string{"pipeline {", "agent {", "stages {", "stage('", "steps {", "script {", "post {", "always {"} {
		i := strings.Index(text[at:], word)
		if i < 0 {
			t.Fatalf("%q is missing, or stands elsewhere", word)
		}
		at += i
	}
	var picked []string
	for _, m := range regexp.MustCompile(`(?:testResults|artifacts): '([^']*)'`).FindAllStringSubmatch(text, -1) {
		picked = append(picked, strings.Split(m[1], ", ")...)
	}
	wantWritten(t, name, picked...)
}

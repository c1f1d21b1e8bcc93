package report

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/url"
	"path"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"tlsaudit/audit"
)

func TestSARIFGolden(t *testing.T) {
	golden(t, "report.sarif", write(t, SARIF, fullReport(), Options{}))
}

func sarifSchemaOf(t testing.TB) *jsonschema.Schema { return publicSchema(t, "sarif-2.1.0.json", nil) }

func TestSARIFFollowsSchema(t *testing.T) {
	compiled := sarifSchemaOf(t)
	for name, r := range interchangeReports() {
		data := write(t, SARIF, r, Options{})
		doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(data))
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if err := compiled.Validate(doc); err != nil {
			t.Errorf("%s: %#v", name, err)
		}
		for _, complaint := range sarifLint(t, data, githubLimits) {
			t.Errorf("%s: %s", name, complaint)
		}
	}
	bad := strings.Replace(string(write(t, SARIF, fullReport(), Options{})), `"level":"error"`, `"level":"fatal"`, 1)
	doc, _ := jsonschema.UnmarshalJSON(strings.NewReader(bad))
	if compiled.Validate(doc) == nil {
		t.Error("the schema takes a level nobody knows")
	}
}

// sarifLog is what code scanning reads of a file.
type sarifLog struct {
	Schema  string `json:"$schema"`
	Version string
	Runs    []struct {
		Tool             sarifTool
		AutomationDetail sarifAutomation `json:"automationDetails"`
		Results          []sarifResult
		Invocations      []sarifInvocation
		Properties       sarifProperties
	}
}

func sarifRead(t *testing.T, data []byte) (log sarifLog) {
	t.Helper()
	if err := json.Unmarshal(data, &log); err != nil {
		t.Fatal(err)
	}
	return log
}

// sarifLint holds a file against the rules GitHub has beside the schema: it
// refuses the whole upload where one is broken.
func sarifLint(t *testing.T, data []byte, limits sarifLimits) (complaints []string) {
	t.Helper()
	log := sarifRead(t, data)
	complain := func(ok bool, format string, args ...any) {
		if !ok {
			complaints = append(complaints, fmt.Sprintf(format, args...))
		}
	}
	complain(log.Schema != "" && log.Version == "2.1.0", "no $schema, or not 2.1.0")
	complain(len(log.Runs) >= 1 && len(log.Runs) <= 20, "%d runs", len(log.Runs))
	for _, run := range log.Runs {
		rules := run.Tool.Driver.Rules
		complain(run.Tool.Driver.Name != "", "the driver has no name")
		complain(rules != nil && len(rules) <= limits.rules, "no list of rules, or more than %d: %d", limits.rules, len(rules))
		complain(run.Results != nil && len(run.Results) <= limits.results, "no list of results, or more than %d: %d", limits.results, len(run.Results))
		complain(strings.Contains(run.AutomationDetail.ID, "/"), "no category in %q", run.AutomationDetail.ID)
		ids := map[string]bool{}
		for _, rule := range rules {
			complain(rule.ID != "" && !ids[rule.ID], "rule %q has no id of its own", rule.ID)
			ids[rule.ID] = true
			for what, text := range map[string]string{"short description": rule.Short.Text, "full description": rule.Full.Text} {
				complain(text != "" && len([]rune(text)) <= 1024, "rule %s: the %s has %d characters", rule.ID, what, len([]rune(text)))
			}
			complain(rule.Help.Text != "" && rule.Help.Markdown != "", "rule %s has no help", rule.ID)
			score, err := strconv.ParseFloat(rule.Properties.Severity, 64)
			complain(err == nil && score > 0 && score <= 10, "rule %s: security-severity %q", rule.ID, rule.Properties.Severity)
			complain(slices.Contains(rule.Properties.Tags, "security") && len(rule.Properties.Tags) <= 10, "rule %s: tags %q", rule.ID, rule.Properties.Tags)
			complain(slices.Contains([]string{"very-high", "high", "medium", "low"}, rule.Properties.Precision), "rule %s: precision %q", rule.ID, rule.Properties.Precision)
			complain(slices.Contains([]string{"note", "warning", "error"}, rule.Default.Level), "rule %s: level %q", rule.ID, rule.Default.Level)
		}
		seen := map[string]bool{}
		for i, r := range run.Results {
			complain(r.RuleIndex >= 0 && r.RuleIndex < len(rules) && rules[r.RuleIndex].ID == r.RuleID, "result %d: rule %s is not at %d", i, r.RuleID, r.RuleIndex)
			complain(r.Message.Text != "" && !strings.Contains(r.Message.Text, "]("), "result %d: message %q", i, r.Message.Text)
			complain(slices.Contains([]string{"note", "warning", "error"}, r.Level), "result %d: level %q", i, r.Level)
			hash := r.Fingerprints["primaryLocationLineHash"]
			complain(hash != "" && hash == r.Fingerprints["tlsaudit/v1"] && !seen[hash], "result %d: the fingerprint %q is none of its own", i, hash)
			seen[hash] = true
			complain(len(r.Locations) == 1, "result %d has %d locations", i, len(r.Locations))
			for _, l := range r.Locations {
				if err := sarifURIError(l.Physical.Artifact.URI); err != nil {
					complain(false, "result %d: %v", i, err)
				}
				complain(l.Physical.Region.StartLine >= 1, "result %d starts at line %d", i, l.Physical.Region.StartLine)
			}
		}
	}
	return complaints
}

// sarifURIError says why code scanning would not take a location.
func sarifURIError(uri string) error {
	u, err := url.Parse(uri)
	first, _, _ := strings.Cut(uri, "/")
	switch {
	case err != nil:
		return err
	case uri == "" || u.Scheme != "" || u.Host != "" || strings.HasPrefix(uri, "/") || strings.Contains(first, ":"):
		return fmt.Errorf("%q is not relative", uri)
	case strings.ContainsAny(uri, " ?#\\") || strings.ContainsFunc(uri, func(r rune) bool { return r < 0x21 || r > 0x7e }):
		return fmt.Errorf("%q is not encoded", uri)
	case path.Clean(uri) != uri || uri == ".." || strings.HasPrefix(uri, "../"):
		return fmt.Errorf("%q leads elsewhere", uri)
	}
	return nil
}

func TestSARIFURI(t *testing.T) {
	for file, want := range map[string]string{
		"inventory.yaml": "inventory.yaml", "./a/b.csv": "a/b.csv", "/etc/nginx/nginx.conf": "etc/nginx/nginx.conf", "../../x.yaml": "x.yaml", "a/../../b": "b",
		`C:\conf\httpd.conf`: "C%3A/conf/httpd.conf", "https://host/x": "https%3A/host/x", "a b%20.yaml": "a%20b%2520.yaml", "ü.yaml": "%C3%BC.yaml",
		"a?b#c": "a%3Fb%23c", "x\xff\x1b\u202e\x00": "x____", "": sarifLonely, ".": sarifLonely, "///": sarifLonely, strings.Repeat("x", 2000): sarifLonely, "host:443": "host%3A443", "..0": "..0",
	} {
		got := sarifURI(file)
		if got != want {
			t.Errorf("sarifURI(%q) = %q, not %q", file, got, want)
		}
		if err := sarifURIError(got); err != nil {
			t.Error(err)
		}
	}
}

func FuzzSARIFURI(f *testing.F) {
	f.Add(hostileText)
	f.Add("..0")
	f.Fuzz(func(t *testing.T, file string) {
		if err := sarifURIError(sarifURI(file)); err != nil {
			t.Error(err)
		}
	})
}

// TestSARIFKeepsEveryVerdict: nothing that is open is lost, and nothing that is
// undecided or waived looks like something else.
func TestSARIFKeepsEveryVerdict(t *testing.T) {
	r := fullReport()
	got := map[string]int{}
	run := sarifRead(t, write(t, SARIF, r, Options{})).Runs[0]
	for _, result := range run.Results {
		verdict := result.Properties["verdict"]
		got[verdict]++
		switch verdict {
		case "unknown":
			if result.Level != "warning" || !strings.Contains(result.Message.Text, ": not decided: ") {
				t.Errorf("an undecided finding reads %q at level %s", result.Message.Text, result.Level)
			}
		case "waived":
			if len(result.Suppressions) != 1 || result.Suppressions[0].Justification == "" || result.Properties["was"] != "fail" || result.Level != "error" {
				t.Errorf("waived: %+v", result)
			}
		}
		if verdict != "waived" && len(result.Suppressions) > 0 {
			t.Errorf("%s is suppressed", verdict)
		}
	}
	want := map[string]int{"fail": r.Summary.Fail, "warn": r.Summary.Warn, "unknown": r.Summary.UnknownFindings, "waived": r.Summary.Waived}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if i := run.Invocations[0]; i.Successful || !strings.Contains(i.Execution[0].Message.Text, "stopped after 8 endpoints") {
		t.Errorf("a run that was stopped reads %+v", i)
	}
}

func TestSARIFCapsWorstFirst(t *testing.T) {
	r := fullReport()
	all := len(sarifRead(t, write(t, SARIF, r, Options{})).Runs[0].Results)
	limits := sarifLimits{results: 6, shown: 2, rules: 25_000}
	var b bytes.Buffer
	if err := sarifWithin(&b, r, limits); err != nil {
		t.Fatal(err)
	}
	run := sarifRead(t, b.Bytes()).Runs[0]
	if len(run.Results) != 6 || len(sarifLint(t, b.Bytes(), limits)) > 0 {
		t.Errorf("%d results instead of 6, or %q", len(run.Results), sarifLint(t, b.Bytes(), limits))
	}
	for _, result := range run.Results {
		if result.Properties["verdict"] != "fail" || result.Properties["severity"] == "low" {
			t.Errorf("a %s of severity %s took the place of a graver one", result.Properties["verdict"], result.Properties["severity"])
		}
	}
	told := fmt.Sprint(run.Invocations[0].Execution)
	for _, want := range []string{fmt.Sprintf("%d of %d findings are left out", all-6, all), "of 6 results code scanning shows the 2 gravest"} {
		if !strings.Contains(told, want) {
			t.Errorf("%q is not said: %s", want, told)
		}
	}
	b.Reset()
	if err := sarifWithin(&b, r, sarifLimits{results: 25_000, shown: 5_000, rules: 3}); err != nil {
		t.Fatal(err)
	}
	run = sarifRead(t, b.Bytes()).Runs[0]
	if len(run.Tool.Driver.Rules) != 3 || len(run.Results) == 0 || len(run.Results) == all || !strings.Contains(fmt.Sprint(run.Invocations[0].Execution), "are left out") {
		t.Errorf("with 3 rules: %d rules, %d results", len(run.Tool.Driver.Rules), len(run.Results))
	}
}

func TestSARIFPlaces(t *testing.T) {
	r := zooReport()
	rec := r.Records.(zoo)[0]
	where := func() string {
		l := sarifRead(t, write(t, SARIF, r, Options{})).Runs[0]
		for _, result := range l.Results {
			if result.Fingerprints["tlsaudit/v1"] == fingerprint(&rec.Findings[0]) {
				p := result.Locations[0].Physical
				return fmt.Sprintf("%s:%d:%d", p.Artifact.URI, p.Region.StartLine, p.Region.StartColumn)
			}
		}
		return "nowhere"
	}
	if got := where(); got != "inventory.yaml:7:9" {
		t.Errorf("an endpoint is at %s, not where the inventory names it", got)
	}
	rec.Findings[0].Place = nil
	if got := where(); got != "policy.yaml:12:5" {
		t.Errorf("a subject without a place is at %s, not where its rule stands", got)
	}
	for i := range r.Rules {
		r.Rules[i].Place = &audit.Place{File: "builtin/baseline.yaml", Line: 3}
	}
	if got := where(); got != "inventory.yaml:1:0" {
		t.Errorf("without both it is at %s, not in the first source", got)
	}
	r.Sources, r.Rules = nil, nil
	if got := where(); got != sarifLonely+":1:0" {
		t.Errorf("without all it is at %s", got)
	}
}

func TestSARIFBaseline(t *testing.T) {
	r := changedReport()
	states := map[string]string{}
	run := sarifRead(t, write(t, SARIF, r, Options{})).Runs[0]
	for _, result := range run.Results {
		states[result.Fingerprints["tlsaudit/v1"]] = result.Baseline
	}
	for i := range r.Changes.List {
		c := &r.Changes.List[i]
		want, judged := map[audit.ChangeKind]string{audit.ChangeNew: "new", audit.ChangeRegressed: "new", audit.ChangeUnchanged: "unchanged", audit.ChangeUndecided: "updated"}[c.Kind]
		if got, there := states[c.Fingerprint]; judged && got != want || !judged && there {
			t.Errorf("%s %s/%s has state %q, not %q", c.Kind, c.Profile, c.Rule, got, want)
		}
	}
	if len(run.Properties.Fixed) != 1 || run.Properties.FixedTotal != 1 {
		t.Errorf("what was fixed: %+v", run.Properties)
	}
}

// TestSARIFMakesNoLinks: what a peer says is no link in any text a reader shows
// with links or as Markdown.
func TestSARIFMakesNoLinks(t *testing.T) {
	const bait = "[renew here](https://phish.example.net/) ![x](https://phish.example.net/x.png) <https://phish.example.net/>\n```\n[a](b)"
	r := zooReport()
	for i := range r.Rules {
		r.Rules[i].Why, r.Rules[i].Detect, r.Rules[i].References = bait, bait, []string{bait, "https://phish.example.net/ x"}
	}
	for _, rec := range r.Records.(zoo) {
		for i := range rec.Findings {
			rec.Findings[i].Message, rec.Findings[i].Remedy = bait, &audit.Remedy{Product: bait, Text: bait, Apply: bait}
		}
	}
	run := sarifRead(t, write(t, SARIF, r, Options{})).Runs[0]
	for _, result := range run.Results {
		if strings.Contains(result.Message.Text, "](") {
			t.Errorf("a message has a link: %s", result.Message.Text)
		}
	}
	for _, rule := range run.Tool.Driver.Rules {
		if strings.Contains(rule.Help.Text, "](") || rule.HelpURI != "" {
			t.Errorf("%s: help has a link: %s %s", rule.ID, rule.Help.Text, rule.HelpURI)
		}
		fence := ""
		for line := range strings.Lines(rule.Help.Markdown) {
			mark := line[:len(line)-len(strings.TrimLeft(line, "`"))]
			switch {
			case fence == "" && len(mark) >= 3:
				fence = mark
			case fence != "" && strings.TrimRight(line, "\n") == fence:
				fence = ""
			case fence == "" && (strings.Contains(line, "](") || strings.Contains(line, "<https:") || strings.Contains(line, "://phish")):
				t.Errorf("%s: the help has a link: %s", rule.ID, line)
			}
		}
		if fence != "" {
			t.Errorf("%s: a fence is not closed: %s", rule.ID, rule.Help.Markdown)
		}
	}
}

// TestSARIFCategory: a comparison does not take the place of the full run in code
// scanning; a full report that says what changed does.
func TestSARIFCategory(t *testing.T) {
	category := func(only bool) string {
		r := changedReport()
		r.Changes.Only = only
		id := sarifRead(t, write(t, SARIF, r, Options{})).Runs[0].AutomationDetail.ID
		return id[:strings.LastIndex(id, "/")]
	}
	full, excerpt := category(false), category(true)
	if !strings.HasPrefix(full, "tlsaudit/") || excerpt != "tlsaudit-diff"+strings.TrimPrefix(full, "tlsaudit") {
		t.Errorf("the categories are %q and %q", full, excerpt)
	}
}

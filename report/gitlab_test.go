package report

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"tlsaudit/audit"
)

func TestGitLabGolden(t *testing.T) {
	golden(t, "report.codequality.json", write(t, GitLab, diffedReport(), Options{}))
}

// gitlabSchema is what GitLab reads of a Code Quality report; it publishes no
// schema of its own.
const gitlabSchema = `{
  "type": "array",
  "items": {
    "type": "object",
    "additionalProperties": false,
    "required": ["description", "check_name", "fingerprint", "severity", "location"],
    "properties": {
      "description": { "type": "string", "minLength": 1 },
      "check_name": { "type": "string", "minLength": 1 },
      "fingerprint": { "type": "string", "minLength": 1 },
      "severity": { "enum": ["info", "minor", "major", "critical", "blocker"] },
      "location": {
        "type": "object",
        "additionalProperties": false,
        "required": ["path", "lines"],
        "properties": {
          "path": { "type": "string", "minLength": 1, "not": { "pattern": "^/|^\\./|\\\\|(^|/)\\.\\.(/|$)|^[A-Za-z]:/" } },
          "lines": { "type": "object", "additionalProperties": false, "required": ["begin"], "properties": { "begin": { "type": "integer", "minimum": 1 } } }
        }
      }
    }
  }
}`

func gitlabIssues(t *testing.T, r *audit.Report) (issues []gitlabIssue) {
	t.Helper()
	document := write(t, GitLab, r, Options{})
	rules, err := jsonschema.UnmarshalJSON(strings.NewReader(gitlabSchema))
	if err != nil {
		t.Fatal(err)
	}
	compiler := jsonschema.NewCompiler()
	if err := compiler.AddResource("gitlab.json", rules); err != nil {
		t.Fatal(err)
	}
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(document))
	if err != nil {
		t.Fatal(err)
	}
	if err := compiler.MustCompile("gitlab.json").Validate(doc); err != nil {
		t.Errorf("%#v", err)
	}
	if err := json.Unmarshal(document, &issues); err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for _, one := range issues {
		if seen[one.Fingerprint] {
			t.Errorf("two issues have the fingerprint %s: GitLab shows the first", one.Fingerprint)
		}
		seen[one.Fingerprint] = true
	}
	return issues
}

func TestGitLabIssues(t *testing.T) {
	r := diffedReport()
	issues := gitlabIssues(t, r)
	want := 1 // for an incomplete report
	for rec := range r.Records.Findings() {
		for i := range rec.Findings {
			if v := rec.Findings[i].Verdict; v != audit.Pass && v != audit.NotApplicable {
				want++
			}
		}
	}
	if len(issues) != want {
		t.Errorf("%d issues, want %d", len(issues), want)
	}
	if one := issues[0]; one.Severity != "major" || !strings.Contains(one.Description, "INCOMPLETE: stopped after 8") || one.Location.Path != "inventory.yaml" {
		t.Errorf("the first issue of an incomplete report is %+v", one)
	}
	find := func(subject, check string) gitlabIssue {
		for _, one := range issues {
			if strings.Contains(one.Description, " "+subject+": ") && one.CheckName == check {
				return one
			}
		}
		t.Fatalf("no issue %s about %s", check, subject)
		return gitlabIssue{}
	}
	fail := find("https://legacy.example.com:443", "mozilla-intermediate-6.0/ssl3")
	if fail.Severity != "blocker" || fail.Location.Path != "inventory.yaml" || fail.Location.Lines.Begin != 7 || !strings.HasPrefix(fail.Description, "FAIL https://legacy.example.com:443: SSLv3 is accepted") ||
		fail.Fingerprint != audit.FindingFingerprint("mozilla-intermediate-6.0", "ssl3", "https://legacy.example.com:443") {
		t.Errorf("what fails is %+v", fail)
	}
	if one := find("config:httpd/www.conf#*:443", "mozilla-intermediate-6.0/tls1"); one.Location.Path != "conf/sites enabled/www.conf" || one.Location.Lines.Begin != 12 {
		t.Errorf("a finding on a file is at %+v", one.Location)
	}
	if one := find("https://dead.example.net:443", "mozilla-intermediate-6.0/tls1"); one.Severity != "major" || !strings.HasPrefix(one.Description, "UNKNOWN ") {
		t.Errorf("unknown is %+v", one)
	}
	if one := find("sametime://chat.example.com:1533", "gateway/sametime-tls-only"); one.Severity != "info" || !strings.HasPrefix(one.Description, "WAIVED (fail) ") || !strings.Contains(one.Description, "until 2026-12-31") {
		t.Errorf("waived is %+v", one)
	}
	for _, text := range hostileTexts {
		gitlabIssues(t, poisonedReport(text))
	}
	twice := zooReport()
	z := twice.Records.(zoo)
	z[0].Findings = append(z[0].Findings, z[0].Findings[0])
	gitlabIssues(t, twice)
}

func TestGitLabOfNothing(t *testing.T) {
	if got := string(write(t, GitLab, &audit.Report{Complete: true, Records: zoo{}}, Options{})); got != "[]\n" {
		t.Errorf("a clean report is %q", got)
	}
}

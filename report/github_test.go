package report

import (
	"regexp"
	"strings"
	"testing"

	"tlsaudit/audit"
)

func TestGitHubGolden(t *testing.T) {
	golden(t, "report.github.txt", write(t, GitHub, diffedReport(), Options{}))
}

// annotation is a command as the runner reads it.
type annotation struct {
	kind, text string
	properties map[string]string
}

var githubCommand = regexp.MustCompile(`^::(error|warning|notice) (.*?)::(.*)$`)

// githubAnnotations reads commands as the runner does: a line that begins with
// "::", a name, properties separated by commas up to the next "::", then data.
func githubAnnotations(t *testing.T, r *audit.Report, o Options) (list []annotation) {
	t.Helper()
	property := strings.NewReplacer("%0D", "\r", "%0A", "\n", "%3A", ":", "%2C", ",", "%25", "%")
	data := strings.NewReplacer("%0D", "\r", "%0A", "\n", "%25", "%")
	for line := range strings.Lines(string(write(t, GitHub, r, o))) {
		m := githubCommand.FindStringSubmatch(strings.TrimSuffix(line, "\n"))
		if m == nil {
			t.Fatalf("not an annotation: %q", line)
		}
		a := annotation{m[1], data.Replace(m[3]), map[string]string{}}
		for p := range strings.SplitSeq(m[2], ",") {
			name, value, found := strings.Cut(p, "=")
			if !found || !strings.Contains("file line col title", name) {
				t.Errorf("%q is no property in %q", p, line)
			}
			a.properties[name] = property.Replace(value)
		}
		list = append(list, a)
	}
	return list
}

func TestGitHubSays(t *testing.T) {
	list := githubAnnotations(t, diffedReport(), Options{})
	kinds := ""
	for _, a := range list {
		kinds += a.kind[:1]
	}
	if kinds != "w"+"eeeeeeee"+"wwwwwwwww"+"n" {
		t.Errorf("the kinds are %s", kinds)
	}
	if got := list[0]; !strings.Contains(got.text, "INCOMPLETE: stopped after 8") || got.properties["title"] != "TLS audit is incomplete" {
		t.Errorf("the first is %+v", got)
	}
	if got := list[1]; got.properties["title"] != "mozilla-intermediate-6.0 ssl3 (critical): Rule ssl3 holds" || got.properties["file"] != "inventory.yaml" || got.properties["line"] != "7" || got.properties["col"] != "9" ||
		!strings.HasPrefix(got.text, "FAIL https://legacy.example.com:443: SSLv3 is accepted") || !strings.Contains(got.text, " [new]\nremedy (httpd):\n"+httpdRemedy.Text) {
		t.Errorf("the worst is %+v", got)
	}
	if got := list[2]; got.properties["file"] != "conf/sites enabled/www.conf" || got.properties["line"] != "12" {
		t.Errorf("a finding on a file is %+v", got)
	}
	last := list[len(list)-1]
	for _, want := range []string{"8 endpoints: 7 judged, 1 unknown. Gateway table: 1 of 2 rows judged", "1 waived", "Score: ", "1 regressed", "\nINCOMPLETE: "} {
		if !strings.Contains(last.text, want) {
			t.Errorf("the notice lacks %q: %s", want, last.text)
		}
	}
}

func TestGitHubLimits(t *testing.T) {
	for limit, want := range map[int]string{0: "weeeeeeeeeewwwwwwwwwnn", 3: "weeewwnn", 1: "wewnn"} {
		r := diffedReport()
		r.Records = fleet(50)
		kinds := ""
		list := githubAnnotations(t, r, Options{Limit: limit})
		for _, a := range list {
			kinds += a.kind[:1]
		}
		if kinds != want {
			t.Errorf("a limit of %d gives %s, want %s", limit, kinds, want)
		}
		if last := list[len(list)-1]; !strings.Contains(last.text, " more that fail and ") {
			t.Errorf("the last notice is %+v", last)
		}
	}
	r := diffedReport()
	r.Records = fleet(50)
	fail, open := 0, 0
	for rec := range r.Records.Findings() {
		for i := range rec.Findings {
			switch rec.Findings[i].Verdict {
			case audit.Fail:
				fail++
			case audit.Warn, audit.Unknown:
				open++
			}
		}
	}
	if list := githubAnnotations(t, r, Options{Limit: -1}); len(list) != fail+open+2 {
		t.Errorf("%d annotations for %d findings without a limit", len(list), fail+open)
	}
}

// TestGitHubIsInert: text is data, and no command of its own.
func TestGitHubIsInert(t *testing.T) {
	texts := map[string]string{"encoded": "%0A::error::x%25", "properties": ",file=x::y", "older": "##[error]x ##vso[task.complete]x"}
	for name, s := range hostileTexts {
		texts[name] = s
	}
	calm := githubAnnotations(t, poisonedReport("x"), Options{})
	for name, s := range texts {
		list := githubAnnotations(t, poisonedReport(s), Options{})
		if len(list) != len(calm) {
			t.Errorf("%s: %d annotations, want %d", name, len(list), len(calm))
		}
		if all := string(write(t, GitHub, poisonedReport(s), Options{})); strings.Contains(all, "##[") || strings.Contains(all, "##vso[") {
			t.Errorf("%s: a command of an older runner", name)
		}
		if len(s) > maxText {
			continue
		}
		for i, a := range list {
			if len(a.properties) != len(calm[i].properties) {
				t.Errorf("%s: the properties are %v", name, a.properties)
			}
		}
	}
}

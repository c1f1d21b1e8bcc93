package metrics

import (
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestDocumented: every family is in the documentation, and every alert asks for
// one that there is.
func TestDocumented(t *testing.T) {
	read := func(parts ...string) string {
		text, err := os.ReadFile(filepath.Join(append([]string{"..", "..", "docs"}, parts...)...))
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	names := regexp.MustCompile(`tlsaudit_[a-z0-9_]+`)
	documented := map[string]bool{}
	for _, name := range names.FindAllString(read("metrics.md"), -1) {
		documented[name] = true
	}
	source := full()
	for range 2500 {
		source.findings = append(source.findings, source.findings[0])
	}
	m := New(Options{Source: source, Schedules: func() []Schedule { return []Schedule{{Name: "night", Next: noon, Last: noon}} }})
	m.Notified("mail", errors.New("refused"))
	known := map[string]bool{}
	for key := range scrape(t, m) {
		name, _, _ := strings.Cut(key, "{")
		known[name] = true
		if !documented[name] {
			t.Errorf("%s is not documented", name)
		}
	}
	asked := names.FindAllString(read("deploy", "prometheus", "alerts.yaml"), -1)
	if len(asked) < 10 {
		t.Errorf("the alerts ask for %d families", len(asked))
	}
	for _, name := range asked {
		if !known[name] {
			t.Errorf("an alert asks for %s, which there is not", name)
		}
	}
}

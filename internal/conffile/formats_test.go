package conffile

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// TestFormats holds the list to what there is: every family of formats is in
// it, every exported format of a family too, and no name means two.
func TestFormats(t *testing.T) {
	list, err := os.ReadFile("formats.go")
	if err != nil {
		t.Fatal(err)
	}
	declared := regexp.MustCompile(`(?m)^var ([A-Z]\w*)\s+=\s+(?:&confdoc\.Format\{|newFormat\(|format\()`)
	folders, err := os.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	families := 0
	for _, folder := range folders {
		if !folder.IsDir() || folder.Name() == "testdata" {
			continue
		}
		families++
		files, err := filepath.Glob(filepath.Join(folder.Name(), "*.go"))
		if err != nil || len(files) == 0 {
			t.Fatalf("%s: %v", folder.Name(), err)
		}
		found := 0
		for _, file := range files {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			for _, m := range declared.FindAllStringSubmatch(string(text), -1) {
				found++
				all := folder.Name() + ".Formats"
				if !strings.Contains(string(list), folder.Name()+"."+m[1]) && !strings.Contains(string(list), all) {
					t.Errorf("%s: the format %s is not listed", file, m[1])
				}
			}
		}
		if !strings.Contains(string(list), `"tlsaudit/internal/conffile/`+folder.Name()+`"`) {
			t.Errorf("the family %s is not listed", folder.Name())
		}
		if found == 0 {
			t.Errorf("%s declares no format: the test sees nothing", folder.Name())
		}
	}
	if families < 11 {
		t.Errorf("%d families", families)
	}
	seen := map[string]string{}
	for _, f := range Formats {
		for _, name := range append(slices.Clone(f.Aliases), f.Name) {
			if other, taken := seen[strings.ToLower(name)]; taken {
				t.Errorf("%s is a name of %s and of %s", name, other, f.Name)
			}
			seen[strings.ToLower(name)] = f.Name
		}
		if f.Title == "" || len(f.Names) == 0 || f.Sniff == nil || f.Read == nil {
			t.Errorf("%s is not complete", f.Name)
		}
	}
}

// TestRuleWords wants every rule explained, and one meaning for each id.
func TestRuleWords(t *testing.T) {
	id := regexp.MustCompile(`^[A-Z]+-\d\d$`)
	checks := []string{"config.protocol", "config.ciphers", "config.certificate", "config.transport", "config.load", "config.complete", "config.secret", "config.options", "config.drift"}
	titles := map[string]string{}
	for _, f := range Formats {
		for _, r := range f.Rules {
			if other, ok := titles[r.ID]; ok && other != r.Title {
				t.Errorf("%s is %q in one format and %q in another", r.ID, other, r.Title)
			}
			titles[r.ID] = r.Title
		}
	}
	for _, r := range Rules() {
		if !id.MatchString(r.ID) || !slices.Contains(checks, r.Check) {
			t.Errorf("%q, check %q", r.ID, r.Check)
		}
		if r.Title == "" || r.Doc == "" || r.Detect == "" || r.Level == "" {
			t.Errorf("%s is not explained", r.ID)
		}
	}
}

package sametime

import (
	"strings"
	"testing"

	"tlsaudit/audit"
	"tlsaudit/internal/confdoc"
	"tlsaudit/internal/conftree"
)

// TestWordsAreShown: what rules and findings say reads whole after secrets are
// blanked out of it; "password stands here" would lose its verb.
func TestWordsAreShown(t *testing.T) {
	check := func(what, text string) {
		if shown := confdoc.RedactText(text); shown != text || strings.Contains(text, confdoc.Redacted) {
			t.Errorf("%s is shown as %q", what, shown)
		}
	}
	for _, f := range Formats {
		for _, text := range []string{f.Title, f.Apply, f.Verify, f.Rollback} {
			check(f.Name, text)
		}
		for _, r := range f.Rules {
			for _, text := range []string{r.Title, r.Doc, r.Detect, r.Text, r.Apply} {
				check(r.ID, text)
			}
		}
	}
	seen := map[string]bool{}
	say := func(d *confdoc.Document) {
		for _, f := range findings(d) {
			if f.Verdict != audit.Pass && f.Verdict != audit.NotApplicable {
				seen[f.Rule] = true
			}
			check(f.Rule, f.Message)
			if f.Remedy != nil {
				check(f.Rule, f.Remedy.Text)
			}
		}
	}
	for _, c := range traps {
		texts := map[string]string{c.path: c.text}
		for path, text := range c.more {
			texts[path] = text
		}
		say(read(t, conftree.FromTexts(texts), c.path))
	}
	for _, c := range brokenFiles {
		say(read(t, conftree.FromTexts(map[string]string{c.path: c.text}), c.path))
	}
	tree, err := conftree.OpenDir(samples, conftree.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range sametimeSamples(t) {
		say(read(t, tree, s.Path))
	}
	for _, f := range Formats {
		for _, r := range f.Rules {
			if !seen[r.ID] {
				t.Errorf("nothing tried makes %s object", r.ID)
			}
		}
	}
}

package websphere

import (
	"slices"
	"strings"
	"testing"

	"tlsaudit/audit"
	"tlsaudit/internal/confdoc"
	"tlsaudit/internal/conftree"
)

func TestSamples(t *testing.T) {
	tree, err := conftree.OpenDir(samples, conftree.Options{})
	if err != nil {
		t.Fatal(err)
	}
	failing, mended := 0, 0
	for _, s := range mySamples(t) {
		t.Run(s.Path, func(t *testing.T) {
			d := readFile(t, nil, &confdoc.Reader{Tree: tree}, s.Path)
			list := confdoc.Judge(d.Document, demands)
			fail, warn, unknown := found(list, audit.Fail), found(list, audit.Warn), found(list, audit.Unknown)
			t.Logf("fail %v, warn %v, unknown %v", fail, warn, unknown)
			objected := rulesOf(append(slices.Clone(fail), warn...))
			switch {
			case s.Rules == nil && len(fail) == 0 && len(unknown) == 0:
				t.Error("nothing is left open about a hostile file")
			case s.Rules == nil:
				for _, p := range found(list, audit.Pass) {
					if !strings.HasPrefix(p, "LOAD") {
						t.Errorf("%s passes", p)
					}
				}
			case len(s.Rules) == 0 && len(objected) > 0:
				t.Errorf("objected to: %v", objected)
			}
			for _, want := range s.Rules {
				if !slices.Contains(objected, want) {
					t.Errorf("%s is not reported", want)
				}
			}
			for _, got := range rulesOf(fail) {
				if s.Rules != nil && !slices.Contains(s.Rules, got) {
					t.Errorf("%s fails, expected %v", got, s.Rules)
				}
			}
			if s.Versions != nil && !slices.ContainsFunc(d.Listeners, func(l *confdoc.Listener) bool { return slices.Equal(versionsOf(l), s.Versions) }) {
				t.Errorf("no listener has the versions %v", s.Versions)
			}
			if s.Loadable != nil && *s.Loadable && slices.Contains(rulesOf(fail), "LOAD-01") {
				t.Error("the product loads the file")
			}
			f, m := mend(t, d, demands)
			failing, mended = failing+f, mended+m
		})
	}
	if mended*10 < failing*9 {
		t.Errorf("changes for %d of %d findings", mended, failing)
	}
	t.Logf("changes for %d of %d findings", mended, failing)
}

func rulesOf(list []string) (rules []string) {
	for _, s := range list {
		rule, _, _ := strings.Cut(s, " ")
		rules = append(rules, rule)
	}
	return rules
}

// TestForeign gives every format the files of the others.
func TestForeign(t *testing.T) {
	tree, err := conftree.OpenDir(samples, conftree.Options{})
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]*confdoc.Format{"security.xml": Security, "ssl.client.props": ClientProps, "server.xml": Server, "plugin-cfg": Plugin}
	paths, _ := tree.Files()
	for _, name := range paths {
		f, err := tree.Read(name)
		if err != nil {
			continue
		}
		var expected *confdoc.Format
		for part, format := range want {
			if strings.Contains(name, part) && !strings.HasPrefix(name, "liberty/") {
				expected = format
			}
		}
		if got := detect(f); got != expected {
			t.Errorf("%s is taken for %v, want %v", name, got, expected)
		}
	}
}

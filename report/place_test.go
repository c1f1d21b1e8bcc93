package report

import (
	"strings"
	"testing"

	"tlsaudit/audit"
)

func TestRelativePath(t *testing.T) {
	for in, want := range map[string]string{
		"inventory.yaml": "inventory.yaml", "./a/b.yaml": "a/b.yaml", "/srv/audit/a.yaml": "srv/audit/a.yaml", "../a.yaml": "a.yaml", "a/../../b": "b", "a//b/./c": "a/b/c",
		`C:\audit\in ventory.yaml`: "audit/in ventory.yaml", `C:/x`: "x", `\\server\share\x`: "server/share/x", "file:///x/y": "x/y",
		"": "", ".": "", "/": "", "..": "", "Zürich.conf": "Zürich.conf", "a\x1b\u202e\xffb\nc": "a___b_c", "a:12": "a:12", "a##[b ::error::": "a_b_ror::",
	} {
		if got := relativePath(in); got != want {
			t.Errorf("%q becomes %q, want %q", in, got, want)
		}
	}
	if got := relativePath(strings.Repeat("ü/", 5000)); len(got) > maxText || !strings.HasPrefix(got, "ü/ü/") {
		t.Errorf("a long name has %d bytes", len(got))
	}
}

func TestLocation(t *testing.T) {
	l := newLocator(&audit.Report{Sources: []audit.FileRef{{File: "/"}, {File: "./inventory.yaml"}}, Rules: []audit.RuleRef{
		{Profile: "own", Rule: "a", Place: &audit.Place{File: "policy.yaml", Line: 4, Col: 2}}, {Profile: "mozilla", Rule: "a", Place: &audit.Place{File: "builtin/mozilla.yaml", Line: 9}}}})
	for name, c := range map[string]struct {
		f    audit.Finding
		want location
	}{
		"its own place":    {audit.Finding{Profile: "own", Rule: "a", Place: &audit.Place{File: `conf\a.conf`, Line: 3, Col: 1}}, location{"conf/a.conf", 3, 1}},
		"an argument":      {audit.Finding{Profile: "own", Rule: "a", Place: &audit.Place{File: "argument 1"}}, location{"policy.yaml", 4, 2}},
		"standard input":   {audit.Finding{Profile: "mozilla", Rule: "a", Place: &audit.Place{File: "stdin", Line: 3}}, location{"inventory.yaml", 1, 0}},
		"no place":         {audit.Finding{Profile: "own", Rule: "a"}, location{"policy.yaml", 4, 2}},
		"built-in profile": {audit.Finding{Profile: "mozilla", Rule: "a"}, location{"inventory.yaml", 1, 0}},
		"unknown rule":     {audit.Finding{}, location{"inventory.yaml", 1, 0}},
	} {
		if got := l.of(&c.f); got != c.want {
			t.Errorf("%s: %+v, want %+v", name, got, c.want)
		}
	}
	if got := newLocator(&audit.Report{}).of(&audit.Finding{}); got != (location{}) {
		t.Errorf("nowhere is %+v", got)
	}
}

func TestWorst(t *testing.T) {
	w := newWorst(2, 9)
	for _, s := range []audit.Severity{audit.Low, audit.High, audit.Info, audit.Critical, audit.High} {
		w.add(&audit.Finding{Verdict: audit.Fail, Severity: s})
	}
	if len(w.list) != 2 || w.list[0].Severity != audit.Critical || w.list[1].Severity != audit.High || w.more != 3 {
		t.Errorf("%v and %d more", w.list, w.more)
	}
	if newWorst(0, 9).limit != 9 || newWorst(-1, 9).limit != maxWorst || newWorst(1e9, 9).limit != maxWorst {
		t.Error("the limits are others")
	}
}

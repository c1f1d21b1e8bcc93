package connections

import (
	"slices"
	"strings"
	"testing"

	"tlsaudit/audit"
	"tlsaudit/internal/confdoc"
	"tlsaudit/internal/conftree"
)

// TestBlanks: Java trims characters up to U+0020, a no-break space stays in the
// value.
func TestBlanks(t *testing.T) {
	good := sampleText(t)
	for value, want := range map[string]audit.Verdict{
		"TLSv1.2": audit.Pass, " \t\r\nTLSv1.2 ": audit.Pass, "\u00a0TLSv1.2": audit.Fail, "TLSv1.2\u00a0": audit.Fail, "TLSv1.2&#160;": audit.Fail, "\u2003TLSv1.2": audit.Fail, "\u0085TLSv1.2": audit.Fail,
	} {
		tree := conftree.FromTexts(map[string]string{"a.xml": strings.Replace(good, ">TLSv1.2<", ">"+value+"<", 1)})
		d := readTree(t, tree)
		list := confdoc.Judge(d, confdoc.Demands{Min: audit.TLSv12})
		at := slices.IndexFunc(list[1].Findings, func(f audit.Finding) bool { return f.Rule == "CON-02" })
		if got := list[1].Findings[at].Verdict; got != want {
			t.Errorf("%q: %v, want %v", value, got, want)
		}
		if want != audit.Fail {
			continue
		}
		texts, err := conftree.Apply(list[1].Fixes[at].Edits)
		if err != nil {
			t.Fatal(err)
		}
		if texts["a.xml"] != good {
			t.Errorf("%q: after the change it is not the sample", value)
		}
	}
}

func readTree(t *testing.T, tree *conftree.Tree) *confdoc.Document {
	t.Helper()
	f, err := tree.Read("a.xml")
	if err != nil {
		t.Fatal(err)
	}
	d := Format.Read(&confdoc.Reader{Tree: tree}, f)
	d.Format = Format
	confdoc.Settle(d)
	return d
}

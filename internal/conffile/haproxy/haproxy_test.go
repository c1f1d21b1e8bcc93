package haproxy

import (
	"testing"

	"tlsaudit/internal/confdoc"
	"tlsaudit/internal/confdoc/conftest"
)

// readTexts reads one of the files, main, of a tree of texts.
func readTexts(t testing.TB, texts map[string]string, main string, versions map[string]string) *confdoc.Document {
	t.Helper()
	return conftest.ReadTexts(t, Format, texts, main, versions)
}

// partial reports whether something about a file stays unknown.
func partial(d *confdoc.Document) bool { return len(d.Gaps) > 0 }

func TestSamples(t *testing.T) {
	list := conftest.SamplesOf(t, "haproxy")
	if len(list) < 6 {
		t.Fatalf("%d samples", len(list))
	}
	test := conftest.SampleTest{Format: Format, Tree: conftest.OpenSamples(t), Prefix: "HAP", Sure: 40, Open: partial}
	for _, s := range list {
		t.Run(s.Path, func(t *testing.T) { test.Check(t, s) })
	}
}

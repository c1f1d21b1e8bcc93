package nginx

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

func readText(t testing.TB, text string, versions map[string]string) *confdoc.Document {
	t.Helper()
	return readTexts(t, map[string]string{"nginx.conf": text}, "nginx.conf", versions)
}

// partial reports whether something above what a file says stays unknown.
func partial(d *confdoc.Document) bool { return !d.Syntax.(*tree).parser.whole }

func TestSamples(t *testing.T) {
	list := conftest.SamplesOf(t, "nginx")
	if len(list) < 10 {
		t.Fatalf("%d samples", len(list))
	}
	test := conftest.SampleTest{Format: Format, Tree: conftest.OpenSamples(t), Prefix: "NGX", Sure: 50, Open: partial}
	for _, s := range list {
		t.Run(s.Path, func(t *testing.T) { test.Check(t, s) })
	}
}

package report

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
)

func TestHTMLGolden(t *testing.T) {
	golden(t, "report.html", write(t, HTML, pageReport(), Options{}))
}

func TestTry(t *testing.T) {
	dir := os.Getenv("TRY")
	os.WriteFile(filepath.Join(dir, "zoo.html"), write(t, HTML, pageReport(), Options{}), 0o600)
	var b bytes.Buffer
	r := zooReport()
	r.Records = fleet(1000)
	HTML.Write(&b, r, Options{})
	os.WriteFile(filepath.Join(dir, "fleet.html"), b.Bytes(), 0o600)
}

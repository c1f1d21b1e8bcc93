package report

import (
	"mime"
	"strings"
	"testing"
)

// TestFormatsHaveTypes: each format names its media type, and the same as others
// whose names of files end alike.
func TestFormatsHaveTypes(t *testing.T) {
	ends := map[string]string{".json": "json", ".xml": "application/xml", ".txt": "text/plain", ".ndjson": "application/x-ndjson"}
	for _, f := range Formats {
		kind, _, err := mime.ParseMediaType(f.Type)
		if err != nil {
			t.Errorf("%s: the type %q: %v", f.Name, f.Type, err)
		}
		if want := ends[f.Ext[strings.LastIndexByte(f.Ext, '.'):]]; !strings.HasSuffix(kind, want) {
			t.Errorf("%s: files end in %s, and its type is %s", f.Name, f.Ext, kind)
		}
	}
}

package main

import (
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"testing"
)

// TestDocsServeKeys finds every key of serve.yaml in docs/serve.md.
func TestDocsServeKeys(t *testing.T) {
	text, err := os.ReadFile(filepath.Join("..", "..", "docs", "serve.md"))
	if err != nil {
		t.Fatal(err)
	}
	for _, section := range []any{serveFile{}, tlsSection{}, accessSection{}, oidcSection{}} {
		for field := range reflect.TypeOf(section).Fields() {
			key, _, _ := strings.Cut(field.Tag.Get("yaml"), ",")
			if key != "" && !regexp.MustCompile(`\b`+key+`\b`).Match(text) {
				t.Errorf("docs/serve.md does not tell of %s", key)
			}
		}
	}
}

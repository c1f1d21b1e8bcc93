package main

import (
	"errors"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"testing"
)

var (
	// pageLink is a link in Markdown, pageName a page that text names.
	pageLink = regexp.MustCompile(`\]\(([^)\s]+)\)`)
	pageName = regexp.MustCompile(`\bdocs/[a-zA-Z0-9_/.-]+\.(?:md|yaml|json)\b`)
)

// TestDocsLinks follows every link and every name of a page in the pages there
// are: what they lead to is there.
func TestDocsLinks(t *testing.T) {
	root := filepath.Join("..", "..")
	followed := 0
	there := func(page, target string) {
		followed++
		if _, err := os.Stat(target); errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%s leads to %s, which is not there", page, target)
		}
	}
	pages := []string{filepath.Join(root, "README.md"), filepath.Join(root, "CONTRIBUTING.md")}
	err := filepath.WalkDir(filepath.Join(root, "docs"), func(path string, _ fs.DirEntry, err error) error {
		if strings.HasSuffix(path, ".md") {
			pages = append(pages, path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, page := range pages {
		text, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		for _, found := range pageLink.FindAllStringSubmatch(string(text), -1) {
			u, err := url.Parse(found[1])
			if err == nil && u.Scheme == "" && u.Path != "" {
				there(page, filepath.Join(filepath.Dir(page), filepath.FromSlash(u.Path)))
			}
		}
		for _, name := range pageName.FindAllString(string(text), -1) {
			there(page, filepath.Join(root, filepath.FromSlash(name)))
		}
	}
	if followed < 50 {
		t.Errorf("only %d links were followed", followed)
	}
}

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

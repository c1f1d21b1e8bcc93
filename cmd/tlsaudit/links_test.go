package main

import (
	"io/fs"
	"os"
	"path"
	"regexp"
	"strings"
	"testing"
)

var (
	markdownLink = regexp.MustCompile(`\]\(([^)\s]+)\)`)
	mentionedDoc = regexp.MustCompile(`\bdocs/[\w./-]*\w\.(?:md|yaml|json)\b`)
	headingLine  = regexp.MustCompile(`(?m)^#+ (.+)$`)
	notInAnchor  = regexp.MustCompile(`[^\p{L}\p{N} _-]`)
)

// anchors are the places in a page that a link can lead to, as GitHub names them.
func anchors(page string) map[string]bool {
	list := map[string]bool{}
	for _, m := range headingLine.FindAllStringSubmatch(page, -1) {
		list[strings.ReplaceAll(notInAnchor.ReplaceAllString(strings.ToLower(m[1]), ""), " ", "-")] = true
	}
	return list
}

// TestDocsLinks: what a page leads to or names is there.
func TestDocsLinks(t *testing.T) {
	root := os.DirFS("../..")
	pages := []string{"README.md"}
	err := fs.WalkDir(root, "docs", func(name string, d fs.DirEntry, err error) error {
		if strings.HasSuffix(name, ".md") {
			pages = append(pages, name)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	read := func(name string) string {
		text, err := fs.ReadFile(root, name)
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	count := 0
	for _, page := range pages {
		text := read(page)
		for _, name := range mentionedDoc.FindAllString(text, -1) {
			if _, err := fs.Stat(root, name); err != nil {
				if _, err := fs.Stat(root, path.Join(path.Dir(page), name)); err != nil {
					t.Errorf("%s names %s, which is not there", page, name)
				}
			}
		}
		for _, m := range markdownLink.FindAllStringSubmatch(text, -1) {
			file, anchor, _ := strings.Cut(m[1], "#")
			if strings.Contains(file, "://") || strings.HasPrefix(file, "mailto:") {
				continue
			}
			count++
			target := page
			if file != "" {
				target = path.Join(path.Dir(page), file)
			}
			if _, err := fs.Stat(root, target); err != nil {
				t.Errorf("%s links %s, which is not there", page, m[1])
			} else if anchor != "" && strings.HasSuffix(target, ".md") && !anchors(read(target))[anchor] {
				t.Errorf("%s links %s, which has no such heading", page, m[1])
			}
		}
	}
	if len(pages) < 40 || count < 100 {
		t.Errorf("only %d pages with %d links", len(pages), count)
	}
}

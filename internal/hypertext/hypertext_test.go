package hypertext

import (
	"html/template"
	"slices"
	"strings"
	"testing"
)

// TestCleanActions: whatever prints is cleaned, in every branch, and what only
// sets a variable is not.
func TestCleanActions(t *testing.T) {
	text := `{{.A}}{{if .A}}{{.A}}{{else}}-{{end}}{{with .A}}{{.}}{{end}}{{range .L}}{{.}}{{else}}{{.A}}{{end}}{{$x := .A}}{{$x}}{{template "part" .}}{{define "part"}}{{.A}}{{end}}`
	page, err := template.New("page").Funcs(template.FuncMap{"clean": func(v any) string { return "[" + v.(string) + "]" }}).Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	CleanActions(page, "clean")
	var out strings.Builder
	if err := page.Execute(&out, map[string]any{"A": "a", "L": []string{"b"}}); err != nil {
		t.Fatal(err)
	}
	if got, want := out.String(), "[a][a][a][b][a][a]"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}

func TestBar(t *testing.T) {
	for _, c := range []struct {
		numbers []int
		want    []Segment
	}{
		{[]int{1, 3}, []Segment{{0, 250, "25 %"}, {250, 750, "75 %"}}},
		{[]int{1, 99999}, []Segment{{0, 4, "under 1 %"}, {4, 996, "99 %"}}},
		{[]int{0, 0}, []Segment{{0, 0, "0 %"}, {0, 0, "0 %"}}},
		{[]int{0, 7}, []Segment{{0, 0, "0 %"}, {0, 1000, "100 %"}}},
	} {
		if got := Bar(c.numbers...); !slices.Equal(got, c.want) {
			t.Errorf("Bar(%v) = %v, want %v", c.numbers, got, c.want)
		}
	}
}

func TestDiffLines(t *testing.T) {
	var classes []string
	for _, l := range DiffLines([]string{"--- a", "+++ b", "@@ -1 +1 @@", "-x", "+y", " z"}) {
		classes = append(classes, l.Class)
	}
	if want := []string{"file", "file", "hunk", "del", "add", ""}; !slices.Equal(classes, want) {
		t.Errorf("%q, want %q", classes, want)
	}
}

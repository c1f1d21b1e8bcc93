//go:build !race

// Without the race detector: nothing here runs at once, and it would take minutes.

package report

import (
	"strings"
	"testing"
	"unicode/utf8"
)

func TestFormatsAreInert(t *testing.T) {
	for _, f := range Formats {
		t.Run(f.Name, func(t *testing.T) {
			for name, text := range hostileTexts {
				r := poisonedReport(text)
				for part, data := range partsOf(t, write(t, f, r, Options{Verbose: true})) {
					if !utf8.Valid(data) {
						t.Errorf("%s: %s is not UTF-8", name, part)
					}
					shown := strings.ReplaceAll(strings.ReplaceAll(string(data), "\r\n", "\n"), "\t", " ")
					if i := strings.IndexFunc(shown, func(r rune) bool { return (r < ' ' || r > '~') && harmful(r) }); i >= 0 {
						t.Errorf("%s: %s has a harmful character: %q", name, part, shown[max(0, i-60):min(len(shown), i+20)])
					}
					if found := buildCommand.FindString(shown); found != "" && f.Name != GitHub.Name {
						t.Errorf("%s: %s has a command to a build server: %q", name, part, found)
					}
				}
			}
		})
	}
}
